"""Chapter 03's pictures show the numbers that they are given, and what they compute is right."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from metacourse.episodes import Episode
from metacourse.figures import maml as draw
from metacourse.figures.style import COLOURS, MARKERS, figure_html, new_figure
from metacourse.maml import inner_adapt, maml_loss
from metacourse.nets import init_mlp, mlp
from metacourse.tasks.sinusoids import sample_sinusoids

METHODS = ["maml", "first_order", "reptile", "meta_sgd", "anil", "pretrained", "scratch", "joint"]


def mse(params, x, y):
    return (mlp(params, x) - y).square().mean()


def sine(params, x, y):
    return (params["amplitude"] * torch.sin(x + params["phase"]) - y).square().mean()


@pytest.fixture
def tasks(generator):
    return sample_sinusoids(3, n_shot=5, n_query=7, generator=generator).to(torch.float64)


@pytest.fixture
def task(tasks):
    return Episode(*(part[0] for part in tasks))


@pytest.fixture
def start():
    return {
        "amplitude": torch.tensor(3.0, dtype=torch.float64),
        "phase": torch.tensor(0.4, dtype=torch.float64),
    }


@pytest.fixture
def params(generator):
    return init_mlp([1, 8, 1], generator)


def labels(ax):
    return ax.get_legend_handles_labels()[1]


def drawn(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def test_all_methods_differ_in_colour_and_in_shape():
    assert len({COLOURS[role] for role in METHODS}) == len(METHODS)
    assert len({MARKERS[role] for role in METHODS}) == len(METHODS)


def test_curves_of_a_task_are_drawn_from_left_to_right(ax, task):
    draw.draw_sinusoid_task(ax, task, {"MAML": (2 * task.y_query, "maml")})
    for label, factor in (("true curve", 1), ("MAML", 2)):
        x, y = drawn(ax, label).get_data()
        assert (np.diff(x) > 0).all()
        order = task.x_query[:, 0].argsort()
        assert y == pytest.approx(factor * task.y_query[order, 0].numpy())
    assert labels(ax) == ["true curve", "MAML", "support points"]


def test_a_curve_that_is_not_a_number_is_drawn_outside(ax, task):
    draw.draw_sinusoid_task(ax, task, {"MAML": (task.y_query * torch.nan, "maml")})
    assert (drawn(ax, "MAML").get_ydata() > ax.get_ylim()[1]).all()
    figure_html(ax.figure, "no warning while drawing")


def test_the_descent_keeps_its_limits_and_says_what_is_at_the_edge(ax):
    draw.draw_descent(ax, {"MAML": (torch.tensor([3.0, 0.5, 0.1]), "maml")}, 1)
    limits, n_texts = ax.get_ylim(), len(ax.texts)
    losses = torch.tensor([3.0, 1e9, torch.nan])
    draw.draw_descent(ax, {"random": (losses, "scratch")}, 2)
    assert ax.get_ylim() == limits
    assert "100 or more" in ax.texts[n_texts].get_text()
    assert drawn(ax, "random").get_ydata() == pytest.approx([3, 100, 100])


def finite_differences(function, params, step=1e-6):
    """The central differences of a scalar function along each number of params."""
    return {
        name: (function(params | {name: at + step}) - function(params | {name: at - step}))
        / (2 * step)
        for name, at in params.items()
    }


@pytest.mark.parametrize("n_steps", [0, 1, 2, 5, 10])
def test_the_exact_direction_is_that_of_finite_differences(start, tasks, n_steps):
    steps = {"lr_inner": 0.05, "n_steps": n_steps}
    found = draw.outer_directions(sine, start, tasks, **steps)
    expected = finite_differences(lambda at: maml_loss(sine, at, tasks, **steps), start)
    joint = finite_differences(
        lambda at: sum(map(lambda x, y: sine(at, x, y), *tasks[2:])) / 3, start
    )
    for name in start:
        assert found["exact"][name].item() == pytest.approx(-expected[name].item(), rel=1e-6)
        assert found["joint"][name].item() == pytest.approx(-joint[name].item(), rel=1e-6)


@pytest.mark.parametrize("n_steps", [0, 1, 3, 10])
def test_first_order_and_reptile_are_those_of_a_plain_loop(start, tasks, n_steps):
    steps = {"lr_inner": 0.05, "n_steps": n_steps}
    found = draw.outer_directions(sine, start, tasks, **steps)
    first_order = dict.fromkeys(start, 0.0)
    reptile = dict.fromkeys(start, 0.0)
    for x_support, y_support, x_query, y_query in zip(*tasks, strict=True):
        adapted = inner_adapt(sine, start, x_support, y_support, **steps)
        adapted = {name: value.requires_grad_(True) for name, value in adapted.items()}
        gradients = torch.autograd.grad(sine(adapted, x_query, y_query), [*adapted.values()])
        x, y = torch.cat([x_support, x_query]), torch.cat([y_support, y_query])
        arrived = inner_adapt(sine, start, x, y, **steps)
        for name, gradient in zip(start, gradients, strict=True):
            first_order[name] -= gradient.item() / 3
            reptile[name] += (arrived[name] - start[name]).item() / 3
    for name in start:
        assert found["first-order"][name].item() == pytest.approx(first_order[name], rel=1e-9)
        assert found["Reptile"][name].item() == pytest.approx(reptile[name], rel=1e-9, abs=1e-12)


def recorded(params, task, **options):
    return draw.record_graph(mse, params, task.to(torch.float32), lr_inner=0.01, **options)


def test_the_recorded_graph_of_one_step_has_both_ways_back(params, task):
    graph = recorded(params, task)
    assert [box.name for box in graph.boxes] == ["θ", "∇L(θ)", "θ′", "query loss"]
    through_the_gradient = {("θ′", "∇L(θ)"), ("∇L(θ)", "θ")}
    assert graph.edges == {("query loss", "θ′"), ("θ′", "θ")} | through_the_gradient
    assert graph.boxes[0].n_nodes == len(params)


@pytest.mark.parametrize("n_steps", [1, 2, 3])
def test_cutting_the_graph_removes_the_ways_through_a_gradient_and_no_other(params, task, n_steps):
    exact = recorded(params, task, n_steps=n_steps)
    cut = recorded(params, task, n_steps=n_steps, first_order=True)
    lost = {edge for edge in exact.edges if any(name.startswith("∇L") for name in edge)}
    assert len(lost) == 2 * n_steps
    assert cut.edges == exact.edges - lost
    assert all((box.n_nodes, box.n_bytes) == (0, 0) for box in cut.boxes if box.kind == "gradient")


def test_the_kept_bytes_grow_by_the_same_for_every_exact_step_and_not_without_the_graph(
    params, task
):
    def kept(**options):
        graphs = [recorded(params, task, n_steps=k, **options) for k in (1, 2, 3, 4)]
        return np.diff([sum(box.n_bytes for box in graph.boxes) for graph in graphs])

    assert set(kept()) == {kept()[0]}
    assert kept()[0] > 0
    assert set(kept(first_order=True)) == {0}


def test_the_kept_bytes_are_those_of_a_graph_counted_by_hand(task):
    def product(params, x, y):  # the square keeps θx − y, the product x, which is the task's own
        return (params["slope"] * x - y).square().mean()

    slope, task = {"slope": torch.tensor(2.0)}, task.to(torch.float32)
    graph = draw.record_graph(product, slope, task, lr_inner=0.01, first_order=True)
    assert [box.n_bytes for box in graph.boxes] == [0, 0, 0, 4 * len(task.x_query)]


def test_the_peak_counts_what_is_alive_at_once():
    def two_at_once_then_one():
        first = torch.zeros(1000)
        second = first + 1
        del first
        return second.clone()

    assert draw.peak_bytes(two_at_once_then_one) == 2 * 4000


def test_recording_leaves_params_alone(params, task):
    before = {name: value.clone() for name, value in params.items()}
    recorded(params, task, n_steps=2)
    for name, value in params.items():
        assert torch.equal(value, before[name])
        assert not value.requires_grad
        assert value.grad is None


def test_the_compute_graph_has_an_arrow_for_each_edge_and_scissors_for_each_cut(ax, params, task):
    graph = recorded(params, task, n_steps=2)
    draw.draw_compute_graph(ax, graph)
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert len(arrows) == len(graph.edges) == 7
    texts = [text.get_text() for text in ax.texts]
    assert [texts.count(factor) for factor in ("I", "−α", "H")] == [2, 2, 2]
    assert "✂" not in texts
    assert any(f"{graph.boxes[1].n_nodes} nodes" in text for text in texts)
    figure, ax = new_figure()
    draw.draw_compute_graph(ax, recorded(params, task, n_steps=2, first_order=True))
    texts = [text.get_text() for text in ax.texts]
    assert [texts.count(told) for told in ("I", "−α", "H", "✂")] == [2, 0, 0, 2]
    arrows = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert [arrow.get_linestyle() for arrow in arrows].count("--") == 2
    figure_html(figure, "every letter has a shape in the font")


def test_bytes_kept_are_those_of_all_boxes(params, task):
    graph = recorded(params, task, n_steps=3)
    (found,) = draw.bytes_kept(mse, params, task.to(torch.float32), [3])
    assert found == sum(box.n_bytes for box in graph.boxes)


def test_guesses_are_lines_from_left_to_right_beside_both_kinds_of_points(ax):
    x = torch.tensor([[2.0], [0.0], [1.0]])
    draw.draw_guesses(ax, Episode(x, x, x + 5, x), {"MAML": (x + 1, "maml")})
    line, support, query = ax.lines
    assert line.get_xydata().tolist() == [[5, 1], [6, 2], [7, 3]]
    assert (support.get_marker(), query.get_marker()) == (MARKERS["support"], MARKERS["query"])
    assert query.get_xydata().tolist() == [[7, 2], [5, 0], [6, 1]]


def test_losses_by_step_are_means_with_bands_listed_from_the_highest(ax):
    low, high = torch.tensor([[2.0, 1.0], [4.0, 2.0]]), torch.tensor([[5.0, 4.0], [5.0, 6.0]])
    draw.draw_loss_by_step(ax, {"MAML": (low, "maml"), "joint": (high, "joint")})
    assert labels(ax) == ["joint", "MAML"]
    assert drawn(ax, "MAML").get_ydata() == pytest.approx([3, 1.5])
    band = ax.collections[1].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((1.5 - 0.98, 3 + 1.96))


@pytest.mark.parametrize(("lowest", "scale"), [(1.0, "linear"), (0.01, "log")])
def test_the_data_choose_the_scale(ax, lowest, scale):
    curve = {0.001: (3.0, 0.1), 0.1: (lowest, 0.1)}
    draw.draw_curves(ax, {"MAML": (curve, "maml")}, xlabel="inner rate α")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", scale)
    figure_html(ax.figure, "no warning while drawing")


@pytest.mark.parametrize("wild", [torch.nan, torch.inf, 1e30])
def test_a_curve_that_runs_away_is_marked_and_leaves_the_others_readable(ax, wild):
    values = torch.tensor([[1.0, 0.9, 0.8], [1.1, 0.8, 0.7]])
    away = values.clone()
    away[0, 2] = wild
    draw.draw_loss_by_step(ax, {"MAML": (values, "maml"), "random": (away, "scratch")})
    assert ax.get_ylim()[1] < 3
    assert [text.get_text() for text in ax.texts] == ["runs away"]
    assert labels(ax)[0] == "random"
    figure_html(ax.figure, "no warning while drawing")


def test_curves_of_which_none_is_finite_are_drawn_too(ax):
    curve = {1: (torch.nan, torch.nan), 2: (torch.inf, torch.nan)}
    draw.draw_curves(ax, {"MAML": (curve, "maml")}, xlabel="K")
    figure_html(ax.figure, "no warning while drawing")


@pytest.mark.parametrize(("size", "unit", "shown"), [(2e3, "kB", 2), (3e6, "MB", 3)])
def test_memory_is_shown_in_a_unit_that_fits(ax, size, unit, shown):
    draw.draw_memory(ax, [1, 2], {"exact": ([size / 2, size], "maml")})
    assert ax.get_ylabel().endswith(unit)
    assert drawn(ax, "exact").get_ydata() == pytest.approx([shown / 2, shown])


@pytest.mark.parametrize(("second", "marks"), [("anil", 2), ("maml", 0)])
def test_accuracy_bars_have_marks_where_there_are_several_roles(ax, second, marks):
    draw.draw_accuracy_bars(ax, {"a": ((0.7, 0.01), "maml"), "b": ((0.6, 0.02), second)}, 0.2)
    assert len([line for line in ax.lines if list(line.get_xdata()) == [2.5]]) == marks


def test_accuracy_bars_are_as_long_as_the_accuracy(ax):
    draw.draw_accuracy_bars(ax, {"MAML": ((0.7, 0.01), "maml"), "ANIL": ((0.6, 0.02), "anil")}, 0.2)
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([70, 60])
    assert ["70.0%" in text.get_text() for text in ax.texts][:2] == [True, False]


def test_errors_are_what_is_missing_to_an_accuracy_of_1(ax):
    draw.draw_errors(ax, {"MAML": ((0.96, 0.01), "maml"), "ANIL": ((0.9, 0.02), "anil")}, 0.2)
    assert [text.get_text() for text in ax.texts[:2]] == ["4.0", "10.0"]
    assert [line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 2] == [80]
    assert ax.get_xscale() == "log"
    figure_html(ax.figure, "no warning while drawing")


def test_each_training_has_a_dot_and_one_that_ran_away_stands_at_the_edge(ax):
    losses = {"MAML": ({0: [3.0, 2.0, 4.0], 10: [0.2, 0.1, 1e9]}, "maml")}
    draw.draw_trainings(ax, losses)
    dots = [line.get_ydata() for line in ax.lines if line.get_label() != "MAML"]
    assert [sorted(column) for column in dots] == [[2, 3, 4], [0.1, 0.2, 10]]
    assert drawn(ax, "MAML").get_ydata() == pytest.approx([3, 0.2])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0", "10"]
    figure_html(ax.figure, "no warning while drawing")


def test_the_star_of_a_plane_is_where_it_is_lowest(ax):
    line = torch.linspace(-1, 1, 11)
    grid = torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=-1)
    draw.draw_plane(ax, grid, (grid - torch.tensor([0.4, -0.2])).square().sum(-1))
    assert drawn(ax, "lowest").get_xydata()[0] == pytest.approx([0.4, -0.2], abs=1e-6)


def test_without_inner_steps_the_angles_of_all_gradients_are_0(tasks):
    angles = draw.outer_angles(sine, tasks, lr_inner=0.1, n_steps=0, n=3)
    assert angles["first-order"].abs().max() < 1e-3
    assert angles["joint"].abs().max() < 1e-3
    more = draw.outer_angles(sine, tasks, lr_inner=0.1, n_steps=2, n=3)
    assert list(more) == ["first-order", "Reptile", "joint"]
    assert all(degrees.shape == (9,) for degrees in more.values())
    assert all(degrees.max() > 1 for degrees in more.values())


def test_drawing_uses_no_global_figure(ax, task):
    draw.draw_sinusoid_task(ax, task, {})
    assert plt.get_fignums() == []
