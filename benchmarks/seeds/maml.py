"""MAML and its relatives on the sinusoids, each trained with five seeds: about ten CPU minutes; and
what freezing the body costs on letters."""

from collections.abc import Iterator

import torch
from torch import Tensor

from metacourse.evaluation import confidence_interval, evaluate
from metacourse.experiments.relatives import LR_INNER, RELATIVES, Relative, train_relative
from metacourse.experiments.sinusoids import SEED, losses_by_step
from metacourse.nets import init_mlp
from metacourse.seeds import Run
from metacourse.tasks.glyphs import load_glyphs
from metacourse.tasks.sinusoids import sample_sinusoids
from metacourse.trained.embeddings import embed, load_embedding
from metacourse.trained.maml import (
    MAML_STEPS,
    adapted_answer,
    adapted_head_answer,
    load_maml,
)

SEEDS = range(SEED, SEED + 5)  # of the tasks that a training draws
STEPS = {0: "0 steps", 1: "1 step", 5: "5 steps", 10: "10 steps", 100: "100 steps"}
BELOW_0 = "% of Meta-SGD's learned rates below 0"
CLAMPED = "Meta-SGD's query loss after 5 steps"
OTHER_STARTS = "query loss after 5 steps, other first weights"
FOR_ONE_STEP = "MAML, trained for 1 step"
LETTERS = "letters, {} steps (% right)"
ON_TEST = {"n_way": 5, "n_shot": 1, "n_query": 3}  # the chapter's tasks of letters
RAN_AWAY = 1e9  # the loss of a task whose loss is not a number


def runs() -> Iterator[Run]:
    for seed in SEEDS:
        for name in RELATIVES:
            trained = train_relative(name, seed=seed)
            yield from scores(name, trained, seed)
            if name == "Meta-SGD":
                yield from facts_about_rates(trained, seed)
        yield from scores(FOR_ONE_STEP, train_relative("MAML", n_steps=1, seed=seed), seed)
        yield from scores("random", Relative(weights(seed - SEED), LR_INNER), seed)
    for seed in range(5):
        for name in ("MAML", "first-order MAML"):
            losses = test_losses(train_relative(name, start=weights(seed)))
            yield Run(OTHER_STARTS, name, seed, losses[:, 5].mean().item())
    for n_steps in (3, 10):
        yield from reused(n_steps)


def reused(n_steps: int) -> Iterator[Run]:
    """The shipped start on 600 tasks of letters: all weights adapted, the head alone, and how far
    all are ahead, with the half-width of the interval over tasks."""
    start, images = load_maml(), load_glyphs("test").images
    how = {"lr_inner": MAML_STEPS["lr_inner"], "n_steps": n_steps}
    z = embed(load_embedding("maml"), images)
    both = {
        "all weights": evaluate(adapted_answer(start, **how), images, **ON_TEST),
        "head only": evaluate(adapted_head_answer(start, **how), z, **ON_TEST),
    }
    ahead = confidence_interval(100 * (both["all weights"] - both["head only"]))
    experiment = LETTERS.format(n_steps)
    for name, of_tasks in both.items():
        yield Run(experiment, name, 0, 100 * of_tasks.mean().item())
    yield Run(experiment, "all minus head", 0, ahead.mean)
    yield Run(experiment, "± over tasks", 0, ahead.half_width)


def scores(name: str, trained: Relative, seed: int) -> Iterator[Run]:
    losses = test_losses(trained)
    for k, steps in STEPS.items():
        yield Run(f"query loss after {steps}", name, seed, losses[:, k].mean().item())
    worse = (losses[:, 100] >= losses[:, 0]).double().mean().item()
    yield Run("% of tasks worse after 100 steps than before", name, seed, 100 * worse)


def facts_about_rates(trained: Relative, seed: int) -> Iterator[Run]:
    clamped = {name: rate.clamp(min=0) for name, rate in trained.lr_inner.items()}
    for layer in range(3):
        below = (trained.lr_inner[f"layer{layer}.weight"] < 0).double().mean().item()
        yield Run(BELOW_0, f"layer{layer}.weight", seed, 100 * below)
    for label, rates in (("as learned", trained.lr_inner), ("negative rates set to 0", clamped)):
        losses = test_losses(trained._replace(lr_inner=rates))
        yield Run(CLAMPED, label, seed, losses[:, 5].mean().item())


def test_losses(trained: Relative) -> Tensor:
    """The query losses on 600 test tasks, after 0 to 100 steps: (600, 101)."""
    generator = torch.Generator().manual_seed(100)
    tasks = sample_sinusoids(600, n_shot=10, n_query=50, generator=generator)
    losses = losses_by_step(trained.params, tasks, lr_inner=trained.lr_inner, n_steps=100)
    return losses.double().nan_to_num(RAN_AWAY, RAN_AWAY)


def weights(seed: int) -> dict[str, Tensor]:
    """Other first weights; the seed 0 gives `first_weights`."""
    return init_mlp([1, 40, 40, 1], torch.Generator().manual_seed(seed))
