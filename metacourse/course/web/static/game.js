/* The brain of chapter 01's game: `Game` of widgets/concepts.py, with the rounds that are recorded.

   Its data has the rounds, { letters, query, truth, messages: after each of the five answers }, the
   question, and the machines that play as well, { name, answers }. */
metacourse.brains.game = (widget, { rounds, question, machines }) => {
  const { fill, strings: { game } } = metacourse;
  const given = [];
  let round = 0;

  const line = (name, answers) => {
    const right = given.filter((_, n) => answers[n] === rounds[n].truth).length;
    return fill(game.score, { name, right, answered: given.length });
  };
  const scores = () => [...machines, { name: game.you, answers: given }]
    .map(({ name, answers }) => line(name, answers));

  const show = () => {
    const { letters, query, truth, messages } = rounds[round], answer = given[round];
    const answered = answer !== undefined;
    widget.set({ view: {
      round: fill(game.round, { n: round + 1, all: rounds.length }),
      letters,
      query,
      truth: answered ? truth : -1,
      given: answered ? answer : -1,
      message: answered ? messages[answer] : question,
      scores: given.length ? scores() : [],
    } });
  };

  const receive = (message) => {
    if ("answer" in message && given.length === round) given.push(message.answer);
    if (message.next && given.length > round && given.length < rounds.length) round += 1;
    show();
  };
  show();
  return { changed() {}, receive };
};
