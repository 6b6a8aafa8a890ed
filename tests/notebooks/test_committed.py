"""The notebooks in the form in which they are committed: read, not run."""

import ast
import re
import statistics
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest

from metacourse.checks.catalogue import all_names
from metacourse.course.forms import CHECK, STATEMENT
from metacourse.evaluation import load_results
from tools.minutes import LIST, sections, total, with_minutes
from tools.notebooks import has_tag, stable

REPOSITORY = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
CHAPTERS = [path.name for path in NOTEBOOKS if path.name[0].isdigit()]
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){0,3}(-?[0-9a-f]{12})?")
LOCAL_PATH = re.compile(r"(?<![\w.~])/(home|root|Users|tmp|private|usr|opt|var)/\w|\b[A-Z]:\\\w")
ADDRESS = re.compile(r" at 0x[0-9a-f]{6,}")
MISSING = "is not on this computer"  # as `tasks.omniglot` says it
DATA_URI = re.compile(r"data:[\w/+.-]+;base64,[\w/+=\s]+")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [(cell.id, output) for cell in code_cells(notebook) for output in cell.outputs]


def texts(output) -> str:
    """All that an output says, without embedded pictures."""
    said = [output.get("text", ""), *output.get("traceback", [])]
    said += [str(v) for mime, v in output.get("data", {}).items() if not mime.startswith("image/")]
    return DATA_URI.sub("", "\n".join(said))


def exercises(notebook):
    """Each exercise cell with the cell after it."""
    pairs = zip(notebook.cells, notebook.cells[1:], strict=False)
    return [(cell, following) for cell, following in pairs if has_tag(cell, "exercise")]


def all_markdown(notebook) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


