/* Brains of the charts in which lines are fitted to points: chapter 02 and chapter 07. A line is
   [slope, intercept]; points are [[x, y], …]. */
(() => {
  const { add, chart, inverse, mean, times } = metacourse.charts;
  const told = () => metacourse.strings.charts;

  const errors = ([slope, intercept], points) =>
    points.map(([x, y]) => slope * x + intercept - y);
  const loss = (theta, points) => mean(errors(theta, points).map((error) => error ** 2));
  const gradient = (theta, points) => {
    const residual = errors(theta, points);
    return [2 * mean(residual.map((error, i) => error * points[i][0])), 2 * mean(residual)];
  };
  const hessian = (points) => {
    const x = 2 * mean(points.map(([x]) => x));
    return [[2 * mean(points.map(([x]) => x ** 2)), x], [x, 2]];
  };

  /* The larger eigenvalue of a symmetric matrix. */
  const sharpest = ([[a, b], [, c]]) => (a + c) / 2 + Math.hypot((a - c) / 2, b);

  /* The least-squares line; where all x are the same, the smallest of those that fit best. */
  function leastSquares(points) {
    const x = mean(points.map(([x]) => x)), y = mean(points.map(([, y]) => y));
    if (points.every(([each]) => each === points[0][0])) {
      const size = points[0][0] ** 2 + 1;
      return [(points[0][0] * y) / size, y / size];
    }
    const square = mean(points.map(([each]) => (each - x) ** 2));
    const slope = mean(points.map(([each, other]) => (each - x) * (other - y))) / square;
    return [slope, y - slope * x];
  }

  /* Where k steps of gradient descent arrive. */
  function adapt(theta, points, rate, steps) {
    for (let step = 0; step < steps; step += 1) {
      theta = add(theta, gradient(theta, points), -rate);
    }
    return theta;
  }

  /* Of a Gaussian prior centred on θ: linear_regression.map_estimate. */
  function withPrior(theta, points, precision) {
    const [[a, b], [, c]] = hessian(points);
    const curved = inverse([[a + precision, b], [b, c + precision]]);
    return add(theta, times(curved, gradient(theta, points)), -1);
  }

  const drawn = (name, [slope, intercept], colour, dash) => metacourse.charts.line(
    [-2, 2], [-2, 2].map((x) => slope * x + intercept), { name, colour, dash });

  metacourse.brains.prior = chart((widget, { theta, colours }, { lr_inner: rate, n_steps: k }) => {
    const { fill, fixed } = metacourse, say = told(), points = widget.get("points");
    const steepest = rate * sharpest(hessian(points));
    const halfWay = (1 - 0.5 ** (1 / k)) / rate;
    const fitted = [
      [say.start, theta, "currentColor", "2 4"],
      [say.least_squares, leastSquares(points), colours.grey, "8 4"],
      [say.gaussian, withPrior(theta, points, halfWay), colours.vermillion, "10 3 2 3"],
    ];
    if (steepest < 2) fitted.push([say.adapted, adapt(theta, points, rate, k), colours.blue, ""]);
    const losses = fitted.map(([name, own]) => `${name} ${fixed(loss(own, points), 4)}`);
    const runaway = fill(say.runaway, { sharpest: fixed(steepest, 2) });
    widget.set({
      lines: fitted.map((each) => drawn(...each)),
      readout: fill(say.prior, { losses: losses.join(", ") }) + (steepest < 2 ? "" : runaway),
    });
  });
})();
