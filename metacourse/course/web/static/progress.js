/* What was answered so far: a table of chapters, and a button that erases it. */
(() => {
  const { make } = metacourse;
  const KINDS = ["questions", "predictions", "lines"];

  /* The cells of a row: a heading and how many of each kind are answered. */
  const row = (heading, counts) => {
    const said = metacourse.strings.forms;
    const name = make("th", { scope: "row", textContent: heading });
    const cells = counts.map(([n, of]) => make("td", { textContent: metacourse.fill(said.count, { n, of }) }));
    return make("tr", {}, name, ...cells);
  };
  const table = (chapters) => {
    const said = metacourse.strings.forms;
    const answered = metacourse.answers.names();
    const counted = (names) => [names.filter((name) => answered.has(name)).length, names.length];
    const counts = chapters.map((chapter) => KINDS.map((kind) => counted(chapter[kind])));
    const rows = chapters.map((chapter, i) => row(chapter.heading, counts[i]));
    const sum = (kind, part) => counts.reduce((total, each) => total + each[kind][part], 0);
    const total = row(said.total, KINDS.map((_, kind) => [sum(kind, 0), sum(kind, 1)]));
    const heads = [said.chapter, said.questions, said.predictions, said.line_choices];
    const top = heads.map((textContent) => make("th", { scope: "col", textContent }));
    const body = make("tbody", {}, ...rows, ...(chapters.length > 1 ? [total] : []));
    const caption = make("caption", { textContent: said.progress });
    return make("table", {}, caption, make("thead", {}, make("tr", {}, ...top)), body);
  };

  const button = (textContent, press) => {
    const made = make("button", { type: "button", textContent });
    made.addEventListener("click", press);
    return made;
  };
  /* A button that asks once before it erases. */
  const eraser = () => {
    const said = metacourse.strings.forms;
    const box = make("div", { className: "metacourse-erase" });
    const calm = (focused) => {
      box.replaceChildren(erase);
      if (focused) erase.focus();
    };
    const erase = button(said.erase, () => {
      const keep = button(said.erase_no, () => calm(true));
      const yes = button(said.erase_yes, () => {
        metacourse.answers.forget();
        location.reload();
      });
      const question = make("span", { textContent: said.erase_asked });
      question.setAttribute("role", "status");
      box.replaceChildren(question, yes, keep);
      keep.focus();
    });
    calm(false);
    return box;
  };

  const show = (box) => {
    const chapters = metacourse.data(box);
    const said = metacourse.strings.forms;
    const place = make("div", { className: "metacourse-table" });
    const note = make("p", {});
    const fill = () => {
      place.replaceChildren(table(chapters));
      note.textContent = metacourse.answers.isKept() ? said.kept : said.not_kept;
    };
    fill();
    box.append(place, note, eraser());
    document.addEventListener("metacourse-answers", fill);
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll(".metacourse-progress")) show(box);
  });
})();
