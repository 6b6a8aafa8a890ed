"""The live picture of notebook 07d: a family that goes round, and learners that follow it."""

import torch

from metacourse.bayes import empirical_bayes
from metacourse.episodes import Episode
from metacourse.evaluation import confidence_interval
from metacourse.experiments import streams
from metacourse.figures import online as draw
from metacourse.figures.linear_regression import draw_intervals
from metacourse.linear_regression import adapted_loss, matvec
from metacourse.online import all_points, follow_the_meta_leader
from metacourse.tasks.lines import sample_normal_lines
from metacourse.widgets.live import LiveFigure, float_slider, int_slider

NOISE = 0.01  # of a label; the learners with a prior know it
KEY = "star: true mean, diamond: start, dots: past tasks,\nhexagon and rings: learned prior"
N_NEW = 500  # tasks of a round's family, to judge on


def stream_widget():
    """A family whose mean goes round, the start and the prior that are learned from a window of the
    past, and what they are worth on new tasks of this round.

    Controls: the round, the window in tasks, and how many times the mean goes round in 100 rounds.
    """
    controls = {
        "t": int_slider("Round t", 40, 1, 99),
        "window": int_slider("Window", 99, 1, 99, "tasks"),
        "times": float_slider("Drift", 1.0, 0.0, 3.0, 0.25, "times round"),
    }
    alt = "Left, the plane of slope and intercept; right, losses on new tasks of this round."
    sweeps = [
        {"window": [3, 5], "t": range(40, 50)},
        {"window": [3, 5, 10, 20, 40], "times": [0, 1]},
        {"t": [10, 20, 30, 60, 80]},
        {"times": [0.5, 1.5, 2]},
    ]
    return LiveFigure(_draw, controls, alt=alt, columns=2, size=(9.4, 3.9), sweeps=sweeps)


def _draw(axes, t, window, times):
    means = streams.around(times)
    tasks = _lines(len(means), means, 0)
    starts = follow_the_meta_leader(tasks, window=window, penalty=0.1, **streams.STEPS)
    kept = Episode(*(part[max(0, t - window) : t] for part in tasks))
    x, y = all_points(kept)
    prior = empirical_bayes(x, y, n_steps=30) if len(x) > 2 else streams.first_prior(NOISE, x)
    new = _lines(N_NEW, means[t], 1)
    losses = {
        "from 0": (streams.from_zero(new, **streams.STEPS), "scratch"),
        "follow the meta-leader": (adapted_loss(starts[t], new, **streams.STEPS), "maml"),
        "ridge from 0": (streams.one_prior(new, noise=NOISE), "least_squares"),
        "learned prior": (streams.posterior_loss(new, prior), "bayes"),
    }
    path = {"start, last 20 rounds": (starts[max(0, t - 20) : t + 1], "maml")}
    fitted = matvec(torch.linalg.pinv(x), y)
    draw.draw_plane(axes[0], means, path, here=means[t].tolist(), prior=prior, tasks=fitted)
    axes[0].set_title(KEY, size=9)  # drawn sooner than a legend, and few ticks sooner than many
    axes[0].set(xticks=(-2, 0, 2), yticks=(-2, 0, 2))
    intervals = {name: (confidence_interval(of), role) for name, (of, role) in losses.items()}
    draw_intervals(axes[1], intervals, noise=NOISE)
    axes[1].set_xlabel(f"query loss on {N_NEW} new tasks")
    axes[1].locator_params(axis="x", nbins=3)
    told = ", ".join(f"{name} {interval.mean:.3f}" for name, (interval, _) in intervals.items())
    return f"Round {t}, new tasks: {told}."


def _lines(n_tasks, mean, seed):
    generator = torch.Generator().manual_seed(seed)
    how = {"cov": streams.COV, "n_shot": streams.N_SHOT, "generator": generator}
    return sample_normal_lines(n_tasks, mean=mean, **how)
