"""One method of each kind on the same tasks: letters in print, redrawn by a pen, written by hands,
and digits (notebook 05c). Nothing here was trained on any of these characters."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from metacourse import seeds
from metacourse.episodes import Episode
from metacourse.evaluation import Interval, confidence_interval, evaluate
from metacourse.experiments.baselines import linear_probe, simple_shot
from metacourse.lstm import memory_logits
from metacourse.nets import Params
from metacourse.tasks.digits import load_digits
from metacourse.tasks.glyphs import load_glyphs
from metacourse.tasks.omniglot import load_omniglot
from metacourse.tasks.pens import load_written
from metacourse.trained.embeddings import embed, load_embedding, nearest_prototype
from metacourse.trained.learned_optimisers import gated_answer
from metacourse.trained.maml import MAML_STEPS, adapted_answer, load_maml
from metacourse.trained.recipes import load_weights
from metacourse.transformer import ask

N_WAY = 5
N_IMAGES = 8  # of a class: five to learn from, three to name
TRAINED_IN_PRINT = "Greek", "Latin"  # alphabets of which the training has other pictures
N_DIGITS = 40  # images of each digit, as there are only ten classes
TASKS = {"n_way": N_WAY, "n_shot": 1, "n_query": 3, "n_tasks": 600}
BEFOREHAND = "MAML", "MAML's start, learned gates"  # they step through a network in each task
PAGE = "the page, {}"  # what `benchmarks.seeds.one_page` made of those two


class Method(NamedTuple):
    """How a method answers a task, and what it costs."""

    chapter: str
    family: str  # what it does inside a task
    encoder: str  # weights that turn an image into numbers; none: whole images
    answer: Callable  # (x_support, y_support, x_query) → labels
    learned: int  # how many numbers it learned across tasks
    changed: int  # how many numbers a task changes or adds


# ---- data ----------------------------------------------------------------------------------------


@cache
def characters(data: str) -> Tensor:
    """The classes of "print", "redrawn print", "handwriting" or "digits": (classes, images, 28, 28)
    uint8.

    Raises OmniglotMissing where there is no handwriting, LookupError for another name.
    """
    if data == "print":
        return load_glyphs("test").images[:, :N_IMAGES]
    if data == "redrawn print":
        return load_written("test").images[:, :N_IMAGES]
    if data == "handwriting":
        written = load_omniglot("small")
        strange = torch.tensor([name not in TRAINED_IN_PRINT for name in written.alphabets])
        return written.images[strange, :N_IMAGES]
    if data == "digits":
        return enlarged(load_digits()[:, :N_DIGITS])
    raise LookupError(f"no data set {data!r}")


def enlarged(digits: Tensor) -> Tensor:
    """Digits of 8 × 8 pixels as large as the letters: 20 × 20 in the middle of 28 × 28."""
    large = F.interpolate(digits.float(), size=(20, 20), mode="bilinear")
    return F.pad(large.round().to(torch.uint8), (4, 4, 4, 4))


@cache
def seen(encoder: str, data: str) -> Tensor:
    """What an encoder makes of a data set, (classes, images, D); the images where it is ""."""
    images = characters(data)
    return embed(load_embedding(encoder), images) if encoder else images


@cache
def training_mean(encoder: str) -> Tensor:
    """The mean embedding of printed training letters, two images of each: (D,)."""
    images = load_glyphs("train").images[:, :2]
    return embed(load_embedding(encoder), images).mean((0, 1))


# ---- methods -------------------------------------------------------------------------------------


def by_pixels(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
    """The nearest mean image."""
    return nearest_prototype(x_support.flatten(2) / 255, y_support, x_query.flatten(2) / 255)


def with_mean(scores: Callable, encoder: str) -> Callable:
    """An answer by `simple_shot` or `linear_probe`, whose mean is that of the training letters."""

    def answer(z_support: Tensor, y_support: Tensor, z_query: Tensor) -> Tensor:
        n_way = int(y_support.max()) + 1
        mean = training_mean(encoder)
        return scores(z_support, y_support, z_query, mean, n_way).argmax(-1)

    return answer


def by_memory(params: Params) -> Callable:
    """An answer by a memory that reads the support set in its order."""

    @torch.no_grad()
    def answer(z_support: Tensor, y_support: Tensor, z_query: Tensor) -> Tensor:
        return memory_logits(params, Episode(z_support, y_support, z_query, None)).argmax(-1)

    return answer


def by_transformer(params: Params) -> Callable:
    """An answer by a transformer that is shown all of the support set."""

    @torch.no_grad()
    def answer(z_support: Tensor, y_support: Tensor, z_query: Tensor) -> Tensor:
        told = F.one_hot(y_support, N_WAY).to(z_support.dtype)
        return ask(params, z_support, told, z_query).argmax(-1)

    return answer


def size(*params: Params) -> int:
    """How many numbers these are."""
    return sum(tensor.numel() for part in params for tensor in part.values())


@cache
def methods() -> dict[str, Method]:
    """All rows of the page, by name."""
    start, gates, memory = load_maml(), load_weights("meta_lstm"), load_weights("letters")
    encoder, wide = size(load_embedding("pretrained")), size(load_embedding("handwriting"))
    points, n_units, reader = N_WAY * 128, memory["weight_hh"].shape[1], load_weights("lettering")
    nearest = nearest_prototype
    shot = {name: with_mean(simple_shot, name) for name in ("pretrained", "meta_trained")}
    probe = with_mean(linear_probe, "pretrained")
    by_start, by_gates = adapted_answer(start, **MAML_STEPS), gated_answer(gates)
    n_start = size(start)
    rows = {
        "pixels, nearest mean": ("01", "compares", "", by_pixels, 0, N_WAY * 784),
        "naming, nearest mean": ("01", "compares", "pretrained", nearest, encoder, points),
        "naming, SimpleShot": ("05", "compares", "pretrained", shot["pretrained"], encoder, points),
        "prototypes": ("01", "compares", "meta_trained", nearest, encoder, points),
        "prototypes, SimpleShot": (
            *("05", "compares", "meta_trained"),
            *(shot["meta_trained"], encoder, points),
        ),
        "prototypes for handwriting": ("04", "compares", "handwriting", nearest, wide, 2 * points),
        "naming, linear probe": ("01", "adapts", "pretrained", probe, encoder, points),
        "MAML": ("03", "adapts", "", by_start, n_start, n_start),
        "MAML's start, learned gates": (
            *("05", "adapts", "", by_gates),
            *(n_start + size(gates), 3 * n_start),
        ),
        "LSTM memory": (
            *("05", "remembers", "meta_trained", by_memory(memory)),
            *(encoder + size(memory), 2 * n_units),
        ),
        "transformer": (
            *("08", "remembers", "meta_trained", by_transformer(reader)),
            *(encoder + size(reader), 2 * N_WAY * len(reader["asked"])),
        ),
    }
    return {name: Method(*row) for name, row in rows.items()}


def accuracies(method: Method, data: str, **sizes: int) -> Tensor:
    """The accuracy of a method on each of 600 tasks of a data set, always the same: (600,).

    sizes: other than `TASKS`."""
    return evaluate(method.answer, seen(method.encoder, data), **(TASKS | sizes))


def on_the_page(name: str, data: str) -> Interval:
    """The accuracy of one of `methods` on the 600 tasks of a data set; of those that would take
    minutes, what `python -m benchmarks.seeds one_page` found on the same tasks."""
    if name not in BEFOREHAND:
        return confidence_interval(accuracies(methods()[name], data))
    return Interval(*seeds.interval("one_page", PAGE.format(data), name))
