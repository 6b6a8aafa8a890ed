"""The live pictures of notebook 08b: points by hand, read by networks that stand still."""

import math

import torch

from metacourse import bayes
from metacourse.attention import gradient_step_weights, linear_attention, prompt
from metacourse.episodes import Episode
from metacourse.experiments import in_context
from metacourse.experiments.two_classes import by_network
from metacourse.figures import transformer as draw
from metacourse.figures.style import fast_png
from metacourse.widgets.live import choice, float_slider, int_slider
from metacourse.widgets.points import DraggablePoints
from metacourse.widgets.recorded_state import params_json
from metacourse.widgets.steered import SteeredChart

PLACES = torch.linspace(-1.2, 1.2, 49, dtype=torch.float64)
MOST_LAYERS, MOST_POINTS = 20, 10  # the transformer has read no more than ten in training
N_MAP = 32  # places of a map along a side
START = [[-0.7, -0.4], [0.1, 0.3], [0.8, 0.5]]
TWO_MOONS = [
    *([-1.4, -0.2], [-1.0, 0.7], [-0.4, 1.0], [0.2, 0.7], [0.6, -0.1]),
    *([-0.5, 0.2], [-0.2, -0.5], [0.4, -0.9], [1.0, -0.7], [1.4, 0.2]),
]


def reading_widget(params, prior):
    """Points by hand, and three lines through them that change as they move: what a transformer
    says, the posterior mean with its 95 % band, and where layers of linear attention arrive.

    params: of `in_context.trained_lines`. prior: a `bayes.Prior` of slope and intercept. Controls:
    the layers, each a step of descent from 0, and its rate α.
    """
    return _Reading(params, prior)


class _Reading(SteeredChart):
    brain = "reading"

    def __init__(self, params, prior):
        self.params, self.prior = params, prior
        chart = DraggablePoints(
            START,
            x_label="input x",
            y_label="label y",
            x_range=(-1.2, 1.2),
            y_range=(-2, 2),
            alt="Points to move, and what three learners make of them.",
            points_name="points: click to add one",
            most=MOST_POINTS,
        )
        controls = {
            "n_layers": int_slider("Linear layers", 5, 0, MOST_LAYERS),
            "lr_inner": float_slider("Rate α", 0.3, 0.0, 1.5, 0.05),
        }
        super().__init__(chart, controls)

    def data(self):
        prior = {name: part.tolist() for name, part in self.prior._asdict().items()}
        return {"params": params_json(self.params), "prior": prior, "places": PLACES.tolist()}

    def redraw(self, _=None):
        """Read the points where they are now."""
        places = torch.tensor(self.chart.points, dtype=torch.float64).reshape(-1, 2)
        x, y, x_query = _with_one(places[:, 0]), places[:, 1], _with_one(PLACES)
        said = in_context.answers(self.params, x, y, x_query)
        belief = bayes.posterior(x, y, self.prior)
        mean, variance = bayes.predictive(belief, x_query, noise=self.prior.noise)
        reach = 1.96 * variance.sqrt()
        peeled = layers(x, y, x_query, self.controls["lr_inner"].value)
        n_layers = self.controls["n_layers"].value
        self.chart.lines = [
            *(_line(curve, colour="first_order") for curve in peeled[:n_layers]),
            _line(mean + reach, mean - reach, name="95 % of labels", colour="bayes", dash="2 4"),
            _line(mean, name="Bayes", colour="bayes", dash="6 4"),
            _line(peeled[n_layers], name="linear layers", colour="first_order", dash="10 4"),
            _line(said, name="transformer", colour="currentColor"),
        ]
        near, far = (_apart(curve, mean) for curve in (said, peeled[n_layers]))
        self.chart.readout = (
            f"After {_number(len(y), 'point')}, mean distance from Bayes: the transformer {near}, "
            f"{_number(n_layers, 'linear layer')} {far}."
        )


