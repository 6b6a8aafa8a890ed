"""How chapter 09's robot is drawn and animated in the browser."""

SCENE = r"""
    const [WIDTH, HEIGHT, METRE] = [760, 240, 250];  // pixels
    const ORIGIN = [190, 180];  // where x = y = 0 stands
    const [N_TRUNK, N_MUSCLES, START] = [10, 8, 0.2];  // START: the middle of the trunk at first
    const FLAGS = "#0072B2", LIMP = "#D55E00", EARTH = "#DDD5C8";

    // with a flag where each walk that was seen came to; grow: of the words on a small screen
    function drawGround(pen, seen, grow) {
      pen.fillStyle = EARTH;
      pen.fillRect(-3, -3, 9, 3);
      pen.strokeStyle = "#6B5B45";
      pen.lineWidth = 2 / METRE;
      line(pen, [-3, 0], [6, 0]);
      pen.fillStyle = "#444444";
      for (let metres = -0.5; metres <= 2; metres += 0.5) {
        line(pen, [START + metres, 0], [START + metres, -0.03]);
        const text = `${metres} m`.replace("-", "−");
        write(pen, text, START + metres, -0.05 - 0.035 * grow, 12 * grow);
      }
      seen.forEach((metres, trial) => {
        pen.strokeStyle = pen.fillStyle = FLAGS;
        line(pen, [START + metres, 0], [START + metres, 0.3 + 0.06 * (trial % 3)]);
        write(pen, `${trial}`, START + metres + 0.03 * grow, 0.27 + 0.06 * (trial % 3), 12 * grow);
      });
    }

    function line(pen, [x, y], [toX, toY]) {
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(toX, toY);
      pen.stroke();
    }

    function write(pen, text, x, y, size) {
      pen.save();
      pen.translate(x, y);
      pen.scale(1 / METRE, -1 / METRE);
      pen.font = `${size}px sans-serif`;
      pen.textAlign = "center";
      pen.fillText(text, 0, 0);
      pen.restore();
    }

    function drawRobot(pen, springs, place, limp, alpha) {  // place(mass) → [x, y]
      pen.globalAlpha = alpha;
      pen.lineCap = "round";
      springs.forEach(([first, other], n) => {
        const muscle = n - (springs.length - N_MUSCLES);
        const broken = limp.includes(Math.floor(muscle / 2));
        pen.strokeStyle = muscle < 0 ? "#767676" : broken ? LIMP : FLAGS;
        pen.lineWidth = (muscle < 0 ? 1.5 : 4) / METRE;
        pen.setLineDash(muscle >= 0 && broken ? [0.01, 0.025] : []);
        line(pen, place(first), place(other));
      });
      pen.setLineDash([]);
      for (let mass = 0; mass < N_TRUNK + N_MUSCLES / 2; mass += 1) {
        pen.beginPath();
        pen.fillStyle = mass < N_TRUNK ? "#444444" : "black";
        pen.arc(...place(mass), (mass < N_TRUNK ? 3 : 5) / METRE, 0, 7);
        pen.fill();
      }
      pen.globalAlpha = 1;
    }

    const lastOf = (frames) => (frames ? frames.length / 28 - 1 : 0);

    // frames[2 * 14 * n + 14 * axis + mass]; between two of them the masses move evenly
    const placeAt = (frames, n, share) => (mass) => [0, 1].map((axis) => {
      const from = frames[28 * n + 14 * axis + mass];
      return share ? from + share * (frames[28 * (n + 1) + 14 * axis + mass] - from) : from;
    });
"""

