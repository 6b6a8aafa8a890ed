/* The kind "frames": a figure that was drawn for some settings of its controls.

   Its recording (see metacourse/widgets/recording.py) has
     controls   native inputs, as controls.js makes them, with the values that are recorded
     settings   { "2,0,1": [number of the picture, read-out] }, of the places of the controls
     pictures   WebP in base64, numbers 1, 2, …; number 0 stands in the page
     alt        what all pictures show, ahead of the read-out
     size       screen pixels
     cut        where a narrow page cuts it in two, as a share of its width, or null
     together   lists of labels of controls that are moved together
   A setting that is not recorded is replaced by the one that moves the fewest other controls. */
(() => {
  const RESTS = 700;  // milliseconds after which a hand is taken to rest
  const element = (name, className, parent) => {
    const made = document.createElement(name);
    made.className = className;
    parent?.append(made);
    return made;
  };
  const button = (text, parent, act) => {
    const made = element("button", "jupyter-button", parent);
    Object.assign(made, { type: "button", textContent: text, onclick: act });
    return made;
  };

  const nearest = (settings, now, moved, home) => {
    const apart = (one, other) => one.filter((place, i) => place !== other[i]).length;
    const cost = (setting) => apart(setting, now) + apart(setting, home) / 100;
    const possible = settings.filter((setting) => setting[moved] === now[moved]);
    return possible.reduce((best, next) => (cost(next) < cost(best) ? next : best));
  };

  const said = ({ together }) => {
    const { alone, together: some, with: joint, or } = metacourse.strings.frames;
    if (!together.length) return alone;
    return metacourse.fill(some, { together: together.map((all) => all.join(joint)).join(or) });
  };

  /* The picture in one part or two: each has its share of the picture of the beginning, and what
     is laid over it. show(number, alt) changes all at once, when all are decoded. */
  const makePaper = (parent, first, { size: [width, height], cut, pictures }) => {
    const paper = element("div", "paper", parent);
    paper.style.setProperty("--width", `${width}px`);
    const edges = cut === null ? [0, 1] : [0, cut, 1];
    const parts = edges.slice(1).map((end, i) => {
      const part = element("div", "part", paper), start = edges[i], share = end - start;
      part.style.setProperty("--share", share);
      part.style.setProperty("--start", start / share);
      part.style.setProperty("--ratio", `${share * width} / ${height}`);
      const base = i ? first.cloneNode() : first;
      base.removeAttribute("style");
      if (i) base.alt = "";
      part.append(base);
      return part;
    });
    const urls = pictures.map((text) => URL.createObjectURL(
      new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], { type: "image/webp" })));
    let newest;
    const show = async (number, alt) => {
      const asked = newest = {};
      const laid = () => Object.assign(new Image(), { src: urls[number - 1], alt: "" });
      const overlays = parts.map(() => (number ? [laid()] : []));
      await Promise.all(overlays.flat().map((image) => image.decode()));
      if (asked !== newest) return;
      parts.forEach((part, i) => part.replaceChildren(part.firstChild, ...overlays[i]));
      first.alt = alt;
    };
    return { paper, show };
  };

  /* The line under the picture, and the same for screen readers once the hand rests. */
  const makeLine = (parent) => {
    const line = element("p", "told", parent), status = element("p", "unseen", parent);
    line.setAttribute("aria-hidden", "true");
    status.setAttribute("role", "status");
    let rest;
    return (text) => {
      line.textContent = text;
      clearTimeout(rest);
      rest = setTimeout(() => { status.textContent = text; }, RESTS);
    };
  };

  /* A picture that the page is too narrow for can be seen in its own size, and scrolled. */
  const makeZoom = (box, scroll, paper, buttons, width) => {
    const { larger, fitted, scrolls } = metacourse.strings.frames;
    const turn = (on) => {
      scroll.classList.toggle("large", on);
      zoom.textContent = on ? fitted : larger;
      for (const [name, value] of [["tabindex", 0], ["role", "region"], ["aria-label", scrolls]]) {
        if (on) scroll.setAttribute(name, value);
        else scroll.removeAttribute(name);
      }
    };
    const zoom = button(larger, buttons, () => turn(!scroll.classList.contains("large")));
    paper.addEventListener("click", () => { if (!zoom.hidden) zoom.click(); });
    box.addEventListener("keydown", ({ key }) => { if (key === "Escape") turn(false); });
    new ResizeObserver(([{ contentRect }]) => {
      zoom.hidden = contentRect.width >= width - 1;
      paper.classList.toggle("zooms", !zoom.hidden);
      if (zoom.hidden) turn(false);
    }).observe(scroll);
  };

  metacourse.kinds.frames = (box, recording) => {
    const { controls, settings, alt } = recording;
    const all = Object.keys(settings).map((key) => key.split(",").map(Number));
    const home = controls.map((control) => control.home);
    const first = box.querySelector("img"), readout = box.querySelector("p").textContent;
    const places = () => controls.map(({ name, values }) => values.indexOf(row.values[name]));
    const draw = () => {
      const [number, told] = settings[places().join()];
      write(told);
      return paper.show(number, `${alt} ${told}`.trim());
    };
    const row = metacourse.controls(controls, (name) => {
      const moved = controls.findIndex((control) => control.name === name);
      nearest(all, places(), moved, home).forEach((place, i) => row.put(controls[i].name, place));
      draw();
    });
    box.replaceChildren(row.element);
    const scroll = element("div", "scroll", box);
    const paper = makePaper(scroll, first, recording);
    const write = makeLine(box);
    write(readout);
    element("p", "note", box).textContent = said(recording);
    const buttons = element("div", "", row.element);
    button(metacourse.strings.frames.reset, buttons, () => { row.reset(); draw(); });
    makeZoom(box, scroll, paper.paper, buttons, recording.size[0]);
    box.classList.add("metacourse-frames");
    box.dataset.live = "";
  };
})();
