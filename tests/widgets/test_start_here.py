"""The widgets of chapter 00."""

import pytest
import torch

from metacourse.start_here import Finding
from metacourse.tasks.lines import sample_lines
from metacourse.widgets.start_here import MachineTable, SignOfLife, line_widget
from tests.widgets.sweep import sweep


@pytest.fixture
def task(generator):
    tasks = sample_lines(1, generator=generator)
    return tasks.x_support[0], tasks.y_support[0]


def test_every_control_of_the_line_moves_the_picture(task):
    sweep(line_widget(*task))


def test_the_line_reads_out_its_mean_squared_error(task):
    x, y = task
    live = line_widget(x, y)
    live.controls["slope"].value = 1.0
    live.controls["intercept"].value = 0.5
    error = (x @ torch.tensor([1.0, 0.5]) - y).square().mean()
    assert live.readout == f"Mean squared error of your line: {error:.4f}."


def test_the_table_shows_remedies_only_where_something_is_amiss():
    table = MachineTable([Finding("Python", "3.11", ""), Finding("<b>", "old", "Run make lab.")])
    shown = table._repr_html_()
    assert shown.count("✓") == shown.count("✗") == 1
    assert "<b>" not in shown
    assert repr(table) == "✓ Python: 3.11.\n✗ <b>: old. Run make lab."


def test_without_a_living_browser_the_remedy_is_read():
    data, _ = SignOfLife()._repr_mimebundle_()
    assert "not alive" in data["text/html"]
