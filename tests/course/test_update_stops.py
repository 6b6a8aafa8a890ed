"""An update is disturbed, stopped, or finds a full disk: the learner's files survive."""

import os

import pytest

from metacourse.course import update as module
from metacourse.course.files import read_notebook
from tests.course.editions import FIRST, MINE, NAME, SECOND, seen, updated
from tests.course.small import sources


def test_a_notebook_that_is_saved_during_the_update_is_left_alone(folder, monkeypatch):
    (folder / NAME).write_bytes(MINE)
    later = MINE.replace(b"return", b"return 2")

    def merged(*notebooks):
        (folder / NAME).write_bytes(later)
        return original(*notebooks)

    original = module.merged
    monkeypatch.setattr(module, "merged", merged)
    (line,) = updated(folder, SECOND)
    assert (folder / NAME).read_bytes() == later
    assert "update again" in line
    monkeypatch.undo()
    updated(folder, SECOND)
    assert "return 2" in sources(read_notebook((folder / NAME).read_bytes()))


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("mine", [MINE, b"broken", None], ids=["changed", "broken", "deleted"])
def test_a_stop_between_any_two_steps_loses_nothing_and_the_next_update_does_the_rest(
    tmp_path, monkeypatch, mine, moment
):
    def learner(folder):
        updated(folder, FIRST)
        (folder / NAME).unlink()
        if mine is not None:
            (folder / NAME).write_bytes(mine)

    learner(tmp_path / "undisturbed")
    updated(tmp_path / "undisturbed", SECOND)
    steps = 0
    while True:
        steps += 1
        folder = tmp_path / f"stopped at step {steps}"
        learner(folder)
        with monkeypatch.context() as patch:
            stopped = stop_at(patch, steps, moment)
            if not stopped(lambda folder=folder: updated(folder, SECOND)):
                break
        updated(folder, SECOND)
        assert seen(folder) == seen(tmp_path / "undisturbed")
    assert steps > 8


def stop_at(patch, count, moment):
    """A way to run a function that is stopped at its n-th change of a file."""
    left = count

    def stopping(change):
        def changed(*names, **options):
            nonlocal left
            left -= 1
            if left == 0 and moment == "before":
                raise KeyboardInterrupt
            change(*names, **options)
            if left == 0:
                raise KeyboardInterrupt

        return changed

    for name in ("replace", "rename", "unlink"):
        patch.setattr(os, name, stopping(getattr(os, name)))

    def stopped(function):
        try:
            function()
        except KeyboardInterrupt:
            return True
        return False

    return stopped


def test_a_full_disk_leaves_everything_as_it_was(folder, monkeypatch):
    (folder / NAME).write_bytes(MINE)

    def replace(*names):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(OSError, match="No space"):
        updated(folder, SECOND)
    assert seen(folder) == FIRST | {NAME: MINE}
