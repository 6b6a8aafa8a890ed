"""A notebook that the learner saved, opened again after its kernel was shut down."""

import shutil

import pytest

from tests.browser.page import (
    cell,
    cell_ids,
    live_figures,
    opened,
    opened_cells,
    run_all,
    save,
    shut_down_kernel,
)

CELLS = {
    "figure": "import torch\n"
    "from metacourse.widgets.start_here import line_widget\n"
    "line_widget(torch.tensor([[0.0, 1.0], [1.0, 1.0]]), torch.tensor([1.0, 2.0]))",
    "prediction": "from metacourse.checks import check, predict, quiz\n"
    "predict('start_here.tasks_per_second', 'How many?', options=['ten', 'a million'])",
    "check": "def mean_squared_error(answers, y):\n"
    "    return answers\n"
    "check('start_here.mean_squared_error', mean_squared_error)",
    "quiz": "quiz('concepts.myths')",
    "training": "from metacourse.training import Budget, train\n"
    "from metacourse.widgets.curve import LearningCurve\n"
    "start = {'params': {'w': torch.zeros(1, requires_grad=True)}, 'generator': None}\n"
    "start['optimizer'] = torch.optim.SGD(start['params'].values())\n"
    "budget = {'quick': Budget(30, 60), 'full': Budget(30, 60)}\n"
    "with LearningCurve() as curve:\n"
    "    train(lambda *_: 1.0, **start, **budget, watch=curve.watch)",
}
TEXTS = {
    "figure": "Run this cell to bring the picture to life.",
    "prediction": "Run this cell to answer.",
    "check": "Run this cell to bring its buttons back.",
    "quiz": "Run this cell to answer.",
    "training": "Step 30",
}


@pytest.fixture(scope="module")
def saved(browser, lab):
    """The name of a notebook that was run and saved, and whose kernel is gone."""
    with opened_cells(browser, lab, "reopened.ipynb", CELLS) as notebook:
        assert stand_ins(notebook) == 0
        save(notebook)
        shut_down_kernel(notebook)
    return "reopened.ipynb"


@pytest.fixture(scope="module")
def reopened(browser, lab, saved):
    with opened(browser, lab, saved) as notebook:
        yield notebook


def shown(notebook, cell_id):
    """A cell's outputs, scrolled to."""
    found = cell(notebook, cell_id).locator(".jp-OutputArea")
    found.scroll_into_view_if_needed()
    return found


def stand_ins(notebook):
    """How many outputs with a static form take room in the notebook."""
    output = ".jp-OutputArea-child:has(.metacourse-stand-in)"
    return sum(
        shown(notebook, cell_id).locator(output).filter(visible=True).count()
        for cell_id in cell_ids(notebook)
    )


@pytest.mark.parametrize("cell_id", CELLS)
def test_the_static_form_is_seen_in_place_of_the_widget(reopened, cell_id):
    outputs = shown(reopened, cell_id)
    outputs.get_by_text(TEXTS[cell_id]).filter(visible=True).first.wait_for()
    assert outputs.get_by_text("displaying widget").filter(visible=True).count() == 0
    assert outputs.get_by_text("Loading widget").filter(visible=True).count() == 0


@pytest.mark.parametrize(("cell_id", "words"), [("figure", "Points"), ("training", "Learning")])
def test_the_picture_is_seen_with_its_alt_text(reopened, cell_id, words):
    image = shown(reopened, cell_id).get_by_role("img").filter(visible=True)
    image.wait_for()
    assert image.bounding_box()["height"] > 100
    assert image.get_attribute("alt").startswith(words)


def test_running_it_brings_everything_back_to_life(browser, lab, saved):
    shutil.copy(lab.folder / saved, lab.folder / "again.ipynb")
    with opened(browser, lab, "again.ipynb") as notebook:
        run_all(notebook)
        assert live_figures(notebook).count() == 1
        assert stand_ins(notebook) == 0


def test_without_trust_the_static_form_is_seen_once(browser, lab, saved):
    text = (lab.folder / saved).read_text(encoding="utf-8")
    changed = text.replace("How many?", "How many tasks?")
    (lab.folder / "sent.ipynb").write_text(changed, encoding="utf-8")
    with opened(browser, lab, "sent.ipynb") as notebook:
        question = shown(notebook, "prediction").get_by_text("How many tasks?")
        assert question.filter(visible=True).count() == 1
