"""Facts by which a random search is known, however it draws."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from metacourse.checks.chance import from_one_state, in_order


def uneven_loss(rates: Tensor) -> Tensor:
    """A loss with its minimum at 0.03; above 0.5, half of the rates run away."""
    losses = (torch.as_tensor(rates) / 0.03).log().abs()
    return torch.where((rates > 0.5) & (rates * 1e4 % 2 > 1), torch.nan, losses)


def facts_about_search(search: Callable, case: dict) -> dict:
    """Facts by which a search is known, however it draws."""

    def draw() -> tuple[Tensor, Tensor]:
        return tried(search, case)

    drawn = from_one_state(case["generator"], lambda: [draw(), draw()], draw)
    ((rates, best), (others, _)), again, kept = drawn
    facts = (
        *facts_about_draws(rates, case),
        ("the same generator state tries the same rates", lambda: same(rates, again[0])),
        ("the state of the global generator is left alone", lambda: kept),
        ("another state tries other rates", lambda: not same(rates, others)),
        ("its loss is the least", lambda: what_is(best, rates) == "the best rate"),
    )
    return in_order(facts) | {"what is returned": what_is(best, rates)}


def tried(search: Callable, case: dict) -> tuple[Tensor, Tensor]:
    """The rates that a search tries, in their order, and what it returns."""
    asked: list[Tensor] = []

    def loss_fn(rates: Tensor) -> Tensor:
        asked.append(torch.as_tensor(rates).detach().double().reshape(-1))
        return case["loss_fn"](torch.as_tensor(rates))

    best = search(**case | {"loss_fn": loss_fn})
    return torch.cat(asked or [torch.zeros(0)]), torch.as_tensor(best).detach().double()


def same(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.allclose(one, other)


def facts_about_draws(rates: Tensor, case: dict) -> tuple:
    low, high, n = case["low"], case["high"], case["n_trials"]
    way = (rates / low).log() / math.log(high / low)  # 0 at low, 1 at high

    def share(of: Tensor) -> float:
        return of.double().mean().item()

    return (
        ("no more than n_trials rates are tried", lambda: len(rates) <= n),
        ("more than ten are tried", lambda: len(rates) > 10),
        ("n_trials are tried", lambda: len(rates) == n),
        ("none is far below low", lambda: (rates > 1e-4 * low).all()),
        ("nearly none is below low", lambda: share(rates < 0.99 * low) < 0.2),
        ("no rate is below low", lambda: (rates >= 0.99 * low).all()),
        ("no rate is above high", lambda: (rates <= 1.01 * high).all()),
        ("they reach down to low", lambda: (way < 0.05).any()),
        ("they reach up to three times low", lambda: (rates > 3 * low).any()),
        ("they reach up to high", lambda: (way > 0.95).any()),
        ("half of them are below √(low · high)", lambda: abs(share(way < 0.5) - 0.5) < 0.15),
        ("each order of magnitude gets a third", lambda: abs(share(way < 1 / 3) - 1 / 3) < 0.13),
        ("they lie at irregular distances", lambda: way.sort().values.diff().std() > 0.3 / n),
    )


def what_is(best: Tensor, rates: Tensor) -> str:
    """What a search that has tried these rates returns."""
    losses = uneven_loss(rates)
    known = losses.nan_to_num(nan=torch.inf)
    lost = losses.nan_to_num(nan=-torch.inf)
    names = {
        "the best rate": rates[known.argmin()],
        "a rate that ran away": rates[losses.argmin()],
        "the worst rate": rates[lost.argmax()],
        "the smallest rate": rates.min(),
        "the mean rate": rates.mean(),
        "a rate whose place was counted among others": rates[losses[~losses.isnan()].argmin()],
        "the least loss": known.min(),
        "the number of a trial": known.argmin(),
        "the best rate and its loss": torch.stack([rates[known.argmin()], known.min()]),
        "all rates": rates,
    }
    found = (name for name, value in names.items() if same(value.double(), best))
    return next(found, "something else")
