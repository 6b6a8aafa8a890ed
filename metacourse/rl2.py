"""RL²: a memory that reads its rewards, and learns to explore because that pays (chapter 09).

The cell is that of chapter 05, and the label that it reads is the reward of its last pull (Duan et
al. 2016; Wang et al. 2016). Its weights are learned across bandits by policy gradient; inside one
only its state changes. `history_return` judges it, or whoever remembers more than counts, exactly.

Every function is written for one bandit; leading axes (B, …) make a batch. T pulls.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse.bandits import Chances, belief_update, success
from metacourse.lstm import State, cell, head, start_state
from metacourse.nets import Params

Policy = Callable[[Tensor, State], tuple[Tensor, State]]  # pull (M, 3) → chance of arm 0 (M,)


class Play(NamedTuple):
    """What was done in T pulls: each (…, T)."""

    arms: Tensor  # that were pulled
    rewards: Tensor
    log_probs: Tensor  # log π(a_t | what was read before)
    entropies: Tensor  # −Σ_a π(a) log π(a), in nats: log 2 at a toss-up, 0 where it is sure


def read_pull(params: Params, pull: Tensor, state: State) -> tuple[Tensor, State]:
    """Return what a memory makes of the last pull: the logit of arm 0, and the state to go on with.

    params: of `lstm.init_lstm(3, H, 1, …)`; pull: as in `as_input`, zeros before the first.
    Shapes: pull (…, 3), h and c (…, H) → (…), state.
    """
    h, state = cell(params, pull, state)
    return head(params, h).squeeze(-1), state


def as_input(arm: Tensor, reward: Tensor) -> Tensor:
    """Return a pull as it is read, (was arm 0, was arm 1, reward): (…), (…) → (…, 3)."""
    return torch.stack([(arm == 0).to(reward), (arm == 1).to(reward), reward], dim=-1)


def rl2_play(params: Params, chances: Tensor, n_pulls: int, generator: Generator) -> Play:
    """Let a memory play T pulls of a bandit, and return what it did.

    Shapes: chances (…, 2), that each arm pays, on the generator's device → four times (…, T).
    """
    axes = chances.shape[:-1]
    state, read, pulls = start_state(params, *axes), chances.new_zeros(*axes, 3), []
    for _ in range(n_pulls):
        logit, state = read_pull(params, read, state)
        pulls.append(pull_once(logit, chances, generator))
        read = as_input(pulls[-1].arms, pulls[-1].rewards)
    return joined(pulls)


def pull_once(logit: Tensor, chances: Tensor, generator: Generator) -> Play:
    """Draw an arm, arm 0 with chance σ(logit), and its reward: (…), (…, 2) → four times (…)."""
    luck = torch.rand(2, *logit.shape, generator=generator, device=logit.device)
    arm = (luck[0] >= logit.sigmoid()).long()
    reward = (luck[1] < chances.gather(-1, arm.unsqueeze(-1)).squeeze(-1)).to(chances)
    log_pi = F.logsigmoid(torch.stack([logit, -logit], dim=-1))  # (…, 2)
    log_prob = log_pi.gather(-1, arm.unsqueeze(-1)).squeeze(-1)
    return Play(arm, reward, log_prob, -(log_pi.exp() * log_pi).sum(-1))


def joined(pulls: list[Play]) -> Play:
    """Return T pulls as one play: four times (…) → four times (…, T)."""
    return Play(*(torch.stack(part, dim=-1) for part in zip(*pulls, strict=True)))


def policy_gradient_loss(log_probs: Tensor, rewards: Tensor, values: Tensor) -> Tensor:
    """Return a loss whose gradient is minus that of the expected return, estimated from plays.

    −mean Σ_t log π(a_t) (R_t − v_t),  R_t = r_t + … + r_T: a pull is judged by what came after it,
    and by how much more that was than v_t, which was expected before the pull. R_t − v_t is a
    number, through which nothing flows back (REINFORCE with a baseline: Williams 1992).
    Shapes: log_probs and rewards (…, T), values (…, T) or (T,) → ().
    """
    to_go = rewards.flip(-1).cumsum(-1).flip(-1)
    return -(log_probs * (to_go - values).detach()).sum(-1).mean()


def histories(
    policy: Policy, state: State, n_pulls: int, chances: Chances = success
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Walk over all 4ᵗ histories that there are before pull t, for t = 0 … T − 1; yield how likely
    each of them is (4ᵗ,), the policy's chances of both arms (4ᵗ, 2), and those that they pay.

    state: what the policy begins with, tensors with a first axis for one history, (1, …).
    Everything is float64. Raises ValueError without a pull.
    """
    if n_pulls < 1:
        raise ValueError(f"n_pulls must be 1 or more, got {n_pulls}")
    arm, paid = torch.tensor([0, 0, 1, 1]), torch.tensor([1.0, 0.0, 1.0, 0.0]).double()
    belief, likely, pull = (
        torch.zeros(1, 2, 2).double(),
        torch.ones(1).double(),
        paid.new_zeros(1, 3),
    )
    for t in range(n_pulls):
        first, state = policy(pull, state)
        pi, p = torch.stack([first, 1 - first], dim=-1).double(), chances(belief)  # (4ᵗ, 2)
        yield likely, pi, p
        if t + 1 < n_pulls:  # each history goes on in four ways
            outcomes = torch.stack([p, 1 - p], dim=-1)  # (4ᵗ, 2 arms, 2)
            likely = (likely.view(-1, 1, 1) * pi.unsqueeze(-1) * outcomes).flatten()
            pull = as_input(arm, paid).repeat(len(p), 1)
            belief = belief_update(belief.unsqueeze(1), arm, paid).flatten(0, 1)
            state = tuple(part.repeat_interleave(4, dim=0) for part in state)


def history_return(
    policy: Policy, state: State, n_pulls: int, chances: Chances = success
) -> Tensor:
    """Return what a policy on histories earns in T pulls on average, exactly. Differentiable.

    Σ_t Σ_history P(history) Σ_a π(a | history) p_a(history), over `histories`. Returns ().
    """
    walk = histories(policy, state, n_pulls, chances)
    return sum(likely @ (pi * p).sum(-1) for likely, pi, p in walk)


def rl2_policy(params: Params) -> tuple[Policy, State]:
    """Return a memory as a policy for `history_return`, and the state that it begins with."""

    def policy(pull: Tensor, state: State) -> tuple[Tensor, State]:
        logit, state = read_pull(params, pull.to(params["head.bias"]), state)
        return logit.sigmoid(), state

    return policy, start_state(params, 1)