BARS = r"""
    const [BARS_HEIGHT, LEFT, LOW, HIGH] = [174, 46, -0.7, 2.0];  // metres of the axis

    function drawBars(svg, view, wide) {  // wide: pixels that there are
      const width = (wide - LEFT - 10) / view.mean.length, every = width < 18 ? 5 : 1;
      const x = (gait) => LEFT + width * (gait + 0.5);
      const y = (metres) => {
        const inside = Math.min(Math.max(metres, LOW), HIGH);
        return 6 + (BARS_HEIGHT - 30) * (HIGH - inside) / (HIGH - LOW);
      };
      svg.replaceChildren();
      for (let metres = -0.5; metres <= 2; metres += 0.5) {
        const grid = { d: `M${LEFT},${y(metres)}H${wide - 10}`, class: metres ? "grid" : "axis" };
        add(svg, "path", grid);
        const place = { x: LEFT - 6, y: y(metres) + 4, class: "end" };
        add(svg, "text", place, `${metres} m`.replace("-", "−"));
      }
      view.mean.forEach((mean, gait) => {
        const kind = gait === view.next ? "next" : "";
        const [top, bottom] = [y(mean + view.half[gait]), y(mean - view.half[gait])];
        const bar = { x: x(gait) - 4, y: top, width: 8, height: bottom - top };
        add(svg, "rect", { ...bar, class: `bar ${kind}` });
        add(svg, "circle", { cx: x(gait), cy: y(mean), r: 4, class: "mean" });
        const place = { x: x(gait), y: BARS_HEIGHT - 8, class: `middle ${kind}` };
        const isFree = every === 1 || Math.abs(gait - view.next) > 1;  // of the number of the next
        if (kind || (isFree && gait % every === 0)) add(svg, "text", place, `${gait}`);
      });
      view.tried.forEach((gait, trial) => {
        const at = { x: x(gait) - 4.5, y: y(view.seen[trial]) - 4.5, width: 9, height: 9 };
        add(svg, "rect", { ...at, class: "seen" });
      });
    }
"""

