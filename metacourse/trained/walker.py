"""The gaits of chapter 09, and how far each comes on many bodies: two repertoires of 26.

Of each, gait 0 was evolved on the intact body, gait 1 from there on all kinds of bodies at once
(domain randomisation), and 24 others on one body each. Then all of them walked on bodies that none
was evolved on: four walks with each, no two alike.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from metacourse.nets import Params
from metacourse.trained.recipes import Made, load_weights
from metacourse.walker import Body, Search, es_step, new_body, nudged, sample_bodies, simulate

N_SPECIALISTS, N_WALKS, N_GENERATIONS, LR = 24, 4, 80, 0.25
SPLITS = {"prior": 150, "validation": 100, "test": 200}  # bodies, from the same three seeds always
INTACT, JOINT = 0, 1  # gaits
BODIES_AT_ONCE = 10


class Repertoire(NamedTuple):
    """Gaits (26, 16), and the metres of their walks by split: (bodies, 26, 4), in float64."""

    gaits: Tensor
    walks: dict[str, Tensor]


@cache
def repertoire(seed: int) -> Repertoire:
    """Return one of the two that ship: 1 or 2."""
    kept = load_weights(f"walker_{seed}")
    walks = {split: kept[split].double() for split in SPLITS}
    return Repertoire(kept["gaits"], walks)


def bodies(split: str) -> Body:
    """The bodies of a split, in the order of the tables: (bodies,)."""
    generator = torch.Generator().manual_seed(list(SPLITS).index(split))
    return sample_bodies(SPLITS[split], generator)


def walk_table(
    gaits: Tensor, on: Body, generator: Generator, walk: Callable[[Tensor, Body], Tensor] = simulate
) -> Tensor:
    """How far each gait comes on each body, in four walks: (G, 16), (B,) → (B, G, 4)."""
    walks = nudged(on, generator, len(gaits), N_WALKS)
    parts = zip(*(part.split(BODIES_AT_ONCE) for part in walks), strict=True)
    return torch.cat([walk(gaits[:, None], Body(*part)) for part in parts])


# ---- evolution -----------------------------------------------------------------------------------


def evolve(score: Callable, start: Tensor, generator: Generator, *, n_pairs: int = 12) -> Tensor:
    """Gaits after `N_GENERATIONS`, whose steps shrink to a fifth: (n_gaits, 16) → (n_gaits, 16)."""
    search = Search(start, torch.zeros_like(start))
    for n in range(N_GENERATIONS):
        lr = LR * (1 - 0.8 * n / N_GENERATIONS)
        search = es_step(score, search, generator, n_pairs=n_pairs, lr=lr)
    return search.gait


def on_own_body(gaits: Tensor, on: Body, generator: Generator) -> Tensor:
    """The metres of each population on its body, nudged anew: (B, P, 16), (B,) → (B, P)."""
    return simulate(gaits, nudged(on, generator, gaits.shape[1]))


def on_many_bodies(gaits: Tensor, generator: Generator) -> Tensor:
    """The mean metres of each gait on 24 new bodies: (1, P, 16) → (1, P)."""
    on = sample_bodies(N_SPECIALISTS, generator)
    return simulate(gaits, Body(*(part.unsqueeze(1) for part in on))).mean(0, keepdim=True)


def make(seed: int) -> Params:
    """Evolve 26 gaits and let them walk: two to three minutes."""
    generator = torch.Generator().manual_seed(100 + seed)
    whole = Body(*(part.unsqueeze(0) for part in new_body()))
    own = partial(on_own_body, generator=generator)
    intact = evolve(partial(own, on=whole), torch.zeros(1, 16), generator, n_pairs=48)
    joint = evolve(partial(on_many_bodies, generator=generator), intact, generator, n_pairs=24)
    on = sample_bodies(N_SPECIALISTS, generator)
    special = evolve(partial(own, on=on), torch.zeros(N_SPECIALISTS, 16), generator)
    gaits = torch.cat([intact, joint, special])
    tables = {split: walk_table(gaits, bodies(split), generator).half() for split in SPLITS}
    return {"gaits": gaits} | tables


def best_of_each(kept: Params) -> float:
    """The metres of the best gait for each validation body, in the mean."""
    return kept["validation"].double().mean(-1).amax(1).mean().item()


RECIPES = {f"walker_{seed}": Made(partial(make, seed), best_of_each) for seed in (1, 2)}
