"""Chapter 04's exercises: right answers written differently (for test_all_exercises), wrong ones
as learners write them."""

import pytest
import torch
from torch.nn import functional as F

from metacourse import siamese as kernel
from metacourse.checks import diagnose, quizzes
from metacourse.checks import siamese as chapter
from metacourse.checks.catalogue import find


def exercise(name):
    return find("EXERCISES", f"siamese.{name}")


# Right answers, written differently --------------------------------------------------------------


def contrastive_by_norm(z_a, z_b, same, *, margin=1.0):
    d = (z_a - z_b).norm(dim=-1)
    return (same * d**2 + (1 - same) * F.relu(margin - d) ** 2).mean()


def contrastive_in_a_loop(z_a, z_b, same, *, margin=1.0):
    total = 0.0
    for a, b, y in zip(z_a, z_b, same, strict=True):
        d = torch.linalg.vector_norm(a - b)
        total = total + (d**2 if y == 1 else torch.clamp(margin - d, min=0) ** 2)
    return total / len(same)


def contrastive_by_cdist(z_a, z_b, same, *, margin=1.0):
    d = torch.cdist(z_a[:, None], z_b[:, None])[:, 0, 0]
    return torch.where(same.bool(), d, (margin - d).clamp(min=0)).square().mean()


def contrastive_by_pairwise_distance(z_a, z_b, same, *, margin=1.0):
    d = F.pairwise_distance(z_a, z_b, eps=0)
    pull, push = d[same == 1].square(), F.relu(margin - d[same == 0]).square()
    return torch.cat([pull, push]).sum() / len(same)


def contrastive_with_where_twice(z_a, z_b, same, *, margin=1.0):
    squares = torch.einsum("pd,pd->p", z_a - z_b, z_a - z_b)
    zero = squares == 0
    d = torch.where(zero, torch.zeros_like(squares), torch.where(zero, 1.0, squares).sqrt())
    push = torch.maximum(margin - d, torch.zeros(())) ** 2
    return torch.mean(same * squares + (1 - same) * push)


def contrastive_with_small_epsilon(z_a, z_b, same, *, margin=1.0):
    squares = ((z_a - z_b) ** 2).sum(1)
    d = torch.sqrt(squares + 1e-12)
    return torch.mean(same * squares + (1 - same) * torch.clamp(margin - d, min=0.0) ** 2)


def contrastive_with_a_clamped_root(z_a, z_b, same, *, margin=1.0):
    d = (z_a - z_b).pow(2).sum(-1).clamp(min=1e-16).sqrt()
    return (same * d.pow(2) + (1 - same) * (margin - d).relu().pow(2)).mean()


def triplet_in_a_loop(anchor, positive, negative, *, margin=1.0):
    losses = []
    for a, p, n in zip(anchor, positive, negative, strict=True):
        losses.append(torch.clamp((a - p) @ (a - p) - (a - n) @ (a - n) + margin, min=0))
    return torch.stack(losses).mean()


def triplet_by_einsum(anchor, positive, negative, *, margin=1.0):
    p, n = anchor - positive, anchor - negative
    squares = torch.einsum("pd,pd->p", p, p) - torch.einsum("pd,pd->p", n, n)
    return torch.maximum(squares + margin, torch.zeros(())).mean()


def triplet_by_norm(anchor, positive, negative, *, margin=1.0):
    p, n = (torch.linalg.norm(anchor - other, dim=1) for other in (positive, negative))
    return F.relu(p**2 - n**2 + margin).sum() / len(anchor)


def triplet_by_torch(anchor, positive, negative, *, margin=1.0):
    return F.triplet_margin_with_distance_loss(
        anchor,
        positive,
        negative,
        distance_function=lambda a, b: ((a - b) ** 2).sum(-1),
        margin=margin,
    )


def triplet_multiplied_out(anchor, positive, negative, *, margin=1.0):
    products = (negative - positive) * (2 * anchor - negative - positive)
    return (products.sum(-1) + margin).clamp_min(0).mean()


def triplet_with_python_max(anchor, positive, negative, *, margin=1.0):
    total = 0
    for a, p, n in zip(anchor, positive, negative, strict=True):
        total += max(((a - p) ** 2).sum() - ((a - n) ** 2).sum() + margin, 0)
    return total / len(anchor)


def triplet_with_a_mask(anchor, positive, negative, *, margin=1.0):
    squares = (torch.cdist(anchor, other).diagonal() ** 2 for other in (positive, negative))
    costs = next(squares) - next(squares) + margin
    return (costs * (costs > 0)).mean()


def prototypes_in_a_loop(z_support, y_support, n_way):
    return torch.stack([z_support[y_support == n].mean(dim=0) for n in range(n_way)])


def prototypes_by_index_add(z_support, y_support, n_way):
    sums = z_support.new_zeros(n_way, z_support.shape[-1]).index_add(0, y_support, z_support)
    return sums / torch.bincount(y_support, minlength=n_way)[:, None]


def prototypes_by_scatter(z_support, y_support, n_way):
    rows = y_support[:, None].expand_as(z_support)
    start = torch.zeros(n_way, z_support.shape[1], dtype=z_support.dtype)
    return start.scatter_reduce(0, rows, z_support, "mean", include_self=False)


def prototypes_by_einsum(z_support, y_support, n_way):
    members = F.one_hot(y_support, n_way).double()
    return torch.einsum("sn,sd->nd", members / members.sum(0), z_support)


