import pytest
import torch

from metacourse.tasks import cache

MADE = {"numbers": torch.arange(3)}, {"names": ["a", "ä"]}


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


def test_a_folder_that_cannot_be_written_costs_time_only(calls, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("METACOURSE_CACHE", str(tmp_path / "file" / "below"))
    get(calls)
    get(calls)
    assert calls == ["thing", "thing"]
