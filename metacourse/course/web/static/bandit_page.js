/* How the kind "bandit" is drawn and played; bandit.js has what is known of it. */
(() => {
  const told = (name, values) => metacourse.fill(metacourse.strings.bandit[name], values);
  const ARMS = ["A", "B"], DASHES = ["", "7 4"];
  const PLACES = Array.from({ length: 250 }, (_, i) => 0.002 + (0.996 * i) / 249);

  const logFactorial = (n) => {
    let sum = 0;
    for (let k = 2; k <= n; k += 1) sum += Math.log(k);
    return sum;
  };

  /* How dense a chance p is after payments and failures, of a uniform prior. */
  function density(p, [paid, failed]) {
    const beta = logFactorial(paid) + logFactorial(failed) - logFactorial(paid + failed + 1);
    return Math.exp(paid * Math.log(p) + failed * Math.log1p(-p) - beta);
  }

  const meanOf = ([paid, failed]) => (1 + paid) / (2 + paid + failed);

  function drawBeliefs(box, { belief, number, left, chances, readout }, looks) {
    const { HIGHEST } = metacourse.bandit, key = box.appendChild(document.createElement("div"));
    const ticks = (values) => values.map((value) => [value, String(value)]);
    const plot = metacourse.plots.plot(box, {
      x: { range: [0, 1], ticks: ticks([0, 0.2, 0.4, 0.6, 0.8, 1]), label: told("paying") },
      y: { range: [0, HIGHEST + 0.4], ticks: ticks([0, 2, 4, 6]), label: told("density") },
    }, { height: 260 });
    const high = (p, counts) => Math.min(density(p, counts), HIGHEST);
    belief.forEach((counts, arm) => {
      const { colour, marker } = looks[ARMS[arm]], mean = meanOf(counts);
      const look = { stroke: colour, "stroke-dasharray": DASHES[arm] };
      plot.line(PLACES, PLACES.map((p) => high(p, counts)), look);
      plot.mark(marker, mean, high(mean, counts), { fill: colour, class: "edge" });
      const truth = chances ? [chances[arm], chances[arm]] : [];
      if (chances) plot.line(truth, [0, HIGHEST], { ...look, class: "line truth" });
    });
    plot.svg.setAttribute("aria-label", told("beliefs", { readout }));
    metacourse.plots.key(key, [...belief.map((counts, arm) => ({
      name: told("arm", { arm: ARMS[arm], paid: counts[0], pulls: counts[0] + counts[1],
        mean: metacourse.fixed(meanOf(counts), 2) }),
      kind: looks[ARMS[arm]].marker,
      look: { fill: looks[ARMS[arm]].colour },
    })), { name: told("corner", { number, left }) }]);
  }

  /* A row for each name, a line from `from` to its value, with its mark. */
  function drawRows(box, values, { range, ticks, label, from, alt }, looks) {
    const names = Object.keys(values), n = names.length;
    const y = { range: [-0.6, n - 0.4], ticks: names.map((name, row) => [n - 1 - row, name]) };
    const axes = { x: { range, ticks, label }, y };
    const plot = metacourse.plots.plot(box, axes, { height: 60 + 32 * n, left: 84 });
    if (from) plot.line([from, from], [-1, n], { class: "axis" });
    names.forEach((name, row) => {
      const { colour, marker } = looks[name], value = values[name];
      plot.line([from, value], [n - 1 - row, n - 1 - row], { stroke: colour });
      plot.mark(marker, value, n - 1 - row, { fill: colour, class: "edge" });
    });
    plot.svg.setAttribute("aria-label", alt);
  }

  const choicesLook = () => ({ range: [0, 1], ticks: [[0, "B"], [0.5, "½"], [1, "A"]], from: 0.5,
    label: told("pulling"), alt: told("others_now") });
  const totalsLook = (most) => ({ range: [0, most], from: 0, label: told("earned", { most }),
    alt: told("others_earned"),
    ticks: [0, most / 2, most].map((value) => [value, String(value)]) });

  function draw(plots, found, looks) {
    for (const plot of plots) plot.replaceChildren();
    if (!found.belief) return;
    drawBeliefs(plots[0], found, looks);
    if (found.choices) drawRows(plots[1], found.choices, choicesLook(), looks);
    if (found.totals) {
      drawRows(plots[1], found.totals, totalsLook(metacourse.bandit.N_PULLS), looks);
    }
  }

  function pullsInput(parent, changed) {
    const label = parent.appendChild(document.createElement("label"));
    const input = document.createElement("input");
    Object.assign(input, { type: "text", size: 12, autocomplete: "off", spellcheck: false });
    label.append(told("typed"), input);
    input.oninput = changed;
    return input;
  }

  function buttons(parent, acts) {
    const row = parent.appendChild(document.createElement("div"));
    for (const [text, act, main] of acts) {
      const button = row.appendChild(document.createElement("button"));
      button.className = `jupyter-button${main ? " mod-primary" : ""}`;
      button.textContent = text;
      button.onclick = act;
    }
  }

  function made(tag, className) {
    const element = document.createElement(tag);
    element.className = className;
    return element;
  }

  metacourse.kinds.bandit = (box, recording) => {
    const game = metacourse.bandit.bandit(recording), { looks } = recording;
    const [row, pair] = [made("div", "metacourse-controls"), made("div", "metacourse-beside")];
    const plots = [0, 1].map(() => pair.appendChild(made("div", "metacourse-plots")));
    const status = made("div", "metacourse-told");
    status.setAttribute("role", "status");
    const show = () => {
      const found = metacourse.bandit.judged(game, { ...controls.values, pulls: input.value });
      status.textContent = found.readout;
      draw(plots, found, looks);
    };
    const pull = (arm) => {
      if (input.value.length < metacourse.bandit.N_PULLS) input.value += arm;
      show();
    };
    const reset = () => { input.value = ""; controls.reset(); show(); };
    buttons(row, [...ARMS.map((arm) => [told("pull", { arm }), () => pull(arm), true]),
      [told("reset"), reset]]);
    const input = pullsInput(row, show), controls = metacourse.controls(recording.controls, show);
    box.onkeydown = (event) => {
      const arm = event.key.toUpperCase();
      if (!ARMS.includes(arm) || event.target === input || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      pull(arm);
    };
    show();
    box.replaceChildren(row, controls.element, pair, status);
    box.dataset.live = "";
  };
})();
