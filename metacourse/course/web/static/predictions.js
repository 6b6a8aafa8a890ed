/* Predictions: an option or a number that the reader commits to; then what came out opens, with the
   prediction beside it. */
(() => {
  const { make } = metacourse;
  const told = (sentence, parts) => metacourse.fill(sentence, parts);

  /* A number with four digits, as Python's format ".4g" writes it. */
  const short = (value) => {
    const [digits, power] = value.toExponential(3).split("e").map(Number);
    if (power >= -4 && power < 4) return String(Number(value.toPrecision(4)));
    return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  };
  /* An answer in a sentence; `unit` is that of a number. */
  const written = (value, unit) => {
    if (typeof value === "string") return told(metacourse.strings.forms.quoted, { text: value });
    return `${short(value)}${unit === "°" ? "" : " "}${unit}`.trim();
  };
  /* A sentence on a prediction beside the answer, as `compared` of checks/questions.py has it. */
  const compared = (mine, answer, unit) => {
    const said = metacourse.strings.forms;
    if (typeof answer === "string") {
      return mine === answer ? said.as_predicted : said.not_as_predicted;
    }
    if (mine === answer) return said.exactly;
    const gap = Math.abs(mine - answer);
    const points = unit === "%" ? "percentage points" : unit;
    const one = gap === 1 ? points.replaceAll("points", "point") : points;
    return told(mine > answer ? said.too_high : said.too_low, { gap: written(gap, one) });
  };
  metacourse.written = written;
  metacourse.compared = compared;

  /* What the reader has committed to, if it still is an answer of the right kind. */
  const committed = (name, kind) => {
    const found = metacourse.answers.get(name)?.answer;
    return typeof found === kind ? found : undefined;
  };

  /* Do it now and whenever an answer is kept, in another tab too. */
  const follow = (act) => {
    act();
    document.addEventListener("metacourse-answers", act);
  };

  /* ---- asking ------------------------------------------------------------------------------- */

  /* A slider in the place of the list, with its number beside it. */
  const slide = (field, list, { low, high, step, digits, unit }) => {
    const label = metacourse.strings.forms.choose_number;
    const input = make("input", { type: "range", min: low, max: high, step, value: low });
    input.setAttribute("aria-label", label);
    const shown = make("output", {});
    const show = () => {
      const value = `${input.valueAsNumber.toFixed(digits)}${unit === "°" ? "" : " "}${unit}`;
      shown.textContent = value.trim();
      input.setAttribute("aria-valuetext", value.trim());
    };
    input.addEventListener("input", show);
    show();
    list[0].replaceWith(make("div", { className: "metacourse-slider" }, input, shown));
    return {
      value: () => input.valueAsNumber,
      set: (value) => {
        input.value = value;
        show();
      },
    };
  };
  /* The radio buttons of the form, by the text beside them. */
  const choose = (labels) => {
    const inputs = labels.map((label) => label.querySelector("input"));
    const texts = labels.map((label) => label.textContent);
    return {
      value: () => texts[inputs.findIndex((input) => input.checked)],
      set: (text) => {
        const found = inputs[texts.indexOf(text)];
        if (found) found.checked = true;
      },
    };
  };

  const ask = (box) => {
    const said = metacourse.strings.forms;
    const name = box.dataset.id, terms = metacourse.data(box);
    const isNumber = terms.step !== undefined;
    const { form, field, button, status } = metacourse.form(box, name, said.commit, () => {
      metacourse.answers.keep(name, { answer: answer.value() });  // and `take` hears of it
      status.focus();
    });
    const labels = [...field.querySelectorAll("label")];
    const answer = isNumber ? slide(field, labels, terms) : choose(labels);
    const lock = () => {
      for (const input of field.querySelectorAll("input, button")) input.disabled = true;
      const mine = written(answer.value(), terms.unit ?? "");
      status.textContent = told(said.committed, { answer: mine });
      open(name);
      unasked(name);
    };
    form.addEventListener("input", () => { button.disabled = false; });
    const take = () => {
      const before = committed(name, isNumber ? "number" : "string");
      if (before === undefined || status.textContent) return;
      answer.set(before);
      if (answer.value() === before) lock();
    };
    follow(take);
  };

  /* ---- what came out ------------------------------------------------------------------------ */

  /* All folds that hold back what would give a prediction away. */
  const folds = (name) =>
    document.querySelectorAll(`.tag_held-${name} > details, details[data-held="${name}"]`);
  const open = (name) => {
    for (const fold of folds(name)) fold.open = true;
  };
  /* Their lines without what they ask of who has not predicted, which stands in brackets. */
  const unasked = (name) => {
    for (const fold of folds(name)) {
      const line = fold.querySelector("summary");
      line.textContent = line.textContent.replace(/ \([^()]*\)$/, "");
    }
  };
  /* Who opens one of them without a prediction has opened all. */
  const openTogether = (name) => {
    const opened = () => open(name);
    for (const fold of folds(name)) fold.addEventListener("toggle", opened, { once: true });
  };

  /* The prediction beside what was computed. */
  const reveal = (box) => {
    const { answer, unit } = metacourse.data(box);
    const mine = committed(box.dataset.id, typeof answer);
    const list = box.querySelector("dl");
    if (mine === undefined || list.children.length > 1) return;
    const said = make("dt", { textContent: metacourse.strings.forms.you_said });
    const value = make("dd", { textContent: written(mine, unit) });
    list.prepend(make("div", {}, said, value));
    box.querySelector("p").textContent = compared(mine, answer, unit);
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll(".metacourse-prediction")) {
      openTogether(box.dataset.id);
      ask(box);
    }
    const revealAll = () => {
      for (const box of document.querySelectorAll(".metacourse-reveal")) reveal(box);
    };
    follow(revealAll);
  });
})();
