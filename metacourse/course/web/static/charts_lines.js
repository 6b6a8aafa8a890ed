/* Charts in which lines are fitted to points: chapter 02 and chapter 07. A line is [slope,
   intercept]; points are [[x, y], …]. */
(() => {
  const { add, broken, chart, counted, dot, inverse, line, mean, times } = metacourse.charts;

  // ---- fitted: linear_regression.py --------------------------------------------------------------

  const errors = ([slope, intercept], points) =>
    points.map(([x, y]) => slope * x + intercept - y);
  const loss = (theta, points) => mean(errors(theta, points).map((error) => error ** 2));
  const gradient = (theta, points) => {
    const residual = errors(theta, points);
    return [2 * mean(residual.map((error, i) => error * points[i][0])), 2 * mean(residual)];
  };
  const hessian = (points) => {
    const x = 2 * mean(points.map(([place]) => place));
    return [[2 * mean(points.map(([place]) => place ** 2)), x], [x, 2]];
  };

  /* The larger eigenvalue of a symmetric matrix. */
  const sharpest = ([[a, b], [, c]]) => (a + c) / 2 + Math.hypot((a - c) / 2, b);

  /* The least-squares line; where all x are the same, the smallest of those that fit best. */
  function leastSquares(points) {
    const x = mean(points.map(([place]) => place)), y = mean(points.map(([, label]) => label));
    const first = points[0][0];
    if (points.every(([place]) => place === first)) {
      return [first, 1].map((input) => (input * y) / (first ** 2 + 1));
    }
    const square = mean(points.map(([place]) => (place - x) ** 2));
    const slope = mean(points.map(([place, label]) => (place - x) * (label - y))) / square;
    return [slope, y - slope * x];
  }

  /* Where so many steps of gradient descent arrive. */
  function descend(theta, points, rate, steps) {
    for (let step = 0; step < steps; step += 1) {
      theta = add(theta, gradient(theta, points), -rate);
    }
    return theta;
  }

  /* What balances the loss against a Gaussian prior centred on θ. */
  function mapEstimate(theta, points, precision) {
    const [[a, b], [, c]] = hessian(points);
    const curved = inverse([[a + precision, b], [b, c + precision]]);
    return add(theta, times(curved, gradient(theta, points)), -1);
  }

  const drawn = ([slope, intercept], look) =>
    line([-2, 2], [-2, 2].map((x) => slope * x + intercept), look);

  metacourse.brains.prior = chart((widget, { theta }, { lr_inner: rate, n_steps: k }, looks) => {
    const { fill, fixed, strings } = metacourse, points = widget.get("points");
    const steepest = rate * sharpest(hessian(points)), settles = steepest < 2;
    const halfWay = (1 - 0.5 ** (1 / k)) / rate;
    const fitted = [theta, leastSquares(points), mapEstimate(theta, points, halfWay)];
    if (settles) fitted.push(descend(theta, points, rate, k));
    const losses = fitted.map((own, i) => `${looks[i].name} ${fixed(loss(own, points), 4)}`);
    const told = fill(strings.charts.losses, { losses: losses.join(", ") });
    const runaway = fill(strings.charts.runaway, { sharpest: fixed(steepest, 2) });
    widget.set({
      lines: fitted.map((own, i) => drawn(own, looks[i])),
      readout: settles ? told : `${told} ${runaway}`,
    });
  });

  // ---- believed: bayes.py ------------------------------------------------------------------------

  /* The lower factor of a symmetric 2 × 2 matrix, as [a, b, c] of [[a, 0], [b, c]]. */
  function cholesky([[a, b], [, c]], jitter = 0) {
    const more = (jitter * (a + c)) / 2, first = Math.sqrt(a + more), below = b / first;
    return [first, below, Math.sqrt(c + more - below ** 2)];
  }

  /* The inverse by its factor, a little added to the diagonal, as in Python. */
  function inverted(matrix) {
    const [a, b, c] = cholesky(matrix, 10 * Number.EPSILON);
    const [p, q, r] = [1 / a, -b / (a * c), 1 / c];
    return [[p * p + q * q, q * r], [q * r, r * r]];
  }

  /* What is believed of a line after points: { mean, cov } of the prior { mean, cov }. */
  function posterior(points, prior, noise) {
    const known = inverted(prior.cov), sum = (f) => points.reduce((all, each) => all + f(each), 0);
    const x = sum(([place]) => place) / noise;
    const precision = [[known[0][0] + sum(([place]) => place ** 2) / noise, known[0][1] + x],
                       [known[1][0] + x, known[1][1] + points.length / noise]];
    const towards = [sum(([place, y]) => place * y) / noise, sum(([, y]) => y) / noise];
    const cov = inverted(precision);
    return { mean: times(cov, add(times(known, prior.mean), towards)), cov };
  }

  /* Mean of the label at each place, and half the width of its band of 95 %. */
  function predictive({ mean: theta, cov }, places, noise) {
    const inputs = places.map((x) => [x, 1]);
    const reach = inputs.map((x) => 1.96 * Math.sqrt(dot(times(cov, x), x) + noise));
    return { said: inputs.map((x) => dot(theta, x)), reach };
  }

  const band = (places, { said, reach }, look) =>
    broken(places, [add(said, reach), add(said, reach, -1)], look);

  metacourse.brains.belief = chart((widget, data, values, looks) => {
    const { fill, fixed, minus, strings } = metacourse, points = widget.get("points");
    const { places, draws, priors } = data, noise = values.deviation ** 2;
    const belief = posterior(points, priors[values.prior], noise);
    const [a, b, c] = cholesky(belief.cov);
    const thetas = draws.map(([u, v]) => add(belief.mean, [a * u, b * u + c * v]));
    const answers = predictive(belief, places, noise);
    const [mid, around] = looks.slice(-2);
    const [slope, intercept] = belief.mean.map((value, i) => {
      const deviation = 1.96 * Math.sqrt(belief.cov[i][i]);
      return minus(`${fixed(value, 2)} ± ${fixed(deviation, 2)}`);
    });
    widget.set({
      lines: [
        ...thetas.map((theta) => broken(places, [places.map((x) => dot(theta, [x, 1]))], looks[0])),
        broken(places, [answers.said], mid),
        band(places, answers, around),
      ],
      readout: fill(strings.charts.belief,
        { points: counted(points.length, strings.charts.points), slope, intercept }),
    });
  });

  Object.assign(metacourse.charts, { band, descend, posterior, predictive });
})();
