"""The exercises, quizzes and predictions of chapter 04."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse import siamese as kernel
from metacourse.checks.catalogue import Exercise, Mistake, Option, Question, whole_number

CHAPTER = "04 Siamese networks"
PREDICTIONS = (
    "no_margin",
    "transfer",
    "hardest_script",
    "cosine",
    "unlabelled",
    "batch_norm",
)


# Cases -------------------------------------------------------------------------------------------


def normal(generator: Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)


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


def support_labels(n_way: int, generator: Generator) -> Tensor:
    """Labels in any order, as many as for K shots each, but more of one class than of another."""
    n_images = n_way * whole_number(2, 3, generator)
    more = torch.randint(n_way, (n_images - n_way,), generator=generator)
    y = torch.cat([torch.arange(n_way), more])
    return y[torch.randperm(n_images, generator=generator)]


def prototypes_case(generator: Generator) -> dict:
    n_way = whole_number(3, 4, generator)
    y_support = support_labels(n_way, generator)
    z_support = normal(generator, len(y_support), 2 + 3 * whole_number(0, 1, generator))
    return {"z_support": z_support, "y_support": y_support, "n_way": n_way}


def logits_case(generator: Generator) -> dict:
    """Queries and prototypes; one query lies exactly on a prototype."""
    n_way, n_features = whole_number(2, 4, generator), whole_number(2, 5, generator)
    prototypes = normal(generator, n_way, n_features)
    z_query = torch.cat([normal(generator, 4, n_features), prototypes[:1]])
    return {"z_query": z_query, "prototypes": prototypes}


def answer_case(generator: Generator) -> dict:
    """Scores of 12 queries: −distance, or logits of both signs."""
    n_way, negative = whole_number(3, 4, generator), whole_number(0, 1, generator)
    y_support = support_labels(n_way, generator)
    scores = normal(generator, 12, len(y_support))
    scores = -(scores.abs() + 0.5) if negative else scores + 0.5
    return {"scores": scores, "y_support": y_support, "n_way": n_way}


# contrastive_loss --------------------------------------------------------------------------------


def rooted(z_a: Tensor, z_b: Tensor) -> Tensor:
    """The distance as one writes it down: at zero its gradient is NaN."""
    return kernel.squared_distance(z_a, z_b).sqrt()


def contrastive_of(pair_loss: Callable, *, root: Callable = kernel.distance, reduce=torch.mean):
    """A wrong loss from each pair's d, y and m; `reduce` makes one number of the pairs' losses."""

    def wrong(z_a, z_b, same, *, margin=1.0):
        return reduce(pair_loss(root(z_a, z_b), same.to(z_a.dtype), margin))

    return wrong


def contrastive_with(distance: Callable) -> Callable:
    """The right formula of something else than the distance."""
    return contrastive_of(right_pair_loss, root=distance)


def right_pair_loss(d: Tensor, y: Tensor, m: float) -> Tensor:
    return y * d.square() + (1 - y) * F.relu(m - d).square()


def same_where_different_is(push: Callable) -> Callable:
    """A pair loss with the right pull, and another push of d and m."""
    return lambda d, y, m: y * d.square() + (1 - y) * push(d, m)


def contrastive_rooted_apart(z_a, z_b, same, *, margin=1.0):
    pull = kernel.squared_distance(z_a, z_b)[same == 1]
    push = F.relu(margin - rooted(z_a[same == 0], z_b[same == 0])).square()
    return torch.cat([pull, push]).mean()


def with_epsilon_inside(z_a: Tensor, z_b: Tensor) -> Tensor:
    return F.pairwise_distance(z_a, z_b, eps=1e-8)


def with_epsilon_under_the_root(z_a: Tensor, z_b: Tensor) -> Tensor:
    return (kernel.squared_distance(z_a, z_b) + 1e-6).sqrt()


def unit_distance(z_a: Tensor, z_b: Tensor) -> Tensor:
    return kernel.distance(F.normalize(z_a, dim=-1), F.normalize(z_b, dim=-1))


def mean_of_each_kind(z_a, z_b, same, *, margin=1.0):
    losses = right_pair_loss(kernel.distance(z_a, z_b), same, margin)
    return losses[same == 1].mean() + losses[same == 0].mean()


def half_mean_of_each_kind(z_a, z_b, same, *, margin=1.0):
    return mean_of_each_kind(z_a, z_b, same, margin=margin) / 2


def picked_by_number(z_a, z_b, same, *, margin=1.0):
    d = kernel.distance(z_a, z_b)
    losses = d[same].square().sum() + F.relu(margin - d[1 - same]).square().sum()
    return losses / len(d)


def one_distance_for_all(z_a, z_b, same, *, margin=1.0):
    whole = kernel.distance(z_a.flatten(), z_b.flatten())
    return right_pair_loss(whole, same.to(z_a.dtype), margin).mean()


def same_inverted(z_a, z_b, same, *, margin=1.0):
    d = kernel.distance(z_a, z_b)
    return (same * d.square() + ~same * F.relu(margin - d).square()).mean()


def sigmoid_of_distance(z_a, z_b, same, *, margin=1.0):
    logits = -kernel.distance(z_a, z_b)
    return F.binary_cross_entropy_with_logits(logits, same.to(logits.dtype))


def sigmoid_of_squares(z_a, z_b, same, *, margin=1.0):
    logits = -kernel.squared_distance(z_a, z_b)
    return F.binary_cross_entropy_with_logits(logits, same.to(logits.dtype))


def margin_unused(z_a, z_b, same, *, margin=1.0):
    return kernel.contrastive_loss(z_a, z_b, same, margin=1.0)


AT_ZERO = (
    "√ has an infinite slope at zero: two equal embeddings make the gradient NaN, and after one "
    "step all weights are. `.norm(dim=-1)` has gradient 0 there; so has a "
    "`torch.where` before the root and one after it."
)
EPSILON = (
    "An ε is added to every difference (`F.pairwise_distance` does it, with 10⁻⁶): equal "
    "embeddings are not at distance 0, and a different pair there is pushed along the diagonal. "
    "Pass `eps=0`, or take `(z_a - z_b).norm(dim=-1)`."
)
UNIT_LENGTH = (
    "The embeddings are scaled to length 1 first. Some networks end that way, but then it is "
    "part of the network: take them as they are."
)
MEAN_OVER_FEATURES = (
    "This is the mean over the D features. A distance takes the sum: with the mean, a margin "
    "would mean something else for every D."
)
SUMMED = (
    "This is the sum over the batch. The loss is the mean: else twice as many would make "
    "the gradient twice as large."
)
EQUAL_PIECES = (
    "Sorted by their labels, the images are cut into N pieces of equal length. Classes may differ "
    "in how many they have: choose with `y_support == n`."
)
CITY_BLOCK = "This is the L1 distance Σ|·|. Needed is the Euclidean one, √Σ(·)²."
MARGIN_IGNORED = "The margin is 1 whatever `margin` says. Use the argument."
HALF = "This is half of what is needed: the paper carries a factor ½, our loss does not."

# Mistakes in the loss of a pair; each is also known with a root that gives NaN at zero.
PAIR_MISTAKES = (
    (
        lambda d, y, m: right_pair_loss(d, 1 - y, m),
        "The label is read the wrong way round: pairs of one class are pushed apart, the others "
        "pulled together. Here y = 1 says same. (In Hadsell, Chopra & LeCun Y = 0 does.)",
    ),
    (
        same_where_different_is(lambda d, m: -d.square()),
        "Without a margin the loss of different pairs is −d²: it has no least value, so training "
        "only makes the embeddings larger, without end. Stop pushing at d = m: max(0, m − d)².",
    ),
    (
        same_where_different_is(lambda d, m: -d),
        "Without a margin the loss of different pairs is −d: it has no least value, so training "
        "only makes the embeddings larger, without end. Stop pushing at d = m: max(0, m − d)².",
    ),
    (
        same_where_different_is(lambda d, m: (m - d).square()),
        "Without max(0, ·) a different pair beyond the margin is pulled back to it. "
        "Beyond m it should be left alone.",
    ),
    (
        same_where_different_is(lambda d, m: m - d),
        "The push m − d has neither max(0, ·) nor a square: it has no least value and never stops.",
    ),
    (
        same_where_different_is(lambda d, m: F.relu(m - d)),
        "The hinge is not squared. With max(0, m − d)² the push fades out towards the margin; "
        "with max(0, m − d) it stops there with a jump.",
    ),
    (
        same_where_different_is(lambda d, m: F.relu(m - d.square()).square()),
        "The hinge holds d² where d belongs: (m − d²) stops pushing at d = √m, not at d = m, and "
        "hardly pushes at all where d is small.",
    ),
    (
        same_where_different_is(lambda d, m: F.relu(m - d.square())),
        "The hinge is max(0, m − d²). Needed is max(0, m − d)²: the square goes around the hinge, "
        "not around d.",
    ),
    (
        same_where_different_is(lambda d, m: F.relu(m**2 - d.square())),
        "max(0, m² − d²) is not max(0, m − d)²: it also stops at d = m, but with a jump of its "
        "slope, and the push is weakest where d is smallest.",
    ),
    (
        same_where_different_is(lambda d, m: F.relu(d - m).square()),
        "The hinge is the wrong way round: max(0, d − m) punishes different pairs that are far "
        "apart. It is those nearer than m that cost: max(0, m − d).",
    ),
    (
        same_where_different_is(lambda d, m: -F.relu(m - d).square()),
        "Different pairs are rewarded for being near: max(0, m − d)² is a cost, it has a plus.",
    ),
    (
        lambda d, y, m: y * d + (1 - y) * F.relu(m - d).square(),
        "Pairs of one class cost d here. Needed is d²: with a square the pull fades as they meet.",
    ),
    (
        lambda d, y, m: y * d + (1 - y) * F.relu(m - d),
        "Both terms lack the square: needed are d² and max(0, m − d)².",
    ),
    (
        lambda d, y, m: y * d.square() + F.relu(m - d).square(),
        "Every pair is pushed apart, those of one class too: the factor (1 − y) is missing.",
    ),
    (
        lambda d, y, m: d.square() + (1 - y) * F.relu(m - d).square(),
        "Every pair is pulled together, those of two classes too: the factor y is missing.",
    ),
    (
        lambda d, y, m: F.relu(m - d).square() * (1 - y),
        "Pairs of one class cost nothing: the term y d² is missing.",
    ),
    (
        lambda d, y, m: F.relu(y * d.square() + (1 - y) * (m - d)).square(),
        "The square stands around everything: pairs of one class cost d⁴.",
    ),
    (lambda d, y, m: right_pair_loss(d, y, m) / 2, HALF),
    (
        lambda d, y, m: y * F.relu(d - m).square() + (1 - y) * F.relu(m - d).square(),
        "Pairs of one class are left alone as soon as they are within the margin. "
        "The margin is for the others: pairs of one class always cost d².",
    ),
)
PAIR_MISTAKES_TOLD = tuple(
    Mistake(contrastive_of(pair_loss, root=root), why + more)
    for root, more in ((kernel.distance, ""), (rooted, f" And: {AT_ZERO}"))
    for pair_loss, why in PAIR_MISTAKES
)


# triplet_loss ------------------------------------------------------------------------------------


def triplet_of(loss: Callable, *, distance: Callable = kernel.squared_distance) -> Callable:
    """A wrong loss from d²(a, p), d²(a, n) of all triplets, and m."""

    def wrong(anchor, positive, negative, *, margin=1.0):
        return loss(distance(anchor, positive), distance(anchor, negative), margin)

    return wrong


def mean_hinge(p: Tensor, n: Tensor, m: float) -> Tensor:
    return F.relu(p - n + m).mean()


def triplet_from_positive(anchor, positive, negative, *, margin=1.0):
    return kernel.triplet_loss(positive, anchor, negative, margin=margin)


def triplet_torch(anchor, positive, negative, *, margin=1.0):
    return F.triplet_margin_loss(anchor, positive, negative, margin=margin)


def triplet_margin_unused(anchor, positive, negative, *, margin=1.0):
    return kernel.triplet_loss(anchor, positive, negative)


def mean_squares(z_a: Tensor, z_b: Tensor) -> Tensor:
    return (z_a - z_b).square().mean(-1)


def rooted_and_squared(z_a: Tensor, z_b: Tensor) -> Tensor:
    return rooted(z_a, z_b).square()


def epsilon_and_squared(z_a: Tensor, z_b: Tensor) -> Tensor:
    return F.pairwise_distance(z_a, z_b).square()


def unit_squares(z_a: Tensor, z_b: Tensor) -> Tensor:
    return unit_distance(z_a, z_b).square()


def hinge_of_each_feature(anchor, positive, negative, *, margin=1.0):
    return F.relu((anchor - positive).square() - (anchor - negative).square() + margin).mean()


def active_mean(p: Tensor, n: Tensor, m: float) -> Tensor:
    losses = F.relu(p - n + m)
    return losses[losses > 0].mean()


def cosine_distance(z_a: Tensor, z_b: Tensor) -> Tensor:
    return 1 - F.cosine_similarity(z_a, z_b, dim=-1)


def city_block(z_a: Tensor, z_b: Tensor) -> Tensor:
    return (z_a - z_b).abs().sum(-1)


# prototypes --------------------------------------------------------------------------------------


def mean_by_class(z_support: Tensor, y_support: Tensor, classes) -> Tensor:
    return torch.stack([z_support[y_support == n].mean(0) for n in classes])


def per_class(summary: Callable) -> Callable:
    """Something else than the mean of each class's embeddings (K, D) → (D,)."""

    def wrong(z_support, y_support, n_way):
        return torch.stack([summary(z_support[y_support == n]) for n in range(n_way)])

    return wrong