def layers(x, y, x_query, lr_inner):
    """What 0, 1, … 20 layers of linear attention say to queries: (21, Q)."""
    tokens, said = prompt(x, y, x_query), []
    weights = gradient_step_weights(x.shape[-1], lr_inner)
    for _ in range(MOST_LAYERS + 1):
        said.append(-tokens[len(y) :, -1])
        if len(y):
            tokens = linear_attention(weights, tokens, len(y))
    return torch.stack(said)


def classes_widget(networks):
    """Points of two classes by hand, and a map of what a prior-fitted network makes of them in one
    pass.

    networks: {label: params} as they ship, "prior_fitted" and "prior_fitted_lines". Controls: which
    of them, and the class of the points that are added.
    """
    return _Classes(networks)


class _Classes(SteeredChart):
    brain = "classes"

    def __init__(self, networks):
        self.networks = networks
        reach = -draw.REACH, draw.REACH
        chart = DraggablePoints(
            TWO_MOONS,
            x_label="first input",
            y_label="second input",
            x_range=reach,
            y_range=reach,
            alt="Points of two classes, and the chance of class 1 as a map.",
            points_name="round: class 0, square: class 1",
            most=40,
        )
        chart.size = [520, 520]
        chart.kinds = [0] * 5 + [1] * 5
        self.before = chart.points
        controls = {
            "network": choice("Fitted to", list(networks)),
            "kind": choice("A click adds", {"class 0": 0, "class 1": 1}),
        }
        super().__init__(chart, controls)

    def data(self):
        networks = {label: params_json(params) for label, params in self.networks.items()}
        the_map = draw.map_places(N_MAP).double().tolist()
        return {"networks": networks, "map": the_map, "sides": draw.SIDES.tolist()}

    def reset(self):
        """Put the controls and the classes back; the chart does so with its points."""
        super().reset()
        self.chart.kinds = [0] * 5 + [1] * 5
        self.redraw()

    def redraw(self, _=None):
        """Classify the plane by the points where they are now."""
        self.chart.kinds = kinds_after(
            self.before, self.chart.points, self.chart.kinds, self.controls["kind"].value
        )
        self.before = self.chart.points
        x = torch.tensor(self.chart.points).reshape(-1, 2)
        y = torch.tensor(self.chart.kinds, dtype=torch.int64)
        if len(y) == 0:
            self.chart.shade = fast_png(draw.shade(torch.full((2, 2), 0.5)))
            self.chart.readout = "No point is told: click to add one."
            return
        params = self.networks[self.controls["network"].value]
        task = Episode(x, y, torch.cat([draw.map_places(N_MAP), x]), y)
        chances = by_network(params, task)
        the_map, own = chances[: -len(y)].view(N_MAP, N_MAP), chances[-len(y) :]
        self.chart.shade = fast_png(draw.shade(the_map))
        right = int(((own > 0.5) == y).sum())
        self.chart.readout = (
            f"{_number(len(y), 'point')}, {right} on the right side. Class 1 has "
            f"{(the_map > 0.5).double().mean():.0%} of the map; where it is surest, its chance is "
            f"{the_map.max():.0%}."
        )


def kinds_after(before, after, kinds, new):
    """The kinds of points after some were added at the end, or one was taken away."""
    if len(after) == len(before) - 1:
        gone = next((i for i, point in enumerate(after) if point != before[i]), len(after))
        return kinds[:gone] + kinds[gone + 1 :]
    return [*kinds[: len(after)], *[new] * (len(after) - len(kinds))]


def _with_one(places):
    return torch.stack([places, torch.ones_like(places)], dim=1)


def _line(*parts, **look):
    """Values at `PLACES`; between two parts there is a gap."""
    x, y = ([] for _ in "xy")
    for values in parts:
        x += [*PLACES.tolist(), 0.0]
        y += [*values.tolist(), math.nan]
    return {"x": x, "y": y, **look}


def _number(n, what):
    return f"{n} {what}{'' if n == 1 else 's'}"


def _apart(said, mean):
    distance = (said - mean).abs().mean().item()
    return f"{distance:.2f}" if distance < 100 else "out of sight"
