/* Native inputs for the controls of a figure.

   metacourse.controls(list, changed) → { element, values, put, reset }. The list has
   { name, label, type, values, labels, home }: type is "range", "select" or "checkbox", values are
   those that it can take, labels how they are written, home the place of the one it begins at.
   changed(name) is called when a hand moves one; values has { name: value } as they are now;
   put(name, place) moves one without a hand. */
(() => {
  const ranged = ({ labels, home }) => {
    const input = document.createElement("input");
    Object.assign(input, { type: "range", min: 0, max: labels.length - 1, step: 1, value: home });
    const told = document.createElement("output");
    told.setAttribute("aria-hidden", "true");  // aria-valuetext says it already
    const show = () => {
      told.textContent = labels[input.value];
      input.setAttribute("aria-valuetext", labels[input.value]);
    };
    return { input, after: [told], show, at: () => Number(input.value),
             put: (place) => { input.value = place; } };
  };
  const selected = ({ labels, home }) => {
    const input = document.createElement("select");
    labels.forEach((label, place) => input.add(new Option(label, place)));
    input.value = home;
    return { input, after: [], show() {}, at: () => Number(input.value),
             put: (place) => { input.value = place; } };
  };
  const ticked = ({ home }) => {
    const input = document.createElement("input");
    Object.assign(input, { type: "checkbox", checked: home === 1 });
    return { input, after: [], show() {}, at: () => Number(input.checked),
             put: (place) => { input.checked = place === 1; } };
  };
  const kinds = { range: ranged, select: selected, checkbox: ticked };

  metacourse.controls = (list, changed) => {
    const element = document.createElement("div");
    element.className = "metacourse-controls";
    const values = {};
    const made = list.map((control) => {
      const part = kinds[control.type](control);
      const label = document.createElement("label");
      const name = document.createElement("span");
      name.textContent = control.label;
      label.append(name, part.input, ...part.after);
      element.append(label);
      const take = () => {
        values[control.name] = control.values[part.at()];
        part.show();
      };
      part.input.oninput = () => { take(); changed(control.name); };
      take();
      return [control, (place) => { part.put(place); take(); }];
    });
    return { element, values,
             put: (name, place) => made.find(([control]) => control.name === name)[1](place),
             reset: () => made.forEach(([control, put]) => put(control.home)) };
  };
})();
