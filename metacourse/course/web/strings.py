"""What the site says in its own name, in one catalogue per language: for pages and for scripts."""

import json
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
LANGUAGE = "en"


@cache
def load() -> dict[str, dict[str, str]]:
    """The strings, by the file that shows them and by name."""
    path = HERE / "strings" / f"{LANGUAGE}.json"
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def pages() -> dict[str, str]:
    """What notebooks say that a page says in other words: {words of a notebook: instead}."""
    return json.loads((HERE / "strings" / f"{LANGUAGE}.pages.json").read_text(encoding="utf-8"))


def prose(name: str) -> str:
    """A page that no notebook is the source of, in Markdown."""
    return (HERE / "prose" / LANGUAGE / f"{name}.md").read_text(encoding="utf-8")


def script() -> str:
    """The file that gives the strings to the scripts, as `metacourse.strings`."""
    return f"metacourse.strings = {json.dumps(load(), ensure_ascii=False, indent=1)};\n"
