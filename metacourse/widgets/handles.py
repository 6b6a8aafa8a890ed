"""A row of handles: many numbers of one kind, set by dragging across them or with the keys."""

import math

import anywidget
import traitlets

from metacourse.widgets.svg import ADD


class Handles(anywidget.AnyWidget):
    """Positive numbers on a logarithmic scale, a handle each: observe `value`, or set it.

    `arrows` are numbers that arrows lead to from the handles, none if it is empty. Numbers outside
    `min` and `max` are moved to the edge. With the keys: ← → Home End choose a handle, ↑ ↓ PageUp
    PageDown move it.
    Raises TraitError if the number of handles changes, or arrows are not as many.
    """

    _esm = (
        ADD
        + r"""
    const INTERVAL = 40;  // milliseconds between updates while a hand moves
    const FRAME = { left: 64, right: 784, top: 14, bottom: 210 }, SIZE = [800, 250];
    const FACTORS = { ArrowUp: 1.1, ArrowDown: 1 / 1.1, PageUp: 2, PageDown: 0.5 };


    function render({ model, el }) {
      const [low, high] = [model.get("min"), model.get("max")];
      const n = model.get("value").length;
      const { left, right, top, bottom } = FRAME, gap = (right - left) / n;
      const across = (i) => left + (i + 0.5) * gap;
      const share = (value) => Math.log(value / low) / Math.log(high / low);
      const height = (value) => bottom - share(value) * (bottom - top);
      const clamp = (value) => Math.min(Math.max(value, low), high);
      let values = [...model.get("value")], chosen = 0, timer = null, sent = -Infinity;
      let last = null, bare = true;

      el.classList.add("metacourse-handles");
      el.dataset.lmSuppressShortcuts = "true";  // else JupyterLab takes the arrow keys
      const svg = add(el, "svg", { viewBox: `0 0 ${SIZE[0]} ${SIZE[1]}`, role: "group",
                                   "aria-label": model.get("label") });
      add(svg, "path", { class: "axis", d: `M${left},${top}V${bottom}H${right}` });
      for (let tick = 1e-6; tick <= high * 1.001; tick *= 10) {
        if (tick < low * 0.999) continue;
        add(svg, "path", { class: "axis", d: `M${left},${height(tick)}h-5` });
        const text = String(Number(tick.toPrecision(1)));
        add(svg, "text", { x: left - 9, y: height(tick) + 4, class: "end" }, text);
      }
      for (let i = 9; i < n; i += 10) {
        add(svg, "text", { x: across(i), y: bottom + 18, class: "middle" }, String(i + 1));
      }
      add(svg, "text", { x: (left + right) / 2, y: bottom + 36, class: "middle" }, "step");
      const turned = `translate(14 ${(top + bottom) / 2}) rotate(-90)`;
      add(svg, "text", { transform: turned, class: "middle" }, model.get("label"));
      const handles = values.map((_, i) => {
        const handle = add(svg, "g", { class: "handle", role: "slider",
          "aria-valuemin": low, "aria-valuemax": high, "aria-orientation": "vertical",
          "aria-label": `${model.get("label")}, ${i + 1} of ${n}` });
        add(handle, "path", { class: "stem" });
        add(handle, "path", { class: "arrow" });
        add(handle, "circle", { r: 0.42 * gap, cx: across(i), class: "dot" });
        handle.onfocus = () => { chosen = i; roam(); };
        return handle;
      });
      const roam = () =>
        handles.forEach((handle, i) => handle.setAttribute("tabindex", i === chosen ? 0 : -1));

      const paint = (first = 0, final = n - 1) => {
        for (let i = first; i <= final; i++) {
          const [stem, , dot] = handles[i].children, y = height(values[i]);
          stem.setAttribute("d", `M${across(i)},${bottom}V${y}`);
          dot.setAttribute("cy", y);
          handles[i].setAttribute("aria-valuenow", values[i]);
          handles[i].setAttribute("aria-valuetext", values[i].toPrecision(2));
        }
      };
      const point = () => {
        const tips = model.get("arrows");
        if (bare && !tips.length) return;
        bare = !tips.length;
        handles.forEach((handle, i) => {
          const y = height(values[i]), tip = bare ? y : height(clamp(tips[i]));
          const head = Math.sign(tip - y) * Math.min(4, Math.abs(tip - y));
          const [x, half] = [across(i), 0.3 * gap];
          handle.children[1].setAttribute("d", Math.abs(tip - y) < 0.5 ? "" :
            `M${x},${y}V${tip}M${x - half},${tip - head}L${x},${tip}L${x + half},${tip - head}`);
        });
      };
      const send = () => {
        clearTimeout(timer);
        [timer, sent] = [null, performance.now()];
        model.set("value", [...values]);
        model.save_changes();  // while the kernel is busy, only the newest waits
      };
      const change = (from, to, start, end) => {  // handles on the way get what lies between
        for (let i = Math.min(from, to); i <= Math.max(from, to); i++) {
          const way = from === to ? 1 : (i - from) / (to - from);
          values[i] = clamp(start * (end / start) ** way);
        }
        const wait = sent + INTERVAL - performance.now();
        if (wait <= 0 && !timer) send();  // before the painting, so that the kernel begins
        else timer ??= setTimeout(send, Math.max(0, wait));
        paint(Math.min(from, to), Math.max(from, to));
      };
      const at = (event) => {
        const matrix = svg.getScreenCTM().inverse();
        const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
        const i = Math.min(Math.max(Math.floor((place.x - left) / gap), 0), n - 1);
        return [i, clamp(low * (high / low) ** ((bottom - place.y) / (bottom - top)))];
      };
      svg.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
      svg.onpointerdown = (event) => {
        svg.setPointerCapture(event.pointerId);
        event.preventDefault();
        last = at(event);
        handles[last[0]].focus({ preventScroll: true });
        change(last[0], last[0], last[1], last[1]);
      };
      svg.onpointermove = (event) => {
        if (!last) return;
        const next = at(event);
        change(last[0], next[0], last[1], next[1]);
        last = next;
      };
      svg.onpointerup = svg.onpointercancel = () => { last = null; };
      el.onkeydown = (event) => {
        const places = { ArrowLeft: chosen - 1, ArrowRight: chosen + 1, Home: 0, End: n - 1 };
        if (event.key in places) {
          handles[Math.min(Math.max(places[event.key], 0), n - 1)].focus();
        } else if (event.key in FACTORS) {
          const moved = clamp(values[chosen] * FACTORS[event.key]);
          change(chosen, chosen, moved, moved);
        } else return;
        event.preventDefault();
        event.stopPropagation();
      };
      model.on("change:value", () => {
        if (last || timer) return;  // the hand is newer than what the kernel says
        values = [...model.get("value")];
        paint();
      });
      model.on("change:arrows", point);
      roam();
      paint();
      point();
    }
    export default { render };
    """
    )
    _css = """
    .metacourse-handles { color: var(--jp-content-font-color1); width: 100%; }
    .metacourse-handles { font: 13px var(--jp-ui-font-family); }
    .metacourse-handles > svg { display: block; width: 100%; max-width: 800px; cursor: ns-resize; }
    .metacourse-handles text { fill: currentColor; font-size: 12px; user-select: none; }
    .metacourse-handles .middle { text-anchor: middle; }
    .metacourse-handles .end { text-anchor: end; }
    .metacourse-handles .axis { stroke: var(--jp-content-font-color2); fill: none; }
    .metacourse-handles .handle { outline: none; }
    .metacourse-handles .stem { stroke: #56B4E9; stroke-width: 2; opacity: 0.5; }
    .metacourse-handles .dot { fill: #0072B2; }
    .metacourse-handles .arrow { stroke: #D55E00; stroke-width: 2; fill: none; }
    .metacourse-handles .handle:focus-visible .dot { stroke: currentColor; stroke-width: 3; }
    """
    value = traitlets.List(traitlets.Float()).tag(sync=True)
    arrows = traitlets.List(traitlets.Float()).tag(sync=True)
    min = traitlets.Float().tag(sync=True)
    max = traitlets.Float().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)

    def __init__(self, label, value, low, high):
        self._n = len(value)
        super().__init__(label=label, min=float(low), max=float(high))
        self.value = [float(number) for number in value]

    description = property(lambda self: self.label)

    @traitlets.validate("value")
    def _as_many_within_the_range(self, proposal):
        if len(proposal.value) != self._n:
            raise traitlets.TraitError(f"{self._n} handles, got {len(proposal.value)} numbers")
        return [
            min(max(number, self.min), self.max) if math.isfinite(number) else self.min
            for number in proposal.value
        ]

    @traitlets.validate("arrows")
    def _none_or_one_for_each(self, proposal):
        if len(proposal.value) not in (0, self._n):
            raise traitlets.TraitError(f"{self._n} handles, got {len(proposal.value)} arrows")
        return [number if math.isfinite(number) else self.min for number in proposal.value]
