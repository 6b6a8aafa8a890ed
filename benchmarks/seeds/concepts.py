"""Chapter 01: how far trainings with other seeds differ, beside the interval over tasks, and what
its rivals were given after a search on the validation scripts."""

import itertools
from collections.abc import Iterator

from torch import Generator, Tensor

from benchmarks.seeds import over_tasks
from metacourse import concepts
from metacourse.evaluation import evaluate
from metacourse.nets import Params, init_convnet
from metacourse.seeds import Run
from metacourse.tasks.glyphs import load_glyphs
from metacourse.trained.concepts import RECIPES, random_head
from metacourse.trained.embeddings import embed, load_embedding, task_accuracies
from metacourse.trained.recipes import train_weights
from metacourse.training import Budget

# The recipes of the networks that ship, in a quick form: 16 filters for 32, 600 steps for 1,500.
N_FILTERS, N_FEATURES, N_STEPS = 16, 64, 600
NAMES = {"pretrained": "pretrained", "meta_trained": "meta-trained"}
SEEDS = range(3)
SHOTS = 1, 5  # at which new heads were tried


def runs() -> Iterator[Run]:
    yield from heads()
    yield from networks()
    yield from scratch()
    yield from trainings()


def heads() -> Iterator[Run]:
    """Learning rates and numbers of steps for a new head on the pretrained network."""
    z = embed(load_embedding("pretrained"), load_glyphs("validation").images)
    for n_shot, n_steps, lr in itertools.product(SHOTS, (10, 100), (0.001, 0.01, 0.1)):
        answer = concepts.with_new_head(lr=lr, n_steps=n_steps)
        mean = 100 * evaluate(answer, z, n_way=5, n_shot=n_shot).mean().item()
        experiment = f"new head, validation accuracy at K = {n_shot} (%)"
        yield Run(experiment, f"rate {lr}, {n_steps} steps", 0, mean)


def networks() -> Iterator[Run]:
    """The same for networks from scratch, on fewer tasks: each trains a network."""
    images = load_glyphs("validation").images
    sizes = {"n_way": 5, "n_shot": 1, "n_query": 5, "n_tasks": 40}
    for lr, n_steps in ((0.003, 20), (0.01, 20), (0.01, 60)):
        answer = concepts.from_scratch(lr=lr, n_steps=n_steps)
        mean = 100 * evaluate(answer, images, **sizes).mean().item()
        experiment = "from scratch, validation accuracy at K = 1 (%)"
        yield Run(experiment, f"rate {lr}, {n_steps} steps", 0, mean)


def scratch() -> Iterator[Run]:
    """Networks from scratch on the tasks of the chapter's experiment: a network for each task."""
    answer, images = concepts.from_scratch(lr=0.01, n_steps=20), load_glyphs("test").images
    for n_shot in (1, 2, 5, 10):
        of_tasks = evaluate(answer, images, n_way=5, n_shot=n_shot, n_query=5)
        yield from over_tasks("from scratch, accuracy", f"K = {n_shot}", 0, of_tasks)


def trainings() -> Iterator[Run]:
    """Both networks with several seeds, at the rate of their recipes, on the same test tasks."""
    accuracies = {
        told: [tested(trained(name, seed)) for seed in SEEDS] for name, told in NAMES.items()
    }
    for told, by_seed in accuracies.items():
        yield from ratings("accuracy", told, by_seed)
    pairs = zip(*accuracies.values(), strict=True)
    ahead = [{k: meta[k] - pre[k] for k in meta} for pre, meta in pairs]
    yield from ratings("points ahead", "meta-trained minus pretrained", ahead)


def ratings(what: str, setting: str, by_seed: list[dict[int, Tensor]]) -> Iterator[Run]:
    """The mean over the tasks, for each K and seed, and the half-width of its interval."""
    for seed, values in zip(SEEDS, by_seed, strict=True):
        for n_shot, of_tasks in values.items():
            yield from over_tasks(f"{what} at K = {n_shot}", setting, seed, of_tasks)


def trained(name: str, seed: int) -> Params:
    def start(generator: Generator) -> Params:
        params = init_convnet(n_filters=N_FILTERS, generator=generator)
        if name == "meta_trained":  # prototypes need no head
            return params
        n_classes = len(load_glyphs("train").images)
        return params | random_head(n_classes, N_FEATURES, generator)

    recipe = RECIPES[name]._replace(start=start)
    return train_weights(name, recipe, budget=Budget(N_STEPS, seconds=3600), seed=seed)


def tested(params: Params) -> dict[int, Tensor]:
    """The accuracy on each of 600 test tasks, the same ones for every network."""
    z = embed(params, load_glyphs("test").images)
    return {n_shot: task_accuracies(z, n_shot=n_shot) for n_shot in (1, 5)}
