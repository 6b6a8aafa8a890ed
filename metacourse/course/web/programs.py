"""The programs of the course's anywidgets as files that `widget.js` loads into a page."""

import importlib
import json
import re
from pathlib import Path


def script(path: str) -> str:
    """The program and the style of the widget class at `path` as a classic script, which also
    works from a folder: it hands both to `metacourse.program`."""
    module, _, name = path.rpartition(".")
    widget = getattr(importlib.import_module(module), name)
    program = re.sub(r"^(\s*)export default\b", r"\1const program =", widget._esm, flags=re.M)
    told = f"{json.dumps(path)}, program, {json.dumps(getattr(widget, '_css', ''))}"
    return f"(() => {{\n{program}\nmetacourse.program({told});\n}})();\n"


def write(recording: dict, folder: Path) -> None:
    """Write the programs that a recording uses into `folder`: its "program" and its "programs"."""
    folder.mkdir(exist_ok=True)
    for path in [*recording.get("programs", []), *filter(None, [recording.get("program")])]:
        (folder / f"{path}.js").write_text(script(path), encoding="utf-8")
