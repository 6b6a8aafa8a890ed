/* Boxes that scroll sideways take the keyboard's focus, as long as there is something to scroll.
   Formulas are first made smaller, down to three quarters. */
(() => {
  const LEAST = 8;  // pixels that are worth it: raised signs stand out of their formula by less
  const SMALLEST = 0.75;
  const FORMULAS = "mjx-container[display=true]:has(svg), span.math:has(svg)";
  const DRAWN = "mjx-container > svg";
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
  /* What a formula is drawn with, and how wide it has to be to fit. */
  const fitted = (box) => {
    const svg = box.querySelector("svg"), share = box.clientWidth / box.scrollWidth;
    return [svg, svg.getBoundingClientRect().width * Math.max(SMALLEST, share)];
  };
  /* All formulas are read before any is changed: one layout, not hundreds. */
  const fit = () => {
    for (const { style } of document.querySelectorAll(DRAWN)) style.width = style.height = "";
    const wide = [...document.querySelectorAll(FORMULAS)].filter(isWide).map(fitted);
    for (const [{ style }, width] of wide) {
      Object.assign(style, { width: `${width}px`, height: "auto" });
    }
  };
  const all = () => {
    fit();
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
