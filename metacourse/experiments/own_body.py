"""Is a robot ready for bodies like one's own? The capstone of notebook 09c."""

import torch
from torch import Generator, Tensor

from metacourse.bayes import Prior
from metacourse.evaluation import Interval, confidence_interval
from metacourse.experiments.repertoire import Chosen, by_bound, judged
from metacourse.trained.walker import Repertoire, walk_table
from metacourse.walker import Body, nudged

N_ROBOTS, N_TRIALS = 24, 3


def like(body: Body, n: int, generator: Generator) -> Body:
    """Draw n robots like one, on other ground: its friction times e^0.2z, its slope + 0.02 z."""
    many = nudged(body, generator, n)
    rough, tilt = torch.randn(2, n, generator=generator)
    friction = many.friction * (0.2 * rough).exp()
    return many._replace(friction=friction, slope=many.slope + 0.02 * tilt)


def after_three(prior: Prior, walks: Tensor, kappa: float = 2.0) -> Tensor:
    """Metres after three trials by upper bounds, of walks (B, G, 4): two to see, two to judge."""
    chosen = Chosen(kappa, noise=1.0)
    choices = by_bound(walks, prior=prior, chosen=chosen, n_trials=N_TRIALS)
    return judged(choices, walks)[:, N_TRIALS]


def exam(
    known: Repertoire, body: Body, old: Prior, new: Prior, *, seed: int, split: str
) -> dict[str, Interval]:
    """By how much a new prior is ahead of an old one: on robots like a body, drawn by the seed, and
    on the family: "validation" to try, "test" for the end."""
    generator = torch.Generator().manual_seed(seed)
    on = like(body, N_ROBOTS, generator)
    own = walk_table(known.gaits, on, generator).double()
    return {
        name: confidence_interval(after_three(new, walks) - after_three(old, walks))
        for name, walks in {"yours": own, "family": known.walks[split]}.items()
    }
