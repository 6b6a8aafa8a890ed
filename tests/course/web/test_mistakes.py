"""The command's mistakes are told in a sentence, and an older site is not lost by them."""

import json
from pathlib import Path

import pytest

from metacourse.course.classroom import Unclear
from metacourse.course.web import recordings
from metacourse.course.web.doors import Doors, check
from metacourse.course.web.site import Wanted, build, put
from metacourse.figures.recorded import cell_key

CELL = {"cell_type": "code", "id": "figure", "source": "figure()", "metadata": {}, "outputs": []}


@pytest.mark.parametrize(
    ("doors", "base_url", "option"),
    [
        (Doors(repository="https://github.com/someone/course"), "", "--repository"),
        (Doors(repository="course"), "", "--repository"),
        (Doors("someone/course", branch='a"b'), "", "--branch"),
        (Doors(hub="javascript:alert(1)"), "", "--hub"),
        (Doors(hub='https://hub.org/">'), "", "--hub"),
        (Doors(hub="hub.org"), "", "--hub"),
        (Doors(), "example.org/course", "--base-url"),
    ],
)
def test_what_no_link_can_be_made_of_is_refused_by_name(doors, base_url, option):
    with pytest.raises(Unclear, match=f"^{option} .* cannot be used: it takes "):
        check(doors, base_url)


def test_a_repository_a_hub_and_an_address_below_another_are_taken():
    check(Doors("some-one/the.course", "v1/x", "http://127.0.0.1:8000/hub"), "https://a.org/b/c/")


def test_nothing_is_made_of_a_wrong_address(tmp_path):
    target = tmp_path / "site"
    with pytest.raises(Unclear):
        next(build(target, recorded=tmp_path, wanted=Wanted(base_url="nowhere")))
    assert not target.exists()


def test_a_folder_on_which_a_disk_begins_is_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "is_mount", lambda path: path == tmp_path)
    with pytest.raises(Unclear, match="a disk begins at"):
        next(build(tmp_path, recorded=tmp_path, run=False))


@pytest.mark.parametrize("content", [b"", b'{"kind": "fra', b"\xff\xfe"])
def test_a_damaged_recording_is_named_with_the_way_out(tmp_path, content):
    path = tmp_path / f"{cell_key(CELL['source'])}-0.json"
    path.write_bytes(content)
    with pytest.raises(Unclear, match=f"{path.name} is damaged: delete its folder"):
        list(recordings.recordings(CELL, tmp_path))


def test_recordings_of_a_cell_come_in_the_order_in_which_it_shows_them(tmp_path):
    for n in range(2):
        path = tmp_path / f"{cell_key(CELL['source'])}-{n}.json"
        path.write_text(json.dumps({"n": n}), encoding="utf-8")
    assert list(recordings.recordings(CELL, tmp_path)) == [{"n": 0}, {"n": 1}]


def test_an_older_site_is_replaced_as_a_whole(tmp_path):
    made, target = tmp_path / "made", tmp_path / "site"
    for folder, name in [(made, "new.html"), (target, "old.html")]:
        folder.mkdir()
        (folder / name).touch()
    put(made, target, aside=tmp_path / "older")
    assert [path.name for path in target.iterdir()] == ["new.html"]


def test_an_older_site_that_cannot_be_moved_is_left_as_it_was(tmp_path):
    made, target = tmp_path / "made", tmp_path / "site"
    made.mkdir()
    target.mkdir()
    (target / "old.html").touch()
    with pytest.raises(FileNotFoundError):
        put(made, target, aside=tmp_path / "missing" / "older")
    assert [path.name for path in target.iterdir()] == ["old.html"]
