"""Notebook 09a: what policies earn, exactly, by the number of pulls; RL² with four ways to judge a
pull, with a bonus for entropy and without, three trainings each; in its family and in the other;
along the exact gradient; beside a network that is given the counts; and with what goes wrong."""

import math
from collections.abc import Iterator
from itertools import product

import torch

from benchmarks.seeds import with_interval
from metacourse import bandits, rl2
from metacourse.experiments import bandits as ours
from metacourse.experiments import wrong_bandits
from metacourse.nets import Params
from metacourse.seeds import Run

SEEDS = range(3)
PULLS = 2, 5, 10, 20, 30, 50
CONSTANTS = torch.arange(0.05, 1.55, 0.05).tolist()
LONG, MORE = 2000, 0.3  # steps; bonus
EARNED = "rewards of ten pulls"


def runs() -> Iterator[Run]:
    for family, n_pulls in product(ours.FAMILIES, PULLS):
        yield from by_rule(family, n_pulls)
    yield from along_the_table()
    for signal, bonus, seed in product(ours.SIGNALS, (0.0, ours.BONUS), SEEDS):
        params = ours.trained(seed=seed, signal=signal, bonus=bonus).params
        name = f"{signal}, bonus {bonus:g}"
        yield Run(f"RL²: {EARNED}", name, seed, ours.exact_return(params))
    for family, seed in product(ours.FAMILIES, SEEDS):
        yield from in_both(family, seed, ours.N_STEPS)
    for seed in SEEDS:
        yield from in_both("independent", seed, LONG)
        yield from with_more_bonus(seed)
        yield from given_the_counts(seed)
        yield from without_a_draw(seed)
    for name, seed in product(wrong_bandits.WRONG, SEEDS):
        yield from gone_wrong(name, seed)


def by_rule(family: str, n_pulls: int) -> Iterator[Run]:
    """What each rule earns; of UCB the constant that is best for so many pulls in this family."""
    world, known = ours.FAMILIES[family], bandits.beliefs(n_pulls)
    bounds = {
        c: bandits.belief_return(bandits.ucb(known, c), n_pulls, world).item() for c in CONSTANTS
    }
    best = max(bounds, key=bounds.get)
    rules = {
        "random": torch.full_like(known[:, 0, 0], 0.5),
        "UCB1": bandits.ucb(known, math.sqrt(2)),
        "Thompson": bandits.thompson(known),
        "UCB, c chosen": bandits.ucb(known, best),
        "greedy": bandits.greedy(known),
        "optimum": bandits.larger(bandits.bandit_optimum(n_pulls, world)[1]),
    }
    what = f"{family}, rewards of {n_pulls} pulls"
    for name, policy in rules.items():
        yield Run(what, name, 0, bandits.belief_return(policy, n_pulls, world).item())
    yield Run(f"{family}, {n_pulls} pulls: c chosen", "UCB, c chosen", 0, best)
    by_history = {
        "win–stay, lose–shift": ours.win_stay,
        "the first pull decides": ours.first_decides,
    }
    if n_pulls <= 10:
        for name, policy in by_history.items():
            yield Run(what, name, 0, rl2.history_return(policy, (), n_pulls, world).item())


def along_the_table() -> Iterator[Run]:
    """Adam along the exact gradient, a logit for each of the 715 beliefs."""
    logits = torch.zeros(len(bandits.beliefs(ours.N_PULLS)), dtype=torch.float64).requires_grad_()
    adam = torch.optim.Adam([logits], lr=0.3)
    for step in range(301):
        earned = bandits.belief_return(logits.sigmoid(), ours.N_PULLS)
        if step % 100 == 0:
            yield Run(EARNED, f"a logit for each belief, {step} steps", 0, earned.item())
        adam.zero_grad()
        (-earned).backward()
        adam.step()


def in_both(family: str, seed: int, n_steps: int) -> Iterator[Run]:
    """RL² that is trained in a family, tested in both."""
    params = ours.trained(family, seed, n_steps=n_steps).params
    for other in ours.FAMILIES:
        name = f"trained on {family}, {n_steps} steps"
        yield Run(f"{other}: {EARNED}", name, seed, ours.exact_return(params, other))


def with_more_bonus(seed: int) -> Iterator[Run]:
    """Where the first try of the risky arm costs much on average."""
    params = ours.trained("safe or risky", seed, bonus=MORE).params
    earned = ours.exact_return(params, "safe or risky")
    yield Run(f"safe or risky: {EARNED}", f"trained on it, bonus {MORE:g}", seed, earned)


def given_the_counts(seed: int) -> Iterator[Run]:
    how = {"start": ours.new_counter, "player": ours.counting_play}
    for signal in ours.SIGNALS:
        params = ours.trained(seed=seed, signal=signal, **how).params
        yield Run(f"given the counts: {EARNED}", signal, seed, ours.counting_return(params))


def without_a_draw(seed: int) -> Iterator[Run]:
    """The exact gradient, six pulls."""
    for bonus in (0.0, ours.BONUS):
        params = ours.trained_exactly(6, seed, bonus=bonus)
        earned = ours.exact_return(params, n_pulls=6)
        yield Run("exact gradient: rewards of six pulls", f"bonus {bonus:g}", seed, earned)


def gone_wrong(name: str, seed: int) -> Iterator[Run]:
    training, earned = wrong_bandits.trained_wrong(name, seed)
    yield Run(f"wrong: {EARNED}", name, seed, earned)
    if name == "the same 20 bandits":
        yield from on_the_few(training.params, seed)


def on_the_few(params: Params, seed: int) -> Iterator[Run]:
    """What is earned on the twenty bandits of the training, over 40,000 plays."""
    generator = torch.Generator().manual_seed(1)
    chances = wrong_bandits.few("independent", 40_000, generator)
    with torch.no_grad():
        play = rl2.rl2_play(params, chances, ours.N_PULLS, generator)
    name = "the same 20 bandits, on these"
    yield from with_interval(f"wrong: {EARNED}, in training", name, play.rewards.sum(1), seed)
