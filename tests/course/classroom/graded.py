"""A course folder as nbgrader leaves it: for the tests of the class report."""

from pathlib import Path

from metacourse.checks.grading import GRADED
from metacourse.course.files import notebook_bytes
from tests.course.small import code, notebook

CHECK = 'from metacourse.checks.grading import check\ncheck("{}", {}, assignment="hw1")'


def graded(exercise: str, *outputs: dict, points: float = 10) -> dict:
    """The cell of a check with what it has shown."""
    grade_id = exercise.replace(".", "-")
    cell = code(grade_id, CHECK.format(exercise, exercise.partition(".")[2]))
    told = {"schema_version": 3, "cell_type": "code", "grade_id": grade_id, "points": points}
    told |= {"grade": True, "solution": False, "locked": True, "task": False}
    return cell | {"metadata": {"nbgrader": told}, "outputs": list(outputs)}


def shown(state: str, *mistakes: int, **more: object) -> dict:
    """What the graded check displays."""
    said = {"exercise": "x", "state": state, "mistakes": list(mistakes), "sentence": "…"} | more
    return {"output_type": "display_data", "metadata": {}, "data": {GRADED: said}}


def error(name: str = "NotPassed") -> dict:
    return {"output_type": "error", "ename": name, "evalue": "no points", "traceback": []}


def failed(exercise: str, *mistakes: int) -> dict:
    return graded(exercise, shown("failed", *mistakes), error())


def passed(exercise: str) -> dict:
    return graded(exercise, shown("passed"))


def hand_in(course: Path, learner: str, *cells: dict, assignment: str = "hw1") -> Path:
    """Put a graded notebook where nbgrader does; return its path."""
    (course / "source" / assignment).mkdir(parents=True, exist_ok=True)
    paths = [course / step / learner / assignment for step in ("submitted", "autograded")]
    for path in paths:
        path.mkdir(parents=True)
        (path / "02a.ipynb").write_bytes(notebook_bytes(notebook(*cells)))
    return paths[1] / "02a.ipynb"
