"""The live pictures of chapter 03."""

from math import pi

import torch
from torch.func import vmap

from metacourse.episodes import Episode
from metacourse.figures import linear_regression as surfaces
from metacourse.figures import maml as draw
from metacourse.maml import inner_adapt, losses_by_step, maml_loss
from metacourse.widgets.live import LiveFigure, choice, float_slider, int_slider, log_slider

MOST_STEPS = 10
RUNAWAY = 1000.0  # a loss above it; the tasks' own are below 100
AMPLITUDES, PHASES = (-1.0, 5.0), (-pi / 2, 3 * pi / 2)  # the plane of starts
ROLES_OF_ARROWS = {
    "exact": "maml",
    "first-order": "first_order",
    "Reptile": "reptile",
    "joint": "joint",
}


def adaptation_widget(loss_fn, predict, starts, tasks, *, lr_inner):
    """A network before and after inner steps on a sinusoid task, from several starts.

    loss_fn(params, x, y) → (); predict(params, x) → like y; `starts` maps a label to (params,
    role), all of one shape. tasks: an Episode of B tasks with as many support points as the slider
    for K may offer, and queries dense enough to draw the true curve with (a hundred or more).
    Controls: the number of steps k, K, the inner rate α and the task.
    """
    dicts, roles = zip(*starts.values(), strict=True)
    stacked = {name: torch.stack([params[name].detach() for params in dicts]) for name in dicts[0]}
    n_tasks, most_shots = tasks.x_support.shape[:2]

    def draw_adaptation(axes, n_steps, n_shot, lr_inner, task):
        x_support, y_support, x_query, y_query = (part[task - 1] for part in tasks)
        shown = Episode(x_support[:n_shot], y_support[:n_shot], x_query, y_query)

        def descend(params):
            adapted = inner_adapt(loss_fn, params, *shown[:2], lr_inner=lr_inner, n_steps=n_steps)
            losses = losses_by_step(loss_fn, params, shown, rates=[lr_inner] * MOST_STEPS)
            return predict(adapted, x_query), losses

        curves, losses = vmap(descend)(stacked)  # (starts, Q, 1), (starts, MOST_STEPS + 1)
        curves = zip(starts, curves, roles, strict=True)
        draw.draw_sinusoid_task(axes[0], shown, {label: look for label, *look in curves})
        by_start = zip(starts, losses, roles, strict=True)
        draw.draw_descent(axes[1], {label: look for label, *look in by_start}, n_steps)
        found = ", ".join(map(_told, starts, losses[:, n_steps].tolist()))
        return (
            f"Query loss after {_counted(n_steps, 'step')} on {_counted(n_shot, 'point')}: {found}."
        )

    controls = {
        "n_steps": int_slider("Inner steps k", 1, 0, MOST_STEPS),
        "n_shot": int_slider("Support points K", min(10, most_shots), 1, most_shots),
        "lr_inner": log_slider("Inner rate α", lr_inner, 0.001, 1.0),
        "task": int_slider("Task", 1, 1, n_tasks),
    }
    alt = "Left, a sine curve, its support points and the models; right, their losses by step."
    sweeps = [
        {"n_steps": [2, 3, 5], "task": 4},
        {"n_steps": [1, 2, 10], "n_shot": [2, 5]},
        {"n_steps": [2, 5, 10], "lr_inner": [10 * lr_inner]},
        {"lr_inner": [0.3 * lr_inner, 3 * lr_inner, 30 * lr_inner]},
    ]
    return LiveFigure(draw_adaptation, controls, alt=alt, columns=2, size=(9, 4), sweeps=sweeps)


def arrows_widget(loss_fn, tasks, *, lr_inner=0.05):
    """Where four outer updates would take a start of two numbers, {"amplitude": (), "phase": ()}.

    The start is a point of a plane; rings are MAML's objective, a star where it is lowest, arrows
    point downhill, all of one length. tasks: an Episode of B sinusoid tasks. Controls: the number
    of steps k, the inner rate α, and whether the objective is that of all tasks or of one alone.
    """
    n_tasks, dtype = len(tasks.x_query), tasks.x_query.dtype
    grid, base = _plane(41, 0.0, dtype), _plane(7, 0.07, dtype)

    def draw_four(axes, n_steps, lr_inner, shown):
        chosen = tasks if shown == 0 else Episode(*(part[shown - 1 : shown] for part in tasks))
        steps = {"lr_inner": lr_inner, "n_steps": n_steps}

        def height(start):
            return maml_loss(loss_fn, _params(start), chosen, **steps)

        def directions(start):
            found = draw.outer_directions(loss_fn, _params(start), chosen, **steps)
            return {name: torch.stack([*way.values()]) for name, way in found.items()}

        with torch.no_grad():
            heights = vmap(height)(grid.flatten(0, 1)).unflatten(0, grid.shape[:2])
        downhill = vmap(directions)(base.flatten(0, 1))  # each (starts, 2)
        still = n_steps == 0 or lr_inner == 0
        if still:
            del downhill["Reptile"]
        draw.draw_plane(axes, grid, heights.nan_to_num(1e6).clamp(max=1e6))
        arrows = {
            name: (way.unflatten(0, base.shape[:2]), ROLES_OF_ARROWS[name])
            for name, way in downhill.items()
        }
        surfaces.draw_arrows(axes, base, arrows)
        axes.set(xlim=AMPLITUDES, ylim=PHASES, aspect="equal")
        axes.set(xlabel="start's amplitude a", ylabel="start's phase b, radians")
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
        exact = downhill.pop("exact")
        medians = {
            name: surfaces.angle(exact, way).median().item() for name, way in downhill.items()
        }
        told = ", ".join(f"{name} {median:.0f}°" for name, median in medians.items())
        rest = " Reptile stays where it is." if still else ""
        return f"Median angle to the exact one: {told}.{rest}"

    one_by_one = {f"task {number} alone": number for number in range(1, n_tasks + 1)}
    controls = {
        "n_steps": int_slider("Inner steps k", 3, 0, MOST_STEPS),
        "lr_inner": float_slider("Inner rate α", lr_inner, 0.0, 0.2, 0.005),
        "shown": choice("Objective of", {f"all {n_tasks} tasks": 0} | one_by_one),
    }
    alt = "MAML's objective over the plane of starts as rings, with four kinds of downhill arrows."
    sweeps = [
        {"n_steps": [1, 2, 5, 10]},
        {"n_steps": [3, 10], "lr_inner": [0.05, 0.15, 0.2]},
        {"shown": [0, 1]},
    ]
    return LiveFigure(draw_four, controls, alt=alt, size=(7.5, 5.4), sweeps=sweeps)


def _plane(n, margin, dtype):
    """Starts (n, n, 2): amplitude along columns, phase along rows, up to a margin at the edges."""
    share = torch.linspace(margin, 1 - margin, n, dtype=dtype)
    amplitude, phase = (low + (high - low) * share for low, high in (AMPLITUDES, PHASES))
    phase, amplitude = torch.meshgrid(phase, amplitude, indexing="ij")
    return torch.stack([amplitude, phase], -1)


def _params(start):
    return {"amplitude": start[0], "phase": start[1]}


def _told(label, loss):
    return f"{label} {loss:.3g}" if loss < RUNAWAY else f"{label} runs away"


def _counted(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"
