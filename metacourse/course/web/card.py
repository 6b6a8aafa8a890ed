"""The picture that stands beside a link to the site: its name over a figure of chapter 02."""

from pathlib import Path

import torch

from metacourse import linear_regression as linreg
from metacourse.course.web import strings
from metacourse.figures import linear_regression as draw
from metacourse.figures.style import new_figure, style

NAME = "card.png"
SIZE = 12, 6.3  # inches of 100 pixels: what previews ask for


def write(folder: Path) -> None:
    """Draw the card into a folder."""
    said = strings.load()["site"]
    with style():
        figure, (left, right) = new_figure(columns=2, size=SIZE)
        left.axis("off")
        figure.text(0.05, 0.75, said["title"], fontsize=44, weight="bold")
        figure.text(0.05, 0.35, said["card_text"], fontsize=20, linespacing=1.6)
        draw_descent(right)
        figure.savefig(folder / NAME, dpi=100)


def draw_descent(ax) -> None:
    """Ten steps of gradient descent on the loss of a line through five points."""
    x = torch.stack([torch.linspace(-1, 1.4, 5), torch.ones(5)], dim=1).double()
    theta, optimum = torch.tensor([[-1.2, 1.4], [0.9, 0.4]]).double()
    steps = [linreg.adapt(theta, x, x @ optimum, lr_inner=0.2, n_steps=k) for k in range(11)]
    grid = draw.grid_of_theta()
    draw.draw_surface(ax, grid, linreg.loss(grid, x, x @ optimum))
    draw.draw_path(ax, torch.stack(steps))
    draw.draw_points(ax, {"start": (theta, "params"), "θ*": (optimum, "optimum")})
