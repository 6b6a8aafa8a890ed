"""RL² that is trained on bandits of ten pulls, by what is known to whoever draws the bandits; a
network that is given the counts; policies of one line to compare with (notebook 09a)."""

import math
from collections.abc import Callable
from itertools import count

import torch
from torch import Generator, Tensor

from metacourse import bandits, rl2
from metacourse.bandits import success, success_of_opposites
from metacourse.lstm import init_lstm
from metacourse.nets import Params, init_mlp, mlp
from metacourse.rl2 import Play
from metacourse.training import Training, learn

N_PULLS, N_TASKS = 10, 256  # of a bandit; of a step
N_STEPS, LR = 500, 0.03
BONUS, FADED = 0.05, 0.7  # of a nat of entropy, at first; 0 after this share of the steps


# ---- families ------------------------------------------------------------------------------------


def success_of_safe_or_risky(belief: Tensor) -> Tensor:
    """The chance that each arm pays if arm 0 pays with 0.5, and arm 1 with 0.9, which is so in 3 of
    10 bandits, or else with 0.1. Shapes: (…, 2, 2) → (…, 2)."""
    paid, failed = belief[..., 1, :].unbind(-1)
    good = (math.log(0.3 / 0.7) + (paid - failed) * math.log(0.9 / 0.1)).sigmoid()
    return torch.stack([torch.full_like(good, 0.5), 0.1 + 0.8 * good], dim=-1)


def thompson_of_opposites(belief: Tensor) -> Tensor:
    """`bandits.thompson` of who knows that the arms are p and 1 − p: P(p > ½).
    It is P(Bin(n + 1, ½) ≤ k), if k of n pulls speak for p. Shapes: (…, 2, 2) → (…)."""
    from scipy.stats import binom

    told = belief[..., 0, 0] + belief[..., 1, 1]
    return torch.as_tensor(binom.cdf(told, belief.sum((-2, -1)) + 1, 0.5))


FAMILIES = {
    "independent": success,
    "opposites": success_of_opposites,
    "safe or risky": success_of_safe_or_risky,
}


def sample_chances(family: str, n_tasks: int, generator: Generator) -> Tensor:
    """Draw bandits of one of the `FAMILIES`: (B, 2)."""
    chances = torch.rand(n_tasks, 2, generator=generator)
    if family == "opposites":
        chances[:, 1] = 1 - chances[:, 0]
    if family == "safe or risky":
        chances = torch.stack([0 * chances[:, 0] + 0.5, 0.1 + 0.8 * (chances[:, 1] < 0.3)], dim=1)
    return chances


# ---- by one line ---------------------------------------------------------------------------------


def win_stay(pull: Tensor, state: tuple) -> tuple[Tensor, tuple]:
    """Stay with an arm that has just paid, else take the other (Robbins 1952)."""
    was_0, was_1, reward = pull.unbind(-1)
    first = (was_0 + was_1 == 0) / 2  # a toss-up before anything is known
    return first + was_0 * reward + was_1 * (1 - reward), state


def first_decides(pull: Tensor, state: tuple) -> tuple[Tensor, tuple]:
    """Keep for good what `win_stay` does after the first pull."""
    (kept,) = state or (torch.full_like(pull[:, 0], torch.nan),)
    first, _ = win_stay(pull, ())
    again = torch.where(kept.isnan() | (kept == 0.5), first, kept)
    return again, (again,)


# ---- training ------------------------------------------------------------------------------------


def as_they_come(play: Play, chances: Tensor) -> tuple[Tensor, Tensor]:
    """The rewards, and nothing expected."""
    return play.rewards, torch.zeros_like(play.rewards)


def batch_mean(play: Play, chances: Tensor) -> tuple[Tensor, Tensor]:
    """The rewards, and what came on average over the batch."""
    return play.rewards, play.rewards.flip(1).cumsum(1).flip(1).mean(0)


def known_bandit(play: Play, chances: Tensor) -> tuple[Tensor, Tensor]:
    """The rewards, and what this very bandit gives to who pulls at random."""
    left = torch.arange(play.rewards.shape[1], 0, -1)
    return play.rewards, chances.mean(1, keepdim=True) * left


def known_chances(play: Play, chances: Tensor) -> tuple[Tensor, Tensor]:
    """The chance with which each pull pays in the place of its reward, and the same expectation."""
    return chances.gather(1, play.arms), known_bandit(play, chances)[1]


