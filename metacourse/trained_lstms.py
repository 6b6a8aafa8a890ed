"""The networks of chapter 05 that ship with the course, and the script that makes them.

"sinusoids" reads the points of a curve y = A sin(x + φ) one by one, "letters" the embeddings of
letters and their labels; both are memories (`lstm.memory_prediction`, `lstm.memory_logits`): what
they learn about a task is in their state, and their weights stand still. "optimiser" trains small
networks on digits (`lstm.optimise`), "meta_lstm" has the gates of a meta-LSTM that adapts MAML's
start of chapter 03. `python -m metacourse.trained_lstms` trains them anew, each for a few minutes
on one core (with names: only those), and prints how well they do on validation tasks; no choice
was made by test tasks.
"""

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import Generator, Tensor
from torch.func import vmap
from torch.nn import functional as F

from metacourse.devices import best_device
from metacourse.embeddings import (
    MAML_STEPS,
    MAML_TASKS,
    embed,
    image_logits,
    image_loss,
    load_embedding,
    load_maml,
)
from metacourse.episodes import Episode, draw_without_replacement, sample_episodes
from metacourse.evaluation import evaluate
from metacourse.lstm import (
    init_lstm,
    init_meta_lstm,
    memory_prediction,
    memory_sequence,
    meta_lstm_adapt,
    meta_lstm_loss,
    optimise,
)
from metacourse.nets import Params, device_of, flatten, init_mlp, mlp, to_device, unflatten
from metacourse.tasks.digits import split_digits
from metacourse.tasks.glyphs import load_glyphs
from metacourse.tasks.sinusoids import sample_sinusoids
from metacourse.training import Budget, train_to_the_end

CPU = torch.device("cpu")
WEIGHTS = Path(__file__).parent / "weights"
N_WAY = 5  # of the tasks made of letters
Sequence = tuple[Tensor, Tensor]  # x (…, T, D) and its labels y


def load_lstm(name: str) -> Params:
    """Return the weights called "sinusoids", "letters", "optimiser" or "meta_lstm".

    Raises ValueError when there are no weights of that name.
    """
    if name not in RECIPES:
        raise ValueError(f"name must be one of {', '.join(RECIPES)}; got {name!r}")
    return load_file(WEIGHTS / f"{name}_lstm.safetensors")


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
def letter_embeddings(split: str, device: torch.device = CPU) -> Tensor:
    """The images of a split as the embedding "meta_trained" sees them: (classes, 20, 128)."""
    embedding = to_device(load_embedding("meta_trained"), device)
    return embed(embedding, load_glyphs(split).images.to(device))


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


@torch.no_grad()
def instance_accuracies(params: Params, z: Tensor, *, n_shot: int = 10, seed: int) -> Tensor:
    """The accuracy at the 1st, 2nd, …, K-th image of a class, on each of 600 tasks, always the same
    for a seed: z (classes, images, D) → (600, K)."""
    generator = torch.Generator().manual_seed(seed)
    x, y = sample_sequences(z, n_shot=n_shot, n_tasks=600, generator=generator)
    right = (letter_answers(params, x, y).argmax(dim=-1) == y).float()
    in_turn = right.gather(1, instances(y).argsort(dim=1))  # first all firsts, then all seconds, …
    return in_turn.view(-1, n_shot, N_WAY).mean(dim=2)


def letters_score(params: Params) -> float:
    """The accuracy at all but the first letter of a class, on 600 validation tasks."""
    z = letter_embeddings("validation", device_of(params))
    return instance_accuracies(params, z, seed=1)[:, 1:].mean().item()


# ---- an optimiser for small networks -------------------------------------------------------------

DIGIT_NETWORK = init_mlp([64, 20, 10], torch.Generator())  # for the shapes of its weights
N_DIGITS = 128  # images of a task
CUT = 20  # steps of the optimiser between two cuts


class DigitTask(NamedTuple):
    """A network to be trained to name digits; with a task axis B first, many."""

    start: Tensor  # θ₀ (…, n): its first weights, in one vector
    images: Tensor  # (…, 128, 64), ink 1 on 0
    labels: Tensor  # (…, 128)