def rescaled(divisor: Callable) -> Callable:
    """The sums of the classes, divided by something else than the number of images in each."""

    def wrong(z_support, y_support, n_way):
        sums = per_class(lambda z: z.sum(0))(z_support, y_support, n_way)
        return sums / divisor(y_support, n_way)

    return wrong


def rows_in_order(z_support, y_support, n_way):
    return z_support.reshape(n_way, -1, z_support.shape[-1]).mean(1)


def rows_in_turn(z_support, y_support, n_way):
    return z_support.reshape(-1, n_way, z_support.shape[-1]).mean(0)


def rows_sorted(z_support, y_support, n_way):
    return rows_in_order(z_support[y_support.argsort(stable=True)], y_support, n_way)


def order_of_appearance(y_support: Tensor) -> list[int]:
    return list(dict.fromkeys(y_support.tolist()))


def prototypes_as_they_appear(z_support, y_support, n_way):
    return mean_by_class(z_support, y_support, order_of_appearance(y_support))


def prototypes_backwards(z_support, y_support, n_way):
    return mean_by_class(z_support, y_support, reversed(range(n_way)))


def prototypes_unit(z_support, y_support, n_way):
    return F.normalize(kernel.prototypes(z_support, y_support, n_way), dim=-1)


def prototypes_of_unit_vectors(z_support, y_support, n_way):
    return kernel.prototypes(F.normalize(z_support, dim=-1), y_support, n_way)


