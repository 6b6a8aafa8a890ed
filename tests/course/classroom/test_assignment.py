"""Homework made of the course's notebooks: its cells, and the command that writes it."""

import ast
import os
import re
import subprocess
import sys

import nbformat
import pytest
from traitlets.config import Config

from metacourse.course.classroom.exercises import exercises
from metacourse.course.classroom.homework import Sheet, homework
from metacourse.course.command import main
from metacourse.course.edition import ours
from metacourse.course.files import notebook_bytes, read_notebook
from metacourse.course.forms import CHECK, tags
from tests.course.classroom.hand_ins import grade_id

KEY = re.compile(r"### BEGIN SOLUTION.*### END SOLUTION", re.DOTALL)
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*### END HIDDEN TESTS\n", re.DOTALL)
NOTEBOOKS = {
    path.stem: read_notebook(path.read_bytes()) for path in sorted(ours().glob("[0-9]*.ipynb"))
}
HELD = {stem: list(exercises(notebook)) for stem, notebook in NOTEBOOKS.items()}
WITH = [stem for stem, held in HELD.items() if held]


def source(stem, *, chosen=None, partial=0.0):
    """A notebook as the source of an assignment."""
    points = {each.name: each.minutes for each in HELD[stem]}
    sheet = Sheet("hw", stem, points, partial)
    return homework(NOTEBOOKS[stem], chosen or HELD[stem], sheet, code="")


def released(stem):
    """The source as nbgrader hands it out."""
    cells = [
        cell | {"source": HIDDEN.sub("", KEY.sub("...", cell["source"]))}
        for cell in source(stem)["cells"]
    ]
    return [cell["source"] for cell in cells], cells


def test_every_exercise_of_every_chapter_becomes_homework():
    stubs = sum("exercise" in tags(c) for n in NOTEBOOKS.values() for c in n["cells"])
    assert sum(map(len, HELD.values())) == stubs > 40


@pytest.mark.parametrize("stem", WITH)
def test_the_released_stub_is_the_courses_own_to_the_byte(stem):
    _, cells = released(stem)
    answers = [cell["source"] for cell in cells if grade_id(cell).endswith("-answer")]
    assert answers == [each.stub["source"] for each in HELD[stem]]


@pytest.mark.parametrize("stem", WITH)
def test_the_key_and_all_other_cells_are_programs(stem):
    for cell in source(stem)["cells"]:
        if cell["cell_type"] == "code":
            ast.parse(cell["source"])


@pytest.mark.parametrize("stem", WITH)
def test_a_release_holds_no_key_no_hidden_line_and_nothing_for_instructors(stem):
    sources, _ = released(stem)
    text = "\n".join(sources)
    assert not re.search(r"SOLUTION|HIDDEN|reference\(|solution|hint\(|Stuck\?|sys\.modules", text)
    instructors = [c for c in NOTEBOOKS[stem]["cells"] if "instructor" in tags(c)]
    assert [cell for cell in instructors if cell["source"] in text] == []


@pytest.mark.parametrize("stem", WITH)
def test_a_release_has_no_links_to_files_that_are_not_beside_it(stem):
    sources, _ = released(stem)
    assert re.findall(r"\]\((?!https?:)[^)]*\)", "\n".join(sources)) == []


@pytest.mark.parametrize("stem", WITH)
def test_every_statement_and_what_it_needs_stand_above_its_answer(stem):
    names = [cell["id"] for cell in source(stem)["cells"]]
    for each in HELD[stem]:
        answer = names.index(f"{each.name.replace('.', '-')}-answer")
        above = [names.index(cell["id"]) for cell in (*each.given, each.statement)]
        assert max(above) < answer


def test_names_of_grades_are_unique_over_the_whole_course():
    names = [grade_id(cell) for stem in WITH for cell in source(stem)["cells"] if grade_id(cell)]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[\w-]+", name)] == []


@pytest.mark.parametrize("stem", WITH)
def test_a_check_is_locked_and_gives_the_minutes_as_points(stem):
    marks = [c["metadata"]["nbgrader"] for c in source(stem)["cells"] if grade_id(c)]
    graded = [mark for mark in marks if mark["grade"]]
    assert [mark["points"] for mark in graded] == [each.minutes for each in HELD[stem]]
    assert {(mark["locked"], mark["solution"]) for mark in graded} == {(True, False)}


def test_the_points_of_a_named_mistake_are_written_into_the_check():
    checks = [c["source"] for c in source("02a_the_factor", partial=0.5)["cells"]]
    last = [text.splitlines()[-1] for text in checks if CHECK.search(text)]
    assert last[0].endswith('gradient, assignment="hw", partial=3)')


def test_one_exercise_alone_brings_what_its_section_gives():
    chosen = [each for each in HELD["04b_prototypes"] if each.function == "prototypical_logits"]
    text = "\n".join(c["source"] for c in source("04b_prototypes", chosen=chosen)["cells"])
    assert "softmax" in text


def test_only_imports_that_are_needed_are_handed_out():
    cells = {c["id"]: c["source"] for c in source("02a_the_factor")["cells"]}
    assert cells["imports-02a_the_factor"].splitlines() == [
        "import torch",
        "from metacourse import linear_regression as linreg",
        "torch.set_default_dtype(torch.float64)  # exact claims deserve 16 digits",
        "torch.set_num_threads(1)  # tensors this small gain nothing from a second core",
    ]


