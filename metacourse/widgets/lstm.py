"""The live pictures of notebook 05a: a unit, and a memory."""

import math
from functools import lru_cache

import torch

from metacourse.episodes import Episode
from metacourse.figures import lstm as draw
from metacourse.lstm import memory_prediction
from metacourse.widgets.live import LiveFigure, choice, float_slider, int_slider

STEPS = 30  # of the unit
ORDERS = "as drawn", "reversed", "sorted by x"


# one unit ----------------------------------------------------------------------------------------


def unit_widget():
    """One unit of an LSTM with gates set by hand: what it reads, keeps and says in 30 steps.

    Controls: forget gate f, write gate i, output gate o, and the candidates that come in: a pulse
    at step 1, three steps of ten, or noise.
    """
    noise = torch.randn(STEPS, generator=torch.Generator().manual_seed(0)).clamp(-1, 1)
    candidates = {
        "a pulse": torch.eye(STEPS)[0],
        "steps": torch.tensor([1.0, -1.0, 0.5]).repeat_interleave(STEPS // 3),
        "noise": noise,
    }

    def draw_gates(axes, forget, write, output, candidate):
        g = candidates[candidate]
        c, h = draw.unit_over_time(g, forget=forget, write=write, output=output)
        gates = {"forget f": forget, "write i": write, "output o": output}
        draw.draw_unit(axes, g, c, h, gates)
        return (
            f"Of what step 1 wrote, {forget ** (STEPS - 1):.2%} is left at step {STEPS}: "
            f"{_half_life(forget)}. c goes from {c[0]:.3f} to {c[-1]:.3f}, h from {h[0]:.3f} to "
            f"{h[-1]:.3f}."
        ).replace("-", "−")

    controls = {
        "forget": float_slider("Forget gate f", 0.9, 0.0, 1.0, 0.01),
        "write": float_slider("Write gate i", 0.5, 0.0, 1.0, 0.01),
        "output": float_slider("Output gate o", 1.0, 0.0, 1.0, 0.01),
        "candidate": choice("Candidates g", list(candidates)),
    }
    alt = "Candidates, memory and output of one unit of an LSTM over 30 steps."
    sweeps = [
        {"forget": [0.5, 0.7, 0.8, 0.95, 0.98, 1.0, 0.0], "candidate": list(candidates)},
        {"write": 9},
        {"output": 9},
    ]
    return LiveFigure(draw_gates, controls, alt=alt, rows=3, size=(8, 4.8), sweeps=sweeps)


def _half_life(forget):
    if forget == 0:
        return "all is gone at once"
    if forget == 1:
        return "nothing is forgotten"
    return f"half is gone after {math.log(0.5) / math.log(forget):.1f} steps"


# a memory that learns a task ---------------------------------------------------------------------


def memory_widget(params, tasks):
    """A memory that reads a task point by point, and the curve that it predicts after each.

    params: an LSTM as `init_lstm(2, H, 1, …)` makes it; they never change. tasks: an Episode of B
    tasks y = f(x), with queries dense enough to draw the true curve with (a hundred or more).
    Controls: the number of points read t, the task, and the order of its points.
    """
    params = {name: tensor.detach() for name, tensor in params.items()}
    n_tasks, n_points = tasks.x_support.shape[:2]

    @lru_cache
    def read(task, order):
        """The task, its points in this order and its queries from left to right; predictions."""
        x, y, x_query, y_query = (part[task - 1] for part in tasks)
        places = torch.arange(n_points)
        places = {"reversed": places.flip(0), "sorted by x": x[:, 0].argsort()}.get(order, places)
        dense = x_query[:, 0].argsort()
        episode = Episode(x[places], y[places], x_query[dense], y_query[dense])
        return episode, memory_prediction(params, episode)  # (S + 1, Q, 1)

    def draw_reading(ax, t, task, order):
        (x, y, x_query, y_query), predictions = read(task, order)
        curve = predictions[t, :, 0]
        draw.draw_memory(ax, x_query[:, 0], curve, x[:t, 0], y[:t, 0], y_query[:, 0])
        errors = (predictions - y_query).square().mean((1, 2))
        points = f"{t} point{'' if t == 1 else 's'}"
        told = f"After {points}: mean squared error {errors[t]:.3g}"
        return f"{told} (before any point {errors[0]:.3g})." if t else f"{told}."

    controls = {
        "t": int_slider("Points read t", min(3, n_points), 0, n_points),
        "task": int_slider("Task", 1, 1, n_tasks),
        "order": choice("Order of the points", list(ORDERS)),
    }
    alt = "A true curve, the points read so far, and the curve that a memory predicts after them."
    sweeps = [{"t": 11, "order": ORDERS}]
    return LiveFigure(draw_reading, controls, alt=alt, size=(8, 4.2), sweeps=sweeps)
