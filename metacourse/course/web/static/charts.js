/* What the brains of charts of draggable points have in common (see widget.js): they do here what
   `redraw` of a SteeredChart does in Python. Vectors are arrays, matrices arrays of rows. */
(() => {
  const LOW = 300;  // pixels, below which no chart is made flatter

  /* Where there is less room than a chart wants it is drawn smaller, its words as large as ever. */
  function fit(widget, box) {
    const [width, height] = widget.get("size"), room = box.clientWidth;
    if (room >= width) return;
    const lower = Math.round((height * room) / width);
    widget.set({ size: [room, Math.max(lower, Math.min(height, LOW))] });
  }

  /* A brain that draws anew from points and controls, and puts the controls back at a Reset.
     redraw(widget, data, values of the controls, looks): the looks { name, colour, dash } are those
     of the lines as Python left them, in their order. */
  const chart = (redraw) => (widget, data, controls, box) => {
    fit(widget, box);
    const looks = widget.get("lines").map(({ name, colour, dash }) => ({ name, colour, dash }));
    const changed = () => redraw(widget, data, controls.values, looks);
    return { changed, receive() { controls.reset(); changed(); } };
  };

  const finite = (values) => values.map((value) => (Number.isFinite(value) ? value : null));

  /* A line as widgets/points.py has it: a gap where a number is not finite. */
  const line = (x, y, look) => ({ x: finite(x), y: finite(y), ...look });

  /* One line of several parts over the same places: between two of them there is a gap. */
  const broken = (places, parts, look) => line(
    parts.flatMap(() => [...places, 0]), parts.flatMap((y) => [...y, NaN]), look);

  /* "1 point" or "2 points": of a catalogue's pair of sentences with {n}. */
  const counted = (n, [one, many]) => metacourse.fill(n === 1 ? one : many, { n });

  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const add = (a, b, share = 1) => a.map((value, i) => value + share * b[i]);
  const times = (matrix, vector) => matrix.map((row) => dot(row, vector));
  const inverse = ([[a, b], [c, d]]) => {  // of 2 × 2
    const whole = a * d - b * c;
    return [[d / whole, -b / whole], [-c / whole, a / whole]];
  };

  metacourse.charts = {
    add, broken, chart, counted, dot, fit, inverse, line, mean, times,
  };
})();
