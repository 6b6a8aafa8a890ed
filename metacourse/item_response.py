"""Tests that adapt: what answers say of one person, and which question to ask next (chapter 10).

A person has one number, an ability θ ~ N(0, 1); question j has a difficulty b_j and a slope a_j;
the chance of a yes (or of a right answer) is σ(a_j (θ − b_j)). With one slope for all questions it
is the model of Rasch (1960), with their own that of Birnbaum (1968). A person is a task; questions
are shared, and learned from other people. A belief about θ is a weight on each place of `grid`.
Shapes: P people, J questions, G = 81 places of the grid.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

N_PLACES, REACH = 81, 4.0


class Items(NamedTuple):
    """What is known of the questions: (J,) each."""

    slope: Tensor
    difficulty: Tensor


def grid(like: Tensor) -> Tensor:
    """The places of θ on which beliefs have weights: (G,)."""
    return torch.linspace(-REACH, REACH, N_PLACES, dtype=like.dtype, device=like.device)


def chances(ability: Tensor, items: Items) -> Tensor:
    """The chance of a yes to each question: σ(a_j (θ − b_j)). Shapes: ability (…) → (…, J)."""
    return torch.sigmoid(items.slope * (ability[..., None] - items.difficulty))


def log_likelihood(answers: Tensor, asked: Tensor, items: Items) -> Tensor:
    """How likely answers are at each place of the grid, a logarithm.

    Shapes: answers and asked (…, J), 0 or 1; what was not asked counts nothing → (…, G).
    """
    logits = items.slope * (grid(answers)[:, None] - items.difficulty)  # (G, J)
    yes, no = logsigmoid(logits).mT, logsigmoid(-logits).mT
    return (answers * asked) @ yes + ((1 - answers) * asked) @ no


def belief(answers: Tensor, asked: Tensor, items: Items) -> Tensor:
    """What is believed of θ after some answers: weights that sum to 1.

    p(θ | answers) ∝ N(θ; 0, 1) Π_j p_j^y (1 − p_j)^(1 − y). Shapes: (…, J) → (…, G).
    """
    return torch.softmax(log_likelihood(answers, asked, items) + _log_prior(answers), -1)


def log_evidence(answers: Tensor, asked: Tensor, items: Items) -> Tensor:
    """How likely a person's answers are, θ integrated out: (…, J) → (…)."""
    both = log_likelihood(answers, asked, items) + _log_prior(answers)
    return torch.logsumexp(both, -1)


def _log_prior(like: Tensor) -> Tensor:
    return torch.log_softmax(-grid(like).square() / 2, 0)


def foretell(weights: Tensor, items: Items) -> Tensor:
    """The chance of a yes to each question, θ not known: beliefs (…, G) → (…, J)."""
    return weights @ chances(grid(weights), items)


def information(weights: Tensor, items: Items) -> Tensor:
    """How much an answer is expected to tell of θ: Fisher's information, mean over a belief.

    I_j(θ) = a_j² p_j (1 − p_j) (Birnbaum 1968). Shapes: weights (…, G) → (…, J).
    """
    p = chances(grid(weights), items)
    return weights @ (items.slope.square() * p * (1 - p))


def next_question(weights: Tensor, asked: Tensor, items: Items) -> Tensor:
    """The question not yet asked that tells most: weights (…, G), asked (…, J) → (…), int64."""
    told = information(weights, items).masked_fill(asked.bool(), -torch.inf)
    return told.argmax(-1)


def learn_items(answers: Tensor, *, own_slopes: bool, n_steps: int = 100) -> Items:
    """Learn the questions from people: their evidence is raised (Bock & Aitkin 1981).

    By L-BFGS on the mean of −log p(answers of a person) + (log a_j − mean)²/2P, which keeps a slope
    from running away; one slope for all unless own_slopes. Shapes: answers (P, J) → (J,) each.
    """
    share = answers.mean(0).clamp(0.01, 0.99)
    difficulty = torch.logit(1 - share).requires_grad_()
    log_slope = answers.new_zeros(answers.shape[1] if own_slopes else 1).requires_grad_()
    optimizer = torch.optim.LBFGS(
        [difficulty, log_slope], max_iter=n_steps, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        items = Items(log_slope.exp().expand(len(share)), difficulty)
        pull = (log_slope - log_slope.mean()).square().sum() / 2 / len(answers)
        found = pull - log_evidence(answers, torch.ones_like(answers), items).mean()
        found.backward()
        return found

    optimizer.step(loss)
    return Items(log_slope.exp().expand(len(share)).detach(), difficulty.detach())
