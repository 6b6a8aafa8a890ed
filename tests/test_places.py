"""Where the learner's files lie, and how they are written."""

import errno
import os
import stat
from pathlib import Path

import pytest

from metacourse.places import named, replacing

POSIX = pytest.mark.skipif(os.name != "posix", reason="modes are a matter of POSIX")


def usual():
    return Path("usual")


@pytest.mark.parametrize(("chosen", "place"), [("", "usual"), ("here", "here")])
def test_a_variable_names_a_place_if_it_is_not_empty(monkeypatch, chosen, place):
    monkeypatch.setenv("SOME_PLACE", chosen)
    assert named("SOME_PLACE", usual) == Path(place)


def test_a_tilde_is_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setattr("os.path.expanduser", lambda name: str(name).replace("~", str(tmp_path)))
    monkeypatch.setenv("SOME_PLACE", "~/below")
    assert named("SOME_PLACE", usual) == tmp_path / "below"


def test_a_home_that_is_not_there_is_an_os_error_that_says_what_to_do(monkeypatch):
    monkeypatch.setenv("SOME_PLACE", "~nobody-is-called-this/below")
    with pytest.raises(OSError, match="there is no home folder; SOME_PLACE can name a place"):
        named("SOME_PLACE", usual)


def write(path, text, then=None):
    with replacing(path) as unfinished:
        unfinished.write_text(text)
        if then:
            raise then


def test_a_file_is_written_in_a_folder_that_is_not_there_yet(tmp_path):
    write(tmp_path / "a" / "b" / "file", "new")
    assert (tmp_path / "a" / "b" / "file").read_text() == "new"


def test_until_it_is_whole_the_old_file_is_there(tmp_path):
    write(tmp_path / "file", "old")
    with replacing(tmp_path / "file") as unfinished:
        unfinished.write_text("new")
        assert (tmp_path / "file").read_text() == "old"
    assert [file.read_text() for file in tmp_path.iterdir()] == ["new"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path, error):
    write(tmp_path / "file", "old")
    with pytest.raises(type(error)):
        write(tmp_path / "file", "half", error)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


def test_a_folder_in_its_place_stays(tmp_path):
    (tmp_path / "file").mkdir()
    with pytest.raises(OSError, match="file"):
        write(tmp_path / "file", "new")
    assert [file.is_dir() for file in tmp_path.iterdir()] == [True]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "file")
    for text in ("old", "new"):
        write(tmp_path / "link", text)
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "elsewhere" / "file").read_text() == text


@POSIX
def test_a_new_file_has_the_usual_mode_and_an_old_one_keeps_its_own(tmp_path):
    (tmp_path / "usual").touch()
    modes = [stat.S_IMODE((tmp_path / "usual").stat().st_mode), 0o664]
    for mode in modes:
        write(tmp_path / "file", "text")
        assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode
        (tmp_path / "file").chmod(0o664)


@POSIX
def test_the_mode_is_that_of_the_old_file_even_if_another_file_was_put_there(tmp_path):
    write(tmp_path / "file", "old")
    (tmp_path / "file").chmod(0o640)
    with replacing(tmp_path / "file") as unfinished:
        unfinished.unlink()
        unfinished.write_text("new")
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_a_folder_that_cannot_be_written_is_named_by_the_file_that_was_asked_for(tmp_path):
    with pytest.raises(OSError, match="only") as raised, replacing(tmp_path / "file") as unfinished:
        raise OSError(errno.EROFS, "Read-only file system", str(unfinished.parent))
    assert raised.value.filename == str(tmp_path / "file")
