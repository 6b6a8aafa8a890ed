/* A list of options becomes a form: radio buttons, a button, and what is said of the answer. */
(() => {
  const { make } = metacourse;

  /* The options of a question, `name`, as radio buttons: what stands in each item of a list. */
  const radios = (list, name) =>
    [...list.children].map((item, i) => {
      const radio = make("input", { type: "radio", name, value: i });
      return make("label", {}, radio, make("span", {}, ...item.childNodes));
    });

  /* Make a form in the place of a question's list; `send(form)` is called with an answer chosen.
     Returns the form, its button and the place in which it says something. */
  metacourse.form = (box, name, label, send) => {
    const list = box.querySelector("ul");
    const button = make("button", { type: "submit", textContent: label, disabled: true });
    const status = make("div", { className: "metacourse-told", tabIndex: -1 });
    status.setAttribute("role", "status");
    const legend = make("legend", {}, box.querySelector("strong"));
    const field = make("fieldset", {}, legend, ...[...list.parentNode.childNodes]);
    list.replaceWith(...radios(list, name));
    const form = make("form", { className: "metacourse-form" }, field);
    field.append(button, status);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!button.disabled) send(form);
    });
    box.replaceChildren(form);
    return { form, field, button, status };
  };

  /* One question with what is told of each option: { right, why }. */
  const ask = (box, options) => {
    const said = metacourse.strings.forms;
    const name = box.dataset.id;
    const right = () => box.dispatchEvent(new CustomEvent("metacourse-right", {
      bubbles: true, detail: options.findIndex((option) => option.right),
    }));
    const { form, button, status } = metacourse.form(box, name, said.answer, () => {
      const option = options[Number(form.elements[name].value)];
      const verdict = make("strong", { textContent: option.right ? said.right : said.wrong });
      const why = make("span", { innerHTML: option.why });
      status.replaceChildren(verdict, " ", why);
      if (!option.right) return;
      metacourse.answers.keep(name, true);
      right();
    });
    form.addEventListener("change", () => {
      button.disabled = false;
      status.replaceChildren();
    });
    if (!metacourse.answers.get(name)) return;
    status.textContent = said.right_earlier;
    right();
  };

  const questions = (box) => {
    const veiled = metacourse.data(box);
    for (const one of box.querySelectorAll(".metacourse-question")) {
      ask(one, metacourse.unveil(veiled[one.dataset.id], one.dataset.id));
    }
  };

  /* A line that was chosen right stands in the program from then on. */
  const fillGaps = (box) => {
    const asked = [...box.querySelectorAll(".metacourse-question")];
    const gaps = box.parentNode.querySelectorAll(".metacourse-gap");
    box.addEventListener("metacourse-right", ({ target, detail }) => {
      const line = target.querySelectorAll("label code")[detail];
      const gap = gaps[asked.indexOf(target)];
      gap.classList.add("metacourse-filled");
      gap.innerHTML = line.innerHTML;
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll(".metacourse-lines")) fillGaps(box);
    for (const box of document.querySelectorAll(".metacourse-quiz, .metacourse-lines")) {
      questions(box);
    }
  });
})();