def prototypes_of_all(z_support, y_support, n_way):
    return z_support.mean(0).expand(n_way, -1)


def prototypes_centred(z_support, y_support, n_way):
    return kernel.prototypes(z_support, y_support, n_way) - z_support.mean(0)


def assigned(z_support, y_support, n_way):
    result = z_support.new_zeros(n_way, z_support.shape[-1])
    result[y_support] = z_support
    return result


def added_once_and_divided(z_support, y_support, n_way):
    result = z_support.new_zeros(n_way, z_support.shape[-1])
    result[y_support] += z_support
    return result / y_support.bincount(minlength=n_way)[:, None]


def rows_by_number(z_support, y_support, n_way):
    return z_support[:n_way]


def halved_at_every_image(z: Tensor) -> Tensor:
    mean = z[0]
    for row in z[1:]:
        mean = (mean + row) / 2
    return mean


def halved_from_zero(z: Tensor) -> Tensor:
    return halved_at_every_image(torch.cat([torch.zeros_like(z[:1]), z]))


# prototypical_logits -----------------------------------------------------------------------------


def logits_of(change: Callable) -> Callable:
    """A wrong answer from the differences z_q − c_n, (Q, N, D)."""

    def wrong(z_query, prototypes):
        return change(z_query[:, None] - prototypes)

    return wrong


def squares_of(difference: Tensor) -> Tensor:
    return difference.square().sum(-1)


def from_right_logits(change: Callable) -> Callable:
    """Something made of the right logits, (Q, N)."""
    return logits_of(lambda difference: change(-squares_of(difference)))


def plain_distance(difference: Tensor) -> Tensor:
    return kernel.distance(difference, torch.zeros_like(difference))


def dot_products(z_query, prototypes):
    return z_query @ prototypes.mT


def twice_dot_products(z_query, prototypes):
    return 2 * z_query @ prototypes.mT


def linear_part(z_query, prototypes):
    return 2 * z_query @ prototypes.mT - prototypes.square().sum(-1)


def half_linear_part(z_query, prototypes):
    return linear_part(z_query, prototypes) / 2


def logits_of_unit_vectors(z_query, prototypes):
    unit = (F.normalize(z, dim=-1) for z in (z_query, prototypes))
    return kernel.prototypical_logits(*unit)


def without_prototypes_squares(z_query, prototypes):
    return 2 * z_query @ prototypes.mT - z_query.square().sum(-1, keepdim=True)


def single_products(z_query, prototypes):
    return kernel.prototypical_logits(z_query, prototypes) - z_query @ prototypes.mT


def products_added(z_query, prototypes):
    return kernel.prototypical_logits(z_query, prototypes) - 4 * z_query @ prototypes.mT


def cosines(z_query, prototypes):
    return F.cosine_similarity(z_query[:, None], prototypes, dim=-1)


def cosines_negated(z_query, prototypes):
    return -cosines(z_query, prototypes)


def cosine_distances_negated(z_query, prototypes):
    return cosines(z_query, prototypes) - 1


def cosine_distances(z_query, prototypes):
    return 1 - cosines(z_query, prototypes)


def pairwise_with_epsilon(z_query, prototypes):
    return -F.pairwise_distance(z_query[:, None], prototypes).square()


def prototypes_detached(z_query, prototypes):
    return kernel.prototypical_logits(z_query, prototypes.detach())


# answer_n_way ------------------------------------------------------------------------------------


def answer_by(class_scores: Callable, pick: Callable = torch.argmax) -> Callable:
    """The answer by another summary of a class's scores (Q, K) → (Q,)."""

    def wrong(scores, y_support, n_way):
        members = [scores[:, y_support == n] for n in range(n_way)]
        return pick(torch.stack([class_scores(each) for each in members], -1), dim=-1)

    return wrong


def mean_score(scores: Tensor) -> Tensor:
    return scores.mean(-1)


def image_of_best(scores, y_support, n_way):
    return scores.argmax(-1)


def image_of_worst(scores, y_support, n_way):
    return scores.argmin(-1)


def class_of_worst(scores, y_support, n_way):
    return y_support[scores.argmin(-1)]


def best_in_order(scores, y_support, n_way):
    return scores.argmax(-1) // (len(y_support) // n_way)


def best_in_turn(scores, y_support, n_way):
    return scores.argmax(-1) % n_way


def means_in_order(scores, y_support, n_way):
    return scores.unflatten(-1, (n_way, -1)).mean(-1).argmax(-1)


def means_in_turn(scores, y_support, n_way):
    return scores.unflatten(-1, (-1, n_way)).mean(-2).argmax(-1)


def means_sorted(scores, y_support, n_way):
    return means_in_order(scores[:, y_support.argsort(stable=True)], y_support, n_way)


def answer_as_they_appear(scores, y_support, n_way):
    order = torch.tensor(order_of_appearance(y_support))
    return order.argsort()[kernel.answer_n_way(scores, y_support, n_way)]


def class_of_image_number(scores, y_support, n_way):
    return y_support[kernel.answer_n_way(scores, y_support, n_way)]


def answer_by_shares(scores, y_support, n_way):
    return answer_by(lambda each: each.sum(-1))(scores.softmax(-1), y_support, n_way)


def zero_for_the_others(scores, y_support, n_way):
    members = y_support[None] == torch.arange(n_way)[:, None]
    return (scores[:, None] * members).amax(-1).argmax(-1)


