"""Notebook 08b: transformers of lines, curves and letters beside chapters 02, 05 and 07; what goes
wrong; prior-fitted networks beside classifiers that are tuned on each task. Three seeds each.

Trainings run side by side, one thread each.
"""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import torch
from torch import Tensor

from benchmarks.seeds import over_tasks, with_interval
from benchmarks.seeds._classes import Judged
from benchmarks.seeds._curves import tasks as curve_tasks
from metacourse.episodes import Episode
from metacourse.experiments import curves, floor, in_context, wrong_masks
from metacourse.experiments.letter_sequences import right_by_means
from metacourse.seeds import Run
from metacourse.tasks.sinusoids import SHIFTED_AMPLITUDES, SHIFTED_PHASES, sample_sinusoids
from metacourse.trained import lstm, recipes
from metacourse.trained import transformer as trained
from metacourse.trained.lstm import letter_embeddings, sample_sequences
from metacourse.training import learn
from metacourse.transformer import ask, read

SEEDS = range(3)
SHOTS = 0, 1, 2, 3, 5, 10
STEPS = 1, 5, 50
N_TASKS = 3000
IMAGES = 1, 2, 5, 10  # of a class
WIDE = {"amplitudes": (0.1, SHIFTED_AMPLITUDES[1]), "phases": (0.0, SHIFTED_PHASES[1])}
OURS = "transformer"
Job = Callable[[], list[Run]]


def runs() -> Iterator[Run]:
    """All of it, one thread a job, the longest first."""
    workers = {"initializer": torch.set_num_threads, "initargs": (1,)}
    with ProcessPoolExecutor(os.cpu_count(), **workers) as pool:
        of_curves = [
            pool.submit(on_curves, seed, family) for seed in SEEDS for family in ({}, WIDE)
        ]
        classes = Judged(pool, SEEDS)
        rest = [pool.submit(job) for job in shorter()]
        for future in (*rest, *of_curves):
            yield from future.result()
        yield from classes.runs()


def shorter() -> Iterator[Job]:
    for seed in SEEDS:
        yield partial(on_lines, seed)
        yield partial(in_plain_mean, seed)
        yield partial(on_letters, seed)
        yield from (partial(gone_wrong, name, seed) for name in wrong_masks.WRONG)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# ---- lines ---------------------------------------------------------------------------------------


def line_tasks(seed: int) -> Episode:
    """The tasks that all learners of lines are judged on, or chosen by."""
    return floor.sample_tasks("square", N_TASKS, 10, seed)


def on_lines(seed: int) -> list[Run]:
    started = time.process_time()
    params = in_context.trained_lines(seed)
    seconds = time.process_time() - started
    train, validation, test = (line_tasks(100 * (seed + 1) + which) for which in range(3))
    prior, found = floor.learned_prior(train), []
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
        found += with_interval(f"lines, {n_shot} points: error", "the floor", least, seed)
        found += beside(least, learners, told_new, n_shot, seed)
    return [*found, Run("lines: seconds of one thread", OURS, seed, seconds)]


def beside(least: Tensor, learners: dict, tasks: Episode, n_shot: int, seed: int) -> Iterator[Run]:
    for name, learner in learners.items():
        errors = floor.VARIANCE + floor.excess(learner, tasks)
        place = f"lines, {n_shot} points"
        yield from with_interval(f"{place}: error", name, errors, seed)
        yield from with_interval(f"{place}: above the floor", name, errors - least, seed)
        above = 100 * (errors.mean() / least.mean() - 1).item()
        yield Run(f"{place}: above the floor (%)", name, seed, above)


def in_plain_mean(seed: int) -> list[Run]:
    """The same training by the plain mean of squared errors."""

    def loss(params, generator):
        x, y = in_context.sample_sequences(generator)
        return (read(params, x, y) - y).square().mean()

    how = {"lr": in_context.LR, "n_steps": in_context.N_STEPS, "seed": seed + 2}
    params = learn(loss, in_context.lines_start(seed), **how).params
    test, learners = line_tasks(100 * (seed + 1) + 2), {}
    learners["transformer, plain mean"] = partial(in_context.answers, params)
    least = floor.VARIANCE + floor.excess(floor.in_the_square, test)
    return list(beside(least, learners, test, 10, seed))


