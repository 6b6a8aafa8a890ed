"""Chapter 04's live pictures: every control to both ends, and what they say."""

import math
import re

import pytest
import torch

from metacourse.figures.siamese import separation
from metacourse.siamese import contrastive_loss, pair_distances
from metacourse.widgets import siamese as widgets
from tests.widgets.sweep import sweep

LABELS = torch.arange(4).repeat_interleave(5)


@pytest.fixture
def plane():
    return widgets.margin_widget()


@pytest.fixture
def checkpoints(generator):
    """Embeddings (20, 6) that spread class by class during training."""
    centres = torch.randn(4, 6, generator=generator)[LABELS]
    noise = torch.randn(20, 6, generator=generator)
    return {step: noise + step / 25 * centres for step in (0, 50, 100)}


@pytest.fixture
def training(checkpoints):
    losses = torch.linspace(2, 1, 100)
    names = ["alpha", "beta", "gamma", "delta"]
    return widgets.embedding_widget(checkpoints, LABELS, names, losses, margin=1.0)


def arrow(plane, which):
    line = plane.chart.lines[which]
    return torch.tensor([line["x"], line["y"]], dtype=torch.float64).T


def numbers(readout):
    """The numbers of the read-out, by name."""
    return {
        name: float(value.replace("−", "-"))
        for name, value in re.findall(r"(d =|loss|slope|point) (−?[\d.]+\d)", readout)
    }


# two points and a margin -------------------------------------------------------------------------


def test_every_control_of_the_margin_moves_the_picture(plane):
    sweep(plane)


def test_dragging_a_point_moves_the_picture_the_arrows_and_the_numbers(plane):
    before = plane.png, plane.readout, plane.chart.lines
    plane.chart.points = [[-0.25, -0.15], [0.3, 0.2]]
    assert all(new != old for new, old in zip((plane.png, plane.readout), before, strict=False))
    assert plane.chart.lines != before[2]
    assert plane.error is None


@pytest.mark.parametrize("same", [0, 1])
@pytest.mark.parametrize("points", [[[0.0, 0.0], [0.3, 0.4]], [[-1.0, 0.2], [0.9, -0.8]]])
def test_the_readout_is_the_loss_of_the_kernel(plane, points, same):
    plane.controls["same"].value = same
    plane.controls["margin"].value = 1.25
    plane.chart.points = points
    a, b = torch.tensor(points, dtype=torch.float64).split(1)
    expected = contrastive_loss(a, b, torch.tensor([same]), margin=1.25).item()
    told = numbers(plane.readout)
    assert told["loss"] == pytest.approx(expected, abs=6e-4)
    assert told["d ="] == pytest.approx(math.dist(*points), abs=6e-4)


@pytest.mark.parametrize("same", [0, 1])
def test_the_slope_is_that_of_finite_differences(plane, same):
    plane.controls["same"].value = same
    plane.chart.points = [[0.0, 0.0], [0.3, 0.4]]

    def loss(d):
        pair = torch.zeros(1, 1).double(), torch.tensor([[d]], dtype=torch.float64)
        return contrastive_loss(*pair, torch.tensor([same]), margin=0.8).item()

    expected = (loss(0.5 + 1e-6) - loss(0.5 - 1e-6)) / 2e-6
    assert numbers(plane.readout)["slope"] == pytest.approx(expected, abs=6e-4)


def test_the_arrows_of_a_same_pair_meet_half_way(plane):
    plane.controls["same"].value = 1
    plane.chart.points = [[-0.6, 0.0], [0.2, 0.4]]
    ends = [arrow(plane, which)[1].tolist() for which in (1, 2)]
    assert ends[0] == pytest.approx([-0.2, 0.2])
    assert ends[1] == pytest.approx([-0.2, 0.2])
    assert "pulled together" in plane.chart.readout


def test_the_arrows_of_a_near_different_pair_point_away_from_each_other(plane):
    plane.chart.points = [[-0.1, 0.0], [0.1, 0.0]]
    (start_a, end_a), (start_b, end_b) = (arrow(plane, which)[:2] for which in (1, 2))
    assert end_a[0] < start_a[0] < start_b[0] < end_b[0]
    assert torch.allclose(end_a + end_b, torch.zeros(2, dtype=torch.float64))
    assert "pushed apart" in plane.chart.readout


def test_the_arrows_of_a_near_different_pair_end_as_far_apart_as_the_margin(plane):
    plane.chart.points = [[-0.1, 0.2], [0.2, 0.3]]
    ends = [arrow(plane, which)[1] for which in (1, 2)]
    assert (ends[0] - ends[1]).norm().item() == pytest.approx(0.8)


@pytest.mark.parametrize("b", [[0.8, 0.0], [1.0, 1.0]])
def test_at_the_margin_and_beyond_nothing_moves(plane, b):
    plane.chart.points = [[0.0, 0.0], b]
    assert numbers(plane.readout)["slope"] == 0
    for which in (1, 2):
        assert (arrow(plane, which) == arrow(plane, which)[0]).all()
    assert "beyond the margin: nothing moves" in plane.chart.readout


@pytest.mark.parametrize(("same", "told"), [(0, "at one place"), (1, "They meet")])
def test_two_points_at_one_place_are_told_without_a_nan(plane, same, told):
    plane.controls["same"].value = same
    plane.chart.points = [[0.2, 0.2], [0.2, 0.2]]
    assert told in plane.chart.readout
    assert numbers(plane.readout)["slope"] == 0
    assert "nan" not in plane.readout
    assert plane.error is None


