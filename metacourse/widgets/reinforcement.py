"""The live pictures of notebook 09b: a goal under the hand, and a cloud of estimated gradients."""

import math

import torch

from metacourse.experiments import navigation as nav
from metacourse.figures import reinforcement as draw
from metacourse.reinforcement import (
    MOTORS,
    N_MOVES,
    STD,
    adapt,
    expected_return,
    return_gradient,
    rollout,
    scores,
)
from metacourse.widgets.live import LiveFigure, choice, float_slider, int_slider, log_slider
from metacourse.widgets.points import DraggablePoints
from metacourse.widgets.steered import SteeredChart

REACH = 0.8  # metres
MOST_STEPS, N_WALKS = 5, 4
FAR, RUNAWAY = 20.0, -10.0  # what runs away is drawn up to here; a return below it
N_ESTIMATES, MOST_TRAJECTORIES = 60, 1000
GOAL = [0.35, 0.4]


def goal_widget(starts):
    """A goal to drag, and the walks to it of several starts before and after exact steps.

    starts: {label: (θ (2, 3), role)}. Controls: the steps and their rate α. Dashed is the mean walk
    before, solid the one after; thin lines are walks with their noise, the same at every goal.
    """
    return _Goal(starts)


class _Goal(SteeredChart):
    brain = "goal"

    def __init__(self, starts):
        self.starts = starts
        self.luck = nav.sample_noise(1, N_WALKS, torch.Generator().manual_seed(3))[0]
        reach = -REACH, REACH
        chart = DraggablePoints(
            [GOAL],
            x_label="metres, strong motor",
            y_label="metres, weak motor",
            x_range=reach,
            y_range=reach,
            alt="A goal to move, and the walks of starts before and after steps.",
        )
        chart.size, chart.names = [560, 560], ["goal"]
        controls = {
            "n_steps": int_slider("Steps", 1, 0, MOST_STEPS),
            "lr_inner": float_slider("Inner rate α", 0.5, 0.0, 1.5, 0.05),
        }
        super().__init__(chart, controls)

    def data(self):
        starts = {label: theta.double().tolist() for label, (theta, _) in self.starts.items()}
        robot = {"motors": MOTORS, "std": STD, "n_moves": N_MOVES}
        return {"starts": starts, "luck": self.luck.tolist(), "robot": robot}

    def redraw(self, _=None):
        """Walk to the goal where it is now."""
        goal = torch.tensor(self.chart.points[0], dtype=torch.float64)
        thetas = torch.stack([theta.double() for theta, _ in self.starts.values()])
        steps = {name: control.value for name, control in self.controls.items()}
        goals = goal.expand(len(thetas), 2)
        adapted = adapt(thetas, goals, **steps)
        returns = (expected_return(each, goals).tolist() for each in (thetas, adapted))
        lines, told = [], []
        looks = zip(self.starts.items(), thetas, adapted, *returns, strict=True)
        for (label, (_, role)), theta, after, before, now in looks:
            lines += [_line(walk, colour=role) for walk in nav.walks(after, goal, self.luck)]
            lines += [_mean(theta, goal, name=f"{label}, before", colour=role, dash="3 5")]
            lines += [_mean(after, goal, name=f"{label}, after", colour=role)]
            told.append(f"{label} {_number(before)} → {_number(now)}")
        self.chart.lines = lines
        best = _number(expected_return(nav.jump_to(goal), goal).item())
        n = steps["n_steps"]
        self.chart.readout = (
            f"Return after {n} step{'' if n == 1 else 's'}: {', '.join(told)}. "
            f"Who knows the goal: {best}."
        )


def cloud_widget(theta, goal, *, lr_inner):
    """Estimates of a gradient by n trajectories each, around the exact one, and what a step by each
    of them brings.

    theta (2, 3), goal (2,); lr_inner: the rate α of the step. Controls: the trajectories n, and
    what an action answers for.
    """
    theta, goal = theta.float(), goal.float()  # half the numbers, half the time
    generator = torch.Generator().manual_seed(4)
    luck = nav.sample_noise(N_ESTIMATES, MOST_TRAJECTORIES, generator).float()
    states, actions, rewards = rollout(theta, goal, luck)
    all_scores = scores(theta, states, actions)
    exact = return_gradient(theta, goal)
    before, after = (
        expected_return(each, goal).item() for each in (theta, theta + lr_inner * exact)
    )
    reach = 2.5 * exact[:, 2].norm().item()

    def draw_both(axes, n, credit):
        n = round(n)
        found = nav.credited(all_scores[:, :n], rewards[:, :n], credit)
        returns = expected_return(theta + lr_inner * found, goal)
        draw.draw_estimates(axes[0], exact[:, 2], found[..., 2], reach)
        draw.draw_returns(axes[1], returns, after, before)
        angle = nav.degrees(found, exact).median().item()
        return (
            f"{n} trajectories: median angle to the exact gradient {angle:.1f}°, median return "
            f"after a step {_number(returns.median().item())}; exact {_number(after)}, before "
            f"{_number(before)}."
        )

    controls = {
        "n": log_slider("Trajectories n", 20, 5, MOST_TRAJECTORIES),
        "credit": choice("Takes away noise", list(nav.CREDITS), "both"),
    }
    alt = "Left, estimated gradients around the exact one; right, returns after a step by each."
    sweeps = [{"n": [5, 10, 20, 50, 100, 200, 500, 1000], "credit": list(nav.CREDITS)}]
    return LiveFigure(draw_both, controls, alt=alt, columns=2, size=(9.4, 4.2), sweeps=sweeps)


def _mean(theta, goal, **look):
    return _line(nav.walks(theta, goal, torch.zeros(1, N_MOVES, 2).double())[0], **look)


def _line(walk, **look):
    farthest = walk.abs().amax(-1, keepdim=True)
    x, y = (walk * (FAR / farthest).clamp(max=1)).T.tolist()  # as far, in its direction
    return {"x": x, "y": y, **look}


def _number(value):
    if not math.isfinite(value) or value < RUNAWAY:
        return "runs away"
    return f"{value:.3f}".replace("-", "−")
