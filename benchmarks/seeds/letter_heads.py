"""Notebook 06d: ten letters of new scripts from five pictures each, with penalties and copies that
tasks of other scripts have chosen, by gradient and by luck, three times; and with defaults."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from torch import Tensor
from torch.func import vmap

from benchmarks.seeds import with_interval
from metacourse.episodes import Episode
from metacourse.evaluation import evaluate
from metacourse.experiments import letter_heads
from metacourse.nets import Params
from metacourse.seeds import Run
from metacourse.tasks.glyphs import load_glyphs
from metacourse.trained.embeddings import embed, load_embedding, nearest_prototype

RIGHT = "ten new letters, named rightly (%)"
LEARNED, STRENGTHS = "penalty, copies: learned", ("shift (pixels)", "turn (radians)", "size (log)")
DEFAULTS = {
    "ridge, default": RidgeClassifier,
    "logistic, default": LogisticRegression,
    "SVM, default": SVC,
}


def runs() -> Iterator[Run]:
    yield from told("nearest mean of pixels", by_answers(nearest_prototype))
    for name, make in DEFAULTS.items():
        yield from told(name, by_answers(partial(fitted, make)))
    for seed in range(3):
        for name, (find, n_copies) in ways(seed).items():
            found = find()
            yield from told(name, letter_heads.accuracies(found, n_copies=n_copies), seed)
            if name == LEARNED:
                for strength, log in zip(STRENGTHS, found["log strengths"], strict=True):
                    yield Run("strengths of the copies, learned", strength, seed, log.exp().item())
    found = letter_heads.learned()
    for name, make in {"1-NN": partial(KNeighborsClassifier, 1), "SVM, default": SVC}.items():
        yield from told(f"{name}, the same copies", by_answers(partial(with_copies, make, found)))
    yield from told("nearest mean of chapter 04's features", of_features())


def ways(seed: int) -> dict[str, tuple[Callable[[], Params], int]]:
    """By name: what finds the hyperparameters, and how many copies it uses."""
    learned, n = partial(letter_heads.learned, seed=seed), letter_heads.N_COPIES
    return {
        "a penalty learned": (partial(learned, n_copies=0), 0),
        "197 penalties learned": (partial(learned, n_penalties=197, n_copies=0), 0),
        "penalty, copies: random search": (partial(letter_heads.searched, seed=seed), n),
        LEARNED: (learned, n),
        "197 penalties, copies: learned": (partial(learned, n_penalties=197), n),
    }


def told(name: str, accuracies: Tensor, seed: int = 0) -> Iterator[Run]:
    yield from with_interval(RIGHT, name, 100 * accuracies, seed)


def fitted(make: Callable, x: Tensor, y: Tensor, x_query: Tensor) -> Tensor:
    """The answers of a classifier of scikit-learn, task by task: (B, Q)."""
    tasks = zip(x.numpy(), y.numpy(), x_query.numpy(), strict=True)
    return torch.stack([torch.from_numpy(make().fit(x, y).predict(new)) for x, y, new in tasks])


def with_copies(make: Callable, found: Params, x: Tensor, y: Tensor, x_query: Tensor) -> Tensor:
    """The same, fitted to the pictures and their copies."""
    noise = letter_heads.draw_noise(len(x), letter_heads.N_COPIES, torch.Generator().manual_seed(3))
    copied = vmap(partial(letter_heads.with_copies, found))(x, noise)
    return fitted(make, copied, y.repeat(1, 1 + noise.shape[1]), x_query)


def by_answers(answer: Callable) -> Tensor:
    """The accuracy on the tasks of `letter_heads.accuracies`: (600,)."""
    return torch.cat([share(answer, tasks) for tasks in letter_heads.same_tasks("test", 600)])


def share(answer: Callable, tasks: Episode) -> Tensor:
    return (answer(*tasks[:3]) == tasks.y_query).double().mean(1)


def of_features() -> Tensor:
    """The same with features that were learned on training scripts, from 28 × 28 pixels."""
    z = embed(load_embedding("meta_trained"), load_glyphs("test").images)
    sizes = {"n_way": letter_heads.N_WAY, "n_shot": letter_heads.N_SHOT, "n_query": 5}
    return evaluate(nearest_prototype, z, **sizes)
