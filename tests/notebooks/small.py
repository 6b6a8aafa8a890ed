"""Notebooks of a few cells for the tests of the tools."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from tools.notebooks import METADATA

WIDGET_WITH_FALLBACK = """\
import ipywidgets
from metacourse.figures.stand_in import StandIn
class Slider(StandIn, ipywidgets.IntSlider):
    def stand_in(self):
        return {"text/html": "<p>the slider at 0</p>"}
Slider()"""
PROGRESS_BARS = """\
import sys, time
from tqdm import tqdm
from tqdm.auto import tqdm as best_tqdm
for _ in best_tqdm(tqdm(range(3))):
    time.sleep(0.01)
print("one")
sys.stdout.flush()
time.sleep(0.3)
print("two")"""


def small_notebook(*sources: str) -> NotebookNode:
    """Code cells called cell-0, cell-1, …"""
    cells = [v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
    return v4.new_notebook(cells=cells, metadata=METADATA)


def exercise_notebook(after: str = 'check("lines.slope", slope)') -> NotebookNode:
    """A stub and the cell after it."""
    notebook = small_notebook("def slope(x, y):\n    ...", after)
    notebook.cells[0].metadata["tags"] = ["exercise"]
    return notebook


def write(notebook: NotebookNode, path: Path) -> Path:
    nbformat.write(notebook, path)
    return path
