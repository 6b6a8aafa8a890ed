/* Boxes that scroll sideways take the keyboard's focus, as long as there is something to scroll.
   Formulas are first made smaller, down to three quarters. */
(() => {
  const LEAST = 8;  // pixels that are worth it: raised signs stand out of their formula by less
  const SMALLEST = 0.75;
  const FORMULAS = "mjx-container[display=true], span.math";
  const KINDS = {
    code: ".highlight pre, .metacourse-form pre",
    output: ".cell_output, .cell_output pre, .cell_output .output",
    table: ".pst-scrollable-table-container, .metacourse-table",
    formula: ".math, mjx-container[display=true]",
  };
  const isWide = (box) => box.scrollWidth > box.clientWidth + LEAST;
  const update = (box, name) => {
    const scrolls = isWide(box) && getComputedStyle(box).overflowX !== "visible";
    if (scrolls === (box.dataset.scrolls === "yes")) return;
    box.dataset.scrolls = scrolls ? "yes" : "no";
    if (scrolls) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", name);
    } else {
      for (const attribute of ["tabindex", "role", "aria-label"]) box.removeAttribute(attribute);
    }
  };
  const fit = (formulas) => {  // all are read before any is changed: one layout, not hundreds
    for (const { style } of formulas) style.fontSize = "";
    const wide = formulas.filter(isWide);
    const shares = wide.map((formula) => formula.clientWidth / formula.scrollWidth);
    wide.forEach(({ style }, i) => {
      style.fontSize = `${100 * Math.max(SMALLEST, shares[i])}%`;
    });
  };
  const all = () => {
    fit([...document.querySelectorAll(FORMULAS)]);
    for (const [kind, selector] of Object.entries(KINDS)) {
      for (const box of document.querySelectorAll(selector)) {
        update(box, metacourse.strings.site[kind]);
      }
    }
  };
  window.addEventListener("load", () => {
    all();
    window.MathJax?.startup?.promise.then(all);
    let waiting;
    new ResizeObserver(() => {
      clearTimeout(waiting);
      waiting = setTimeout(all, 200);
    }).observe(document.body);
  });
})();
