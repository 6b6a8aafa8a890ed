"""The pictures of chapter 03, and what they show: autograd's record, memory, outer directions.

What is drawn for several methods comes as a dict from a label to (data, role); the role decides
colour and marker. Whether an axis is logarithmic is decided by the data.
"""

import weakref
from collections import Counter
from typing import NamedTuple

import numpy as np
import torch
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import LogLocator, NullLocator
from torch.autograd.graph import saved_tensors_hooks
from torch.func import grad, vmap
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from metacourse.figures.linear_regression import angle
from metacourse.figures.style import COLOURS, MARKERS
from metacourse.maml import maml_loss, reptile_step

STYLES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)), (0, (3, 1))]
OUTSIDE = {"loc": "upper left", "bbox_to_anchor": (1.02, 1), "borderaxespad": 0, "frameon": False}
LOSS_LIMITS = (3e-3, 1e2)  # of a sinusoid task; losses beyond are drawn at the edge


def draw_sinusoid_task(ax, task, curves):
    """A task's support points, its true curve and those of models.

    task: one task as an Episode, its queries dense enough to stand for the true curve, in any
    order; `curves` maps a label to (predictions (Q, 1) at the queries, role).
    """
    order = task.x_query[:, 0].argsort()
    x, y = task.x_query[order, 0], task.y_query[order, 0]
    ax.plot(x, y, "-", color="#c8c8c8", linewidth=6, label="true curve")
    for number, (label, (prediction, role)) in enumerate(curves.items()):
        look = {"color": COLOURS[role], "linestyle": STYLES[number % len(STYLES)]}
        ax.plot(x, prediction[order, 0].nan_to_num(99).clamp(-99, 99), label=label, **look)
    points = {"color": COLOURS["support"], "markeredgecolor": "white", "zorder": 5}
    ax.plot(task.x_support, task.y_support, MARKERS["support"], label="support points", **points)
    ax.set(xlabel="input x", ylabel="label y", xlim=(-5.2, 5.2), ylim=(-8, 8))
    ax.legend(loc="upper center", ncols=2, frameon=False)


def draw_guesses(ax, task, guesses):
    """A task of any family: its support points, its queries, and what models say of these.

    task: one task as an Episode; `guesses` maps a label to (predictions (Q, 1), role).
    """
    order = task.x_query[:, 0].argsort()
    for label, (prediction, role) in guesses.items():
        ax.plot(task.x_query[order, 0], prediction[order, 0], color=COLOURS[role], label=label)
    looks = {"support": (COLOURS["support"], "white"), "query": ("none", "black")}
    for (role, (inside, edge)), x, y in zip(looks.items(), task[::2], task[1::2], strict=True):
        look = {"markerfacecolor": inside, "markeredgecolor": edge, "label": f"{role} points"}
        ax.plot(x[:, 0], y[:, 0], MARKERS[role], **look)
    ax.set(xlabel="input x", ylabel="label y")
    ax.legend(frameon=False)


def draw_descent(ax, losses, n_steps):
    """One task's query loss after 0, 1, 2, … inner steps, with a ring at n_steps.

    `losses` maps a label to (losses (k + 1,), role).
    """
    low, high = LOSS_LIMITS
    for number, (label, (values, role)) in enumerate(losses.items()):
        values = values.nan_to_num(high, high).clamp(low, high)
        look = {"color": COLOURS[role], "marker": MARKERS[role], "markersize": 5}
        ax.plot(values, label=label, linestyle=STYLES[number % len(STYLES)], **look)
        ax.plot(n_steps, values[n_steps], "o", color="none", markersize=13, markeredgecolor="black")
    ax.axvline(n_steps, color="#444444", linewidth=0.8, linestyle="-", zorder=0)
    if any((values.nan_to_num(high, high) >= high).any() for values, _ in losses.values()):
        ax.text(0.02, 0.98, f"at the edge: {high:g} or more", transform=ax.transAxes, va="top")
    ax.set(xlabel="inner step", ylabel="query loss, mean squared error", yscale="log")
    ax.set(xlim=(-0.4, len(values) - 0.6), ylim=(low / 1.6, high * 2.5))


