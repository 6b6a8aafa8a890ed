/* On paper a page is light; a page with a button for it is printed by that, too. */
(() => {
  const root = document.documentElement;
  let theme;
  const lighten = () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
  };
  const restore = () => { root.dataset.theme = theme; };
  window.addEventListener("beforeprint", lighten);
  window.addEventListener("afterprint", restore);
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll(".metacourse-print")) {
      button.hidden = false;
      button.addEventListener("click", () => print());
    }
  });
})();
