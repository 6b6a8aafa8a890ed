"""One person, one task: what is shared among people, and what a few ratings say of one of them
(chapter 10).

A rating is what the film gets on average, how far above it this person rates, and the rest. What
films get is shared, and learned from other people; how far above is the task. Shapes: R ratings,
P people, F films, K ratings of one person, D features. Stars are the unit of values.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from metacourse import bayes
from metacourse.bayes import Prior

LEAST, MOST = 0.5, 5.0  # stars


def split_by_person(person: Tensor, *, n_test: int, generator: Generator) -> Tensor:
    """Say of each row of a table whether it belongs to the test: all rows of a person or none.

    n_test people are drawn without replacement; what they have in common with others, a learner has
    to find out from the others alone (Roberts et al. 2017).
    Shapes: person (R,), whole numbers that name people → (R,) bool. Raises ValueError if nobody
    would be tested, or nobody left to learn from.
    """
    people, number = person.unique(return_inverse=True)
    if not 0 < n_test < len(people):
        raise ValueError(f"n_test must be 1 to {len(people) - 1} of {len(people)}, got {n_test}")
    place = torch.randperm(len(people), generator=generator, device=generator.device)
    return (place < n_test).to(person.device)[number]


def film_means(values: Tensor, seen: Tensor, *, strength: float) -> Tensor:
    """What each film gets: its mean, pulled to the mean of all ratings as if `strength` more of
    them had been given to it.

    b_f = g + Σ_u (r_uf − g) / (n_f + s),  g the mean of all ratings.
    Shapes: values and seen (P, F), seen 1 where there is a rating and 0 elsewhere → (F,).
    """
    total = seen.sum()
    overall = (values * seen).sum() / total
    return overall + ((values - overall) * seen).sum(0) / (seen.sum(0) + strength)


def learned_prior(features: Tensor, values: Tensor, seen: Tensor, *, n_steps: int = 30) -> Prior:
    """Learn by empirical Bayes what people are like, each with as many values as there are.

    v_uf = θ_uᵀx_f + noise,  θ_u ~ N(μ, Σ) (Robbins 1956; Dempster, Laird & Rubin 1977).
    Shapes: features (F, D), values and seen (P, F).
    """
    mean = values.new_zeros(features.shape[1])
    cov = torch.eye(len(mean), dtype=mean.dtype, device=mean.device)
    prior = Prior(mean, cov, mean.new_ones(()))
    for _ in range(n_steps):
        prior = em_step(features, values, seen, prior)
    return prior


def em_step(features: Tensor, values: Tensor, seen: Tensor, prior: Prior) -> Prior:
    """One step of expectation maximisation, each person with as many values as there are.

    A point whose x and y are 0 says nothing of θ, so what is missing is put there; `bayes.em_step`
    counts it in the mean that is the noise, and that is put right.
    Shapes: features (F, D), values and seen (P, F).
    """
    prior = bayes.em_step(seen[:, :, None] * features, seen * values, prior)
    return prior._replace(noise=prior.noise * seen.numel() / seen.sum())


def shrunk_mean(values: Tensor, *, mean: float, spread: float, noise: float) -> Tensor:
    """Return what is believed of a person's mean after some of their values: the posterior mean.

    (μ/τ² + Σ v/σ²) / (1/τ² + K/σ²) = μ + K/(K + σ²/τ²) (v̄ − μ)
    where people's means are N(μ, τ²) and values N(mean, σ²) around theirs: spread is τ², noise σ²
    (James & Stein 1961; Efron & Morris 1975). Shapes: values (…, K) → (…); K may be 0.
    """
    n = values.shape[-1]
    return (mean / spread + values.sum(-1) / noise) / (1 / spread + n / noise)


def leak_audit(answer: Callable[[Tensor], Tensor], values: Tensor, hidden: Tensor) -> Tensor:
    """Return how far answers move with what they are to foretell: 0, or there is a leak.

    answer(values) → answers of any shape. It is asked twice, the second time with the hidden values
    mirrored, LEAST + MOST − v; the largest change of an answer is returned.
    Shapes: values (…), hidden a mask like it → ().
    What may be known when a prediction is made: Kaufman, Rosset, Perlich & Stitelman (2012).
    """
    mirrored = torch.where(hidden, LEAST + MOST - values, values)
    return (answer(values) - answer(mirrored)).abs().max()
