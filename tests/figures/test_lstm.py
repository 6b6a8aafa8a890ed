"""Chapter 05's pictures show the numbers that they are given, and what they compute is right."""

import matplotlib.pyplot as plt
import pytest
import torch

from metacourse.evaluation import Interval
from metacourse.figures import lstm as draw
from metacourse.figures.style import COLOURS, MARKERS, figure_html, new_figure
from metacourse.lstm import cell

OPTIMISERS = ["learned", "sgd", "momentum", "adam", "rmsprop"]
LEARNERS = ["memory", "protonet", "meta_lstm", "maml", "meta_sgd", "pretrained", "pixels"]


def drawn(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def texts(ax):
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("roles", [OPTIMISERS, LEARNERS, ["candidate", "cell", "hidden"]])
def test_what_is_drawn_together_differs_in_colour_and_in_shape(roles):
    assert len({COLOURS[role] for role in roles}) == len(roles)
    assert len({MARKERS[role] for role in roles}) == len(roles)


# one unit ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("gates", [(0.9, 0.5, 0.8), (0.0, 1.0, 1.0), (1.0, 0.0, 0.3)])
def test_a_unit_over_time_is_a_cell_whose_weights_are_biases(generator, gates):
    forget, write, output = gates
    candidates = (2 * torch.rand(12, generator=generator) - 1).double()
    found = draw.unit_over_time(candidates, forget=forget, write=write, output=output)
    logits = torch.logit(torch.tensor([write, forget, 0.5, output], dtype=torch.float64))
    params = {  # only the candidate, the third of the rows, sees the input
        "weight_ih": torch.tensor([[0.0], [0.0], [1.0], [0.0]], dtype=torch.float64),
        "weight_hh": torch.zeros(4, 1, dtype=torch.float64),
        "bias_ih": logits,
        "bias_hh": torch.zeros(4, dtype=torch.float64),
    }
    state = torch.zeros(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    for candidate, c, h in zip(candidates, *found, strict=True):
        _, state = cell(params, candidate.atanh()[None], state)
        assert (h.item(), c.item()) == pytest.approx([part.item() for part in state], abs=1e-12)


def test_a_unit_is_drawn_as_what_it_reads_keeps_and_says():
    axes = new_figure(rows=3)[1]
    series = torch.tensor([0.5, -1.0]), torch.tensor([2.5, -3.0]), torch.tensor([0.9, -0.9])
    draw.draw_unit(axes, *series, {"forget f": 0.5, "write i": 0.25})
    for ax, values in zip(axes, series, strict=True):
        x, y = ax.lines[-1].get_data()
        assert list(x) == [1, 2]
        assert y == pytest.approx(values.numpy())
    assert [ax.get_ylabel() for ax in axes] == ["candidate g", "memory c", "output h"]
    assert axes[1].get_ylim()[0] < -3
    assert axes[0].get_title().split("     ") == ["forget f = 0.50", "write i = 0.25"]


def test_the_limits_of_the_memory_stay_while_it_grows_a_little():
    limits = []
    for largest in (2.1, 3.9):
        axes = new_figure(rows=3)[1]
        draw.draw_unit(axes, *[torch.tensor([0.1, largest])] * 3, {})
        limits.append(axes[1].get_ylim())
    assert limits[0] == limits[1]


# a memory ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("t", [0, 1, 3])
def test_a_memory_is_drawn_with_the_points_in_the_order_of_reading(ax, t):
    x = torch.linspace(-5, 5, 20)
    x_read, y_read = torch.tensor([3.0, -2.0, 0.5])[:t], torch.tensor([1.0, 2.0, -1.0])[:t]
    draw.draw_memory(ax, x, x.sin(), x_read, y_read, x.cos())
    assert drawn(ax, "the memory's prediction").get_ydata() == pytest.approx(x.sin().numpy())
    assert drawn(ax, "true curve").get_ydata() == pytest.approx(x.cos().numpy())
    assert list(drawn(ax, "points read").get_xdata()) == x_read.tolist()
    assert list(drawn(ax, "the last one").get_ydata()) == y_read[-1:].tolist()
    assert texts(ax)[:t] == [str(number) for number in range(1, t + 1)]
    figure_html(ax.figure, "no warning while drawing")


def test_a_memory_needs_no_truth(ax):
    x = torch.linspace(-5, 5, 20)
    draw.draw_memory(ax, x, x.sin(), x[:2], x[:2])
    assert "true curve" not in texts(ax)


def test_losses_by_shots_are_means_at_whole_numbers_of_points(ax):
    memory = {t: Interval(4 / (1 + t), 0.1) for t in range(11)}
    draw.draw_loss_by_shots(ax, {"memory": (memory, "memory")})
    x, y = drawn(ax, "memory").get_data()
    assert list(x) == list(range(11))
    assert y == pytest.approx([4 / (1 + t) for t in range(11)])
    assert all(float(tick).is_integer() for tick in ax.get_xticks())
    assert ax.get_xlabel() == "points read K"
    assert [(text.get_text(), text.xy) for text in ax.texts] == [("memory", (10, 4 / 11))]


def test_families_are_shown_in_percent_of_answering_0(ax):
    shares = {"memory": ({"own": 0.01, "other": 1.3}, "memory")}
    draw.draw_families(ax, shares | {"MAML": ({"own": 0.05, "other": 0.2}, "maml")})
    assert drawn(ax, "memory").get_ydata() == pytest.approx([1, 130])
    assert drawn(ax, "MAML").get_ydata() == pytest.approx([5, 20])
    assert (drawn(ax, "memory").get_xdata() < drawn(ax, "MAML").get_xdata()).all()
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["own", "other"]
    assert texts(ax) == ["1", "130", "5", "20"]


def test_of_two_learners_of_one_role_the_second_is_hollow(ax):
    row = {"own": 0.01}, "memory"
    draw.draw_families(ax, {"old": row, "young": row})
    assert drawn(ax, "old").get_markerfacecolor() == COLOURS["memory"]
    assert drawn(ax, "young").get_markerfacecolor() == "white"
    assert drawn(ax, "young").get_color() == COLOURS["memory"]


def test_instances_count_from_one_in_percent_beside_guessing(ax):
    intervals = [Interval(0.2 + 0.1 * k, 0.01) for k in range(5)]
    draw.draw_instances(ax, {"memory": (intervals, "memory")}, 0.2)
    (container,) = ax.containers
    line, _, (bars,) = container
    assert line.get_xdata() == pytest.approx([1, 2, 3, 4, 5])
    assert line.get_ydata() == pytest.approx([20, 30, 40, 50, 60])
    assert bars.get_segments()[0][:, 1] == pytest.approx([19, 21])
    assert list(drawn(ax, "guessing").get_ydata()) == [20, 20]


def test_cosines_stand_over_the_number_of_shared_labels_with_their_mean(ax):
    draw.draw_by_shared(ax, torch.tensor([0, 2, 0]), torch.tensor([-0.5, 0.5, -0.1]))
    x, y = drawn(ax, "a pair of deals").get_data()
    assert x.round().tolist() == [0, 2, 0]
    assert y == pytest.approx([-0.5, 0.5, -0.1])
    assert drawn(ax, "mean").get_ydata() == pytest.approx([-0.3, 0.5])
    assert drawn(ax, "mean").get_xdata().tolist() == [0, 2]


def test_drawing_uses_no_global_figure(ax):
    x = torch.linspace(0, 1, 5)
    draw.draw_memory(ax, x, x.sin(), x[:2], x[:2])
    assert plt.get_fignums() == []
