"""MAML on somebody's taste: a small network that reads a film's mean and genres, and after some
ratings of a person takes five steps (Lee et al. 2019, MeLU, without what it knows of people)."""

from functools import partial

import torch
from torch import Generator, Tensor
from torch.func import vmap

from metacourse import maml, nets
from metacourse.episodes import Episode
from metacourse.experiments.cold_start import Learner, Table

N_STEPS, N_OUTER, BATCH, MOST = 5, 900, 16, 10
RATES = 0.001, 0.003, 0.01, 0.03


def trained(
    table: Table, means: Tensor, choice: tuple[str, float], *, n_outer: int = N_OUTER
) -> Learner:
    """Trained on one to ten ratings of a person, judged on ten others. The choice: whether the
    inner loss is the "mean" over what was told, or its "sum" over ten, and the inner rate."""
    kind, rate = choice
    features, error = as_features(table, means).float(), partial(squared_error, kind)
    generator = torch.Generator().manual_seed(0)
    params = nets.init_mlp([features.shape[1], 24, 1], generator)
    for tensor in params.values():
        tensor.requires_grad_()
    optimizer = torch.optim.Adam(params.values(), lr=0.003)
    steps = {"lr_inner": rate, "n_steps": N_STEPS}
    for _ in range(n_outer):
        episodes = sample(features, table, means, generator)
        maml.maml_step(error, params, optimizer, episodes, **steps)
    params = {name: tensor.detach() for name, tensor in params.items()}
    return partial(_adapted, params, error, features, means, steps)


def as_features(table: Table, means: Tensor) -> Tensor:
    """What the network reads of a film: its mean and its genres, centred."""
    return torch.cat([(means - means.mean())[:, None], table.genres - table.genres.mean(0)], 1)


def sample(features: Tensor, table: Table, means: Tensor, generator: Generator) -> Episode:
    """People, and ratings of theirs. A label is (stars less the film's mean, 1 if it is told)."""
    people = torch.randint(len(table.seen), (BATCH,), generator=generator)
    seen = table.seen[people]
    films = (torch.rand(seen.shape, generator=generator) + seen).topk(2 * MOST).indices
    away = (table.values[people] - means).gather(1, films)
    there = seen.gather(1, films)
    n_told = torch.randint(1, MOST + 1, (BATCH, 1), generator=generator)
    there[:, :MOST] *= torch.arange(MOST) < n_told
    x, y = features[films], torch.stack([away, there], -1).float()
    return Episode(x[:, :MOST], y[:, :MOST], x[:, MOST:], y[:, MOST:])


def squared_error(kind: str, params: nets.Params, x: Tensor, y: Tensor) -> Tensor:
    """The squared errors of what is told, y[…, 1]: their mean, or their sum over ten."""
    errors = (nets.mlp(params, x)[..., 0] - y[..., 0]).square() * y[..., 1]
    return errors.sum() / (MOST if kind == "sum" else y[..., 1].sum().clamp(min=1))


@torch.no_grad()
def _adapted(params, error, features, means, steps, values: Tensor, seen: Tensor) -> Tensor:
    def answer(row: Tensor, where: Tensor) -> Tensor:
        y = torch.stack([row - means, where], -1).float()
        after = maml.inner_adapt(error, params, features, y, **steps)
        return means + nets.mlp(after, features)[:, 0]

    return vmap(answer)(values, seen)
