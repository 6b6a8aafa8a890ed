"""The pictures of learned optimisers show the numbers that they are given."""

import math

import numpy as np
import pytest
import torch

from metacourse.figures import learned_optimisers as draw
from metacourse.figures.style import COLOURS, figure_html
from metacourse.tasks.quadratics import Quadratic, plane_hessian, quadratic_loss

STEPS = torch.arange(21)


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


# gates -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_tasks", [None, 3])
def test_a_gate_is_a_mean_over_a_layers_weights_and_over_tasks(ax, generator, n_tasks):
    like = {"block.weight": torch.zeros(2, 3), "block.bias": torch.zeros(2), "head": torch.zeros(4)}
    gate = torch.rand((5, 12) if n_tasks is None else (n_tasks, 5, 12), generator=generator)
    draw.draw_gate(ax, gate.double(), like)
    for layer, part in (("layer 1", gate[..., :8]), ("layer 2", gate[..., 8:])):
        over = (1,) if n_tasks is None else (0, 2)
        assert drawn(ax, layer).get_ydata() == pytest.approx(part.mean(over).numpy())
    first = ax.collections[0].get_segments()[0][:, 1]
    values = gate[..., 0, :8].flatten().double()
    expected = torch.quantile(values, torch.tensor([0.1, 0.9], dtype=torch.float64))
    assert first == pytest.approx(expected.numpy())


def test_a_gate_that_shall_not_count_does_not(ax):
    gate = torch.tensor([[0.2, torch.nan, 0.4]])
    draw.draw_gate(ax, gate, {"layer": torch.zeros(3)}, label="forget gate f")
    assert drawn(ax, "layer 1").get_ydata() == pytest.approx(0.3)
    assert ax.get_ylabel().startswith("forget gate f: mean")


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


def test_optimisers_may_be_shown_by_their_mean_without_bars_and_without_a_key(ax, generator):
    losses = torch.rand(50, 21, generator=generator).double() + 0.1
    draw.draw_optimisers(ax, {"SGD": (losses, "sgd")}, what="mean", key=False)
    assert drawn(ax, "SGD").get_ydata() == pytest.approx(losses.mean(0).numpy())
    assert (len(ax.collections), texts(ax)) == (0, [])


def test_a_loss_of_zero_is_drawn_at_the_lower_edge(ax):
    losses = torch.tensor([[1.0, 0.0]])
    draw.draw_optimisers(ax, {"SGD": (losses, "sgd")})
    assert drawn(ax, "SGD").get_ydata()[-1] == draw.LEAST_LOSS
    figure_html(ax.figure, "no warning while drawing")