def sample_digit_tasks(
    n_tasks: int, *, split: str, sizes: tuple[int, ...] = (64, 20, 10), generator: Generator
) -> DigitTask:
    """Draw networks to train: the random start of an MLP with layers of these sizes, and 128 digits
    of a split with their labels."""
    images = split_digits(split).to(generator.device)  # (10, images, 64)
    n_digits, n_each, _ = images.shape
    drawn = draw_without_replacement((n_tasks,), n_digits * n_each, N_DIGITS, generator)
    starts = [flatten(init_mlp(list(sizes), generator)) for _ in range(n_tasks)]
    return DigitTask(torch.stack(starts), images.flatten(0, 1)[drawn], drawn // n_each)


def digit_loss(
    theta: Tensor,
    images: Tensor,
    labels: Tensor,
    *,
    like: Params = DIGIT_NETWORK,
    network: Callable[[Params, Tensor], Tensor] = mlp,
) -> Tensor:
    """The cross-entropy of a network with the weights theta (n,), shaped as those of like, on
    images (S, 64) with labels (S,) → ()."""
    return F.cross_entropy(network(unflatten(theta, like), images), labels)


def learned_losses(
    params: Params, tasks: DigitTask, *, n_steps: int, loss_fn: Callable = digit_loss, cuts=()
) -> Tensor:
    """The losses of a learned optimiser on many tasks after 0, 1, … steps: (B, n_steps + 1)."""

    def losses(start: Tensor, *data: Tensor) -> Tensor:
        _, found = optimise(
            params, lambda theta: loss_fn(theta, *data), start, n_steps=n_steps, cuts=cuts
        )
        return found

    return vmap(losses)(*tasks)


def optimiser_start(generator: Generator) -> Params:
    """A cell of 10 units that reads a gradient as two numbers and says one: a step."""
    return init_lstm(2, 10, 1, generator)


def sample_trainings(generator: Generator) -> tuple[DigitTask, int]:
    """Two networks, and for how many steps to train them: 20, 40, 60, 80 or 100. With 100 always,
    training learns at first to stand still, and stays there."""
    stretches = int(torch.randint(1, 6, (), generator=generator, device=generator.device))
    return sample_digit_tasks(2, split="train", generator=generator), CUT * stretches


def optimiser_loss(params: Params, batch: tuple[DigitTask, int]) -> Tensor:
    """The mean loss over the steps taken (Andrychowicz et al. 2016, Eq. 3), cut every 20; the start
    counts for nothing, as no optimiser can change its loss."""
    tasks, n_steps = batch
    cuts = range(CUT, n_steps, CUT)
    return learned_losses(params, tasks, n_steps=n_steps, cuts=cuts)[:, 1:].mean()


@torch.no_grad()
def optimiser_score(params: Params) -> float:
    """Minus the mean loss over 100 steps, on 10 validation tasks, always the same."""
    generator = torch.Generator().manual_seed(1)
    tasks = sample_digit_tasks(10, split="validation", generator=generator)
    tasks = DigitTask(*(part.to(device_of(params)) for part in tasks))
    return -learned_losses(params, tasks, n_steps=100).mean().item()


# ---- gates for MAML's start ----------------------------------------------------------------------


def meta_lstm_start(generator: Generator) -> Params:
    """Gates that take MAML's own step: f = 1, nearly, and i = 0.3."""
    return to_device(init_meta_lstm(lr_inner=MAML_STEPS["lr_inner"]), generator.device)


@cache
def training_letters(device: torch.device) -> Tensor:
    """The images of the training scripts, read once: (classes, 20, 28, 28)."""
    return load_glyphs("train").images.to(device)


@cache
def maml_start(device: torch.device) -> Params:
    """MAML's start, read once."""
    return to_device(load_maml(), device)


def sample_letter_tasks(generator: Generator) -> Episode:
    """New tasks of training scripts, such as "maml" was trained on."""
    letters = training_letters(generator.device)
    return sample_episodes(letters, **MAML_TASKS, generator=generator)


def gates_loss(params: Params, tasks: Episode) -> Tensor:
    """The query loss after one step of the meta-LSTM from MAML's start, which stays as it is: so ∇
    and L are constants, and first order is exact."""
    start = maml_start(device_of(params))
    return meta_lstm_loss(params, image_loss, start, tasks, n_steps=MAML_STEPS["n_steps"])


def gated_answer(params: Params) -> Callable:
    """What `evaluation.evaluate` asks for: adapt MAML's start to a task by the meta-LSTM, then name
    its queries. x_support (B, S, 28, 28), y_support (B, S), x_query (B, Q, 28, 28) → (B, Q)."""
    start = maml_start(device_of(params))

    def of_one_task(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
        how = {"n_steps": MAML_STEPS["n_steps"]}
        adapted = meta_lstm_adapt(params, image_loss, start, x_support, y_support, **how)
        return image_logits(adapted, x_query).argmax(dim=-1)

    @torch.no_grad()
    def answer(*tasks: Tensor) -> Tensor:  # in turn: sooner than `vmap` for one step on images
        return torch.stack([of_one_task(*task) for task in zip(*tasks, strict=True)])

    return answer


def gates_score(params: Params) -> float:
    """The accuracy on 200 1-shot tasks of validation scripts."""
    sizes = {"n_way": N_WAY, "n_shot": 1, "n_query": 3, "n_tasks": 200}
    images = load_glyphs("validation").images.to(device_of(params))
    return evaluate(gated_answer(params), images, **sizes).mean().item()


# ---- training ----------------------------------------------------------------------------------


class Recipe(NamedTuple):
    """How a network is trained."""

    start: Callable[[Generator], Params]  # its first weights
    loss: Callable[[Params, Any], Tensor]  # of a batch of training tasks
    sample: Callable[[Generator], Any]  # that batch
    score: Callable[[Params], float]  # on validation tasks, always the same; larger is better
    n_steps: int
    lr: float  # at its highest
    clip: float = 1.0  # the norm that a gradient is cut to
    finish: Callable[[Params], Params] = dict  # what is done to the weights at last
    gpu: bool = False  # whether a GPU is sooner: not where each step is many small ones


RECIPES = {
    "sinusoids": Recipe(
        sinusoids_start, sinusoids_loss, sample_curves, sinusoids_score, 14_000, 0.02
    ),
    "letters": Recipe(
        letters_start,
        letters_loss,
        sample_letters,
        letters_score,
        24_000,
        0.01,
        finish=read_embeddings,
    ),
    "optimiser": Recipe(
        optimiser_start, optimiser_loss, sample_trainings, optimiser_score, 200, 0.03, clip=0.01
    ),
    "meta_lstm": Recipe(
        meta_lstm_start, gates_loss, sample_letter_tasks, gates_score, 100, 0.03, gpu=True
    ),
}


def train_lstm(
    name: str, *, budget: Budget | None = None, seed: int = 0, device: torch.device = CPU
) -> Params:
    """Train a network by its recipe on a device; return the weights that did best on the validation
    tasks, on the CPU.

    Raises ValueError when there is no recipe of that name, RuntimeError when the training ends
    before its last step.
    """
    if name not in RECIPES:
        raise ValueError(f"name must be one of {', '.join(RECIPES)}; got {name!r}")
    recipe = RECIPES[name]
    budget = budget or Budget(recipe.n_steps, seconds=3600)
    generator = torch.Generator(device).manual_seed(seed)
    params = train_to_the_end(
        name,
        lambda params, generator: recipe.loss(params, recipe.sample(generator)),
        recipe.start(generator),
        lr=recipe.lr,
        budget=budget,
        generator=generator,
        score=lambda params: recipe.score(recipe.finish(params)),
        check_every=min(250, budget.steps // 8 + 1),
        clip=recipe.clip,
    )
    return recipe.finish(params)


def main(names: list[str]) -> None:
    """Train the networks of these names, all of them if there are none, and save them; report their
    score on validation tasks."""
    torch.set_num_threads(1)  # more of them crawl as soon as another program runs
    for name in names or RECIPES:
        params = train_lstm(name, device=best_device() if RECIPES[name].gpu else CPU)
        path = WEIGHTS / f"{name}_lstm.safetensors"
        save_file(params, path)
        path.chmod(0o644)
        print(f"{name:12} {RECIPES[name].score(params):.4f} on validation tasks")


if __name__ == "__main__":
    main(sys.argv[1:])
