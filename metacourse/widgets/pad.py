"""A pad to draw on with mouse, pen or finger."""

import anywidget
import traitlets

from metacourse.figures.stand_in import StandIn
from metacourse.figures.style import new_figure, style
from metacourse.widgets.picture import static_output

SIDE = 280  # screen pixels
PEN = 2 / 28  # thickness of the pen, as a share of the side: that of a framed drawing
MOST_POINTS = 10_000  # of a drawing; the pen gives no more ink after them


class Pad(StandIn, anywidget.AnyWidget):
    """A square pad: observe `strokes`, or set them.

    strokes: polylines [[[x, y], …], …], x and y from 0 to 1, y downwards; a stroke of one point is
    a dot. They change while a stroke is being drawn, at most every 40 ms. With `submit`, the label
    of one more button, the learner hands the drawing in: see `on_submit`.
    Raises ValueError as `check_drawing` does; no strokes are an empty pad.
    """

    _esm = """
    const INTERVAL = 40;  // milliseconds between updates while the pen is down
    const NEAR = 0.003;  // points of a stroke are farther apart

    function render({ model, el }) {
      el.classList.add("metacourse-pad");
      el.dataset.lmSuppressShortcuts = "true";  // else JupyterLab takes keys for itself, and
      el.onkeydown = (event) => event.stopPropagation();  // the arrows for moving between cells
      const canvas = el.appendChild(document.createElement("canvas"));
      canvas.setAttribute("role", "img");
      const row = el.appendChild(document.createElement("div"));
      row.className = "row";
      const button = (text, onclick) => {
        const made = row.appendChild(document.createElement("button"));
        made.className = "lm-Widget jupyter-widgets jupyter-button widget-button";
        made.textContent = text;
        made.onclick = onclick;
        return made;
      };
      const copy = (drawing) => drawing.map((stroke) => [...stroke]);
      let strokes = copy(model.get("strokes"));
      let pen = null, timer = null, sent = -Infinity;

      const send = () => {
        clearTimeout(timer);
        [timer, sent] = [null, performance.now()];
        model.set("strokes", copy(strokes));
        model.save_changes();  // while the kernel is busy, only the newest strokes wait
      };
      const sendSoon = () => {
        timer ??= setTimeout(send, Math.max(0, sent + INTERVAL - performance.now()));
      };
      const paint = () => {
        const ratio = window.devicePixelRatio, side = canvas.clientWidth;
        if (!side) return;
        if (canvas.width !== Math.round(side * ratio)) {
          canvas.width = canvas.height = Math.round(side * ratio);
        }
        const context = canvas.getContext("2d");
        context.setTransform(canvas.width, 0, 0, canvas.width, 0, 0);  // units of the side
        context.clearRect(0, 0, 1, 1);
        context.lineWidth = model.get("pen");
        context.lineCap = context.lineJoin = "round";
        for (const stroke of strokes) {
          context.beginPath();
          context.moveTo(...stroke[0]);
          for (const point of stroke) context.lineTo(...point);
          context.stroke();
        }
        const told = strokes.length === 1 ? "1 stroke" : `${strokes.length || "no"} strokes`;
        canvas.setAttribute("aria-label", `${model.get("label")}: ${told}`);
      };
      const change = (drawing) => {
        strokes = drawing;
        paint();
        send();
      };

      const addPoint = (event, stroke) => {
        const box = canvas.getBoundingClientRect();
        const place = [(event.clientX - box.left) / box.width,
                       (event.clientY - box.top) / box.height];
        const [x, y] = place.map((v) => Math.round(Math.min(Math.max(v, 0), 1) * 1e4) / 1e4);
        const last = stroke.at(-1);
        if (last && Math.hypot(x - last[0], y - last[1]) < NEAR) return;
        const used = strokes.reduce((sum, { length }) => sum + length, 0);
        if (used < model.get("most_points")) stroke.push([x, y]);
      };
      canvas.onpointerdown = (event) => {
        if (pen !== null || event.button !== 0) return;
        event.preventDefault();
        const stroke = [];
        addPoint(event, stroke);
        if (!stroke.length) return;
        pen = event.pointerId;
        canvas.setPointerCapture(pen);
        strokes.push(stroke);
        paint();
        sendSoon();
      };
      canvas.onpointermove = (event) => {
        if (event.pointerId !== pen) return;
        const all = event.getCoalescedEvents?.() ?? [];
        for (const each of all.length ? all : [event]) addPoint(each, strokes.at(-1));
        paint();
        sendSoon();
      };
      canvas.onpointerup = canvas.onpointercancel = (event) => {
        if (event.pointerId !== pen) return;
        pen = null;
        send();
      };
      canvas.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });

      button("Undo", () => { if (pen === null) change(strokes.slice(0, -1)); });
      button("Clear", () => { if (pen === null) change([]); });
      const submit = button("", () => {
        if (pen !== null) return;
        const drawing = copy(strokes);
        change([]);  // first: whatever strokes still wait to be sent, the last are none
        model.send({ submit: drawing });
      });
      submit.classList.add("submit", "mod-primary");
      const nameSubmit = () => {
        submit.textContent = model.get("submit");
        submit.hidden = !model.get("submit");
      };
      const take = () => {
        if (pen !== null) return;  // the hand wins
        strokes = copy(model.get("strokes"));
        paint();
      };
      model.on("change:strokes", take);
      model.on("change:label", paint);
      model.on("change:submit", nameSubmit);
      nameSubmit();
      const watch = new ResizeObserver(paint);
      watch.observe(canvas);
      return () => {
        clearTimeout(timer);
        watch.disconnect();
        model.off("change:strokes", take);
        model.off("change:label", paint);
        model.off("change:submit", nameSubmit);
      };
    }
    export default { render };
    """
    _css = """
    .metacourse-pad { width: 280px; max-width: 100%; }
    .metacourse-pad canvas { display: block; box-sizing: border-box; width: 100%; aspect-ratio: 1;
      background: white; outline: 1px solid #767676; border-radius: 4px; cursor: crosshair;
      touch-action: none; user-select: none; }
    .metacourse-pad .row { display: flex; gap: 4px; margin-top: 4px; }
    .metacourse-pad button { width: auto; margin: 0; }
    .metacourse-pad button.submit { flex: 1; }
    .metacourse-pad button[hidden] { display: none; }
    .metacourse-pad button:focus-visible { outline: 2px solid #0072B2; outline-offset: 1px; }
    """
    strokes = traitlets.List().tag(
        sync=True, echo_update=False
    )  # an echo may be older than the pen
    submit = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode("Pad to draw on").tag(sync=True)
    pen = traitlets.Float(PEN).tag(sync=True)
    most_points = traitlets.Int(MOST_POINTS).tag(sync=True)

    def __init__(self, strokes=(), *, submit=""):
        self._submitted = []
        super().__init__(strokes=strokes, submit=submit)
        self.on_msg(lambda _, message, __: self.receive(message))

    @traitlets.validate("strokes")
    def _a_drawing(self, proposal):
        return check_drawing(proposal.value) if len(proposal.value) else []

    def on_submit(self, callback):
        """Call callback(strokes) when the drawing is handed in; the pad is empty again by then.

        strokes may be empty: the button was pressed and nothing drawn.
        """
        self._submitted.append(callback)

    def receive(self, message):
        if "submit" in message:
            strokes = check_drawing(message["submit"]) if message["submit"] else []
            self.strokes = []
            for callback in self._submitted:
                callback(strokes)

    def stand_in(self):
        alt = f"{self.label}, with {len(self.strokes)} strokes."
        return static_output(self._figure(), alt, "", "Run this cell to draw.")

    def _figure(self):
        figure, ax = new_figure(size=(SIDE / 100, SIDE / 100))
        with style():
            draw_strokes(ax, self.strokes)
        return figure


