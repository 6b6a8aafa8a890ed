"""Execute the notebooks and write them in a form that is the same on every run.

python -m tools.notebooks notebooks/*.ipynb    in place, with outputs
"""

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from metacourse.figures.stand_in import MARK

REPOSITORY = Path(__file__).resolve().parents[1]
WIDGET = "application/vnd.jupyter.widget-view+json"
PROGRESS_BAR = re.compile(r"\d+% ?\|")
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


def has_tag(cell: NotebookNode, tag: str) -> bool:
    return tag in cell.metadata.get("tags", [])


# ---- the stable form -----------------------------------------------------------------------------


def stable(notebook: NotebookNode, hidden: dict[str, str] | None = None) -> NotebookNode:
    """What every run gives alike; `hidden` maps the start of a local path to its replacement."""
    notebook = nbformat.from_dict(notebook)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    hidden, count = hidden or {}, 0
    for cell in notebook.cells:
        kept = {name: cell.metadata[name] for name in ("jupyter", "tags") if name in cell.metadata}
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            whole = merged(cell.outputs)  # a busy machine hands a stream over in pieces
            cell.outputs = merged([stable_output(each, count, hidden) for each in whole])
    return notebook


def stable_output(output: NotebookNode, count: int, hidden: dict[str, str]) -> NotebookNode | None:
    """The output without widget views and what stands in for them, progress bars and local paths;
    None if nothing is left."""
    if output.output_type == "stream":
        shown = [line.rsplit("\r", 1)[-1] for line in output.text.split("\n")]
        lines = [line for line in shown if not PROGRESS_BAR.search(line)]
        output.text = without_paths("\n".join(lines), hidden)
        return output if output.text.strip() else None
    if output.output_type == "error":
        return output
    if MARK in output.data.get("text/html", ""):
        return None
    is_widget = output.data.pop(WIDGET, None) is not None
    if is_widget and not any(mime.startswith(("text/html", "image/")) for mime in output.data):
        return None
    for mime, value in output.data.items():
        if isinstance(value, str):
            output.data[mime] = (
                without_paths(value, hidden) if "image/" not in mime else value.strip()
            )
    output.metadata = {
        mime: value for mime, value in output.metadata.items() if mime in output.data
    }
    if output.output_type == "execute_result":
        output.execution_count = count
    return output


def without_paths(text: str, hidden: dict[str, str]) -> str:
    for start in sorted(hidden, key=len, reverse=True):
        text = text.replace(start, hidden[start])
    return text


def merged(outputs: list[NotebookNode | None]) -> list[NotebookNode]:
    """The outputs that are left, with neighbouring pieces of one stream joined."""
    kept: list[NotebookNode] = []
    for output in filter(None, outputs):
        previous = kept[-1] if kept else None
        if previous and output.get("name") and output.get("name") == previous.get("name"):
            previous.text += output.text
        else:
            kept.append(output)
    return kept


# ---- execution -----------------------------------------------------------------------------------


def execute(notebook: NotebookNode, folder: Path, *, seconds: float = 600) -> NotebookNode:
    """Run every cell in a new kernel that works in `folder`; raises at the first that fails."""
    notebook = nbformat.from_dict(notebook)
    client = NotebookClient(
        notebook,
        timeout=seconds,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    return notebook


def execute_in_place(path: Path) -> None:
    """Run a notebook as a new learner does, and write it if it has changed."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["METACOURSE_PROGRESS"] = str(Path(scratch) / "progress.json")
        os.environ["METACOURSE_CACHE"] = str(Path(scratch) / "cache")
        os.environ["IPYTHONDIR"] = str(Path(scratch) / "ipython")
        os.environ.pop("NBGRADER_EXECUTION", None)
        hidden = {
            scratch: "~",
            str(REPOSITORY): "metacourse",
            str(Path.home()): "~",
            sys.prefix: ".venv",
        }
        executed = stable(execute(nbformat.read(path, as_version=4), path.parent), hidden)
    text = nbformat.writes(executed) + "\n"
    changed = text != path.read_text(encoding="utf-8")
    if changed:
        path.write_text(text, encoding="utf-8")
    seconds = time.perf_counter() - start
    print(f"{path}  {seconds:.0f} s  {'written' if changed else 'as it was'}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks")
    parser.add_argument("notebooks", nargs="+", type=Path)
    for path in parser.parse_args().notebooks:
        execute_in_place(path)


if __name__ == "__main__":
    main()
