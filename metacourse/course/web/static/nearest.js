/* How near a drawing is to the prototypes of letters, and what is said of it: the numbers and
   sentences of widgets/letters.py. centres[place] is null for a letter that is not drawn yet. */
(() => {
  const told = (key, values) => metacourse.fill(metacourse.strings.letters[key], values);
  const squareBetween = (a, b) => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);

  /* Squares of distances and shares, null where there is no prototype, and the nearest place. */
  function nearest(z, centres, temperature) {
    const squares = centres.map((centre) => centre && squareBetween(z, centre));
    const least = Math.min(...squares.filter((square) => square !== null));
    const weights = squares.map((square) =>
      square === null ? null : Math.exp((least - square) / temperature));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const shares = weights.map((weight) => weight === null ? null : weight / sum);
    return { squares, shares, nearest: squares.indexOf(least) };
  }

  /* The square that fills a bar: the largest there is, between prototypes too. */
  function widest(centres, squares) {
    const there = centres.filter((centre) => centre);
    const between = there.flatMap((a, i) => there.slice(i + 1).map((b) => squareBetween(a, b)));
    return Math.max(...between, ...squares, 0) || 1;
  }

  const numberOf = (square) => metacourse.fixed(square, square < 10 ? 2 : square < 100 ? 1 : 0);

  function listed(names) {
    const last = names.at(-1);
    if (names.length === 1) return told("one", { last });
    return told("more", { names: names.slice(0, -1).join(", "), last });
  }

  /* What to do next, where there is no answer. */
  function advice({ centres, place, n, pad, shots }, lacking) {
    const [asks, submit] = [place === n, pad.get("submit")];
    if (!centres.some((centre) => centre)) {
      return asks ? told("nothing") : told("invent", { submit });
    }
    if (!asks && !shots[place].length) return told("draw", { letter: place + 1, submit });
    return told(asks ? "ask" : "choose", { lacking });
  }

  /* The read-out under the bars, of a `Letters` of letters.js and what was found. */
  function nearestTold(letters, found) {
    const { shots, centres, questions, question } = letters;
    const missing = shots.flatMap((each, place) => each.length ? [] : [place + 1]);
    const lacking = missing.length ? told("missing", { letters: listed(missing) }) : "";
    if (found.nearest < 0) return advice(letters, lacking);
    const order = centres.flatMap((centre, place) => centre ? [place] : []);
    order.sort((a, b) => found.squares[a] - found.squares[b]);
    const [first, other] = order.slice(0, 2).map((place) => told("near", {
      letter: place + 1,
      square: numberOf(found.squares[place]),
      share: metacourse.percent(found.shares[place]),
    }));
    const second = other ? told("then", { other }) : told("only");
    const drawing = JSON.stringify(question.drawing);
    const kept = questions.findIndex((each) => JSON.stringify(each) === drawing) + 1;
    const said = { first, second, lacking, kept, all: questions.length };
    return told(kept ? "nearest_kept" : "nearest", said);
  }

  Object.assign(metacourse, { nearest, nearestTold, widest });
})();
