"""The memories of chapter 05.

"sinusoids" reads the points of a curve y = A sin(x + φ) one by one, "letters" the embeddings of
letters and their labels (`lstm.memory_prediction`, `lstm.memory_logits`): what they learn about a
task is in their state, and their weights stand still.
"""

from collections.abc import Callable
from functools import cache, partial

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse.episodes import sample_episodes
from metacourse.lstm import init_lstm, memory_prediction, memory_sequence
from metacourse.nets import Params, device_of, to_device
from metacourse.tasks.sinusoids import sample_sinusoids
from metacourse.trained.embeddings import embed, load_embedding, printed_letters
from metacourse.trained.recipes import CPU, Recipe

N_WAY = 5  # of the tasks made of letters
Sequence = tuple[Tensor, Tensor]  # x (…, T, D) and its labels y


# ---- sinusoids ---------------------------------------------------------------------------------


def sinusoids_start(generator: Generator) -> Params:
    """A cell of 64 units that reads a point and says a number."""
    return init_lstm(2, 64, 1, generator)


def sample_curves(generator: Generator) -> Sequence:
    """Draw 128 sinusoids, 12 points of each: x and y (128, 12, 1)."""
    return sample_sinusoids(128, n_shot=12, n_query=0, generator=generator)[:2]


def sinusoids_loss(params: Params, curves: Sequence) -> Tensor:
    """The mean squared error of the answers to all points: each is asked for before it is told."""
    x, y = curves
    return (memory_sequence(params, x, y) - y).square().mean()


@torch.no_grad()
def sinusoid_errors(params: Params, *, n_shot: int = 10, n_tasks: int = 600, seed: int) -> Tensor:
    """The mean squared error on each of many sinusoids after 0, 1, …, K points: (n_tasks, K + 1),
    always the same tasks for a seed. Each is asked for 50 points."""
    generator = torch.Generator().manual_seed(seed)
    tasks = sample_sinusoids(n_tasks, n_shot=n_shot, n_query=50, generator=generator)
    tasks = tasks.to(device_of(params))
    answers = memory_prediction(params, tasks)  # (B, K + 1, Q, 1)
    return (answers - tasks.y_query.unsqueeze(1)).square().mean(dim=(2, 3))


def sinusoids_score(params: Params) -> float:
    """Minus the mean squared error after 1 … 10 points, on 600 validation tasks."""
    return -sinusoid_errors(params, seed=1)[:, 1:].mean().item()


# ---- letters -----------------------------------------------------------------------------------


@cache
def letter_embeddings(
    split: str, device: torch.device = CPU, embedding: str = "meta_trained"
) -> Tensor:
    """The images of a split as an embedding sees them: (classes, 20, 128)."""
    encoder = to_device(load_embedding(embedding), device)
    return embed(encoder, printed_letters(split, device))


def sample_sequences(
    z: Tensor, *, n_shot: int, n_tasks: int, generator: Generator
) -> tuple[Tensor, Tensor]:
    """Draw tasks to be read in order: 5 classes, numbered at random, K images of each, shuffled.

    z (classes, images, D) → x (B, 5·K, D), y (B, 5·K).
    """
    sizes = {"n_way": N_WAY, "n_shot": n_shot, "n_query": 0, "n_tasks": n_tasks}
    return sample_episodes(z, **sizes, generator=generator)[:2]


def instances(y: Tensor) -> Tensor:
    """Which image of its class each image of a sequence is, 1, 2, …: y (…, T) → (…, T)."""
    earlier = (y[..., :, None] == y[..., None, :]).tril()  # (…, T, T), with the image itself
    return earlier.sum(dim=-1)


def letter_answers(params: Params, x: Tensor, y: Tensor) -> Tensor:
    """The class scores of each letter before its label is read.

    Shapes: x (…, T, D), y (…, T) with labels 0 … 4 → (…, T, 5).
    """
    return memory_sequence(params, x, F.one_hot(y, N_WAY).to(x.dtype))


