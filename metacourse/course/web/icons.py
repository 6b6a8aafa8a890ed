"""Of the theme's two thousand icons, those that the pages show."""

import re
from pathlib import Path

DRAWN = "_static/scripts/fontawesome.js"
NAME = re.compile(r"\bfa-([a-z0-9-]+)")
ICON = re.compile(
    r'"?(?P<name>[\w-]+)"?:\[\d+,\d+,\[(?P<others>[^\]]*)\],"[0-9a-f]+",(?:"[^"]*"|\[[^\]]*\])\],?'
)  # name: [width, height, [code points and other names], code point, path or paths]


def keep_shown(made: Path) -> None:
    """Take from the theme's file of icons all that no page and no script of the site names."""
    drawn = made / DRAWN
    files = [path for kind in ("html", "js") for path in made.rglob(f"*.{kind}") if path != drawn]
    shown = {name for path in files for name in NAME.findall(path.read_text(encoding="utf-8"))}

    def kept(icon: re.Match) -> str:
        names = {icon["name"], *re.findall(r'"([\w-]+)"', icon["others"])}
        return icon[0] if names & shown else ""

    drawn.write_text(ICON.sub(kept, drawn.read_text(encoding="utf-8")), encoding="utf-8")
