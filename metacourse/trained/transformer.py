"""The transformers of chapter 08, which learn from what they read.

"curves" reads the points of a curve y = A sin(x + φ), "lettering" the embeddings of letters and
their labels, as chapter 05's memories do (`transformer.read`). The other two are shown all points
of two classes at once (`transformer.prior_fitted_logits`), and were trained on nothing but tasks
that a prior draws: "prior_fitted" on smooth functions, "prior_fitted_lines" on these and on lines.
"""

from functools import partial

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse.distributed import whole
from metacourse.episodes import Episode
from metacourse.nets import Params, device_of
from metacourse.tasks.functions import Family, mixed_functions, sample_prior, smooth_functions
from metacourse.tasks.sinusoids import INPUTS, sample_sinusoids
from metacourse.trained.lstm import (
    N_WAY,
    Sequence,
    accuracies_of,
    centring,
    letter_embeddings,
    sample_letters,
)
from metacourse.trained.recipes import Recipe
from metacourse.transformer import ask, init_transformer, prior_fitted_logits, read, read_loss

FEWEST, MOST = 5, 40  # support points of a prior-fitted network's training tasks


# ---- curves --------------------------------------------------------------------------------------


def curves_start(generator: Generator) -> Params:
    """Three layers for points of a curve, whose inputs reach to ±5: 58,320 weights."""
    params = init_transformer(1, 1, 48, 3, generator)
    return params | {"embed.layer0.weight": params["embed.layer0.weight"] / INPUTS[1]}


def sample_curves(generator: Generator) -> Sequence:
    """Draw 64 sinusoids, 11 points of each: x and y (64, 11, 1)."""
    return sample_sinusoids(64, n_shot=11, n_query=0, generator=generator)[:2]


def curves_loss(params: Params, curves: Sequence) -> Tensor:
    """`read_loss`, each point asked for before it is told."""
    return read_loss(params, *curves)


@torch.no_grad()
def errors_by_points(params: Params, tasks: Episode) -> Tensor:
    """The mean squared error on each task after 0, 1, …, S of its points: (B, S + 1)."""
    x, y, x_query, y_query = tasks.to(device_of(params))
    said = [ask(params, x[:, :t], y[:, :t], x_query) for t in range(x.shape[1] + 1)]
    return torch.stack([(each - y_query).square().mean(dim=(1, 2)) for each in said], dim=1)


def curves_score(params: Params) -> float:
    """Minus the mean squared error after 1 … 10 points, on 600 validation tasks."""
    generator = torch.Generator().manual_seed(1)
    tasks = sample_sinusoids(600, n_shot=10, n_query=20, generator=generator)
    return -errors_by_points(params, tasks)[:, 1:].mean().item()


# ---- letters -------------------------------------------------------------------------------------


def lettering_start(generator: Generator) -> Params:
    """One layer for embeddings and labels of five classes. Letters enter through a linear layer:
    behind a second one a training of this length knows less of new letters."""
    params = init_transformer(128, N_WAY, 64, 1, generator)
    return {name: part for name, part in params.items() if not name.startswith("embed.layer1.")}


def letter_answers(params: Params, x: Tensor, y: Tensor) -> Tensor:
    """The class scores of each letter before its label is read.

    Shapes: x (…, T, D), y (…, T) with labels 0 … 4 → (…, T, 5).
    """
    return read(params, x, F.one_hot(y, N_WAY).to(x.dtype))


def lettering_loss(params: Params, sequences: Sequence) -> Tensor:
    """The cross-entropy of the answers to all letters: each is asked for before it is told."""
    x, y = sequences
    return F.cross_entropy(letter_answers(params, x, y).flatten(0, 1), y.flatten())


def read_embeddings(params: Params) -> Params:
    """The network for embeddings as they are: W s (z − μ) + b = (s W) z + (b − s W μ)."""
    mean, scale = centring(device_of(params))
    weight = scale * params["embed.layer0.weight"]
    bias = params["embed.layer0.bias"] - weight @ mean
    return params | {"embed.layer0.weight": weight, "embed.layer0.bias": bias}


def instance_accuracies(params: Params, z: Tensor, *, n_shot: int = 10, seed: int) -> Tensor:
    """The accuracy at the 1st, 2nd, …, K-th image of a class, on the 600 tasks that chapter 05's
    memory is judged on: z (classes, images, D) → (600, K)."""
    return accuracies_of(partial(letter_answers, params), z, n_shot=n_shot, seed=seed)


def lettering_score(params: Params) -> float:
    """The accuracy at all but the first letter of a class, on 600 validation tasks."""
    z = letter_embeddings("validation", device_of(params))
    return instance_accuracies(params, z, seed=1)[:, 1:].mean().item()


# ---- two classes, by a prior ---------------------------------------------------------------------


def prior_fitted_start(generator: Generator) -> Params:
    """Three layers for points of the plane and two classes."""
    return init_transformer(2, 2, 48, 3, generator)


def sample_classes(generator: Generator, *, family: Family) -> Episode:
    """Draw 32 tasks of a family, of 5 to 40 support points and 24 queries each."""
    n = int(torch.randint(FEWEST, MOST + 1, (), generator=generator, device=generator.device))
    return sample_prior(family, 32, n_support=n, n_query=24, generator=generator)


def classes_loss(params: Params, tasks: Episode) -> Tensor:
    """The cross-entropy of what is said of all queries."""
    logits = prior_fitted_logits(params, tasks)
    return F.cross_entropy(logits.flatten(0, 1), tasks.y_query.flatten())


@torch.no_grad()
def classes_score(params: Params, *, family: Family) -> float:
    """Minus the cross-entropy on 400 validation tasks of a family, 20 support points each."""
    generator = torch.Generator().manual_seed(1)
    tasks = sample_prior(family, 400, n_support=20, n_query=50, generator=generator)
    return -classes_loss(params, tasks.to(device_of(params))).item()


def fitted_to(family: Family) -> Recipe:
    """A network that is fitted to a family of functions."""
    return Recipe(
        prior_fitted_start,
        classes_loss,
        partial(sample_classes, family=family),
        partial(classes_score, family=family),
        n_steps=3000,
        lr=0.002,
        clip=1.0,
    )


RECIPES = {
    "curves": Recipe(
        curves_start,
        curves_loss,
        sample_curves,
        curves_score,
        n_steps=3000,
        lr=0.003,
        clip=1.0,
        split=whole,  # the logarithm of a mean over tasks is no mean over tasks
    ),
    "lettering": Recipe(
        lettering_start,
        lettering_loss,
        sample_letters,
        lettering_score,
        n_steps=800,
        lr=0.004,
        clip=1.0,
        finish=read_embeddings,
        needs=("meta_trained",),
    ),
    "prior_fitted": fitted_to(smooth_functions),
    "prior_fitted_lines": fitted_to(mixed_functions),
}
