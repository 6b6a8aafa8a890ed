"""The learner's own copy, opened for the first time."""

from metacourse.course.edition import edition
from tests.browser.page import opened


def test_opening_a_notebook_does_not_change_it(browser, lab):
    (lab.folder / "copy.ipynb").write_bytes(edition()["00_start_here.ipynb"])
    with opened(browser, lab, "copy.ipynb") as notebook:
        notebook.page.wait_for_timeout(1_000)  # JupyterLab asks the kernel what it is
        assert not notebook.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.context.model.dirty"
        )
