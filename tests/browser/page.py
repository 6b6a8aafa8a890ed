"""A notebook in a page of a running JupyterLab: run it, read it, move its controls."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page

from tests.browser.lab import Lab
from tools.notebooks import METADATA

LAPTOP = {"width": 1366, "height": 768}
# What JupyterLab, not the course, writes to the console as an error; each with its reason.
KNOWN_NOISE: tuple[str, ...] = ()


@dataclass
class OpenNotebook:
    """A notebook in a page of its own, and the errors that the page's console has shown so far."""

    page: Page
    console_errors: list[str] = field(default_factory=list)

    def note_console(self, message: ConsoleMessage) -> None:
        text = f"{message.text} ({(message.location or {}).get('url', '')})"
        if message.type == "error" and not any(noise in text for noise in KNOWN_NOISE):
            self.console_errors.append(text)


@contextmanager
def opened(browser: Browser, lab: Lab, name: str, *, scale: float = 1) -> Iterator[OpenNotebook]:
    """Open a notebook at the size of a laptop's screen and wait until its kernel is ready."""
    context = browser.new_context(viewport=LAPTOP, device_scale_factor=scale)
    notebook = OpenNotebook(context.new_page())
    page = notebook.page
    page.on("console", notebook.note_console)
    page.on("pageerror", lambda error: notebook.console_errors.append(str(error)))
    workspace = f"{Path(name).stem}-{secrets.token_hex(4)}"
    try:
        page.goto(f"{lab.url}/lab/workspaces/{workspace}/tree/{name}?token={lab.token}")
        page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for(timeout=60_000)
        page.wait_for_function(
            """() => {
                const panel = window.jupyterapp?.shell.currentWidget;
                const kernel = panel?.sessionContext?.session?.kernel;
                return panel?.context.isReady && kernel?.status === "idle";
            }""",
            timeout=60_000,
        )
        yield notebook
    finally:
        context.close()


@contextmanager
def opened_cells(
    browser: Browser, lab: Lab, name: str, sources: dict[str, str]
) -> Iterator[OpenNotebook]:
    """Open a notebook made of these cells, id to source, after Run All Cells; at the end no output
    and no message of the console may be an error."""
    made = nbformat.v4.new_notebook(metadata=METADATA)
    made.cells = [nbformat.v4.new_code_cell(source, id=id) for id, source in sources.items()]
    nbformat.write(made, lab.folder / name)
    with opened(browser, lab, name) as notebook:
        run_all(notebook)
        yield notebook
        assert error_outputs(notebook) == []
        assert notebook.console_errors == []


def run_all(notebook: OpenNotebook, *, seconds: float = 900) -> None:
    """Run all cells; return when each has run and the kernel has nothing left to do."""
    page = notebook.page
    page.evaluate(
        """() => {
            window.allCellsRun = false;
            window.jupyterapp.commands.execute("notebook:run-all-cells")
                .finally(() => { window.allCellsRun = true; });
        }"""
    )
    page.wait_for_function("() => window.allCellsRun", timeout=seconds * 1000)
    wait_until_idle(notebook)


def wait_until_idle(notebook: OpenNotebook, *, seconds: float = 60) -> None:
    """Wait until the kernel has been idle for 250 ms and every picture has arrived."""
    notebook.page.evaluate("() => { window.idleSince = null; }")
    notebook.page.wait_for_function(
        """() => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const loading = [...document.querySelectorAll(".jp-OutputArea img")].some(
                (image) => !image.complete);
            if (kernel.status !== "idle" || loading) { window.idleSince = null; return false; }
            window.idleSince ??= performance.now();
            return performance.now() - window.idleSince > 250;
        }""",
        timeout=seconds * 1000,
    )


def save(notebook: OpenNotebook) -> None:
    """Save the notebook as the learner does."""
    command = "window.jupyterapp.commands.execute('docmanager:save')"
    notebook.page.evaluate(f"async () => {{ await {command}; }}")


def shut_down_kernel(notebook: OpenNotebook) -> None:
    """Shut the notebook's kernel down and leave the page as it is."""
    context = "window.jupyterapp.shell.currentWidget.sessionContext"
    notebook.page.evaluate(f"async () => {{ await {context}.shutdown(); }}")


