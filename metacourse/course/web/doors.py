"""Ways from a page to a notebook that runs: its file, and services where one was set up."""

import html
from typing import NamedTuple
from urllib.parse import quote

from metacourse.course.files import Cell
from metacourse.course.web import strings

FOLDER = "downloads"


class Doors(NamedTuple):
    """Where the course can be run: "OWNER/NAME" of a public repository, the address of a hub; ""
    for none."""

    repository: str = ""
    branch: str = "main"
    hub: str = ""


def links(name: str, doors: Doors) -> dict[str, str]:
    """{what stands in the catalogue: address} for a notebook."""
    found = {"download": f"{FOLDER}/{name}"}
    if doors.repository:
        at = f"{doors.repository}/blob/{doors.branch}/notebooks/{name}"
        path = quote(f"lab/tree/notebooks/{name}", safe="")
        found["colab"] = f"https://colab.research.google.com/github/{at}"
        found["binder"] = (
            f"https://mybinder.org/v2/gh/{doors.repository}/{quote(doors.branch, safe='')}"
            f"?urlpath={path}"
        )
    if doors.hub:
        found["hub"] = f"{doors.hub.rstrip('/')}/hub/user-redirect/lab/tree/{name}"
    return found


def cell(name: str, doors: Doors) -> Cell:
    """The links, as a text that stands below the title of a page."""
    said = strings.load()["doors"]
    listed = "".join(
        f'<li><a href="{html.escape(address)}">{said[kind]}</a></li>'
        for kind, address in links(name, doors).items()
    )
    listed = listed.replace("<a ", "<a download ", 1)
    text = f'<nav class="metacourse-doors" aria-label="{said["label"]}"><ul>{listed}</ul></nav>'
    return {"cell_type": "markdown", "id": "doors", "metadata": {}, "source": text}


def to_print() -> Cell:
    """A button that prints the page, as a text; without scripts it is not shown."""
    said = strings.load()["site"]["print"]
    text = f'<button class="metacourse-print" type="button" hidden>{said}</button>'
    return {"cell_type": "markdown", "id": "print", "metadata": {}, "source": text}
