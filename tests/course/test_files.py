"""Notebooks are read from bytes and written to the same ones."""

import errno
import os

import pytest

from metacourse.course.edition import ours
from metacourse.course.files import notebook_bytes, read_notebook, write
from tests.course.small import code, notebook, packed


@pytest.mark.parametrize("path", sorted(ours().glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_committed_notebook_is_written_as_it_was(path):
    assert notebook_bytes(read_notebook(path.read_bytes())) == path.read_bytes()


def test_a_byte_order_mark_does_no_harm():
    assert read_notebook(b"\xef\xbb\xbf" + packed(code("a", "1"))) == notebook(code("a", "1"))


def test_a_source_in_lines_is_one_text():
    cell = code("a", "x\ny")
    assert read_notebook(packed(cell | {"source": "x\ny"}))["cells"] == [cell]


def test_what_a_cell_lacks_is_filled_in():
    (cell,) = read_notebook(packed({"cell_type": "code", "source": "1"}))["cells"]
    assert cell == code(None, "1")


def test_what_belongs_to_one_cell_belongs_to_no_other():
    bare = {"cell_type": "code", "source": "1"}
    first, second = read_notebook(packed(bare, bare))["cells"]
    first["outputs"].append("mine")
    assert second["outputs"] == []


def test_writing_makes_the_folders(tmp_path):
    write(tmp_path / "a" / "b", b"content")
    assert (tmp_path / "a" / "b").read_bytes() == b"content"


def test_on_a_full_disk_the_error_names_the_file(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as raised:
        write(tmp_path / "plan.md", b"content")
    assert raised.value.filename == str(tmp_path / "plan.md")
    assert list(tmp_path.iterdir()) == []