def prototypes_row_by_row(z_support, y_support, n_way):
    sums, counts = [0] * n_way, [0] * n_way
    for z, y in zip(z_support, y_support.tolist(), strict=True):
        sums[y], counts[y] = sums[y] + z, counts[y] + 1
    return torch.stack([total / count for total, count in zip(sums, counts, strict=True)])


def prototypes_filled_in(z_support, y_support, n_way):
    result = torch.zeros(n_way, z_support.size(-1), dtype=torch.float64)
    for n in range(n_way):
        result[n] = z_support[y_support == n].sum(0) / (y_support == n).sum()
    return result


def logits_by_broadcasting(z_query, prototypes):
    return -((z_query[:, None] - prototypes[None]) ** 2).sum(-1)


def logits_by_cdist(z_query, prototypes):
    return -(torch.cdist(z_query, prototypes) ** 2)


def logits_by_norm(z_query, prototypes):
    return -(z_query.unsqueeze(1) - prototypes.unsqueeze(0)).norm(dim=2).pow(2)


def logits_by_einsum(z_query, prototypes):
    difference = z_query[:, None] - prototypes
    return -torch.einsum("qnd,qnd->qn", difference, difference)


def logits_in_two_loops(z_query, prototypes):
    rows = [torch.stack([-((z - c) @ (z - c)) for c in prototypes]) for z in z_query]
    return torch.stack(rows)


def logits_multiplied_out(z_query, prototypes):
    squares = (z_query**2).sum(1, keepdim=True) + (prototypes**2).sum(1)
    return -(squares - 2 * z_query @ prototypes.T)


def answer_in_a_loop(scores, y_support, n_way):
    means = [scores[:, y_support == n].mean(dim=1) for n in range(n_way)]
    return torch.stack(means, dim=1).argmax(dim=1)


def answer_by_index_add(scores, y_support, n_way):
    sums = scores.new_zeros(len(scores), n_way).index_add(1, y_support, scores)
    return (sums / y_support.bincount(minlength=n_way)).max(1).indices


def answer_query_by_query(scores, y_support, n_way):
    answers = []
    for row in scores:
        means = [row[y_support == n].mean().item() for n in range(n_way)]
        answers.append(means.index(max(means)))
    return torch.tensor(answers)


def answer_by_einsum(scores, y_support, n_way):
    members = F.one_hot(y_support, n_way).to(scores)
    return torch.einsum("qs,sn->qn", scores, members / members.sum(0)).topk(1).indices[:, 0]


def answer_by_nan_mean(scores, y_support, n_way):
    members = y_support == torch.arange(n_way)[:, None]
    return scores[:, None].masked_fill(~members, torch.nan).nanmean(-1).argmax(-1)


def answer_by_distances(scores, y_support, n_way):
    means = [(-scores)[..., y_support == n].mean(-1) for n in range(n_way)]
    return torch.stack(means, -1).argmin(-1)


def mined_pair_by_pair(z, y, anchor, positive):
    chosen = []
    for a, p in zip(anchor.tolist(), positive.tolist(), strict=True):
        d = (z - z[a]).norm(dim=1)
        others = [n for n in range(len(y)) if y[n] != y[a]]
        further = [n for n in others if d[n] > d[p]]
        best = min(further, key=lambda n: d[n]) if further else max(others, key=lambda n: d[n])
        chosen.append(best)
    return torch.tensor(chosen)


def mined_by_cdist(z, y, anchor, positive):
    d = torch.cdist(z, z)
    rows, own = d[anchor], d[anchor, positive][:, None]
    rows = torch.where(y[None] == y[anchor][:, None], torch.nan, rows)
    key = torch.where(rows > own, -rows, rows - 1e6).nan_to_num(-1e9)
    return key.argmax(1)


def mined_by_sorting(z, y, anchor, positive):
    d = kernel.distance(z[anchor][:, None], z)
    own = d[torch.arange(len(anchor)), positive]
    order = d.argsort(dim=1)
    chosen = []
    for row, o in enumerate(order):
        others = o[y[o] != y[anchor[row]]]
        further = others[d[row, others] > own[row]]
        chosen.append(further[0] if len(further) else others[-1])
    return torch.stack(chosen)


def pairs_loss_in_two_loops(z, y, *, temperature=1.0):
    terms = []
    for i in range(len(y)):
        for j in range(len(y)):
            if i != j and y[i] == y[j]:
                right = -((z[i] - z[j]) ** 2).sum() / temperature
                wrong = -((z[i] - z[y != y[i]]) ** 2).sum(1) / temperature
                logits = torch.cat([right[None], wrong])[None]
                terms.append(F.cross_entropy(logits, torch.tensor([0])))
    return torch.stack(terms).mean()


def pairs_loss_by_exp(z, y, *, temperature=1.0):
    e = (-((z[:, None] - z) ** 2).sum(-1) / temperature).exp()
    same = (y[:, None] == y).double()
    p = e / (e + (e * (1 - same)).sum(1, keepdim=True))
    pairs = same - torch.eye(len(y))
    return -(p.log() * pairs).sum() / pairs.sum()


def pairs_loss_by_softplus(z, y, *, temperature=1.0):
    return kernel.all_pairs_loss(z, y, temperature=temperature)