class WithoutAlt(HTMLParser):
    """Collects the pictures in a piece of HTML that have no alternative text."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        described = (given.get("alt") or given.get("aria-label") or "").strip()
        if tag in ("img", "svg") and not described and given.get("aria-hidden") != "true":
            self.found.append(tag)


def pictures_without_alt(output) -> list[str]:
    data, metadata = output.get("data", {}), output.get("metadata", {})
    missing = WithoutAlt(data.get("text/html", "")).found
    bare = [mime for mime in data if mime.startswith("image/") and "text/html" not in data]
    return missing + [mime for mime in bare if not metadata.get(mime, {}).get("alt", "").strip()]


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_it_is_in_the_form_that_make_notebooks_writes(path, notebook):
    assert path.read_text(encoding="utf-8") == nbformat.writes(stable(notebook)) + "\n"


def test_it_was_executed_without_an_error_or_a_warning(notebook):
    wrong = [
        (cell_id, texts(output))
        for cell_id, output in outputs(notebook)
        if output.output_type == "error" or output.get("name") == "stderr"
    ]
    assert wrong == []
    assert outputs(notebook) or not code_cells(notebook), "it has no output: run `make notebooks`"


def test_it_was_executed_with_all_data_at_hand(notebook):
    """Without the handwriting a chapter goes on with printed letters, and has other numbers."""
    assert [cell for cell, output in outputs(notebook) if MISSING in texts(output)] == []


def test_no_code_cell_is_empty(notebook):
    assert [cell.id for cell in code_cells(notebook) if not cell.source.strip()] == []


def test_links_lead_to_files_and_headings_that_are_there(notebook):
    links = re.findall(r"\]\(<?([^)>#:]*\.\w+)(?:#([^>]*?))?>?\)", all_markdown(notebook))
    for name, heading in links:
        file = REPOSITORY / "notebooks" / name
        if name.startswith("kernels/"):  # in the learner's copy
            file = REPOSITORY / "metacourse" / name.removeprefix("kernels/")
        assert file.exists(), name
        if heading:
            wanted = unquote(heading).replace("-", " ")
            headings = re.findall(r"^#+ (.+)$", all_markdown(nbformat.read(file, 4)), re.MULTILINE)
            assert wanted in [title.replace("-", " ") for title in headings]


def test_headings_list_and_opening_say_the_minutes_that_are_counted(path, notebook):
    if path.name in CHAPTERS:
        assert LIST in [cell.id for cell in notebook.cells]
        assert notebook == with_minutes(notebook), "run python -m tools.minutes notebooks/*.ipynb"
        assert total(notebook) <= 90, "a sitting"
        assert sum(len(cells) for cells in sections(notebook).values()) <= 80


def test_cell_ids_are_readable(notebook):
    ids = [cell.id for cell in notebook.cells]
    assert [i for i in ids if not SLUG.fullmatch(i) or RANDOM_ID.fullmatch(i)] == []
    assert len(set(ids)) == len(ids)


def test_code_cells_are_short(notebook):
    lengths = {cell.id: len(cell.source.splitlines()) for cell in code_cells(notebook)}
    assert {cell_id: n for cell_id, n in lengths.items() if n > 20} == {}
    assert statistics.median(lengths.values() or [0]) <= 8


def test_every_picture_has_alt_text(notebook):
    missing = {
        cell_id: pictures_without_alt(output)
        for cell_id, output in outputs(notebook)
        if pictures_without_alt(output)
    }
    assert missing == {}


@pytest.mark.parametrize("pattern", [LOCAL_PATH, ADDRESS], ids=["path", "address"])
def test_outputs_name_nothing_of_the_machine_that_ran_them(notebook, pattern):
    assert [cell_id for cell_id, output in outputs(notebook) if pattern.search(texts(output))] == []


def test_each_exercise_is_a_stub_of_the_function_that_is_checked_next(notebook):
    for stub, following in exercises(notebook):
        name = CHECK.search(following.source)["function"]
        functions = [n for n in ast.parse(stub.source).body if isinstance(n, ast.FunctionDef)]
        assert [function.name for function in functions] == [name]
        assert ast.unparse(functions[0].body[-1]) == "..."


def test_each_exercise_is_stated_in_a_cell_of_its_own_before_it(notebook):
    before = None
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            before = cell
        if has_tag(cell, "exercise"):
            assert has_tag(before, "statement"), cell.id
            assert f"def {STATEMENT.match(before.source)['about'].strip('`')}(" in cell.source


def test_what_is_tagged_as_a_statement_has_its_form(notebook):
    tagged = [cell for cell in notebook.cells if has_tag(cell, "statement")]
    assert [cell.id for cell in tagged if not STATEMENT.match(cell.source)] == []


def test_exercises_are_numbered_from_1_on(notebook):
    stated = [STATEMENT.match(cell.source) for cell in notebook.cells if has_tag(cell, "statement")]
    numbered = [each["title"] for each in stated if each["title"] != "Capstone"]
    assert numbered == [f"Exercise {number + 1}" for number in range(len(numbered))]


def test_an_untouched_stub_is_reported_as_not_attempted_yet(notebook):
    for stub, following in exercises(notebook):
        said = " ".join(texts(output) for output in following.outputs).lower()
        assert "not attempted yet" in said, stub.id


@pytest.mark.parametrize(
    "output",
    [
        {"data": {"text/html": '<img src="x">'}},
        {"data": {"text/html": '<img src="x" alt=" ">'}},
        {"data": {"text/html": "<svg></svg>"}},
        {"data": {"image/png": "x"}, "metadata": {}},
    ],
)
def test_a_picture_without_alt_text_is_found(output):
    assert len(pictures_without_alt(output)) == 1


@pytest.mark.parametrize("text", ["see /home/ann/x", "'/tmp/x'", r"C:\Users"])
def test_a_local_path_is_found(text):
    assert LOCAL_PATH.search(text)


@pytest.mark.parametrize("text", ["~/usr/x", "https://example.org/home/x", "and/or", "1/var"])
def test_other_slashes_are_not_local_paths(text):
    assert not LOCAL_PATH.search(text)


def test_the_measurements_tell_the_results_of_notebook_05c():
    """A line a method, a column a data set, in the order of the file."""
    measurements = (REPOSITORY / "docs/measurements.md").read_text(encoding="utf-8")
    results = load_results(REPOSITORY / "notebooks" / "results.json")
    lines: dict[str, str] = {}
    for method, family, chapter, (mean, half_width), _ in results:
        lines.setdefault(method, f"| {method} | chapter {chapter}, {family} |")
        lines[method] += f" {100 * mean:.1f} ± {100 * half_width:.1f} |"
    assert len(lines) > 5
    assert [line for line in lines.values() if line not in measurements] == []


def test_every_number_that_is_revealed_has_a_unit(notebook):
    revealed = [re.search(r"computed +(.+)", texts(output)) for _, output in outputs(notebook)]
    numbers = [found[1] for found in revealed if found and found[1][0] in "-0123456789"]
    assert [number for number in numbers if re.match(r"-?[\d.]+(:|$)", number)] == []


def test_a_folded_cell_reads_a_result_and_holds_nothing_that_the_next_cell_needs(notebook):
    """The tag `spoiler`: in the learner's copy such a text has to be opened."""
    folded = [cell for cell in notebook.cells if has_tag(cell, "spoiler")]
    assert [cell.id for cell in folded if cell.cell_type != "markdown"] == []
    leads_on = re.compile(r"(^|\n)#|[?:]$")  # a heading, a question, a colon
    assert [cell.id for cell in folded if leads_on.search(cell.source)] == []


@pytest.mark.parametrize("name", [name for name in CHAPTERS if name > "01"])
def test_every_chapter_folds_some_results(name):
    notebook = nbformat.read(REPOSITORY / "notebooks" / name, as_version=4)
    assert any(has_tag(cell, "spoiler") for cell in notebook.cells)


def test_every_question_in_the_learners_record_is_asked_in_a_notebook():
    books = [nbformat.read(path, as_version=4) for path in NOTEBOOKS]
    asked = "\n".join(cell.source for book in books for cell in code_cells(book))
    found = {*re.findall(r"""\b(?:predict|quiz)\(\s*["'](.+?)["']""", asked)}
    assert {*all_names("PREDICTIONS"), *all_names("QUIZZES")} <= found
