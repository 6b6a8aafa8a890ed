"""The live picture of notebook 06d: weights for the losses of other tasks, by hand."""

import torch

from metacourse import linear_regression as linreg
from metacourse.experiments import auxiliary
from metacourse.figures import hyperparameters as draw
from metacourse.widgets.live import LiveFigure, int_slider, log_slider, toggle

LOW, HIGH = 1e-3, 100.0


def weights_widget():
    """The losses of a fit to eight points and, with weights, to those of three other tasks.

    Controls: a weight for each of the others, which draw of the tasks, and whether new points are
    shown. Black lines: the same loss without any other task.
    """

    def draw_fit(axes, close, half, unrelated, number, new):
        of = auxiliary.family(torch.Generator().manual_seed(number))
        weights = torch.tensor([close, half, unrelated], dtype=torch.float64)
        fits = (auxiliary.fit(of.train, of.others, each) for each in (weights, 0 * weights))
        weighted, alone = (_losses(theta, of, new) for theta in fits)
        draw.draw_parts(axes, weighted, alone)
        shown = {part: loss for part, loss in weighted.items() if loss is not None}
        return ", ".join(f"{part} {loss:.3g}" for part, loss in shown.items()) + "."

    controls = {
        "close": log_slider("Weight of the close task", LOW, LOW, HIGH),
        "half": log_slider("Weight of the half related one", LOW, LOW, HIGH),
        "unrelated": log_slider("Weight of the unrelated one", LOW, LOW, HIGH),
        "number": int_slider("Draw of the tasks, number", 3, 0, 9),
        "new": toggle("Show new points"),
    }
    alt = "Marks: losses of a weighted fit; black lines: those of the meant points alone."
    some = {"close": [LOW, 0.1, 1, 10], "half": [LOW, 0.1, 1, 10], "unrelated": [LOW, 0.01, 0.1]}
    sweeps = [
        some | {"new": [False, True]},
        {"close": [LOW, 1, 10], "half": [0.1], "number": 10, "new": [False, True]},
    ]
    return LiveFigure(draw_fit, controls, alt=alt, size=(8, 2.4), sweeps=sweeps)


def _losses(theta, of, new):
    parts = {"fitted": of.train, "validation": of.validation, "new": of.test}
    losses = {name: linreg.loss(theta, *points).item() for name, points in parts.items()}
    return losses if new else losses | {"new": None}