ALTERNATIVES = {
    "semi_hard_negatives": (mined_pair_by_pair, mined_by_cdist, mined_by_sorting),
    "all_pairs_loss": (pairs_loss_in_two_loops, pairs_loss_by_exp, pairs_loss_by_softplus),
    "contrastive_loss": (
        contrastive_by_norm,
        contrastive_in_a_loop,
        contrastive_by_cdist,
        contrastive_by_pairwise_distance,
        contrastive_with_where_twice,
        contrastive_with_small_epsilon,
        contrastive_with_a_clamped_root,
    ),
    "triplet_loss": (
        triplet_in_a_loop,
        triplet_by_einsum,
        triplet_by_norm,
        triplet_by_torch,
        triplet_multiplied_out,
        triplet_with_python_max,
        triplet_with_a_mask,
    ),
    "prototypes": (
        prototypes_in_a_loop,
        prototypes_by_index_add,
        prototypes_by_scatter,
        prototypes_by_einsum,
        prototypes_row_by_row,
        prototypes_filled_in,
    ),
    "prototypical_logits": (
        logits_by_broadcasting,
        logits_by_cdist,
        logits_by_norm,
        logits_by_einsum,
        logits_in_two_loops,
        logits_multiplied_out,
    ),
    "answer_n_way": (
        answer_in_a_loop,
        answer_by_index_add,
        answer_query_by_query,
        answer_by_einsum,
        answer_by_nan_mean,
        answer_by_distances,
    ),
}


# Wrong answers as learners write them ------------------------------------------------------------


def loss_from(formula):
    """A wrong contrastive loss written with the plain root, the labels and the margin."""

    def wrong(z_a, z_b, same, *, margin=1.0):
        d = ((z_a - z_b) ** 2).sum(-1).sqrt()
        return formula(d, same, margin)

    return wrong


def by_norm(formula):
    def wrong(z_a, z_b, same, *, margin=1.0):
        return formula(torch.norm(z_a - z_b, dim=1), same, margin)

    return wrong


def cut(function):
    def wrong(*args, **kwargs):
        return function(*args, **kwargs).detach()

    return wrong


def with_python_max(z_a, z_b, same, *, margin=1.0):
    total = 0
    for a, b, y in zip(z_a, z_b, same, strict=True):
        squares = ((a - b) ** 2).sum()
        total += squares if y else max(0, margin - squares.sqrt()) ** 2
    return total / len(same)


def with_pairwise_distance(z_a, z_b, same, *, margin=1.0):
    d = F.pairwise_distance(z_a, z_b)
    return (same * d**2 + (1 - same) * F.relu(margin - d) ** 2).mean()


def with_epsilon_in_the_difference(z_a, z_b, same, *, margin=1.0):
    d = (z_a - z_b + 1e-8).norm(dim=-1)
    return (same * d**2 + (1 - same) * F.relu(margin - d) ** 2).mean()


def with_shared_distance(z_a, z_b, same, *, margin=1.0):
    d = torch.norm(z_a - z_b)
    return (same * d**2 + (1 - same) * F.relu(margin - d) ** 2).mean()


def with_cosine_embedding_loss(z_a, z_b, same, *, margin=1.0):
    return F.cosine_embedding_loss(z_a, z_b, 2 * same - 1, margin=min(margin, 1.0))


def with_nan_to_num(z_a, z_b, same, *, margin=1.0):
    d = torch.nan_to_num(((z_a - z_b) ** 2).sum(-1).sqrt())
    return (same * d**2 + (1 - same) * F.relu(margin - d) ** 2).mean()


def kinds_weighted(z_a, z_b, same, *, margin=1.0):
    d, p = (z_a - z_b).norm(dim=1), len(same)
    pull, push = d[same == 1] ** 2, F.relu(margin - d[same == 0]) ** 2
    return pull.mean() * len(pull) / p + push.mean() * len(push) / p


def without_zero_distances(z_a, z_b, same, *, margin=1.0):
    apart = (z_a != z_b).any(-1)
    d = (z_a - z_b)[apart].norm(dim=1)
    y = same[apart]
    return (y * d**2 + (1 - y) * F.relu(margin - d) ** 2).mean()


def one_side_detached(z_a, z_b, same, *, margin=1.0):
    return kernel.contrastive_loss(z_a, z_b.detach(), same, margin=margin)


def pairs_forgotten(z_a, z_b, same, *, margin=1.0):
    d = (z_a - z_b).norm(dim=1)
    return same * d**2 + (1 - same) * F.relu(margin - d) ** 2


def by_max_over_features(z_a, z_b, same, *, margin=1.0):
    d = (z_a - z_b).abs().amax(-1)
    return (same * d**2 + (1 - same) * F.relu(margin - d) ** 2).mean()


def triplet_by(formula, square=True):
    def wrong(anchor, positive, negative, *, margin=1.0):
        p, n = ((anchor - z).square().sum(-1) for z in (positive, negative))
        return formula(p, n, margin) if square else formula(p.sqrt(), n.sqrt(), margin)

    return wrong


def triplet_by_broadcast(anchor, positive, negative, *, margin=1.0):
    p = (anchor - positive).square().sum(-1)
    n = (anchor - negative).square().sum(-1)
    return F.relu(p[:, None] - n + margin).mean()


def triplet_over_everything(anchor, positive, negative, *, margin=1.0):
    elements = (anchor - positive) ** 2 - (anchor - negative) ** 2 + margin
    return F.relu(elements).mean()


