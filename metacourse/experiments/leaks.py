"""Two ways to measure too little error on new people: rows cut at random instead of people, and
films' means in which the answers are counted (notebook 10a)."""

import torch
from torch import Tensor

from metacourse import personal
from metacourse.experiments import rating_learners
from metacourse.experiments.cold_start import Table

STRENGTH = 1.0  # of films' means: as good as none, as one finds it in programs
GROUPS = {"1 or 2": (1, 2), "3 to 5": (3, 5), "6 to 20": (6, 20), "more than 20": (21, 10**9)}


def with_and_without(table: Table, new: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
    """Squared errors of films' means on the ratings of new people, with these ratings counted in
    the means and without, by how many others have rated a film.

    new: a mask of people (P,). Each entry: two tensors, a number for each new person who has rated
    such films, the mean over them.
    """
    others = table.seen[~new].sum(0)
    honest, told = (
        personal.film_means(table.values[who], table.seen[who], strength=STRENGTH)
        for who in (~new, torch.ones_like(new))
    )
    values, seen = table.values[new], table.seen[new]
    found = {}
    for name, (least, most) in GROUPS.items():
        here = seen * ((others >= least) & (others <= most))
        someone = here.sum(1) > 0
        errors = ((((values - means).square() * here).sum(1)) for means in (told, honest))
        found[name] = tuple((error / here.sum(1))[someone] for error in errors)
    return found


def by_row(table: Table, hidden: Tensor, *, own: bool) -> Tensor:
    """Squared errors on hidden ratings where everybody else's and the person's own others are told:
    films' means and how far above them a person rates, shrunk if not `own`.

    hidden: a mask (P, F). One number a person: the mean over their hidden ratings.
    """
    seen = table.seen * ~hidden
    means = personal.film_means(table.values, seen, strength=5.0)
    make = rating_learners.own_mean if own else rating_learners.shrunk
    answers = make(table._replace(seen=seen), means, None)(table.values, seen)
    judged = table.seen * hidden
    errors = ((table.values - answers).square() * judged).sum(1)
    return (errors / judged.sum(1))[judged.sum(1) > 0]


def random_rows(table: Table, share: float, seed: int) -> Tensor:
    """A mask of ratings, each hidden with the same chance: (P, F)."""
    luck = torch.rand(table.seen.shape, generator=torch.Generator().manual_seed(seed))
    return (luck < share) & (table.seen > 0)
