"""Points dragged by hand – mouse, pen, touch or arrow keys – with lines drawn through them."""

import io
import math

import anywidget
import traitlets
from matplotlib.ticker import MaxNLocator
from PIL import Image

from metacourse.figures.stand_in import StandIn
from metacourse.figures.style import COLOURS, MARKERS, PIXELS_PER_INCH, new_figure, style
from metacourse.widgets.picture import static_output
from metacourse.widgets.svg import ADD


class DraggablePoints(StandIn, anywidget.AnyWidget):
    """A chart whose points the learner moves: observe `points`, a list of [x, y], and set `lines`.

    `lines` is a list of dicts with x and y (lists of numbers; a gap where one is not finite), name,
    colour (a name or role of COLOURS, or any CSS colour) and dash, as in "6 4"; one without a name
    is thin, and not in the legend. Points outside `x_range` and `y_range` are moved to the edge.
    With `most` a click into the chart adds a point, until there are so many, and Delete takes one
    away. `readout` is the line of text under the chart. `kinds` has 0 or 1 for each point, if there
    are two: round and blue, square and vermillion. `shade` is a PNG that fills the chart, if any.
    """

    _esm = (
        ADD
        + r"""
    const MARGIN = { left: 64, right: 16, top: 12, bottom: 48 };
    const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

    const clamp = (value, [low, high]) => Math.min(Math.max(value, low), high);
    const scale = ({ range: [low, high] }, start, end) => ({
      pixel: (value) => start + ((value - low) / (high - low)) * (end - start),
      value: (pixel) => clamp(low + ((pixel - start) / (end - start)) * (high - low), [low, high]),
    });

    function drawAxes(svg, frame, x, y, xAxis, yAxis) {
      const { left, right, top, bottom } = frame;
      add(svg, "path", { class: "axis", d: `M${left},${top}V${bottom}H${right}` });
      for (const [value, text] of xAxis.ticks) {
        add(svg, "path", { class: "axis", d: `M${x.pixel(value)},${bottom}v5` });
        add(svg, "text", { x: x.pixel(value), y: bottom + 18, class: "middle" }, text);
      }
      for (const [value, text] of yAxis.ticks) {
        add(svg, "path", { class: "axis", d: `M${left},${y.pixel(value)}h-5` });
        add(svg, "text", { x: left - 9, y: y.pixel(value) + 4, class: "end" }, text);
      }
      const [middle, centre] = [(left + right) / 2, (top + bottom) / 2];
      add(svg, "text", { x: middle, y: bottom + 40, class: "middle label" }, xAxis.label);
      const turned = `translate(16 ${centre}) rotate(-90)`;
      add(svg, "text", { transform: turned, class: "middle label" }, yAxis.label);
    }

    function linePath(line, x, y) {
      let pen = "M";
      return line.x.reduce((path, value, i) => {
        if (value === null || line.y[i] === null) { pen = "M"; return path; }
        path += `${pen}${x.pixel(value)},${y.pixel(line.y[i])}`;
        pen = "L";
        return path;
      }, "");
    }

    function render({ model, el }) {
      const [width, height] = model.get("size");
      const frame = { left: MARGIN.left, right: width - MARGIN.right,
                      top: MARGIN.top, bottom: height - MARGIN.bottom };
      const [xAxis, yAxis] = [model.get("x_axis"), model.get("y_axis")];
      const x = scale(xAxis, frame.left, frame.right);
      const y = scale(yAxis, frame.bottom, frame.top);

      el.classList.add("metacourse-points");
      el.dataset.lmSuppressShortcuts = "true";  // else JupyterLab takes the arrow keys
      const legend = document.createElement("div");
      legend.className = "legend";
      const svg = add(el, "svg", { viewBox: `0 0 ${width} ${height}`, role: "group" });
      const readout = document.createElement("div");
      readout.setAttribute("role", "status");
      const reset = document.createElement("button");
      reset.className = "lm-Widget jupyter-widgets jupyter-button widget-button";
      reset.textContent = "Reset";
      svg.style.maxWidth = `${width}px`;
      el.replaceChildren(legend, svg, readout, reset);

      const id = `clip-${Math.random().toString(36).slice(2)}`;
      add(add(svg, "clipPath", { id }), "rect", { x: frame.left, y: frame.top,
        width: frame.right - frame.left, height: frame.bottom - frame.top });
      drawAxes(svg, frame, x, y, xAxis, yAxis);
      const fill = { x: frame.left, y: frame.top, width: frame.right - frame.left,
                     height: frame.bottom - frame.top, preserveAspectRatio: "none" };
      const shade = add(svg, "image", { ...fill, class: "shade" });
      let shown = "";
      const drawShade = () => {
        const bytes = model.get("shade");
        if (shown) URL.revokeObjectURL(shown);
        shown = bytes?.byteLength
          ? URL.createObjectURL(new Blob([bytes], { type: "image/png" })) : "";
        if (shown) shade.setAttribute("href", shown);
        else shade.removeAttribute("href");
      };
      const lines = add(svg, "g", { "clip-path": `url(#${id})` });
      const points = add(svg, "g");

      const save = (places) => {
        model.set("points", places);
        model.save_changes();
      };
      const within = ([atX, atY]) => [clamp(atX, xAxis.range), clamp(atY, yAxis.range)];
      const move = (i, place) =>
        save(model.get("points").map((point, j) => (j === i ? within(place) : point)));
      const placeOf = (event) => {
        const matrix = svg.getScreenCTM().inverse();
        const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
        return [x.value(at.x), y.value(at.y)];
      };
      const addAt = (place) => {
        const places = model.get("points");
        if (places.length < model.get("most")) save([...places, within(place)]);
      };
      const remove = (i) => {
        if (!model.get("most")) return;
        save(model.get("points").filter((_, j) => j !== i));
        points.children[Math.max(0, i - 1)]?.focus({ preventScroll: true });
      };
      const addPoint = (_, i) => {
        const point = add(points, "g", { class: "point", tabindex: 0, role: "slider" });
        const name = model.get("names")[i];
        add(point, "circle", { r: 16, class: "reach" });
        add(point, "circle", { r: 7, class: "dot round" });
        add(point, "rect", { x: -6.5, y: -6.5, width: 13, height: 13, class: "dot square" });
        if (name) add(point, "text", { x: 10, y: 16 }, name);
        point.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
        point.onpointerdown = (event) => {
          point.setPointerCapture(event.pointerId);
          point.focus({ preventScroll: true });
          event.preventDefault();
        };
        point.onpointermove = (event) => {
          if (point.hasPointerCapture(event.pointerId)) move(i, placeOf(event));
        };
        point.onkeydown = (event) => {
          if (["Delete", "Backspace"].includes(event.key)) {
            event.preventDefault();
            remove(i);
            return;
          }
          const step = STEPS[event.key];
          if (!step) return;
          event.preventDefault();
          const share = event.shiftKey ? 0.1 : 0.01;  // of the range
          const by = (axis, k) => share * (axis.range[1] - axis.range[0]) * step[k];
          const [atX, atY] = model.get("points")[i];
          move(i, [atX + by(xAxis, 0), atY + by(yAxis, 1)]);
        };
      };
      const drawPoints = () => {
        const places = model.get("points");
        if (points.childElementCount !== places.length) {
          points.replaceChildren();
          places.forEach(addPoint);
        }
        places.forEach(([atX, atY], i) => {
          const point = points.children[i];
          point.setAttribute("transform", `translate(${x.pixel(atX)} ${y.pixel(atY)})`);
          const kind = model.get("kinds")[i];
          point.setAttribute("class", kind ? "point other" : "point");
          const told = model.get("names")[i] ?? i + 1;
          const of = kind === undefined ? "" : ` of class ${kind}`;
          point.setAttribute("aria-label", `point ${told}${of}`);
          point.setAttribute("aria-valuenow", atY);
          point.setAttribute("aria-valuetext", `x ${atX.toFixed(2)}, y ${atY.toFixed(2)}`);
        });
      };
      const drawLines = () => {
        lines.replaceChildren();
        legend.replaceChildren();
        if (model.get("points_name")) {
          const entry = legend.appendChild(document.createElement("span"));
          const dot = { cx: 8, cy: 8, r: 6, class: "dot" };
          add(add(entry, "svg", { width: 16, height: 16 }), "circle", dot);
          entry.append(model.get("points_name"));
        }
        for (const line of model.get("lines")) {
          const weight = line.name ? "line" : "line thin";
          const look = { stroke: line.colour, "stroke-dasharray": line.dash, class: weight };
          add(lines, "path", { d: linePath(line, x, y), ...look });
          if (!line.name) continue;
          const entry = legend.appendChild(document.createElement("span"));
          add(add(entry, "svg", { width: 36, height: 12 }), "path", { d: "M2,6H34", ...look });
          entry.append(line.name);
        }
      };
      const write = () => {
        readout.textContent = model.get("readout");
        svg.setAttribute("aria-label", `${model.get("alt")} ${model.get("readout")}`);
      };
      if (model.get("most")) {
        const room = { x: frame.left, y: frame.top, width: frame.right - frame.left,
                       height: frame.bottom - frame.top, class: "room" };
        const chart = svg.insertBefore(add(svg, "rect", room), lines);
        chart.onclick = (event) => addAt(placeOf(event));
        const button = (text, press) => {
          const made = document.createElement("button");
          Object.assign(made, { className: reset.className, textContent: text, onclick: press });
          el.insertBefore(made, reset);
        };
        const [left, right] = xAxis.range;
        button("Add a point", () => {  // beside the others, at half the height
          const share = (0.5 + 0.618 * model.get("points").length) % 1;
          addAt([left + share * (right - left), (yAxis.range[0] + yAxis.range[1]) / 2]);
        });
        button("Remove the last", () => remove(model.get("points").length - 1));
      }
      reset.onclick = () => {
        save(model.get("start"));
        model.send("reset");  // for what moves together with the points
      };
      model.on("change:points change:kinds", drawPoints);
      model.on("change:shade", drawShade);
      model.on("change:lines", drawLines);
      model.on("change:readout change:alt", write);
      drawShade();
      drawPoints();
      drawLines();
      write();
    }
    export default { render };
    """
    )
    _css = """
    .metacourse-points { color: var(--jp-content-font-color1); }
    .metacourse-points { font: 13px var(--jp-ui-font-family); }
    .metacourse-points > svg { display: block; width: 100%; overflow: visible; }
    .metacourse-points text { fill: currentColor; font-size: 12px; }
    .metacourse-points .label { font-size: 14px; }
    .metacourse-points .middle { text-anchor: middle; }
    .metacourse-points .end { text-anchor: end; }
    .metacourse-points .axis { stroke: var(--jp-content-font-color2); fill: none; }
    .metacourse-points .line { stroke-width: 2.5; fill: none; pointer-events: none; }
    .metacourse-points .thin { stroke-width: 1; opacity: 0.6; }
    .metacourse-points .room { fill: transparent; cursor: crosshair; }
    .metacourse-points .point { cursor: grab; outline: none; }
    .metacourse-points .point:active { cursor: grabbing; }
    .metacourse-points .reach { fill: transparent; }
    .metacourse-points .dot { fill: #0072B2; stroke: currentColor; stroke-width: 1.5; }
    .metacourse-points .square { fill: #D55E00; }
    .metacourse-points .point:not(.other) .square { display: none; }
    .metacourse-points .other .round { display: none; }
    .metacourse-points .shade { pointer-events: none; }
    .metacourse-points .point:hover .dot { r: 9px; }
    .metacourse-points .point:focus-visible .reach { stroke: currentColor; stroke-width: 2; }
    .metacourse-points .legend { display: flex; flex-wrap: wrap; gap: 4px 20px; min-height: 20px; }
    .metacourse-points .legend { padding-left: 64px; }
    .metacourse-points .legend svg { margin-right: 6px; }
    .metacourse-points button { width: auto; }
    .metacourse-points [role="status"] {
      min-height: 1.5em; margin: 4px 0; line-height: 1.5; font-variant-numeric: tabular-nums;
    }
    """
    points = traitlets.List().tag(sync=True)
    start = traitlets.List().tag(sync=True)
    lines = traitlets.List().tag(sync=True)
    kinds = traitlets.List().tag(sync=True)  # 0 or 1, of each point, if there are two kinds
    shade = traitlets.Bytes().tag(sync=True)  # a PNG, stretched over the chart
    names = traitlets.List().tag(sync=True)  # of the points, written beside them, if there are any
    x_axis = traitlets.Dict().tag(sync=True)
    y_axis = traitlets.Dict().tag(sync=True)
    size = traitlets.List([720, 400]).tag(sync=True)  # screen pixels
    most = traitlets.Int(0).tag(sync=True)  # points; 0 where there are always as many
    alt = traitlets.Unicode().tag(sync=True)
    points_name = traitlets.Unicode().tag(sync=True)  # in the legend, if it has one
    readout = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, points, *, x_label, y_label, x_range, y_range, lines=(), alt, points_name="", most=0
    ):
        axes = {"x_axis": _axis(x_label, x_range), "y_axis": _axis(y_label, y_range)}
        told = {"alt": alt, "points_name": points_name, "most": most}
        super().__init__(points=points, lines=list(lines), **told, **axes)
        self.start = self.points

    @property
    def alt_text(self):
        return f"{self.alt} {self.readout}".strip()

    @traitlets.validate("points")
    def _within_ranges(self, proposal):
        ranges = self.x_axis["range"], self.y_axis["range"]
        return [
            [_clamp(value, *limits) for value, limits in zip(point, ranges, strict=True)]
            for point in proposal.value
        ]

    @traitlets.validate("lines")
    def _for_the_browser(self, proposal):
        plain = {"name": "", "colour": "currentColor", "dash": ""}
        return [
            plain
            | line
            | {axis: [float(v) if math.isfinite(v) else None for v in line[axis]] for axis in "xy"}
            | {"colour": COLOURS.get(line.get("colour"), line.get("colour", "currentColor"))}
            for line in proposal.value
        ]

    def stand_in(self, note="Run this cell to move the points."):
        return static_output(self._figure(), self.alt_text, self.readout, note)

    def _figure(self):
        with style():
            figure, ax = new_figure(size=[pixels / PIXELS_PER_INCH for pixels in self.size])
            for line in self.lines:
                x, y = ([math.nan if v is None else v for v in line[axis]] for axis in "xy")
                colour = "black" if line["colour"] == "currentColor" else line["colour"]
                dash = (0, [float(n) / 2 for n in line["dash"].split()]) if line["dash"] else "-"
                weight = {"linewidth": 2 if line["name"] else 0.8, "label": line["name"]}
                ax.plot(x, y, color=colour, linestyle=dash, **weight)
            self._plot_points(ax)
            for name, place in zip(self.names, self.points, strict=False):
                ax.annotate(name, place, (8, -14), textcoords="offset points", size=11)
            ax.set(xlabel=self.x_axis["label"], xlim=self.x_axis["range"])
            ax.set(ylabel=self.y_axis["label"], ylim=self.y_axis["range"])
            if self.lines:
                ax.legend(loc="upper left")
        return figure

    def _plot_points(self, ax):
        extent = (*self.x_axis["range"], *self.y_axis["range"])
        if self.shade:
            picture = Image.open(io.BytesIO(self.shade))
            ax.imshow(picture, extent=extent, aspect="auto", interpolation="bilinear")
        kinds = self.kinds or [0] * len(self.points)
        for kind, (role, name) in enumerate((("support", self.points_name), ("query", ""))):
            places = [point for point, own in zip(self.points, kinds, strict=True) if own == kind]
            if places or not kind:
                x, y = ([place[axis] for place in places] for axis in (0, 1))
                look = {"color": COLOURS[role], "markeredgecolor": "white", "label": name}
                ax.plot(x, y, MARKERS[role], linestyle="none", **look)


def _axis(label, limits):
    low, high = map(float, limits)
    places = [float(v) for v in MaxNLocator(6).tick_values(low, high) if low <= v <= high]
    ticks = [[value, f"{value:g}".replace("-", "−")] for value in places]
    return {"label": label, "range": [low, high], "ticks": ticks}


def _clamp(value, low, high):
    return min(max(float(value), low), high) if math.isfinite(value) else low
