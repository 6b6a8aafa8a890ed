"""Notebook 05b with several seeds: gates, rates and starts on small letters; the learned optimiser
on valleys, what cuts, first order and steep features do to its training; other networks."""

from collections.abc import Iterator
from functools import partial
from itertools import product

import torch

from metacourse.experiments import small_letters as small
from metacourse.experiments import valley_runs as valleys
from metacourse.experiments.digit_runs import (
    OTHER_NETWORKS,
    TUNED,
    digit_runs,
    tuned_rates,
    tuned_scale,
)
from metacourse.rivals import RULES, descend, tuned_rate
from metacourse.seeds import Run
from metacourse.tasks.quadratics import sample_quadratics
from metacourse.trained.learned_optimisers import sample_digit_tasks
from metacourse.trained.recipes import load_weights

LETTERS = "small letters, 5-way 1-shot accuracy (%)"
N_OUTER = 160
VALLEYS = "mean loss along 20 steps on 600 valleys"
AT_100 = "median loss at step 100 on the capstone's valleys"
WAYS = "mean loss along 20 steps after 50 outer steps"
NETWORKS = "mean loss along 50 steps, median of 8 networks"
MORE_NUMBERS = {  # of each rule, beside the rate
    "SGD": {"momentum": (0.0, 0.3, 0.5, 0.7, 0.9)},
    "RMSprop": {"alpha": (0.5, 0.8, 0.9, 0.99)},
    "Adam": {"betas": ((0.0, 0.999), (0.5, 0.9), (0.5, 0.999), (0.9, 0.999))},
}


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def runs() -> Iterator[Run]:
    for seed in range(3):
        yield from on_letters(seed)
    for seed in range(3):
        yield from on_valleys(seed)
    yield from rivals_on_valleys()
    for label in OTHER_NETWORKS:
        yield from on_other_networks(label)


def on_letters(seed: int) -> Iterator[Run]:
    adapt, params = small.fine_tuned(n_steps=N_OUTER, seed=seed)
    ready = {"fine-tuning": (adapt, params)}
    for name, method in small.METHODS.items():
        ready[name] = method.adapt, small.train_method(name, n_steps=N_OUTER, seed=seed)
    longer = small.train_method("MAML", n_steps=3 * N_OUTER, seed=seed)
    ready["MAML, three times the steps"] = small.METHODS["MAML"].adapt, longer
    for name, (adapt, params) in ready.items():
        accuracy = small.accuracies(adapt, params).mean().item()
        yield Run(LETTERS, name, seed, 100 * accuracy)


def on_valleys(seed: int) -> Iterator[Run]:
    test = sample_quadratics(600, n_dims=2, generator=seeded(51))
    validation = sample_quadratics(200, n_dims=2, generator=seeded(55))
    cut = partial(valleys.mean_loss, cuts=(10,))
    with_cut = valleys.train_on_valleys(cut, seed=seed)
    yield Run(VALLEYS, "learned", seed, loss_on(with_cut, test))
    yield Run(AT_100, "learned", seed, median_at_100(with_cut))
    ways = {
        "first order, no cut": {},
        "first order, cut every step": {"cuts": range(1, valleys.HORIZON)},
        "exact, no cut": {"first_order": False},
    }
    for name, features in list(valleys.FEATURES.items())[1:]:
        update = {"update": valleys.reading(features)}
        ways[f"{name}: first order"] = update
        ways[f"{name}: exact"] = update | {"first_order": False}
    for name, how in ways.items():
        loss = partial(valleys.mean_loss, **how)
        short = valleys.train_on_valleys(loss, n_steps=50, seed=seed)
        how = {key: value for key, value in how.items() if key == "update"}
        yield Run(WAYS, name, seed, loss_on(short, validation, **how))


@torch.no_grad()
def loss_on(params, tasks, **how) -> float:
    return valleys.losses_on(params, tasks, **how).mean().item()


@torch.no_grad()
def median_at_100(params) -> float:
    capstone = sample_quadratics(200, n_dims=2, generator=seeded(57))
    return valleys.losses_on(params, capstone, n_steps=100)[:, 100].quantile(0.5).item()


def rivals_on_valleys() -> Iterator[Run]:
    """With the rate tuned alone, and with their other numbers too; no seed has a part in it."""
    validation = sample_quadratics(200, n_dims=2, generator=seeded(50))
    test = sample_quadratics(600, n_dims=2, generator=seeded(51))
    how = {"n_steps": valleys.HORIZON}

    def along(rule, rate, tasks) -> float:
        return descend(rule, rate, valleys.at_once(tasks), tasks.start, **how)[1].mean().item()

    def tuned(rule) -> float:
        return tuned_rate(rule, valleys.at_once(validation), validation.start, **how)

    for name, rule in RULES.items():
        yield Run(VALLEYS, f"{name}, rate tuned", 0, along(rule, tuned(rule), test))
    for name, numbers in MORE_NUMBERS.items():
        rules = [
            partial(RULES[name], **dict(zip(numbers, values, strict=True)))
            for values in product(*numbers.values())
        ]
        best = min(((along(r, tuned(r), validation), n) for n, r in enumerate(rules)))[1]
        rule = rules[best]
        yield Run(VALLEYS, f"{name}, all tuned", 0, along(rule, tuned(rule), test))


def on_other_networks(label: str) -> Iterator[Run]:
    sizes, loss_fn = OTHER_NETWORKS[label]
    student = load_weights("optimiser")
    how = {"n_steps": 50, "loss_fn": loss_fn}
    validation = sample_digit_tasks(8, split="validation", sizes=sizes, generator=seeded(63))
    retuned = {
        "rates": tuned_rates(validation, **how),
        "scale": tuned_scale(student, validation, **how),
    }
    halved = {"rates": {name: rate / 2 for name, rate in TUNED.items()}, "scale": 0.5}
    settings = {"as tuned before": {}, "everybody halved": halved, "everybody re-tuned": retuned}
    for seed in range(3):
        test = sample_digit_tasks(8, split="test", sizes=sizes, generator=seeded(70 + seed))
        for setting, tuning in settings.items():
            for name, (_, losses) in digit_runs(student, test, **how, **tuning).items():
                median = losses.mean(1).nan_to_num(torch.inf).quantile(0.5).item()
                yield Run(f"{label}: {NETWORKS}", f"{setting}: {name}", seed, median)
