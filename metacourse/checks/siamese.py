"""The exercises, quizzes and predictions of chapter 04."""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse import siamese
from metacourse.checks.exercise import Exercise, gets_an_edge, normal, whole_number

CHAPTER = "04 Siamese networks"

PREDICTIONS = (
    "no_margin",
    "hardest",
    "cosine",
    "temperature",
    "transfer",
    "hardest_script",
    "foreign",
    "unlabelled",
    "batch_norm",
)


def of_one_query(case: dict) -> bool:
    return len(case["scores" if "scores" in case else "z_query"]) == 1


def of_one_shot(case: dict) -> bool:
    return len(case["y_support"]) == case["n_way"]


def uniform(low: float, high: float, n: int, generator: Generator) -> Tensor:
    return low + (high - low) * torch.rand(n, generator=generator, dtype=torch.float64)


def away_from(z: Tensor, distances: Tensor, generator: Generator) -> Tensor:
    """Points at these distances from z, in random directions: z (P, D), distances (P,) → (P, D)."""
    return z + distances[:, None] * F.normalize(normal(generator, *z.shape), dim=-1)


def contrastive_case(generator: Generator) -> dict:
    """Pairs on both sides of the margin; two pairs, one of each kind, at distance zero.

    Some batches have pairs of one kind only. One pair of one class is very far apart: beside it a
    tiny ε under a root is no error.
    """
    kind, n_features = whole_number(0, 6, generator), whole_number(2, 4, generator)
    n_more, margin = whole_number(1, 3, generator), uniform(0.5, 1.5, 1, generator).item()
    near, far = uniform(0.2, 0.8, 2 + n_more, generator), uniform(30, 60, 1, generator)
    zero, beyond = torch.zeros(1).double(), uniform(1.2, 2, 1, generator)
    in_one_class = torch.cat([zero, near[:2], near[:1] + 1, far])
    in_two = margin * torch.cat([near, beyond, zero[: kind != 1]])
    distances = torch.cat([in_one_class[: 5 * (kind != 1)], in_two[: len(in_two) * (kind != 0)]])
    same = (torch.arange(len(distances)) < 5 * (kind != 1)).long()
    order = torch.randperm(len(same), generator=generator)
    z_a = normal(generator, len(same), n_features)
    z_b = away_from(z_a, distances[order], generator)
    return {"z_a": z_a, "z_b": z_b, "same": same[order], "margin": margin}


def of_one_kind(case: dict) -> bool:
    return len(case["same"].unique()) == 1


def triplet_case(generator: Generator) -> dict:
    """Triplets that are violated, within the margin, and content; some embeddings are equal.

    None is exactly at the margin, where two right hinges may have different slopes.
    """
    margin, n_features = uniform(0.5, 2, 1, generator).item(), whole_number(2, 4, generator)
    surplus = [uniform(*bounds, 2, generator) for bounds in ((-1.5, -0.2), (0.2, 0.8), (1.3, 12))]
    to_positive = torch.cat([uniform(2, 4, 6, generator), torch.zeros(2)])
    to_negative = to_positive + torch.cat([*surplus, torch.tensor([0.5, 0])])
    order = torch.randperm(8, generator=generator)[: whole_number(6, 8, generator)]
    anchor = normal(generator, len(order), n_features)
    positive, negative = (
        away_from(anchor, (margin * squares[order]).sqrt(), generator)
        for squares in (to_positive, to_negative)
    )
    return {"anchor": anchor, "positive": positive, "negative": negative, "margin": margin}


def support_labels(n_way: int, n_shot: int, generator: Generator) -> Tensor:
    """Labels in any order, as many as for K shots each, but more of one class than of another."""
    n_images = n_way * n_shot
    more = torch.randint(n_way, (n_images - n_way,), generator=generator)
    y = torch.cat([torch.arange(n_way), more])
    return y[torch.randperm(n_images, generator=generator)]


