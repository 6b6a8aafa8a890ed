"""From a key press on a live figure's first slider to the changed picture, in Chromium."""

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.browser.lab import (
    HOW_TO_GET_CHROMIUM,
    REPOSITORY,
    find_chromium,
    running_chromium,
    running_lab,
)
from tests.browser.page import (
    OpenNotebook,
    live_figures,
    opened,
    picture,
    press,
    run_all,
    sliders,
    wait_until_idle,
)

# A new picture takes the old one's place when it is decoded; the next frame then shows it.
STOPWATCH = """(image) => {
    window.pressed = null;
    window.latencies = [];
    window.addEventListener("keydown", () => { window.pressed = performance.now(); }, true);
    const changed = () => requestAnimationFrame(() => {
        if (window.pressed !== null) window.latencies.push(performance.now() - window.pressed);
        window.pressed = null;
    });
    new MutationObserver(changed).observe(image.parentElement, { childList: true });
}"""


def measure() -> Iterator[tuple[str, str, str]]:
    if find_chromium() is None:
        yield "latency", HOW_TO_GET_CHROMIUM, ""
        return
    with (
        tempfile.TemporaryDirectory() as state,
        running_lab(REPOSITORY / "notebooks", Path(state)) as lab,
        running_chromium() as browser,
        opened(browser, lab, "gallery.ipynb") as notebook,
    ):  # it has all live figures
        run_all(notebook)
        for number in range(live_figures(notebook).count()):
            what = f"key to picture, gallery, live figure {number + 1}"
            yield what, described(notebook, number), "median < 100 ms"


def described(notebook: OpenNotebook, number: int) -> str:
    latencies = key_to_picture(notebook, number)
    median, worst = statistics.median(latencies), max(latencies)
    return f"median {median:.0f} ms, worst {worst:.0f} ms"


def key_to_picture(notebook: OpenNotebook, number: int, n_presses: int = 40) -> list[float]:
    """The milliseconds of each of `n_presses` changes of a live figure, to and fro."""
    figure = live_figures(notebook).nth(number)
    slider = sliders(figure).first
    press(slider, "Home")
    wait_until_idle(notebook)
    picture(figure).evaluate(STOPWATCH)
    for i in range(n_presses):
        slider.press("ArrowRight" if i % 2 == 0 else "ArrowLeft")
        notebook.page.wait_for_function("(n) => window.latencies.length > n", arg=i, timeout=10_000)
        notebook.page.wait_for_timeout(50)
    return notebook.page.evaluate("() => window.latencies")
