"""Which learners notebook 07d compares on `experiments.streams`, and how their settings are chosen:
by the same random search for each, on other streams than those that they are judged on.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

from torch import Generator, Tensor
from torch.func import vmap

from metacourse import seeds
from metacourse.episodes import Episode
from metacourse.experiments import streams
from metacourse.hyperparameters import random_search

WINDOWS = {"window": (1, 5, 10, 20, 40)}
RATES = {"lr_inner": (0.04, 1.0)}  # in units of `streams.largest_rate`
PENALTIES = {"penalty": (1e-3, 100.0)}
NOISES = {"noise": (1e-3, 10.0)}
BUDGETS = {"3 inner steps": (3,), "steps chosen": (1, 3, 10, 30, 100)}
HINDSIGHT = "best fixed start in hindsight"


class Learner(NamedTuple):
    """Losses by round, and what is to be chosen: numbers from a range, and from a list."""

    losses: Callable[..., Tensor]
    ranges: dict[str, tuple[float, float]]
    windows: dict[str, Sequence[int]] = {}  # noqa: RUF012


WALKERS = {  # they take inner steps
    "from 0": Learner(streams.from_zero, RATES),
    "follow the leader": Learner(streams.leader, RATES),
    "follow the leader, penalty": Learner(streams.leader, RATES | PENALTIES),
    "follow the leader, window": Learner(streams.leader, RATES | PENALTIES, WINDOWS),
    "follow the meta-leader": Learner(streams.meta_leader, RATES),
    "follow the meta-leader, penalty": Learner(streams.meta_leader, RATES | PENALTIES),
    "follow the meta-leader, window": Learner(streams.meta_leader, RATES | PENALTIES, WINDOWS),
    "online MAML": Learner(streams.one_step_a_task, RATES | {"lr_outer": (0.003, 3.0)}),
    HINDSIGHT: Learner(streams.in_hindsight, RATES),
}
BELIEVERS = {  # they have a prior
    "ridge from 0": Learner(streams.one_prior, NOISES),
    "learned prior": Learner(streams.learned_prior, NOISES),
    "learned prior, window": Learner(streams.learned_prior, NOISES, {"window": (10, 20, 40)}),
}


def on_each(losses: Callable[..., Tensor], many: Episode, **setting) -> Tensor:
    """The losses of every round of many streams: (streams, T)."""
    return vmap(partial(losses, **setting))(many)


def choose(
    mean_loss: Callable[..., Tensor],
    ranges: dict[str, tuple[float, float]],
    lists: dict[str, Sequence],
    *,
    n_trials: int = 60,
) -> dict:
    """Return the setting with which mean_loss(**setting) → () is least.

    Each combination of what is listed gets n_trials random draws of the rest, the same ones.
    """
    found = []
    for values in product(*lists.values()):
        listed = dict(zip(lists, values, strict=True))

        def of_trials(tried: dict[str, Tensor], listed: dict = listed) -> Tensor:
            return vmap(lambda one: mean_loss(**one, **listed))(tried)

        generator = Generator().manual_seed(0)
        best, losses = random_search(of_trials, ranges, n_trials=n_trials, generator=generator)
        found.append((losses.min().item(), best | listed))
    return min(found, key=lambda each: each[0])[1]


def chosen(learner: Learner, kind: str, of: Sequence[int], lists: dict[str, Sequence]) -> dict:
    """The learner's best setting on some (other) streams of a kind, by the loss of all rounds."""
    many, ranges = streams.streams(kind, of), dict(learner.ranges)
    if "lr_inner" in ranges:
        ranges["lr_inner"] = tuple(end * streams.largest_rate(kind) for end in RATES["lr_inner"])

    def mean_loss(**setting) -> Tensor:
        return on_each(learner.losses, many, **setting).mean()

    return choose(mean_loss, ranges, learner.windows | lists)


def ahead_of_ridge(kind: str) -> Tensor:
    """The loss of the learned prior with a window, minus that of ridge from 0, in the last 20
    rounds of 20 streams: (20,). Both have the settings that the tables of `seeds` have."""
    chosen_as = f"{kind}, 3 inner steps: chosen {{}}".format
    noises = seeds.values("streams", chosen_as("noise"))
    name = "learned prior, window"
    window = int(seeds.values("streams", chosen_as("window"))[name][0])
    many = streams.streams(kind, range(20))
    end = Episode(*(part[:, -20 - window :] for part in many))  # what came before is forgotten
    prior = on_each(streams.learned_prior, end, window=window, noise=noises[name][0])
    ridge = on_each(streams.one_prior, end, noise=noises["ridge from 0"][0])
    return (prior - ridge)[:, -20:].mean(1)
