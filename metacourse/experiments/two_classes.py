"""Tasks of two classes and two features, made up and real, and classifiers that are fitted to each
anew, with their settings tuned on its support set (notebook 08b)."""

import warnings
from collections.abc import Callable

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, load_iris, load_wine, make_circles, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from torch import Tensor

from metacourse.episodes import Episode
from metacourse.evaluation import Interval, confidence_interval
from metacourse.nets import Params
from metacourse.tasks.functions import Family, linear_functions, sample_prior, smooth_functions
from metacourse.trained.transformer import classes_loss
from metacourse.training import learn
from metacourse.transformer import init_transformer, prior_fitted_logits

N_QUERY = 50
PRIORS = {"smooth": smooth_functions, "lines": linear_functions}
REAL = {"iris": load_iris, "wine": load_wine, "cancer": load_breast_cancer}
MADE = {
    "moons": lambda n, seed: make_moons(n, noise=0.25, random_state=seed),
    "circles": lambda n, seed: make_circles(n, noise=0.15, factor=0.5, random_state=seed),
}
DATA = (*PRIORS, *MADE, *REAL)


# ---- tasks ---------------------------------------------------------------------------------------


def tasks(name: str, n_support: int, n_tasks: int, seed: int) -> list[Episode]:
    """Tasks of one of `DATA`, each with both classes among its points, and 50 queries.

    What is real has two classes and two features of a data set drawn at random, and other points
    of these as queries. Inputs are standardised by the points that are told.
    """
    if name in PRIORS:
        generator = torch.Generator().manual_seed(seed)
        sizes = {"n_support": n_support, "n_query": N_QUERY, "generator": generator}
        drawn = sample_prior(PRIORS[name], 2 * n_tasks, **sizes)
        found = [Episode(*task) for task in zip(*drawn, strict=True)]
        return [task for task in found if 0 < task.y_support.sum() < n_support][:n_tasks]
    random, found = np.random.default_rng(seed), []
    while len(found) < n_tasks:
        x, y = _points(name, n_support, random)
        if 0 < y[:n_support].sum() < n_support:
            x = (x - x[:n_support].mean(0)) / (x[:n_support].std(0) + 1e-6)
            x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
            found.append(Episode(x[:n_support], y[:n_support], x[n_support:], y[n_support:]))
    return found


def _points(name: str, n_support: int, random: np.random.Generator) -> tuple:
    """Inputs and labels of a task, in random order: at most n_support + 50 of them."""
    n_points = n_support + N_QUERY
    if name in MADE:
        return MADE[name](n_points, int(random.integers(2**31)))
    x, y = REAL[name](return_X_y=True)
    classes = random.choice(y.max() + 1, 2, replace=False)
    features = random.choice(x.shape[1], 2, replace=False)
    rows = random.permutation(np.flatnonzero(np.isin(y, classes)))[:n_points]
    return x[rows][:, features], (y[rows] == classes[1]).astype(int)


# ---- answers: the chance of class 1 at each query ------------------------------------------------


@torch.no_grad()
def by_network(params: Params, task: Episode) -> Tensor:
    """Of a prior-fitted network, in one pass."""
    return prior_fitted_logits(params, task).softmax(-1)[..., 1]


def by_fitting(model: Callable, task: Episode) -> Tensor:
    """Of a classifier that model(number of points in the smaller class) makes, after its fit."""
    x, y = task.x_support.double().numpy(), task.y_support.numpy()
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        fitted = model(int(min(y.sum(), len(y) - y.sum()))).fit(x, y)
    return torch.from_numpy(fitted.predict_proba(task.x_query.double().numpy())[:, 1])


def tuned(model: Callable, grid: dict[str, list], least: int) -> object:
    """The best of a grid by cross-validation on the points that are told: 5 folds, or as many as
    the smaller class has points; the first of the grid where it has one."""
    if least < 2:
        return model.set_params(**{name: values[0] for name, values in grid.items()})
    folds = StratifiedKFold(min(5, least), shuffle=True, random_state=0)
    return GridSearchCV(model, grid, cv=folds)


class Machine(SVC):
    """An SVM whose decision is told as a chance: on its side of 0 or not."""

    def predict_proba(self, x):
        side = (self.decision_function(x) > 0).astype(float)
        return np.stack([1 - side, side], axis=1)


RIVALS: dict[str, Callable] = {
    "Gaussian process": lambda _: GaussianProcessClassifier(
        ConstantKernel(4.0, (1e-2, 1e4)) * RBF(1.0, (0.05, 100.0)),
        n_restarts_optimizer=1,
        random_state=0,
    ),
    "logistic regression": lambda least: tuned(
        LogisticRegression(), {"C": [1.0, 0.1, 10.0]}, least
    ),
    "SVM, RBF kernel": lambda least: tuned(
        Machine(), {"C": [1.0, 10.0, 100.0], "gamma": [0.5, 0.1, 2.5]}, least
    ),
    "nearest neighbours": lambda least: tuned(
        KNeighborsClassifier(), {"n_neighbors": [1, 3, 5]}, least
    ),
}


def accuracy(chances: Tensor, task: Episode) -> float:
    """The share of queries on whose right side the chance lies."""
    return ((chances > 0.5) == task.y_query).double().mean().item()


def surprise(chances: Tensor, task: Episode) -> float:
    """The cross-entropy of the queries' labels, chances kept between 0.001 and 0.999."""
    chances = chances.double().clamp(1e-3, 1 - 1e-3)
    said = torch.where(task.y_query == 1, chances, 1 - chances)
    return -said.log().mean().item()


def gain(params: Params, other: Params, name: str, *, seed: int) -> Interval:
    """How many more queries one network has right than another, as a share, with its interval over
    200 tasks of 20 points."""
    batch = Episode(*map(torch.stack, zip(*tasks(name, 20, 200, seed), strict=True)))
    right = ((by_network(each, batch) > 0.5) == batch.y_query for each in (params, other))
    mine, theirs = (each.double().mean(1) for each in right)
    return confidence_interval(mine - theirs)


# ---- a network of one's own ----------------------------------------------------------------------


def trained_on(
    family: Family, sample: Callable = sample_prior, *, n_steps: int = 400, seed: int = 0
) -> Params:
    """Fit a small network to a family, for about five seconds: two layers of width 32, 32 tasks a
    step of 5 to 30 points, drawn by `sample` (as `sample_prior` does)."""

    def loss(params: Params, generator: torch.Generator) -> Tensor:
        n_support = int(torch.randint(5, 31, (), generator=generator))
        sizes = {"n_support": n_support, "n_query": 24, "generator": generator}
        return classes_loss(params, sample(family, 32, **sizes))

    start = init_transformer(2, 2, 32, 2, torch.Generator().manual_seed(seed))
    how = {"lr": 0.004, "n_steps": n_steps, "seed": seed + 1, "label": "your prior"}
    return learn(loss, start, **how).params