SIGNALS = {
    "rewards": as_they_come,
    "minus the batch's mean": batch_mean,
    "minus the bandit's mean": known_bandit,
    "chances minus their mean": known_chances,
}
Player = Callable[[Params, Tensor, int, Generator], Play]


def new_memory(seed: int = 0) -> Params:
    """A cell of 32 units that reads (was arm 0, was arm 1, reward): 4,769 weights."""
    return init_lstm(3, 32, 1, torch.Generator().manual_seed(seed))


def trained(
    family: str = "independent",
    seed: int = 0,
    *,
    signal: str = "chances minus their mean",
    bonus: float = BONUS,
    start: Callable[[int], Params] = new_memory,
    player: Player = rl2.rl2_play,
    **options,
) -> Training:
    """Train a memory, or another player, on 256 new bandits at each step; a few seconds.

    What is minimised is `policy_gradient_loss` minus a bonus for entropy that fades; what is shown
    is how many of ten pulls do not pay on average. options are those of `training.learn`.
    """
    options = {"lr": LR, "n_steps": N_STEPS, "seed": seed + 100} | options
    steps = count()

    def loss(params: Params, generator: Generator) -> Tensor:
        chances = sample_chances(family, N_TASKS, generator)
        play = player(params, chances, N_PULLS, generator)
        left = max(0.0, 1 - next(steps) / (FADED * options["n_steps"]))
        loss = rl2.policy_gradient_loss(play.log_probs, *SIGNALS[signal](play, chances))
        loss = loss - bonus * left * play.entropies.sum(1).mean()
        missed = N_PULLS - chances.gather(1, play.arms).sum(1).mean()
        return loss + (missed - loss).detach()  # its gradient, and what it is shown as

    return learn(loss, start(seed), **options)


def trained_exactly(n_pulls: int, seed: int = 0, *, bonus: float, **options) -> Params:
    """Train a memory along the exact gradient of its return, without a single draw."""
    options = {"lr": LR, "n_steps": N_STEPS} | options
    steps = count()

    def loss(params: Params, _: Generator) -> Tensor:
        earned = entropy = 0.0
        for likely, pi, p in rl2.histories(*rl2.rl2_policy(params), n_pulls):
            earned = earned + likely @ (pi * p).sum(-1)
            entropy = entropy + likely @ torch.special.entr(pi.clamp(min=1e-12)).sum(-1)
        left = max(0.0, 1 - next(steps) / (FADED * options["n_steps"]))
        loss = -earned - bonus * left * entropy
        return loss + (n_pulls - earned - loss).detach()

    return learn(loss, new_memory(seed), **options).params


@torch.no_grad()
def exact_return(params: Params, family: str = "independent", n_pulls: int = N_PULLS) -> float:
    """What a memory earns on average in a family, over all histories; about two seconds."""
    chances = FAMILIES[family]
    return rl2.history_return(*rl2.rl2_policy(params), n_pulls, chances).item()


# ---- a network that is given the counts ----------------------------------------------------------


def counting_logits(params: Params, belief: Tensor) -> Tensor:
    """The logit of arm 0 that an MLP gives to counts: their means, their pulls and the pulls that
    are left, all brought to about 1. (…, 2, 2) → (…)."""
    pulls = belief.sum(-1)
    left = N_PULLS - pulls.sum(-1, keepdim=True)
    read = torch.cat([success(belief), pulls / N_PULLS, left / N_PULLS], dim=-1)
    return mlp(params, read.to(params["layer0.bias"])).squeeze(-1)


def new_counter(seed: int = 0) -> Params:
    """Two hidden layers of 32 units."""
    return init_mlp([5, 32, 32, 1], torch.Generator().manual_seed(seed))


def counting_play(params: Params, chances: Tensor, n_pulls: int, generator: Generator) -> Play:
    """`rl2.rl2_play` of a network that is given the counts."""
    belief, pulls = chances.new_zeros(len(chances), 2, 2), []
    for _ in range(n_pulls):
        pulls.append(rl2.pull_once(counting_logits(params, belief), chances, generator))
        belief = bandits.belief_update(belief, pulls[-1].arms, pulls[-1].rewards)
    return rl2.joined(pulls)


@torch.no_grad()
def counting_return(params: Params, family: str = "independent") -> float:
    """What it earns on average, exactly."""
    policy = counting_logits(params, bandits.beliefs(N_PULLS)).sigmoid().double()
    return bandits.belief_return(policy, N_PULLS, FAMILIES[family]).item()
