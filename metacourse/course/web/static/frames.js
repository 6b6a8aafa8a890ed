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
    const { alone, pair, some, with: joint } = metacourse.strings.frames;
    if (together.length > 1) return some;
    return together.length ? metacourse.fill(pair, { pair: together[0].join(joint) }) : alone;
  };

  /* The picture in one part or two: each has its share of the picture of the beginning. */
  const makeParts = (paper, first, [width, height], cut) => {
    const edges = cut === null ? [0, 1] : [0, cut, 1];
    return edges.slice(1).map((end, i) => {
      const part = element("div", "part", paper), share = end - edges[i];
      part.style.setProperty("--share", share);
      part.style.setProperty("--start", edges[i] / share);
      part.style.setProperty("--ratio", `${share * width} / ${height}`);
      const base = i ? first.cloneNode() : first;
      base.removeAttribute("style");
      if (i) base.alt = "";
      part.append(base);
      return part;
    });
  };

  const asBlob = (text) => new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))],
                                    { type: "image/webp" });

  /* show(number, alt) lays another picture over all parts at once. All are loaded before they are
     asked for, and decoded in the frame that first shows them: nothing is blank in between. */
  const makePaper = (parent, first, { size, cut, pictures }) => {
    const paper = element("div", "paper", parent);
    paper.style.setProperty("--width", `${size[0]}px`);
    const parts = makeParts(paper, first, size, cut);
    const overlays = [parts.map(() => []), ...pictures.map((text) => {
      const src = URL.createObjectURL(asBlob(text));
      return parts.map(() => [Object.assign(new Image(), { decoding: "sync", alt: "", src })]);
    })];
    let newest;
    const show = (number, alt) => {
      const over = newest = overlays[number];
      const lay = () => {
        if (over !== newest) return;
        parts.forEach((part, i) => part.replaceChildren(part.firstChild, ...over[i]));
        first.alt = alt;
      };
      const missing = over.flat().filter((image) => !image.complete);
      if (missing.length) Promise.all(missing.map((image) => image.decode())).then(lay);
      else lay();
    };
    return { paper, show };
  };

  /* The line under the picture, and the same for screen readers once the hand rests. */
  const makeLine = (parent, text) => {
    const line = element("p", "told", parent), status = element("p", "unseen", parent);
    line.setAttribute("aria-hidden", "true");
    status.setAttribute("role", "status");
    line.textContent = text;
    let rest;
    return (next) => {
      line.textContent = next;
      clearTimeout(rest);
      rest = setTimeout(() => { status.textContent = next; }, RESTS);
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

  /* The controls, of which others move as well where a setting is not recorded; setting() is the
     present one: [number of the picture, read-out]. */
  const makeRow = ({ controls, settings }, changed) => {
    const all = Object.keys(settings).map((key) => key.split(",").map(Number));
    const home = controls.map((control) => control.home);
    const places = () => controls.map(({ name, values }) => values.indexOf(row.values[name]));
    const row = metacourse.controls(controls, (name) => {
      const moved = controls.findIndex((control) => control.name === name);
      nearest(all, places(), moved, home).forEach((place, i) => row.put(controls[i].name, place));
      changed();
    });
    return { ...row, setting: () => settings[places().join()] };
  };

  metacourse.kinds.frames = (box, recording) => {
    const { alt, size } = recording, { reset } = metacourse.strings.frames;
    const first = box.querySelector("img"), readout = box.querySelector("p").textContent;
    const draw = () => {
      const [number, told] = row.setting();
      write(told);
      show(number, `${alt} ${told}`.trim());
    };
    const row = makeRow(recording, draw);
    box.replaceChildren(row.element);
    const scroll = element("div", "scroll", box);
    const { paper, show } = makePaper(scroll, first, recording);
    const write = makeLine(box, readout);
    element("p", "note", box).textContent = said(recording);
    const buttons = element("div", "", row.element);
    button(reset, buttons, () => { row.reset(); draw(); });
    makeZoom(box, scroll, paper, buttons, size[0]);
    box.classList.add("metacourse-frames");
    box.dataset.live = "";
  };
})();
