"""Chapter 06. Settings of a small network on digits, chosen by every strategy, with three seeds;
each is then judged on test digits, from twenty starts and orders that nothing was chosen on. What
rules of thumb are worth there, and what learned rates are worth with another momentum.
"""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from benchmarks.seeds import with_interval
from metacourse.experiments import rules, schedules
from metacourse.hyperparameters import exponential_decay, random_search
from metacourse.seeds import Run

LOSS = "digits, loss on the test digits after 60 steps"
RIGHT = "digits, test digits named rightly after 60 steps (%)"
TRAININGS = "digits, trainings to find the setting"
AHEAD = "digits, the learned setting's test loss minus a rival's, paired"
PENALTIES = schedules.WEIGHTS
RATE, DECAY = ("reach", *PENALTIES), ("reach", "fall", *PENALTIES)
LEARNED, ONE = "sixty rates learned, 40 steps of 2 runs", "one rate learned, 40 steps of 2 runs"
MOMENTA = 0.0, 0.5, 0.9


def runs() -> Iterator[Run]:
    for seed in range(3):
        lost = {}
        for name, find in strategies(seed).items():
            setting, n_trainings = find()
            loss, right = schedules.on_test(setting)
            lost[name] = loss
            yield Run(LOSS, name, seed, loss.mean().item())
            yield Run(RIGHT, name, seed, 100 * right.mean().item())
            yield Run(TRAININGS, name, seed, n_trainings)
            if name == LEARNED:
                yield from by_step(setting.rates, seed)
        yield from ahead(lost, seed)
        yield from with_momentum(seed)
        yield from rules_of_thumb(seed)
    yield from twenty_searches()
    for seed in range(12):
        yield from twenty_steps(seed)


def strategies(seed: int) -> dict[str, Callable]:
    """By name: what returns a setting and the number of its trainings."""
    own = range(100 * seed, 100 * seed + 6)  # numbers of starts and orders

    def search(names: tuple[str, ...], n_trials: int, n_runs: int) -> Callable:
        generator = torch.Generator().manual_seed(50 + seed)
        how = {"n_trials": n_trials, "seeds": own[:n_runs], "generator": generator}
        return partial(schedules.searched, names, **how)

    return {
        "0.05, no penalty": lambda: (schedules.setting(torch.tensor(0.05)), 1),
        "grid, 80 settings, 2 runs each": partial(schedules.grid, own[:2]),
        "random rates, 80, 2 runs each": search(RATE, 80, 2),
        "random decays, 160, 1 run each": search(DECAY, 160, 1),
        "random decays, 80, 2 runs each": search(DECAY, 80, 2),
        "random decays, 40, 4 runs each": search(DECAY, 40, 4),
        "random decays and momenta, 80, 2 runs each": search((*DECAY, "brake"), 80, 2),
        "random decays, 1,000, 6 runs each": search(DECAY, 1000, 6),
        ONE: learn(seed, schedules.MOMENTUM, one_rate=True),
        LEARNED: learn(seed, schedules.MOMENTUM),
    }


def learn(seed: int, momentum: float, **how: bool) -> Callable:
    """80 hypergradients, each for the time of two trainings."""
    how |= {"n_outer": 40, "seed": 10_000 * (seed + 1), "momentum": momentum}
    return partial(schedules.learned, **how)


def by_step(rates: Tensor, seed: int) -> Iterator[Run]:
    for step, rate in enumerate(rates.tolist(), start=1):
        yield Run("digits, learned rate by step", str(step), seed, rate)


def with_momentum(seed: int) -> Iterator[Run]:
    """One rate and sixty, learned alike, beside three momenta."""
    for momentum in MOMENTA:
        for name, one_rate in (("one rate", True), ("sixty rates", False)):
            setting, _ = learn(seed, momentum, one_rate=one_rate)()
            loss = schedules.on_test(setting)[0].mean().item()
            yield Run(f"digits, learned, test loss: {name}", f"momentum {momentum:g}", seed, loss)


def rules_of_thumb(seed: int) -> Iterator[Run]:
    """What each rule is worth, with the rate that is best for it on validation digits."""
    own = range(100 * seed, 100 * seed + 4)
    for name, strengths in rules.STRENGTHS.items():
        for strength, rule in strengths.items():
            rate, validation = rules.validated(rule, own)
            label = f"{name} {strength}".strip()
            yield Run("rules of thumb, validation loss", label, seed, validation.item())
            yield Run("rules of thumb, rate", label, seed, rate.item())
            yield Run(
                "rules of thumb, test loss", label, seed, rules.on_test(rule, rate).mean().item()
            )


def ahead(lost: dict[str, Tensor], seed: int) -> Iterator[Run]:
    """By how much the learned setting loses less, over the same starts and orders."""
    for name, loss in lost.items():
        if name == LEARNED:
            continue
        yield from with_interval(AHEAD, name, lost[LEARNED] - loss, seed)


def twenty_searches() -> Iterator[Run]:
    """How far random searches of 160 trainings differ from each other."""
    for name, ranges in (("random decays", DECAY), ("and momenta", (*DECAY, "brake"))):
        for seed in range(20):
            own, generator = range(4000 + 2 * seed, 4002 + 2 * seed), torch.Generator()
            how = {"n_trials": 80, "seeds": own, "generator": generator.manual_seed(400 + seed)}
            setting, _ = schedules.searched(ranges, **how)
            loss = schedules.on_test(setting)[0].mean().item()
            yield Run("digits, twenty searches, test loss", name, seed, loss)


def twenty_steps(seed: int) -> Iterator[Run]:
    """The capstone: a training of twenty steps without momentum, searched and learned."""
    what = "twenty steps, test loss"
    for name, rates in (("random decays", decays(seed)), *learned_and_averaged(seed)):
        yield Run(what, name, seed, schedules.on_test(plain(rates))[0].mean().item())


def plain(rates: Tensor) -> schedules.Setting:
    """Rates (…, T) without penalties and momentum."""
    none = torch.zeros(rates.shape[:-1])
    return schedules.Setting(rates, dict.fromkeys(PENALTIES, none), none)


def decays(seed: int) -> Tensor:
    """The best of 80 random decays, two runs each."""

    def rates(tried: dict[str, Tensor]) -> Tensor:
        return exponential_decay(tried["first"], tried["first"] * tried["fall"], 20)

    def losses(tried: dict[str, Tensor]) -> Tensor:
        return schedules.losses(plain(rates(tried)), (100 * seed, 100 * seed + 1))

    ranges, generator = {"first": (0.05, 10.0), "fall": (0.01, 1.0)}, torch.Generator()
    how = {"n_trials": 80, "generator": generator.manual_seed(seed)}
    return rates(random_search(losses, ranges, **how)[0])


def learned_and_averaged(seed: int) -> Iterator[tuple[str, Tensor]]:
    """Twenty rates after 80 steps of Adam, and the mean of their last forty logarithms."""
    logs, kept = torch.zeros(20), []
    optimizer = torch.optim.Adam([logs], lr=0.1)
    for outer in range(80):
        (logs.grad, *_), _ = schedules.slopes(plain(logs.exp()), 5000 + 1000 * seed + outer)
        optimizer.step()
        kept.append(logs.clone())
    yield "learned", logs.exp()
    yield "learned, mean of the last forty", torch.stack(kept[40:]).mean(0).exp()