def draw_strokes(ax, strokes):
    """Draw strokes as the pad shows them."""
    width = ax.get_window_extent().width / ax.figure.dpi * 72  # points
    for stroke in strokes:
        x, y = zip(*(stroke * 2 if len(stroke) == 1 else stroke), strict=True)
        look = {"solid_capstyle": "round", "solid_joinstyle": "round"}
        ax.plot(x, y, "-", color="black", linewidth=width * PEN, **look)
    ax.set(xlim=(0, 1), ylim=(1, 0), xticks=[], yticks=[], aspect="equal")


def check_drawing(strokes, name="strokes"):
    """Return a drawing as lists of pairs of floats, [[[x, y], …], …].

    Raises ValueError, which calls the drawing `name` and says where in it is what, when it is not
    a list of one or more strokes, a stroke not a list of one or more points, or a point not two
    numbers from 0 to 1; or when there are more than MOST_POINTS points.
    """
    strokes = [
        [_point(point, f"{name}[{i}][{j}]") for j, point in enumerate(stroke)]
        for i, stroke in enumerate(_filled(strokes, name, "strokes"))
        if _filled(stroke, f"{name}[{i}]", "points")
    ]
    if sum(map(len, strokes)) > MOST_POINTS:
        raise ValueError(f"{name} needs at most {MOST_POINTS} points, got {sum(map(len, strokes))}")
    return strokes


def _filled(items, name, of_what):
    if not isinstance(items, list | tuple) or not items:
        raise ValueError(f"{name} needs a list of one or more {of_what}, got {short(items)}")
    return items


def _point(point, name):
    plain = isinstance(point, list | tuple) and len(point) == 2
    if not plain or not all(isinstance(v, float | int) and not isinstance(v, bool) for v in point):
        raise ValueError(f"{name} needs two numbers, x and y, got {short(point)}")
    if not all(0 <= v <= 1 for v in point):
        raise ValueError(f"{name} needs x and y from 0 to 1, got {short(point)}")
    return [float(v) for v in point]


def short(value):
    """A value for a message, not more than fits on a line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