def triplet_hinge_in_each_feature(anchor, positive, negative, *, margin=1.0):
    elements = (anchor - positive) ** 2 - (anchor - negative) ** 2
    return F.relu(elements.sum(-1) + margin * anchor.shape[-1]).mean()


def triplet_anchor_detached(anchor, positive, negative, *, margin=1.0):
    return kernel.triplet_loss(anchor.detach(), positive, negative, margin=margin)


def triplet_negative_detached(anchor, positive, negative, *, margin=1.0):
    return kernel.triplet_loss(anchor, positive, negative.detach(), margin=margin)


def triplet_of_unit_vectors(anchor, positive, negative, *, margin=1.0):
    z = (F.normalize(each, dim=-1) for each in (anchor, positive, negative))
    return kernel.triplet_loss(*z, margin=margin)


def triplet_with_mse(anchor, positive, negative, *, margin=1.0):
    return F.relu(F.mse_loss(anchor, positive) - F.mse_loss(anchor, negative) + margin)


def triplet_nearest_of_two(anchor, positive, negative, *, margin=1.0):
    p, a, b = (
        kernel.squared_distance(*pair)
        for pair in ((anchor, positive), (anchor, negative), (positive, negative))
    )
    return F.relu(p - torch.minimum(a, b) + margin).mean()


def grouped(summary):
    def wrong(z_support, y_support, n_way):
        return torch.stack([summary(z_support[y_support == n]) for n in range(n_way)])

    return wrong


def prototypes_sorted_wrongly(z_support, y_support, n_way):
    order = y_support.argsort()
    return z_support[order].reshape(n_way, -1, z_support.shape[1]).mean(1)


def prototypes_overwritten(z_support, y_support, n_way):
    result = torch.zeros(n_way, z_support.shape[1], dtype=z_support.dtype)
    result[y_support] = z_support
    return result


def prototypes_added_in_place(z_support, y_support, n_way):
    result = torch.zeros(n_way, z_support.shape[1], dtype=z_support.dtype)
    result[y_support] += z_support
    return result / y_support.bincount(minlength=n_way)[:, None]


def prototypes_scattered_with_zeros(z_support, y_support, n_way):
    start = torch.zeros(n_way, z_support.shape[1], dtype=z_support.dtype)
    rows = y_support[:, None].expand_as(z_support)
    return start.scatter_reduce(0, rows, z_support, "mean")


def prototypes_by_softmax(z_support, y_support, n_way):
    return F.one_hot(y_support, n_way).double().softmax(0).T @ z_support


def prototypes_from_one(z_support, y_support, n_way):
    return grouped(lambda z: z.mean(0))(z_support, y_support + 1, n_way + 1)[1:].flip(0)


def prototypes_by_unique(z_support, y_support, n_way):
    seen = list(dict.fromkeys(y_support.tolist()))
    return torch.stack([z_support[y_support == n].mean(0) for n in seen])


def prototypes_as_numbers(z_support, y_support, n_way):
    rows = [z_support[y_support == n].mean(0).tolist() for n in range(n_way)]
    return torch.tensor(rows, dtype=torch.float64)


def logits_by(formula):
    def wrong(z_query, prototypes):
        return formula(((z_query[:, None] - prototypes) ** 2).sum(-1))

    return wrong


def logits_of_centred(z_query, prototypes):
    return logits_by_broadcasting(z_query - z_query.mean(0), prototypes - prototypes.mean(0))


def logits_by_class_first(z_query, prototypes):
    return -((prototypes[:, None] - z_query) ** 2).sum(-1)


def logits_reshaped(z_query, prototypes):
    right = -((prototypes[:, None] - z_query) ** 2).sum(-1)
    return right.reshape(len(z_query), len(prototypes))


def logits_queries_detached(z_query, prototypes):
    return logits_by_broadcasting(z_query.detach(), prototypes)


def logits_of_unit_vectors(z_query, prototypes):
    return logits_by_broadcasting(F.normalize(z_query, dim=-1), F.normalize(prototypes, dim=-1))


def logits_of_rounded(z_query, prototypes):
    return (logits_by_broadcasting(z_query, prototypes) * 100).round() / 100


def answered_by(formula):
    def wrong(scores, y_support, n_way):
        members = F.one_hot(y_support, n_way).to(scores)
        return formula(scores, members)

    return wrong


def answer_of_sorted_labels(scores, y_support, n_way):
    order = y_support.argsort()
    return scores[:, order].reshape(len(scores), n_way, -1).mean(-1).argmax(-1)


def answer_by_majority_of_three(scores, y_support, n_way):
    return y_support[scores.topk(3).indices].mode(-1).values


def answer_as_decimal(scores, y_support, n_way):
    return answer_in_a_loop(scores, y_support, n_way).double()


def answer_one_hot(scores, y_support, n_way):
    return F.one_hot(answer_in_a_loop(scores, y_support, n_way), n_way)


def answer_from_one(scores, y_support, n_way):
    return answer_in_a_loop(scores, y_support, n_way) + 1


def answer_of_the_first_image(scores, y_support, n_way):
    first = [(y_support == n).nonzero()[0, 0] for n in range(n_way)]
    return scores[:, first].argmax(-1)


def answer_of_probabilities(scores, y_support, n_way):
    return answer_in_a_loop(scores.exp(), y_support, n_way)


