"""The notebooks as Colab opens them."""

import json
import re
from urllib.parse import unquote

import nbformat
import pytest

from metacourse.course.edition import edition
from metacourse.course.files import read_notebook
from metacourse.course.web import icons
from metacourse.course.web.colab import LINK, anchors_of, copies, copy
from metacourse.course.web.doors import COPIES, ON_BINDER, Doors, archive, on_binder, on_colab
from metacourse.course.web.site import finish

OURS = Doors("somebody/course", "v1")
ON_COLAB = "https://colab.research.google.com/github/somebody/course/blob/gh-pages/colab"
NOTHING_RUNS = "cheat_sheet.ipynb", "glossary.ipynb"
TEXTS = {
    "one.ipynb": {"top": "# One\n\n## What it is (2 min)\n\nA text."},
    "two.ipynb": {"top": "# Two", "words": "### Words · and symbols\n\nMany."},
}


@pytest.fixture(scope="module")
def made():
    return {name: read_notebook(data) for name, data in copies(OURS).items()}


def notebook(texts):
    cells = [
        {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}
        for name, source in texts.items()
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def on_its_page(link):
    """A link of notebook one.ipynb, as its copy has it."""
    anchors = {name: anchors_of(notebook(texts)) for name, texts in TEXTS.items()}
    text = copy(notebook({"text": f"See [this]({link})."}), "one.ipynb", anchors, OURS)
    return re.fullmatch(r"See \[this\]\((.*)\)\.", text["cells"][0]["source"])[1]


def test_every_notebook_of_the_learner_has_a_copy(made):
    assert made.keys() == {name for name in edition() if name.endswith(".ipynb")}


def test_the_first_cell_installs_the_course_and_makes_colab_ready(made):
    for each in (each for name, each in made.items() if name not in NOTHING_RUNS):
        install, *rest = each["cells"][0]["source"].splitlines()[1:]
        assert install == "%pip install -q https://github.com/somebody/course/archive/v1.zip"
        assert rest == ["from metacourse.course.colab import ready", "", "ready()"]


@pytest.mark.parametrize("name", NOTHING_RUNS)
def test_where_nothing_runs_nothing_is_installed(made, name):
    assert {cell["cell_type"] for cell in made[name]["cells"]} == {"markdown"}


def test_the_other_cells_are_the_learners(made):
    ours = read_notebook(edition()["03a_maml.ipynb"])
    copied = made["03a_maml.ipynb"]["cells"][1:]
    assert [cell["id"] for cell in copied] == [cell["id"] for cell in ours["cells"]]
    programs = [cell["source"] for cell in copied if cell["cell_type"] == "code"]
    assert programs == [cell["source"] for cell in ours["cells"] if cell["cell_type"] == "code"]


def test_ids_stand_where_colab_looks_for_them(made):
    for each in made.values():
        assert [cell for cell in each["cells"] if cell["metadata"]["id"] != cell["id"]] == []


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("<#What-it-is-(2-min)>", "#scrollTo=top"),
        ("two.ipynb", f"{ON_COLAB}/two.ipynb"),
        ("two.ipynb#Words-%C2%B7-and-symbols", f"{ON_COLAB}/two.ipynb#scrollTo=words"),
        ("two.ipynb#A-heading-of-old", f"{ON_COLAB}/two.ipynb"),
        ("kernels/maml.py", "https://github.com/somebody/course/blob/v1/metacourse/maml.py"),
        (
            "../metacourse/experiments/small_letters.py",
            "https://github.com/somebody/course/blob/v1/metacourse/experiments/small_letters.py",
        ),
        ("https://example.org/a_paper", "https://example.org/a_paper"),
    ],
)
def test_a_link_leads_on(link, leads_to):
    assert on_its_page(link) == leads_to


def test_no_link_is_left_that_leads_nowhere_on_colab(made):
    targets = [
        found["bracketed"] or found["bare"]
        for each in made.values()
        for cell in each["cells"]
        if cell["cell_type"] == "markdown"
        for found in LINK.finditer(cell["source"])
    ]
    assert len(targets) > 100
    assert {t for t in targets if not t.startswith(("https://", "http://", "#scrollTo="))} == set()


def test_links_to_headings_lead_to_cells_that_are_there(made):
    led = re.compile(r"([\w.]*)#scrollTo=([\w-]+)")
    links = [
        (file or name, heading)
        for name, each in made.items()
        for cell in each["cells"]
        for file, heading in led.findall(cell["source"])
    ]
    ids = {(name, cell["id"]) for name, each in made.items() for cell in each["cells"]}
    assert len(links) > 100
    assert set(links) <= ids


def test_the_same_repository_gives_the_same_bytes():
    assert copies(OURS) == copies(OURS)


def test_copies_are_notebooks_that_jupyter_reads():
    for data in copies(OURS).values():
        nbformat.validate(json.loads(data))


def test_the_package_comes_from_the_main_branch_unless_another_is_named():
    assert archive(Doors("a/b")) == "https://github.com/a/b/archive/main.zip"


def test_colab_opens_the_copies_that_lie_in_the_published_site():
    assert on_colab(OURS, "two.ipynb") == f"{ON_COLAB}/two.ipynb"


def test_binder_opens_the_learners_copy():
    server, _, opened = on_binder(OURS, "two.ipynb").partition("?")
    assert server == "https://mybinder.org/v2/gh/somebody/course/v1"
    assert unquote(opened) == f"urlpath=lab/tree/{ON_BINDER}/two.ipynb"


@pytest.fixture
def pages(tmp_path):
    """The folder of a site, with the file of icons that the theme puts there."""
    (tmp_path / icons.DRAWN).parent.mkdir(parents=True)
    (tmp_path / icons.DRAWN).touch()
    return tmp_path


def test_a_site_with_a_repository_has_the_copies(pages):
    finish(pages, [], OURS)
    assert {path.name for path in (pages / COPIES).iterdir()} == copies(OURS).keys()


def test_a_site_without_a_repository_has_none(pages):
    finish(pages, [], Doors())
    assert not (pages / COPIES).exists()
