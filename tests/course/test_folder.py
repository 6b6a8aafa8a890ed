"""Where the learner's copy of the course is."""

from pathlib import Path

import pytest

from metacourse.course.edition import ours
from metacourse.course.folder import chosen


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("METACOURSE_FOLDER", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


def test_it_is_in_the_home_folder(home):
    assert chosen() == home / "metacourse"


def test_the_instructors_edition_is_beside_it(home):
    assert chosen(instructor=True) == home / "metacourse-instructor"


@pytest.mark.parametrize("instructor", [False, True])
def test_the_folder_that_is_given_is_taken(home, tmp_path, instructor):
    assert chosen(str(tmp_path / "mine"), instructor=instructor) == tmp_path / "mine"
    assert chosen("~/mine", instructor=instructor) == home / "mine"


def test_a_folder_is_known_by_its_whole_path(home, monkeypatch):
    monkeypatch.chdir(home)
    assert chosen("a/../mine") == home / "mine"


def test_a_variable_names_another_folder(home, monkeypatch):
    monkeypatch.setenv("METACOURSE_FOLDER", "~/courses/meta")
    assert chosen() == home / "courses" / "meta"
    assert chosen(instructor=True) == home / "courses" / "meta-instructor"
    assert chosen("~/mine") == home / "mine"


@pytest.mark.parametrize(
    "hiding", ["metacourse/metacourse/__init__.py", "metacourse/metacourse.py"]
)
def test_beside_a_checkout_of_that_name_it_has_another(home, hiding):
    (home / hiding).parent.mkdir(parents=True)
    (home / hiding).touch()
    assert chosen() == home / "metacourse-notebooks"
    assert chosen(instructor=True) == home / "metacourse-notebooks-instructor"


@pytest.mark.parametrize("hiding", ["metacourse/maml.py", "metacourse.py"])
def test_a_folder_with_a_metacourse_of_its_own_is_refused(tmp_path, hiding):
    (tmp_path / hiding).parent.mkdir(exist_ok=True)
    (tmp_path / hiding).touch()
    with pytest.raises(OSError, match="hides the installed one"):
        chosen(str(tmp_path))


def test_the_courses_own_notebooks_are_refused():
    with pytest.raises(OSError, match="the course's own notebooks"):
        chosen(str(ours()))


@pytest.mark.parametrize("given", [None, "~/mine"])
def test_without_a_home_folder_it_says_so(home, monkeypatch, given):
    def unknown(self=None):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    monkeypatch.setattr(Path, "expanduser", unknown)
    with pytest.raises(OSError, match="no home folder"):
        chosen(given)