def answer_without_the_last_shot(scores, y_support, n_way):
    means = [scores[:, (y_support == n).nonzero()[:2, 0]].mean(-1) for n in range(n_way)]
    return torch.stack(means, -1).argmax(-1)


def with_where_of_numbers(z_a, z_b, same, *, margin=1.0):
    d = (z_a - z_b).norm(dim=-1)
    return torch.where(same, d.square(), F.relu(margin - d).square()).mean()


def mined(allowed, fallback=True):
    def wrong(z, y, anchor, positive):
        d = torch.cdist(z, z)[anchor]
        own, other = d.gather(1, positive[:, None]), y != y[anchor][:, None]
        mask = other & allowed(d, own)
        nearest = torch.where(mask, d, torch.inf).argmin(1)
        furthest = torch.where(other, d, -torch.inf).argmax(1)
        return torch.where(mask.any(1), nearest, furthest) if fallback else nearest

    return wrong


mined_hardest = mined(lambda d, own: d >= 0)
mined_nearer = mined(lambda d, own: d < own)
mined_without_a_last_resort = mined(lambda d, own: d > own, fallback=False)


def by_supervised_contrastive(z, y, *, temperature=1.0):
    logits = -(torch.cdist(z, z) ** 2) / temperature
    itself = torch.eye(len(y), dtype=torch.bool)
    logs = logits - logits.masked_fill(itself, -torch.inf).logsumexp(1, keepdim=True)
    return -logs[(y[:, None] == y) & ~itself].mean()


def pairs_loss_with_itself(z, y, *, temperature=1.0):
    logits, same = -(kernel.squared_distance(z[:, None], z)) / temperature, y[:, None] == y
    others = logits.masked_fill(same, -torch.inf).logsumexp(1, keepdim=True)
    return F.softplus(others - logits)[same].mean()


NAMED = [
    ("contrastive_loss",
     loss_from(lambda d, y, m: (y * d**2 + (1 - y) * F.relu(m - d) ** 2).mean()),
     "The values are right, but √"),
    ("contrastive_loss", with_python_max, "The values are right, but √"),
    ("contrastive_loss", with_pairwise_distance, "An ε is added"),
    ("contrastive_loss", with_epsilon_in_the_difference, "An ε is added"),
    ("contrastive_loss", with_nan_to_num, "The values are right, but √"),
    ("contrastive_loss", by_norm(lambda d, y, m: ((1 - y) * d**2 + y * F.relu(m - d) ** 2).mean()),
     "the wrong way round"),
    ("contrastive_loss",
     loss_from(lambda d, y, m: ((1 - y) * d**2 + y * F.relu(m - d) ** 2).mean()),
     "And: The label is read the wrong way round"),
    ("contrastive_loss",
     by_norm(lambda d, y, m: ((1 - y) * d**2 / 2 + y * F.relu(m - d) ** 2 / 2).mean()),
     "Eq. 4 of Hadsell, Chopra & LeCun to the letter"),
    ("contrastive_loss",
     by_norm(lambda d, y, m: (y * d**2 + (1 - y) * F.relu(m - d) ** 2).sum() / 2),
     "And: This is the sum over the batch"),
    ("contrastive_loss",
     by_norm(lambda d, y, m: torch.where(y, d**2, F.relu(m - d) ** 2).mean()), "write `same == 1`"),
    ("contrastive_loss", one_side_detached, "no gradient flows to `z_b`"),
    ("contrastive_loss", by_norm(lambda d, y, m: (y * d**2 - (1 - y) * d**2).mean()),
     "Without a margin"),
    ("contrastive_loss", by_norm(lambda d, y, m: (y * d**2 + (1 - y) * (m - d) ** 2).mean()),
     "pulled back to it"),
    ("contrastive_loss", by_norm(lambda d, y, m: (y * d**2 + (1 - y) * F.relu(m - d)).mean()),
     "not squared"),
    ("contrastive_loss",
     by_norm(lambda d, y, m: (y * d**2 + (1 - y) * F.relu(m - d**2) ** 2).mean()), "d = √m"),
    ("contrastive_loss", by_norm(lambda d, y, m: (y * d**2 + (1 - y) * F.relu(m - d) ** 2).sum()),
     "the sum over the batch"),
    ("contrastive_loss",
     by_norm(lambda d, y, m: (y * d**2 + ~y * F.relu(m - d) ** 2).mean()), "~1 is −2"),
    ("contrastive_loss", with_shared_distance, "share one distance"),
    ("triplet_loss", F.triplet_margin_loss, "plain distances"),
    ("triplet_loss", triplet_nearest_of_two, "the smaller of its two distances"),
    ("triplet_loss", triplet_hinge_in_each_feature, "counted D times"),
    ("triplet_loss", triplet_by(lambda p, n, m: F.relu(p - n + m).mean(), square=False),
     "not squared"),
    ("triplet_loss", triplet_by(lambda p, n, m: F.relu(n - p + m).mean()), "swapped"),
    ("triplet_loss", triplet_by(lambda p, n, m: F.relu((p - n).mean() + m)), "after the mean"),
    ("triplet_loss", triplet_by(lambda p, n, m: (p - n + m).mean()), "content triplets go on"),
    ("triplet_loss", triplet_with_mse, "`F.mse_loss`"),
    ("triplet_loss", triplet_over_everything, "of each feature"),
    ("triplet_loss", triplet_of_unit_vectors, "length 1"),
    ("prototypes", prototypes_sorted_wrongly, "of equal length"),
    ("prototypes", prototypes_overwritten, "the last image"),
    ("prototypes", prototypes_added_in_place, "does not add up"),
    ("prototypes", prototypes_by_unique, "first appear"),
    ("prototypes", prototypes_scattered_with_zeros, "one image too many"),
    ("prototypes", prototypes_as_numbers, "no gradient flows"),
    ("prototypical_logits", logits_by(lambda squares: squares), "The sign is missing"),
    ("prototypical_logits", logits_by(lambda squares: -squares.sqrt()), "not squared"),
    ("prototypical_logits", lambda z_query, prototypes: -torch.cdist(z_query, prototypes),
     "not squared"),
    ("prototypical_logits", logits_by(lambda squares: (-squares).softmax(-1)), "probabilities"),
    ("prototypical_logits", logits_of_unit_vectors, "length 1"),
    ("prototypical_logits", logits_by_class_first, "has the shape"),
    ("answer_n_way", answered_by(lambda s, members: (s @ members).argmax(-1)), "sums of scores"),
    ("answer_n_way", lambda scores, y_support, n_way: scores.argmax(-1), "not of a class"),
    ("answer_n_way", lambda scores, y_support, n_way: y_support[scores.argmax(-1)],
     "the nearest neighbour"),
    ("answer_n_way", answer_of_sorted_labels, "of equal length"),
    ("answer_n_way", answer_one_hot, "has the shape"),
    ("answer_n_way", answer_as_decimal, "decimal numbers"),
    ("contrastive_loss", with_where_of_numbers, "write `same == 1`"),
    ("semi_hard_negatives", mined_hardest, "the hardest"),
    ("semi_hard_negatives", mined_without_a_last_resort, "a whole row is ∞"),
    ("semi_hard_negatives", mined_nearer, "of those nearer than the positive"),
    ("all_pairs_loss", by_supervised_contrastive, "Khosla et al."),
    ("all_pairs_loss", pairs_loss_with_itself, "find itself"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "wrong", "said"), NAMED)
