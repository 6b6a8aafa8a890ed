/* A picture that the page is too narrow for: a press shows it in its own size, and scrolled; another
   fits it again. (Figures that have controls have a button for that among them.) */
(() => {
  const ALL = ".cell_output img[width]:not(.metacourse-figure img, .metacourse-picture img)";
  const prepare = (image) => {
    const button = metacourse.make("button", { type: "button", className: "metacourse-picture" });
    const turn = (on) => {
      button.classList.toggle("metacourse-large", on);
      button.title = metacourse.strings.site[on ? "fitted" : "own_size"];
    };
    button.addEventListener("click", () => turn(!button.classList.contains("metacourse-large")));
    turn(false);
    image.replaceWith(button);
    button.append(image);
  };
  /* Whether it is shown, not folded away, and smaller than it was drawn. */
  const narrow = ({ clientWidth, attributes }) =>
    clientWidth > 0 && Number(attributes.width.value) > clientWidth + 1;
  window.addEventListener("load", () => {
    new ResizeObserver(() => {
      [...document.querySelectorAll(ALL)].filter(narrow).forEach(prepare);
    }).observe(document.body);
  });
})();
