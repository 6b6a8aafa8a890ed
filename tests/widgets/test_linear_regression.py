"""Chapter 02's live pictures: every control to both ends, and what they say."""

import pytest
import torch

from metacourse import linear_regression as linreg
from metacourse.tasks.lines import sample_lines, sample_lines_with_covariances
from metacourse.widgets import linear_regression as widgets
from tests.widgets.sweep import sweep


@pytest.fixture
def task(generator):
    tasks = sample_lines(1, generator=generator).to(torch.float64)
    return tasks.x_support[0], tasks.y_support[0]


@pytest.fixture
def descent(task):
    return widgets.descent_widget(torch.tensor([-1.2, 1.4], dtype=torch.float64), *task)


@pytest.fixture
def arrows(generator):
    tasks = sample_lines_with_covariances(20, generator=generator).to(torch.float64)
    return widgets.meta_gradient_widget(tasks)


def test_every_control_of_the_descent_moves_the_picture(descent):
    sweep(descent)


def test_every_control_of_the_arrows_moves_the_picture(arrows):
    sweep(arrows)


def test_every_control_of_the_optima_moves_the_picture():
    sweep(widgets.optima_widget(n_tasks=40, n_test=40))


def test_the_descent_tells_its_three_courses_apart(descent, task):
    steepest = torch.linalg.eigvalsh(linreg.hessian(task[0])).max().item()
    for share, course in [(0.5, "slides"), (1.5, "overshoots"), (2.5, "runs away")]:
        descent.controls["lr_inner"].value = share / steepest
        assert course in descent.readout


def test_the_descent_reads_out_the_loss_after_the_steps(descent, task):
    descent.controls["lr_inner"].value = 0.2
    descent.controls["n_steps"].value = 7
    theta = torch.tensor([-1.2, 1.4], dtype=torch.float64)
    loss = linreg.loss(linreg.adapt(theta, *task, lr_inner=0.2, n_steps=7), *task)
    assert f"Loss {loss:.3g}." in descent.readout


def test_without_inner_steps_all_gradients_point_the_same_way(arrows):
    arrows.controls["n_steps"].value = 0
    assert "first-order 0°, joint 0°" in arrows.readout


def test_the_optima_say_so_when_the_inner_steps_run_away():
    live = widgets.optima_widget(n_tasks=40, n_test=40)
    for name, value in {"lr_inner": 0.5, "n_steps": 10, "spread": 3.0}.items():
        live.controls[name].value = value
    assert "run away" in live.readout
    assert live.error is None


def test_dragging_a_point_moves_the_adapted_line():
    widget = widgets.prior_widget(torch.zeros(2))
    before = widget.chart.lines[-1]["y"]
    widget.chart.points = [[-1.0, 1.0], [0.0, 0.0], [1.0, -1.0]]
    assert widget.chart.lines[-1]["y"] != before


def test_many_small_steps_bring_the_adapted_line_to_least_squares():
    widget = widgets.prior_widget(torch.zeros(2))
    widget.controls["n_steps"].value = 50
    least_squares, adapted = widget.chart.lines[1]["y"], widget.chart.lines[3]["y"]
    assert adapted == pytest.approx(least_squares, abs=0.01)


def test_the_prior_without_a_kernel_shows_the_chart_with_alt_text():
    static = widgets.prior_widget(torch.zeros(2)).stand_in()["text/html"]
    assert "<img" in static
    assert 'alt="Points to drag' in static


def test_the_legend_of_the_prior_chart_names_its_points():
    chart = widgets.prior_widget(torch.zeros(2)).chart
    (ax,) = chart._figure().axes
    assert chart.points_name in [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_prior_chart_says_so_when_the_steps_run_away():
    widget = widgets.prior_widget(torch.zeros(2))
    widget.chart.points = [[-2.0, 1.0], [2.0, 0.0], [2.0, -1.0]]
    widget.controls["lr_inner"].value = 0.5
    assert "run away" in widget.chart.readout
    assert "after k steps" not in [line["name"] for line in widget.chart.lines]


def test_the_reset_of_the_prior_chart_puts_the_sliders_back():
    widget = widgets.prior_widget(torch.zeros(2))
    before = widget.chart.readout
    widget.controls["n_steps"].value = 50
    widget.chart._handle_custom_msg("reset", [])  # as the browser's button sends it
    assert widget.chart.readout == before
