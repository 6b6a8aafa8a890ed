import os
import stat
from copy import deepcopy

import pytest
import torch

from metacourse.tasks import cache

MADE = {"numbers": torch.arange(3)}, {"names": ["a", "ä"]}


def full(*args):
    raise OSError(28, "No space left on device")


@pytest.fixture
def calls(tmp_path, monkeypatch):
    """How often something had to be made, with an empty cache folder that is not there yet."""
    monkeypatch.setenv("METACOURSE_CACHE", str(tmp_path / "cache"))
    return []


def get(calls, name="thing"):
    tensors, told = cache.kept(name, lambda: calls.append(name) or MADE)
    assert torch.equal(tensors["numbers"], torch.arange(3))
    assert told == {"names": ["a", "ä"]}


def test_what_was_made_once_is_read_the_next_time(calls):
    get(calls)
    get(calls)
    assert calls == ["thing"]


def test_another_name_is_another_thing(calls):
    get(calls)
    get(calls, "other")
    assert calls == ["thing", "other"]


@pytest.mark.parametrize("damage", [b"", b"no safetensors", b"\x00" * 100])
def test_a_broken_file_is_made_anew(calls, damage):
    get(calls)
    (cache.folder() / "thing.safetensors").write_bytes(damage)
    get(calls)
    get(calls)
    assert calls == ["thing", "thing"]


def test_nothing_but_the_finished_file_is_left(calls):
    get(calls)
    assert [path.name for path in cache.folder().iterdir()] == ["thing.safetensors"]


def test_a_folder_that_cannot_be_written_costs_time_once_in_a_kernel(calls, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("METACOURSE_CACHE", str(tmp_path / "file" / "below"))
    get(calls)
    get(calls)
    assert calls == ["thing"]


def test_a_full_disk_costs_time_once_and_leaves_nothing(calls, monkeypatch):
    def half_written(self, content):
        with open(self, "wb") as file:
            file.write(content[:10])
        full()

    monkeypatch.setattr("pathlib.Path.write_bytes", half_written)
    get(calls)
    get(calls)
    assert calls == ["thing"]
    assert list(cache.folder().iterdir()) == []


@pytest.mark.parametrize("chosen", ["", "~nobody-is-called-this/cache"])
def test_a_user_without_a_home_folder_waits_and_goes_on(calls, monkeypatch, chosen):
    def unknown_user(name):
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setenv("METACOURSE_CACHE", chosen)
    monkeypatch.setattr("platformdirs.user_cache_path", unknown_user)
    get(calls)
    get(calls)
    assert calls == ["thing"]


def test_a_tilde_in_the_variable_is_the_home_folder(calls, tmp_path, monkeypatch):
    monkeypatch.setattr("os.path.expanduser", lambda name: str(name).replace("~", str(tmp_path)))
    monkeypatch.setenv("METACOURSE_CACHE", "~/mine")
    get(calls)
    assert (tmp_path / "mine" / "thing.safetensors").exists()


@pytest.mark.skipif(os.name != "posix", reason="modes are a matter of POSIX")
def test_what_is_kept_can_be_read_by_whom_the_umask_lets(calls, tmp_path):
    get(calls)
    (tmp_path / "usual").touch()
    kept, usual = cache.folder() / "thing.safetensors", tmp_path / "usual"
    assert stat.S_IMODE(kept.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


def test_what_is_remembered_is_not_changed_by_those_who_got_it(calls, monkeypatch):
    monkeypatch.setattr(cache, "_write", full)
    for _ in range(3):
        tensors, told = cache.kept("thing", lambda: deepcopy(MADE))
        assert (tensors["numbers"].tolist(), told["names"]) == ([0, 1, 2], ["a", "ä"])
        tensors["numbers"].zero_()
        told["names"].clear()


def test_a_disk_that_is_full_for_a_while_is_forgotten_with_the_kernel(calls, monkeypatch):
    with monkeypatch.context() as disk:
        disk.setattr(cache, "_write", full)
        get(calls)
    cache.unkept.clear()
    get(calls)
    get(calls)
    assert calls == ["thing", "thing"]
