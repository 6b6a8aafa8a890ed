"""The live picture of notebook 08a: layers of attention along the path of gradient descent."""

import re

import pytest
import torch

from metacourse import linear_regression as linreg
from metacourse.tasks.lines import sample_lines
from metacourse.widgets.attention import layers_widget, read_by_layers
from tests.widgets.sweep import sweep


@pytest.fixture(scope="module")
def task():
    generator = torch.Generator().manual_seed(19)
    line = sample_lines(1, n_shot=5, n_query=0, generator=generator).to(torch.float64)
    return line.x_support[0], line.y_support[0]


@pytest.fixture(scope="module")
def live(task):
    return layers_widget(*task)


def test_every_control_moves_the_picture(live):
    sweep(live)


def test_what_layers_say_is_where_the_steps_arrive(task):
    x, y = task
    residuals, thetas = read_by_layers(x, y, lr_inner=0.3, n_layers=4)
    assert residuals.shape == (5, 5)
    for k in range(5):
        theta = linreg.adapt(torch.zeros(2).double(), x, y, lr_inner=0.3, n_steps=k)
        torch.testing.assert_close(thetas[k], theta)
        torch.testing.assert_close(residuals[k], y - linreg.predict(theta, x))


def test_it_reads_out_what_is_left_beside_the_loss_of_the_steps(task, live):
    x, y = task
    live.reset()
    live.controls["n_layers"].value = 2
    theta = linreg.adapt(torch.zeros(2).double(), x, y, lr_inner=0.25, n_steps=2)
    left, loss = re.search(
        r"tokens (\d\.\d+), the loss after as many steps (\d\.\d+)", live.readout
    ).groups()
    assert left == loss == f"{linreg.loss(theta, x, y):.4f}"


def test_a_path_that_runs_away_is_drawn_where_it_is(task, live):
    x, y = task
    live.controls["n_layers"].value, live.controls["lr_inner"].value = 20, 1.2
    places = {line.get_label(): line.get_xydata() for line in live._sheet.axes[1].lines}
    end = linreg.adapt(torch.zeros(2).double(), x, y, lr_inner=1.2, n_steps=20)
    for name in ("gradient descent", "after each layer", "now"):
        assert places[name][-1] == pytest.approx(end.numpy(), rel=1e-9)


def test_the_best_line_is_named_beside_the_layers(live):
    named = [text.get_text() for text in live._sheet.axes[1].get_legend().get_texts()]
    assert "θ*" in named


def test_a_rate_at_which_it_runs_away_is_told(live):
    live.reset()
    live.controls["lr_inner"].value = 1.2
    assert "grows with each layer" in live.readout
    assert live.error is None
