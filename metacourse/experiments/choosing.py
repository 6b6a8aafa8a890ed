"""Does a description of a data set choose the algorithm? 200 small data sets, cut from five that
scikit-learn brings along, eight classifiers on each (notebook 06d; Rice 1976)."""

import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from sklearn import datasets
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from metacourse.hyperparameters import meta_features

ALGORITHMS = {
    "1-NN": lambda: KNeighborsClassifier(1),
    "5-NN": lambda: KNeighborsClassifier(5),
    "nearest mean": NearestCentroid,
    "logistic": LogisticRegression,
    "naive Bayes": GaussianNB,
    "tree": lambda: DecisionTreeClassifier(random_state=0),
    "SVM": SVC,
    "forest": lambda: RandomForestClassifier(30, random_state=0),
}
LANDMARKERS = "1-NN", "nearest mean", "naive Bayes", "tree"  # quick, and unlike each other
SOURCES = "digits", "iris", "wine", "cancer", "diabetes"
SIZES, N_NEW, LEAST = (12, 20, 30, 50), 200, 4  # rows to learn from, to judge on; of each class


class Small(NamedTuple):
    """A data set of two classes: rows to learn from, whose labels may be wrong, and new ones."""

    x: np.ndarray
    y: np.ndarray
    x_new: np.ndarray
    y_new: np.ndarray


@cache
def load(source: str) -> tuple[np.ndarray, np.ndarray]:
    """One of `SOURCES`; the diabetes is above its median or not."""
    if source == "diabetes":
        x, y = datasets.load_diabetes(return_X_y=True)
        return x, (y > np.median(y)).astype(int)
    name = "breast_cancer" if source == "cancer" else source
    return getattr(datasets, f"load_{name}")(return_X_y=True)


def cut(source: str, random: np.random.RandomState) -> Small | None:
    """Draw a small data set: two classes, some features, noise, features of noise alone, few rows,
    and at times wrong labels. None if a class has fewer than four rows."""
    x, y = load(source)
    classes = random.choice(np.unique(y), 2, replace=False)
    rows = np.isin(y, classes)
    x, y = x[rows], (y[rows] == classes[0]).astype(int)
    n_features = random.randint(2, min(x.shape[1], 30) + 1)
    x = x[:, random.choice(x.shape[1], n_features, replace=False)]
    x = x + random.choice([0, 0, 0.5, 1.0]) * x.std(0) * random.randn(*x.shape)
    if random.rand() < 0.3:
        x = np.c_[x, random.randn(len(x), random.randint(1, 20))]
    order, n = random.permutation(len(x)), int(random.choice(SIZES))
    x, y = x[order], y[order]
    wrong = random.rand(n) < random.choice([0, 0, 0.15])
    told = np.where(wrong, 1 - y[:n], y[:n])
    if min(np.bincount(told, minlength=2)) < LEAST:
        return None
    new = slice(n, n + N_NEW)
    return Small(x[:n], told, x[new], y[new])


def small_sets(n: int) -> Iterator[tuple[str, Small]]:
    """So many data sets, always the same, with their sources in turn."""
    random, found = np.random.RandomState(0), 0
    while found < n:
        source = SOURCES[found % len(SOURCES)]
        small = cut(source, random)
        if small:
            found += 1
            yield source, small


def measured(small: Small) -> dict[str, dict[str, float]]:
    """What is known of a data set: its features, the accuracy of each algorithm on new rows, and by
    3-fold cross-validation on its own."""
    scaler = StandardScaler().fit(small.x)
    x, x_new = scaler.transform(small.x), scaler.transform(small.x_new)
    on_new, validated = {}, {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a column that is constant in a fold, and the like
        for name, make in ALGORITHMS.items():
            on_new[name] = make().fit(x, small.y).score(x_new, small.y_new)
            validated[name] = cross_val_score(make(), x, small.y, cv=3).mean()
    features = meta_features(torch.from_numpy(x), torch.from_numpy(small.y))
    return {"features": features.tolist(), "new rows": on_new, "validated": validated}


# ---- who chooses ---------------------------------------------------------------------------------

Choose = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def on_average(features: np.ndarray, accuracies: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The algorithm that is best on average, whatever the data set: (m,)."""
    return np.full(len(new), accuracies.mean(0).argmax())


def by_forest(features: np.ndarray, accuracies: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The algorithm whose accuracy a random forest predicts to be highest from the features:
    features (n, F), accuracies (n, A), new (m, F) → (m,)."""
    forest = RandomForestRegressor(200, min_samples_leaf=3, random_state=0)
    return forest.fit(features, accuracies).predict(new).argmax(1)


def regret(
    choose: Choose, features: np.ndarray, accuracies: np.ndarray, sources: np.ndarray
) -> np.ndarray:
    """By how many points each choice is below the best algorithm, for data sets of a source that
    the chooser has seen nothing of: (n,)."""
    chosen = np.zeros(len(features), dtype=int)
    for source in np.unique(sources):
        left_out = sources == source
        seen = features[~left_out], accuracies[~left_out]
        chosen[left_out] = choose(*seen, features[left_out])
    return 100 * (accuracies.max(1) - accuracies[np.arange(len(chosen)), chosen])
