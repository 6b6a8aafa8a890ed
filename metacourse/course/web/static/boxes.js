/* Boxes that scroll sideways take the keyboard's focus, as long as there is something to scroll. */
(() => {
  const LEAST = 8;  // pixels that are worth it: raised signs stand out of their formula by less
  const KINDS = {
    code: ".highlight pre",
    output: ".cell_output, .cell_output pre, .cell_output .output",
    table: ".pst-scrollable-table-container, .metacourse-table",
    formula: ".math, mjx-container[display=true]",
  };
  const update = (box, name) => {
    const scrolls = box.scrollWidth > box.clientWidth + LEAST
      && getComputedStyle(box).overflowX !== "visible";
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
  const all = () => {
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
