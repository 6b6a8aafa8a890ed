"""Execute the notebooks and write them in a form that is the same on every run.

python -m tools.notebooks execute notebooks/*.ipynb         in place, with outputs
python -m tools.notebooks solve notebooks/*.ipynb FOLDER    every stub replaced by its solution,
                                                            and all cells again, backwards
"""

import argparse
import os
import re
import shutil
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
PROGRESS_BAR = re.compile(r"\d+%\|")
CHECK_CALL = re.compile(r"""\bcheck\(\s*["']([\w.]+)["']\s*,\s*(\w+)""")
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
            cell.outputs = merged([stable_output(each, count, hidden) for each in cell.outputs])
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


# ---- solutions -----------------------------------------------------------------------------------


def solved(notebook: NotebookNode) -> NotebookNode:
    """The notebook without outputs, each `exercise` cell replaced by the exercise's solution."""
    notebook = nbformat.from_dict(notebook)
    for cell, following in zip(notebook.cells, [*notebook.cells[1:], None], strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if has_tag(cell, "exercise"):
            call = following and CHECK_CALL.search(following.source)
            if not call:
                raise ValueError(
                    f"the cell after the exercise {cell.id!r} must call check(name, function)"
                )
            exercise, function = call.groups()
            cell.source = (
                f'from metacourse.checks import reference\n\n{function} = reference("{exercise}")'
            )
    return notebook


def and_backwards(notebook: NotebookNode) -> NotebookNode:
    """The notebook, and then all its code cells once more, the last one first: learners go back to
    a cell, and no later one may have taken a name that it needs."""
    notebook = nbformat.from_dict(notebook)
    for cell in [cell for cell in notebook.cells if cell.cell_type == "code"][::-1]:
        notebook.cells.append(nbformat.v4.new_code_cell(cell.source, id=f"{cell.id}-again"[-64:]))
    return notebook


def write_solved(paths: list[Path], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in paths:
        complete = and_backwards(solved(nbformat.read(path, as_version=4)))
        nbformat.write(complete, folder / path.name)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks")
    commands = parser.add_subparsers(dest="command", required=True)
    execute_command = commands.add_parser("execute", help="run notebooks in place")
    execute_command.add_argument("notebooks", nargs="+", type=Path)
    solve_command = commands.add_parser("solve", help="write notebooks with solutions")
    solve_command.add_argument("notebooks", nargs="+", type=Path)
    solve_command.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "solve":
        write_solved(arguments.notebooks, arguments.folder)
        return
    for path in arguments.notebooks:
        execute_in_place(path)


if __name__ == "__main__":
    main()
