import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from metacourse.checks import store

NEWER = json.dumps({"format": "metacourse progress 2", "exercise": ["another form"]}).encode()
POSIX = pytest.mark.skipif(os.name != "posix", reason="modes are a matter of POSIX")


def tried(record):
    return record | {"tries": record.get("tries", 0) + 1}


def another_kernel(statement):
    """What a statement prints in a kernel of its own that has `store`."""
    code = f"from metacourse.checks import store; {statement}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def full(*args, **kwargs):
    raise OSError(28, "No space left on device")


def unknown_user(*args):
    raise RuntimeError("could not determine the home directory")


def test_a_record_survives_a_kernel_restart(progress_file):
    store.update("exercise", "toy.product", tried)
    told = another_kernel("print(store.read('exercise', 'toy.product'))")
    assert told == "({'tries': 1}, '')"


def test_what_was_done_under_an_older_name_counts_under_todays(progress_file):
    store.update("exercise", "maml.meta_sgd", tried)
    assert store.read("exercise", "maml.meta_sgd_step") == ({"tries": 1}, "")
    store.update("exercise", "maml.meta_sgd_step", tried)
    assert store.read("exercise", "maml.meta_sgd_step") == ({"tries": 2}, "")
    assert list(json.loads(progress_file.read_bytes())["exercise"]) == ["maml.meta_sgd_step"]


def test_an_older_name_does_not_undo_what_was_done_since(progress_file):
    records = {"lstm.preprocess": {"tries": 7}, "learned_optimisers.preprocess": {"tries": 1}}
    progress_file.parent.mkdir(parents=True, exist_ok=True)
    progress_file.write_text(json.dumps({"format": store.FORMAT, "exercise": records}))
    assert store.read("exercise", "learned_optimisers.preprocess") == ({"tries": 1}, "")


def test_names_of_today_are_those_of_texts_and_older_ones_are_not():
    folder = Path(store.__file__).parent
    texts = {path.stem for path in folder.glob("exercises/*.slips")}
    texts |= {path.stem for path in folder.glob("quizzes/*.quiz")}
    assert set(store.RENAMED.values()) <= texts
    assert not set(store.RENAMED) & texts


def test_without_the_variable_the_file_lies_in_the_users_data_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("METACOURSE_PROGRESS")
    monkeypatch.setattr("platformdirs.user_data_path", lambda name: tmp_path / name)
    assert store.path() == tmp_path / "metacourse" / "progress.json"


def test_a_tilde_in_the_variable_is_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setattr("os.path.expanduser", lambda name: str(name).replace("~", str(tmp_path)))
    monkeypatch.setenv("METACOURSE_PROGRESS", "~/mine.json")
    assert store.update("exercise", "toy.product", tried) == ({"tries": 1}, "")
    assert json.loads((tmp_path / "mine.json").read_bytes())["exercise"]


@pytest.mark.parametrize("chosen", ["", "~nobody-is-called-this/progress.json"])
def test_without_a_home_folder_a_remark_says_so_and_the_kernel_remembers(monkeypatch, chosen):
    monkeypatch.setenv("METACOURSE_PROGRESS", chosen)
    monkeypatch.setattr("platformdirs.user_data_path", unknown_user)
    for count in (1, 2):
        record, remark = store.update("exercise", "toy.product", tried)
        assert record == {"tries": count}
        assert "cannot be kept (there is no home folder; METACOURSE_PROGRESS can" in remark
    assert store.read("exercise", "toy.product")[0] == {"tries": 2}


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
    monkeypatch.setattr("os.replace", full)
    assert "No space left" in store.update("exercise", "toy.product", tried)[1]
    assert [file.read_bytes() for file in progress_file.parent.iterdir()] == [before]


def test_what_could_not_be_written_is_added_to_what_another_kernel_wrote_since(progress_file):
    with pytest.MonkeyPatch.context() as disk:
        disk.setattr("os.replace", full)
        store.update("exercise", "toy.product", tried)
        store.update("quiz", "toy.sums", tried)
    another_kernel(
        "[store.update('exercise', f'toy.{name}', lambda r: {'tries': 5})"
        " for name in ('product', 'draw')]"
    )
    assert store.read("exercise", "toy.product") == ({"tries": 6}, "")
    assert store.update("exercise", "toy.product", tried) == ({"tries": 7}, "")
    written = json.loads(progress_file.read_bytes())
    assert written["exercise"] == {"toy.product": {"tries": 7}, "toy.draw": {"tries": 5}}
    assert written["quiz"] == {"toy.sums": {"tries": 1}}
    assert store.unsaved == []


