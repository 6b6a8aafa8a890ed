/* The kind "letters": pad, network and map run in the page, as widgets/letters.py does it in a
   notebook; network.js has the network, nearest.js the answer, plane.js the map.

   Its recording has the states of the two programs, "pad" and "board"; the "network" that embeds,
   with its numbers as tell.js reads them, and the "sizes" of a framed drawing; the "temperature" of
   the shares; the "document" to begin with, the "example", and the letters that are "invented" for
   those who do not draw. */
(() => {
  const MOST = 100;  // drawings of a letter, and questions
  const told = (key, values) => metacourse.fill(metacourse.strings.letters[key], values);
  const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const range = (n) => Array.from({ length: n }, (_, i) => i);

  class Letters {
    constructor(recording, pad, board) {
      const { network, sizes, temperature, example, invented, uniform } = recording;
      Object.assign(this, { network, sizes, temperature, example, invented, pad, board });
      this.n = board.get("n_way");
      this.uniform = uniform ?? ((low, high) => low + (high - low) * Math.random());
      this.lost = null;
    }

    begin({ letters, questions = [] }) {
      this.shots = range(this.n).map((p) => (letters[p + 1] ?? []).map((each) => this.look(each)));
      Object.assign(this, { questions: [...questions], asked: -1, question: null, map: null });
      [this.centres, this.before] = [this.shots.map(() => null), this.shots.map(() => null)];
      this.place = this.nextEmpty();
      if (this.place === this.n && questions.length) {
        [this.asked, this.question] = [0, this.look(questions[0])];
      }
      this.pad.set({ strokes: this.question?.drawing ?? [] });
      this.board.set({ chosen: this.place });
      this.name();
      this.shotsChanged();
    }

    look(drawing) {
      const image = metacourse.network.frame(drawing, this.sizes);
      const z = [...metacourse.network.embed(image, this.network)];
      return { drawing, z, url: metacourse.pictureOf(image) };
    }

    nextEmpty() {
      const empty = this.shots.findIndex((shots) => !shots.length);
      return empty < 0 ? this.n : empty;
    }

    // ---- what the learner does ------------------------------------------------------------------

    drawn() {
      if (this.place !== this.n) return;
      const strokes = this.pad.get("strokes");
      this.question = strokes.length ? this.look(strokes) : null;
      this.answer();
    }

    chosen() {
      this.place = this.board.get("chosen");
      if (this.place === this.n && this.pad.get("strokes").length) {
        this.question = this.look(this.pad.get("strokes"));
      } else if (this.place === this.n) {
        this.pad.set({ strokes: this.question?.drawing ?? [] });
      }
      this.name();
      this.answer();
    }

    choose(place) {
      this.board.set({ chosen: place });
      this.chosen();
    }

    submitted(drawing) {
      if (!drawing.length) return this.answer(told("empty"));
      if (this.place < this.n) return this.add(drawing);
      if (this.questions.length === MOST) {
        return this.answer(told("questions_full", { most: MOST }));
      }
      if (!this.questions.some((kept) => isSame(kept, drawing))) this.questions.push(drawing);
      this.answer(told("kept", { n: this.questions.length }));
    }

    add(drawing) {
      const shots = this.shots[this.place], letter = this.place + 1;
      if (shots.length === MOST) return this.answer(told("full", { letter, most: MOST }));
      shots.push(this.look(drawing));
      this.shotsChanged();
      if (shots.length === 1) this.choose(this.nextEmpty());
    }

    receive(message) {
      const actions = {
        draw: () => this.drawForMe(),
        remove: () => this.shots[this.place]?.pop() && this.shotsChanged(),
        example: () => this.load(this.example),
        restart: () => this.load({ letters: {} }),
        back: () => this.lost && this.load(this.lost),
      };
      if (Object.hasOwn(actions, message.do)) actions[message.do]();
    }

    drawForMe() {
      if (this.place === this.n && this.questions.length) {
        this.asked = (this.asked + 1) % this.questions.length;
        this.pad.set({ strokes: this.questions[this.asked] });
      } else {
        const drawn = range(this.n).filter((p) => this.shots[p].length);
        const models = this.place < this.n ? [this.place] : drawn.length ? drawn : range(this.n);
        const place = models[Math.floor(this.uniform(0, models.length))];
        const model = this.shots[place][0]?.drawing ?? this.invented[place];
        this.pad.set({ strokes: metacourse.network.anotherHand(model, this.uniform) });
      }
      this.drawn();
    }

    load(source) {
      if (this.shots.flat().length || this.questions.length || this.question) {
        this.lost = this.drawings();
      }
      this.begin(source);
    }

    drawings() {
      const now = this.question?.drawing;
      const unkept = now && !this.questions.some((kept) => isSame(kept, now)) ? [now] : [];
      const letters = Object.fromEntries(this.shots.map((shots, p) =>
        [p + 1, shots.map(({ drawing }) => drawing)]));
      return { letters, questions: [...this.questions, ...unkept].slice(0, MOST) };
    }

    // ---- what it is told ------------------------------------------------------------------------

    name() {
      const letter = { letter: this.place + 1 }, asks = this.place === this.n;
      this.pad.set({
        submit: asks ? told("keep") : told("add", letter),
        label: asks ? told("question") : told("letter", letter),
      });
    }

    shotsChanged() {
      const all = this.shots.flat().map(({ z }) => z);
      this.before = this.centres;
      this.centres = this.shots.map((shots) =>
        shots.length ? metacourse.meanOf(shots.map(({ z }) => z)) : null);
      if (all.length) this.map = metacourse.plane(all, this.map);
      this.board.set({ letters: this.shots.map((shots) => shots.map(({ url }) => url)) });
      this.answer();
    }

    answer(note = "") {
      const { centres, question } = this, none = this.shots.map(() => null);
      const asked = question && centres.some((centre) => centre);
      const found = asked ? metacourse.nearest(question.z, centres, this.temperature)
        : { squares: none, shares: none, nearest: -1 };
      this.board.set({ view: {
        ...found,
        scale: metacourse.widest(centres, found.squares),
        question: question?.url ?? "",
        map: metacourse.placesOf(this),
        can_bring_back: this.lost !== null,
        readout: note + metacourse.nearestTold(this, found),
      } });
    }
  }

  const weightsOf = ({ groups, blocks }) => ({ groups, blocks: blocks.map((block) =>
    Object.fromEntries(Object.entries(block).map(([k, v]) => [k, metacourse.numbers(v)]))) });

  metacourse.kinds.letters = async (box, recording) => {
    const row = document.createElement("div");
    row.className = "metacourse-draw";
    const [padProgram, boardProgram] = recording.programs;
    let pad, board, letters;
    const padElement = await metacourse.run(padProgram, recording.pad, (widget) => {
      pad = widget;
      return { changed: () => letters.drawn(), receive: (m) => letters.submitted(m.submit) };
    });
    const boardElement = await metacourse.run(boardProgram, recording.board, (widget) => {
      board = widget;
      return { changed: () => letters.chosen(), receive: (message) => letters.receive(message) };
    });
    const known = { ...recording, network: weightsOf(recording.network) };
    letters = new metacourse.Letters(known, pad, board);
    letters.begin(recording.document);
    row.append(padElement, boardElement);
    box.replaceChildren(row);
    box.dataset.live = "";
  };

  Object.assign(metacourse, { Letters });
})();