def test_wrong_answers_as_learners_write_them_are_told_by_name(name, wrong, said):
    report = diagnose(exercise(name), wrong, patience=60)
    assert report.state == "failed"
    assert said in str(report)


WRONG = {
    "contrastive_loss": (
        with_cosine_embedding_loss,
        kinds_weighted,
        without_zero_distances,
        pairs_forgotten,
        by_max_over_features,
        cut(contrastive_by_norm),
        by_norm(lambda d, y, m: (y * d**2 + (1 - y) * torch.exp(m - d)).mean()),
        by_norm(lambda d, y, m: (y * d**2 + (1 - y) / (d + 1e-6)).mean()),
        by_norm(lambda d, y, m: (y * d**2 + (1 - y) * F.softplus(m - d) ** 2).mean()),
        by_norm(lambda d, y, m: (y * d**2 + (1 - y) * F.relu(m - d) ** 2).median()),
        by_norm(lambda d, y, m: ((y - 1 / (1 + d)) ** 2).mean()),
        by_norm(lambda d, y, m: (y * d**2 + (1 - y) * F.relu(2 * m - d) ** 2).mean()),
        by_norm(lambda d, y, m: (y * d**2 + (1 - y) * (F.relu(m - d) ** 2).detach()).mean()),
        by_norm(lambda d, y, m: (y * d**2).mean() + ((1 - y) * F.relu(m - d).mean() ** 2).mean()),
        by_norm(lambda d, y, m: (y * d**2 + (1 - y) * (m - d).abs()).mean()),
        by_norm(lambda d, y, m: F.relu(y * d + (1 - y) * (m - d)).mean()),
        by_norm(lambda d, y, m: (y * d**2 + (1 - y) * (m - d).clamp(max=0) ** 2).mean()),
        by_norm(lambda d, y, m: (d[y] ** 2).mean() + (F.relu(m - d[1 - y]) ** 2).mean()),
        by_norm(lambda d, y, m: (y * d**2 + (1 - y) * F.relu(m - d + 1e-2) ** 2).mean()),
    ),
    "triplet_loss": (
        triplet_by_broadcast,
        triplet_anchor_detached,
        triplet_negative_detached,
        cut(triplet_by_einsum),
        triplet_by(lambda p, n, m: F.relu(p - n + m)),
        triplet_by(lambda p, n, m: F.relu(p + n + m).mean()),
        triplet_by(lambda p, n, m: F.relu(m + n).mean() - p.mean()),
        triplet_by(lambda p, n, m: F.relu(p - n.mean() + m).mean()),
        triplet_by(lambda p, n, m: F.relu(p.max() - n.min() + m)),
        triplet_by(lambda p, n, m: F.leaky_relu(p - n + m).mean()),
        triplet_by(lambda p, n, m: torch.exp(p - n).mean()),
        triplet_by(lambda p, n, m: -(torch.exp(-p) / (torch.exp(-p) + torch.exp(-n))).log().mean()),
        triplet_by(lambda p, n, m: F.relu(p - n + m).mean(), square=False),
        triplet_by(lambda p, n, m: F.relu(p - n + m).mean() ** 2),
        triplet_by(lambda p, n, m: F.relu(p / (n + 1e-9) - 1 + m).mean()),
    ),
    "prototypes": (
        prototypes_by_softmax,
        prototypes_from_one,
        cut(prototypes_in_a_loop),
        grouped(lambda z: z.mean()),
        grouped(lambda z: z.mean(0, keepdim=True)),
        grouped(lambda z: z.amin(0)),
        grouped(lambda z: z[: max(1, len(z) - 1)].mean(0)),
        grouped(lambda z: (z.amax(0) + z.amin(0)) / 2),
        grouped(lambda z: z.mean(0) / z.mean(0).norm()),
        grouped(lambda z: z.sum(0) / max(len(z) - 1, 1)),
        grouped(lambda z: z[0] if len(z) == 1 else z[:2].mean(0)),
        lambda z_support, y_support, n_way: z_support,
        lambda z_support, y_support, n_way: prototypes_in_a_loop(z_support, y_support, n_way).T,
        lambda z_support, y_support, n_way: prototypes_in_a_loop(z_support, y_support, n_way - 1),
        lambda z_support, y_support, n_way: list(prototypes_in_a_loop(z_support, y_support, n_way)),
        lambda z_support, y_support, n_way: F.one_hot(y_support, n_way).T.double() @ z_support,
    ),
    "prototypical_logits": (
        logits_of_centred,
        logits_reshaped,
        logits_queries_detached,
        logits_of_rounded,
        cut(logits_by_cdist),
        logits_by(lambda squares: 1 / (1 + squares)),
        logits_by(lambda squares: -squares + squares.mean(-1, keepdim=True)),
        logits_by(lambda squares: -squares / squares.sum(-1, keepdim=True)),
        logits_by(lambda squares: squares.amax(-1, keepdim=True) - squares),
        logits_by(lambda squares: -squares.T),
        logits_by(lambda squares: squares.argmin(-1)),
        logits_by(lambda squares: -(1 + squares).log()),
        logits_by(lambda squares: (-squares).exp()),
        logits_by(lambda squares: -squares / 10),
        logits_by(lambda squares: -squares.clamp(max=4)),
        lambda z_query, prototypes: z_query @ prototypes.T - (prototypes**2).sum(-1),
        lambda z_query, prototypes: z_query @ prototypes.T - (prototypes**2).sum(-1) / 2,
    ),
    "semi_hard_negatives": (
        mined(lambda d, own: d > 2 * own),
        mined(lambda d, own: d >= own.amax()),
        lambda z, y, anchor, positive: mined_pair_by_pair(z, y, anchor, positive).float(),
        lambda z, y, anchor, positive: mined_pair_by_pair(z, y, positive, anchor),
        lambda z, y, anchor, positive: kernel.hardest_triplets(z, y)[2][anchor],
    ),
    "all_pairs_loss": (
        cut(pairs_loss_by_exp),
        lambda z, y, *, temperature=1.0: pairs_loss_by_exp(z, y, temperature=1.0),
        lambda z, y, *, temperature=1.0: pairs_loss_by_exp(F.normalize(z, dim=-1), y),
        lambda z, y, *, temperature=1.0: pairs_loss_by_exp(z.detach(), y, temperature=temperature),
    ),
    "answer_n_way": (
        answer_by_majority_of_three,
        answer_from_one,
        answer_of_the_first_image,
        answer_of_probabilities,
        answer_without_the_last_shot,
        answered_by(lambda s, members: (s @ members / members.sum(0)).amax(-1)),
        answered_by(lambda s, members: (s @ members / members.sum(0)).softmax(-1)),
        answered_by(lambda s, members: (s @ members / members.sum(0)).argmax(0)),
        answered_by(lambda s, members: (s @ members / members.sum(0) ** 2).argmax(-1)),
        answered_by(lambda s, members: (s @ members / members.sum(0).sqrt()).argmax(-1)),
        answered_by(lambda s, members: (s @ members / members.sum(0)).abs().argmax(-1)),
        answered_by(lambda s, members: (s.square() @ members / members.sum(0)).argmax(-1)),
        answered_by(lambda s, members: (s.sigmoid() @ members / members.sum(0)).argmax(-1)),
        answered_by(lambda s, members: ((s > 0).to(s) @ members / members.sum(0)).argmax(-1)),
        answered_by(lambda s, members: (s @ members / (members.sum(0) + 1)).argmax(-1)),
        answered_by(lambda s, members: (s.mean(0) @ members / members.sum(0)).argmax(-1)),
        lambda scores, y_support, n_way: answer_in_a_loop(scores, y_support, n_way)[:1],
        lambda scores, y_support, n_way: answer_in_a_loop(scores, y_support, n_way).tolist(),
        lambda scores, y_support, n_way: torch.zeros(len(scores), dtype=torch.long),
    ),
}


