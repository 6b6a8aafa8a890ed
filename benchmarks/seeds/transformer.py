"""Notebook 08b: transformers of lines, curves and letters beside chapters 02, 05 and 07; what goes
wrong; prior-fitted networks, as they ship, beside classifiers that are tuned on each task. Seed 0
is what ships, where it does; about 25 minutes of one core in all.
"""

import time
from collections.abc import Iterator
from functools import cache, partial

import torch
from torch import Tensor

from benchmarks.seeds import _classes, over_tasks, with_interval
from benchmarks.seeds._curves import tasks as curve_tasks
from metacourse.episodes import Episode
from metacourse.experiments import curves, floor, in_context, wrong_masks
from metacourse.experiments.letter_sequences import right_by_means
from metacourse.nets import Params
from metacourse.seeds import Run
from metacourse.tasks.sinusoids import SHIFTED_AMPLITUDES, SHIFTED_PHASES, sample_sinusoids
from metacourse.trained import lstm
from metacourse.trained import transformer as trained
from metacourse.trained.lstm import letter_embeddings, sample_sequences
from metacourse.trained.recipes import load_weights, train_weights
from metacourse.training import learn
from metacourse.transformer import ask, read

SEEDS = range(3)
SHOTS = 0, 1, 2, 3, 5, 10
STEPS = 1, 5, 50
N_TASKS = 2000
IMAGES = 1, 2, 5, 10  # of a class
OURS, WIDE = "transformer", "transformer, wide family"
FAMILIES = {
    OURS: {},
    WIDE: {"amplitudes": (0.1, SHIFTED_AMPLITUDES[1]), "phases": (0.0, SHIFTED_PHASES[1])},
}


def runs() -> Iterator[Run]:
    for seed in SEEDS:
        yield from on_lines(seed)
    yield from in_plain_mean(SEEDS[0])
    for name in wrong_masks.WRONG:
        yield from gone_wrong(name, SEEDS[0])
    for seed in SEEDS:
        yield from on_letters(seed)
    shipped = {(name, 0): _classes.network(name, 0) for name in _classes.NETWORKS}
    yield from _classes.judged(shipped)
    for seed in range(5):
        yield from _classes.capstone(seed)
    for seed in SEEDS:
        yield from on_curves(OURS, seed)
    yield from on_curves(WIDE, SEEDS[0])


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# ---- lines ---------------------------------------------------------------------------------------


def line_tasks(seed: int) -> Episode:
    """The tasks that all learners of lines are judged on, or chosen by."""
    return floor.sample_tasks("square", N_TASKS, 10, seed)


def on_lines(seed: int) -> Iterator[Run]:
    started = time.process_time()
    params = in_context.trained_lines(seed)
    seconds = time.process_time() - started
    train, validation, test = (line_tasks(100 * (seed + 1) + which) for which in range(3))
    prior = floor.learned_prior(train)
    yield Run("lines: seconds of one thread", OURS, seed, seconds)
    for n_shot in SHOTS:
        told, told_before, told_new = (
            in_context.first_points(tasks, n_shot) for tasks in (train, validation, test)
        )
        learners = {OURS: partial(in_context.answers, params)}
        learners["empirical Bayes"] = partial(floor.with_prior, prior)
        if n_shot:
            for k in STEPS:
                name = f"MAML, {k} step{'s' if k > 1 else ''}"
                learners[name] = floor.maml(told, told_before, k)
        least = floor.VARIANCE + floor.excess(floor.in_the_square, told_new)
        yield from with_interval(f"lines, {n_shot} points: error", "the floor", least, seed)
        yield from beside(least, learners, told_new, n_shot, seed)


def beside(least: Tensor, learners: dict, tasks: Episode, n_shot: int, seed: int) -> Iterator[Run]:
    for name, learner in learners.items():
        errors = floor.VARIANCE + floor.excess(learner, tasks)
        place = f"lines, {n_shot} points"
        yield from with_interval(f"{place}: error", name, errors, seed)
        yield from with_interval(f"{place}: above the floor", name, errors - least, seed)
        above = (100 * (errors - least).mean() / (least.mean() - floor.VARIANCE)).item()
        yield Run(f"{place}: above the floor (%)", name, seed, above)


