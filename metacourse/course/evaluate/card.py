"""Report cards: of pictures and vectors with their classes, of people with their series."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

from metacourse.experiments.own_methods import check_seconds, plan
from metacourse.experiments.own_people import study_people
from metacourse.experiments.own_study import study
from metacourse.places import expanded, reason, replacing
from metacourse.tasks.folders import load_own
from metacourse.tasks.series import load_people
from metacourse.tasks.tables import CLASS, PERSON, find_column, read_table

SECONDS = 60.0  # for both trainings together


class Card(NamedTuple):
    """A report card; a notebook shows it, `str` is its first sentence."""

    body: str  # HTML
    summary: str

    def __str__(self) -> str:
        return self.summary

    def _repr_html_(self) -> str:
        return self.body

    def page(self) -> str:
        """A page that needs nothing else."""
        from metacourse.course.evaluate.page import whole

        return whole(self.body)


def report_card(
    path: str | Path,
    *,
    seconds: float = SECONDS,
    class_column: str | None = None,
    person_column: str | None = None,
    seed: int = 0,
) -> Card:
    """Read the learner's own data, try every method on tasks of it, and return the report card.

    path: a folder of pictures, one folder a class, or a CSV file with a column of classes or of
    persons. seconds: for training prototypes and MAML together. What is done is kept in the cache:
    the same call after an interrupt goes on, and gives the same numbers after it is done. Nothing
    leaves the machine.
    Raises ValueError with a sentence where tasks cannot be made of the data, OSError where they
    cannot be read.
    """
    from metacourse.course.evaluate import page

    check_seconds(seconds)
    path = resolved(path)
    if path.is_dir() and (class_column or person_column):
        raise ValueError(f"{path} is a folder of pictures: only a CSV file has columns")
    if person_column or is_of_people(path, class_column):
        people = load_people(path, column=person_column, seed=seed)
        return Card(*page.of_people(study_people(people), path.name))
    own = load_own(path, column=class_column, seed=seed)
    return Card(*page.of_classes(study(own, plan(own, seconds=seconds / 2)), path.name))


def resolved(path: str | Path) -> Path:
    """The folder of pictures or the CSV file: also for a folder that holds one CSV file alone.

    Raises OSError where there is neither."""
    path = expanded(str(path), "name another folder or file")
    if path.is_dir():
        tables = [p for p in sorted(path.glob("*.csv")) if not p.name.startswith(".")]
        folders = [p for p in path.iterdir() if p.is_dir() and not p.name.startswith(".")]
        return tables[0] if len(tables) == 1 and not folders else path
    if not path.is_file():
        raise FileNotFoundError(2, "no such folder or file", str(path))
    return path


def is_of_people(path: Path, class_column: str | None) -> bool:
    """Whether a file's columns are a person's series, and not vectors with a class."""
    if path.is_dir() or class_column:
        return False
    table = read_table(path)
    return find_column(table, None, CLASS) is None and find_column(table, None, PERSON) is not None


def write_card(
    path: str, into: str, *, seconds: float, class_column: str | None, person_column: str | None
) -> Iterator[str]:
    """Write NAME-report.html into a folder; yield what there is to say.

    Raises ValueError as `report_card` does; OSError, too, and before anything is computed, where
    the page cannot be written.
    """
    source = resolved(path)
    target = expanded(into) / f"{source.resolve().name or 'own'}-report.html"
    writable(target.parent)
    yield f"Reading {source} …"
    columns = {"class_column": class_column, "person_column": person_column}
    card = report_card(source, seconds=seconds, **columns)
    with replacing(target) as unfinished:
        unfinished.write_text(card.page(), encoding="utf-8", errors="backslashreplace")
    yield card.summary
    yield f"written: {target}"


def writable(folder: Path) -> None:
    """Make a folder, and see that a file can be written there. Raises OSError if not."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryFile(dir=folder) as file:
            file.write(bytes(1024))
    except OSError as error:
        raise OSError(error.errno, reason(error), str(folder)) from error