def test_the_hidden_lines_leave_nothing_of_the_learners_but_the_check_changed():
    lines = [HIDDEN.search(c["source"]) for c in source("02a_the_factor")["cells"]]
    program = f"""
import IPython, types
IPython.get_ipython = lambda: types.SimpleNamespace()
space = {{"name": "Ada", "sys": "a system"}}
exec({next(filter(None, lines))[0]!r}, space)
del space["__builtins__"]
print(space.pop("check").__name__, space)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "graded {'name': 'Ada', 'sys': 'a system'}", done.stderr


# ---- the command ---------------------------------------------------------------------------------


def written(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_chapter_becomes_a_notebook_for_each_sitting_and_settings(tmp_path, capsys):
    assert main(["assignment", "02", str(tmp_path)]) == 0
    assert written(tmp_path) == {
        "nbgrader_config.py",
        "source/hw02/homework_02a.ipynb",
        "source/hw02/homework_02b.ipynb",
    }
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["linear_regression.gradient", "6", "6"] in rows
    assert ["together", "66", "66"] in rows


def test_exercises_and_points_can_be_chosen(tmp_path, capsys):
    arguments = ["--exercises", "gradient", "adapt", "--points", "adapt=2.5", "--name", "week-3"]
    assert main(["assignment", "02a", str(tmp_path), *arguments]) == 0
    assert "source/week-3/homework_02a.ipynb" in written(tmp_path)
    assert capsys.readouterr().out.count("linear_regression.") == 2
    notebook = read_notebook((tmp_path / "source/week-3/homework_02a.ipynb").read_bytes())
    marks = [cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"]]
    assert [mark["points"] for mark in marks if mark.get("grade")] == [6, 2.5]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["99"], "There are no exercises of '99'; there are those of 00, 01a, 02a"),
        (["0"], "There are no exercises of '0'"),
        (["01b"], "There are no exercises of '01b'"),
        (
            ["02a", "--exercises", "gradent"],
            "no exercise 'gradent' here; there are gradient,",
        ),
        (["02a", "--points", "gradient"], "'gradient' is not NAME=POINTS, as in gradient=3."),
        (["02a", "--points", "gradient=-1"], "'gradient=-1' is not NAME=POINTS"),
        (["02a", "--points", "gradient=٣"], "'gradient=٣' is not NAME=POINTS"),
        (["02a", "--partial", "3"], "--partial is a share of the points, from 0 to 1."),
        (["02a", "--name", "../x"], "'../x' cannot name an assignment"),
        (["02a", "--name", "-1"], "'-1' cannot name an assignment"),
    ],
)
def test_what_cannot_be_meant_is_told_in_a_sentence_and_nothing_is_written(
    arguments, said, tmp_path, capsys
):
    chapter, *rest = arguments
    assert main(["assignment", chapter, str(tmp_path / "ml"), *rest]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "ml").exists()


def test_a_home_folder_that_does_not_exist_is_told_in_a_sentence(capsys):
    assert main(["assignment", "02a", "~nobody-of-this-name/ml"]) == 1
    assert "there is no home folder for ~nobody-of-this-name/ml" in capsys.readouterr().err


def test_a_second_run_leaves_what_you_have_changed_unless_it_is_forced(tmp_path, capsys):
    made = tmp_path / "source/hw02a/homework_02a.ipynb"
    assert main(["assignment", "02a", str(tmp_path)]) == 0
    first = made.read_bytes()
    assert main(["assignment", "02a", str(tmp_path)]) == 0  # the same again
    mine = notebook_bytes(read_notebook(first) | {"cells": []})
    made.write_bytes(mine)
    assert main(["assignment", "02a", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert made.read_bytes() == mine
    assert main(["assignment", "02a", str(tmp_path), "--force"]) == 0
    assert made.read_bytes() == first


def test_settings_that_are_there_stay_and_what_they_lack_is_told(tmp_path, capsys):
    settings = tmp_path / "nbgrader_config.py"
    settings.write_text("c = get_config()\nc.Execute.timeout = 300\n", encoding="utf-8")
    assert main(["assignment", "02a", str(tmp_path)]) == 0
    assert settings.read_text(encoding="utf-8").count("\n") == 2
    said = capsys.readouterr().out
    assert "    c.OverwriteCells.add_missing_cells = True" in said
    assert "Execute.timeout" not in said


def configured(tmp_path):
    """What the settings that are written set."""
    pytest.importorskip("nbgrader")
    assert main(["assignment", "02a", str(tmp_path)]) == 0
    config = Config()
    text = (tmp_path / "nbgrader_config.py").read_text(encoding="utf-8")
    exec(text, {"get_config": lambda: config})
    return config


def test_what_grades_sees_no_gpu(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    configured(tmp_path)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ""


def test_of_cells_that_were_split_the_last_is_graded_and_the_others_are_plain(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    _, once, *_ = configured(tmp_path).Autograde.sanitize_preprocessors
    mark = {"grade_id": "a", "grade": False, "solution": True, "locked": False, "task": False}
    twice = [nbformat.v4.new_code_cell("", metadata={"nbgrader": dict(mark)}) for _ in range(2)]
    notebook, _ = once().preprocess(nbformat.v4.new_notebook(cells=twice), {})
    assert [cell.metadata for cell in notebook.cells] == [{}, {"nbgrader": mark}]