def in_plain_mean(seed: int) -> Iterator[Run]:
    """The same training by the plain mean of squared errors."""

    def loss(params, generator):
        x, y = in_context.sample_sequences(generator)
        return (read(params, x, y) - y).square().mean()

    how = {"lr": in_context.LR, "n_steps": in_context.N_STEPS, "seed": seed + 2}
    params = learn(loss, in_context.lines_start(seed), **how).params
    test, learners = line_tasks(100 * (seed + 1) + 2), {}
    learners["transformer, plain mean"] = partial(in_context.answers, params)
    least = floor.VARIANCE + floor.excess(floor.in_the_square, test)
    yield from beside(least, learners, test, 10, seed)


def gone_wrong(name: str, seed: int) -> Iterator[Run]:
    params, seen = wrong_masks.trained_wrong(name, seed)
    with wrong_masks.patched(name):
        errors = floor.VARIANCE + floor.excess(partial(in_context.answers, params), line_tasks(7))
    last = torch.tensor(seen[-100:])
    yield from with_interval("wrong, 10 points: error seen in training", name, last, seed)
    yield from with_interval("wrong, 10 points: error on new tasks", name, errors, seed)


# ---- curves --------------------------------------------------------------------------------------


def on_curves(name: str, seed: int) -> Iterator[Run]:
    """Chapter 07's tasks; what its features say to them, trained with another seed each time."""
    params = load_weights("curves") if (name, seed) == (OURS, 0) else curve_reader(name, seed)
    for n_shot in SHOTS[1:]:
        yield from on_curve_tasks(name, params, seed, n_shot)
    yield from on_curve_tasks(name, params, seed, 10, shifted=True)


def curve_reader(name: str, seed: int) -> Params:
    """Trained as what ships, on one of the `FAMILIES`."""

    def sample(generator: torch.Generator) -> tuple[Tensor, Tensor]:
        sizes = {"n_shot": 11, "n_query": 0, "generator": generator}
        return sample_sinusoids(64, **sizes, **FAMILIES[name])[:2]

    return train_weights(name, trained.RECIPES["curves"]._replace(sample=sample), seed=seed)


def on_curve_tasks(
    name: str, params: Params, seed: int, n_shot: int, *, shifted: bool = False
) -> Iterator[Run]:
    test = curve_tasks(100, n_shot, shifted=shifted)
    place = f"curves, {n_shot} points{', shifted' if shifted else ''}"
    with torch.no_grad():
        errors = (ask(params, *test[:3]) - test.y_query).square().mean(dim=(1, 2))
    yield from with_interval(f"{place}: error", name, errors, seed)
    if name == OURS:
        learner = curves.LEARNERS["learned features"]
        said = curves.answers(partial(learner.predict, features_of_07(seed)), test)
        theirs = curves.errors(said, test)
        yield from with_interval(f"{place}: error", "learned features", theirs, seed)
        more = errors - theirs
        yield from with_interval(f"{place}: error more than learned features", name, more, seed)


@cache
def features_of_07(seed: int) -> Params:
    return [*curves.trained("learned features", seed=seed + 3).values()][-1]


# ---- letters -------------------------------------------------------------------------------------


def on_letters(seed: int) -> Iterator[Run]:
    """600 sequences of unseen letters; chapter 05's memory as it ships, and in as many steps."""
    recipe = trained.RECIPES["lettering"]
    ours = load_weights("lettering") if seed == 0 else train_weights(OURS, recipe, seed=seed)
    z = letter_embeddings("test")
    found = {OURS: trained.instance_accuracies(ours, z, seed=3)}
    shorter = lstm.RECIPES["letters"]._replace(n_steps=recipe.n_steps)
    memory = train_weights("memory", shorter, seed=seed)
    found["memory, as many steps"] = lstm.instance_accuracies(memory, z, seed=3)
    if seed == 0:
        shipped = load_weights("letters")
        found["memory of chapter 05"] = lstm.instance_accuracies(shipped, z, seed=3)
        sequences = sample_sequences(z, n_shot=10, n_tasks=600, generator=seeded(3))
        found["prototypes"] = right_by_means(*sequences)
    for name, right in found.items():
        for k in IMAGES:
            yield from over_tasks(f"letters, image {k}: right", name, seed, right[:, k - 1])
