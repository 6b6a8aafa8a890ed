"""The live pictures of notebook 09a."""

import re

import pytest
import torch

from metacourse import bandits
from metacourse.experiments.bandits import new_memory
from metacourse.widgets import bandits as widgets
from tests.widgets.sweep import sweep


@pytest.fixture(scope="module")
def made():
    return widgets.bandit_widget({"RL²": new_memory()})


@pytest.fixture
def live(made):
    made.reset()
    return made


def button(live, told):
    (found,) = (
        each for each in live.children[0].children if getattr(each, "description", "") == told
    )
    return found


def paid(live):
    return int(re.search(r": (\d+) of \d+ pulls paid", live.readout)[1])


def test_a_button_pulls_its_arm(live):
    button(live, "Pull A").click()
    button(live, "Pull B").click()
    assert live.controls["pulls"].value == "AB"
    assert "8 left" in live.readout


def test_pulls_can_be_typed_as_well(live):
    live.controls["pulls"].value = "abba"
    assert "of 4 pulls paid" in live.readout


def test_the_same_pulls_of_the_same_bandit_pay_the_same(live):
    live.controls["pulls"].value = "ABABABA"
    first = live.readout
    live.controls["pulls"].value = ""
    live.controls["pulls"].value = "ABABABA"
    assert live.readout == first


def test_what_has_paid_is_not_changed_by_what_is_pulled_later(live):
    chances, luck = widgets.drawn(4)
    needed = (luck[:3, 1] < chances[1]).tolist()
    for pulls in ("BBB", "BBBA", "BBBAB"):
        live.controls["pulls"].value = pulls
        marks = re.search("[●○]+", live.readout)[0]
        assert [mark == "●" for mark in marks[:3]] == needed


def test_what_the_others_would_do_is_what_they_do_at_these_counts(live):
    live.controls["pulls"].value = "AAB"
    chances, luck = widgets.drawn(4)
    belief = torch.zeros(2, 2).double()
    for t, arm in enumerate((0, 0, 1)):
        reward = (luck[t, arm] < chances[arm]).double()
        belief = bandits.belief_update(belief, torch.tensor(arm), reward)
    said = {name: int(share) for name, share in re.findall(r"(\w+²?) (\d+)%", live.readout)}
    assert said["Thompson"] == round(100 * bandits.thompson(belief).item())
    assert said["greedy"] == round(100 * bandits.greedy(belief).item())
    assert {"optimum", "UCB1", "RL²"} <= said.keys()


def test_others_can_be_hidden(live):
    live.controls["others"].value = False
    assert "optimum" not in live.readout
    assert live.error is None


def test_after_ten_pulls_the_truth_comes_out_and_no_pull_is_left(live):
    live.controls["pulls"].value = "ABABABABAB"
    chances, _ = widgets.drawn(4)
    assert f"A pays with {chances[0]:.2f} and B with {chances[1]:.2f}" in live.readout
    button(live, "Pull A").click()
    assert live.controls["pulls"].value == "ABABABABAB"


def test_on_one_bandit_others_earn_what_they_earn_over_all_plays(live):
    live.controls["pulls"].value = "A" * 10
    told = {name: float(x) for name, x in re.findall(r"(\w+²?) (\d+\.\d+)[,;]", live.readout)}
    chances, _ = widgets.drawn(4)
    assert min(chances) * 10 < told["UCB1"] < told["optimum"] < max(chances) * 10
    assert min(chances) * 10 - 0.01 < told["RL²"] < max(chances) * 10 + 0.01


@pytest.mark.parametrize("pulls", ["C", "A" * 11, "A B", "🙂"])
def test_other_letters_are_answered_by_a_message(live, pulls):
    live.controls["pulls"].value = pulls
    assert live.error is None
    assert "each A or B" in live.readout


def test_another_bandit_is_another_picture_before_the_first_pull(live):
    first = live.png
    live.controls["number"].value = 5
    assert live.png != first


def test_reset_takes_all_pulls_back(live):
    first = live.png
    button(live, "Pull A").click()
    button(live, "Reset").click()
    assert live.controls["pulls"].value == ""
    assert live.png == first


@pytest.fixture(scope="module")
def exploring():
    return widgets.exploring_widget()


def test_every_control_of_exploring_moves_the_picture(exploring):
    sweep(exploring)


def test_an_unknown_arm_is_pulled_with_many_pulls_left_and_not_with_one(exploring):
    exploring.reset()
    assert "pull B" in exploring.readout
    assert "That is exploring." in exploring.readout
    exploring.controls["left"].value = 1
    assert exploring.readout.startswith("With 1 pull left pull A: it is worth 0.071 more than B;")


def test_what_an_arm_is_worth_more_is_the_optimums_difference_from_there_on():
    belief = torch.tensor([[3.0, 2.0], [0.0, 0.0]]).double()
    _, q = bandits.bandit_optimum(12)
    place = int((bandits.beliefs(12) == belief).all((-2, -1)).nonzero())  # 5 made, 7 left
    assert widgets.worth_more(belief)[6].item() == pytest.approx((q[place, 0] - q[place, 1]).item())


def test_two_arms_of_which_nothing_is_known_are_worth_the_same(exploring):
    exploring.reset()
    for name in ("paid_A", "not_A"):
        exploring.controls[name].value = 0
    assert exploring.readout == "With 10 pulls left both arms are worth the same."
