"""Save a picture of the page and of every cell with an output:

python -m tests.browser.screenshots notebooks/02a_the_factor.ipynb OUT_FOLDER
"""

import argparse
import tempfile
from pathlib import Path

from tests.browser.lab import running_chromium, running_lab
from tests.browser.page import cell_ids, error_outputs, opened, run_all, save_cell


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="pictures of a notebook after Run All Cells")
    parser.add_argument("notebook", type=Path)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--cells", nargs="+", metavar="ID", help="these cells only")
    parser.add_argument("--all", action="store_true", help="cells without an output, too")
    parser.add_argument("--as-committed", action="store_true", help="do not run the notebook")
    parser.add_argument("--dark", action="store_true", help="JupyterLab's dark theme")
    parser.add_argument("--scale", type=float, default=1, help="device pixels per CSS pixel")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as state,
        running_lab(arguments.notebook.parent, Path(state), dark=arguments.dark) as lab,
        running_chromium() as browser,
        opened(browser, lab, arguments.notebook.name, scale=arguments.scale) as notebook,
    ):
        if not arguments.as_committed:
            run_all(notebook)
        notebook.page.screenshot(path=arguments.folder / "page.png")
        ids = cell_ids(notebook)
        wanted = arguments.cells or cell_ids(notebook, with_output=not arguments.all)
        for cell_id in wanted:
            path = arguments.folder / f"{ids.index(cell_id):02d}-{cell_id}.png"
            save_cell(notebook, cell_id, path)
            print(path)
        for problem in [*error_outputs(notebook), *notebook.console_errors]:
            print("PROBLEM:", problem)


if __name__ == "__main__":
    main()
