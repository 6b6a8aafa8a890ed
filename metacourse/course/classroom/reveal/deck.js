// Formulas first, then each slide's type as large as its room allows, then the show.
const WIDTH = 1280, HEIGHT = 720, ROOM = 1160, SMALLEST = 12;

function scale(element, factor) {
  const size = (one) => parseFloat(getComputedStyle(one).fontSize);
  element.style.fontSize = `${(size(element) / size(element.parentElement)) * factor}em`;
}

function fit(slide) {
  for (const wide of slide.querySelectorAll("pre, table, mjx-container[display] > svg")) {
    const width = () => wide.getBoundingClientRect().width;
    for (let i = 0; i < 4 && width() > ROOM; i++) scale(wide.closest("mjx-container") ?? wide, ROOM / width());
  }
  for (let i = 0; i < 30 && slide.scrollHeight > HEIGHT; i++) scale(slide, 0.97);
}

async function start() {
  await MathJax.startup.promise;
  await MathJax.typesetPromise();
  document.querySelectorAll(".slides section section").forEach(fit);
  document.body.classList.remove("measured");
  await Reveal.initialize({
    width: WIDTH, height: HEIGHT, margin: 0, center: false, hash: true, slideNumber: "c/t", pdfSeparateFragments: false,
    transition: "none", plugins: [RevealNotes],
  });
}

start();
