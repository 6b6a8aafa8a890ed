"""The live pictures of chapter 02."""

import torch

from metacourse import linear_regression as linreg
from metacourse.episodes import Episode
from metacourse.evaluation import confidence_interval
from metacourse.figures import linear_regression as draw
from metacourse.tasks.lines import sample_lines_with_covariances
from metacourse.widgets.live import LiveFigure, choice, float_slider, int_slider
from metacourse.widgets.points import DraggablePoints
from metacourse.widgets.steered import SteeredChart


def descent_widget(theta, x, y):
    """Gradient descent on one task's loss surface, and the way left along each eigenvector.

    theta (2,), x (S, 2), y (S,). Controls: the inner rate α and the number of steps k.
    """
    eigenvalues, eigenvectors = torch.linalg.eigh(linreg.hessian(x))
    minimiser = linreg.matvec(torch.linalg.pinv(x), y)
    distance = linreg.matvec(eigenvectors.T, theta - minimiser)  # along each eigenvector
    grid = draw.grid_of_theta()
    surface = linreg.loss(grid, x, y)

    def draw_descent(axes, lr_inner, n_steps):
        factors = 1 - lr_inner * eigenvalues
        distances = distance * factors ** torch.arange(n_steps + 1)[:, None]  # (k + 1, 2)
        path = minimiser + distances @ eigenvectors.T
        draw.draw_surface(axes[0], grid, surface)
        draw.draw_path(axes[0], path.clamp(-50, 50))
        draw.draw_points(axes[0], {"start": (theta, "params"), "θ*": (minimiser, "optimum")})
        axes[0].legend(loc="lower left")
        draw.draw_distances(axes[1], distances.clamp(-50, 50), factors)
        axes[1].set(xlim=(-0.5, max(n_steps, 10) + 0.5), ylim=(-2.2, 2.2))
        rest = linreg.loss(path[-1], x, y).item()
        return f"αλ = {_list(lr_inner * eigenvalues)}: {_course(factors)}. Loss {rest:.3g}."

    high = round(3 / eigenvalues.max().item(), 1)
    controls = {
        "lr_inner": float_slider("Inner rate α", 0.3, 0.0, high, 0.01),
        "n_steps": int_slider("Inner steps k", 10, 0, 50),
    }
    alt = "Left, the path of gradient descent over rings of equal loss; right, its distances."
    sharp = 1 / eigenvalues.max().item()
    sweeps = [{"lr_inner": [sharp * quarter / 4 for quarter in range(2, 11)]}]
    return LiveFigure(draw_descent, controls, alt=alt, columns=2, size=(9, 4), sweeps=sweeps)


def _course(factors):
    sharpest = factors.min().item()
    if sharpest == 1:
        return "nothing moves"
    if sharpest < -1:
        return "the most curved direction runs away"
    if sharpest < 0:
        return "the most curved direction overshoots and settles"
    return "every direction slides straight in"


def meta_gradient_widget(tasks):
    """Where three outer gradients would take the start: exact, first-order and joint training.

    tasks: an Episode of B line tasks. Controls: the inner rate α, the number of steps k, and
    whether the objective is that of all tasks or of the first one alone.
    """
    grid, base = draw.grid_of_theta(), draw.grid_of_theta(limit=1.6, n=6)

    def draw_directions(axes, lr_inner, n_steps, shown):
        chosen = Episode(*(part[:shown] for part in tasks))
        x_query, y_query = chosen.x_query.flatten(0, 1), chosen.y_query.flatten()
        x, y = linreg.maml_regression(chosen, lr_inner=lr_inner, n_steps=n_steps)
        errors = base @ x.T - y  # of the adapted parameters on the queries, (n, n, B·Q)
        downhill = {
            "exact": (-errors @ x, "maml"),
            "first-order": (-errors @ x_query, "first_order"),
            "joint": (-(base @ x_query.T - y_query) @ x_query, "joint"),
        }
        draw.draw_surface(axes, grid, _objective(grid, x, y))
        draw.draw_arrows(axes, base, downhill)
        optimum = torch.linalg.pinv(x) @ y
        draw.draw_points(axes, {"MAML's optimum": (optimum, "optimum")})
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
        exact, *others = (vectors for vectors, _ in downhill.values())
        medians = [draw.angle(exact, other).median().item() for other in others]
        return "Median angle to the exact one: first-order {:.0f}°, joint {:.0f}°.".format(*medians)

    controls = {
        "lr_inner": float_slider("Inner rate α", 0.2, 0.0, 0.5, 0.01),
        "n_steps": int_slider("Inner steps k", 5, 0, 10),
        "shown": choice("Objective of", {"all tasks": len(tasks.x_query), "the first task": 1}),
    }
    alt = "MAML's objective over the start θ as rings, with the downhill arrows of three gradients."
    sweeps = [
        {"lr_inner": [0.05, 0.1, 0.15, 0.3, 0.4]},
        {"n_steps": [1, 2, 10], "shown": [len(tasks.x_query), 1]},
        {"n_steps": [10], "lr_inner": [0.1, 0.2, 0.3, 0.5]},
    ]
    return LiveFigure(draw_directions, controls, alt=alt, size=(7.5, 4.8), sweeps=sweeps)


def _objective(theta, x, y):
    """The mean of (θ·x − y)² over many points, as the quadratic of θ that it is: theta (…, D), x
    (P, D), y (P,) → (…)."""
    moved = theta @ (x.T @ x) - 2 * y @ x
    return ((moved * theta).sum(-1) + y @ y) / len(y)


