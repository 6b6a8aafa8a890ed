/* What the brains of charts of draggable points have in common (see widget.js): they do here what
   `redraw` of a SteeredChart does in Python. Vectors are arrays, matrices arrays of rows. */
(() => {
  /* A brain that draws anew from points and controls, and puts the controls back at a Reset. */
  const chart = (redraw) => (widget, data, controls) => ({
    changed: () => redraw(widget, data, controls.values),
    receive() {
      controls.reset();
      redraw(widget, data, controls.values);
    },
  });

  /* A line as widgets/points.py has it, every key given. */
  const line = (x, y, look) => ({ x, y, name: "", dash: "", colour: "currentColor", ...look });

  /* One line of several: between two of them there is a gap. */
  const broken = (x, parts, look) => line(
    parts.flatMap(() => [...x, 0]), parts.flatMap((y) => [...y, null]), look);

  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const add = (a, b, share = 1) => a.map((value, i) => value + share * b[i]);
  const times = (matrix, vector) => matrix.map((row) => dot(row, vector));
  const inverse = ([[a, b], [c, d]]) => {  // of 2 × 2
    const whole = a * d - b * c;
    return [[d / whole, -b / whole], [-c / whole, a / whole]];
  };

  metacourse.charts = { add, broken, chart, dot, inverse, line, mean, times };
})();
