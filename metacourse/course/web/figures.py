"""Recorded figures in a page: the default picture, and beside the page the file of all others."""

import html
import json

TEXT = "text/html"


def block(recording: dict, name: str) -> str:
    """The HTML of one figure: what stands there without scripts, and where the rest is found."""
    kind = html.escape(recording["kind"])
    return (
        f'<div class="metacourse-figure" data-kind="{kind}" data-recording="{html.escape(name)}">'
        f"{recording['static']}</div>"
    )


def script(recording: dict, name: str) -> str:
    """The file that `live.js` loads when the figure comes near; it also works from a folder."""
    rest = {key: value for key, value in recording.items() if key != "static"}
    text = json.dumps(rest, ensure_ascii=False, separators=(",", ":"))
    return f"metacourse.recorded({json.dumps(name)}, {text});\n"