def outer_directions(loss_fn, params, episodes, *, lr_inner, n_steps):
    """Where four outer updates would take params: a dict from a name to a dict like params.

    "exact" and "first-order" are −∇ of MAML's objective (`maml_loss`), "Reptile" is the mean of
    θ′ − θ (`reptile_step`), "joint" is −∇ of the mean query loss at θ itself. Downhill, not scaled.
    Shapes: episodes with a task axis B. Raises ValueError as `maml_loss` does.
    """

    def downhill(**steps):
        gradient = grad(lambda theta: maml_loss(loss_fn, theta, episodes, **steps))(params)
        return {name: -value for name, value in gradient.items()}

    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    arrived = reptile_step(loss_fn, params, episodes, lr_outer=1.0, **steps)
    return {
        "exact": downhill(**steps),
        "first-order": downhill(**steps, first_order=True),
        "Reptile": {name: arrived[name] - theta for name, theta in params.items()},
        "joint": downhill(lr_inner=0.0, n_steps=0),
    }


def outer_angles(loss_fn, episodes, *, lr_inner, n_steps, n=7):
    """How far "first-order", "Reptile" and "joint" of `outer_directions` point away from "exact":
    in degrees, for n · n starts {"amplitude": (), "phase": ()} on a grid; each (n²,)."""
    dtype = episodes.x_query.dtype
    lines = (torch.linspace(*limits, n, dtype=dtype) for limits in ((-0.6, 4.6), (-1.1, 4.3)))
    amplitude, phase = torch.cartesian_prod(*lines).unbind(-1)
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    ways = vmap(lambda start: outer_directions(loss_fn, start, episodes, **steps))(
        {"amplitude": amplitude, "phase": phase}
    )
    ways = {name: torch.stack([*way.values()], dim=-1) for name, way in ways.items()}  # (n², 2)
    exact = ways.pop("exact")
    return {name: angle(exact, way) for name, way in ways.items()}


class Box(NamedTuple):
    """A step of the story, and the part of autograd's graph that belongs to it."""

    name: str
    kind: str  # params, gradient, update or loss
    step: int  # inner step, from 1; 0 for θ
    n_nodes: int  # recorded functions that the query loss leads back to
    n_bytes: int  # tensors kept for the way back, those of θ and of the task not counted


class Graph(NamedTuple):
    """What autograd recorded of one task: `edges` holds (name, name of what it was made from)."""

    boxes: tuple[Box, ...]
    edges: frozenset[tuple[str, str]]


def record_graph(loss_fn, params, task, *, lr_inner, n_steps=1, first_order=False):
    """Run one task's inner steps and its query loss, and return the Graph that autograd recorded.

    The inner step is written with torch.autograd.grad, whose saved tensors can be counted; with
    first_order it is called without create_graph, so that a gradient is only numbers. Recorded
    functions are walked back from the query loss along `next_functions`; each belongs to the step
    that made it. task: one task as an Episode.
    """
    theta = {name: value.detach().clone().requires_grad_() for name, value in params.items()}
    boxes, saved, adapted = [("θ", "params", 0)], [], theta
    leaves = _mark(theta.values(), "θ")

    def pack(tensor):
        kept = _Kept(tensor, boxes[-1][0])
        saved.append(weakref.ref(kept))  # dead if autograd lets go of it
        return kept

    with saved_tensors_hooks(pack, lambda kept: kept.tensor):
        for step in range(1, n_steps + 1):
            start = boxes[-1][0]
            boxes.append((f"∇L({start})", "gradient", step))
            loss = loss_fn(adapted, task.x_support, task.y_support)
            _mark([loss], boxes[-1][0])
            gradients = torch.autograd.grad(
                loss, list(adapted.values()), create_graph=not first_order
            )
            _mark(gradients, boxes[-1][0])
            boxes.append(("θ′" if step == n_steps else f"θ after {step}", "update", step))
            adapted = {
                name: value - lr_inner * gradient
                for (name, value), gradient in zip(adapted.items(), gradients, strict=True)
            }
            _mark(adapted.values(), boxes[-1][0])
        boxes.append(("query loss", "loss", n_steps + 1))
        query_loss = loss_fn(adapted, task.x_query, task.y_query)
    _mark([query_loss], "query loss")
    loss = gradients = adapted = None  # what only they kept is not part of the graph
    n_nodes, edges = _walk_back(query_loss)
    del leaves
    n_bytes = _count_bytes(saved, [*theta.values(), *task])
    return Graph(tuple(Box(*box, n_nodes[box[0]], n_bytes[box[0]]) for box in boxes), edges)