def prototypes_case(generator: Generator) -> dict:
    """Two or three images a class, more of one than of another; or one of each."""
    n_way = whole_number(3, 4, generator)
    n_shot = 1 if gets_an_edge(generator) else whole_number(2, 3, generator)
    y_support = support_labels(n_way, n_shot, generator)
    z_support = normal(generator, len(y_support), 2 + 3 * whole_number(0, 1, generator))
    return {"z_support": z_support, "y_support": y_support, "n_way": n_way}


def logits_case(generator: Generator) -> dict:
    """Queries and prototypes; one query lies exactly on a prototype, once it is alone."""
    n_way, n_features = whole_number(2, 4, generator), whole_number(2, 5, generator)
    n_query, prototypes = 4, normal(generator, n_way, n_features)
    if gets_an_edge(generator):
        n_query = 0
    z_query = torch.cat([normal(generator, n_query, n_features), prototypes[:1]])
    return {"z_query": z_query, "prototypes": prototypes}


def answer_case(generator: Generator) -> dict:
    """Scores of 12 queries, or of one: −distance, or logits of both signs."""
    n_way, negative = whole_number(3, 4, generator), whole_number(0, 1, generator)
    y_support = support_labels(n_way, whole_number(2, 3, generator), generator)
    n_query = 1 if gets_an_edge(generator) else 12
    scores = normal(generator, n_query, len(y_support))
    scores = -(scores.abs() + 0.5) if negative else scores + 0.5
    return {"scores": scores, "y_support": y_support, "n_way": n_way}


def mined_case(generator: Generator) -> dict:
    """All pairs of three classes, or one of them. One image lies far away: no negative is further
    than its class's pairs with it. Two images share a class, at most three do."""
    y = torch.cat([torch.arange(3), torch.arange(3), torch.randint(3, (1,), generator=generator)])
    y = y[torch.randperm(len(y), generator=generator)]
    z = normal(generator, len(y), whole_number(2, 3, generator))
    z[whole_number(0, len(y) - 1, generator)] *= 8
    anchor, positive = siamese.positive_pairs(y)
    order = torch.randperm(len(anchor), generator=generator)
    if gets_an_edge(generator):
        order = order[:1]
    return {"z": z, "y": y, "anchor": anchor[order], "positive": positive[order]}


def of_one_pair(case: dict) -> bool:
    return len(case["anchor"]) == 1


def all_pairs_case(generator: Generator) -> dict:
    """Seven or eight images of three classes, two or more of each, at distances about √T."""
    y = torch.cat([torch.arange(3), torch.arange(3), torch.tensor([0, 2])])
    y = y[torch.randperm(len(y), generator=generator)[: whole_number(7, 8, generator)]]
    temperature = uniform(1.5, 3, 1, generator).item()
    z = normal(generator, len(y), whole_number(2, 4, generator))
    return {"z": z, "y": y, "temperature": temperature}


QUIZZES = (
    *("recall", "recall_b", "recall_c"),
    "which_loss",
    *("self_check", "self_check_b", "self_check_c"),
)

EXERCISES = {
    "contrastive_loss": Exercise(
        siamese.contrastive_loss,
        contrastive_case,
        differentiable=("z_a", "z_b"),
        edge=of_one_kind,
    ),
    "triplet_loss": Exercise(
        siamese.triplet_loss, triplet_case, differentiable=("anchor", "positive", "negative")
    ),
    "semi_hard_negatives": Exercise(siamese.semi_hard_negatives, mined_case, edge=of_one_pair),
    "all_pairs_loss": Exercise(siamese.all_pairs_loss, all_pairs_case, differentiable=("z",)),
    "prototypes": Exercise(
        siamese.prototypes, prototypes_case, differentiable=("z_support",), edge=of_one_shot
    ),
    "prototypical_logits": Exercise(
        siamese.prototypical_logits,
        logits_case,
        differentiable=("z_query", "prototypes"),
        edge=of_one_query,
    ),
    "answer_n_way": Exercise(siamese.answer_n_way, answer_case, edge=of_one_query),
}
