/* The kind "bandit": ten pulls by the reader's hand, as `_Bandit` of widgets/bandits.py.

   Its recording has the "worlds": of each bandit its chances, its luck at each pull of each arm,
   and what others earn on it on average; the "policies", the chance of arm A at each belief, in the
   order of bandits.beliefs; the "networks", weights of memories that read pulls; the "looks" of all
   who play and of the two arms; and the controls "number" and "others". */
(() => {
  const [N_PULLS, HIGHEST] = [10, 6];
  const told = (name, values) => metacourse.fill(metacourse.strings.bandit[name], values);
  const share = (value) => metacourse.fixed(value, 2);

  // ---- what is believed, and who does what ------------------------------------------------------

  /* The place of each belief, "paid A,failed A,paid B,failed B", among those of a policy. */
  function placesOfBeliefs() {
    const places = new Map();
    for (let t = 0; t < N_PULLS; t += 1) {
      for (let a = 0; a <= t; a += 1) {
        for (let b = 0; a + b <= t; b += 1) {
          for (let c = 0; a + b + c <= t; c += 1) {
            places.set(`${a},${b},${c},${t - a - b - c}`, places.size);
          }
        }
      }
    }
    return places;
  }

  /* The rewards of pulls, and the counts [[paid, failed] of A, of B] after them. */
  function played({ chances, luck }, arms) {
    const rewards = arms.map((arm, n) => (luck[n][arm] < chances[arm] ? 1 : 0));
    const belief = [[0, 0], [0, 0]];
    arms.forEach((arm, n) => { belief[arm][1 - rewards[n]] += 1; });
    return { rewards, belief };
  }

  const matrix = ({ shape, ...kept }) => ({ wide: shape[1] ?? 1, all: metacourse.numbers(kept) });

  /* A matrix times a vector, row by row. */
  const times = ({ wide, all }, vector) => Array.from({ length: all.length / wide }, (_, row) =>
    vector.reduce((sum, value, i) => sum + all[row * wide + i] * value, 0));

  const sigmoid = (value) => 1 / (1 + Math.exp(-value));

  /* The chance with which a memory that has read these pulls takes arm A next: lstm.cell. */
  function says(params, arms, rewards) {
    const size = params["head.weight"].wide;
    let h = Array(size).fill(0), c = Array(size).fill(0);
    const biases = [...params.bias_ih.all].map((bias, row) => bias + params.bias_hh.all[row]);
    for (const x of [[0, 0, 0], ...arms.map((arm, n) => [1 - arm, arm, rewards[n]])]) {
      const [read, known] = [times(params.weight_ih, x), times(params.weight_hh, h)];
      const gate = (part, i) => {
        const row = part * size + i;
        return read[row] + known[row] + biases[row];
      };
      const written = c.map((_, i) => sigmoid(gate(0, i)) * Math.tanh(gate(2, i)));
      c = c.map((kept, i) => sigmoid(gate(1, i)) * kept + written[i]);
      h = c.map((value, i) => sigmoid(gate(3, i)) * Math.tanh(value));
    }
    return sigmoid(times(params["head.weight"], h)[0] + params["head.bias"].all[0]);
  }

  // ---- what is said -----------------------------------------------------------------------------

  const armsOf = (pulls) => {
    const letters = pulls.trim().toUpperCase();
    if (letters.length > N_PULLS || /[^AB]/.test(letters)) return null;
    return [...letters].map((letter) => (letter === "A" ? 0 : 1));
  };

  const listed = (values, write) =>
    Object.entries(values).map(([name, value]) => `${name} ${write(value)}`).join(", ");

  function ended({ chances, earn }) {
    const [first, second] = chances, best = N_PULLS * Math.max(first, second);
    return told("end", { first: share(first), second: share(second),
      others: listed(earn, share), best: share(best) });
  }

  /* What is to be drawn and told of so many pulls of a bandit. */
  function judged(game, { number, pulls, others }) {
    const arms = armsOf(pulls);
    if (!arms) return { readout: told("wrong", { most: N_PULLS }) };
    const world = game.worlds[number - 1], { rewards, belief } = played(world, arms);
    const left = N_PULLS - arms.length, earned = rewards.reduce((sum, reward) => sum + reward, 0);
    const seen = rewards.map((reward) => (reward ? "●" : "○")).join("");
    const pulled = told("so_far", { number, earned, pulls: arms.length, seen }).trim();
    const found = { belief, number, left, chances: left ? null : world.chances };
    if (!left) {
      const totals = { [told("you")]: earned, ...world.earn };
      return { ...found, totals, readout: `${pulled}. ${ended(world)}` };
    }
    const rest = `${pulled}. ${told("left", { left })}`;
    if (!others) return { ...found, readout: rest };
    const choices = game.choices(belief, arms, rewards);
    const said = told("chance", { choices: listed(choices, (value) => metacourse.percent(value)) });
    return { ...found, choices, readout: `${rest} ${said}` };
  }

  /* What a recording holds, ready to be asked. */
  function bandit({ worlds, policies, networks }) {
    const places = placesOfBeliefs();
    const memories = Object.entries(networks).map(([name, params]) => [name, Object.fromEntries(
      Object.entries(params).map(([key, kept]) => [key, matrix(kept)]))]);
    const choices = (belief, arms, rewards) => Object.fromEntries([
      ...Object.entries(policies).map(([name, policy]) => [name, policy[places.get(`${belief}`)]]),
      ...memories.map(([name, params]) => [name, says(params, arms, rewards)]),
    ]);
    return { worlds, choices };
  }

  Object.assign(metacourse, { bandit: { bandit, judged, HIGHEST, N_PULLS } });
})();
