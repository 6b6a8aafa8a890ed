/* Live figures without a kernel: each is loaded when it comes near and handed to its kind.

   A kind is a function (box, recording) that puts the live form in the place of the static one:
   metacourse.kinds.NAME = (box, recording) => { … }; */
(() => {
  const waiting = {};
  window.metacourse = {
    kinds: {},
    brains: {},  // see widget.js
    recorded(name, recording) {
      for (const box of waiting[name] ?? []) metacourse.kinds[recording.kind](box, recording);
      delete waiting[name];
    },
  };
  const folder = new URL("recordings/", document.currentScript.src);
  const load = (box) => {
    const name = box.dataset.recording;
    if (waiting[name]) return waiting[name].push(box);
    waiting[name] = [box];
    const script = document.createElement("script");
    script.src = new URL(`${name}.js`, folder);
    document.head.append(script);
  };
  document.addEventListener("DOMContentLoaded", () => {
    const near = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        load(target);
      }
    }, { rootMargin: "800px" });
    for (const box of document.querySelectorAll(".metacourse-figure")) near.observe(box);
  });
})();
