/* The kind "widget": a program of the course's anywidgets runs in the page, without a kernel.

   Its recording (see metacourse/widgets/recorded_state.py) has
     program   the path of the widget's class; its _esm and _css stand in programs/PATH.js
     state     the value of each trait; bytes are {"$bytes": base64}
     controls  native inputs above it, as controls.js makes them; may be missing
     brain     the name of what does here what Python does in a notebook
     data      what that needs to know; bytes as in state

   A brain is a function that is called once, when the figure is set up:
     metacourse.brains.NAME = (widget, data, controls, box) => ({
       changed(names) { … },    // traits that the program has set and saved, or controls moved
       receive(message) { … },  // what the program sends with model.send; may be missing
       beside: element,         // what is drawn beside the program; may be missing
     });
     widget.get(name)           the value of a trait
     widget.set({ name: … })    new values, of which the program hears
     widget.send(message)       the program hears it as "msg:custom"
     controls.values            { name: value } as they are now; controls.reset() puts them back
     box                        the element of the figure, which is as wide as there is room
   The state begins as Python left it, so a brain need not draw before something changes.

   metacourse.run(PATH, state, brain) → an element with a program in it, for figures of several;
   there brain is a function of the widget alone. */
(() => {
  const folder = new URL("programs/", document.currentScript.src);
  const programs = {}, waiting = {};

  const bytes = (text) => {
    const found = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return new DataView(found.buffer);  // as a trait of bytes is in JupyterLab
  };
  const revived = (value) => {
    if (Array.isArray(value)) return value.map(revived);
    if (value === null || typeof value !== "object") return value;
    if ("$bytes" in value) return bytes(value.$bytes);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, revived(part)]));
  };

  const loaded = (path) => waiting[path] ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(`${path}.js`, folder);
    script.onload = () => resolve(programs[path]);
    script.onerror = () => reject(new Error(`${script.src} is missing`));
    document.head.append(script);
  });

  metacourse.program = (path, program, css) => {
    programs[path] = program;
    const sheet = document.createElement("style");
    sheet.textContent = css;
    document.head.append(sheet);
  };

  const ears = () => {  // who listens to what
    const heard = {};
    const each = (names, f) => names.split(" ").forEach(f);
    return {
      on: (names, f) => each(names, (name) => (heard[name] ??= new Set()).add(f)),
      off: (names, f) => each(names, (name) => heard[name]?.delete(f)),
      tell: (name, ...told) => [...heard[name] ?? []].forEach((f) => f(...told)),
    };
  };

  const sides = (state, makeBrain) => {  // one state, seen by the program and by the brain
    const { on, off, tell } = ears(), unsaved = new Set();
    const get = (name) => state[name];
    const set = (values) => {
      Object.assign(state, values);
      for (const name of Object.keys(values)) tell(`change:${name}`);
    };
    const brain = makeBrain({ get, set, send: (message) => tell("msg:custom", message) });
    const model = {
      get, on, off,
      set(name, value) {
        unsaved.add(name);
        set({ [name]: value });
      },
      save_changes() {
        const names = [...unsaved];
        unsaved.clear();
        if (names.length) brain.changed(names);
      },
      send: (message) => brain.receive?.(message),
    };
    return { model, brain };
  };

  const start = async (path, state, makeBrain) => {
    const { render } = await loaded(path);
    const { model, brain } = sides(revived(state), makeBrain);
    const el = document.createElement("div");
    return { el, brain, render: () => render({ model, el }) };
  };

  metacourse.run = async (path, state, brain) => {
    const { el, render } = await start(path, state, brain);
    render();
    return el;
  };

  metacourse.kinds.widget = async (box, { program, state, brain, data, controls = [] }) => {
    let mind;
    const row = metacourse.controls(controls, (name) => mind.changed([name]));
    const think = (widget) => metacourse.brains[brain](widget, revived(data ?? {}), row, box);
    const started = await start(program, state, think);
    mind = started.brain;
    const pair = document.createElement("div");
    pair.className = "metacourse-beside";
    pair.append(started.el, ...(mind.beside ? [mind.beside] : []));
    box.replaceChildren(...(controls.length ? [row.element] : []), mind.beside ? pair : started.el);
    started.render();  // in the page: a program may want to know how wide it is
    box.dataset.live = "";
  };
})();