def bytes_kept(loss_fn, params, task, counts, *, first_order=False):
    """The bytes that autograd keeps of one task (`record_graph`), for several counts of steps."""
    steps = {"lr_inner": 0.01, "first_order": first_order}
    graphs = [record_graph(loss_fn, params, task, n_steps=k, **steps) for k in counts]
    return [sum(box.n_bytes for box in graph.boxes) for graph in graphs]


class _Kept:
    """A tensor that autograd saved while the step of this name was computed."""

    def __init__(self, tensor, name):
        self.tensor, self.name = tensor, name


def _functions(tensors):
    """The recorded functions that tensors come from; for a leaf, that which collects its grad."""
    differentiable = [tensor for tensor in tensors if tensor.requires_grad]
    return [torch.autograd.graph.get_gradient_edge(tensor).node for tensor in differentiable]


def _mark(tensors, name):
    """Write the name of a step on the functions behind tensors that bear none yet; returns those
    of the tensors themselves, because a leaf's is forgotten when nobody holds it."""
    ends = _functions(tensors)
    waiting = ends.copy()
    while waiting:
        function = waiting.pop()
        if function is not None and "step" not in function.metadata:
            function.metadata["step"] = name
            waiting += [before for before, _ in function.next_functions]
    return ends


def _walk_back(query_loss):
    """How many functions of each step the loss leads back to, and the edges between steps."""
    waiting, seen, edges = _functions([query_loss]), set(), set()
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        for before, _ in function.next_functions:
            if before is not None:
                edges.add((function.metadata["step"], before.metadata["step"]))
                waiting.append(before)
    n_nodes = Counter(function.metadata["step"] for function in seen)
    return n_nodes, frozenset((name, before) for name, before in edges if name != before)


def _count_bytes(saved, given):
    """Bytes of each step's saved tensors that are still alive; a memory counts once, and not if a
    given tensor lies in it."""
    seen, n_bytes = {tensor.untyped_storage().data_ptr() for tensor in given}, Counter()
    for kept in filter(None, (reference() for reference in saved)):
        storage = kept.tensor.untyped_storage()
        if storage.data_ptr() not in seen:
            seen.add(storage.data_ptr())
            n_bytes[kept.name] += storage.nbytes()
    return n_bytes


def peak_bytes(function):
    """The most bytes of tensors that were alive at once while a function of no arguments ran, those
    that were there before not counted."""
    with _Alive() as alive:
        function()
    return alive.peak


class _Alive(TorchDispatchMode):
    """Counts the bytes of the memories that operations make, until they are given back."""

    def __init__(self):
        super().__init__()
        self.now, self.peak, self.known = 0, 0, set()

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        self._note((args, kwargs), old=True)
        result = operation(*args, **(kwargs or {}))
        self._note(result, old=False)
        return result

    def _note(self, tree, old):
        for tensor in filter(torch.is_tensor, tree_leaves(tree)):
            storage = tensor.untyped_storage()
            key, n_bytes = storage.data_ptr(), 0 if old else storage.nbytes()
            if key not in self.known:
                self.known.add(key)
                self.now += n_bytes
                self.peak = max(self.peak, self.now)
                weakref.finalize(storage, self._forget, key, n_bytes)

    def _forget(self, key, n_bytes):
        self.known.remove(key)
        self.now -= n_bytes


