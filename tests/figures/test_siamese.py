"""Chapter 04's pictures show the numbers that they are given, and what they compute is right."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.offsetbox import AnnotationBbox

from metacourse.evaluation import Interval
from metacourse.figures import siamese as draw
from metacourse.figures.style import figure_html, new_figure
from metacourse.siamese import pair_distances


@pytest.fixture
def images(generator):
    return torch.randint(0, 256, (6, 28, 28), generator=generator, dtype=torch.uint8)


@pytest.fixture
def z(generator):
    return torch.randn(12, 5, generator=generator, dtype=torch.float64)


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def drawn(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def canvas(ax, row):
    return ax.images[row].get_array()


# images ------------------------------------------------------------------------------------------


def test_a_pair_stands_one_above_the_other_in_black_on_white(ax, images):
    draw.draw_pairs(ax, images[:3], images[3:], ["same", "different", "same"])
    for row, expected in ((0, images[:3]), (1, images[3:])):
        shown = canvas(ax, row)[2:30, 34:62]  # the second of three cells of 32
        assert (shown == 255 - expected[1].numpy()[:, :, None]).all()
    assert texts(ax) == ["same", "different", "same"]


def test_a_pair_without_its_caption_is_refused(ax, images):
    with pytest.raises(ValueError, match="3 images need as many captions, got 2"):
        draw.draw_pairs(ax, images[:3], images[3:], ["same", "same"])


@pytest.mark.parametrize("n_pairs", [0, 1, 6])
def test_any_number_of_pairs_is_drawn_without_a_warning(ax, images, n_pairs):
    draw.draw_pairs(ax, images[:n_pairs], images[:n_pairs], ["same\nd = 0.00"] * n_pairs)
    figure_html(ax.figure, "no warning while drawing")


def test_the_same_image_is_equally_large_among_few_and_many_pairs(images):
    sizes = []
    for n_pairs in (1, 6):
        _, ax = new_figure()
        draw.draw_pairs(ax, images[:n_pairs], images[:n_pairs], ["same"] * n_pairs)
        sizes.append((ax.get_xlim(), ax.get_ylim()))
    assert sizes[0] == sizes[1]


def test_scores_are_bars_above_their_images_with_a_star_on_the_winner(ax, images):
    scores = torch.tensor([-2.0, -0.5, -1.25])
    draw.draw_scores(ax, scores, images[:3], label="−distance", winner=scores.argmax())
    assert [bar.get_height() for bar in ax.patches] == [-2, -0.5, -1.25]
    assert texts(ax) == ["−2", "−0.5 ★", "−1.25"]
    assert len({bar.get_facecolor() for bar in ax.patches}) == 2
    little = [artist for artist in ax.artists if isinstance(artist, AnnotationBbox)]
    assert [picture.xy[0] for picture in little] == [0, 1, 2]
    shown = little[1].offsetbox.get_data()
    assert (shown == 255 - images[1].numpy()).all()
    figure_html(ax.figure, "every letter has a shape in the font")


def test_scores_need_as_many_images(ax, images):
    with pytest.raises(ValueError, match="zip"):
        draw.draw_scores(ax, torch.zeros(2), images[:3], label="score")


# a pair's loss -----------------------------------------------------------------------------------


@pytest.mark.parametrize("margin", [0.0, 0.5, 1.0])
def test_the_losses_of_a_pair_are_those_of_the_paper(margin):
    d = torch.linspace(0, 2, 41, dtype=torch.float64)
    found = draw.pair_losses(d, margin)
    assert torch.allclose(found["same"][0], d**2)
    assert torch.allclose(found["different"][0], (margin - d).clamp(min=0) ** 2)


def test_the_slopes_are_those_of_finite_differences():
    d, step = torch.linspace(0.01, 2, 40, dtype=torch.float64), 1e-6
    found = draw.pair_losses(d, 1.0)
    up, down = draw.pair_losses(d + step, 1.0), draw.pair_losses(d - step, 1.0)
    for kind, (_, slopes) in found.items():
        expected = (up[kind][0] - down[kind][0]) / (2 * step)
        assert torch.allclose(slopes, expected, atol=1e-5)


def test_a_different_pair_at_one_place_has_slope_zero():
    assert draw.pair_losses(torch.zeros(1), 1.0)["different"][1].item() == 0


def test_a_negative_margin_is_refused():
    with pytest.raises(ValueError, match="margin must be 0 or more"):
        draw.pair_losses(torch.zeros(1), -1.0)


def test_the_contrastive_picture_has_both_curves_and_the_margin(ax):
    d = torch.linspace(0, 2, 21)
    draw.draw_contrastive(ax, d, 1.0)
    assert drawn(ax, "same pair").get_ydata()[-1] == pytest.approx(4)
    assert drawn(ax, "different pair").get_ydata()[0] == pytest.approx(1)
    assert drawn(ax, "margin m = 1").get_xdata() == [1, 1]
    styles = {drawn(ax, f"{kind} pair").get_linestyle() for kind in ("same", "different")}
    assert len(styles) == 2


def test_the_slope_of_a_different_pair_does_not_jump_along_the_curve():
    _, (ax, slopes) = new_figure(1, 2)
    draw.draw_contrastive(ax, torch.linspace(0, 2, 201), 1.0, slopes)
    curve = drawn(slopes, "different pair")
    assert curve.get_ydata()[0] == pytest.approx(-2, abs=0.05)
    assert np.abs(np.diff(curve.get_ydata())).max() < 0.05
    dots = [line.get_data() for line in slopes.lines if line.get_marker() == "s"]
    assert [(list(x), list(y)) for x, y in dots] == [([0.0], [0.0])]


def test_a_margin_beyond_the_picture_is_left_out(ax):
    draw.draw_contrastive(ax, torch.linspace(0, 1, 11), 1.5)
    assert not [line for line in ax.lines if line.get_label().startswith("margin")]
    figure_html(ax.figure, "no warning while drawing")


# embeddings and distances ------------------------------------------------------------------------


def test_the_projection_keeps_distances_of_points_in_a_plane(z):
    plane, _ = torch.linalg.qr(z[:5, :2])  # (5, 2)
    flat = torch.randn(9, 2, dtype=z.dtype, generator=torch.Generator().manual_seed(1))
    points = 3 + flat @ plane.T
    mean, directions = draw.projection(points)
    shown = (points - mean) @ directions
    assert torch.allclose(torch.cdist(shown, shown), torch.cdist(flat, flat))


def test_the_first_direction_spreads_most_and_the_two_are_perpendicular(z):
    mean, directions = draw.projection(z)
    spread = ((z - mean) @ directions).var(0)
    assert spread[0] > spread[1] > 0
    assert spread[0] >= z.var(0).max()
    assert torch.allclose(directions.T @ directions, torch.eye(2, dtype=z.dtype), atol=1e-12)


def test_the_projection_does_not_depend_on_the_order_of_the_images(z):
    _, directions = draw.projection(z)
    _, again = draw.projection(z.flip(0))
    assert torch.allclose(directions, again)
    assert (directions.gather(0, directions.abs().argmax(0)[None]) > 0).all()


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (5,), (2, 3, 4)])
def test_a_projection_of_too_little_is_refused(shape):
    with pytest.raises(ValueError, match=r"z needs \(n, D\)"):
        draw.projection(torch.zeros(shape))


def test_a_projection_of_what_is_not_finite_is_refused(z):
    z[0, 0] = torch.nan
    with pytest.raises(ValueError, match="finite"):
        draw.projection(z)


def test_a_collapsed_embedding_is_projected_to_one_place():
    collapsed = torch.ones(6, 4)
    mean, directions = draw.projection(collapsed)
    assert ((collapsed - mean) @ directions == 0).all()


def test_ten_classes_differ_in_marker_and_in_colour_or_shape():
    assert len(draw.CLASSES) == 10
    assert len({marker for _, marker in draw.CLASSES}) == 10


def test_the_embedding_has_the_points_of_each_class_and_a_key(ax):
    z = torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    draw.draw_embedding(ax, z, torch.tensor([1, 0, 1]), ["alpha", "beta"])
    assert drawn(ax, "alpha").get_xydata().tolist() == [[2, 3]]
    assert drawn(ax, "beta").get_xydata().tolist() == [[0, 1], [4, 5]]
    assert texts(ax) == ["alpha", "beta"]
    in_key = [line.get_marker() for line in ax.lines if line.get_transform() == ax.transAxes]
    assert in_key == [marker for _, marker in draw.CLASSES[:2]]
    assert ax.get_aspect() == 1


def test_the_key_lies_inside_the_figure_and_does_not_change_the_limits():
    figure, ax = new_figure(size=(5, 4))
    z, labels = torch.linspace(100, 101, 60).reshape(30, 2), torch.arange(30) % 10
    draw.draw_embedding(ax, z, labels, [f"Greek letter {i}" for i in range(10)])
    figure_html(figure, "laid out")
    assert ax.get_ylim()[0] > 98
    assert ax.get_xlim()[0] > 98
    boxes = [text.get_window_extent() for text in ax.texts]
    assert max(box.x1 for box in boxes) <= figure.bbox.x1
    assert all(low.y1 <= high.y0 for high, low in pairwise(boxes))


def test_points_that_are_not_finite_are_left_out(ax):
    z = torch.tensor([[0.0, 1.0], [torch.nan, 3.0], [4.0, torch.inf]])
    draw.draw_embedding(ax, z, torch.tensor([0, 0, 1]))
    assert drawn(ax, "class 0").get_xydata().tolist() == [[0, 1]]
    figure_html(ax.figure, "no warning while drawing")


@pytest.mark.parametrize("label", [10, -1])
def test_a_class_without_a_look_is_refused(ax, label):
    with pytest.raises(ValueError, match="labels must be in 0…9"):
        draw.draw_embedding(ax, torch.zeros(1, 2), torch.tensor([label]))


def test_every_pair_has_one_distance():
    z = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
    same, different = pair_distances(z, torch.tensor([0, 0, 7]))
    assert same.tolist() == [5]
    assert sorted(different.tolist()) == pytest.approx([1, 18**0.5])


def test_the_separation_is_the_share_of_choices_in_the_right_order(generator):
    same = torch.randint(0, 6, (30,), generator=generator)
    different = torch.randint(2, 9, (40,), generator=generator)
    won = (same[:, None] < different).double() + 0.5 * (same[:, None] == different).double()
    assert draw.separation(same, different) == pytest.approx(won.mean().item())


@pytest.mark.parametrize(("same", "different", "expected"), [(1, 2, 1), (2, 1, 0), (0, 0, 0.5)])
def test_the_separation_of_perfect_reversed_and_collapsed(same, different, expected):
    full = torch.full((5,), float(same)), torch.full((3,), float(different))
    assert draw.separation(*full) == expected


def test_the_separation_needs_both_kinds():
    with pytest.raises(ValueError, match="a same pair and a different pair"):
        draw.separation(torch.zeros(0), torch.zeros(3))


def outline(ax, kind):
    return next(patch for patch in ax.patches if patch.get_label() == f"{kind} pairs")


def test_the_histograms_are_shares_of_each_kind(ax):
    draw.draw_distances_histogram(ax, torch.tensor([0.1, 0.2]), torch.rand(50) + 1, 1.0, limit=2)
    for kind in ("same", "different"):
        assert outline(ax, kind).get_data().values.sum() == pytest.approx(100)
    assert ax.get_xlim() == (0, 2)
    assert drawn(ax, "margin 1").get_xdata() == [1, 1]


def test_a_collapse_stands_in_the_first_bin(ax):
    draw.draw_distances_histogram(ax, torch.zeros(5), torch.zeros(9), 1.0)
    assert outline(ax, "different").get_data().values[0] == 100
    assert ax.get_xlim()[1] > 1


def test_distances_beyond_the_limit_are_in_the_last_bin(ax):
    draw.draw_distances_histogram(ax, torch.tensor([0.5]), torch.tensor([9.0, 0.5]), limit=1.0)
    assert outline(ax, "different").get_data().values[-1] == 50


@pytest.mark.parametrize("wild", [torch.nan, torch.inf])
def test_distances_that_are_not_finite_are_counted_in_words(ax, wild):
    draw.draw_distances_histogram(ax, torch.tensor([0.5, wild]), torch.tensor([1.0, wild]))
    assert texts(ax) == ["50% of the distances are not finite"]
    figure_html(ax.figure, "no warning while drawing")


def test_histograms_of_nothing_are_drawn_too(ax):
    draw.draw_distances_histogram(ax, torch.zeros(0), torch.zeros(0))
    figure_html(ax.figure, "no warning while drawing")


# accuracy ----------------------------------------------------------------------------------------


def test_the_best_alphabet_stands_at_the_top(ax):
    found = {"Early_Aramaic": Interval(0.8, 0.01), "Greek": Interval(0.95, 0.02)}
    draw.draw_accuracy_by_alphabet(ax, found, 0.2)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["Greek", "Early Aramaic"]
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([95, 80])
    assert ax.yaxis_inverted()
    assert ax.get_xlabel() == "accuracy (%)"


def test_pixels_are_marked_beside_the_alphabet_that_they_were_scored_in(ax):
    found = {"Early_Aramaic": Interval(0.8, 0.01), "Greek": Interval(0.95, 0.02)}
    pixels = {"Early_Aramaic": Interval(0.7, 0.01), "Greek": Interval(0.6, 0.01)}
    draw.draw_accuracy_by_alphabet(ax, found, 0.2, pixels)
    marks = [line.get_xydata()[0] for line in ax.get_lines() if line.get_markersize() == 9]
    assert np.array(marks) == pytest.approx(np.array([[60, 0], [70, 1]]))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["pixels"]


def test_each_training_has_a_mark_and_each_setting_its_median(ax):
    draw.draw_seeds(ax, {"hardest": [73.0, 75.0, 74.0], "semi-hard": [91.0, 92.0]}, chance=20)
    marks = [line.get_xdata() for line in ax.get_lines() if line.get_marker() == "o"]
    assert [list(x) for x in marks] == [[73, 74, 75], [91, 92]]
    assert {"74.0", "91.5"} <= set(texts(ax))
    assert [text.get_text() for text in ax.get_yticklabels()] == ["hardest", "semi-hard"]
    assert ax.yaxis_inverted()


def test_drawing_uses_no_global_figure(ax, z):
    draw.draw_embedding(ax, z[:, :2], torch.arange(12) % 3)
    assert plt.get_fignums() == []