def optima_widget(n_tasks=300, n_test=600):
    """The optima of MAML and of joint training among the tasks' own, and the loss of either.

    Controls: the inner rate α, the number of steps k, and the spread of the inputs' widths,
    which makes the curvature differ from task to task. The loss is that of `n_test` other tasks.
    """

    def draw_both(axes, lr_inner, n_steps, spread):
        steps = {"lr_inner": lr_inner, "n_steps": n_steps}
        generator = torch.Generator().manual_seed(0)
        tasks, test = (
            sample_lines_with_covariances(n, spread=spread, generator=generator).to(torch.float64)
            for n in (n_tasks, n_test)
        )
        starts = {
            "joint training": (linreg.joint_optimum(tasks), "joint"),
            "MAML": (linreg.maml_optimum(tasks, **steps), "maml"),
        }
        minimisers = linreg.matvec(torch.linalg.pinv(tasks.x_support), tasks.y_support)
        curvatures = linreg.hessian(tasks.x_support)[:, 0, 0]  # along the slope
        draw.draw_optima(axes[0], minimisers, curvatures, starts)
        intervals = {
            label: (confidence_interval(linreg.adapted_loss(theta, test, **steps)), role)
            for label, (theta, role) in starts.items()
        }
        if not max(interval.mean for interval, _ in intervals.values()) < 1:
            raise ValueError(_runaway(tasks, lr_inner))
        draw.draw_intervals(axes[1], intervals, noise=0.1**2)
        joint, maml = (interval.mean for interval, _ in intervals.values())
        return f"Loss after adaptation: joint training {joint:.4f}, MAML {maml:.4f}."

    controls = {
        "lr_inner": float_slider("Inner rate α", 0.2, 0.0, 0.5, 0.01),
        "n_steps": int_slider("Inner steps k", 5, 0, 10),
        "spread": float_slider("Spread of widths", 2.0, 1.0, 3.0, 0.1),
    }
    alt = "Left, the tasks' own optima with those of MAML and joint training; right, their losses."
    return LiveFigure(draw_both, controls, alt=alt, columns=2, size=(9, 4))


def prior_widget(theta):
    """Points dragged by hand; the start's line follows them as far as k steps let it.

    theta (2,) is the start. Beside the adapted line stand the least-squares line and that of a
    Gaussian prior centred on the start, as strong as the steps are where they go half the way.
    """
    return _PriorChart(theta)


class _PriorChart(SteeredChart):
    brain = "prior"

    def __init__(self, theta):
        self.theta = theta.double()
        chart = DraggablePoints(
            [[-1.2, -1.4], [0.2, 0.3], [1.1, 1.0]],
            x_label="input x",
            y_label="label y",
            x_range=(-2, 2),
            y_range=(-2, 2),
            alt="Points to drag, and the lines that follow from them and from the start.",
            points_name="support points: drag them",
        )
        controls = {
            "lr_inner": float_slider("Inner rate α", 0.2, 0.01, 0.5, 0.01),
            "n_steps": int_slider("Inner steps k", 5, 1, 50),
        }
        super().__init__(chart, controls)

    def data(self):
        return {"theta": self.theta.tolist()}

    def redraw(self, _=None):
        """Fit the lines to the points where they are now."""
        lr_inner, n_steps = self.controls["lr_inner"].value, self.controls["n_steps"].value
        places = torch.tensor(self.chart.points, dtype=torch.float64)
        x, y = torch.stack([places[:, 0], torch.ones(len(places))], 1), places[:, 1]
        sharpest = lr_inner * torch.linalg.eigvalsh(linreg.hessian(x)).max().item()
        half_way = (1 - 0.5 ** (1 / n_steps)) / lr_inner
        thetas = {
            "start θ": (self.theta, "currentColor", "2 4"),
            "least squares θ*": (linreg.matvec(torch.linalg.pinv(x), y), "grey", "8 4"),
            "Gaussian prior": (
                linreg.map_estimate(self.theta, x, y, precision=half_way),
                "vermillion",
                "10 3 2 3",
            ),
        }
        if sharpest < 2:
            adapted = linreg.adapt(self.theta, x, y, lr_inner=lr_inner, n_steps=n_steps)
            thetas["after k steps"] = (adapted, "blue", "")
        self.chart.lines = [_line(name, *look) for name, look in thetas.items()]
        losses = {name: linreg.loss(theta, x, y) for name, (theta, *_) in thetas.items()}
        text = ", ".join(f"{name} {loss:.4f}" for name, loss in losses.items())
        runaway = f" The steps run away: αλ = {sharpest:.2f} is above 2. Lower α."
        self.chart.readout = f"Loss: {text}.{runaway if sharpest >= 2 else ''}"


def _line(name, theta, colour, dash):
    x = torch.tensor([-2.0, 2.0], dtype=theta.dtype)
    y = theta[0] * x + theta[1]
    return {"name": name, "x": x.tolist(), "y": y.tolist(), "colour": colour, "dash": dash}


def _runaway(tasks, lr_inner):
    sharpest = lr_inner * torch.linalg.eigvalsh(linreg.hessian(tasks.x_support))[:, -1]
    return (
        f"The inner steps run away: αλ is above 2 in {(sharpest > 2).sum()} of {len(sharpest)} "
        "tasks. Lower α, k or the spread."
    )


def _list(numbers):
    return ", ".join(f"{number:.2f}" for number in numbers)