def draw_compute_graph(ax, graph):
    """A `record_graph` as boxes, with arrows from each to those that its gradient goes back to,
    and the factors that it gets on the way; scissors stand where a gradient is only numbers."""
    colours = {"params": "params", "gradient": "query", "update": "adapted", "loss": "maml"}
    patches = {}
    for box in graph.boxes:
        x, y = box.step - 0.5 * (box.kind == "gradient"), 1.0 * (box.kind == "gradient")
        recorded = box.n_nodes > 0
        border = {"linestyle": "-" if recorded else ":", "edgecolor": COLOURS[colours[box.kind]]}
        patch = FancyBboxPatch((x - 0.31, y - 0.24), 0.62, 0.48, facecolor="white", **border)
        patch.set(boxstyle="round,pad=0,rounding_size=0.05", linewidth=2, zorder=3)
        patches[box.name] = ax.add_patch(patch), (x, y)
        ax.text(x, y + 0.13, box.name, ha="center", va="center", weight="bold", zorder=4)
        size = f"{box.n_bytes / 1e3:.1f} kB kept" if box.n_bytes else "nothing kept"
        plural = "node" if box.n_nodes == 1 else "nodes"
        counts = (
            f"{box.n_nodes} {plural}\n{size}" if recorded else "only numbers:\nnothing recorded"
        )
        ax.text(x, y - 0.08, counts, ha="center", va="center", size=9, zorder=4)
    arrow = {"arrowstyle": "-|>", "color": "#444444", "linewidth": 1.6, "mutation_scale": 16}
    for name, before in sorted(graph.edges):
        (start, here), (end, there) = patches[name], patches[before]
        ends = {"patchA": start, "patchB": end, "shrinkA": 0, "shrinkB": 1}
        ax.annotate("", there, here, arrowprops=arrow | ends, zorder=2)
    for box in graph.boxes:
        _write_factors(ax, box, patches, arrow)
    last = max(box.step for box in graph.boxes)
    ax.set(xlim=(-0.36, last + 0.36), ylim=(-0.3, 1.3))
    ax.set_axis_off()


def _write_factors(ax, box, patches, arrow):
    """What a gradient is multiplied by on the arrows that belong to an inner step; where it is cut,
    a dashed arrow under scissors."""
    if box.kind == "update":
        ax.text(box.step - 0.5, 0.07, "I", ha="center", size=11, style="italic", zorder=4)
    if box.kind == "gradient" and box.n_nodes:
        ax.text(box.step - 0.19, 0.5, "−α", ha="left", va="center", size=11, zorder=4)
        ax.text(box.step - 0.82, 0.5, "H", ha="right", va="center", size=11, style="italic")
    elif box.kind == "gradient":
        (end, there), (start, here) = (patches[box.name], _update_after(box, patches))
        cut = {"patchA": start, "patchB": end, "linestyle": "--", "color": "#999999"}
        ax.annotate("", there, here, arrowprops=arrow | cut | {"shrinkA": 0, "shrinkB": 1})
        ax.text(box.step - 0.25, 0.5, "✂", ha="center", va="center", size=18, zorder=4)


def _update_after(box, patches):
    """The patch and the place of the update that a gradient's step ends with."""
    return next(each for each in patches.values() if each[1] == (box.step, 0.0))


def draw_loss_by_step(ax, losses):
    """Mean loss over tasks after 0, 1, 2, … inner steps, with 95 % confidence bands.

    `losses` maps a label to (losses (n_tasks, k + 1), role), listed beside the picture from the
    highest last loss to the lowest.
    """
    curves = {}
    for label, (values, role) in losses.items():
        values = np.asarray(values, dtype=float)
        with np.errstate(all="ignore"):  # a method may have run away
            half_widths = 1.96 * values.std(0, ddof=1) / len(values) ** 0.5
            means = values.mean(0)
        curves[label] = dict(enumerate(zip(means, half_widths, strict=True))), role
    draw_curves(ax, curves, xlabel="inner steps on the support set", ylabel="query loss")


