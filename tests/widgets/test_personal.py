"""The live picture of notebook 10a."""

import re

import pytest
import torch

from metacourse import bayes
from metacourse.experiments.invented import shelf
from metacourse.widgets.personal import taste_widget
from tests.widgets.sweep import sweep


@pytest.fixture(scope="module")
def made():
    return taste_widget(shelf())


@pytest.fixture
def live(made):
    made.reset()
    return made


def foretold(live):
    """What is said of the last film: the stars, and how sure."""
    found = re.search(r"have not seen, ([\d.]+) ± ([\d.]+) stars", live.readout)
    return tuple(map(float, found.groups()))


def test_every_control_moves_the_picture(live):
    sweep(live)


def test_nothing_rated_foretells_the_average(live):
    last = shelf().means[-1].item()
    assert foretold(live)[0] == pytest.approx(last, abs=0.05)
    assert "0 films rated" in live.readout


def test_ratings_are_told_to_the_posterior(live):
    live.controls["film_0"].value, live.controls["film_1"].value = 5.0, 1.0
    ours = shelf()
    seen = torch.tensor([0, 1])
    away = torch.tensor([5.0, 1.0]).double() - ours.means[seen]
    belief = bayes.posterior(ours.features[seen], away, ours.prior)
    above, variance = bayes.predictive(belief, ours.features, noise=0.0)
    expected = (ours.means + above)[-1].item(), 1.96 * variance[-1].sqrt().item()
    assert foretold(live) == pytest.approx(expected, abs=0.051)
    assert "2 films rated" in live.readout


def test_who_likes_it_loud_is_foretold_more_of_a_loud_film_and_is_less_unsure(live):
    before = foretold(live)
    live.controls["film_0"].value, live.controls["film_1"].value = 5.0, 1.0
    after = foretold(live)
    assert after[0] > before[0] + 0.3
    assert after[1] < before[1]


def test_a_prior_that_shares_nothing_takes_ratings_at_their_word(live):
    for place, stars in enumerate((5, 1, 3, 4)):
        live.controls[f"film_{place}"].value = stars
    shared = foretold(live)
    live.controls["prior"].value = live.controls["prior"].options["sharing nothing"]
    assert foretold(live)[1] > shared[1]


def test_each_film_has_its_stars_and_can_be_taken_back(live):
    first = live.png
    live.controls["film_3"].value = 2.0
    assert "1 film rated" in live.readout
    live.controls["film_3"].value = 0.0
    assert live.png == first


def test_what_the_text_asks_for_is_recorded(live):
    found = live.record()
    assert found["together"][0] == [
        "Thunder over Mars (stars, 0: not seen)",
        "Three Letters (stars, 0: not seen)",
        "Prior",
    ]
