"""The live pictures of chapter 07."""

import torch

from metacourse import bayes
from metacourse.evaluation import confidence_interval
from metacourse.experiments import shifted
from metacourse.figures import bayes as draw
from metacourse.figures.linear_regression import draw_intervals
from metacourse.widgets.live import LiveFigure, choice, float_slider, int_slider, log_slider
from metacourse.widgets.points import DraggablePoints
from metacourse.widgets.steered import SteeredChart

N_LINES = 20  # drawn from what is believed
PLACES = torch.linspace(-1.2, 1.2, 25, dtype=torch.float64)

BAND = {"name": "95 % of labels", "colour": "vermillion", "dash": "6 4"}


def belief_widget(priors):
    """Points by click; what is then believed of their line: samples, the mean, a 95 % band.

    priors: {label: Prior} of slope and intercept, for the control "Prior"; the other is the
    deviation σ of a label.
    """
    return _BeliefChart(priors)


def shifted_widget(prior):
    """A family that has moved away from a prior: errors beside those of a wide prior, and whether
    the bands hold what they should.

    prior: a Prior of slope and intercept. Controls: how far the family has moved, in deviations of
    its narrow axis; the points of a task; the σ that the learner believes in.
    """

    def draw_both(axes, shift, n_shot, deviation):
        believed = prior._replace(noise=torch.tensor(deviation, dtype=torch.float64) ** 2)
        tasks = shifted.sample_tasks(shift, 2000, n_shot, seed=50)
        intervals, shares = {}, {}
        for label, (each, role) in {
            "wide prior": (shifted.as_wide(believed), "least_squares"),
            "learned prior": (believed, "bayes"),
        }.items():
            mean, variance = shifted.answers(each, tasks)
            errors = (mean - tasks.y_query).square().mean(1)
            intervals[label] = (confidence_interval(errors), role)
            shares[label] = (shifted.shares(mean, variance, tasks.y_query), role)
        draw_intervals(axes[0], intervals, noise=shifted.VARIANCE)
        draw.draw_calibration(axes[1], shifted.LEVELS, shares)
        held = shares["learned prior"][0][shifted.LEVELS.index(0.95)]
        wide, learned = (interval.mean for interval, _ in intervals.values())
        return (
            f"Error with the learned prior {learned:.3f}, with a wide one {wide:.3f}. "
            f"The learned prior's 95 % band holds {held:.0%}."
        )

    controls = {
        "shift": float_slider("Family moved by", 0.0, 0.0, 6.0, 0.5, "deviations"),
        "n_shot": int_slider("Points of a task", 3, 1, 30),
        "deviation": log_slider("Believed noise σ", 0.1, 0.01, 1.0),
    }
    alt = "Left, errors with a learned and a wide prior; right, what their bands hold."
    sweeps = [
        {"shift": [0, 2, 4], "n_shot": [1, 2, 3, 5, 10, 15, 20, 30]},
        {"shift": [1, 3, 5]},
        {"deviation": [0.02, 0.05, 0.2, 0.3, 0.5]},
    ]
    return LiveFigure(draw_both, controls, alt=alt, columns=2, size=(9.6, 4), sweeps=sweeps)


class _BeliefChart(SteeredChart):
    brain = "belief"

    def __init__(self, priors):
        self.priors = priors
        self.draws = torch.randn(N_LINES, 2, generator=torch.Generator().manual_seed(0)).double()
        chart = DraggablePoints(
            [],
            x_label="input x",
            y_label="label y",
            x_range=(-1.2, 1.2),
            y_range=(-2, 2),
            alt="Points to click, and the lines that are believed in after them.",
            points_name="points: click to add one",
            most=12,
        )
        controls = {
            "prior": choice("Prior", list(priors)),
            "deviation": log_slider("Noise σ", 0.1, 0.01, 1.0),
        }
        super().__init__(chart, controls)

    def data(self):
        priors = {
            label: {"mean": prior.mean.tolist(), "cov": prior.cov.tolist()}
            for label, prior in self.priors.items()
        }
        return {"places": PLACES.tolist(), "draws": self.draws.tolist(), "priors": priors}

    def redraw(self, _=None):
        """Condition the prior on the points where they are now."""
        noise = torch.tensor(self.controls["deviation"].value).double() ** 2
        prior = self.priors[self.controls["prior"].value]._replace(noise=noise)
        places = torch.tensor(self.chart.points, dtype=torch.float64).reshape(-1, 2)
        belief = bayes.posterior(_with_ones(places[:, 0]), places[:, 1], prior)
        spread = torch.linalg.cholesky(belief.cov)
        thetas = belief.mean + self.draws @ spread.mT  # the same draws: lines move and do not jump
        mean, variance = bayes.predictive(belief, _with_ones(PLACES), noise=noise)
        half_width = 1.96 * variance.sqrt()
        self.chart.lines = [
            *(_line(theta @ _with_ones(PLACES).T, colour="bayes") for theta in thetas),
            _line(mean, name="mean", colour="currentColor"),
            _line(mean + half_width, mean - half_width, **BAND),
        ]
        slope, intercept = (
            f"{number:.2f} ± {1.96 * deviation:.2f}".replace("-", "−")
            for number, deviation in zip(belief.mean, belief.cov.diagonal().sqrt(), strict=True)
        )
        told = f"{len(places)} point{'' if len(places) == 1 else 's'}"
        self.chart.readout = f"After {told}: slope {slope}, intercept {intercept} (95 %)."


def _with_ones(places):
    return torch.stack([places, torch.ones_like(places)], dim=1)


def _line(*parts, **look):
    """Values at `PLACES`; between two parts there is a gap."""
    x, y = ([] for _ in "xy")
    for values in parts:
        x += [*PLACES.tolist(), 0.0]
        y += [*values.tolist(), float("nan")]
    return {"x": x, "y": y, **look}
