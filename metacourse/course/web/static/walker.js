/* The robot of chapter 09, which walks in the page itself: the mathematics of walker.py and of
   bayes.py. `world` holds the numbers of walker.py, by their names there in small letters. */
(() => {
  const BAND = 1.96;  // standard deviations to either side hold 95 %
  // ---- a walk -----------------------------------------------------------------------------------

  function nudgedBody(body, { alive, friction, slope }) {
    return {
      alive: alive.map((share, muscle) => body.limp.includes(Math.floor(muscle / 2)) ? 0 : share),
      friction: body.friction * friction,
      slope: body.slope * Math.PI / 180 + slope,
    };
  }

  function springLengths(world, gait, alive, time) {
    const first = world.springs.length - alive.length;
    const [sine, cosine] = [Math.sin(world.rate * time), Math.cos(world.rate * time)];
    const swing = world.reach * Math.min(1, time / world.ramp);
    return world.lengths.map((length, spring) => {
      const muscle = spring - first;
      if (muscle < 0) return length;
      const [a, b] = [gait[muscle], gait[muscle + alive.length]];
      const size = Math.hypot(a, b) + 1e-9;
      const wave = (sine * a + cosine * b) * Math.tanh(size) / size;
      return length * (1 + swing * alive[muscle] * wave);
    });
  }

  function springForces(world, { x, y, vx, vy }, lengths, alive) {
    const [fx, fy] = [x.map(() => 0), x.map(() => 0)];
    const muscles = world.springs.length - alive.length;
    world.springs.forEach(([from, to], spring) => {
      const [dx, dy] = [x[to] - x[from], y[to] - y[from]];
      const length = Math.sqrt(dx * dx + dy * dy + 1e-8);
      const share = spring < muscles ? 1 : alive[spring - muscles];
      const strength = world.limp + (1 - world.limp) * share;
      const drift = (dx * (vx[to] - vx[from]) + dy * (vy[to] - vy[from])) / length;
      const pull = world.stiffness * strength * (length - lengths[spring]) + world.damping * drift;
      fx[from] += pull * dx / length;
      fy[from] += pull * dy / length;
      fx[to] -= pull * dx / length;
      fy[to] -= pull * dy / length;
    });
    return [fx, fy];
  }

  function step(world, state, gait, body, time) {  // changes the state
    const { x, y, vx, vy } = state, { dt } = world;
    const lengths = springLengths(world, gait, body.alive, time);
    const [fx, fy] = springForces(world, state, lengths, body.alive);
    const along = world.gravity * Math.sin(body.slope);
    const down = world.gravity * Math.cos(body.slope);
    for (let mass = 0; mass < x.length; mass += 1) {
      const depth = Math.max(0, -y[mass]);
      const ground = Math.max(0, world.ground * depth * (1 - world.sinking * vy[mass]));
      const slide = vx[mass] + dt * (fx[mass] - along);
      const grip = dt * body.friction * ground;
      vx[mass] = slide - Math.min(Math.max(slide, -grip), grip);
      vy[mass] += dt * (fy[mass] + ground - down);
      x[mass] += dt * vx[mass];
      y[mass] += dt * vy[mass];
    }
  }

  /* The places of the masses after each `every` steps, one frame after the other: 2 × masses. */
  function film(world, gait, body) {
    const [x, y] = world.masses.map((axis) => [...axis]);
    const state = { x, y, vx: x.map(() => 0), vy: x.map(() => 0) };
    const frames = [...x, ...y];
    for (let n = 0; n < world.steps; n += 1) {
      step(world, state, gait, body, n * world.dt);
      if ((n + 1) % world.every === 0) frames.push(...x, ...y);
    }
    return new Float32Array(frames);
  }

  function metres(world, frames) {
    const last = frames.length - 2 * world.masses[0].length;
    let sum = 0;
    for (let mass = 0; mass < world.n_trunk; mass += 1) sum += frames[last + mass] - frames[mass];
    return sum / world.n_trunk;
  }

  // ---- what is believed -------------------------------------------------------------------------

  /* A Gaussian over all gaits after walks with some: each walk is one more step of Bayes' rule. */
  function believed(prior, tried, seen) {
    let { mean, cov } = prior;
    tried.forEach((gait, trial) => {
      const gain = cov[gait].map((value) => value / (cov[gait][gait] + prior.noise));
      const surprise = seen[trial] - mean[gait], row = cov[gait];
      mean = mean.map((value, i) => value + gain[i] * surprise);
      cov = cov.map((line, i) => line.map((value, j) => value - gain[i] * row[j]));
    });
    return { mean, deviation: cov.map((row, i) => Math.sqrt(Math.max(row[i], 0))) };
  }

  function nextTrial(prior, kappa, tried, seen) {
    if (!tried.length) return 0;
    const { mean, deviation } = believed(prior, tried, seen);
    return metacourse.largest(mean.map((value, i) => value + kappa * deviation[i]));
  }

  // ---- what is told -----------------------------------------------------------------------------

  const inMetres = (value) => metacourse.minus(`${metacourse.fixed(value, 2)} m`);

  function view({ prior, kappa, nudges }, body, tried, seen) {
    const { fill, fixed, largest } = metacourse;
    const told = metacourse.strings.walker, { mean, deviation } = believed(prior, tried, seen);
    const half = deviation.map((each) => BAND * each);
    const [gait, best, over] = [nextTrial(prior, kappa, tried, seen), largest(mean),
      tried.length === nudges.length];
    const last = tried.length - 1, was = tried[last];
    const name = fill(last ? told.trial : told.old_trial, { trial: last, gait: was });
    const walked = last < 0 ? told.nothing
      : fill(told.walked, { name, metres: inMetres(seen[last]) });
    const next = tried.length ? fill(told.gait, { gait }) : told.old_gait;
    const believe = { next, mean: inMetres(mean[gait]), half: fixed(half[gait], 2) };
    const message = `${walked} ` + fill(over ? told.over : told.next,
      { gait: best, ...believe });
    const legs = body.limp.map((leg) => leg + 1).join(", ") || told.none;
    const alt = fill(told.alt, { legs, walks: tried.length, message });
    return { mean, half, tried, seen, next: over ? -1 : gait, best, message, alt };
  }

  // ---- in the page ------------------------------------------------------------------------------

  metacourse.brains.walker = (widget, data) => {
    let tried = [], seen = [];
    const show = (frames) =>
      widget.set({ film: frames, view: view(data, widget.get("body"), tried, seen) });
    const start = () => {
      [tried, seen] = [[], []];
      show(null);
    };
    const walk = () => {
      if (tried.length === data.nudges.length) return;
      const gait = nextTrial(data.prior, data.kappa, tried, seen);
      const body = nudgedBody(widget.get("body"), data.nudges[tried.length]);
      const frames = film(data.world, data.gaits[gait], body);
      [tried, seen] = [[...tried, gait], [...seen, metres(data.world, frames)]];
      show(frames);
    };
    return { changed: start, receive: (message) => (message.again ? start() : walk()) };
  };

  Object.assign(metacourse, { walker: { believed, film, metres, nextTrial, nudgedBody, view } });
})();
