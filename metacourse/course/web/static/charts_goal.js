/* The chart of notebook 09b: a goal, and walks to it before and after exact steps on the return.
   The mathematics of reinforcement.py: θ is [[…3], [3…]], the moment M = E [s; 1][s; 1]ᵀ 3 × 3. */
(() => {
  const { add, chart, counted, dot, line, times } = metacourse.charts;
  const FAR = 20, RUNAWAY = -10;  // drawn up to here; a return below it
  const SQUARES = [[-1, 0, 0], [0, -1, 0], [0, 0, 0]];

  const turned = (matrix) => matrix[0].map((_, column) => matrix.map((row) => row[column]));
  const product = (a, b) => {
    const columns = turned(b);
    return a.map((row) => columns.map((column) => dot(row, column)));
  };
  const sum = (a, b, share = 1) => a.map((row, i) => add(row, b[i], share));

  /* A: where [s; 1] goes on average. */
  const move = (theta, { motors: [strong, weak] }) => [
    add([1, 0, 0], theta[0], strong), add([0, 1, 0], theta[1], weak), [0, 0, 1]];

  /* The moments after 0, 1, … T moves. */
  function moments(theta, { motors, std, n_moves: n }) {
    const a = move(theta, { motors }), back = turned(a);
    const [u, v] = motors.map((motor) => (std * motor) ** 2);
    const found = [[[0, 0, 0], [0, 0, 0], [0, 0, 1]]];
    for (let t = 0; t < n; t += 1) {
      const next = product(product(a, found[t]), back);
      found.push(sum(next, [[u, 0, 0], [0, v, 0], [0, 0, 0]]));
    }
    return found;
  }

  /* What the return is per entry of a moment, times T: symmetric, as moments are. */
  const weights = ([x, y]) => sum(SQUARES, [[0, 0, x], [0, 0, y], [x, y, 0]]);

  function expectedReturn(theta, goal, robot) {
    const each = weights(goal), after = moments(theta, robot).slice(1);
    const total = after.reduce((all, moment) =>
      all + moment.reduce((part, row, i) => part + dot(row, each[i]), 0), 0);
    return total / robot.n_moves - dot(goal, goal);
  }

  /* ∇J, from the last move back to the first: λ is the return per entry of the moment. */
  function gradient(theta, goal, robot) {
    const found = moments(theta, robot), a = move(theta, robot), back = turned(a);
    const each = weights(goal).map((row) => row.map((value) => value / robot.n_moves));
    let lambda = each, whole = [[0, 0, 0], [0, 0, 0], [0, 0, 0]];
    for (let t = robot.n_moves - 1; t >= 0; t -= 1) {
      whole = sum(whole, product(product(lambda, a), found[t]), 2);
      lambda = sum(product(product(back, lambda), a), each);
    }
    return robot.motors.map((motor, i) => whole[i].map((value) => motor * value));
  }

  function adapt(theta, goal, { lr_inner: rate, n_steps: steps }, robot) {
    for (let step = 0; step < steps; step += 1) {
      theta = sum(theta, gradient(theta, goal, robot), rate);
    }
    return theta;
  }

  /* The places of a walk with this noise; the mean walk where there is none. */
  function walk(theta, noise, { motors, std, n_moves: n }) {
    const places = [[0, 0]];
    for (let t = 0; t < n; t += 1) {
      const action = times(theta, [...places[t], 1]);
      places.push(places[t].map((place, i) =>
        place + motors[i] * (action[i] + (noise ? std * noise[t][i] : 0))));
    }
    return places;
  }

  /* A walk as a line: what is too far away is drawn in its direction. */
  function drawn(places, look) {
    const near = places.map((place) => {
      const share = Math.min(FAR / Math.max(...place.map(Math.abs)), 1);
      return place.map((value) => value * share);
    });
    return line(near.map(([x]) => x), near.map(([, y]) => y), look);
  }

  const number = (value) => (value >= RUNAWAY && Number.isFinite(value)
    ? metacourse.minus(metacourse.fixed(value, 3)) : metacourse.strings.charts.runs_away);

  /* The best policy where the goal is known: there in one move. */
  const jump = ([x, y], { motors: [strong, weak] }) =>
    [[-1 / strong, 0, x / strong], [0, -1 / weak, y / weak]];

  metacourse.brains.goal = chart((widget, data, values, looks) => {
    const { robot, starts, luck } = data, { fill, strings: { charts: say } } = metacourse;
    const [goal] = widget.get("points"), lines = [], told = [];
    for (const [label, theta] of Object.entries(starts)) {
      const after = adapt(theta, goal, values, robot);
      const walks = [...luck.map((noise) => walk(after, noise, robot)),
                     walk(theta, null, robot), walk(after, null, robot)];
      for (const places of walks) lines.push(drawn(places, looks[lines.length]));
      const [before, now] = [theta, after].map((each) => expectedReturn(each, goal, robot));
      told.push(`${label} ${number(before)} → ${number(now)}`);
    }
    const best = number(expectedReturn(jump(goal, robot), goal, robot));
    const steps = counted(values.n_steps, say.steps);
    widget.set({ lines, readout: fill(say.goal, { steps, told: told.join(", "), best }) });
  });
})();
