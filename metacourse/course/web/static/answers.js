/* What the reader has answered, by the name of a question: kept in this browser alone, and as long
   as the page stands where that is not possible (private windows, some browsers with files). */
(() => {
  const KEY = "metacourse.answers";
  let memory = {};
  let kept = true;

  const changed = () => document.dispatchEvent(new Event("metacourse-answers"));
  const read = () => {
    try {
      kept &&= !localStorage.forgets;
      const found = JSON.parse(localStorage.getItem(KEY));
      if (kept && found && typeof found === "object") return found;
    } catch {
      kept = false;
    }
    return kept ? {} : memory;
  };
  const write = (answers) => {
    memory = answers;
    try {
      localStorage.setItem(KEY, JSON.stringify(answers));
    } catch {
      kept = false;
    }
    changed();
  };
  window.addEventListener("storage", ({ key }) => {  // in another tab
    if (key === KEY || key === null) changed();
  });
  metacourse.answers = {
    get: (name) => read()[name],
    keep: (name, answer) => write({ ...read(), [name]: answer }),
    forget: () => write({}),
    isKept: () => kept,
    names: () => new Set(Object.keys(read())),
  };

  /* What `veiled` of course/web/forms/veil.py has made of data with this key. */
  metacourse.unveil = (text, key) => {
    const mask = new TextEncoder().encode(key);
    const mixed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(mixed.map((byte, i) => byte ^ mask[i % mask.length])));
  };
  /* The data beside a form. */
  metacourse.data = (box) =>
    JSON.parse(box.querySelector(":scope > script[type='application/json']").textContent);

  /* An element with its properties and what stands in it. */
  metacourse.make = (tag, properties, ...content) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...content);
    return made;
  };
})();
