"""The pictures of a notebook as files of their own: smaller, and two pages share what is alike."""

import base64
import hashlib
import io
import re
from pathlib import Path

from PIL import Image

from metacourse.course.files import Cell

EMBEDDED = re.compile(r'src="data:image/png;base64,([^"]+)"( alt="[^"]*") width="(\d+)"')


def in_files(cell: Cell, static: Path) -> Cell:
    """The cell with each picture of its HTML in a file in `static`, as lossless WebP."""
    return cell | {"outputs": [_in_files(output, static) for output in cell.get("outputs", [])]}


def _in_files(output: dict, static: Path) -> dict:
    page = "".join(output.get("data", {}).get("text/html", ""))
    if not EMBEDDED.search(page):
        return output
    there = EMBEDDED.sub(lambda found: _linked(*found.groups(), static), page)
    return output | {"data": output["data"] | {"text/html": there}}


def _linked(data: str, alt: str, width: str, static: Path) -> str:
    """Write a picture; returns the attributes that show it, its height among them, so that the
    text below stands in its place before the picture is there."""
    path = static / "pictures" / f"{hashlib.sha256(data.encode()).hexdigest()[:16]}.webp"
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        image.save(path, lossless=True, quality=100)
    height = round(int(width) * image.height / image.width)
    return f'src="_static/pictures/{path.name}"{alt} width="{width}" height="{height}"'
