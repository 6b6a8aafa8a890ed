"""Chapter 01's pictures: what they show, and that no text leaves the figure or covers another."""

import itertools

import pytest
import torch

from metacourse.concepts import sample_episode
from metacourse.figures import concepts as figures
from metacourse.figures.style import new_figure, render, style

RESULTS = {
    "meta_trained": ("meta-trained", {1: (0.95, 0.01), 5: (0.99, 0.005)}),
    "scratch": ("from scratch", {1: (0.6, 0.03), 5: (0.85, 0.02)}),
}


def draw(function, *arguments, size, columns=1, **options):
    figure, axes = new_figure(1, columns, size=size)
    with style():
        function(axes, *arguments, **options)
        render(figure, 1.0)
    return figure, axes


def boxes_of_texts(figure):
    texts = [text for ax in figure.axes for text in ax.texts if text.get_text().strip()]
    return {text.get_text(): text.get_window_extent() for text in texts}


def test_no_text_of_the_timeline_is_clipped_or_covered():
    figure, _ = draw(figures.draw_timeline, size=(9, 7.5))
    boxes = boxes_of_texts(figure)
    width, height = figure.canvas.get_width_height()
    for box in boxes.values():
        assert box.x0 >= 0
        assert box.x1 <= width
        assert box.y0 >= 0
        assert box.y1 <= height
    for (one, box), (other, second) in itertools.combinations(boxes.items(), 2):
        assert not box.overlaps(second), (one, other)


def test_the_timeline_names_every_landmark_at_its_year():
    _, ax = draw(figures.draw_timeline, size=(9, 7.5))
    told = [text.get_text() for text in ax.texts]
    assert [int(line.get_xdata()[0]) for line in ax.lines if len(line.get_xdata())] == [
        year for year, *_ in figures.LANDMARKS
    ]
    assert all(f"{who} {year}" in " ".join(told) for year, who, *_ in figures.LANDMARKS)


def test_every_landmark_belongs_to_a_family_and_comes_in_order():
    assert {row[-1] for row in figures.LANDMARKS} == set(figures.FAMILIES)
    years = [year for year, *_ in figures.LANDMARKS]
    assert years == sorted(years)


def test_an_episode_is_drawn_with_the_leaks_framed(generator):
    images = torch.randint(0, 256, (6, 8, 28, 28), generator=generator).to(torch.uint8)
    episode = sample_episode(images, n_way=5, n_shot=1, n_query=2, generator=generator)
    _, axes = draw(figures.draw_episode, episode, [(3, 1)], [0], size=(9, 3.2), columns=2)
    assert [len(ax.lines) for ax in axes] == [1, 2]
    assert [text.get_text() for text in axes[0].texts][1:] == list("01234")


def test_a_query_image_stands_in_the_column_of_its_label(generator):
    images = torch.zeros(6, 8, 28, 28, dtype=torch.uint8)
    episode = sample_episode(images, n_way=5, n_shot=1, n_query=1, generator=generator)
    marked = episode._replace(x_query=episode.x_query.clone())
    marked.x_query[2] = 255
    _, axes = draw(figures.draw_episode, marked, size=(9, 3.2), columns=2)
    picture = axes[1].images[0].get_array()
    label = int(marked.y_query[2])
    assert (picture[2:30, 32 * label + 2 : 32 * label + 30] == 0).all()


def test_errors_are_drawn_in_percent_with_their_intervals():
    _, ax = draw(figures.draw_errors, RESULTS, 0.2, size=(9, 4))
    drawn = {bars.get_label(): bars.lines[0].get_ydata().tolist() for bars in ax.containers}
    assert drawn["meta-trained"] == pytest.approx([5, 1])
    assert drawn["from scratch"] == pytest.approx([40, 15])


def test_an_interval_of_errors_that_reaches_below_0_ends_above_it():
    _, ax = draw(figures.draw_errors, {"scratch": ("all", {1: (0.99, 0.02)})}, 0.2, size=(9, 4))
    ((low, high),) = ax.containers[0].lines[2][0].get_segments()
    assert low[1] == pytest.approx(0.1)
    assert high[1] == pytest.approx(3)


def test_every_training_has_a_line_with_its_seed():
    spread = {"meta_trained": ("meta-trained", [95.0, 96.0], [0.5, 0.6])}
    _, ax = draw(figures.draw_seeds, spread, size=(8, 3))
    assert ax.containers[0].lines[0].get_xdata().tolist() == [95, 96]
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["meta-trained, seed 0", "meta-trained, seed 1"]


def test_the_bars_of_a_game_are_as_long_as_the_scores():
    scores = {"pixels": ("pixels", 4), "learner": ("You", 9)}
    _, ax = draw(figures.draw_scores, scores, 10, size=(8, 2))
    assert [bar.get_width() for bar in ax.patches] == [4, 9]


def test_intervals_that_miss_the_truth_have_another_shape():
    _, ax = draw(figures.draw_intervals, [(0.5, 0.1), (0.8, 0.1)], 0.55, "both", size=(4, 3))
    assert [line.get_marker() for line in ax.lines[1:4:2]] == ["o", "x"]


def test_the_leaks_the_steps_and_a_round_are_drawn(generator):
    images = torch.randint(0, 256, (6, 28, 28), generator=generator)
    draw(figures.draw_leaks, {"no leak": (0.5, 0.01), "a leak": (1.0, 0.0)}, size=(8, 2.4))
    draw(figures.draw_steps, images, images, size=(9, 2.4))
    _, ax = draw(figures.draw_round, images[:5], images[5], size=(8, 1.9))
    assert [text.get_text() for text in ax.texts] == [*"12345", "which one?"]
