"""The glossary's links and its flashcards, from its own rows and the chapters.

python -m tools.glossary    each row gets the link of the section in which its word first stands,
                            and the terms are written as cards for a flashcard program, such as Anki
"""

import csv
import functools
import io
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import nbformat

from tools.notebooks import REPOSITORY, has_tag

NOTEBOOKS = REPOSITORY / "notebooks"
PAGE, CARDS = NOTEBOOKS / "glossary.ipynb", NOTEBOOKS / "glossary.csv"
CHAPTERS = sorted(path.name for path in NOTEBOOKS.glob("[0-9]*.ipynb"))
GREEK = {"theta": "θ", "alpha": "α", "beta": "β", "lambda": "λ", "sigma": "σ", "mu": "μ"}
LATEX = GREEK | {"nabla": "∇", "odot": "⊙"}
SYMBOL = re.compile(r"∇L|⊙|[^\W\d_][′*]?")
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
LINK = re.compile(r"\[(.+)\]\((.+?)(?:#(.*))?\)")


class Row(NamedTuple):
    """A row of one of the page's tables."""

    names: list[str]
    columns: list[str]  # as they stand in the table

    @property
    def meaning(self) -> str:
        return self.columns[-2]

    @property
    def link(self) -> str:
        """The notebook that its last column names."""
        return LINK.fullmatch(self.columns[-1])[2]


def cells(name: str) -> list:
    return nbformat.reads((NOTEBOOKS / name).read_text(encoding="utf-8"), as_version=4).cells


def row_of(line: str) -> Row | None:
    """The row of a line of a table: bold names in the first column; None for any other line."""
    columns = line.strip("| ").split(" | ")
    bold = re.findall(r"\*\*(.+?)\*\*(?!\*)", columns[0]) if line.startswith("|") else []
    return Row([re.sub(r"[`\\]", "", name) for name in bold], columns) if bold else None


def rows_of(table: str) -> list[Row]:
    return [row for row in map(row_of, table.splitlines()) if row]


@functools.cache
def sections(chapter: str) -> dict[str, str]:
    """What a chapter tells its learner under each heading, without notes for instructors and lists
    of sources: {heading: text}; the opening has the heading ""."""
    found, heading = {"": ""}, ""
    for cell in cells(chapter):
        if cell.cell_type != "markdown" or cell.id == "sources" or has_tag(cell, "instructor"):
            continue
        if begins := HEADING.search(cell.source):
            heading = begins[1]
        found[heading] = found.get(heading, "") + "\n\n" + cell.source
    return found


@functools.cache
def plain(text: str) -> str:
    """A text in one line, without the marks of emphasis and code."""
    return " ".join(re.sub(r"[*`]", "", text).split())


def has_term(text: str, term: str) -> bool:
    """Whether a text has the term, as whole words in either case, perhaps with an s."""
    whole = rf"(?<![\w-]){re.escape(term)}s?(?![\w-])"
    return re.search(whole, plain(text), re.IGNORECASE) is not None


@functools.cache
def symbols(text: str) -> set[str]:
    """The symbols of a text's formulas, the single letters of its code, and its Greek."""
    text = re.sub(r"\\(text|operatorname)\{[^}]*\}", " ", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda command: LATEX.get(command[1], " "), text)
    text = text.replace("^*", "*").replace("'", "′").replace("∇ ", "∇")
    code = re.findall(r"`(.+?)`", text)
    text = re.sub(r"`.+?`", " ", text)
    formulas = re.findall(r"\$\$.+?\$\$|\$.+?\$", text, re.DOTALL)
    greek = re.findall(rf"[{''.join(GREEK.values())}][′*]?|∇L|⊙", text)
    letters = re.findall(r"(?<!-)\b[A-Za-z]\b", " ".join(code))
    return {*SYMBOL.findall(" ".join(formulas)), *greek, *letters}


def has_symbol(text: str, symbol: str) -> bool:
    return symbols(text).issuperset(symbol.split(", "))


def place(row: Row, chapter: str, has=has_term) -> str | None:
    """The heading in a chapter under which one of a row's names first stands."""
    for heading, text in sections(chapter).items():
        if any(has(text, name) for name in row.names):
            return heading
    return None


def linked(row: Row, has=has_term) -> str:
    """The row's line with the link of its section, in the chapter that the row names, or in the
    notebook of that chapter in which its word stands first."""
    number = LINK.fullmatch(row.columns[-1])[1][:2]
    for chapter in (name for name in CHAPTERS if name.startswith(number)):
        heading = place(row, chapter, has)
        if heading is not None:
            anchor = f"#{quote(heading.replace(' ', '-'))}" if heading else ""
            name = chapter.partition("_")[0]
            return f"| {' | '.join([*row.columns[:-1], f'[{name}]({chapter}{anchor})'])} |"
    return f"| {' | '.join(row.columns)} |"  # chapter 00 prints the notation


def with_links(source: str, has=has_term) -> str:
    """A table with the links of its rows."""
    return "\n".join(
        linked(row, has) if (row := row_of(line)) else line for line in source.splitlines()
    )


def cards(rows: list[Row]) -> str:
    """A line a term: the term, then what it means and where it is explained."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        number = LINK.fullmatch(row.columns[-1])[1]
        writer.writerow([", ".join(row.names), f"{row.meaning} ({number})"])
    return text.getvalue()


def complete() -> tuple[str, str]:
    """The page with its links, and the cards."""
    notebook = nbformat.read(PAGE, as_version=4)
    terms = []
    for cell in notebook.cells:
        is_terms = cell.id.startswith("terms-")
        if is_terms or cell.id in ("notation", "shapes", "symbols"):
            cell.source = with_links(cell.source, has_term if is_terms else has_symbol)
        terms += rows_of(cell.source) if is_terms else []
    return nbformat.writes(notebook) + "\n", cards(terms)


def main() -> None:
    page, flashcards = complete()
    PAGE.write_text(page, encoding="utf-8")
    Path(CARDS).write_text(flashcards, encoding="utf-8")


if __name__ == "__main__":
    main()
