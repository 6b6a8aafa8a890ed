"""JupyterLab's dark theme."""

import io

import pytest
from PIL import Image, ImageStat

from tests.browser.lab import running_lab
from tests.browser.page import live_figures, opened_cells, picture

SOURCE = (
    "import torch\n"
    "from metacourse.widgets.start_here import line_widget\n"
    "line_widget(torch.tensor([[0.0, 1.0], [1.0, 1.0]]), torch.tensor([1.0, 2.0]))"
)


@pytest.mark.parametrize("dark", [False, True])
def test_the_paper_of_a_live_figure_is_as_dark_as_the_page(browser, tmp_path, dark):
    notebooks = tmp_path / "empty"
    notebooks.mkdir()
    with (
        running_lab(notebooks, tmp_path / "state", dark=dark) as lab,
        opened_cells(browser, lab, "dark.ipynb", {"figure": SOURCE}) as notebook,
    ):
        shot = picture(live_figures(notebook).first).screenshot()
        (brightness,) = ImageStat.Stat(Image.open(io.BytesIO(shot)).convert("L")).median
        assert brightness < 40 if dark else brightness > 230
