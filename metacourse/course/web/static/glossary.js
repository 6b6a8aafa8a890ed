/* Words of the glossary: their sentence is shown on hover, on focus and on the first tap. */
(() => {
  let shown = null;
  const tip = document.createElement("div");
  tip.id = "metacourse-tip";
  tip.className = "metacourse-tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;

  const place = (word) => {
    const at = word.getClientRects()[0];
    tip.style.left = "0";  // its width is measured at the left edge
    const left = Math.min(at.left, document.documentElement.clientWidth - tip.offsetWidth - 8);
    tip.style.left = `${Math.max(8, left) + scrollX}px`;
    const above = at.top - tip.offsetHeight - 6;
    tip.style.top = `${(above > 60 ? above : at.bottom + 6) + scrollY}px`;
  };
  const hide = () => {
    shown?.removeAttribute("aria-describedby");
    shown = null;
    tip.hidden = true;
  };
  const show = (word) => {
    if (shown === word) return;
    hide();
    shown = word;
    tip.textContent = word.dataset.meaning;
    tip.hidden = false;
    word.setAttribute("aria-describedby", tip.id);
    place(word);
  };
  const leave = (event) => {
    if (event.relatedTarget !== tip && event.relatedTarget !== shown) hide();
  };
  const prepare = (word) => {
    word.dataset.meaning = word.title;
    word.removeAttribute("title");
    let touched = false;
    word.addEventListener("pointerdown", (event) => {
      touched = event.pointerType === "touch" && shown !== word;
    });
    word.addEventListener("click", (event) => {
      if (!touched) return;  // a mouse, a key, the second tap: to the glossary
      event.preventDefault();
      show(word);
    });
    word.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "touch") show(word);
    });
    word.addEventListener("focus", () => show(word));
    word.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") leave(event);
    });
    word.addEventListener("blur", hide);
  };
  document.addEventListener("DOMContentLoaded", () => {
    const words = document.querySelectorAll("a.metacourse-term[title]");
    if (!words.length) return;
    document.body.append(tip);
    words.forEach(prepare);
    tip.addEventListener("pointerleave", leave);
    document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
    document.addEventListener("pointerdown", (event) => event.target !== shown && hide());
  });
})();
