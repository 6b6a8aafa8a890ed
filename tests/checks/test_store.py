import json
import subprocess
import sys

import pytest

from metacourse.checks import store


def tried(record):
    return record | {"tries": record.get("tries", 0) + 1}


def test_a_record_survives_a_kernel_restart(progress_file):
    store.update("exercise", "toy.product", tried)
    code = "from metacourse.checks import store; print(store.read('exercise', 'toy.product'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "({'tries': 1}, '')"


def test_without_the_variable_the_file_lies_in_the_users_data_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("METACOURSE_PROGRESS")
    monkeypatch.setattr("platformdirs.user_data_path", lambda name: tmp_path / name)
    assert store.path() == tmp_path / "metacourse" / "progress.json"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[]",
        b'{"a": 1}',
        b"[" * 100_000,
        json.dumps({"format": store.FORMAT, "exercise": []}).encode(),
        json.dumps({"format": store.FORMAT, "exercise": {"x": 3}}).encode(),
        json.dumps({"format": store.FORMAT, "exercise": {"x": {"tries": "two"}}}).encode(),
    ],
    ids=range(9),
)
def test_a_corrupt_or_foreign_file_is_set_aside_and_kept(progress_file, content):
    progress_file.parent.mkdir()
    progress_file.write_bytes(content)
    record, remark = store.update("exercise", "toy.product", tried)
    aside = list(progress_file.parent.glob("progress.json.corrupt-*"))
    assert record == {"tries": 1}
    assert "set aside" in remark
    assert [file.read_bytes() for file in aside] == [content]


def test_an_unwritable_place_gives_a_remark_and_the_kernel_remembers(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("METACOURSE_PROGRESS", str(tmp_path / "file" / "progress.json"))
    for count in (1, 2):
        record, remark = store.update("exercise", "toy.product", tried)
        assert record == {"tries": count}
        assert "cannot be kept" in remark


def test_an_unreadable_file_is_never_overwritten(tmp_path, monkeypatch):
    monkeypatch.setenv("METACOURSE_PROGRESS", str(tmp_path))
    assert "cannot be kept" in store.update("exercise", "toy.product", tried)[1]
    assert tmp_path.is_dir()


def test_a_failed_write_leaves_the_old_file_and_no_other(progress_file, monkeypatch):
    store.update("exercise", "toy.product", tried)
    before = progress_file.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    assert "No space left" in store.update("exercise", "toy.product", tried)[1]
    assert [file.read_bytes() for file in progress_file.parent.iterdir()] == [before]


def test_kernels_that_write_at_once_never_leave_a_half_file(progress_file):
    code = (
        "import sys; from metacourse.checks import store\n"
        "for i in range(40): store.update('exercise', f'{sys.argv[1]}.{i}', lambda r: {'tries': i})"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(n)]) for n in range(2)]
    while any(writer.poll() is None for writer in writers):
        assert store.load()[1] == ""
    assert [writer.returncode for writer in writers] == [0, 0]
    assert [file.name for file in progress_file.parent.iterdir()] == ["progress.json"]


def test_the_table_lists_everything_of_the_chapter(chapter):
    assert str(store.table()).splitlines() == [
        "99 Toys",
        "  ○ product                  exercise    not attempted yet",
        "  ○ draw                     exercise    not attempted yet",
        "  ○ sums                     quiz        not attempted yet",
        "  ○ side                     prediction  not attempted yet",
        "  ○ share                    prediction  not attempted yet",
    ]


@pytest.mark.parametrize(
    ("kind", "name", "record", "told"),
    [
        ("exercise", "product", {"tries": 1, "passed": True}, "passed, tried 1 time"),
        ("exercise", "product", {"tries": 3, "hints": 2}, "tried 3 times · 2 hints used"),
        ("exercise", "product", {"solution": True}, "not attempted yet · solution seen"),
        ("quiz", "sums", {"tries": 1, "right": ["1 + 1 = ?"]}, "1 of 2 right, tried 1 time"),
        (
            "quiz",
            "sums",
            {"tries": 2, "right": ["1 + 1 = ?", "2 + 2 = ?"]},
            "passed, 2 of 2 right, tried 2 times",
        ),
        ("prediction", "side", {"answer": "left"}, "committed"),
        ("prediction", "side", {"answer": 2.0, "revealed": True}, "committed and revealed"),
    ],
)
def test_the_table_says_what_was_done(chapter, kind, name, record, told):
    store.update(kind, f"toy.{name}", lambda _: record)
    rows = store.table().sections["99 Toys"]
    assert [row[3] for row in rows if row[1] == name] == [told]
