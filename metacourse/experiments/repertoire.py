"""How far a broken robot comes after a few trials, by what is tried (notebook 09c).

A strategy sees walks of a body, two with each gait, and says which gait it would walk with after 0,
1, … trials. It is judged by two other walks. `walks` is a table (B bodies, G gaits, 4) of a split
of `trained.walker`; choices are (B, T + 1), and so are metres.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from metacourse.bayes import Prior
from metacourse.trained.walker import JOINT, Repertoire
from metacourse.walker import Body, Search, es_step, next_trial, nudged, performance_prior, simulate

N_TRIALS, N_SEEN = 12, 2  # trials at most; walks with a gait that can be seen
KAPPAS, NOISES = (0.0, 0.5, 1.0, 2.0, 4.0), (1.0, 4.0)  # to choose from on validation bodies
BUDGETS = 8, 16, 32, 64, 96  # walks of fine-tuning
SETTINGS = [
    {"n_pairs": n_pairs, "sigma": sigma, "lr": lr, "momentum": 0.5}
    for n_pairs in (2, 4)
    for sigma in (0.2, 0.4)
    for lr in (0.3, 0.6, 1.2)
]

Strategy = Callable[[Tensor], Tensor]


class Chosen(NamedTuple):
    """What a prior's user is free to choose: κ, and the noise, as a multiple of that of a walk."""

    kappa: float
    noise: float


def judged(choices: Tensor, walks: Tensor) -> Tensor:
    """The metres of the gaits chosen, by the mean of walks that nobody saw."""
    return walks[..., N_SEEN:].mean(-1).gather(1, choices)


# ---- strategies ----------------------------------------------------------------------------------


def learned_prior(walks: Tensor) -> Prior:
    """The prior of a table, with the variance of one walk that the table itself shows."""
    return performance_prior(walks.mean(-1), walks.var(-1).mean())


def alone(prior: Prior) -> Prior:
    """The prior without what one gait says of another."""
    return prior._replace(cov=prior.cov.diagonal().diag())


def played(
    walks: Tensor, *, prior: Prior, chosen: Chosen, n_trials: int = N_TRIALS
) -> tuple[Tensor, Tensor]:
    """Try the highest upper bound, walk with the highest mean: the gaits tried, (B, T), and those
    to walk with after 0 … T of the trials, (B, T + 1)."""
    prior = prior._replace(noise=prior.noise * chosen.noise)

    def on_one(seen: Tensor) -> tuple[list[int], list[int]]:
        tried, metres, ahead = [], seen.new_zeros(0), []
        for _ in range(n_trials):
            ahead.append(next_trial(prior, tried, metres, kappa=0.0))
            gait = next_trial(prior, tried, metres, kappa=chosen.kappa)
            walk = seen[gait, tried.count(gait) % N_SEEN]
            tried, metres = [*tried, gait], torch.cat([metres, walk[None]])
        return tried, [*ahead, next_trial(prior, tried, metres, kappa=0.0)]

    tried, ahead = zip(*(on_one(each) for each in walks), strict=True)
    return torch.tensor(tried), torch.tensor(ahead)


def by_bound(walks: Tensor, *, prior: Prior, chosen: Chosen, n_trials: int = N_TRIALS) -> Tensor:
    """The gaits to walk with that `played` finds."""
    return played(walks, prior=prior, chosen=chosen, n_trials=n_trials)[1]


def in_order(walks: Tensor, *, order: Tensor, n_trials: int = N_TRIALS) -> Tensor:
    """Try gaits in an order, (G,) or one for each body; walk with the best that was seen."""
    order = order.expand(len(walks), -1)[:, :n_trials]
    seen = walks[..., 0].gather(1, order)
    best = torch.stack([seen[:, : t + 1].argmax(1) for t in range(n_trials)], dim=1)
    return torch.cat([order[:, :1], order.gather(1, best)], dim=1)


def complementary(table: Tensor) -> Tensor:
    """An order of gaits for `in_order`, which looks at no trial: each adds most to the best of
    those before it, in the mean over bodies (greedy: Nemhauser et al. 1978). (B, G) → (G,)."""
    order, best = [], table.new_full((len(table), 1), -torch.inf)
    for _ in range(table.shape[1]):
        reached = torch.maximum(best, table).mean(0)
        reached[order] = -torch.inf
        order.append(int(reached.argmax()))
        best = torch.maximum(best, table[:, order[-1:]])
    return torch.tensor(order)


def without_trials(walks: Tensor, *, gait: int, n_trials: int = N_TRIALS) -> Tensor:
    """Walk with the same gait whatever happens."""
    return torch.full((len(walks), n_trials + 1), gait)


def oracle(walks: Tensor, *, n_trials: int = N_TRIALS) -> Tensor:
    """Walk with the gait whose walks with this body, if one could see two of each, are best."""
    best = walks[..., :N_SEEN].mean(-1).argmax(1, keepdim=True)
    return best.expand(-1, n_trials + 1)


def strategies(known: Repertoire, chosen: Chosen, chosen_alone: Chosen) -> dict[str, Strategy]:
    """By name: all that are compared."""
    prior = learned_prior(known.walks["prior"])
    average = prior.mean.argsort(descending=True)
    complements = complementary(known.walks["prior"].mean(-1))
    shuffled = torch.rand(len(known.walks["test"]), len(average), generator=_seeded(0)).argsort(1)
    return {
        "the gait for all bodies, no trial": partial(without_trials, gait=JOINT),
        "at random": partial(in_order, order=shuffled),
        "in order of average": partial(in_order, order=average),
        "a list of complements": partial(in_order, order=complements),
        "prior, each gait alone": partial(by_bound, prior=alone(prior), chosen=chosen_alone),
        "learned prior": partial(by_bound, prior=prior, chosen=chosen),
        "the best of the repertoire": oracle,
    }


def choose(walks: Tensor, prior: Prior, *, n_trials: int = 8) -> Chosen:
    """κ and the noise with which a prior does best on validation bodies, over 1 … 8 trials."""

    def metres(chosen: Chosen) -> float:
        choices = by_bound(walks, prior=prior, chosen=chosen, n_trials=n_trials)
        return judged(choices, walks)[:, 1:].mean().item()

    return max((Chosen(kappa, noise) for kappa in KAPPAS for noise in NOISES), key=metres)


# ---- fine-tuning ---------------------------------------------------------------------------------


def fine_tuned(gait: Tensor, on: Body, *, seed: int, n_pairs: int, **options: float) -> Tensor:
    """The metres on each body after fine-tuning a gait there, by `BUDGETS`: (B, 1 + budgets).

    Evolution's walks are nudged as all walks are; two more of them judge.
    """
    generator, n_bodies = _seeded(seed), len(on.friction)
    start = gait.expand(n_bodies, -1)
    search, found = Search(start, torch.zeros_like(start)), []

    def walk(gaits: Tensor) -> Tensor:
        return simulate(gaits, nudged(on, generator, gaits.shape[-2]))

    for n_walks in range(0, max(BUDGETS) + 1, 2 * n_pairs):
        if n_walks in (0, *BUDGETS):
            found.append(walk(search.gait.unsqueeze(1).expand(-1, 2, -1)).mean(1))
        search = es_step(walk, search, generator, n_pairs=n_pairs, **options)
    return torch.stack(found, dim=1)


def best_setting(gait: Tensor, on: Body) -> dict[str, float]:
    """The setting of fine-tuning that does best on these bodies, over all budgets."""

    def metres(setting: dict[str, float]) -> float:
        return fine_tuned(gait, on, seed=0, **setting)[:, 1:].mean().item()

    return max(SETTINGS, key=metres)


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
