"""The command line: what it passes on, prints and returns."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from metacourse import start_here
from metacourse.course import command, lab
from metacourse.course.command import main
from metacourse.start_here import Finding

REPOSITORY = Path(__file__).resolve().parents[2]
HEAVY = "torch", "numpy", "matplotlib", "IPython", "ipywidgets", "metacourse.start_here"


@pytest.fixture
def started(monkeypatch):
    """What JupyterLab was started with: [(folder, arguments)]."""
    calls = []
    monkeypatch.setattr(lab, "is_installed", lambda: True)
    monkeypatch.setattr(lab, "run", lambda folder, rest: calls.append((folder, rest)) or 0)
    return calls


def fails_with(monkeypatch, error):
    def fail(options, rest):
        raise error

    monkeypatch.setitem(command.COMMANDS, "doctor", fail)


def test_help_is_answered_without_the_rest_of_the_package():
    script = (
        "import sys\nfrom metacourse.course.command import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    print('ended with', end.code)\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert "doctor" in done.stdout
    assert done.stdout.splitlines()[-2:] == ["ended with 0", "[]"]


def test_the_package_can_be_run_as_a_module(tmp_path):
    copy = [sys.executable, "-m", "metacourse", "update", "--folder", str(tmp_path / "copy")]
    done = subprocess.run(copy, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == f"Your copy of the course is in {tmp_path / 'copy'}\n"
    assert (tmp_path / "copy" / "00_start_here.ipynb").exists()


def test_what_lab_does_not_know_goes_to_jupyterlab_in_its_order(tmp_path, started):
    rest = ["--ip", "0.0.0.0", "x.ipynb", "--ServerApp.root_dir=.", "--fold", "-y", "--no-browser"]
    assert main(["lab", *rest[:4], "--folder", str(tmp_path), *rest[4:]]) == 0
    assert started == [(tmp_path, rest)]


def test_lab_brings_the_copy_up_to_date_first(tmp_path, started, capsys):
    (tmp_path / "00_start_here.ipynb").write_bytes(b"mine")
    main(["lab", "--folder", str(tmp_path)])
    assert (tmp_path / "00_start_here-yours.ipynb").read_bytes() == b"mine"
    said = capsys.readouterr().out
    assert "00_start_here-yours.ipynb" in said
    assert "Reload Notebook from Disk" in said


def test_lab_without_jupyterlab_says_how_to_get_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lab, "is_installed", lambda: False)
    assert main(["lab", "--folder", str(tmp_path)]) == 1
    assert "pip install jupyterlab" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("instructor", [False, True])
def test_the_instructors_edition_has_outputs(tmp_path, instructor):
    main(["update", "--folder", str(tmp_path), *["--instructor"] * instructor])
    copy = (tmp_path / "02a_the_factor.ipynb").read_text(encoding="utf-8")
    assert ('"output_type"' in copy) is instructor


def test_a_second_update_says_only_where_the_copy_is(tmp_path, capsys):
    for _ in range(2):
        assert main(["update", "--folder", str(tmp_path)]) == 0
        assert capsys.readouterr().out == f"Your copy of the course is in {tmp_path}\n"


@pytest.mark.parametrize("arguments", [["update", "--port", "1"], ["doctor", "x"], ["unknown"], []])
def test_a_mistake_gets_the_usage_and_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "usage: metacourse" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["update", "lab"])
def test_a_folder_that_cannot_be_written_gets_a_sentence(tmp_path, started, capsys, name):
    (tmp_path / "file").touch()
    assert main([name, "--folder", str(tmp_path / "file" / "folder")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"metacourse: {tmp_path / 'file'}")
    assert line.endswith("; choose another folder with --folder or METACOURSE_FOLDER")
    assert started == []


@pytest.mark.parametrize(("remedy", "expected"), [("", 0), ("Install another.", 1)])
def test_the_doctor_says_what_to_do_and_returns_whether(monkeypatch, capsys, remedy, expected):
    findings = [Finding("Python", "3.12.1", ""), Finding("Device", "cpu", remedy)]
    monkeypatch.setattr(start_here, "check_machine", lambda: findings)
    assert main(["doctor"]) == expected
    first, second = capsys.readouterr().out.splitlines()
    assert first == "✓ Python: 3.12.1."
    assert second == ("✗ Device: cpu. Install another." if remedy else "✓ Device: cpu.")


def test_progress_is_a_table_in_plain_text(capsys):
    assert main(["progress"]) == 0
    said = capsys.readouterr().out
    assert "linear_regression" in said or "Linear regression" in said
    assert "○" in said


def test_a_missing_package_gets_a_sentence(monkeypatch, capsys):
    fails_with(monkeypatch, ModuleNotFoundError("No module named 'torch'", name="torch"))
    assert main(["doctor"]) == 1
    assert "The package torch is missing" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["update", "lab"])
def test_a_folder_that_will_not_do_gets_a_sentence(tmp_path, started, capsys, name):
    (tmp_path / "metacourse").mkdir()
    assert main([name, "--folder", str(tmp_path)]) == 1
    assert "hides the installed one; choose another folder" in capsys.readouterr().err
    assert started == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError("libtorch cannot be loaded"), "libtorch cannot be loaded"),
        (FileNotFoundError(2, "No such file", "weights"), "weights: No such file"),
    ],
)
def test_another_error_of_the_system_gets_its_sentence(monkeypatch, capsys, error, said):
    fails_with(monkeypatch, error)
    assert main(["doctor"]) == 1
    assert capsys.readouterr().err == f"metacourse: {said}\n"


@pytest.mark.parametrize(
    "arguments",
    [["report"], ["plan", "--folder"], ["slides", "00", "--folder"], ["assignment", "02a"]],
)
def test_the_home_of_a_user_whom_nobody_knows_gets_a_sentence(arguments, capsys):
    assert main([*arguments, "~nobody-is-called-this"]) == 1
    said = "there is no home folder for ~nobody-is-called-this; name another folder\n"
    assert capsys.readouterr().err == f"metacourse: {said}"


def test_slides_are_written_into_the_home_folder_by_its_sign(tmp_path, monkeypatch):
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    assert main(["slides", "00", "--folder", "~/decks"]) == 0
    assert list(tmp_path.glob("decks/00*.html"))


def test_a_terminal_without_a_sign_shows_another(monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setitem(command.COMMANDS, "doctor", lambda options, rest: print("✓ fine"))
    main(["doctor"])
    terminal.flush()
    assert terminal.buffer.getvalue() == b"? fine\n"


def test_an_interrupt_is_told_in_a_sentence(monkeypatch, capsys):
    def interrupted(options, rest):
        raise KeyboardInterrupt

    monkeypatch.setitem(command.COMMANDS, "update", interrupted)
    assert main(["update"]) == 130
    assert capsys.readouterr().err == (
        "metacourse: stopped; nothing is lost, and the next call does the rest\n"
    )


@pytest.mark.parametrize("command", [["plan"], ["update"], ["slides", "00"]])
def test_a_file_in_the_place_of_a_folder_is_told_in_words(tmp_path, capsys, command):
    (tmp_path / "file").touch()
    assert main([*command, "--folder", str(tmp_path / "file")]) == 1
    assert "there is a file where a folder is needed" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="a pipe that is closed is an error of POSIX")
def test_whoever_reads_only_the_first_lines_hears_no_complaint():
    plan = f'"{sys.executable}" -m metacourse plan | true'
    assert not subprocess.run(plan, shell=True, cwd=REPOSITORY, capture_output=True).stderr