EXERCISES = {
    "contrastive_loss": Exercise(
        reference=kernel.contrastive_loss,
        cases=contrastive_case,
        differentiable=("z_a", "z_b"),
        mistakes=(
            Mistake(contrastive_with(rooted), f"The values are right, but {AT_ZERO}"),
            Mistake(contrastive_rooted_apart, f"The values are right, but {AT_ZERO}"),
            *PAIR_MISTAKES_TOLD,
            Mistake(contrastive_with(F.pairwise_distance), EPSILON),
            Mistake(contrastive_with(with_epsilon_inside), EPSILON),
            Mistake(
                contrastive_with(with_epsilon_under_the_root),
                "An ε of 10⁻⁶ under the root moves two equal embeddings 10⁻³ apart. Take a much "
                "smaller one, 10⁻¹², or none: `.norm(dim=-1)` has gradient 0 at zero.",
            ),
            Mistake(contrastive_with(unit_distance), UNIT_LENGTH),
            Mistake(contrastive_of(right_pair_loss, reduce=torch.sum), SUMMED),
            Mistake(
                contrastive_of(right_pair_loss, root=rooted, reduce=torch.sum),
                f"{SUMMED} And: {AT_ZERO}",
            ),
            Mistake(
                contrastive_with(lambda a, b: kernel.distance(a, b) / a.shape[-1] ** 0.5),
                MEAN_OVER_FEATURES,
            ),
            Mistake(
                contrastive_with(lambda a, b: mean_squares(a, b).sqrt()),
                f"{MEAN_OVER_FEATURES} And: {AT_ZERO}",
            ),
            Mistake(contrastive_with(city_block), CITY_BLOCK),
            Mistake(
                contrastive_with(kernel.squared_distance),
                "The distance is squared already where d is needed, so pairs of one class cost d⁴ "
                "and the hinge holds d². With d = ‖z_a − z_b‖: d² and max(0, m − d)².",
            ),
            Mistake(
                contrastive_with(cosine_distance),
                "This is the loss of the cosine distance 1 − cos. Needed is the Euclidean "
                "distance d = ‖z_a − z_b‖, which also sees how long the two are.",
            ),
            Mistake(
                mean_of_each_kind,
                "This is the mean over the pairs of one class plus the mean over the others. "
                "Needed is one mean over all pairs, also when a batch has only one kind.",
            ),
            Mistake(
                half_mean_of_each_kind,
                "The two kinds get equal weight, however many pairs they have. Needed is one mean "
                "over all pairs, also when a batch has only one kind.",
            ),
            Mistake(
                picked_by_number,
                "`same` holds whole numbers, so `d[same]` picks the pairs number 0 and 1 again and "
                "again. Compare first: `d[same == 1]`.",
            ),
            Mistake(
                one_distance_for_all,
                "All pairs share one distance, that of the whole batch. Sum over the features "
                "alone, `dim=-1`: one distance for each pair.",
            ),
            Mistake(
                same_inverted,
                "`same` holds whole numbers, so `~same` turns its bits: ~1 is −2 and ~0 is −1. "
                "Use `1 - same`.",
            ),
            Mistake(
                sigmoid_of_distance,
                "This is cross-entropy on the sigmoid of −d. A distance is never negative, so "
                "that sigmoid is at most ½ and can never say same. (Koch's logit has a bias.)",
            ),
            Mistake(
                sigmoid_of_squares,
                "This is cross-entropy on the sigmoid of −d². A square is never negative, so "
                "that sigmoid is at most ½ and can never say same. (Koch's logit has a bias.)",
            ),
            Mistake(margin_unused, MARGIN_IGNORED),
        ),
        hints=(
            "First the distance d of each pair, (P,); then what a pair of one class costs, d², "
            "and one of two, max(0, m − d)². `same` chooses between them.",
            "`d = (z_a - z_b).norm(dim=-1)` has gradient 0 at zero, where `.sqrt()` has none. "
            "max(0, ·) is `F.relu` or `.clamp(min=0)`, and the square goes around it.",
            "`(same * d.square() + (1 - same) * F.relu(margin - d).square()).mean()`",
        ),
        remark="At d = 0 the push on a different pair is largest, but it has no direction: "
        "an embedding that has collapsed to one point gets no gradient to leave it.",
    ),
    "triplet_loss": Exercise(
        reference=kernel.triplet_loss,
        cases=triplet_case,
        differentiable=("anchor", "positive", "negative"),
        mistakes=(
            Mistake(
                triplet_of(lambda p, n, m: mean_hinge(n, p, m)),
                "Positive and negative are swapped: this wants the anchor nearer to the other "
                "class. Needed is d²(a, p) − d²(a, n) + m.",
            ),
            Mistake(
                triplet_of(mean_hinge, distance=kernel.distance),
                "The distances are not squared. Needed are d²(a, p) and d²(a, n), as in Schroff, "
                "Kalenichenko & Philbin; many libraries take plain ones, with another margin.",
            ),
            Mistake(
                triplet_of(mean_hinge, distance=rooted),
                "The distances are not squared: needed are d²(a, p) and d²(a, n). And their √ "
                "gives NaN gradients where two embeddings are equal; squares need no root.",
            ),
            Mistake(
                triplet_torch,
                "`F.triplet_margin_loss` takes plain distances, with an ε of 10⁻⁶. Needed are the "
                "squares: d²(a, p) − d²(a, n) + m.",
            ),
            Mistake(
                triplet_of(mean_hinge, distance=rooted_and_squared),
                "The values are right, but a root that is squared again gives NaN gradients where "
                "two embeddings are equal. Leave out both.",
            ),
            Mistake(
                triplet_of(lambda p, n, m: (p - n + m).mean()),
                "Without max(0, ·) content triplets go on earning, and pay for the others: "
                "there is no least value. Take max(0, ·) of each triplet.",
            ),
            Mistake(
                triplet_of(lambda p, n, m: F.relu((p - n + m).mean())),
                "max(0, ·) is taken after the mean: content triplets make up for violated ones. "
                "Take it of each triplet, then the mean.",
            ),
            Mistake(
                triplet_of(lambda p, n, m: F.relu((p - n + m).sum())),
                "max(0, ·) is taken after the sum: content triplets make up for violated ones. "
                "Take it of each triplet, then the mean.",
            ),
            Mistake(
                triplet_of(lambda p, n, m: F.relu(p - n).mean()),
                "The margin is missing: an embedding that maps all images to one point would "
                "cost nothing.",
            ),
            Mistake(
                triplet_of(lambda p, n, m: F.relu(p - n).mean() + m),
                "The margin is added outside max(0, ·), where it is only a constant: no gradient "
                "feels it. Add it inside.",
            ),
            Mistake(
                triplet_of(lambda p, n, m: mean_hinge(p, n, -m)),
                "The margin has the wrong sign: the negative may even be nearer than the positive, "
                "by m. Needed is d²(a, p) − d²(a, n) + m.",
            ),
            Mistake(
                triplet_of(lambda p, n, m: mean_hinge(p, n, m**2)),
                "The margin is squared. It is a margin between squares already: add m.",
            ),
            Mistake(triplet_of(lambda p, n, m: F.relu(p - n + m).sum()), SUMMED),
            Mistake(
                triplet_of(lambda p, n, m: F.relu(p - n + m).square().mean()),
                "The hinge is squared, as in the contrastive loss. Here the squares are those of "
                "the distances, inside max(0, ·).",
            ),
            Mistake(
                triplet_of(
                    lambda p, n, m: F.relu(p - n + m).square().mean(), distance=kernel.distance
                ),
                "The square stands around the hinge. It belongs inside, on each distance: "
                "d²(a, p) − d²(a, n) + m.",
            ),
            Mistake(
                triplet_of(
                    lambda p, n, m: mean_hinge((p - n).square(), 0, m), distance=kernel.distance
                ),
                "(d(a, p) − d(a, n))² is not d²(a, p) − d²(a, n): it forgets which is larger.",
            ),
            Mistake(
                triplet_of(mean_hinge, distance=epsilon_and_squared),
                "`F.pairwise_distance` adds an ε of 10⁻⁶ to every difference. Write the square "
                "out, `(a - b).square().sum(-1)`, or pass `eps=0`.",
            ),
            Mistake(triplet_of(mean_hinge, distance=unit_squares), UNIT_LENGTH),
            Mistake(
                hinge_of_each_feature,
                "max(0, ·) is taken of each feature. Sum over the features first, `dim=-1`: one "
                "number for each triplet.",
            ),
            Mistake(
                triplet_of(
                    lambda p, n, m: mean_hinge(p.mean(), n.mean(), m), distance=mean_squares
                ),
                "`F.mse_loss` is the mean over the features and the batch, and max(0, ·) comes "
                "after it. Needed is a squared distance, a sum, for each triplet.",
            ),
            Mistake(triplet_of(mean_hinge, distance=mean_squares), MEAN_OVER_FEATURES),
            Mistake(triplet_of(mean_hinge, distance=city_block), CITY_BLOCK),
            Mistake(
                triplet_of(mean_hinge, distance=cosine_distance),
                "This is the loss of the cosine distance 1 − cos. Needed are squared Euclidean "
                "distances.",
            ),
            Mistake(
                triplet_of(active_mean),
                "This is the mean over the triplets that are not content. Needed is the mean over "
                "all of them; here the loss does not fall as more of them become content.",
            ),
            Mistake(
                triplet_of(lambda p, n, m: (p + F.relu(m - n)).mean()),
                "This judges the two distances apart, as a contrastive loss does. A triplet only "
                "compares them: max(0, d²(a, p) − d²(a, n) + m).",
            ),
            Mistake(
                triplet_of(lambda p, n, m: F.softplus(p - n + m).mean()),
                "log(1 + eˣ) is the soft margin. Needed is max(0, x), which is 0 for content ones.",
            ),
            Mistake(
                triplet_of(lambda p, n, m: F.relu(p - n + m).max()),
                "This is the worst triplet alone. Needed is the mean over all of them.",
            ),
            Mistake(triplet_of(lambda p, n, m: mean_hinge(p, n, m) / 2), HALF),
            Mistake(
                triplet_from_positive,
                "The negative is compared with the positive. Both distances start at the anchor: "
                "d²(a, p) and d²(a, n).",
            ),
            Mistake(triplet_margin_unused, MARGIN_IGNORED),
        ),
        hints=(
            "Two squared distances for each triplet, both from the anchor, (P,) each. A triplet "
            "costs nothing as soon as the negative's is larger by the margin or more.",
            "`(anchor - positive).square().sum(-1)` is d²(a, p). Take max(0, ·) of each triplet "
            "before the mean.",
            "With `p` and `n` the two squared distances: `F.relu(p - n + margin).mean()`",
        ),
        remark="Unlike the contrastive loss it never asks how far apart two classes are, "
        "only which of two distances is larger.",
    ),
    "prototypes": Exercise(
        reference=kernel.prototypes,
        cases=prototypes_case,
        differentiable=("z_support",),
        mistakes=(
            Mistake(
                rescaled(lambda y, n_way: 1),
                "These are sums. A prototype is the mean: else a class with more shots lies "
                "further from the origin.",
            ),
            Mistake(
                rescaled(lambda y, n_way: len(y) / n_way),
                "Every class is divided by S / N, as if all had equally many shots. Divide by the "
                "number of images that the class has.",
            ),
            Mistake(
                rescaled(lambda y, n_way: len(y)),
                "The sums are divided by S, the size of the whole support set (a mean over rows "
                "that are 0 for the other classes). Divide by the number of images of the class.",
            ),
            Mistake(
                rescaled(lambda y, n_way: n_way),
                "The sums are divided by the number of classes. Divide by the number of images "
                "that the class has.",
            ),
            Mistake(
                rescaled(lambda y, n_way: y.bincount(minlength=n_way)[:, None] + 1),
                "Every class is divided by one image too many: the zeros it starts from are "
                "counted, too (`include_self=True` does that).",
            ),
            Mistake(
                prototypes_unit,
                "The prototypes are scaled to length 1. Nothing says that they lie on a sphere: "
                "return the mean as it is.",
            ),
            Mistake(
                prototypes_of_unit_vectors,
                "The embeddings are scaled to length 1 before the mean. Take them as they are.",
            ),
            Mistake(
                prototypes_as_they_appear,
                "The classes stand in the order in which they first appear in `y_support`. Row n "
                "must be class n, or the answers get the wrong labels.",
            ),
            Mistake(
                prototypes_backwards,
                "The classes stand in reverse: row n must be class n.",
            ),
            Mistake(
                rows_in_order,
                "This takes the rows in their order, the first S / N for class 0 and so on. "
                "The support set may come in any order: look at `y_support`.",
            ),
            Mistake(
                rows_in_turn,
                "This takes every N-th row for one class. The support set may come in any order: "
                "look at `y_support`.",
            ),
            Mistake(
                rows_sorted,
                EQUAL_PIECES,
            ),
            Mistake(
                rows_by_number,
                "These are the first N rows. Row n of the result is the mean of the embeddings "
                "whose label is n.",
            ),
            Mistake(
                per_class(lambda z: z[0]),
                "This is the first image of each class. A prototype is the mean of all of them.",
            ),
            Mistake(
                per_class(lambda z: z[-1]),
                "This is the last image of each class: an assignment overwrites the ones before. "
                "A prototype is the mean of all of them.",
            ),
            Mistake(
                assigned,
                "`result[y_support] = z_support` writes the images of a class over each other: the "
                "last image is left. A prototype is the mean of all of them.",
            ),
            Mistake(
                added_once_and_divided,
                "`result[y_support] += z_support` does not add up where a label comes twice: the "
                "last image is left, and then divided. `index_add` adds them all.",
            ),
            Mistake(
                per_class(lambda z: z.median(0).values),
                "This is the median of each feature. A prototype is the mean.",
            ),
            Mistake(
                per_class(lambda z: z.amax(0)),
                "This is the largest value of each feature. A prototype is the mean.",
            ),
            Mistake(
                per_class(halved_at_every_image),
                "(c + z) / 2 for one image after the other gives the last one half of the weight. "
                "Add all of them, then divide by how many there are.",
            ),
            Mistake(
                per_class(halved_from_zero),
                "(c + z) / 2 for one image after the other, from zeros, gives the last one half of "
                "the weight and the zeros a share. Add all, then divide by how many there are.",
            ),
            Mistake(
                prototypes_of_all,
                "All classes get the mean of the whole support set. Choose the rows of the class "
                "first: `z_support[y_support == n]`.",
            ),
            Mistake(
                prototypes_centred,
                "The mean of the whole support set is taken away. Queries are not moved like that: "
                "return the mean of each class as it is.",
            ),
        ),
        hints=(
            "Row n of the result is the mean of those rows of `z_support` whose label is n, for "
            "n = 0 … N − 1. Classes may differ in how many they have.",
            "`z_support[y_support == n]` are the embeddings of class n, (K, D); "
            "their mean over `dim=0` is its prototype.",
            "`torch.stack([z_support[y_support == n].mean(0) for n in range(n_way)])`",
        ),
        remark="Without a loop: `members.T @ z_support / counts`, with a 1 in `members` (S, N) "
        "where an image is of a class. That is how the kernel takes many tasks at once.",
    ),
    "prototypical_logits": Exercise(
        reference=kernel.prototypical_logits,
        cases=logits_case,
        differentiable=("z_query", "prototypes"),
        mistakes=(
            Mistake(
                from_right_logits(torch.neg),
                "The sign is missing: this is the squared distance, so the nearest prototype gets "
                "the smallest logit and the softmax chooses the furthest.",
            ),
            Mistake(
                logits_of(lambda difference: -plain_distance(difference)),
                "The distances are not squared. −‖·‖² makes a linear classifier (and means, the "
                "best prototypes); −‖·‖ does not.",
            ),
            Mistake(
                logits_of(lambda difference: -squares_of(difference).sqrt()),
                "The distances are not squared; and their √ gives NaN gradients where a query lies "
                "on a prototype. −‖·‖² needs no root.",
            ),
            Mistake(
                logits_of(plain_distance),
                "These are the distances: needed is −‖·‖², with a minus, so that the nearest gets "
                "the most, and with the square.",
            ),
            Mistake(
                logits_of(lambda difference: squares_of(difference).sqrt()),
                "These are the distances: needed is −‖·‖², with a minus and the square. "
                "Then there is no root, whose gradient is NaN at zero.",
            ),
            Mistake(
                logits_of(lambda difference: -squares_of(difference).sqrt().square()),
                "The values are right, but a root that is squared again gives NaN gradients where "
                "a query lies on a prototype. Leave out both.",
            ),
            Mistake(
                pairwise_with_epsilon,
                "`F.pairwise_distance` adds an ε of 10⁻⁶ to every difference, so that a query on a "
                "prototype is not at distance 0. Write the square out, or pass `eps=0`.",
            ),
            Mistake(
                logits_of(lambda difference: -difference.square().mean(-1)), MEAN_OVER_FEATURES
            ),
            Mistake(
                logits_of(lambda difference: -difference.abs().sum(-1)),
                "This is the L1 distance Σ|·|. Needed is −Σ(·)², the squared Euclidean one.",
            ),
            Mistake(
                from_right_logits(lambda logits: logits / 2),
                "This is −½‖·‖². Needed is −‖·‖²: the factor changes how sure the softmax is.",
            ),
            Mistake(
                logits_of(lambda difference: -squares_of(difference / 2)),
                "This is a quarter of what is needed, as if each query had been averaged into the "
                "prototype it is compared with. A query is not part of any prototype.",
            ),
            Mistake(
                from_right_logits(lambda logits: -logits.square()),
                "This is −‖·‖⁴: the distance is squared twice.",
            ),
            Mistake(
                from_right_logits(lambda logits: logits.softmax(-1)),
                "These are the probabilities. Return the logits: `F.cross_entropy` takes the "
                "softmax itself, and a second one would flatten it.",
            ),
            Mistake(
                from_right_logits(lambda logits: (-logits).softmax(-1)),
                "This is the softmax of the squared distances: it should not be taken here, and "
                "without the minus it chooses the furthest.",
            ),
            Mistake(
                from_right_logits(lambda logits: logits.log_softmax(-1)),
                "These are the log-probabilities. The loss would be the same, but a query's logits "
                "should be the squared distances themselves, with a minus.",
            ),
            Mistake(
                from_right_logits(torch.exp),
                "This is exp(−‖·‖²). The exponential is part of the softmax, "
                "which `F.cross_entropy` takes.",
            ),
            Mistake(
                from_right_logits(lambda logits: logits.softmax(0)),
                "This is a softmax, and over the queries. Return the logits −‖·‖² themselves.",
            ),
            Mistake(
                from_right_logits(torch.sigmoid),
                "This is the sigmoid of −‖·‖²: never above ½. Return the logits themselves.",
            ),
            Mistake(
                dot_products,
                "These are dot products: they favour long prototypes, however far away. "
                "Needed is −‖z_q − c_n‖² = 2 c_n · z_q − ‖c_n‖² − ‖z_q‖².",
            ),
            Mistake(
                twice_dot_products,
                "This is 2 c_n · z_q alone. Without −‖c_n‖² it favours long prototypes; "
                "−‖z_q‖² is missing, too.",
            ),
            Mistake(
                linear_part,
                "This is the linear classifier 2 c_n · z_q − ‖c_n‖². Its softmax is the same, but "
                "the last term −‖z_q‖² is missing: it is not the distance yet.",
            ),
            Mistake(
                half_linear_part,
                "This is half of the linear classifier 2 c_n · z_q − ‖c_n‖²: the same class wins, "
                "but the softmax is less sure. Needed is −‖z_q − c_n‖².",
            ),
            Mistake(logits_of_unit_vectors, UNIT_LENGTH),
            Mistake(
                without_prototypes_squares,
                "The term −‖c_n‖² is missing. It is different for every class, "
                "so the answers change.",
            ),
            Mistake(
                single_products,
                "The 2 in 2 c_n · z_q is missing: ‖a − b‖² = ‖a‖² − 2 a · b + ‖b‖².",
            ),
            Mistake(
                products_added,
                "The product has the wrong sign: this is −‖z_q + c_n‖².",
            ),
            Mistake(
                cosines,
                "These are cosines, which see directions only. Needed is −‖z_q − c_n‖².",
            ),
            Mistake(
                cosine_distances_negated,
                "These are cosines minus 1, which see directions only. Needed is −‖z_q − c_n‖².",
            ),
            Mistake(
                cosines_negated,
                "These are cosines with a minus: the most alike gets the smallest logit. A "
                "similarity needs no minus, a distance does; and needed is −‖z_q − c_n‖².",
            ),
            Mistake(
                cosine_distances,
                "This is the cosine distance 1 − cos, without a minus: the most alike gets the "
                "smallest logit. Needed is −‖z_q − c_n‖².",
            ),
            Mistake(
                prototypes_detached,
                "The values are right, but the prototypes are detached: the network would learn "
                "from the queries alone. The gradient must reach the support images, too.",
            ),
        ),
        hints=(
            "Every query is compared with every prototype: (Q, 1, D) and (N, D) broadcast to "
            "(Q, N, D). The nearest needs the largest logit.",
            "`z_query[:, None] - prototypes` are the differences. Square, sum over the features, "
            "and mind the sign; no root.",
            "`-(z_query[:, None] - prototypes).square().sum(-1)`",
        ),
        remark="The kernel writes it as 2 c · z − ‖c‖² − ‖z‖²: the same numbers without the "
        "tensor (Q, N, D), and the linear classifier shows.",
    ),
    "answer_n_way": Exercise(
        reference=kernel.answer_n_way,
        cases=answer_case,
        mistakes=(
            Mistake(
                answer_by(mean_score, torch.argmin),
                "This answers the class with the smallest mean. Scores say how alike two images "
                "are (−distance): take the largest, `argmax`.",
            ),
            Mistake(
                image_of_best,
                "This is the number of a support image, not of a class. Its class is "
                "`y_support[…]`; and with several shots the mean over the class decides.",
            ),
            Mistake(
                image_of_worst,
                "This is the number of the least similar support image. Needed is a class, "
                "and the one with the largest mean score.",
            ),
            Mistake(
                class_of_worst,
                "This is the class of the least similar image: `argmin` belongs to distances, "
                "scores need `argmax`; and with several shots the mean over the class decides.",
            ),
            Mistake(
                answer_by(lambda each: each.amax(-1)),
                "One image decides here, the best of the class (the nearest neighbour). For one "
                "shot that is the rule; with several, compare the mean scores of the classes.",
            ),
            Mistake(
                answer_by(lambda each: each.amax(-1), torch.argmin),
                "This is the class whose best image is worst. Needed is the largest mean score.",
            ),
            Mistake(
                answer_by(lambda each: each.amin(-1)),
                "The worst image of each class decides here. Compare the mean scores of the "
                "classes.",
            ),
            Mistake(
                answer_by(lambda each: each.sum(-1)),
                "These are sums of scores (a mean with zeros for the other classes is one, too): "
                "how many shots a class has decides. Divide by its own number of images.",
            ),
            Mistake(
                answer_by(lambda each: each.sum(-1), torch.argmin),
                "This is the smallest sum of scores. Needed is the largest mean.",
            ),
            Mistake(
                answer_by(lambda each: each.median(-1).values),
                "The median of each class decides here. Compare the means.",
            ),
            Mistake(
                means_in_order,
                "This takes the support images in their order, the first S / N for class 0 and "
                "so on. They may come in any order: look at `y_support`.",
            ),
            Mistake(
                means_in_turn,
                "This takes every N-th support image for one class. They may come in any order: "
                "look at `y_support`.",
            ),
            Mistake(
                means_sorted,
                EQUAL_PIECES,
            ),
            Mistake(
                best_in_order,
                "This computes the class of the best image from its place, as if the support set "
                "were sorted. Its class is in `y_support`, and the mean over the class decides.",
            ),
            Mistake(
                best_in_turn,
                "This computes the class of the best image from its place, as if the classes took "
                "turns. Its class is in `y_support`, and the mean over the class decides.",
            ),
            Mistake(
                answer_as_they_appear,
                "The classes are numbered in the order in which they first appear in `y_support`. "
                "The answer is the label itself.",
            ),
            Mistake(
                class_of_image_number,
                "The best class is looked up in `y_support` once more, as if it were the number "
                "of an image. It is the answer already.",
            ),
            Mistake(
                answer_by_shares,
                "Here each image votes with its share of a softmax, as in a matching network. "
                "A pair model compares the mean scores of the classes.",
            ),
            Mistake(
                zero_for_the_others,
                "The images of other classes count as 0 here, which beats every negative score. "
                "Leave them out: `scores[:, y_support == n]`.",
            ),
        ),
        hints=(
            "Two steps: from S scores to N, one for each class, by the mean over its support "
            "images; then the class with the largest.",
            "`scores[:, y_support == n].mean(-1)` is the mean score of class n for every query, "
            "(Q,). Stack them for n = 0 … N − 1.",
            "`torch.stack([scores[:, y_support == n].mean(-1) for n in range(n_way)], -1)"
            ".argmax(-1)`",
        ),
        remark="For K = 1 this is the nearest support image, the rule of Koch, Zemel & "
        "Salakhutdinov (2015).",
    ),
}

