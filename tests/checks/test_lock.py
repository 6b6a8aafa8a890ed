"""The lock around the progress file helps where it can and never stops anybody."""

import os
import time

import pytest

from metacourse.checks import lock
from metacourse.checks.lock import alone, taken


@pytest.fixture
def path(tmp_path):
    return tmp_path / "progress.json"


def lock_of(path, *, made=0.0):
    """Somebody else's lock, made this many seconds ago."""
    file = path.with_name(f"{path.name}.lock")
    file.touch()
    os.utime(file, (time.time() - made, time.time() - made))
    return file


def test_a_lock_keeps_others_out_and_is_gone_afterwards(path, monkeypatch):
    with alone(path):
        (file,) = path.parent.iterdir()
        monkeypatch.setattr(lock, "PATIENCE", 0.05)
        assert not taken(file)
    assert list(path.parent.iterdir()) == []


def test_a_lock_is_gone_after_an_error(path):
    with pytest.raises(KeyboardInterrupt), alone(path):
        raise KeyboardInterrupt
    assert list(path.parent.iterdir()) == []


def test_a_lock_that_is_released_in_time_is_taken(path, monkeypatch):
    file = lock_of(path)
    monkeypatch.setattr("time.sleep", lambda seconds: file.unlink())
    assert taken(file)


def test_a_lock_that_stays_is_respected_for_a_moment_and_left_there(path, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE", 0.05)
    file = lock_of(path)
    with alone(path):
        pass
    assert file.exists()


@pytest.mark.parametrize("made", [3600, -3600], ids=["before", "by a clock that was wrong"])
def test_the_lock_of_a_kernel_that_died_is_taken_over(path, made):
    file = lock_of(path, made=made)
    assert taken(file)
    assert lock.age(file) < 60


def test_a_dead_lock_that_nobody_may_remove_is_ignored(path, monkeypatch):
    def forbidden(*args, **kwargs):
        raise PermissionError(1, "Operation not permitted")

    file = lock_of(path, made=3600)
    monkeypatch.setattr("pathlib.Path.unlink", forbidden)
    assert not taken(file)


def test_where_no_lock_can_be_made_nothing_waits(path, monkeypatch):
    path.write_text("not a folder")
    monkeypatch.setattr("time.sleep", None)
    with alone(path / "progress.json"):
        pass


def test_a_lock_that_is_gone_again_is_not_old(path):
    assert lock.age(path) == 0
