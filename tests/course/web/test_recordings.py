"""A notebook is run once to record its figures, and again when something changed that it uses."""

import subprocess
import sys
from pathlib import Path

import pytest

from metacourse.course.classroom import Unclear
from metacourse.course.edition import PACKAGE
from metacourse.course.web import recordings
from tests.course.small import code, packed, text


@pytest.fixture
def small(tmp_path):
    """Two notebooks of one cell each, the second of which fails."""
    for name, source in (("fine", "1"), ("wrong", "1 / 0")):
        (tmp_path / f"{name}.ipynb").write_bytes(packed(text("t", "# T"), code("c", source)))
    return tmp_path / "fine.ipynb", tmp_path / "wrong.ipynb"


def test_a_notebook_is_run_once_and_what_failed_is_told(small, tmp_path):
    kept = tmp_path / "kept"
    told = list(recordings.record_all([small[0]], kept))
    assert told[-1] == "1 of 1: fine.ipynb"
    assert list(recordings.record_all([small[0]], kept)) == []
    with pytest.raises(Unclear, match=r"wrong.ipynb could not be run: ZeroDivisionError: div"):
        list(recordings.record_all(list(small), kept))


def test_what_a_picture_may_depend_on_is_read_from_the_imports():
    found = recordings.needed(["from metacourse.widgets import (\n    maml,\n)"])
    assert {"widgets/maml.py", "widgets/__init__.py", "widgets/live.py", "maml.py"} <= found
    assert not {"siamese.py", "course/edition.py"} & found


def test_a_table_is_used_where_a_program_holds_its_name():
    assert recordings.tables('load(f"walker_{n}")') == {
        "seeds/walker.json",
        "trained/weights/walker_1.safetensors",
        "trained/weights/walker_2.safetensors",
    }


def test_every_module_that_a_program_loads_is_among_those_read():
    program = "from metacourse.widgets import letters"
    files = "[m.__file__ for n, m in sys.modules.items() if n.startswith('metacourse')]"
    command = [sys.executable, "-c", f"import sys\n{program}\nprint(*{files}, sep='\\n')"]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    names = {Path(line).relative_to(PACKAGE).as_posix() for line in loaded.splitlines()}
    assert {"widgets/letters.py", "nets.py"} <= names
    assert names <= recordings.needed([program]) | {"__init__.py"}


def test_recordings_are_kept_while_nothing_changes_that_the_notebook_uses(small, tmp_path):
    first = recordings.folder_of(small[0], tmp_path)
    assert recordings.folder_of(small[0], tmp_path) == first
    small[0].write_bytes(packed(text("t", "# T"), code("c", "2")))
    assert recordings.folder_of(small[0], tmp_path) != first
