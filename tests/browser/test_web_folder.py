"""The folder of the web edition: its links, its files, its size."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

import nbformat

from metacourse.course.web import contents

NOTEBOOKS = [path.stem for path in contents.notebooks()]


class Links(HTMLParser):
    """The addresses of a page's links and files, and the names of its places."""

    def __init__(self, path):
        super().__init__()
        self.addresses, self.places = [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.places.add(given.get("id"))
        self.addresses += [given[name] for name in ("href", "src") if given.get(name)]


def test_every_link_leads_to_a_file_and_a_place_that_are_there(web_site):
    pages = {path: Links(path) for path in web_site.rglob("*.html")}
    wrong = []
    for path, links in pages.items():
        for address in links.addresses:
            if re.match(r"[a-z]+:", address):  # https:, mailto:, data:
                continue
            name, _, place = unquote(address).partition("#")
            there = (path.parent / name.partition("?")[0]).resolve() if name else path
            known = pages[there].places if there in pages else {""}
            inside = there.is_relative_to(web_site) and there.is_file()
            if not inside or (place and place not in known):
                wrong.append((path.name, address))
    assert sorted(set(wrong)) == []


def test_the_folder_is_small_and_has_no_file_that_no_page_asks_for(web_site):
    files = [path for path in web_site.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 30 * 2**20  # 30 MB
    assert [path.name for path in files if path.suffix in (".map", ".inv", ".py", ".md")] == []
    assert not list(web_site.rglob("_sources"))
    assert (web_site / ".nojekyll").exists()


def test_notebooks_are_handed_out_in_the_learners_form(web_site):
    for name in NOTEBOOKS:
        notebook = nbformat.read(web_site / "downloads" / f"{name}.ipynb", as_version=4)
        assert [c.id for c in notebook.cells if "instructor" in c.metadata.get("tags", ())] == []
        assert [c.id for c in notebook.cells if c.get("outputs")] == []


def test_the_instructors_cells_are_in_no_page_of_the_learner(web_site):
    assert "For the instructor" not in (web_site / "02a_the_factor.html").read_text("utf-8")
