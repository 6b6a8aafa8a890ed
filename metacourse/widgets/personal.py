"""The live picture of notebook 10a: somebody rates films, and a belief about their taste moves."""

import math

import torch

from metacourse import bayes
from metacourse.bayes import Prior
from metacourse.figures import personal as draw
from metacourse.personal import LEAST
from metacourse.widgets.live import LiveFigure, choice, float_slider

N_RATED = 6  # of the shelf; of the others nothing can be told
FLAT = 100.0  # how many times as wide a prior is that shares nothing
NOT_SEEN = 0.0


def taste_widget(shelf):
    """Rate films: what is foretold for you, film by film, and what is believed of your taste.

    shelf: an `invented.Shelf` of seven films or more, two traits. Controls: your stars for each of
    the first six, 0 for not seen; the prior, learned from others or one that shares nothing.
    """
    priors = {"learned from others": 1.0, "sharing nothing": FLAT}
    films = {
        f"film_{place}": float_slider(title, NOT_SEEN, NOT_SEEN, 5.0, 0.5, "stars, 0: not seen")
        for place, title in enumerate(shelf.titles[:N_RATED])
    }
    controls = {"prior": choice("Prior", priors), **films}

    def show(axes, prior, **stars):
        given = torch.tensor([*stars.values()], dtype=torch.float64)
        believed = shelf.prior._replace(cov=prior * shelf.prior.cov)
        return _show(axes, shelf, believed, given, given >= LEAST)

    sweeps = [
        {"film_0": [0, 0.5, 3, 5], "film_1": [0, 0.5, 3, 5], "prior": 2},
        {"film_0": [0, 5], "film_3": [0, 5], "film_5": [0, 5]},
        {"film_1": [0, 5], "film_2": [0, 5], "film_4": [0, 5]},
    ]
    alt = (
        "Left, eight films with the stars foretold for you; right, what is believed of your taste."
    )
    return LiveFigure(show, controls, alt=alt, columns=2, size=(9.6, 4.4), sweeps=sweeps)


def _show(axes, shelf, prior, given, told):
    x, y = shelf.features[:N_RATED][told], (given - shelf.means[:N_RATED])[told]
    belief = bayes.posterior(x, y, prior)
    above, variance = bayes.predictive(belief, shelf.features, noise=0.0)
    rated = torch.full_like(shelf.means, math.nan)
    rated[:N_RATED][told] = given[told]
    foretold, deviation = shelf.means + above, variance.sqrt()
    draw.draw_foretold(axes[0], shelf.titles, shelf.means, foretold, deviation, rated)
    before = shelf.prior.mean[1:], shelf.prior.cov[1:, 1:]
    draw.draw_taste(axes[1], before, (belief.mean[1:], belief.cov[1:, 1:]), shelf.poles)
    return _told(shelf, prior, belief, foretold, deviation, int(told.sum()))


def _told(shelf, prior: Prior, belief, foretold, deviation, n_told):
    mean, spread = belief.mean[0].item(), 1.96 * belief.cov[0, 0].sqrt().item()
    new = len(shelf.titles) - 1
    side = f"{mean:+.2f}".replace("-", "−")
    told = f"{n_told} film{'' if n_told == 1 else 's'} rated"
    return (
        f"{told}: you are {side} ± {spread:.2f} stars from the average of others; "
        f"{shelf.titles[new]}, which you have not seen, "
        f"{foretold[new]:.1f} ± {1.96 * deviation[new]:.1f} stars for you, "
        f"{shelf.means[new]:.1f} on average."
    )
