"""Chapter 05's pictures show the numbers that they are given, and what they compute is right."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from metacourse.evaluation import Interval
from metacourse.figures import lstm as draw
from metacourse.figures.style import COLOURS, MARKERS, figure_html, new_figure
from metacourse.lstm import cell
from metacourse.tasks.quadratics import Quadratic, plane_hessian, quadratic_loss

OPTIMISERS = ["learned", "sgd", "momentum", "adam", "rmsprop"]
LEARNERS = ["memory", "protonet", "meta_lstm", "maml", "meta_sgd", "pretrained", "pixels"]
STEPS = torch.arange(21)


@pytest.fixture
def ax():
    return new_figure()[1]


@pytest.fixture
def axes():
    return new_figure(columns=2)[1]


@pytest.fixture
def problem():
    hessian = plane_hessian(condition=10.0, angle=0.5)
    return Quadratic(hessian, torch.tensor([0.5, -0.25]), torch.tensor([-1.0, 1.0]))


def paths(problem, **rates):
    """Gradient descent with these rates, by the name of a role, for 20 steps."""
    found = {}
    for role, rate in rates.items():
        points = [problem.start]
        for _ in STEPS[1:]:
            points.append(points[-1] - rate * problem.hessian @ (points[-1] - problem.minimum))
        points = torch.stack(points)
        losses = quadratic_loss(points, problem.hessian, problem.minimum)
        found[role] = points, losses, role
    return found


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
    draw.draw_unit(axes, *series)
    for ax, values in zip(axes, series, strict=True):
        x, y = ax.lines[-1].get_data()
        assert list(x) == [1, 2]
        assert y == pytest.approx(values.numpy())
    assert [ax.get_ylabel() for ax in axes] == ["candidate g", "memory c", "output h"]
    assert axes[1].get_ylim()[0] < -3


def test_the_limits_of_the_memory_stay_while_it_grows_a_little():
    limits = []
    for largest in (2.1, 3.9):
        axes = new_figure(rows=3)[1]
        draw.draw_unit(axes, *[torch.tensor([0.1, largest])] * 3)
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
    assert ax.get_xlabel() == "points read"


def test_instances_count_from_one_in_percent_beside_guessing(ax):
    intervals = [Interval(0.2 + 0.1 * k, 0.01) for k in range(5)]
    draw.draw_instances(ax, {"memory": (intervals, "memory")}, 0.2)
    (container,) = ax.containers
    line, _, (bars,) = container
    assert line.get_xdata() == pytest.approx([1, 2, 3, 4, 5])
    assert line.get_ydata() == pytest.approx([20, 30, 40, 50, 60])
    assert bars.get_segments()[0][:, 1] == pytest.approx([19, 21])
    assert list(drawn(ax, "guessing").get_ydata()) == [20, 20]


def test_similar_states_stand_beside_each_other(ax):
    matrix = torch.arange(16.0).view(4, 4) / 16
    draw.draw_similarity(ax, matrix, ["b", "a", "b", "a"])
    order = [0, 2, 1, 3]
    assert np.array_equal(ax.images[0].get_array(), matrix[order][:, order].numpy())
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["b", "a"]
    assert list(ax.get_yticks()) == [0.5, 2.5]
    assert ax.images[0].get_clim() == (-1, 1)
    (bar,) = [other for other in ax.figure.axes if other is not ax]
    assert bar.get_ylabel() == "cosine similarity of two states"


# gates -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_tasks", [None, 3])
def test_gates_are_means_over_a_layers_coordinates_and_over_tasks(axes, generator, n_tasks):
    like = {"block.weight": torch.zeros(2, 3), "block.bias": torch.zeros(2), "head": torch.zeros(4)}
    shape = (5, 12) if n_tasks is None else (n_tasks, 5, 12)
    forget, write = torch.rand(2, *shape, generator=generator).double()
    draw.draw_gates(axes, forget, write, like)
    for ax, gate in zip(axes, (forget, write), strict=True):
        for layer, part in (("block", gate[..., :8]), ("head", gate[..., 8:])):
            over = (1,) if n_tasks is None else (0, 2)
            assert drawn(ax, layer).get_ydata() == pytest.approx(part.mean(over).numpy())
    first = axes[0].collections[0].get_segments()[0][:, 1]
    values = forget[..., 0, :8].flatten()
    expected = torch.quantile(values, torch.tensor([0.1, 0.9], dtype=torch.float64))
    assert first == pytest.approx(expected.numpy())


@pytest.mark.parametrize(("least", "scale"), [(0.1, "linear"), (0.001, "log")])
def test_the_data_choose_the_scale_of_the_gates(axes, least, scale):
    write = torch.tensor([[0.2, 0.3], [least, least]])
    draw.draw_gates(axes, write / write, write, {"head": torch.zeros(2)})
    assert (axes[0].get_yscale(), axes[1].get_yscale()) == ("linear", scale)
    figure_html(axes[0].figure, "no warning while drawing")


# optimisers --------------------------------------------------------------------------------------


def test_paths_and_losses_are_those_given(axes, problem):
    given = paths(problem, learned=0.5, sgd=0.1)
    draw.draw_paths(axes, problem, given, horizon=10)
    for role, (points, losses, _) in given.items():
        assert drawn(axes[0], role).get_xydata() == pytest.approx(points.numpy())
        assert drawn(axes[1], role).get_ydata() == pytest.approx(losses.numpy())
        assert drawn(axes[0], role).get_color() == COLOURS[role]
    assert drawn(axes[0], "minimum").get_xydata()[0] == pytest.approx(problem.minimum.numpy())
    assert drawn(axes[0], "start").get_xydata()[0] == pytest.approx(problem.start.numpy())
    assert list(drawn(axes[1], "trained for 10 steps").get_xdata()) == [10, 10]
    assert {"start", "minimum"} <= set(texts(axes[0]))


@pytest.mark.parametrize("condition", [1.0, 100.0])
def test_every_ring_has_one_loss_and_the_rings_cover_the_picture(axes, condition):
    hessian = plane_hessian(condition=condition, angle=0.7).double()
    middle, start = torch.tensor([[0.5, -0.25], [-1.0, 1.0]], dtype=torch.float64)
    problem = Quadratic(hessian, middle, start)
    draw.draw_paths(axes, problem, paths(problem, sgd=0.1))
    (rings,) = axes[0].collections
    losses = []
    for path in rings.get_paths():
        around = torch.tensor(path.vertices[:-1])
        at = quadratic_loss(around, hessian, middle)
        assert at.numpy() == pytest.approx(at.mean().item(), rel=1e-9)
        losses.append(at.mean().item())
    corners = torch.cartesian_prod(*map(torch.tensor, (axes[0].get_xlim(), axes[0].get_ylim())))
    highest = quadratic_loss(corners, hessian, middle).max().item()
    assert max(losses) == pytest.approx(highest, rel=1e-9)
    assert losses == sorted(losses, reverse=True)


@pytest.mark.parametrize("rate", [3.0, 1e4, 1e20, math.inf])
def test_a_path_that_runs_away_ends_outside_and_is_told(axes, problem, rate):
    draw.draw_paths(axes, problem, paths(problem, learned=0.5, sgd=rate))
    way = drawn(axes[0], "sgd").get_xydata()
    assert np.isfinite(way).all()
    assert len(way) < len(STEPS)
    assert "sgd runs away" in texts(axes[1])
    line = drawn(axes[1], "sgd").get_ydata()
    ends = np.isfinite(line).sum()
    assert ends < len(STEPS)
    assert np.isnan(line[ends:]).all()
    assert line[ends - 1] == pytest.approx(100 * drawn(axes[1], "learned").get_ydata()[0], rel=1e-5)
    figure_html(axes[0].figure, "no warning while drawing")


def test_a_start_at_the_minimum_is_drawn_too(axes):
    problem = Quadratic(plane_hessian(condition=2.0, angle=0.0), torch.zeros(2), torch.zeros(2))
    draw.draw_paths(axes, problem, paths(problem, sgd=0.1))
    figure_html(axes[0].figure, "no warning while drawing")


def test_optimisers_are_medians_over_tasks_with_the_quantiles_at_the_marks(ax, generator):
    losses = torch.rand(50, 21, generator=generator).double() + 0.1
    draw.draw_optimisers(ax, {"SGD": (losses, "sgd")}, horizon=5)
    assert drawn(ax, "SGD").get_ydata() == pytest.approx(losses.quantile(0.5, dim=0).numpy())
    first = ax.collections[0].get_segments()[0]
    expected = torch.quantile(losses[:, 0], torch.tensor([0.1, 0.9], dtype=torch.float64))
    assert first[:, 1] == pytest.approx(expected.numpy())
    assert ax.get_yscale() == "log"
    assert texts(ax) == ["SGD", "trained for 5 steps"]


def test_a_loss_of_zero_is_drawn_at_the_lower_edge(ax):
    losses = torch.tensor([[1.0, 0.0]])
    draw.draw_optimisers(ax, {"SGD": (losses, "sgd")})
    assert drawn(ax, "SGD").get_ydata()[-1] == draw.LEAST_LOSS
    figure_html(ax.figure, "no warning while drawing")


# the course --------------------------------------------------------------------------------------


@pytest.fixture
def rows():
    return [
        ("pixels", "compares", Interval(0.35, 0.01)),
        ("ProtoNet", "compares", Interval(0.8, 0.02)),
        ("MAML", "fine-tunes", Interval(0.75, 0.03)),
    ]


def test_the_course_has_a_row_a_method_under_its_family(ax, rows):
    draw.draw_course(ax, rows, 0.2)
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    assert names == ["compares", "pixels", "ProtoNet", "fine-tunes", "MAML"]
    for (name, _, interval), container in zip(rows, ax.containers, strict=True):
        point, _, (bar,) = container
        assert point.get_xdata() == pytest.approx([100 * interval.mean])
        assert names[int(point.get_ydata()[0])] == name
        assert np.ptp(bar.get_segments()[0][:, 0]) == pytest.approx(200 * interval.half_width)
    assert "80.0 ± 2.0" in texts(ax)


def test_families_differ_in_colour_and_in_shape(ax, rows):
    draw.draw_course(ax, rows, 0.2)
    pixels, protonet, maml = (container[0] for container in ax.containers)
    assert pixels.get_color() == protonet.get_color() != maml.get_color()
    assert pixels.get_marker() == protonet.get_marker() != maml.get_marker()


def test_nothing_of_the_course_is_cut_off(ax, rows):
    draw.draw_course(ax, rows, 0.2)
    figure_html(ax.figure, "laid out")
    whole = ax.figure.bbox
    for text in [*ax.texts, *ax.get_yticklabels()]:
        box = text.get_window_extent()
        assert box.x0 >= whole.x0
        assert box.x1 <= whole.x1


def test_drawing_uses_no_global_figure(ax, rows):
    draw.draw_course(ax, rows, 0.2)
    assert plt.get_fignums() == []
