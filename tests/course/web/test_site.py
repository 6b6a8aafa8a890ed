"""What the site is made of: links, order, words, ways to run a notebook, the command's words."""

import json
import re
from types import SimpleNamespace

import pytest
from docutils import nodes

from metacourse.course import web
from metacourse.course.classroom import Unclear
from metacourse.course.command import main
from metacourse.course.web import (
    contents,
    doors,
    extension,
    figures,
    kernels,
    links,
    recordings,
    site,
    strings,
)
from metacourse.course.web.doors import Doors
from tests.course.small import code, packed, text
from tests.course.web.pages_of import NAMES

# ---- links and order -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "there"),
    [
        ("[x](<#1-·-Play-first-(8-min)>)", "[x](#1-play-first-8-min)"),
        (
            "[x](02a_a.ipynb#1-%C2%B7-One-task%2C-one-%2812-min%29)",
            "[x](02a_a.ipynb#1-one-task-one-12-min)",
        ),
        ("[x](kernels/maml.py)", "[x](kernels/maml.md)"),
        ("[x](../metacourse/experiments/short.py)", "[x](kernels/experiments/short.md)"),
        ("[x](gallery.ipynb)", "[x](gallery.ipynb)"),
        ("[x](https://example.org/a.py#b)", "[x](https://example.org/a.py#b)"),
    ],
)
def test_a_link_of_a_notebook_leads_to_a_place_of_a_page(link, there):
    assert links.of_pages(link) == there


def test_a_heading_and_the_link_to_it_have_one_name():
    heading = "4 · Bug clinic: a report of 99.3 % (10 min)"
    assert links.anchor(heading.replace(" ", "-")) == links.anchor(heading)


def test_programs_that_pages_link_to_have_pages_even_if_they_are_no_kernels():
    found = kernels.names({"experiments/small_letters", "maml"})
    assert {"experiments/small_letters", "linear_regression"} <= {*found}
    assert found.count("maml") == 1


def test_a_programs_page_says_what_it_is_and_shows_all_of_it():
    page = kernels.page("maml")
    assert kernels.source_of("maml") in page
    assert kernels.about(kernels.source_of("maml")) in page.split("```")[0]


def test_every_notebook_is_in_the_contents_once_with_its_minutes():
    paths = contents.notebooks()
    trees = contents.trees(paths, list(contents.BESIDE))
    assert sorted(re.findall(r"^(?:.+<)?(\w+)>?$", trees.replace("```", ""), re.MULTILINE)) == NAMES
    assert "02b · Two optima (90 min) <02b_two_optima>" in trees
    assert ":caption: 02 · Linear regression" in trees


def test_every_notebook_of_a_chapter_has_a_question_in_the_table():
    lines = contents.table(contents.notebooks()).splitlines()[2:]
    assert len(lines) == len([name for name in NAMES if name[0].isdigit()])
    assert [line for line in lines if not line.endswith("? |") and not line.endswith(". |")] == []


# ---- ways to run a notebook ----------------------------------------------------------------------


def test_without_a_repository_and_a_hub_a_page_only_hands_out_its_file():
    assert doors.links("a.ipynb", Doors()) == {"download": "downloads/a.ipynb"}


def test_a_repository_and_a_hub_open_more_doors():
    found = doors.links("a.ipynb", Doors("me/course", "v1", "https://hub.example.org/"))
    assert list(found) == ["download", "colab", "binder", "hub"]
    assert found["hub"] == "https://hub.example.org/hub/user-redirect/lab/tree/a.ipynb"


# ---- what search engines and previews see --------------------------------------------------------


def described(base, tree):
    context = {"title": "A page", "metatags": ""}
    app = SimpleNamespace(config=SimpleNamespace(html_baseurl=base))
    extension.describe(app, "a", "page.html", context, tree)
    return context["metatags"]


def test_a_page_is_described_by_its_first_paragraph():
    tree = nodes.section("", nodes.title("", "A"), nodes.paragraph("", 'What is "it"?'))
    assert '<meta name="description" content="What is &quot;it&quot;?">' in described("", tree)
    assert "og:" not in described("", tree)


def test_where_the_address_is_known_previews_have_a_title_and_a_card():
    found = described("https://example.org/course/", None)
    assert 'property="og:url" content="https://example.org/course/a.html"' in found
    assert 'property="og:image" content="https://example.org/course/_static/card.png"' in found


@pytest.mark.parametrize(("base", "made"), [("", False), ("https://example.org/c", True)])
def test_a_list_of_all_pages_is_written_where_the_address_is_known(tmp_path, base, made):
    environment = SimpleNamespace(found_docs={"index", "kernels/maml"})
    app = SimpleNamespace(
        config=SimpleNamespace(html_baseurl=base), env=environment, outdir=tmp_path
    )
    extension.write_sitemap(app, None)
    assert (tmp_path / "sitemap.xml").exists() == made
    if made:
        listed = (tmp_path / "sitemap.xml").read_text(encoding="utf-8")
        assert "<loc>https://example.org/c/kernels/maml.html</loc>" in listed


def test_scripts_have_the_strings_of_the_catalogue():
    told = strings.script().removeprefix("metacourse.strings = ").rstrip(";\n")
    assert json.loads(told) == strings.load()


# ---- recordings and the command ------------------------------------------------------------------


@pytest.fixture
def small(tmp_path):
    """Two notebooks of one cell each, the second of which fails."""
    for name, source in (("fine", "1"), ("wrong", "1 / 0")):
        (tmp_path / f"{name}.ipynb").write_bytes(packed(text("t", "# T"), code("c", source)))
    return tmp_path / "fine.ipynb", tmp_path / "wrong.ipynb"


def test_a_notebook_is_run_once_and_what_failed_is_told(small, tmp_path):
    kept = tmp_path / "kept"
    told = list(recordings.record_all([small[0]], kept))
    assert told[-1] == "1 of 1: fine.ipynb"
    assert list(recordings.record_all([small[0]], kept)) == []
    with pytest.raises(Unclear, match=r"wrong.ipynb could not be run: ZeroDivisionError: div"):
        list(recordings.record_all(list(small), kept))


def test_a_folder_that_holds_something_else_stays_as_it_is(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["web", "--quick", "--folder", str(tmp_path)]) != 0
    assert "holds something else than a web edition" in capsys.readouterr().err
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_an_older_site_is_replaced_and_an_empty_folder_taken(tmp_path):
    assert site.may_be_replaced(tmp_path / "new")
    assert site.may_be_replaced(tmp_path)
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "live.js").touch()
    assert site.may_be_replaced(tmp_path)


def test_without_its_packages_the_command_says_which_line_installs_them(monkeypatch, capsys):
    monkeypatch.setattr(web, "PACKAGES", ("no_such_package",))
    assert main(["web"]) != 0
    assert f'python -m pip install -r "{web.REQUIREMENTS}"' in capsys.readouterr().err


def test_where_nothing_can_be_written_the_command_says_so(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["web", "--quick", "--folder", str(tmp_path / "file" / "site")]) != 0
    assert "metacourse: " in capsys.readouterr().err


def test_two_pages_share_the_file_of_a_figure_that_is_alike():
    alike = [{"kind": "frames", "static": page, "pictures": ["a"]} for page in ("one", "other")]
    assert figures.name_of(alike[0]) == figures.name_of(alike[1])
    assert figures.name_of(alike[0]) != figures.name_of(alike[0] | {"pictures": ["b"]})
