/* The brain of chapter 04's margin: two embeddings in a plane, as `_MarginPlane` of
   widgets/siamese.py. Beside the plane the curves of the loss and of its slope are drawn. */
(() => {
  const FAR = 2.9, N_PLACES = 121;
  const told = (name, values) => metacourse.fill(metacourse.strings.margin[name], values);

  /* The contrastive loss of one pair at a distance d, and its slope there. */
  const pairLoss = (same, d, margin) => {
    const left = Math.max(margin - d, 0);
    return same ? [d * d, 2 * d] : [left * left, d > 0 ? -2 * left || 0 : 0];
  };

  const numberOf = (value) => metacourse.minus(metacourse.fixed(value, 3));

  /* Distance, loss, slope and the gradients of a pair of places [[x, y], [x, y]]. */
  function pairOf([a, b], same, margin) {
    const away = [b[0] - a[0], b[1] - a[1]], d = Math.sqrt(away[0] ** 2 + away[1] ** 2);
    const [loss, slope] = pairLoss(same, d, margin);
    const onB = away.map((value) => (d ? (slope * value) / d : 0));
    return { d, loss, slope, gradients: [onB.map((value) => -value), onB] };
  }

  function situation(same, d, margin) {
    if (same) return told(d === 0 ? "meet" : "pulled");
    if (d === 0) return told("one_place");
    return told(d >= margin ? "beyond" : "pushed");
  }

  function numbers(same, margin, { d, loss, slope, gradients }) {
    return told("numbers", {
      kind: told(same ? "same" : "different"),
      margin: metacourse.fixed(margin, 2),
      d: numberOf(d),
      loss: numberOf(loss),
      slope: numberOf(slope),
      length: numberOf(Math.hypot(...gradients[0])),
    });
  }

  // ---- the plane --------------------------------------------------------------------------------

  /* A step from a place, as a line with the head of an arrow. */
  function arrow([x, y], [dx, dy]) {
    const length = Math.hypot(dx, dy);
    if (length < 1e-3) return [[x, y], [x, y]];
    const size = Math.min(0.07, length / 2) / length, back = [-dx * size, -dy * size];
    const side = [-back[1] / 2, back[0] / 2], end = [x + dx, y + dy];
    const [left, right] = [1, -1].map((to) => end.map((value, k) =>
      value + back[k] + to * side[k]));
    return [[x, y], end, left, end, right];
  }

  const around = ([x, y], radius) => Array.from({ length: 97 }, (_, i) => {
    const turn = (2 * Math.PI * i) / 96;
    return [x + radius * Math.cos(turn), y + radius * Math.sin(turn)];
  });

  function lines(places, { gradients }, margin, rate, looks) {
    const steps = places.map((place, k) =>
      arrow(place, gradients[k].map((value) => -rate * value)));
    return [around(places[0], margin), ...steps].map((points, k) =>
      metacourse.charts.line(points.map(([x]) => x), points.map(([, y]) => y), looks[k]));
  }

  // ---- the curves -------------------------------------------------------------------------------

  const ticks = (values) => values.map((value) => [value, metacourse.minus(String(value))]);

  function axesOf({ highest, steepest }) {
    const x = { range: [-0.02 * FAR, FAR], ticks: ticks([0, 0.5, 1, 1.5, 2, 2.5]), label: "" };
    return [
      { x, y: { range: [-0.1, highest], ticks: ticks([0, 1, 2]), label: told("loss") } },
      { x: { ...x, label: told("distance") },
        y: { range: [-steepest, steepest], ticks: ticks([-2, 0, 2]), label: told("slope") } },
    ];
  }

  function drawCurves(plots, looks, margin) {
    const places = Array.from({ length: N_PLACES }, (_, i) => (FAR * i) / (N_PLACES - 1));
    looks.forEach(({ colour, dash }, same) => {
      const look = { stroke: colour, "stroke-dasharray": dash };
      plots.forEach((plot, k) => {
        const there = k ? places.slice(1) : places;  // the slope jumps at 0
        plot.line(there, there.map((d) => pairLoss(same, d, margin)[k]), look);
      });
    });
    const [, slopes] = plots;
    slopes.line([-1, FAR], [0, 0], { class: "axis" });
    slopes.mark(looks[0].marker, 0, 0, { size: 3, fill: looks[0].colour });
    for (const plot of plots) {
      plot.line([margin, margin], [-9, 9], { class: "line edge", "stroke-dasharray": "2 3" });
    }
  }

  function drawKey(box, looks, margin) {
    const pairs = ["different", "same"].map((kind, same) => ({
      name: told("pair", { kind: told(kind) }),
      look: { stroke: looks[same].colour, "stroke-dasharray": looks[same].dash },
    }));
    const alone = { name: told("alone"), kind: looks[0].marker, look: { fill: looks[0].colour } };
    const edge = { class: "line edge", "stroke-dasharray": "2 3" };
    const line = { name: told("line", { margin: Number(margin.toPrecision(3)) }), look: edge };
    metacourse.plots.key(box, [...pairs, alone, line]);
  }

  /* The element with the curves, and what draws a pair on them. */
  function curves(data) {
    const box = document.createElement("div");
    box.className = "metacourse-plots";
    const key = box.appendChild(document.createElement("div"));
    const plots = axesOf(data).map((axes) => metacourse.plots.plot(box, axes, { height: 190 }));
    const status = box.appendChild(document.createElement("div"));
    status.setAttribute("role", "status");
    const draw = (same, margin, pair) => {
      for (const plot of plots) plot.clear();
      drawCurves(plots, data.looks, margin);
      const { colour, marker } = data.looks[same];
      const here = { fill: colour, class: "edge", size: 7 };
      plots[0].mark(marker, pair.d, pair.loss, here);
      plots[1].mark(marker, pair.d, pair.slope, here);
      drawKey(key, data.looks, margin);
      status.textContent = numbers(same, margin, pair);
      for (const { svg } of plots) {
        svg.setAttribute("aria-label", told("alt", { numbers: status.textContent }));
      }
    };
    return { box, draw };
  }

  metacourse.brains.margin = (widget, data, controls, box) => {
    metacourse.charts.fit(widget, box);
    const looks = widget.get("lines").map(({ name, colour, dash }) => ({ name, colour, dash }));
    const beside = curves(data);
    const changed = () => {
      const places = widget.get("points"), { same, margin } = controls.values;
      const pair = pairOf(places, same, margin);
      const readout = situation(same, pair.d, margin);
      widget.set({ lines: lines(places, pair, margin, data.rate, looks), readout });
      beside.draw(same, margin, pair);
    };
    changed();
    return { changed, receive() { controls.reset(); changed(); }, beside: beside.box };
  };
})();
