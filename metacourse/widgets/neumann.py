"""The live picture of notebook 06c: an inverse that is summed up, term by term."""

import torch

from metacourse.figures import hyperparameters as draw
from metacourse.widgets.live import LiveFigure, float_slider, int_slider, log_slider

SOLUTION = torch.tensor([1.3, -0.9], dtype=torch.float64)  # u = H⁻¹v
STEEP = torch.nn.functional.normalize(torch.tensor([1.0, 2.0], dtype=torch.float64), dim=0)
MOST = 100  # terms


def neumann_widget():
    """The sums of a Neumann series as a path to H⁻¹v, and how far off each is.

    H has an eigenvalue of 1 along one axis and 1/κ along the other. Controls: α, the number of
    terms, and the condition number κ.
    """

    def draw_sums(axes, lr_inner, n_terms, condition):
        steep = torch.outer(STEEP, STEEP)
        hessian = steep + (torch.eye(2).double() - steep) / condition
        sums = [torch.zeros(2).double()]
        for _ in range(n_terms):  # α Σ (I − αH)ʲ v, a term more each time
            sums.append(sums[-1] + lr_inner * hessian @ (SOLUTION - sums[-1]))
        sums = torch.stack(sums)
        draw.draw_sums(axes[0], sums, SOLUTION, hessian)
        errors = (sums - SOLUTION).norm(dim=1) / SOLUTION.norm()
        rates = abs(1 - lr_inner), abs(1 - lr_inner / condition)
        draw.draw_errors(axes[1], errors, rates)
        return _told(sums[-1], errors[-1].item(), rates)

    controls = {
        "lr_inner": float_slider("α", 0.5, 0.0, 2.4, 0.05),
        "n_terms": int_slider("Terms", 5, 0, MOST),
        "condition": log_slider("Condition number κ", 10.0, 1.0, 1000.0),
    }
    alt = "Left, sums of the series on rings around the solution; right, their error by term."
    sweeps = [
        {"n_terms": [1, 2, 3, 10, 20, 30, 50, 70, 80, 90, 100]},
        {
            "n_terms": [5, 70, 90, 100],
            "condition": [10, 30],
            "lr_inner": [0.5, 1, 1.5, 1.9, 2, 2.1],
        },
    ]
    return LiveFigure(draw_sums, controls, alt=alt, columns=2, size=(9, 4), sweeps=sweeps)


def _told(last, error, rates):
    if max(rates) > 1:
        return f"|1 − αλ| is {max(rates):.2f} along one axis: the sums run away."
    if not last.any():
        return "The sum is 0 so far: no direction at all."
    off = torch.nn.functional.cosine_similarity(last, SOLUTION, dim=0).clamp(-1, 1).acos()
    return f"Error {100 * error:.3g} % of H⁻¹v, direction {torch.rad2deg(off):.0f}° off."
