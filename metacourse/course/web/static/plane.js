/* A plane through the embeddings of all shots, as `Map` of widgets/letters.py: the two directions
   in which they differ most. Embeddings are arrays of numbers, all equally long. */
(() => {
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const meanOf = (rows) => rows[0].map((_, i) =>
    rows.reduce((sum, row) => sum + row[i], 0) / rows.length);

  /* v made 1 long and upright on those found before; v as it is if nothing is left of it. */
  function upright(v, before) {
    let left = v;
    for (const other of before) {
      const share = dot(left, other);
      left = left.map((value, i) => value - share * other[i]);
    }
    const size = Math.sqrt(dot(left, left));
    return size > 1e-12 ? left.map((value) => value / size) : null;
  }

  /* The next principal direction of centred rows, by repeated multiplication; its largest entry
     is positive. */
  function direction(rows, before) {
    const d = rows[0].length;
    const anywhere = Array.from({ length: d }, (_, i) => Math.cos((1 + before.length) * i * i));
    let v = upright(anywhere, before);
    for (let n = 0; n < 1000; n += 1) {
      const shares = rows.map((row) => dot(row, v));
      const next = upright(v.map((_, i) =>
        rows.reduce((sum, row, k) => sum + row[i] * shares[k], 0)), before);
      if (!next) break;
      const change = next.reduce((most, value, i) => Math.max(most, Math.abs(value - v[i])), 0);
      v = next;
      if (change < 1e-9) break;
    }
    const largest = v.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    return v.map((value) => value * Math.sign(largest));
  }

  /* The axes turned or mirrored so that they are nearest to the old ones (polar decomposition). */
  function turned(directions, old) {
    const [[a, b], [c, d]] = directions.map((now) => old.map((then) => dot(now, then)));
    const same = a * d - b * c >= 0;
    const [p, q] = same ? [a + d, b - c] : [a - d, b + c];
    const size = Math.hypot(p, q) || 1;
    const turn = same ? [[p, q], [-q, p]] : [[p, q], [q, -p]];
    return [0, 1].map((k) => directions[0].map((value, i) =>
      (value * turn[0][k] + directions[1][i] * turn[1][k]) / size));
  }

  /* before: the plane until now, or null. */
  function plane(embeddings, before) {
    const mean = meanOf(embeddings);
    const rows = embeddings.map((z) => z.map((value, i) => value - mean[i]));
    const first = direction(rows, []);
    let directions = [first, direction(rows, [first])];
    if (before) directions = turned(directions, before.directions);
    const flat = rows.map((row) => directions.map((each) => dot(row, each)));
    const [low, high] = [Math.min, Math.max].map((most) =>
      [0, 1].map((k) => flat.reduce((found, place) => most(found, place[k]), flat[0][k])));
    const middle = low.map((value, k) => (value + high[k]) / 2);
    const side = 1.5 * Math.max(high[0] - low[0], high[1] - low[1]) || 1;
    return { mean, directions, middle, side };
  }

  /* Where an embedding lies in a square from 0 to 1, x to the right, y downwards. */
  function placeIn({ mean, directions, middle, side }, z) {
    const away = z.map((value, i) => value - mean[i]);
    return directions.map((each, k) => {
      const share = (dot(away, each) - middle[k]) / side;
      return Math.min(Math.max(0.5 + (k ? -share : share), 0.03), 0.97);
    });
  }

  /* What is on the map of a `Letters` of letters.js: [letter, x, y] of each shot, the same of each
     prototype and where it was before, and [x, y] of the question. */
  function placesOf({ centres, before, map, shots, question }) {
    const there = centres.flatMap((centre, letter) => (centre ? [letter] : []));
    if (!there.length) return { shots: [], prototypes: [], question: [] };
    const at = (z) => placeIn(map, z);
    return {
      shots: shots.flatMap((each, letter) => each.map(({ z }) => [letter, ...at(z)])),
      prototypes: there.map((letter) =>
        [letter, ...at(centres[letter]), ...at(before[letter] ?? centres[letter])]),
      question: question ? at(question.z) : [],
    };
  }

  Object.assign(metacourse, { meanOf, placeIn, placesOf, plane });
})();
