/* The charts of notebook 08b: what networks that stand still make of points. */
(() => {
  const { band, broken, chart, counted, descend, dot, fit, mean, posterior, predictive } =
    metacourse.charts;
  const SLICE = 256;  // places of a map that are classified without a pause

  // ---- a line: transformer, Bayes, layers of linear attention ------------------------------------

  const apart = (said, other) => {
    const distance = mean(said.map((value, i) => Math.abs(value - other[i])));
    return distance < 100 ? metacourse.fixed(distance, 2) : metacourse.strings.charts.out_of_sight;
  };

  /* What 0, 1, … n layers of linear attention say: the lines after so many steps from 0. */
  function layers(points, rate, n, places) {
    let theta = [0, 0];
    return Array.from({ length: n + 1 }, (_, layer) => {
      if (layer && points.length) theta = descend(theta, points, rate, 1);
      return places.map((x) => dot(theta, [x, 1]));
    });
  }

  const read = (params) => chart((widget, { places, prior }, values, looks) => {
    const { fill, strings: { charts: say } } = metacourse, points = widget.get("points");
    const { n_layers: n, lr_inner: rate } = values, peeled = layers(points, rate, n, places);
    const told = points.map(([x, y]) => [[x, 1], [y]]);
    const said = [...metacourse.transformer.ask(params, told, places.map((x) => [x, 1]))];
    const answers = predictive(posterior(points, prior, prior.noise), places, prior.noise);
    const [around, bayes, linear, network] = looks.slice(-4);
    widget.set({
      lines: [
        ...peeled.slice(0, n).map((y) => broken(places, [y], looks[0])),
        band(places, answers, around),
        broken(places, [answers.said], bayes),
        broken(places, [peeled[n]], linear),
        broken(places, [said], network),
      ],
      readout: fill(say.reading, {
        points: counted(points.length, say.points),
        near: apart(said, answers.said),
        layers: counted(n, say.layers),
        far: apart(peeled[n], answers.said),
      }),
    });
  });

  metacourse.brains.reading = (widget, data, controls, box) =>
    read(metacourse.transformer.weights(data.params))(widget, data, controls, box);

  // ---- two classes -------------------------------------------------------------------------------

  /* The kinds of points after some were added at the end, or one was taken away. */
  function kindsAfter(before, after, kinds, added) {
    if (after.length === before.length - 1) {
      const gone = after.findIndex((point, i) => point.some((v, k) => v !== before[i][k]));
      return kinds.filter((_, i) => i !== (gone < 0 ? after.length : gone));
    }
    return after.map((_, i) => kinds[i] ?? added);
  }

  /* Blue where class 0 is sure, white where nothing is, vermillion where class 1 is; half as
     strong. */
  const shade = (chances, sides) => chances.flatMap((chance) => {
    const [low, high] = [1 - 2 * chance, 2 * chance - 1].map((part) => Math.max(part, 0));
    return [0, 1, 2].map((k) => Math.round(
      (low * sides[0][k] + high * sides[2][k] + (1 - low - high) * sides[1][k] + 255) / 2));
  });

  /* The chances at all places, a slice after the other: the hand is not kept waiting. */
  async function sliced(params, told, places) {
    const found = [];
    while (found.length < places.length) {
      const slice = places.slice(found.length, found.length + SLICE);
      found.push(...metacourse.transformer.chances(params, told, slice));
      await new Promise((go) => { setTimeout(go); });
    }
    return found;
  }

  /* The map and what is said of it. */
  async function classified(points, kinds, params, { map, sides }) {
    const { fill, percent, png, strings: { charts: say } } = metacourse;
    if (!points.length) {
      return { shade: png(2, 2, shade([0.5, 0.5, 0.5, 0.5], sides)), readout: say.no_point };
    }
    const told = points.map((x, i) => [x, kinds[i]]), side = Math.sqrt(map.length);
    const found = await sliced(params, told, [...map, ...points]);
    const plane = found.slice(0, map.length), own = found.slice(map.length);
    return {
      shade: png(side, side, shade(plane, sides)),
      readout: fill(say.classes, {
        points: counted(points.length, say.points),
        right: own.filter((chance, i) => (chance > 0.5) === (kinds[i] === 1)).length,
        area: percent(plane.filter((chance) => chance > 0.5).length / plane.length),
        surest: percent(Math.max(...plane)),
      }),
    };
  }

  /* Runs an asynchronous task, and once more for all that was wanted meanwhile. */
  function latest(task) {
    let busy = false, again = false;
    return async () => {
      again = true;
      if (busy) return;
      busy = true;
      while (again) {
        again = false;
        await task();
      }
      busy = false;
    };
  }

  metacourse.brains.classes = (widget, data, controls, box) => {
    fit(widget, box);
    const networks = Object.fromEntries(Object.entries(data.networks).map(([label, kept]) =>
      [label, metacourse.transformer.weights(kept)]));
    const home = widget.get("kinds");
    let before = widget.get("points");
    const draw = latest(async () => {
      const params = networks[controls.values.network];
      widget.set(await classified(widget.get("points"), widget.get("kinds"), params, data));
    });
    const changed = () => {
      const after = widget.get("points");
      widget.set({ kinds: kindsAfter(before, after, widget.get("kinds"), controls.values.kind) });
      before = after;
      draw();
    };
    return { changed, receive() { controls.reset(); widget.set({ kinds: home }); changed(); } };
  };
})();
