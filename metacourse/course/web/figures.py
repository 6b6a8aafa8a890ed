"""Recorded figures in a page: the default picture, and beside the page the file of all others."""

import hashlib
import html
import json


def block(recording: dict, name: str) -> str:
    """The HTML of one figure: what stands there without scripts, and where the rest is found."""
    kind = html.escape(recording["kind"])
    return (
        f'<div class="metacourse-figure" data-kind="{kind}" data-recording="{html.escape(name)}">'
        f"{recording['static']}</div>"
    )


def name_of(recording: dict) -> str:
    """The name of a recording's file: of its content, so that two pages share what is alike."""
    return hashlib.sha256(rest(recording).encode()).hexdigest()[:16]


def script(recording: dict, name: str) -> str:
    """The file that `live.js` loads when the figure comes near; it also works from a folder."""
    return f"metacourse.recorded({json.dumps(name)}, {rest(recording)});\n"


def rest(recording: dict) -> str:
    """All of a recording but what stands in the page."""
    parts = {key: value for key, value in recording.items() if key != "static"}
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
