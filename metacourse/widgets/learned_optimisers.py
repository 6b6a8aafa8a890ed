"""The live picture of learned optimisers."""

import math
from functools import lru_cache

import torch

from metacourse.figures import learned_optimisers as draw
from metacourse.learned_optimisers import learned_update
from metacourse.lstm import start_state
from metacourse.tasks.quadratics import Quadratic, plane_hessian, quadratic_loss
from metacourse.widgets.live import LiveFigure, int_slider, log_slider

MOST_STEPS = 100  # of an optimiser
START = (-1.2, 0.9)  # of every optimiser; the minimum is at 0
LOSSES = 1e-7, 1e3  # shown of an optimiser
LOOKS = {"learned": "learned", "SGD": "sgd", "Adam": "adam"}


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
        axes[0].set_title(f"κ = {condition:.3g}, turned by {angle}°", size=10)
        axes[1].set_title(f"rates: SGD {rate:.2g}, Adam {adam_rate:.2g}", size=10)
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
        "n_steps": int_slider("Steps", MOST_STEPS, 5, MOST_STEPS),
    }
    alt = "Left, ways of three optimisers over a valley; right, their losses by step."
    sweeps = [
        {"condition": [1, 2, 5, 10, 20, 50, 100]},
        {"condition": [1, 10, 100], "angle": [0, 15, 30, 45, 90]},
        {"rate": 5},
        {"adam_rate": 5},
        {"n_steps": [10, 20, 50]},
    ]
    look = {"alt": alt, "columns": 2, "size": (9.2, 4)}
    return LiveFigure(draw_optimisers, controls, **look, sweeps=sweeps)


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
    """The points of a learned optimiser on ½ θᵀHθ, as those of `optimise` but seven times as fast,
    because the gradient Hθ is written out: (n_steps + 1, 2)."""
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