def test_what_could_not_be_written_goes_to_a_place_that_is_named_later(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("METACOURSE_PROGRESS", str(tmp_path / "file" / "progress.json"))
    store.update("exercise", "toy.product", tried)
    monkeypatch.setenv("METACOURSE_PROGRESS", str(tmp_path / "progress.json"))
    assert store.update("exercise", "toy.product", tried) == ({"tries": 2}, "")


def test_a_link_stays_a_link_and_its_file_is_written(progress_file, tmp_path):
    progress_file.parent.mkdir()
    progress_file.symlink_to(tmp_path / "synced" / "progress.json")
    for _ in range(2):
        store.update("exercise", "toy.product", tried)
    assert progress_file.is_symlink()
    written = json.loads((tmp_path / "synced" / "progress.json").read_bytes())
    assert written["exercise"]["toy.product"] == {"tries": 2}


def test_a_corrupt_file_behind_a_link_is_set_aside_and_the_link_kept(progress_file, tmp_path):
    (tmp_path / "synced.json").write_text("{")
    progress_file.parent.mkdir()
    progress_file.symlink_to(tmp_path / "synced.json")
    store.update("exercise", "toy.product", tried)
    assert progress_file.is_symlink()
    assert [file.read_text() for file in tmp_path.glob("synced.json.corrupt-*")] == ["{"]


@POSIX
def test_a_new_file_is_private_and_a_shared_one_stays_shared(progress_file):
    for mode in (0o600, 0o666):
        store.update("exercise", "toy.product", tried)
        assert stat.S_IMODE(progress_file.stat().st_mode) == mode
        progress_file.chmod(0o666)


def test_a_file_of_a_newer_course_is_neither_read_nor_touched(progress_file):
    progress_file.parent.mkdir()
    progress_file.write_bytes(NEWER)
    remarks = [store.read("exercise", "toy.product")[1], store.reset()]
    for count in (1, 2):
        record, remark = store.update("exercise", "toy.product", tried)
        assert record == {"tries": count}
        remarks.append(remark)
    assert all("a newer version of the course wrote it" in remark for remark in remarks)
    assert [file.read_bytes() for file in progress_file.parent.iterdir()] == [NEWER]


@pytest.mark.parametrize("version", ["0", "1.5", "two", "9" * 5000])
def test_a_version_that_never_was_is_set_aside(progress_file, version):
    progress_file.parent.mkdir()
    progress_file.write_text(json.dumps({"format": f"metacourse progress {version}"}))
    assert "set aside" in store.update("exercise", "toy.product", tried)[1]


def test_a_corrupt_file_that_is_set_aside_on_a_full_disk_gets_both_remarks(
    progress_file, monkeypatch
):
    progress_file.parent.mkdir()
    progress_file.write_text("{")
    monkeypatch.setattr("pathlib.Path.write_text", full)
    remark = store.update("exercise", "toy.product", tried)[1]
    assert "set aside" in remark
    assert "No space left" in remark


def test_for_grading_nothing_is_read_or_written(progress_file, monkeypatch):
    store.update("exercise", "toy.product", tried)
    before = progress_file.read_bytes()
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert store.read("exercise", "toy.product") == ({}, "")
    assert store.update("exercise", "toy.product", tried) == ({"tries": 1}, "")
    assert store.reset() == ""
    assert progress_file.read_bytes() == before
    monkeypatch.delenv("NBGRADER_EXECUTION")
    assert store.update("exercise", "toy.product", tried) == ({"tries": 2}, "")


def test_a_reset_forgets_what_could_not_be_written_too(progress_file):
    with pytest.MonkeyPatch.context() as disk:
        disk.setattr("os.replace", full)
        store.update("exercise", "toy.product", tried)
        assert "No space left" in store.reset()
    assert store.reset() == ""
    assert store.read("exercise", "toy.product") == ({}, "")
    assert json.loads(progress_file.read_bytes()) == store.empty()


def test_kernels_that_write_at_once_lose_nothing_and_never_leave_a_half_file(progress_file):
    code = (
        "import sys; from metacourse.checks import lock, store\n"
        "lock.PATIENCE = lock.STALE = 600\n"  # however slow the machine is
        "more = lambda record: {'tries': record.get('tries', 0) + 1}\n"
        "for i in range(40):\n"
        "    store.update('exercise', f'{sys.argv[1]}.{i}', more)\n"
        "    store.update('exercise', 'of both', more)"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(n)]) for n in range(2)]
    while any(writer.poll() is None for writer in writers):
        assert store.load()[1] == ""
    assert [writer.returncode for writer in writers] == [0, 0]
    records, _ = store.load()
    assert len(records["exercise"]) == 2 * 40 + 1
    assert records["exercise"]["of both"] == {"tries": 2 * 40}
    assert [file.name for file in progress_file.parent.iterdir()] == ["progress.json"]