def gone_wrong(name: str, seed: int) -> list[Run]:
    params, seen = wrong_masks.trained_wrong(name, seed)
    with wrong_masks.patched(name):
        errors = floor.VARIANCE + floor.excess(partial(in_context.answers, params), line_tasks(7))
    return [
        Run("wrong, 10 points: error seen in training", name, seed, sum(seen[-100:]) / 100),
        *with_interval("wrong, 10 points: error on new tasks", name, errors, seed),
    ]


# ---- curves --------------------------------------------------------------------------------------


def on_curves(seed: int, family: dict) -> list[Run]:
    """Chapter 07's tasks; what its features say to them, trained with another seed each time."""
    recipe = trained.RECIPES["curves"]

    def loss(params, generator):
        x, y, *_ = sample_sinusoids(64, n_shot=11, n_query=0, generator=generator, **family)
        return recipe.loss(params, (x, y))

    how = {"lr": recipe.lr, "n_steps": recipe.n_steps, "seed": seed + 2}
    started = time.process_time()
    params = learn(loss, recipe.start(seeded(seed)), **how).params
    seconds = time.process_time() - started
    name, found = f"{OURS}, wide family" if family else OURS, []
    for n_shot in SHOTS[1:]:
        found += on_curve_tasks(name, params, n_shot, False, seed)
    found += on_curve_tasks(name, params, 10, True, seed)
    return [*found, Run("curves: seconds of one thread", name, seed, seconds)]


def on_curve_tasks(name: str, params: dict, n_shot: int, shifted: bool, seed: int) -> Iterator[Run]:
    test = curve_tasks(100, n_shot, shifted=shifted)
    place = f"curves, {n_shot} points{', shifted' if shifted else ''}"
    with torch.no_grad():
        errors = (ask(params, *test[:3]) - test.y_query).square().mean(dim=(1, 2))
    yield from with_interval(f"{place}: error", name, errors, seed)
    if name == OURS:
        learner = "learned features"
        *_, features = curves.trained(learner, seed=seed + 3).values()
        said = curves.answers(partial(curves.LEARNERS[learner].predict, features), test)
        theirs = curves.errors(said, test)
        yield from with_interval(f"{place}: error", "features of chapter 07", theirs, seed)
        yield from with_interval(
            f"{place}: less features of chapter 07", OURS, errors - theirs, seed
        )


# ---- letters -------------------------------------------------------------------------------------


def on_letters(seed: int) -> list[Run]:
    """600 sequences of unseen letters; a memory that trains as long as the transformer did."""
    started = time.process_time()
    params = trained_reader(trained.RECIPES["lettering"], seed)
    seconds = time.process_time() - started
    z = letter_embeddings("test")
    of_memory = partial(lstm.instance_accuracies, z=z, seed=3)
    found = {OURS: trained.instance_accuracies(params, z, seed=3)}
    found["memory, as long"] = of_memory(best_memory(seconds, seed))
    if seed == 0:
        found["memory of chapter 05"] = of_memory(recipes.load_weights("letters"))
        sequences = sample_sequences(z, n_shot=10, n_tasks=600, generator=seeded(3))
        found["prototypes"] = right_by_means(*sequences)
    return [
        *(
            run
            for name, right in found.items()
            for k in IMAGES
            for run in over_tasks(f"letters, image {k}: right", name, seed, right[:, k - 1])
        ),
        Run("letters: seconds of one thread", OURS, seed, seconds),
    ]


def trained_reader(recipe: recipes.Recipe, seed: int) -> dict[str, Tensor]:
    """A network by its recipe, whatever else the machine does in the meantime."""
    return recipes.train_weights("letters", recipe, seed=seed)


def best_memory(seconds: float, seed: int) -> dict[str, Tensor]:
    """The memory's own recipe in so many seconds, with the better of two rates on validation."""
    recipe = lstm.RECIPES["letters"]
    started = time.process_time()
    trained_reader(recipe._replace(n_steps=40), seed)
    n_steps = int(40 * seconds / (time.process_time() - started))
    short = [recipe._replace(n_steps=n_steps, lr=lr) for lr in (0.01, 0.03)]
    return max((trained_reader(each, seed) for each in short), key=recipe.score)
