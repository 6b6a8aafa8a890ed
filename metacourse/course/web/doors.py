"""Ways from a page to a notebook that runs: its file, and services where one was set up."""

import html
import re
from typing import NamedTuple
from urllib.parse import quote

from metacourse.course.classroom import Unclear
from metacourse.course.files import Cell
from metacourse.course.web import strings

FOLDER = "downloads"
FLASHCARDS = "glossary.csv"
COPIES = "colab"  # the folder of the site in which Colab's copies lie
PAGES = "gh-pages"  # the branch of the repository that has the site
ON_BINDER = "course"  # the folder that binder/postBuild makes
ADDRESS = re.compile(r"https?://[^\s\"'<>?#]+")
REPOSITORY = re.compile(r"[\w-]+/[\w.-]+", re.ASCII)
BRANCH = re.compile(r"[\w./-]+", re.ASCII)


class Doors(NamedTuple):
    """Where the course can be run: "OWNER/NAME" of a public repository, the address of a hub; ""
    for none."""

    repository: str = ""
    branch: str = "main"
    hub: str = ""


def check(doors: Doors, base_url: str) -> None:
    """Raise Unclear, with an example, where no link can be made of what was named."""
    asked = [
        ("--repository", doors.repository, REPOSITORY, "OWNER/NAME, as in someone/course"),
        ("--branch", doors.branch, BRANCH, "the name of a branch, as in main"),
        ("--hub", doors.hub, ADDRESS, "an address, as in https://hub.example.org"),
        ("--base-url", base_url, ADDRESS, "an address, as in https://example.org/course/"),
    ]
    for option, value, form, example in asked:
        if value and not form.fullmatch(value):
            raise Unclear(f"{option} {value} cannot be used: it takes {example}")


def links(name: str, doors: Doors) -> dict[str, str]:
    """{what stands in the catalogue: address} for a notebook."""
    found = {"download": f"{FOLDER}/{name}"}
    if doors.repository:
        found["colab"] = on_colab(doors, name)
        found["binder"] = on_binder(doors, name)
    if doors.hub:
        found["hub"] = f"{doors.hub.rstrip('/')}/hub/user-redirect/lab/tree/{name}"
    return found


def on_colab(doors: Doors, name: str) -> str:
    """The address that opens Colab's copy of a notebook."""
    github = "https://colab.research.google.com/github"
    return f"{github}/{doors.repository}/blob/{PAGES}/{COPIES}/{name}"


def on_binder(doors: Doors, name: str) -> str:
    """The address that starts a server on Binder and opens the learner's notebook there."""
    branch, path = (quote(part, safe="") for part in (doors.branch, f"lab/tree/{ON_BINDER}/{name}"))
    return f"https://mybinder.org/v2/gh/{doors.repository}/{branch}?urlpath={path}"


def archive(doors: Doors) -> str:
    """The address from which pip installs the course."""
    return f"https://github.com/{doors.repository}/archive/{doors.branch}.zip"


def program(doors: Doors, path: str) -> str:
    """The address at which a program of the package can be read: "maml.py"."""
    return f"https://github.com/{doors.repository}/blob/{doors.branch}/metacourse/{path}"


def cell(name: str, doors: Doors) -> Cell:
    """The links, as a text that stands below the title of a page."""
    return listed(links(name, doors))


def flashcards() -> Cell:
    """The link to the file of flashcards, as a text below the title of the glossary."""
    return listed({"flashcards": FLASHCARDS})


def listed(found: dict[str, str]) -> Cell:
    """Links, the first of which is that of a file to keep."""
    said = strings.load()["doors"]
    items = "".join(
        f'<li><a href="{html.escape(address)}">{said[kind]}</a></li>'
        for kind, address in found.items()
    ).replace("<a ", "<a download ", 1)
    text = f'<nav class="metacourse-doors" aria-label="{said["label"]}"><ul>{items}</ul></nav>'
    return {"cell_type": "markdown", "id": "doors", "metadata": {}, "source": text}


def to_print() -> Cell:
    """A button that prints the page, as a text; without scripts it is not shown."""
    said = strings.load()["site"]["print"]
    text = f'<button class="metacourse-print" type="button" hidden>{said}</button>'
    return {"cell_type": "markdown", "id": "print", "metadata": {}, "source": text}
