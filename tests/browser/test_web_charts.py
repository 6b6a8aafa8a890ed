"""Charts of draggable points in a page without a kernel: they say what Python says."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from metacourse.episodes import Episode
from metacourse.experiments import in_context
from metacourse.trained.recipes import load_weights
from metacourse.transformer import ask, prior_fitted_logits
from metacourse.widgets.recorded_state import params_json
from tests.browser.charts import SETTINGS, charts_page, moved, seen

CASES = [(name, *case) for name, cases in SETTINGS.items() for case in cases]
BYTES = """() => {
  const { buffer } = metacourse.seen.classes.widget.get("shade");
  return [...new Uint8Array(buffer)];
}"""


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    with charts_page(browser, tmp_path_factory.mktemp("charts")) as opened:
        yield opened


@pytest.mark.parametrize(("name", "points", "values"), CASES)
def test_a_chart_says_and_draws_what_python_does(page, name, points, values):
    widget = moved(page, name, points, values)
    lines = seen(page, name, "lines")
    assert [{**line, "x": 0, "y": 0} for line in lines] == [
        {**line, "x": 0, "y": 0} for line in widget.chart.lines
    ]
    for line, other in zip(lines, widget.chart.lines, strict=True):
        exact = 1e-3 if line["name"] == "transformer" else 1e-6  # its weights are rounded
        for axis in "xy":
            assert numbers(line[axis]) == pytest.approx(numbers(other[axis]), 1e-6, exact)


def numbers(values):
    return [1e9 if value is None else value for value in values]


@pytest.mark.parametrize(("name", "points", "values"), [c for c in CASES if c[0] == "classes"])
def test_the_map_has_the_colours_of_python(page, name, points, values):
    widget = moved(page, name, points, values)
    drawn, theirs = (
        np.asarray(Image.open(io.BytesIO(png)), dtype=int)
        for png in (bytes(page.evaluate(BYTES)), widget.chart.shade)
    )
    assert drawn.shape == theirs.shape
    assert np.abs(drawn - theirs).max() <= 1
    assert seen(page, name, "kinds") == widget.chart.kinds


def rounded(params):
    """Weights in float64 as a recording keeps them."""
    return {name: tensor_of(kept) for name, kept in params_json(params).items()}


def tensor_of(kept):
    whole = np.frombuffer(base64.b64decode(kept["whole"]), "<i2")
    values = (whole * kept["scale"]).astype(np.float32)
    return torch.tensor(values.astype(np.float64)).reshape(kept["shape"])


@pytest.mark.parametrize("n_points", [0, 1, 10])
def test_the_transformer_answers_as_in_python(page, n_points):
    params, generator = in_context.lines_start(1), torch.Generator().manual_seed(n_points)
    x, x_query = (torch.randn(n, 2, generator=generator).double() for n in (n_points, 7))
    y = torch.randn(n_points, 1, generator=generator).double()
    told = [[*pair] for pair in zip(x.tolist(), y.tolist(), strict=True)]
    said = page.evaluate(
        "([kept, told, asked]) => { const { ask, weights } = metacourse.transformer;"
        "return [...ask(weights(kept), told, asked)]; }",
        [params_json(params), told, x_query.tolist()],
    )
    assert said == pytest.approx(ask(rounded(params), x, y, x_query)[:, 0].tolist(), abs=1e-6)


@pytest.mark.parametrize("n_points", [1, 5, 40])
def test_a_prior_fitted_network_has_the_chances_of_python(page, n_points):
    params, generator = load_weights("prior_fitted"), torch.Generator().manual_seed(n_points)
    x, x_query = (torch.randn(n, 2, generator=generator).double() for n in (n_points, 7))
    y = torch.randint(0, 2, (n_points,), generator=generator)
    task = Episode(x, y, x_query, torch.zeros(7))
    told = [[*pair] for pair in zip(x.tolist(), y.tolist(), strict=True)]
    said = page.evaluate(
        "([kept, told, asked]) => { const { chances, weights } = metacourse.transformer;"
        "return chances(weights(kept), told, asked); }",
        [params_json(params), told, x_query.tolist()],
    )
    chances = prior_fitted_logits(rounded(params), task).softmax(-1)[:, 1]
    assert said == pytest.approx(chances.tolist(), abs=1e-6)