@pytest.mark.parametrize(("name", "wrong"), [(n, w) for n, group in WRONG.items() for w in group])
def test_no_other_wrong_answer_passes(name, wrong):
    assert diagnose(exercise(name), wrong, patience=0).state == "failed"


# Cases, stubs, quizzes ---------------------------------------------------------------------------


def cases(name):
    draw = chapter.EXERCISES[name].cases
    return [draw(torch.Generator().manual_seed(seed)) for seed in range(6)]


def test_the_pairs_lie_on_both_sides_of_the_margin_and_at_zero_in_both_kinds():
    seen = set()
    for case in cases("contrastive_loss"):
        d = kernel.distance(case["z_a"], case["z_b"])
        places = zip(case["same"].tolist(), (d == 0).tolist(), (d > case["margin"]).tolist())  # noqa: B905
        seen |= set(places)
    assert seen == {(y, *place) for y in (0, 1) for place in [(0, 0), (0, 1), (1, 0)]}


def test_some_batches_have_pairs_of_one_kind_only_and_most_have_both():
    kinds = [set(case["same"].tolist()) for case in cases("contrastive_loss")]
    assert {0} in kinds
    assert {1} in kinds
    assert kinds.count({0, 1}) == 4


def test_some_triplets_are_violated_some_content_and_none_is_at_the_margin():
    for case in cases("triplet_loss"):
        p, n = (kernel.squared_distance(case["anchor"], case[k]) for k in ("positive", "negative"))
        costs = p - n + case["margin"]
        assert costs.abs().min() > 0.02
        assert costs.min() < 0 < costs.max()
    assert any((case["anchor"] == case["positive"]).all(-1).any() for case in cases("triplet_loss"))


