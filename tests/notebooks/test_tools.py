"""tools.notebooks: execution and the stable form."""

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat import v4

from tests.notebooks.small import (
    PROGRESS_BARS,
    WIDGET_WITH_FALLBACK,
    small_notebook,
    write,
)
from tools.notebooks import WIDGET, execute_in_place, merged, stable


@pytest.fixture(scope="module")
def executed_twice(tmp_path_factory):
    """The bytes of one notebook after the first and after the second execution."""
    folder = tmp_path_factory.mktemp("executed")
    show_path = "from pathlib import Path\nprint(Path.cwd().home() / 'x')"
    notebook = small_notebook(WIDGET_WITH_FALLBACK, PROGRESS_BARS, show_path)
    path = write(notebook, folder / "small.ipynb")
    execute_in_place(path)
    first = path.read_bytes()
    execute_in_place(path)
    return first, path.read_bytes()


@pytest.fixture
def executed(executed_twice):
    return nbformat.reads(executed_twice[0].decode(), as_version=4)


def test_executing_twice_gives_the_same_bytes(executed_twice):
    first, second = executed_twice
    assert first == second


def test_a_widget_keeps_its_static_fallback_only(executed):
    (output,) = executed.cells[0].outputs
    assert "the slider at 0" in output.data["text/html"]
    assert WIDGET not in output.data
    assert "widgets" not in executed.metadata


def test_progress_bars_go_and_neighbouring_streams_are_joined(executed):
    (output,) = executed.cells[1].outputs
    assert (output.name, output.text) == ("stdout", "one\ntwo\n")


def test_the_home_folder_is_not_written_down(executed):
    assert executed.cells[2].outputs[0].text == "~/x\n"


def test_execution_counts_and_ids_are_in_order(executed):
    assert [cell.execution_count for cell in executed.cells] == [1, 2, 3]
    assert [cell.id for cell in executed.cells] == ["cell-0", "cell-1", "cell-2"]


def test_metadata_names_no_patch_version_and_no_timing(executed):
    assert set(executed.metadata) == {"kernelspec", "language_info"}
    assert "version" not in executed.metadata.language_info
    assert all(not cell.metadata for cell in executed.cells)


def test_tags_and_hidden_sources_are_kept():
    notebook = small_notebook("1")
    kept = {"tags": ["exercise"], "jupyter": {"source_hidden": True}}
    notebook.cells[0].metadata = kept | {"execution": {"iopub.status.busy": "now"}}
    assert stable(notebook).cells[0].metadata == kept


def test_a_stream_that_comes_in_pieces_is_read_as_a_whole():
    cell = v4.new_code_cell("print()", id="cell")
    pieces = "  3% |▎ | 00:14", "\r 90% |█ | 00:01", "\r          \r", "a", "\n", "b\n"
    cell.outputs = [v4.new_output("stream", text=piece) for piece in pieces]
    (output,) = stable(v4.new_notebook(cells=[cell])).cells[0].outputs
    assert output.text == "a\nb\n"


def test_streams_of_different_names_stay_apart():
    streams = [v4.new_output("stream", name=name, text="a") for name in ("stdout", "stderr")]
    assert len(merged(streams)) == 2


def test_a_cell_that_fails_stops_the_execution_and_leaves_the_file(tmp_path):
    path = write(small_notebook("1 / 0"), tmp_path / "fails.ipynb")
    before = path.read_bytes()
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        execute_in_place(path)
    assert path.read_bytes() == before
