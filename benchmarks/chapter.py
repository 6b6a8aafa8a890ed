"""What a chapter defines, for measuring just that and no copy of it."""

import contextlib
import io
import json

from tools.notebooks import REPOSITORY


def defined_in(notebook: str, *cells: str, edits: dict[str, str] | None = None) -> dict:
    """Run the cells of these ids, in their order in the notebook, and return what they define;
    what they print is not shown.

    edits: pieces of source to be replaced, each of which must be there.
    Raises LookupError for a cell or a piece that is not there.
    """
    content = json.loads((REPOSITORY / "notebooks" / notebook).read_text(encoding="utf-8"))
    sources = {cell["id"]: "".join(cell["source"]) for cell in content["cells"]}
    if missing := set(cells) - sources.keys():
        raise LookupError(f"{notebook} has no cell {', '.join(sorted(missing))}")
    source = "\n\n".join(sources[name] for name in sources if name in cells)
    for old, new in (edits or {}).items():
        if old not in source:
            raise LookupError(f"the cells do not say {old!r}")
        source = source.replace(old, new)
    defined = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, notebook, "exec"), defined)
    return defined