@pytest.mark.parametrize("wild", [math.nan, math.inf, -math.inf, 1e30])
def test_points_dragged_out_of_the_plane_stay_at_its_edge(plane, wild):
    plane.chart.points = [[0.0, 0.0], [wild, wild]]
    assert plane.error is None
    assert max(abs(value) for value in plane.chart.points[1]) == 1


def test_the_margin_is_drawn_as_a_circle_around_a(plane):
    plane.controls["margin"].value = 0.5
    plane.chart.points = [[0.1, 0.2], [0.9, 0.9]]
    away = (arrow(plane, 0) - torch.tensor([0.1, 0.2])).norm(dim=1)
    assert torch.allclose(away, torch.full_like(away, 0.5))


def test_reset_puts_points_and_controls_back(plane):
    first = plane.png, plane.readout, plane.chart.lines
    plane.chart.points = [[0.0, 0.0], [1.0, 1.0]]
    plane.controls["margin"].value = 0.2
    plane.controls["same"].value = 1
    plane.reset()
    assert (plane.png, plane.readout, plane.chart.lines) == first


def test_the_reset_button_of_the_chart_resets_all(plane):
    plane.controls["margin"].value = 0.2
    plane.chart._handle_custom_msg("reset", [])
    assert plane.controls["margin"].value == 0.8


def test_without_a_kernel_both_pictures_of_the_plane_stand_there(plane):
    bundle, _ = plane._repr_mimebundle_()
    assert bundle["text/html"].count("<img") == 2
    assert "application/vnd.jupyter.widget-view+json" in bundle


# an embedding that is trained --------------------------------------------------------------------


def test_every_control_of_the_training_moves_the_picture(training):
    sweep(training)


def test_the_last_checkpoint_is_shown_first_and_each_has_its_own_readout(training, checkpoints):
    assert training.readout.startswith(f"Step {max(checkpoints)}: ")
    seen = set()
    for at, step in enumerate(checkpoints):
        training.controls["at"].value = at
        assert training.readout.startswith(f"Step {step}: ")
        seen.add((training.png, training.readout))
    assert len(seen) == 3


def test_the_readout_tells_distances_and_how_often_a_same_pair_is_nearer(training, checkpoints):
    training.controls["at"].value = 1
    same, different = pair_distances(checkpoints[50].double(), LABELS)
    assert f"mean distance {same.mean():.3g} of same and {different.mean():.3g}" in training.readout
    assert f"in {separation(same, different):.1%} of draws" in training.readout


def test_the_loss_is_the_mean_of_the_steps_before_the_checkpoint(training):
    training.controls["at"].value = 1
    expected = torch.linspace(2, 1, 100)[30:50].mean()
    assert f"loss {expected:.3g} (mean of 20 steps)" in training.readout
    training.controls["at"].value = 0
    assert "loss" not in training.readout


def test_training_separates_the_pairs(training):
    shares = []
    for at in range(3):
        training.controls["at"].value = at
        shares.append(float(re.search(r"in ([\d.]+)% of draws", training.readout)[1]))
    assert shares == sorted(shares)
    assert shares[-1] > 90


def test_turning_the_embedding_changes_no_number(training, checkpoints, generator):
    turn, _ = torch.linalg.qr(torch.randn(6, 6, generator=generator))
    turned = {step: z @ turn for step, z in checkpoints.items()}
    live = widgets.embedding_widget(turned, LABELS, losses=torch.linspace(2, 1, 100))
    live.controls["at"].value = training.controls["at"].value = 2
    assert live.readout == training.readout


def test_an_embedding_that_is_being_trained_can_be_shown(checkpoints):
    for z in checkpoints.values():
        z.requires_grad_()
    assert widgets.embedding_widget(checkpoints, LABELS).error is None


def test_an_embedding_in_a_plane_is_shown_as_it_is(checkpoints):
    flat = {step: z[:, :2] for step, z in checkpoints.items()}
    assert widgets.embedding_widget(flat, LABELS).error is None


def test_a_collapsed_embedding_is_told_by_chance(checkpoints):
    live = widgets.embedding_widget({0: checkpoints[0], 10: torch.ones(20, 6)}, LABELS)
    live.controls["at"].value = 1
    assert live.error is None
    assert "mean distance 0 of same and 0 of different" in live.readout
    assert "in 50.0% of draws" in live.readout


@pytest.mark.parametrize("wild", [torch.nan, torch.inf])
def test_a_checkpoint_that_is_not_finite_is_shown_and_told(checkpoints, wild):
    checkpoints[50] = torch.full((20, 6), wild)
    live = widgets.embedding_widget(checkpoints, LABELS)
    live.controls["at"].value = 1
    assert live.error is None
    assert "not finite" in live.readout


def test_a_last_checkpoint_that_is_not_finite_is_refused(checkpoints):
    checkpoints[100] = checkpoints[100] * torch.nan
    with pytest.raises(ValueError, match="finite"):
        widgets.embedding_widget(checkpoints, LABELS)


def test_a_single_checkpoint_is_enough(checkpoints):
    live = widgets.embedding_widget({7: checkpoints[0]}, LABELS)
    assert live.error is None
    assert live.readout.startswith("Step 7: ")


@pytest.mark.parametrize(
    ("labels", "message"),
    [(torch.zeros(20, dtype=torch.long), "two classes"), (torch.arange(20), "two images")],
)
def test_labels_without_both_kinds_of_pairs_are_refused(checkpoints, labels, message):
    with pytest.raises(ValueError, match=message):
        widgets.embedding_widget(checkpoints, labels)


def test_no_checkpoint_at_all_is_refused():
    with pytest.raises(ValueError, match="must be a checkpoint"):
        widgets.embedding_widget({}, LABELS)
