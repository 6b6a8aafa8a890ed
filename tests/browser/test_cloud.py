"""Chapter 09's cloud of gradients in a real browser: its slider and its choice move the picture."""

import re

import pytest

from tests.browser.page import alt_after, opened_cells, press, reset_figure, sliders

PROGRAM = """
import torch
from metacourse.widgets.reinforcement import cloud_widget
start = torch.tensor([[-1.0, 0.0, -0.2], [0.0, -0.7, 0.1]])
cloud_widget(start, torch.tensor([0.35, 0.4]), lr_inner=0.5)
"""


@pytest.fixture(scope="module")
def notebook(browser, lab):
    with opened_cells(browser, lab, "cloud.ipynb", {"cloud": PROGRAM}) as notebook:
        yield notebook


@pytest.fixture
def cloud(notebook):
    return reset_figure(notebook)


def told(notebook, cloud, act):
    """The trajectories and the median angle that are told after something was done."""
    alt = alt_after(notebook, cloud, act)
    n, angle = re.search(r"(\d+) trajectories: .* gradient (\d+\.\d)°", alt).groups()
    return int(n), float(angle)


def test_the_slider_goes_from_five_trajectories_to_a_thousand(notebook, cloud):
    handle = sliders(cloud).first
    few, wide = told(notebook, cloud, lambda: press(handle, "Home"))
    many, narrow = told(notebook, cloud, lambda: press(handle, "End"))
    assert (few, many) == (5, 1000)
    assert narrow < wide


def test_without_reward_to_go_and_baseline_the_cloud_is_wider(notebook, cloud):
    _, wide = told(notebook, cloud, lambda: cloud.locator("select").select_option("neither"))
    _, narrow = told(notebook, cloud, lambda: cloud.locator("select").select_option("both"))
    assert wide > 2 * narrow
