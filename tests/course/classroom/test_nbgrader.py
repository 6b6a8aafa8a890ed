"""Homework through the real nbgrader: generated, handed in in ten ways, graded, explained."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from metacourse.checks.grading import GRADED, LIMIT
from metacourse.course.command import main
from metacourse.course.files import notebook_bytes, read_notebook
from tests.course.classroom.hand_ins import ADAPT, ANSWERS, GRADIENT, META, grade_id, handed_in

pytest.importorskip("nbgrader")
NAME, FILE = "week3", "homework_02a"
SUM = "This is the gradient of the sum of the squared errors."
REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """An nbgrader course in which everything has been graded once."""
    home = tmp_path_factory.mktemp("home")
    folder = home / "ml"
    assert main(["assignment", "02a", str(folder), "--name", NAME, "--partial", "0.5"]) == 0
    nbgrader(folder, "generate_assignment", NAME)
    released = read_notebook((folder / "release" / NAME / f"{FILE}.ipynb").read_bytes())
    for who in ANSWERS:
        path = folder / "submitted" / who / NAME / f"{FILE}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(notebook_bytes(handed_in(released, who)))
    for command in ("autograde", "generate_feedback"):
        nbgrader(folder, command, NAME)
    nbgrader(folder, "export")
    return folder


def nbgrader(folder, *arguments):
    """Run a command of nbgrader in the folder of a course, with a home of its own."""
    home = str(folder.parent)
    inherited = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    places = {"HOME": home, "METACOURSE_PROGRESS": f"{home}/progress.json", LIMIT: "24"}
    paths = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")])
        ),
    }
    command = [sys.executable, "-m", "nbgrader", *arguments]
    ran = subprocess.run(
        command, cwd=folder, env=inherited | places | paths, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr[-3000:]


@pytest.fixture(scope="module")
def scores(course):
    """The points of every learner, as they are exported."""
    with (course / "grades.csv").open(encoding="utf-8") as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def told(course, who):
    """What the graded notebook of a learner says of each exercise."""
    path = course / "autograded" / who / NAME / f"{FILE}.ipynb"
    cells = read_notebook(path.read_bytes())["cells"]
    outputs = [(grade_id(cell), each) for cell in cells for each in cell.get("outputs", [])]
    return {name: each["data"][GRADED] for name, each in outputs if GRADED in each.get("data", {})}


def page(course, who):
    return (course / "feedback" / who / NAME / f"{FILE}.html").read_text(encoding="utf-8")


def test_the_released_notebook_holds_the_courses_own_stubs(course):
    released = read_notebook((course / "release" / NAME / f"{FILE}.ipynb").read_bytes())
    notebook = read_notebook((REPOSITORY / "notebooks/02a_the_factor.ipynb").read_bytes())
    stubs = [c["source"] for c in notebook["cells"] if "exercise" in c["metadata"].get("tags", [])]
    answers = [c["source"] for c in released["cells"] if grade_id(c).endswith("-answer")]
    assert answers == stubs


def test_the_released_notebook_holds_nothing_of_the_key_or_of_the_hidden_lines(course):
    text = (course / "release" / NAME / f"{FILE}.ipynb").read_text(encoding="utf-8")
    assert not re.search(r"SOLUTION|HIDDEN|reference\(|sys\.modules", text)


def test_right_answers_get_all_points_though_they_warn_and_write_to_stderr(scores):
    assert scores["right"] == 31


def test_a_named_mistake_gets_its_part_and_patched_checks_get_nothing(course, scores):
    assert scores["mistaken"] == 3
    assert told(course, "mistaken")[GRADIENT]["mistakes"] != []
    assert told(course, "mistaken")[ADAPT]["state"] == "failed"


def test_what_was_not_touched_is_told_from_what_failed(course):
    assert told(course, "mistaken")[META]["state"] == "unattempted"


def test_endless_loops_are_stopped_and_the_rest_is_graded(course, scores):
    assert scores["endless"] == 15
    assert {told(course, "endless")[name]["state"] for name in (GRADIENT, ADAPT)} == {"failed"}


def test_the_courses_own_functions_are_refused_under_any_name(course, scores):
    assert scores["borrowed"] == 0
    sentences = [each["sentence"] for each in told(course, "borrowed").values()]
    assert [s.startswith("This calls the course's own") for s in sentences] == [True] * 3


def test_a_syntax_error_costs_its_exercise_and_checks_are_put_back(course, scores):
    assert scores["broken"] == 10
    states = {name: each["state"] for name, each in told(course, "broken").items()}
    assert states == {ADAPT: "passed", META: "unattempted"}


def test_a_changed_kernel_does_not_judge(scores):
    assert scores["changed"] == 0


def test_the_feedback_names_the_mistake_once(course):
    assert page(course, "mistaken").count(SUM) == 1


def test_the_feedback_loads_nothing_from_elsewhere_and_its_formulas_need_no_script(course):
    html = page(course, "right")
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//|@import|url\(["']?http""", html)
    assert "<script" not in html
    assert "<math" in html
    assert "$" not in re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)


def test_the_progress_of_whoever_grades_is_not_touched(course):
    assert not (course.parent / "progress.json").exists()


def test_graded_cells_carry_their_names_and_points_for_programs(course):
    path = course / "autograded" / "right" / NAME / f"{FILE}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    marks = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    assert [(m["grade_id"], m["points"]) for m in marks if m.get("grade")] == [
        (GRADIENT, 6),
        (ADAPT, 10),
        (META, 15),
    ]
