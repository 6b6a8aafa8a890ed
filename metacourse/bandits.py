"""Two-armed bandits: the reward is the only label, and what is not tried stays unknown (09).

A task is two arms that pay 1 or 0, each with a chance of its own. A belief about them is counts
(…, 2 arms, 2): how often an arm has paid and how often it has not. A policy on beliefs is the
chance of pulling arm 0, one number for each of `beliefs(n_pulls)`, in their order.

`chances`, where it is an argument, is the world that a policy plays in: from counts to the chance
that each arm pays, `success` where the arms are independent. Shapes that do not fit, and fewer
pulls than one, raise ValueError.
"""

import math
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

Chances = Callable[[Tensor], Tensor]

# ---- beliefs -------------------------------------------------------------------------------------


def belief_update(belief: Tensor, arm: Tensor, reward: Tensor) -> Tensor:
    """Return the counts after one more pull: Beta(1 + paid, 1 + not) of the pulled arm, Bayes' rule
    for a uniform prior.

    Shapes: belief (…, 2, 2), arm (…) of 0 or 1, reward (…) of 0 or 1 → (…, 2, 2).
    """
    _check_belief(belief)
    pulled = arm.unsqueeze(-1) == torch.arange(2, device=arm.device)  # (…, 2)
    outcome = torch.stack([reward, 1 - reward], dim=-1).to(belief)  # (…, 2)
    return belief + pulled.unsqueeze(-1) * outcome.unsqueeze(-2)


def success(belief: Tensor) -> Tensor:
    """Return the chance that each arm pays, of independent arms with uniform priors:
    (1 + paid) / (2 + pulls)  (Laplace 1774).

    Shapes: (…, 2, 2) → (…, 2).
    """
    _check_belief(belief)
    return (1 + belief[..., 0]) / (2 + belief.sum(-1))


def success_of_opposites(belief: Tensor) -> Tensor:
    """Return the chance that each arm pays if they are p and 1 − p, p from a uniform prior: an arm
    that fails speaks for p as much as the other that pays.

    Shapes: (…, 2, 2) → (…, 2).
    """
    _check_belief(belief)
    told = belief + belief.flip(-2).flip(-1)
    return (1 + told[..., 0]) / (2 + told.sum(-1))


@cache
def beliefs_after(n_told: int) -> Tensor:
    """Return all counts of so many pulls, in the order of a dictionary: ((n + 1)(n + 2)(n + 3)/6,
    2, 2). Three bars among n stars part them into four counts.
    """
    if n_told < 0:
        raise ValueError(f"n_told must be 0 or more, got {n_told}")
    bars = torch.combinations(torch.arange(n_told + 3), 3)
    edges = F.pad(bars, (1, 0), value=-1)
    edges = F.pad(edges, (0, 1), value=n_told + 3)
    return (edges.diff(dim=-1) - 1).view(-1, 2, 2).double()


@cache
def following(n_told: int) -> Tensor:
    """Return where each of `beliefs_after(n_told)` leads: its place among those of one pull more
    when an arm has paid, and when it has not: (M, 2 arms, 2) int64, paid first."""
    steps = torch.eye(4, dtype=torch.float64).view(2, 2, 2, 2)  # (arm, paid or not, counts)
    size = float(n_told + 2) ** torch.arange(3, -1, -1).double().view(2, 2)  # as digits, in order

    def key(counts: Tensor) -> Tensor:
        return (counts * size).sum((-2, -1))

    after = beliefs_after(n_told)[:, None, None] + steps
    return torch.searchsorted(key(beliefs_after(n_told + 1)), key(after))


@cache
def beliefs(n_pulls: int) -> Tensor:
    """Return all beliefs that a pull can be made from: after 0, 1, …, n_pulls − 1 pulls, (N, 2, 2).

    N = n (n + 1)(n + 2)(n + 3) / 24: 715 for ten pulls.
    """
    return torch.cat([beliefs_after(t) for t in range(n_pulls)])


# ---- what a policy is worth ----------------------------------------------------------------------


def arm_values(p: Tensor, after: Tensor) -> Tensor:
    """Return what each arm is worth: its reward now, and what is earned after each outcome.

    Q_a = p_a (1 + V(a has paid)) + (1 − p_a) V(a has not)  (Bellman 1956).
    Shapes: p (…, 2), after (…, 2 arms, 2), paid first → (…, 2).
    """
    return p * (1 + after[..., 0]) + (1 - p) * after[..., 1]


def bandit_optimum(n_pulls: int, chances: Chances = success) -> tuple[Tensor, Tensor]:
    """Return what the best policy earns in n pulls, and what each arm is worth at every belief.

    V(b) = max_a Q(b, a), Q as in `arm_values`, and V = 0 when no pull is left: backwards from the
    last pull (Bellman 1956; Duff 2002). The arm to pull is that of the larger Q: `larger`.
    Returns the value () and Q (N, 2) at `beliefs(n_pulls)`.
    """
    levels = [torch.zeros(_sizes(n_pulls)[-1], 2, dtype=torch.float64)]
    for t in reversed(range(n_pulls)):
        after = levels[-1].amax(-1)[following(t)]  # (M, 2 arms, 2)
        levels.append(arm_values(chances(beliefs_after(t)), after))
    return levels[-1].amax(), torch.cat(levels[:0:-1])