@pytest.mark.parametrize("name", ["prototypes", "answer_n_way"])
def test_the_support_labels_are_unsorted_complete_and_of_unequal_number(name):
    labels = [case["y_support"] for case in cases(name)]
    ways = [case["n_way"] for case in cases(name)]
    assert all(y.unique().tolist() == list(range(n)) for y, n in zip(labels, ways, strict=True))
    assert all(len(y) % n == 0 for y, n in zip(labels, ways, strict=True))
    assert not any(torch.equal(y, y.sort().values) for y in labels)
    assert sum(len(y.bincount().unique()) > 1 for y in labels) >= 3


def test_one_query_lies_on_a_prototype_and_none_else():
    for case in cases("prototypical_logits"):
        zero = kernel.prototypical_logits(**case).abs() < 1e-12
        assert zero.sum() == 1


def test_the_mined_pairs_have_negatives_beyond_the_positive_and_pairs_without_any():
    seen = set()
    for case in cases("semi_hard_negatives"):
        z, y, anchor, positive = case.values()
        d = kernel.squared_distance(z[:, None], z)[anchor]
        other = y != y[anchor][:, None]
        seen |= set((other & (d > d.gather(1, positive[:, None]))).any(1).tolist())
    assert seen == {True, False}


@pytest.mark.parametrize("epsilon", [1e-12, 1e-10, 1e-9])
def test_a_small_epsilon_under_the_root_is_no_error(epsilon):
    def by_epsilon(z_a, z_b, same, *, margin=1.0):
        squares = ((z_a - z_b) ** 2).sum(-1)
        push = F.relu(margin - (squares + epsilon).sqrt()) ** 2
        return (same * squares + (1 - same) * push).mean()

    assert diagnose(exercise("contrastive_loss"), by_epsilon).state == "passed"


@pytest.mark.parametrize("name", chapter.EXERCISES)
def test_a_stub_is_not_attempted_yet(name):
    def stub(*args, **kwargs):
        """Return something."""
        ...

    assert diagnose(exercise(name), stub).state == "unattempted"


@pytest.mark.parametrize("question", quizzes.load("siamese.which_loss"))
def test_the_programs_of_the_quiz_do_what_the_right_option_says(question, generator):
    draw = {"generator": generator, "dtype": torch.float64}
    linear = torch.randn(4, 3, **draw)
    images = {
        name: torch.randn(6, 4, **draw) for name in ("x_a", "x_b", "x_p", "x_n", "x_s", "x_q")
    }
    labels = torch.tensor([2, 0, 1, 1, 0, 2]), torch.tensor([0, 1, 2, 0, 1, 2])
    head = torch.nn.Linear(3, 1).double()
    (right,) = (option.text for option in question.options if option.correct)
    koch = right.startswith("Koch")
    names = images | {
        "torch": torch,
        "F": F,
        "body": lambda x: torch.tanh(x @ linear),
        "head": head,
        "same": (torch.arange(6) % 2).to(torch.float64 if koch else torch.int64),
        "m": 0.7,
        "n_way": 3,
        "y_s": labels[0],
        "y_q": labels[1],
    }
    exec(question.text.split("```")[1], names)
    z = {name: torch.tanh(x @ linear) for name, x in images.items()}
    params = {"weight": head.weight[0], "bias": head.bias[0]}
    task = z["x_s"], labels[0], 3
    needed = {
        "contrastive": lambda: kernel.contrastive_loss(
            z["x_a"], z["x_b"], names["same"], margin=0.7
        ),
        "triplet": lambda: kernel.triplet_loss(z["x_a"], z["x_p"], z["x_n"], margin=0.7),
        "Koch's similarity with cross-entropy": lambda: F.binary_cross_entropy_with_logits(
            kernel.similarity_logit(params, z["x_a"], z["x_b"]), names["same"]
        ),
        "prototypical": lambda: F.cross_entropy(
            kernel.prototypical_logits(z["x_q"], kernel.prototypes(*task)), labels[1]
        ),
        "matching": lambda: F.nll_loss(
            kernel.matching_probabilities(z["x_q"], *task).log(), labels[1]
        ),
    }
    torch.testing.assert_close(names["loss"], needed[right]())


def test_hard_triplets_of_a_collapsed_embedding_cost_the_margin():
    """What the self-check says about collapse."""
    z, y = torch.zeros(6, 3, dtype=torch.float64), torch.arange(6) // 2
    chosen = kernel.hardest_triplets(z, y)
    assert kernel.triplet_loss(*(z[index] for index in chosen), margin=0.5).item() == 0.5
