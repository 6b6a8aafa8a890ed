"""What a notebook says to who teaches it: its plan, exercises, votes and notes."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple

from metacourse.course import forms
from metacourse.course.edition import chapters
from metacourse.course.files import Cell, Notebook, read_notebook

COMPUTED = re.compile(r"^ +computed +(.+)", re.MULTILINE)


class Part(NamedTuple):
    """A part of the plan; `sections` are the numbers of those that it names."""

    minutes: int
    what: str
    sections: tuple[str, ...]


class Exercise(NamedTuple):
    """An exercise, a point for each of its minutes; `check` is "" where no check grades it."""

    title: str
    about: str
    minutes: int
    section: str
    check: str

    @property
    def points(self) -> int:
        return self.minutes if self.check else 0


class Vote(NamedTuple):
    """A prediction: what most will say, where an instructor has noted it, and what comes out."""

    question: str
    options: tuple[str, ...]
    expected: str
    answer: str
    section: str


class Note(NamedTuple):
    """A line to the instructor under one of the labels of `forms.NOTE`."""

    label: str
    text: str
    section: str


class Sitting(NamedTuple):
    """A notebook: its number ("02a"), title, plan, and what stands in it for a class."""

    name: str
    title: str
    parts: tuple[Part, ...]
    exercises: tuple[Exercise, ...]
    votes: tuple[Vote, ...]
    notes: tuple[Note, ...]

    @property
    def minutes(self) -> int:
        return sum(part.minutes for part in self.parts)

    @property
    def at_home(self) -> str:
        return " ".join(note.text for note in self.notes if note.label == "At home")

    @property
    def is_core(self) -> bool:
        return any(note.label == "Core" for note in self.notes)


def sittings() -> list[Sitting]:
    """All sittings of the course, in its order."""
    return [sitting(name, read_notebook(path.read_bytes())) for name, path in chapters().items()]


def sitting(name: str, notebook: Notebook) -> Sitting:
    """Read one notebook. Raises ValueError if none of its instructor's cells has a plan."""
    cells = list(with_sections(notebook))
    told = [
        (section, cell["source"]) for section, cell in cells if "instructor" in forms.tags(cell)
    ]
    plan = next((found for _, text in told if (found := forms.PLAN.search(text))), None)
    if not plan:
        raise ValueError(f"{name} has no plan for a class")
    notes = [(section, note) for section, text in told for note in forms.NOTE.finditer(text)]
    expected = {note["vote"]: note["text"] for _, note in notes if note["vote"]}
    title = notebook["cells"][0]["source"].splitlines()[0].partition(" · ")[2]
    return Sitting(
        name,
        title,
        tuple(part(text) for text in plan["parts"].split(" · ")),
        tuple(exercises(cells)),
        tuple(votes(cells, expected)),
        tuple(Note(n["label"], n["text"], section) for section, n in notes if not n["vote"]),
    )


def with_sections(notebook: Notebook) -> Iterator[tuple[str, Cell]]:
    """Each cell with the number of its section, "" where that has none."""
    section = ""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and (found := forms.HEADING.search(cell["source"])):
            section = found["number"] or ""
        yield section, cell


def part(text: str) -> Part:
    found = forms.PART.fullmatch(text)
    return Part(int(found["minutes"]), found["what"], tuple(forms.sections_named(found["what"])))


def exercises(cells: list[tuple[str, Cell]]) -> Iterator[Exercise]:
    """What is stated, with the check that stands between its statement and the next."""
    found = None
    for section, cell in cells:
        if "statement" in forms.tags(cell):
            if found:
                yield found
            stated = forms.STATEMENT.match(cell["source"])
            minutes = int(stated["minutes"])
            found = Exercise(stated["title"], stated["about"], minutes, section, "")
        elif found and cell["cell_type"] == "code" and not found.check:
            check = forms.CHECK.search(cell["source"])
            found = found._replace(check=check["name"] if check else "")
    if found:
        yield found


def votes(cells: list[tuple[str, Cell]], expected: dict[str, str]) -> Iterator[Vote]:
    """The predictions as their cells show them without a kernel, with what was computed."""
    code = [(section, cell) for section, cell in cells if cell["cell_type"] == "code"]
    answers = {
        found["name"]: computed(cell)
        for _, cell in code
        if (found := forms.REVEAL.search(cell["source"]))
    }
    for section, cell in code:
        if found := forms.PREDICT.search(cell["source"]):
            question, *options = Shown(shown(cell, "text/html")).texts
            name = found["name"]
            answer = answers.get(name, "")
            yield Vote(question, tuple(options), expected.get(name, ""), answer, section)


def computed(cell: Cell) -> str:
    found = COMPUTED.search(shown(cell, "text/plain"))
    return found[1] if found else ""


def shown(cell: Cell, mime: str) -> str:
    """All that a cell shows in one form."""
    found = [output.get("data", {}).get(mime, "") for output in cell["outputs"]]
    return "\n".join("".join(text) for text in found)


class Shown(HTMLParser):
    """The texts of a question and of its options, with code between backticks."""

    def __init__(self, text: str):
        super().__init__()
        self.texts = [""]
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "li":
            self.texts.append("")
        self.handle_data("`" * (tag == "code"))

    def handle_endtag(self, tag):
        self.handle_data("`" * (tag == "code"))

    def handle_data(self, data):
        self.texts[-1] += data