WHICH = "`body` embeds images. Which loss is this?\n\n```\n{}\n```"

QUIZZES = {
    "which_loss": [
        Question(
            WHICH.format("""\
d = (body(x_a) - body(x_b)).norm(dim=-1)
loss = torch.where(same == 1, d, F.relu(m - d)).square().mean()"""),
            (
                Option(
                    "triplet",
                    "A triplet loss compares two distances. Here every distance stands alone.",
                ),
                Option(
                    "contrastive",
                    "d² for pairs of one class, max(0, m − d)² for the others: the square is taken "
                    "of both at the end.",
                    correct=True,
                ),
                Option(
                    "contrastive, with the label the wrong way round",
                    "`torch.where` takes d where `same` is 1: those are pulled together.",
                ),
                Option(
                    "Koch's similarity with cross-entropy",
                    "Nothing is learned beside `body`, and no probability is computed.",
                ),
            ),
        ),
        Question(
            WHICH.format("""\
a, p, n = body(torch.cat([x_a, x_p, x_n])).chunk(3)
loss = (m + (n - p) @ (2 * a - n - p).T).diagonal().clamp(min=0).mean()"""),
            (
                Option(
                    "none of them: it computes products, not distances",
                    "(n − p) · (2a − n − p) is ‖a − p‖² − ‖a − n‖²: multiply it out.",
                ),
                Option(
                    "prototypical",
                    "No class has a mean here, and no softmax is taken.",
                ),
                Option(
                    "contrastive",
                    "The clamp holds a difference of two squared distances from one image, a.",
                ),
                Option(
                    "triplet",
                    "‖a − p‖² − ‖a − n‖² = (n − p) · (2a − n − p), plus the margin, cut off at 0, "
                    "mean over triplets.",
                    correct=True,
                ),
            ),
        ),
        Question(
            WHICH.format("""\
gap = (body(x_a) - body(x_b)).abs()
loss = F.binary_cross_entropy_with_logits(head(gap)[:, 0], same)"""),
            (
                Option(
                    "Koch's similarity with cross-entropy",
                    "`head` is a linear layer: w · |z_a − z_b| + b is the logit of same. With its "
                    "bias it can be above 0, as no −distance can.",
                    correct=True,
                ),
                Option(
                    "contrastive",
                    "There is no margin, and `head` learns how much each feature counts.",
                ),
                Option(
                    "none of them: a sigmoid on a distance, which can never say same",
                    "It would be without the bias and with weights below 0. `head` has a bias.",
                ),
                Option(
                    "matching",
                    "A matching network compares a query with a whole support set.",
                ),
            ),
        ),
        Question(
            WHICH.format("""\
z_s, z_q = body(x_s), body(x_q)
c = torch.stack([z_s[y_s == n].mean(0) for n in range(n_way)])
loss = F.cross_entropy(2 * z_q @ c.T - c.square().sum(-1), y_q)"""),
            (
                Option(
                    "matching",
                    "In a matching network each support image votes. Here each class has one mean.",
                ),
                Option(
                    "a linear classifier, trained by gradient descent",
                    "It is linear in z_q, but its weights 2c and biases −‖c‖² are computed from "
                    "the support set, not trained.",
                ),
                Option(
                    "prototypical",
                    "‖z_q‖² is left out of −‖z_q − c‖². It is the same for all classes, so the "
                    "softmax does not see it.",
                    correct=True,
                ),
                Option(
                    "none of them: dot products in the place of distances",
                    "They are distances as soon as −‖c‖² is there; ‖z_q‖² drops out of a softmax.",
                ),
            ),
        ),
        Question(
            WHICH.format("""\
z_s, z_q = F.normalize(body(x_s), dim=-1), F.normalize(body(x_q), dim=-1)
p = (z_q @ z_s.T).softmax(-1) @ F.one_hot(y_s, n_way).to(z_s)
loss = F.nll_loss(p.log(), y_q)"""),
            (
                Option(
                    "prototypical with cosines",
                    "The softmax is over support images, not over classes; no mean is taken.",
                ),
                Option(
                    "matching",
                    "Each support image votes for its class, with a softmax of cosines as its "
                    "weight. The labels enter after the softmax.",
                    correct=True,
                ),
                Option(
                    "Koch's similarity",
                    "Nothing is learned about how two embeddings are compared.",
                ),
                Option(
                    "contrastive with cosines",
                    "There are no pairs and no margin; the answer is one of N classes.",
                ),
            ),
        ),
    ],
    "self_check": [
        Question(
            'Two images go through "two networks that share their weights". '
            "What happens to the embeddings when one weight changes?",
            (
                Option(
                    "Only that of the first image moves; a copy follows at the next step.",
                    "There is no copy: one network is called twice.",
                ),
                Option(
                    "Both move: it is one network, called twice.",
                    "Its gradient is the sum of what flows back through both calls. Swapping the "
                    "two images cannot change their distance.",
                    correct=True,
                ),
                Option(
                    "Both move, by the same vector.",
                    "How far and whereto each moves depends on its image.",
                ),
            ),
        ),
        Question(
            "The contrastive loss pushes a different pair …",
            (
                Option(
                    "always, the harder the further apart the two are",
                    "That is −d²: without a margin the embeddings grow without end.",
                ),
                Option(
                    "to exactly the distance m, and pulls it back if it is further away",
                    "That would be (m − d)² without max(0, ·).",
                ),
                Option(
                    "until its distance is m, then no more",
                    "The slope is −2 (m − d) and reaches 0 at the margin without a jump.",
                    correct=True,
                ),
            ),
        ),
        Question(
            "A network of pairs is asked a 5-way 3-shot question. How many comparisons does a "
            "query need, and how many does a prototypical network need?",
            (
                Option(
                    "15 and 5",
                    "A pair model scores all 15 support images and takes the best mean over a "
                    "class; prototypes take the mean first.",
                    correct=True,
                ),
                Option(
                    "5 and 5",
                    "A pair model knows no class, only images: it scores each of the 15.",
                ),
                Option(
                    "15 and 15",
                    "A prototypical network averages the three embeddings of a class before it "
                    "compares.",
                ),
            ),
        ),
        Question(
            "Why is the mean the right prototype for −‖z − c‖²?",
            (
                Option(
                    "The mean is the point with the least sum of squared distances to the class's "
                    "embeddings.",
                    "For other distances other points are. For plain ‖·‖ it would be the "
                    "geometric median.",
                    correct=True,
                ),
                Option(
                    "The mean is always one of the embeddings.",
                    "It hardly ever is.",
                ),
                Option(
                    "Any other point would make the softmax undefined.",
                    "A softmax takes any logits. The answers would be worse.",
                ),
            ),
        ),
        Question(
            "−‖z − c_n‖² is a linear classifier of z, although it has a square, because …",
            (
                Option(
                    "near a prototype any function is almost linear",
                    "It holds exactly and everywhere.",
                ),
                Option(
                    "the network before it is linear",
                    "It is not; the statement is about z, whatever made it.",
                ),
                Option(
                    "−‖z‖² is the same for every class, and the rest is 2 c_n · z − ‖c_n‖²",
                    "What all logits share drops out of the softmax. Weights and biases are "
                    "computed from the support set.",
                    correct=True,
                ),
            ),
        ),
        Question(
            "After some training nearly all random triplets have the loss 0. What now?",
            (
                Option(
                    "Training is done.",
                    "Random triplets are mostly easy. Those that a task gets wrong are rare among "
                    "them.",
                ),
                Option(
                    "Choose harder ones: for an anchor the nearest image of another class.",
                    "A content triplet has no gradient. Hard ones have, but a wrong label or a "
                    "collapse hurts more with them.",
                    correct=True,
                ),
                Option(
                    "Raise the learning rate.",
                    "A gradient of 0 stays 0, at any rate.",
                ),
            ),
        ),
        Question(
            "The triplet loss of hard triplets stays close to the margin for a long time. "
            "What should be looked at first?",
            (
                Option(
                    "Whether the embeddings have collapsed: all distances nearly 0.",
                    "If all embeddings are one point, each triplet costs 0 − 0 + m = m. A "
                    "histogram of distances shows it at once.",
                    correct=True,
                ),
                Option(
                    "Whether the margin is too small.",
                    "The loss of a collapsed embedding is m for every m.",
                ),
                Option(
                    "Whether there are too few triplets.",
                    "More of the same triplets have the same loss.",
                ),
            ),
        ),
        Question(
            "BatchNorm in training mode normalises support and all queries of a task together "
            "at test time. The accuracy changes. What is it worth?",
            (
                Option(
                    "It is a better encoder.",
                    "The weights are the same; only what the queries share has changed.",
                ),
                Option(
                    "It belongs to transduction: an answer uses the other queries, so it must not "
                    "be compared with answers given one at a time.",
                    "Give it one query at a time, or queries of one class: another number. "
                    "Say so beside it.",
                    correct=True,
                ),
                Option(
                    "Nothing changed: BatchNorm looks at one image at a time.",
                    "In training mode its means and variances are those of the batch.",
                ),
            ),
        ),
        Question(
            "Tasks of new drawings, but of scripts that were used in training, are solved "
            "better than tasks of new scripts. Which number answers whether it learned to compare?",
            (
                Option(
                    "The first: the drawings are new.",
                    "The characters are not: the network may know them as classes.",
                ),
                Option(
                    "The mean of both.",
                    "It mixes two questions and answers neither.",
                ),
                Option(
                    "The second: few-shot means classes that training never had.",
                    "Scripts are split as a whole, because letters of one script look alike.",
                    correct=True,
                ),
            ),
        ),
        Question(
            "An encoder trained on printed letters alone answers well on handwriting. That shows …",
            (
                Option(
                    "that it has learned all letters there are",
                    "Most scripts of the test are new to it, and it never learned to name any.",
                ),
                Option(
                    "that what tells printed letters apart, under the warps of training, also "
                    "tells drawn ones apart",
                    "It was never trained to name a letter, only to say which of a few is nearest. "
                    "How well that carries over must be measured on other data.",
                    correct=True,
                ),
                Option(
                    "that the same encoder will do for photographs",
                    "Nothing here says so: strokes on paper and print are close relatives.",
                ),
            ),
        ),
    ],
}