RENDER = r"""
    function render({ model, el }) {
      el.classList.add("metacourse-robot");
      el.tabIndex = 0;
      el.setAttribute("role", "group");
      const keys = "Keys 1 to 4 break or mend a leg, Enter tries a gait.";
      el.setAttribute("aria-label", `A robot. ${keys}`);
      el.dataset.lmSuppressShortcuts = "true";  // else JupyterLab takes the keys for itself
      const make = (tag, parent, text = "") => {
        const node = parent.appendChild(document.createElement(tag));
        if (text) node.textContent = text;
        return node;
      };
      const button = (parent, text, press) => {
        const made = make("button", parent, text);
        made.className = "lm-Widget jupyter-widgets jupyter-button widget-button";
        made.onclick = press;
        return made;
      };
      let body = { ...model.get("body") }, frames = null, started = 0, timer = null, flags = 0;
      const standing = new Float32Array(model.get("stands"));
      const still = matchMedia("(prefers-reduced-motion: reduce)");

      const row = make("div", el);
      row.className = "row";
      const save = (part) => {
        body = { ...body, ...part };
        frames = null;
        follow();
        paint();
        model.set("body", body);
        model.save_changes();
      };
      const toggle = (leg) => save({ limp: body.limp.includes(leg)
        ? body.limp.filter((other) => other !== leg) : [...body.limp, leg] });
      const legs = [0, 1, 2, 3].map((leg) => button(row, `Leg ${leg + 1}`, () => toggle(leg)));
      const slider = (name, text, step, unit) => {
        const label = make("label", row, `${text} `);
        const made = make("input", label);
        const [min, max] = model.get("ranges")[name];
        Object.assign(made, { type: "range", min, max, step, value: body[name] });
        const told = make("span", label);
        const tell = () => {
          told.textContent = ` ${Number(made.value)}${unit}`.replace("-", "−");
          made.setAttribute("aria-valuetext", told.textContent);
        };
        made.oninput = () => {
          body = { ...body, [name]: Number(made.value) };
          frames = null;
          tell();
          paint();
        };
        made.onkeydown = (event) => event.stopPropagation();  // JupyterLab takes the arrows
        made.onchange = () => save({});  // when it is let go: a new body is walked at once
        return () => { made.value = body[name]; tell(); };
      };
      const sliders = [slider("slope", "Tilt", 0.5, "°"), slider("friction", "Friction", 0.05, "")];
      const follow = () => {  // what the controls show is the body
        legs.forEach((each, leg) => {
          const limp = body.limp.includes(leg);
          each.setAttribute("aria-pressed", limp);
          each.textContent = `Leg ${leg + 1}${limp ? " ✗" : ""}`;
        });
        for (const each of sliders) each();
      };
      const buttons = make("div", el);
      buttons.className = "row";
      const tryOne = () => model.send({ try: body });  // the last change may still be on its way
      const again = () => model.send({ again: true });
      const reset = () => {
        const whole = !body.limp.length && !body.slope && body.friction === 0.8;
        if (whole) again();
        else save({ limp: [], slope: 0, friction: 0.8 });
      };
      button(buttons, "Try", tryOne).classList.add("mod-primary");
      button(buttons, "Start again", again);
      button(buttons, "Reset", reset);

      const canvas = make("canvas", el);
      canvas.setAttribute("role", "img");
      const svg = add(el, "svg", { role: "img" });
      const key = "gait – dot and bar: believed, with 95 %; square: a walk that was seen; "
        + "bold: the next to be tried";
      make("div", el, key).className = "key";
      const status = make("div", el);
      status.setAttribute("role", "status");

      const paint = (n = 0, share = 0) => {
        const ratio = canvas.clientWidth / WIDTH * window.devicePixelRatio;
        if (!ratio) return;
        canvas.width = Math.round(WIDTH * ratio);
        canvas.height = Math.round(HEIGHT * ratio);
        const pen = canvas.getContext("2d"), [left, ground] = ORIGIN;
        pen.setTransform(ratio * METRE, 0, 0, -ratio * METRE, ratio * left, ratio * ground);
        pen.rotate(body.slope * Math.PI / 180);
        const grow = Math.min(Math.max(1, WIDTH / canvas.clientWidth), 2);
        drawGround(pen, model.get("view").seen.slice(0, flags), grow);
        const springs = model.get("springs");
        const shown = frames ?? standing, last = lastOf(frames);
        const ghosts = frames && still.matches ? [0, Math.round(last / 2)] : [];
        for (const each of ghosts) {
          drawRobot(pen, springs, placeAt(shown, each, 0), body.limp, 0.3);
        }
        drawRobot(pen, springs, placeAt(shown, n, share), body.limp, 1);
      };
      const bars = () => {
        const wide = Math.min(WIDTH, svg.clientWidth || WIDTH);
        svg.setAttribute("viewBox", `0 0 ${wide} ${BARS_HEIGHT}`);
        drawBars(svg, model.get("view"), wide);
      };
      const tell = () => {
        const view = model.get("view");
        flags = view.seen.length;
        bars();
        canvas.setAttribute("aria-label", view.alt);
        svg.setAttribute("aria-label", "What is believed of each gait. " + view.message);
        status.textContent = view.message;
      };
      const tick = () => {
        const at = (performance.now() - started) / 1000 / model.get("seconds");
        const last = lastOf(frames);
        if (at >= last || still.matches) {
          timer = null;
          tell();  // what came of it is told when the walk is over
          paint(last);
          return;
        }
        paint(Math.floor(at), at % 1);
        timer = requestAnimationFrame(tick);
      };
      const take = () => {
        cancelAnimationFrame(timer);
        timer = null;
        body = { ...model.get("body"), limp: [...model.get("body").limp] };
        follow();
        const film = model.get("film");
        const bytes = film?.byteLength
          ? film.buffer.slice(film.byteOffset, film.byteOffset + film.byteLength) : null;
        frames = bytes && new Float32Array(bytes);
        if (!frames) { tell(); paint(); return; }
        flags = model.get("view").seen.length - 1;
        started = performance.now();
        tick();
      };
      canvas.onclick = (event) => {
        const box = canvas.getBoundingClientRect();
        const pixel = [(event.clientX - box.left), (event.clientY - box.top)]
          .map((v) => v * WIDTH / box.width);
        const [right, up] = [(pixel[0] - ORIGIN[0]) / METRE, (ORIGIN[1] - pixel[1]) / METRE];
        const turn = -body.slope * Math.PI / 180;
        const [x, y] = [right * Math.cos(turn) - up * Math.sin(turn),
                        right * Math.sin(turn) + up * Math.cos(turn)];
        const place = placeAt(frames ?? standing, lastOf(frames), 0);
        const far = [0, 1, 2, 3].map((leg) => {
          const [[footX, footY], [hipX, hipY]] = [place(N_TRUNK + leg), place(leg)];
          return Math.hypot(x - (footX + hipX + 0.05) / 2, y - (footY + hipY) / 2);
        });
        const leg = far.indexOf(Math.min(...far));
        if (far[leg] < 0.1) toggle(leg);
        el.focus({ preventScroll: true });
      };
      el.onkeydown = (event) => {
        const leg = Number(event.key) - 1;
        if (legs[leg]) toggle(leg);
        else if (event.key === "Enter" && event.target === el) tryOne();
        else return;
        event.preventDefault();
        event.stopPropagation();
      };
      model.on("change:view", take);
      const watch = new ResizeObserver(() => {
        if (timer) return;
        paint(lastOf(frames));
        bars();
      });
      watch.observe(canvas);
      take();
      return () => {
        cancelAnimationFrame(timer);
        watch.disconnect();
        model.off("change:view", take);
      };
    }
    export default { render };
"""