def visits(policy: Tensor, n_pulls: int, chances: Chances = success) -> Tensor:
    """Return how likely a policy is to come to each belief, forwards from the first pull.

    P(b after a paid) = Σ P(b) π(a | b) p_a(b), and so on: of each pull they add up to 1.
    Shapes: policy (N,), the chance of arm 0 at each of `beliefs(n_pulls)` → (N,).
    """
    parts, reached = policy.split(_policy_sizes(policy, n_pulls)), [policy.new_ones(1)]
    for t, first in enumerate(parts[:-1]):
        p = chances(beliefs_after(t).to(policy))
        moves = _of_arms(first).unsqueeze(-1) * torch.stack([p, 1 - p], dim=-1)  # (M, 2, 2)
        flow = reached[-1].view(-1, 1, 1) * moves
        places = following(t).to(policy.device).flatten()
        reached.append(policy.new_zeros(len(parts[t + 1])).index_add(0, places, flow.flatten()))
    return torch.cat(reached)


def belief_return(policy: Tensor, n_pulls: int, chances: Chances = success) -> Tensor:
    """Return what a policy on beliefs earns in n pulls on average, exactly; its gradient is the
    policy gradient without noise.

    V(b) = Σ_a π(a | b) Q(b, a), backwards as in `bandit_optimum`.
    Shapes: policy (N,), the chance of arm 0 at each of `beliefs(n_pulls)` → ().
    """
    value = policy.new_zeros(_sizes(n_pulls)[-1])
    for t, first in reversed([*enumerate(policy.split(_policy_sizes(policy, n_pulls)))]):
        after = value[following(t).to(policy.device)]  # (M, 2 arms, 2)
        q = arm_values(chances(beliefs_after(t).to(policy)), after)
        value = (_of_arms(first) * q).sum(-1)
    return value.squeeze(0)


def by_pull(amounts: Tensor, n_pulls: int) -> Tensor:
    """Return the sums over the beliefs of each pull: (N,) → (n,)."""
    return torch.stack([part.sum() for part in amounts.split(_policy_sizes(amounts, n_pulls))])


def _of_arms(first: Tensor) -> Tensor:
    return torch.stack([first, 1 - first], dim=-1)


# ---- policies that somebody wrote down -----------------------------------------------------------


def larger(of_arms: Tensor) -> Tensor:
    """Return the chance of arm 0 of who takes the arm that has more: 1, 0, or ½ for equal ones,
    equal but for rounding. Shapes: (…, 2) → (…)."""
    first, second = of_arms.unbind(-1)
    tie = torch.isclose(first, second, rtol=1e-12, atol=0)
    return torch.where(tie, 0.5, (first > second).to(of_arms))


def greedy(belief: Tensor) -> Tensor:
    """Return the chance of arm 0 of who pulls the arm that pays more by what is known; equal arms
    are equally likely. Shapes: (…, 2, 2) → (…)."""
    return larger(success(belief))


def ucb(belief: Tensor, c: float) -> Tensor:
    """Return the chance of arm 0 by the larger upper confidence bound: 0, 1, or ½ for equal ones.

    mean_a + c √(ln t / n_a), t pulls so far, n_a of them of arm a, which comes first while it has
    none; UCB1 has c = √2 (Auer, Cesa-Bianchi & Fischer 2002). Shapes: (…, 2, 2) → (…).
    """
    _check_belief(belief)
    pulls = belief.sum(-1)
    tried = pulls.clamp(min=1)
    total = pulls.sum(-1, keepdim=True).clamp(min=1)
    bound = belief[..., 0] / tried + c * (total.log() / tried).sqrt()
    return larger(torch.where(pulls > 0, bound, math.inf))


def thompson(belief: Tensor) -> Tensor:
    """Return the chance of arm 0 of who draws both arms from the belief and pulls the better one.

    P(p₀ > p₁) = Σ_{k=0}^{paid₀} C(paid₁ + paid₀ − k, paid₁) C(not₁ + not₀ + 1 + k, not₁) /
    C(n₁ + n₀ + 2, n₁ + 1), independent arms with uniform priors (Thompson 1933).
    Shapes: (…, 2, 2), whole numbers → (…).
    """
    _check_belief(belief)
    (paid, failed), (paid_1, failed_1) = (arm.unbind(-1) for arm in belief.unsqueeze(-3).unbind(-2))
    k = torch.arange(int(belief[..., 0, 0].max()) + 1).to(belief)  # (K,)
    kept = (paid - k).clamp(min=0)
    terms = _log_choose(paid_1 + kept, paid_1) + _log_choose(failed_1 + failed + 1 + k, failed_1)
    terms = terms - _log_choose(belief.sum((-2, -1)).unsqueeze(-1) + 2, paid_1 + failed_1 + 1)
    return torch.where(k <= paid, terms.exp(), 0.0).sum(-1)


def _log_choose(n: Tensor, k: Tensor) -> Tensor:
    return torch.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)


# ---- what cannot be right ------------------------------------------------------------------------


def _sizes(n_pulls: int) -> list[int]:
    """How many beliefs there are after 0, 1, …, n pulls."""
    if n_pulls < 1:
        raise ValueError(f"n_pulls must be 1 or more, got {n_pulls}")
    return [math.comb(t + 3, 3) for t in range(n_pulls + 1)]


def _policy_sizes(policy: Tensor, n_pulls: int) -> list[int]:
    sizes = _sizes(n_pulls)[:-1]
    if policy.shape != (sum(sizes),):
        raise ValueError(
            f"policy must be ({sum(sizes)},) for {n_pulls} pulls, got {tuple(policy.shape)}"
        )
    return sizes


def _check_belief(belief: Tensor) -> None:
    if belief.shape[-2:] != (2, 2):
        raise ValueError(f"belief must be (…, 2 arms, 2), got {tuple(belief.shape)}")