def letters_start(generator: Generator) -> Params:
    """A cell of 48 units that reads an embedding and a label, and scores the five classes; it
    begins by listening to the 5 numbers of the label as much as to the 128 of the letter."""
    params = init_lstm(128 + N_WAY, 48, N_WAY, generator)
    params["weight_ih"][:, 128:] *= 5
    return params


@cache
def centring(device: torch.device = CPU) -> tuple[Tensor, Tensor]:
    """μ (128,), the mean training letter, and s (), with which s z has a standard deviation of 2.

    Training reads s (z − μ): with μ, which all letters share, nothing was learned in 1600 steps.
    """
    z = letter_embeddings("train", device)
    return z.mean(dim=(0, 1)), 2 / z.std()


def read_embeddings(params: Params) -> Params:
    """The network for embeddings as they are: W s (z − μ) + b = (s W) z + (b − s W μ)."""
    mean, scale = centring(device_of(params))
    weight = params["weight_ih"].clone()
    weight[:, :128] *= scale
    bias = params["bias_ih"] - weight[:, :128] @ mean
    return params | {"weight_ih": weight, "bias_ih": bias}


def sample_letters(generator: Generator) -> Sequence:
    """Draw 32 tasks of training letters, 10 of each class, of which 25 are read: after half of them
    no class has to be the next, so that counting says little. x (32, 25, 128), y (32, 25)."""
    z = letter_embeddings("train", generator.device)
    x, y = sample_sequences(z, n_shot=10, n_tasks=32, generator=generator)
    mean, scale = centring(generator.device)
    return scale * (x[:, :25] - mean), y[:, :25]


def letters_loss(params: Params, sequences: Sequence) -> Tensor:
    """The cross-entropy of the answers to all letters: each is asked for before it is told."""
    x, y = sequences
    return F.cross_entropy(letter_answers(params, x, y).flatten(0, 1), y.flatten())


def mean_by_instance(right: Tensor, y: Tensor) -> Tensor:
    """The mean over classes at the 1st, 2nd, …, K-th image of each: right, y (B, T) → (B, K)."""
    in_turn = right.gather(1, instances(y).argsort(dim=1))  # first all firsts, then all seconds, …
    return in_turn.view(len(y), -1, N_WAY).mean(dim=2)


@torch.no_grad()
def accuracies_of(answers: Callable, z: Tensor, *, n_shot: int, seed: int) -> Tensor:
    """`instance_accuracies` of whoever gives class scores: answers(x, y) → (B, T, 5)."""
    generator = torch.Generator().manual_seed(seed)
    x, y = sample_sequences(z, n_shot=n_shot, n_tasks=600, generator=generator)
    return mean_by_instance((answers(x, y).argmax(dim=-1) == y).float(), y)


def instance_accuracies(params: Params, z: Tensor, *, n_shot: int = 10, seed: int) -> Tensor:
    """The accuracy at the 1st, 2nd, …, K-th image of a class, on each of 600 tasks, always the same
    for a seed: z (classes, images, D) → (600, K)."""
    return accuracies_of(partial(letter_answers, params), z, n_shot=n_shot, seed=seed)


def letters_score(params: Params) -> float:
    """The accuracy at all but the first letter of a class, on 600 validation tasks."""
    z = letter_embeddings("validation", device_of(params))
    return instance_accuracies(params, z, seed=1)[:, 1:].mean().item()


RECIPES = {
    "sinusoids": Recipe(
        sinusoids_start,
        sinusoids_loss,
        sample_curves,
        sinusoids_score,
        n_steps=14_000,
        lr=0.02,
        clip=1.0,
    ),
    "letters": Recipe(
        letters_start,
        letters_loss,
        sample_letters,
        letters_score,
        n_steps=24_000,
        lr=0.01,
        clip=1.0,
        finish=read_embeddings,
        needs=("meta_trained",),
    ),
}