def error_outputs(notebook: OpenNotebook) -> list[str]:
    """What went wrong: error outputs, stderr, and tracebacks that an Output widget shows."""
    return notebook.page.evaluate(
        """() => {
            const cells = [...window.jupyterapp.shell.currentWidget.content.model.cells];
            const outputs = cells.filter((cell) => cell.type === "code").flatMap(
                (cell) => cell.outputs.toJSON().map((output) => [cell.id, output]));
            const wrong = outputs.filter(([, output]) =>
                output.output_type === "error" || output.name === "stderr");
            const shown = [...document.querySelectorAll(
                '.jupyter-widgets [data-mime-type="application/vnd.jupyter.error"], ' +
                '.jupyter-widgets [data-mime-type="application/vnd.jupyter.stderr"]')];
            return [
                ...wrong.map(([id, output]) =>
                    `${id}: ${output.ename ?? ""} ${output.evalue ?? output.text}`),
                ...shown.map((element) => element.innerText),
            ];
        }"""
    )


def cell_ids(notebook: OpenNotebook, *, with_output: bool = False) -> list[str]:
    """The ids of the notebook's cells, in order; of those with an output only, if asked."""
    return notebook.page.evaluate(
        """(withOutput) => [...window.jupyterapp.shell.currentWidget.content.model.cells]
            .filter((cell) => !withOutput || (cell.type === "code" && cell.outputs.length > 0))
            .map((cell) => cell.id)""",
        with_output,
    )


def cell(notebook: OpenNotebook, cell_id: str) -> Locator:
    """The cell of the page whose id in the notebook file is `cell_id`."""
    cells = notebook.page.locator(".jp-WindowedPanel-viewport > .jp-Cell")
    return cells.nth(cell_ids(notebook).index(cell_id))


def live_figures(notebook: OpenNotebook) -> Locator:
    """The outputs that hold a live picture and a slider, in the order of the page."""
    return notebook.page.locator(
        ".jp-OutputArea-output:has(.metacourse-picture img):has([role=slider])"
    )


def picture(figure: Locator) -> Locator:
    """The <img> of a live figure."""
    return figure.locator(".metacourse-picture img").first


def sliders(figure: Locator) -> Locator:
    """The handles of a live figure's sliders; each takes the arrow keys when focused."""
    return figure.locator("[role=slider]")


def press(handle: Locator, key: str, times: int = 1) -> None:
    """Press a key on a control, as a learner without a mouse does."""
    handle.scroll_into_view_if_needed()
    handle.focus()
    for _ in range(times):
        handle.press(key)


def drag(notebook: OpenNotebook, handle: Locator, pixels: float, steps: int = 8) -> None:
    """Drag a control sideways with the mouse."""
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = notebook.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + pixels, y, steps=steps)
    mouse.up()


def wait_for_change(image: Locator, before: str, *, seconds: float = 10) -> str:
    """Wait until an <img> has another `src` than `before`; return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        source = image.get_attribute("src")
        if source != before:
            return source
        time.sleep(0.02)
    raise AssertionError("the picture did not change")


def save_cell(notebook: OpenNotebook, cell_id: str, path: Path) -> None:
    """Save a picture of one cell, whole, also where it is taller than the screen."""
    page, element = notebook.page, cell(notebook, cell_id)
    element.scroll_into_view_if_needed()
    height = element.bounding_box()["height"]
    if height > LAPTOP["height"] - 120:
        page.set_viewport_size(LAPTOP | {"height": int(height) + 160})
    element.scroll_into_view_if_needed()
    page.wait_for_timeout(100)
    element.screenshot(path=path)
    page.set_viewport_size(LAPTOP)


def reset_figure(notebook: OpenNotebook) -> Locator:
    """The only live figure of a notebook, as it began."""
    found = live_figures(notebook).first
    found.get_by_text("Reset", exact=True).click()
    wait_until_idle(notebook)
    return found


def alt_after(notebook: OpenNotebook, figure: Locator, act: Callable[[], None]) -> str:
    """The alt text of a live figure's picture after something was done to it."""
    source = picture(figure).get_attribute("src")
    act()
    wait_for_change(picture(figure), source)
    wait_until_idle(notebook)
    return picture(figure).get_attribute("alt")
