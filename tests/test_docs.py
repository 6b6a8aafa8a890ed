"""The README and the documents: what they name is there."""

import re
from pathlib import Path

import pytest

from metacourse.course.classroom.plan import weeks
from metacourse.course.classroom.sittings import sittings
from metacourse.course.command import parser

REPOSITORY = Path(__file__).resolve().parents[1]
DOCUMENTS = [REPOSITORY / "README.md", *sorted(REPOSITORY.glob("d[eo]*/*.md"))]
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


@pytest.fixture(params=DOCUMENTS, ids=lambda path: path.stem + "-" + path.parent.name)
def document(request):
    return request.param


def anchors(path):
    """The names of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_leads_to_a_file_and_a_heading_that_are_there(document):
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text(encoding="utf-8")):
        name, _, heading = link.partition("#")
        target = document.parent / name if name else document
        assert target.exists(), link
        assert not heading or heading in anchors(target), link


def test_every_command_that_is_named_is_one(document):
    known = parser().format_help()
    for code in CODE.findall(document.read_text(encoding="utf-8")):
        for command in re.findall(r"(?<![\w.-])metacourse ([a-z]+)\b(?!/)", code):
            assert re.search(rf"^    {command}\b", known, re.MULTILINE), code


def test_every_module_notebook_and_target_of_make_that_is_called_is_there(document):
    targets = re.findall(r"^([\w-]+):(?!=)", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    for code in CODE.findall(document.read_text(encoding="utf-8")):
        for module in re.findall(r"-m ((?:tools|tests|benchmarks|metacourse)[\w.]*)", code):
            path = REPOSITORY / module.replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), code
        for pattern in re.findall(r"notebooks/[\w*]+\.ipynb", code):
            assert "NN" in pattern or list(REPOSITORY.glob(pattern)), code
        for target in re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)", code):
            assert target in targets, code


def test_the_whole_course_takes_the_weeks_that_teaching_says():
    text = (REPOSITORY / "docs/teaching.md").read_text(encoding="utf-8")
    told = r"All (\d+) notebooks take ([\d,]+) minutes in class, (\d+) weeks of an hour"
    course = sittings()
    minutes = sum(each.minutes for each in course)
    n_weeks = len(weeks(1000, 60, course))
    assert re.search(told, text).groups() == (f"{len(course)}", f"{minutes:,}", f"{n_weeks}")