LOOKS = """
    .metacourse-robot { max-width: 760px; padding: 4px; color: var(--jp-ui-font-color1);
      font: 13px var(--jp-ui-font-family); }
    .metacourse-robot:focus-visible { outline: 2px solid #0072B2; }
    .metacourse-robot .row { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center;
      margin-bottom: 4px; }
    .metacourse-robot button { width: auto; margin: 0; }
    .metacourse-robot button[aria-pressed="true"] { outline: 2px solid #D55E00; }
    .metacourse-robot button:focus-visible { outline: 2px solid #0072B2; }
    .metacourse-robot label { display: flex; gap: 6px; align-items: center; margin-left: 8px; }
    .metacourse-robot label span { min-width: 3em; font-variant-numeric: tabular-nums; }
    .metacourse-robot input { width: 110px; accent-color: #0072B2; }
    .metacourse-robot canvas { display: block; width: 100%; aspect-ratio: 760 / 240;
      background: white; cursor: pointer; }
    body[data-jp-theme-light="false"] .metacourse-robot canvas {
      filter: invert(0.93) hue-rotate(180deg); }
    .metacourse-robot > svg { display: block; width: 100%; margin-top: 4px; }
    .metacourse-robot .key { margin: 0 0 4px 46px; font-size: 11px; }
    .metacourse-robot text { fill: currentColor; font-size: 11px; }
    .metacourse-robot text.next { font-weight: bold; }
    .metacourse-robot .end { text-anchor: end; }
    .metacourse-robot .middle { text-anchor: middle; }
    .metacourse-robot .axis { stroke: currentColor; fill: none; }
    .metacourse-robot .grid { stroke: currentColor; opacity: 0.15; fill: none; }
    .metacourse-robot .bar { fill: #56B4E9; opacity: 0.6; }
    .metacourse-robot .bar.next { fill: #0072B2; opacity: 0.9; }
    .metacourse-robot .mean { fill: #0072B2; stroke: white; }
    .metacourse-robot .seen { fill: #D55E00; stroke: white; }
    .metacourse-robot [role="status"] { min-height: 1.5em; margin: 4px 0; line-height: 1.5;
      font-variant-numeric: tabular-nums; }
"""
