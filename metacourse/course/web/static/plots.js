/* Plots as SVG, for figures that the page draws itself. Looks are attributes of SVG elements. */
(() => {
  const SVG = "http://www.w3.org/2000/svg";

  function add(parent, name, attributes = {}, text = "") {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    parent.append(element);
    return element;
  }

  const scale = ([low, high], start, end) =>
    (value) => start + ((value - low) / (high - low)) * (end - start);

  const bounded = (value, [low, high]) => Math.min(Math.max(value, low), high);

  function drawAxes(svg, { left, right, top, bottom }, x, y, axes) {
    add(svg, "path", { class: "axis", d: `M${left},${top}V${bottom}H${right}` });
    for (const [value, text] of axes.x.ticks) {
      add(svg, "path", { class: "axis", d: `M${x(value)},${bottom}v5` });
      add(svg, "text", { x: x(value), y: bottom + 18, class: "middle" }, text);
    }
    for (const [value, text] of axes.y.ticks) {
      add(svg, "path", { class: "axis", d: `M${left},${y(value)}h-5` });
      add(svg, "text", { x: left - 9, y: y(value) + 4, class: "end" }, text);
    }
    add(svg, "text", { x: (left + right) / 2, y: bottom + 36, class: "middle" }, axes.x.label);
    const turned = `translate(14 ${(top + bottom) / 2}) rotate(-90)`;
    add(svg, "text", { transform: turned, class: "middle" }, axes.y.label ?? "");
  }

  /* An empty plot in a box. axes: { x, y }, each with range, ticks as [[value, text], …], label;
     height in pixels, of a width of 400; left: what the names of y's ticks need. It returns
     { svg, clear(), line(xs, ys, look), mark(kind, x, y, look), text(x, y, text, look) }. */
  function plot(box, axes, { height = 200, left = 56 } = {}) {
    const frame = { left, right: 392, top: 8, bottom: height - 42 };
    const svg = add(box, "svg", { viewBox: `0 0 400 ${height}`, role: "img" });
    const x = scale(axes.x.range, frame.left, frame.right);
    const y = scale(axes.y.range, frame.bottom, frame.top);
    drawAxes(svg, frame, x, y, axes);
    const inside = add(svg, "svg", { x: frame.left, y: frame.top, width: frame.right - frame.left,
      height: frame.bottom - frame.top, viewBox: `${frame.left} ${frame.top} ` +
      `${frame.right - frame.left} ${frame.bottom - frame.top}` });
    const marks = add(svg, "g");
    return {
      svg,
      clear: () => { inside.replaceChildren(); marks.replaceChildren(); },
      line: (xs, ys, look) => add(inside, "path", { class: "line", d: pathOf(xs.map(x), ys.map(y)),
        ...look }),
      mark: (kind, atX, atY, look) => mark(marks,
        kind, x(atX), y(bounded(atY, axes.y.range)), look),
      text: (atX, atY, text, look) => add(marks, "text", { x: x(atX), y: y(atY), ...look }, text),
    };
  }

  const pathOf = (xs, ys) => xs.map((x, i) =>
    `${i ? "L" : "M"}${x.toFixed(2)},${ys[i].toFixed(2)}`).join("");

  // ---- marks: the shapes that matplotlib calls by these letters, about 1 large ------------------

  const corners = (n, { inner = 1, turn = 0 } = {}) => Array.from({ length: n }, (_, i) => {
    const angle = Math.PI * (2 * (i + turn) / n - 0.5), size = i % 2 ? inner : 1;
    return `${i ? "L" : "M"}${size * Math.cos(angle)},${size * Math.sin(angle)}`;
  }).join("") + "Z";
  const PLUS = "M-.4,-1.1H.4V-.4H1.1V.4H.4V1.1H-.4V.4H-1.1V-.4H-.4Z";
  const SHAPES = {
    o: ["M1,0A1,1 0 1 1 -1,0A1,1 0 1 1 1,0Z"], s: [corners(4, { turn: 0.5 }), 1.2],
    D: [corners(4), 1.2], "^": [corners(3), 1.2], v: [corners(3, { turn: 1.5 }), 1.2],
    "*": [corners(10, { inner: 0.4 }), 1.4], h: [corners(6), 1.1], P: [PLUS], X: [PLUS, 1, 45],
  };

  /* A mark of a kind at a place in pixels. */
  function mark(parent, kind, x, y, { size = 6, ...look }) {
    const [d, larger = 1, turn = 0] = SHAPES[kind] ?? SHAPES.o;
    const transform = `translate(${x} ${y}) rotate(${turn}) scale(${size * larger})`;
    return add(parent, "path", { d, transform, "vector-effect": "non-scaling-stroke", ...look });
  }

  /* What the lines mean: entries of { name, look }, { name, kind, look } or { name } alone. */
  function key(box, entries) {
    box.className = "key";
    box.replaceChildren(...entries.map(({ name, kind, look }) => {
      const entry = document.createElement("span");
      const svg = look && add(entry, "svg", { viewBox: "0 0 26 12" });
      if (kind) mark(svg, kind, 13, 6, { size: 4, ...look });
      else if (look) add(svg, "path", { d: "M0,6H26", class: "line", ...look });
      entry.append(name);
      return entry;
    }));
  }

  Object.assign(metacourse, { plots: { add, key, plot } });
})();