def draw_curves(ax, curves, *, xlabel, ylabel="query loss"):
    """Means with 95 % confidence bands against a quantity that was varied.

    `curves` maps a label to ({x: (mean, half-width)}, role). An axis is logarithmic where its
    values are positive and span more than a factor of 15. A mean that is not finite, or more than
    100 times the median of all, is drawn at the upper edge as one that "runs away"; there is no
    band where it would reach below 0.
    """
    table = {
        label: (np.array(list(points)), np.array([tuple(p) for p in points.values()], dtype=float))
        for label, (points, _) in curves.items()
    }
    places = np.concatenate([x for x, _ in table.values()])
    finite = np.concatenate([y[:, 0] for _, y in table.values()])
    finite = finite[np.isfinite(finite)]
    top = 100 * np.median(finite) if len(finite) else 1.0
    shown = finite[finite <= top]
    log_y = _spans(shown)
    high = shown.max(initial=0.0) * (1.6 if log_y else 1.15) or 1.0
    bottom = shown.min() / 1.6 if log_y else 0.0
    order = sorted(table, key=lambda label: -np.nan_to_num(table[label][1][-1, 0], nan=np.inf))
    for label in order:
        (x, y), role, number = table[label], curves[label][1], list(curves).index(label)
        mean, half_width = y.T
        away = ~(mean <= top)
        look = {"color": COLOURS[role], "linestyle": STYLES[number % len(STYLES)]}
        shown = np.where(away, high, mean)
        ax.plot(x, shown, marker=MARKERS[role], label=label, clip_on=False, **look)
        unsure = away | (half_width > mean)  # a band down to 0 and beyond says nothing
        low, up = np.where(unsure, np.nan, (mean - half_width, mean + half_width))
        ax.fill_between(
            x, np.maximum(low, bottom), up, color=COLOURS[role], alpha=0.18, linewidth=0
        )
        for place in x[away][:1]:
            side = {"xytext": (0, 6), "textcoords": "offset points", "ha": "center", "size": 9}
            ax.annotate("runs away", (place, high), color=COLOURS[role], **side)
    if log_y:
        ax.set_yscale("log")
        _plain_numbers(ax.yaxis, bottom, high)
    if _spans(places):
        ax.set_xscale("log")
        _plain_numbers(ax.xaxis, places.min(), places.max())
    ax.set(xlabel=xlabel, ylabel=ylabel, ylim=(bottom, high))
    ax.legend(**OUTSIDE)


def _spans(values):
    return len(values) > 0 and values.min() > 0 and values.max() > 15 * values.min()


