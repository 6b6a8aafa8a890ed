"""The live picture of notebook 08a: layers that are peeled off, and steps that are taken back."""

import torch

from metacourse import linear_regression as linreg
from metacourse.attention import gradient_step_weights, linear_attention, prompt
from metacourse.figures import attention as draw
from metacourse.figures.linear_regression import draw_points, draw_surface, grid_of_theta
from metacourse.widgets.live import LiveFigure, float_slider, int_slider

MOST_LAYERS = 20


def layers_widget(x, y):
    """A line task that is read by layers of linear attention, each of them a gradient step.

    x (S, 2), a column of ones in it, y (S,), in float64. Controls: the number of layers, and the
    rate α in their weights. Left what the tokens hold; right the layers along the path of descent.
    """
    grid = grid_of_theta()
    surface = linreg.loss(grid, x, y)
    minimiser = linreg.matvec(torch.linalg.pinv(x), y)
    sharpest = torch.linalg.eigvalsh(linreg.hessian(x)).max().item()
    start = torch.zeros(2, dtype=x.dtype)

    def draw_both(axes, n_layers, lr_inner):
        residuals, thetas = read_by_layers(x, y, lr_inner=lr_inner, n_layers=n_layers)
        path = [start]
        for _ in range(n_layers):
            path.append(linreg.adapt(path[-1], x, y, lr_inner=lr_inner))
        descent = torch.stack(path)
        theta = thetas[-1] + 0.0
        draw.draw_residuals(axes[0], x[:, 0], y, residuals[-1], theta)
        draw_surface(axes[1], grid, surface)
        draw_points(axes[1], {"θ*": (minimiser, "optimum")})
        draw.draw_layers(axes[1], descent, thetas)
        if lr_inner * sharpest >= 2:
            return f"αλ = {lr_inner * sharpest:.2f}: what is left grows with each layer. Lower α."
        left = residuals[-1].square().mean()
        return (
            f"Layers: {n_layers}. The queries say {theta[0]:.3f} x + {theta[1]:.3f}. Mean square "
            f"of what is left in the tokens {left:.4f}, the loss after as many steps "
            f"{linreg.loss(descent[-1], x, y):.4f}."
        ).replace("+ -", "− ")

    controls = {
        "n_layers": int_slider("Layers", 4, 0, MOST_LAYERS),
        "lr_inner": float_slider("Rate α in the weights", 0.25, 0.0, 1.2, 0.01),
    }
    alt = "Left, the line that the layers say and what is left in the tokens; right, their path."
    sweeps = [
        {"n_layers": [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20]},
        {"lr_inner": [0.1, 0.25, 0.4, 0.49, 0.6, 0.8, 0.9, 0.98, 1, 1.1]},
    ]
    return LiveFigure(draw_both, controls, alt=alt, columns=2, size=(9.5, 4.2), sweeps=sweeps)


def read_by_layers(x, y, *, lr_inner, n_layers):
    """What is left in the tokens of the points, (k + 1, S), and the line that queries say, (k + 1,
    D), after 0, 1, …, k layers. The queries are the inputs (1, 0, …), (0, 1, …), …: θ itself."""
    n_points, n_features = x.shape
    weights = gradient_step_weights(n_features, lr_inner)
    tokens = prompt(x, y, torch.eye(n_features, dtype=x.dtype))
    labels = [tokens[:, -1]]
    for _ in range(n_layers):
        tokens = linear_attention(weights, tokens, n_points)
        labels.append(tokens[:, -1])
    kept = torch.stack(labels)
    return kept[:, :n_points], -kept[:, n_points:]
