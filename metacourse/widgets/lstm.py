"""The live pictures of chapter 05."""

import math
from functools import lru_cache

import torch

from metacourse.episodes import Episode
from metacourse.figures import lstm as draw
from metacourse.lstm import learned_update, memory_prediction, start_state
from metacourse.tasks.quadratics import Quadratic, plane_hessian, quadratic_loss
from metacourse.widgets.live import LiveFigure, choice, float_slider, int_slider, log_slider

STEPS = 30  # of the unit
MOST_STEPS = 100  # of an optimiser
START = (-1.2, 0.9)  # of every optimiser; the minimum is at 0
LOSSES = 1e-8, 1e4  # shown of an optimiser
ORDERS = "as drawn", "reversed", "sorted by x"
LOOKS = {"learned": "learned", "SGD": "sgd", "Adam": "adam"}


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
        draw.draw_unit(axes, g, c, h)
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
    return LiveFigure(draw_gates, controls, alt=alt, rows=3, size=(8, 4.8))


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
    return LiveFigure(draw_reading, controls, alt=alt, size=(8, 4.2))


# optimisers --------------------------------------------------------------------------------------


def optimiser_widget(params, *, horizon, rates):
    """A learned optimiser, SGD and Adam on a quadratic valley: their ways and their losses.

    params: an LSTM as `init_lstm(2, H, 1, …)` makes it, read by `learned_update`; horizon: the
    number of steps that it was trained for; rates: of "SGD" and "Adam", to begin with. The
    curvatures are √κ across the valley and 1/√κ along it, κ the condition number; the start turns
    with the valley. Controls: κ, the angle, the rates, and the number of steps.
    """
    params = {name: tensor.detach() for name, tensor in params.items()}
    minimum = torch.zeros(2)

    @lru_cache
    def learned(condition, angle, n_steps):
        return _learned_path(params, _hessian(condition, angle), _start(angle), n_steps)

    def draw_optimisers(axes, condition, angle, rate, adam_rate, n_steps):
        hessian, start = _hessian(condition, angle), _start(angle)
        paths = {
            "learned": learned(condition, angle, n_steps),
            "SGD": _sgd_path(hessian, start, n_steps, lr=rate),
            "Adam": _adam_path(hessian, start, n_steps, lr=adam_rate),
        }
        shown = {}
        for name, points in paths.items():
            shown[name] = points, quadratic_loss(points, hessian, minimum), LOOKS[name]
        draw.draw_paths(axes, Quadratic(hessian, minimum, start), shown, horizon)
        axes[1].set(xlim=(-2, MOST_STEPS + 2), ylim=LOSSES)
        first = shown["SGD"][1][0].item()
        last = {name: losses[-1].item() for name, (_, losses, _) in shown.items()}
        told = ", ".join(
            f"{name} {loss:.3g}" if loss < draw.RUNAWAY * first else f"{name} runs away"
            for name, loss in last.items()
        )
        along = shown["learned"][1].mean()
        return f"Loss after {n_steps} steps, from {first:.3g}: {told}. Learned, mean: {along:.3g}."

    controls = {
        "condition": log_slider("Condition number κ", 10.0, 1.0, 100.0),
        "angle": int_slider("Angle", 30, 0, 90, "degrees"),
        "rate": log_slider("Rate of SGD", rates["SGD"], 0.001, 3.0),
        "adam_rate": log_slider("Rate of Adam", rates["Adam"], 0.001, 1.0),
        "n_steps": int_slider("Steps", min(2 * horizon, MOST_STEPS), 5, MOST_STEPS),
    }
    alt = "Left, ways of three optimisers over a valley; right, their losses by step."
    return LiveFigure(draw_optimisers, controls, alt=alt, columns=2, size=(9.2, 4))


def _start(angle):
    """Where all begin: the same place of the valley at every angle."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return torch.tensor([[cos, -sin], [sin, cos]]) @ torch.tensor(START)


def _hessian(condition, angle):
    return plane_hessian(
        condition=condition, angle=math.radians(angle), steepest=math.sqrt(condition)
    )


@torch.no_grad()
def _learned_path(params, hessian, theta, n_steps):
    """The points of a learned optimiser on ½ θᵀHθ, as those of `lstm.optimise` but seven times as
    fast, because the gradient Hθ is written out: (n_steps + 1, 2)."""
    state, points = start_state(params, *theta.shape), [theta]
    for _ in range(n_steps):
        step, state = learned_update(params, hessian @ theta, state)
        theta = theta + step
        points.append(theta)
    return torch.stack(points)


def _sgd_path(hessian, theta, n_steps, *, lr):
    """The points of gradient descent on ½ θᵀHθ: (n_steps + 1, 2)."""
    points = [theta]
    for _ in range(n_steps):
        points.append(points[-1] - lr * (hessian @ points[-1]))
    return torch.stack(points)


def _adam_path(hessian, theta, n_steps, *, lr):
    """The points of Adam (Kingma & Ba 2015, Alg. 1) on ½ θᵀHθ: (n_steps + 1, 2)."""
    points, mean, square = [theta], torch.zeros_like(theta), torch.zeros_like(theta)
    for t in range(1, n_steps + 1):
        gradient = hessian @ points[-1]
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        step = mean / (1 - 0.9**t) / ((square / (1 - 0.999**t)).sqrt() + 1e-8)
        points.append(points[-1] - lr * step)
    return torch.stack(points)