def _plain_numbers(axis, low, high):
    """Ticks of a logarithmic axis: 1, 2, 5 in each power of ten where there is room, else 1, 3."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 200 * low else (1.0, 3.0)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_locator(NullLocator())


def draw_memory(ax, n_steps, n_bytes):
    """Memory that the way back needs, in kB or MB, against the number of inner steps.

    n_steps: a list; `n_bytes` maps a label to (bytes, one for each of n_steps, role).
    """
    largest = max(max(sizes) for sizes, _ in n_bytes.values())
    unit, scale = ("MB", 1e6) if largest >= 1e6 else ("kB", 1e3)
    for number, (label, (sizes, role)) in enumerate(n_bytes.items()):
        look = {"color": COLOURS[role], "marker": MARKERS[role], "label": label}
        sizes = np.asarray(sizes, dtype=float) / scale
        ax.plot(n_steps, sizes, linestyle=STYLES[number % len(STYLES)], **look)
    ax.set(xlabel="inner steps", ylabel=f"memory for the way back, {unit}", ylim=(0, None))
    ax.set_xticks(n_steps if len(n_steps) <= 8 else n_steps[:: len(n_steps) // 6 + 1])
    ax.legend(**OUTSIDE)


def draw_accuracy_bars(ax, accuracies, chance):
    """Accuracies with 95 % confidence intervals, one bar a learner, and a line where guessing is.

    `accuracies` maps a label to ((mean, half-width), role), drawn from top to bottom; where there
    are several roles, a bar has the mark of its own.
    """
    several = len({role for _, role in accuracies.values()}) > 1
    for place, ((mean, half_width), role) in enumerate(accuracies.values()):
        bar = {"color": COLOURS[role], "height": 0.62, "alpha": 0.75}
        ax.barh(place, 100 * mean, xerr=100 * half_width, capsize=4, **bar)
        if several:
            ax.plot(2.5, place, MARKERS[role], color="white", markeredgecolor="black", markersize=8)
        ax.text(100 * (mean + half_width) + 1, place, f"{mean:.1%}", va="center")
    ax.axvline(100 * chance, color="black", linewidth=1, linestyle=":")
    ax.text(100 * chance, -0.42, " guessing", va="bottom", size=9)
    ax.set_yticks(range(len(accuracies)), list(accuracies))
    ax.set(xlim=(0, 108), ylim=(len(accuracies) - 0.5, -0.9), xlabel="accuracy on new scripts (%)")


def draw_errors(ax, accuracies, chance):
    """Errors, 1 − accuracy, with 95 % confidence intervals on a logarithmic axis, one row a
    learner, and a line where guessing is.

    `accuracies` maps a label to ((mean, half-width), role), drawn from top to bottom.
    """
    for place, ((mean, half_width), role) in enumerate(accuracies.values()):
        error, reach = 100 * (1 - mean), 100 * half_width
        look = {"color": COLOURS[role], "fmt": MARKERS[role], "capsize": 4, "markersize": 7}
        ax.errorbar(error, place, xerr=[[min(reach, 0.9 * error)], [reach]], **look)
        ax.text(error, place - 0.22, f"{error:.1f}", ha="center", va="bottom", size=9)
    ax.axvline(100 * (1 - chance), color="black", linewidth=1, linestyle=":")
    ax.text(100 * (1 - chance), -0.75, "guessing ", ha="right", va="center", size=9)
    ax.set(xscale="log", xlim=(1, 100), ylim=(len(accuracies) - 0.5, -1.1))
    ax.set_yticks(range(len(accuracies)), list(accuracies))
    ax.set(xlabel="error on new scripts, % of queries")
    _plain_numbers(ax.xaxis, 1, 100)


def draw_trainings(ax, losses, *, top=10.0):
    """Losses of several trainings of each method after some numbers of inner steps: a dot each, and
    a line through the medians. A loss above `top` is drawn at the upper edge.

    `losses` maps a label to ({steps: losses of the trainings}, role).
    """
    n_methods = len(losses)
    for number, (label, (by_step, role)) in enumerate(losses.items()):
        look = {"color": COLOURS[role], "marker": MARKERS[role]}
        shift = 0.7 * (number - (n_methods - 1) / 2) / n_methods
        places = np.arange(len(by_step)) + shift
        dots = np.minimum(np.array(list(by_step.values()), dtype=float), top)  # (steps, trainings)
        for place, column in zip(places, dots, strict=True):
            x = np.full(len(column), place)
            ax.plot(x, column, linestyle="none", markersize=5, alpha=0.6, clip_on=False, **look)
        style = STYLES[number % len(STYLES)]
        ax.plot(
            places, np.median(dots, axis=1), linestyle=style, label=label, linewidth=1.5, **look
        )
        ax.lines[-1].set_markevery([])
    steps = list(next(iter(losses.values()))[0])
    ax.set_xticks(range(len(steps)), steps)
    ax.set(xlabel="inner steps on the support set", yscale="log", ylim=(None, top))
    ax.set(ylabel=f"query loss ({top:g} or more at the edge)")
    _plain_numbers(ax.yaxis, ax.get_ylim()[0], top)
    ax.legend(**OUTSIDE)


def draw_plane(ax, grid, heights):
    """An objective over a plane of starts as rings, with a star where it is lowest.

    grid (n, n, 2), heights (n, n); the rings are as many times apart, from the lowest to the
    highest height.
    """
    first, second = grid[..., 0].numpy(), grid[..., 1].numpy()
    levels = np.geomspace(max(heights.min().item(), 1e-3), heights.max().item() + 1e-9, 14)
    colours = {"colors": "#d9c7a3", "linewidths": 1.0}
    ax.contour(first, second, heights, levels=np.unique(levels), **colours)
    row, column = divmod(int(heights.argmin()), heights.shape[1])
    star = {"color": COLOURS["optimum"], "markersize": 14, "markeredgecolor": "white", "zorder": 6}
    ax.plot(*grid[row, column], MARKERS["optimum"], linestyle="none", label="lowest", **star)
