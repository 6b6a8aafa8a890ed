"""The kernel of chapter 04 against values by hand, finite differences and invariances."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck, gradgradcheck
from torch.func import grad, vmap
from torch.nn import functional as F

from metacourse.siamese import (
    all_pairs_loss,
    answer_n_way,
    contrastive_loss,
    distance,
    hardest_triplets,
    matching_probabilities,
    positive_pairs,
    prototypes,
    prototypical_logits,
    refined_prototypes,
    sample_pairs,
    sample_triplets,
    semi_hard_negatives,
    similarity_logit,
    soft_assignment,
    squared_distance,
    triplet_loss,
)

EXACT = {"rtol": 1e-10, "atol": 1e-10}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def points(*shape, seed=0):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


def row(*values):
    return torch.tensor(values, dtype=torch.float64)


def learned(*tensors):
    return tuple(tensor.clone().requires_grad_() for tensor in tensors)


def rotation(n_features, seed=5):
    """A random orthogonal matrix."""
    return torch.linalg.qr(points(n_features, n_features, seed=seed)).Q


def a_task(n_way=3, n_shot=2, n_query=4, n_features=5, seed=0):
    """z_support, y_support, z_query of one task, the support in random order."""
    generator = seeded(seed)
    y = torch.arange(n_way).repeat(n_shot)[torch.randperm(n_way * n_shot, generator=generator)]
    z = torch.randn(len(y) + n_query, n_features, generator=generator, dtype=torch.float64)
    return z[: len(y)], y, z[len(y) :]


def tasks(n_tasks=3, **sizes):
    one_by_one = [a_task(**sizes, seed=seed) for seed in range(n_tasks)]
    return tuple(torch.stack(part) for part in zip(*one_by_one, strict=True))


def tilted(z):
    """Koch's similarity with some weights."""
    like = {"dtype": z.dtype, "device": z.device}
    weight = torch.linspace(-2, 1, z.shape[-1], **like)
    return {"weight": weight, "bias": torch.tensor(0.5, **like)}


# What each function answers to an N-way task (z_support, y_support, z_query) of 3 ways.
ANSWERS = {
    "prototypical_logits": lambda z, y, q: prototypical_logits(q, prototypes(z, y, 3)),
    "matching_probabilities": lambda z, y, q: matching_probabilities(q, z, y, 3),
    "answer_n_way": lambda z, y, q: answer_n_way(-distance(q[:, None], z), y, 3),
    "refined_prototypes": lambda z, y, q: refined_prototypes(prototypes(z, y, 3), z, y, q),
    "with a distractor": lambda z, y, q: refined_prototypes(
        prototypes(z, y, 3), z, y, q, distractor_radius=2.0
    ),
}
of_each_answer = pytest.mark.parametrize("answer", ANSWERS.values(), ids=list(ANSWERS))
# What each loss says of three batches of points and a batch of zeros and ones.
LOSSES = {
    "contrastive_loss": lambda a, b, c, same: contrastive_loss(a, b, same, margin=2.0),
    "triplet_loss": lambda a, b, c, same: triplet_loss(a, b, c, margin=2.0),
    "similarity_logit": lambda a, b, c, same: F.binary_cross_entropy_with_logits(
        similarity_logit(tilted(a), a, b), same
    ),
}
of_each_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))


def a_batch(n=6, n_features=4):
    """Three batches of points and a batch of zeros and ones."""
    return *points(3, n, n_features).unbind(), (torch.arange(n) % 2).double()


# distance ----------------------------------------------------------------------------------------


def test_the_distance_is_the_root_of_the_sum_of_squares():
    z_a, z_b = row(0, 0), row(3, 4)
    assert distance(z_a, z_b) == 5
    assert squared_distance(z_a, z_b) == 25


def test_small_distances_are_not_changed_by_an_epsilon():
    assert distance(row(0, 0), row(3e-9, 4e-9)) == pytest.approx(5e-9, rel=1e-12)


def test_distances_broadcast_to_a_table_of_queries_and_supports():
    q, z = points(4, 3), points(5, 3, seed=1)
    torch.testing.assert_close(distance(q[:, None], z), torch.cdist(q, z), **EXACT)


def test_the_gradient_of_the_distance_is_zero_at_zero_and_a_unit_vector_elsewhere():
    (z,) = learned(torch.stack([row(0, 0), row(3, 4)]))
    (gradient,) = torch.autograd.grad(distance(z, torch.zeros(2).double()).sum(), z)
    torch.testing.assert_close(gradient, torch.stack([row(0, 0), row(0.6, 0.8)]), **EXACT)


def test_the_distance_passes_gradcheck_also_where_it_is_zero():
    z_a, z_b = points(4, 3), points(4, 3, seed=1)
    z_b[1] = z_a[1]
    assert gradcheck(distance, learned(z_a, z_b))


def test_second_derivatives_of_the_distance_are_finite_at_zero():
    z_a, z_b = learned(row(1, 2), row(1, 2))
    (gradient,) = torch.autograd.grad(distance(z_a, z_b), z_a, create_graph=True)
    second = torch.autograd.grad(gradient.sum(), (z_a, z_b))
    assert all(torch.equal(part, torch.zeros_like(part)) for part in second)


def test_a_distance_to_nowhere_does_not_pass_for_zero():
    assert distance(row(math.nan, 0), row(0, 0)).isnan()


# contrastive loss --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("d", "same", "margin", "expected"),
    [
        (0.0, 1, 1.0, 0.0),
        (3.0, 1, 1.0, 9.0),  # however far, no margin
        (0.0, 0, 2.0, 4.0),
        (0.5, 0, 2.0, 2.25),  # the hinge on d, not on d², which gives (2 − 0.25)²
        (2.0, 0, 2.0, 0.0),  # the margin exactly reached
        (7.0, 0, 2.0, 0.0),
        (0.5, 0, 0.0, 0.0),  # margin 0 pushes nobody
    ],
)
def test_the_contrastive_loss_of_a_pair_is_the_formula(d, same, margin, expected):
    z_a, z_b = row(1, 1)[None], row(1 + 0.6 * d, 1 + 0.8 * d)[None]
    loss = contrastive_loss(z_a, z_b, torch.tensor([same]), margin=margin)
    assert loss.item() == pytest.approx(expected, abs=1e-12)


def test_the_contrastive_loss_is_the_mean_over_pairs():
    z_b = torch.stack([row(2, 0), row(0, 0.5), row(3, 0), row(0, 0)])
    same = torch.tensor([1, 0, 0, 1])
    loss = contrastive_loss(torch.zeros_like(z_b), z_b, same)
    assert loss.item() == pytest.approx((4 + 0.25) / 4)


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.float32])
def test_same_may_be_of_any_type(dtype):
    z_a, z_b, _, same = a_batch()
    torch.testing.assert_close(
        contrastive_loss(z_a, z_b, same.to(dtype)), contrastive_loss(z_a, z_b, same)
    )


def test_the_contrastive_loss_of_one_class_is_the_mean_square_and_pulls_to_the_other_point():
    z_a, z_b, _, _ = a_batch()
    (z,) = learned(z_a)
    loss = contrastive_loss(z, z_b, torch.ones(6), margin=5.0)
    (gradient,) = torch.autograd.grad(loss, z)
    torch.testing.assert_close(loss, (z_a - z_b).square().sum() / 6, **EXACT)
    torch.testing.assert_close(gradient, 2 * (z_a - z_b) / 6, **EXACT)


def test_the_contrastive_loss_of_different_classes_alone_pushes_along_the_line_between_them():
    z_a, z_b, _, _ = a_batch()
    (z,) = learned(z_a)
    loss = contrastive_loss(z, z_b, torch.zeros(6), margin=50.0)
    (gradient,) = torch.autograd.grad(loss, z)
    d = (z_a - z_b).norm(dim=1, keepdim=True)
    torch.testing.assert_close(gradient, -2 * (50 - d) / d * (z_a - z_b) / 6, **EXACT)


@pytest.mark.parametrize("same", [[1, 1, 1], [0, 0, 0], [1, 0, 1]])
def test_the_contrastive_loss_passes_gradcheck_at_zero_at_the_margin_and_beyond(same):
    z_a = points(3, 2)
    z_b = z_a + torch.stack([row(0, 0), row(0.6, 0.8), row(3, 4)])  # d = 0, the margin, 5
    same = torch.tensor(same)
    assert gradcheck(lambda a, b: contrastive_loss(a, b, same), learned(z_a, z_b))


def test_the_second_derivatives_of_a_same_pair_are_exact_also_at_distance_zero():
    z_a, z_b = learned(torch.zeros(1, 2).double(), torch.zeros(1, 2).double())
    same = torch.ones(1)
    assert gradgradcheck(lambda a, b: contrastive_loss(a, b, same), (z_a, z_b))
    hessian = torch.autograd.functional.hessian(lambda a: contrastive_loss(a, z_b, same), z_a)
    torch.testing.assert_close(hessian[0, :, 0], 2 * torch.eye(2).double())


def test_the_second_derivatives_of_pairs_apart_pass_gradgradcheck():
    z_a, z_b, _, same = a_batch()
    assert gradgradcheck(lambda a, b: contrastive_loss(a, b, same, margin=4.0), learned(z_a, z_b))


def test_a_different_pair_in_one_place_is_pushed_in_no_direction():
    (z,) = learned(row(1, 2)[None])
    loss = contrastive_loss(z, row(1, 2)[None], torch.zeros(1))
    assert loss == 1
    assert torch.equal(torch.autograd.grad(loss, z)[0], torch.zeros(1, 2).double())


# triplets and Koch's similarity ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [
        (1.0, 2.0, 0.0),  # 1 − 4 + 1 < 0
        (2.0, 2.0, 1.0),
        (2.0, 1.0, 4.0),
        (0.0, 1.0, 0.0),  # the margin exactly reached
        (0.0, 0.0, 1.0),  # collapsed: the loss stays at the margin
    ],
)
def test_the_triplet_loss_is_the_formula_with_squares(positive, negative, expected):
    loss = triplet_loss(row(0, 0)[None], row(positive, 0)[None], row(0, negative)[None])
    assert loss.item() == pytest.approx(expected, abs=1e-12)


def test_the_triplet_loss_is_the_mean_over_triplets():
    zero = torch.zeros(2, 1).double()
    loss = triplet_loss(zero, torch.tensor([[2.0], [0.0]]).double(), zero + 1, margin=0.5)
    assert loss.item() == pytest.approx((4 - 1 + 0.5 + 0) / 2)


def test_the_triplet_loss_passes_gradcheck_also_where_all_three_meet():
    a, p, n, _ = a_batch()
    p[0] = n[0] = a[0]
    p[1] = a[1]
    assert gradcheck(lambda *z: triplet_loss(*z, margin=3.0), learned(a, p, n))
    assert gradgradcheck(lambda *z: triplet_loss(*z, margin=3.0), learned(a, p, n))


def test_a_triplet_exactly_at_the_margin_has_gradient_zero():
    (anchor,) = learned(row(0, 0)[None])
    loss = triplet_loss(anchor, row(1, 0)[None], row(0, 2)[None], margin=3.0)
    assert loss == 0
    assert torch.equal(torch.autograd.grad(loss, anchor)[0], torch.zeros(1, 2).double())


def test_the_similarity_is_a_weighted_sum_of_absolute_differences():
    params = {"weight": row(-2, 0.5), "bias": row(1)[0]}
    logits = similarity_logit(params, torch.stack([row(1, 1), row(2, 5)]), row(2, -1))
    torch.testing.assert_close(logits, row(-2 * 1 + 0.5 * 2 + 1, 0 + 0.5 * 6 + 1))


def test_the_similarity_of_a_table_is_the_similarity_of_its_pairs():
    q, z = points(2, 4), points(3, 4, seed=1)
    table = similarity_logit(tilted(z), q[:, None], z)
    pairs = [[similarity_logit(tilted(z), a, b) for b in z] for a in q]
    torch.testing.assert_close(table, torch.stack([torch.stack(line) for line in pairs]), **EXACT)


def test_the_similarity_passes_gradcheck_and_is_symmetric():
    z_a, z_b, _, _ = a_batch()
    names = ("weight", "bias")
    inputs = learned(*tilted(z_a).values(), z_a, z_b)
    assert gradcheck(
        lambda w, b, *z: similarity_logit(dict(zip(names, (w, b), strict=True)), *z), inputs
    )
    swapped = similarity_logit(tilted(z_a), z_b, z_a)
    torch.testing.assert_close(similarity_logit(tilted(z_a), z_a, z_b), swapped, **EXACT)


def test_equal_embeddings_have_the_bias_as_logit_and_a_gradient_of_zero():
    (z,) = learned(points(4))
    logit = similarity_logit(tilted(z), z, z.detach())
    assert logit == 0.5
    assert torch.equal(torch.autograd.grad(logit, z)[0], torch.zeros(4).double())


# sampling ----------------------------------------------------------------------------------------


@st.composite
def labels(draw):
    """Labels of two classes or more, one of them with two images or more, in random order."""
    names = draw(st.lists(st.integers(-5, 40), min_size=2, max_size=6, unique=True))
    sizes = [draw(st.integers(1, 5)) for _ in names]
    sizes[draw(st.integers(0, len(names) - 1))] += 1
    y = torch.tensor(names).repeat_interleave(torch.tensor(sizes))
    return y[torch.randperm(len(y), generator=seeded(draw(st.integers(0, 99))))]


@settings(deadline=None, max_examples=50)
@given(labels(), st.integers(0, 40))
def test_pairs_are_half_the_same_and_half_different_and_no_image_meets_itself(y, n_pairs):
    a, b, same = sample_pairs(y, n_pairs=n_pairs, generator=seeded())
    assert a.shape == b.shape == same.shape == (n_pairs,)
    assert same.sum() == n_pairs // 2
    assert torch.equal(y[a] == y[b], same == 1)
    assert not (a == b).any()


@settings(deadline=None, max_examples=50)
@given(labels(), st.integers(0, 40))
def test_triplets_hold_two_images_of_one_class_and_one_of_another(y, n_triplets):
    anchor, positive, negative = sample_triplets(y, n_triplets=n_triplets, generator=seeded())
    assert anchor.shape == positive.shape == negative.shape == (n_triplets,)
    assert torch.equal(y[anchor], y[positive])
    assert not (y[anchor] == y[negative]).any()
    assert not (anchor == positive).any()


def test_every_possible_triplet_is_drawn_as_often_as_any_other_with_its_anchor():
    y = torch.tensor([4, 9, 4, 7, 9, 4])  # anchors 0, 2, 5: 2 positives · 3 negatives; 1, 4: 1 · 4
    n = 60_000
    drawn = torch.stack(sample_triplets(y, n_triplets=n, generator=seeded()))
    triplets, counts = drawn.unique(dim=1, return_counts=True)
    expected = torch.where(y[triplets[0]] == 4, n / 5 / 6, n / 5 / 4)
    assert triplets.shape[1] == 3 * 6 + 2 * 4
    assert ((counts - expected).abs() < 5 * expected.sqrt()).all()


def test_a_seed_decides_which_pairs_are_drawn():
    y = torch.arange(5).repeat(4)
    first, again, other = (
        sample_pairs(y, n_pairs=20, generator=seeded(seed)) for seed in (1, 1, 2)
    )
    assert all(torch.equal(*parts) for parts in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


def test_the_hardest_triplets_are_the_furthest_positive_and_the_nearest_negative():
    z = row(0, 1, 5, 2, 9, 6)[:, None]
    y = torch.tensor([0, 0, 0, 1, 1, 1])
    anchor, positive, negative = hardest_triplets(z, y)
    assert anchor.tolist() == [0, 1, 2, 3, 4, 5]
    assert positive.tolist() == [2, 2, 0, 4, 3, 3]
    assert negative.tolist() == [3, 3, 5, 1, 2, 2]


def test_no_other_triplet_of_the_batch_has_a_larger_loss():
    z, y = points(12, 3), torch.arange(4).repeat(3)
    hardest = z[torch.stack(hardest_triplets(z, y))]  # (3, S, D)
    a, p, n = torch.cartesian_prod(*[torch.arange(12)] * 3).unbind(1)
    valid = (y[a] == y[p]) & (a != p) & (y[a] != y[n])
    squares = squared_distance(z[:, None], z)
    losses = torch.where(valid, squares[a, p] - squares[a, n], -torch.inf).view(12, -1)
    worst = squared_distance(hardest[0], hardest[1]) - squared_distance(hardest[0], hardest[2])
    torch.testing.assert_close(worst, losses.max(1).values, **EXACT)


def test_a_hard_positive_is_not_the_image_itself_where_all_have_collapsed():
    anchor, positive, negative = hardest_triplets(torch.zeros(4, 2), torch.tensor([0, 0, 1, 1]))
    assert positive.tolist() == [1, 0, 3, 2]
    assert negative.tolist() == [2, 2, 0, 0]
    assert anchor.tolist() == [0, 1, 2, 3]


# N ways ------------------------------------------------------------------------------------------


def test_positive_pairs_are_all_pairs_of_one_class_both_ways_round():
    anchor, positive = positive_pairs(torch.tensor([5, 2, 5, 5]))
    assert list(zip(anchor.tolist(), positive.tolist(), strict=True)) == [
        (0, 2), (0, 3), (2, 0), (2, 3), (3, 0), (3, 2),
    ]  # fmt: skip


def test_a_semi_hard_negative_is_the_nearest_beyond_the_positive():
    z = torch.tensor([[0.0], [2.0], [1.0], [3.0], [9.0]])
    y = torch.tensor([0, 0, 1, 1, 1])
    chosen = semi_hard_negatives(z, y, torch.tensor([0]), torch.tensor([1]))
    assert chosen.tolist() == [3]  # 1 is nearer than the positive at 2, 3 the next, 9 further


def test_where_no_negative_is_further_it_is_the_furthest():
    z, y = torch.tensor([[0.0], [9.0], [1.0], [3.0]]), torch.tensor([0, 0, 1, 1])
    assert semi_hard_negatives(z, y, *positive_pairs(y)[:2])[:1].tolist() == [3]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_semi_hard_negatives_are_those_of_a_search_pair_by_pair(seed):
    z, y = points(9, 2, seed=seed), torch.tensor([0, 1, 2, 0, 1, 2, 0, 1, 2])
    anchor, positive = positive_pairs(y)
    chosen = semi_hard_negatives(z, y, anchor, positive)
    for a, p, n in zip(anchor, positive, chosen, strict=True):
        d = squared_distance(z[a], z)
        others = [k for k in range(9) if y[k] != y[a]]
        further = [k for k in others if d[k] > d[p]]
        expected = min(further, key=lambda k: d[k]) if further else max(others, key=lambda k: d[k])
        assert n == expected


def test_the_loss_over_all_pairs_is_that_of_a_task_for_each_pair():
    z, y = points(6, 4), torch.tensor([0, 1, 1, 0, 2, 1])
    losses = []
    for i, j in ((0, 3), (3, 0), (1, 2), (2, 1), (1, 5), (5, 1), (2, 5), (5, 2)):
        support = torch.cat([z[j : j + 1], z[y != y[i]]])
        logits = -(support - z[i]).square().sum(dim=1) / 3
        losses.append(F.cross_entropy(logits, torch.tensor(0)))
    expected = torch.stack(losses).mean()
    torch.testing.assert_close(all_pairs_loss(z, y, temperature=3.0), expected, **EXACT)


def test_the_loss_over_all_pairs_vanishes_when_classes_are_far_apart():
    z, y = torch.tensor([[0.0], [0.1], [90.0], [90.1]]), torch.tensor([0, 0, 1, 1])
    assert all_pairs_loss(z, y, temperature=10.0) < 1e-9


def test_the_gradient_of_the_loss_over_all_pairs_is_the_numerical_one():
    y = torch.tensor([0, 1, 1, 0, 1])
    assert gradcheck(lambda z: all_pairs_loss(z, y, temperature=2.0), points(5, 3).requires_grad_())


def test_one_shot_the_nearest_support_image_gives_the_answer():
    z = torch.stack([row(0, 0), row(4, 0), row(0, 4)])
    scores = -distance(torch.stack([row(1, 3), row(3, 1), row(0.1, 0)])[:, None], z)
    assert answer_n_way(scores, torch.tensor([2, 0, 1]), 3).tolist() == [1, 0, 2]


def test_with_more_shots_the_best_mean_score_wins_and_not_the_best_score():
    scores = torch.tensor([[0.9, 0.6, 0.1, 0.5]])
    assert answer_n_way(scores, torch.tensor([0, 1, 0, 1]), 2).tolist() == [1]


def test_a_class_with_more_images_gains_nothing_by_their_number():
    scores = torch.tensor([[0.4, 0.4, 0.4, 0.5]])
    assert answer_n_way(scores, torch.tensor([0, 0, 0, 1]), 2).tolist() == [1]


def test_among_equal_scores_the_lowest_class_wins():
    assert answer_n_way(torch.zeros(1, 3), torch.tensor([2, 1, 0]), 3).tolist() == [0]


def test_a_prototype_is_the_mean_of_its_class():
    z = torch.tensor([[1.0, 0.0], [5.0, 5.0], [3.0, 2.0]])
    y = torch.tensor([1, 0, 1])
    torch.testing.assert_close(prototypes(z, y, 2), torch.tensor([[5.0, 5.0], [2.0, 1.0]]))


def test_logits_are_negative_squared_distances():
    z_query = torch.tensor([[0.0, 0.0], [1.0, 2.0]])
    centres = torch.tensor([[3.0, 4.0], [1.0, 2.0], [0.0, 1.0]])
    expected = torch.tensor([[-25.0, -5.0, -1.0], [-8.0, 0.0, -2.0]])
    torch.testing.assert_close(prototypical_logits(z_query, centres), expected)


def test_the_prototypes_are_a_linear_classifier():
    z, y, q = a_task()
    centres = prototypes(z, y, 3)
    linear = F.linear(q, 2 * centres, -centres.square().sum(1))
    logits = prototypical_logits(q, centres)
    torch.testing.assert_close(logits.softmax(-1), linear.softmax(-1), **EXACT)
    torch.testing.assert_close(linear - logits, q.square().sum(1)[:, None].expand(-1, 3), **EXACT)


def test_one_shot_the_nearest_prototype_and_the_nearest_support_image_agree():
    z, y, q = a_task(n_shot=1, n_query=20)
    answers = prototypical_logits(q, prototypes(z, y, 3)).argmax(-1)
    assert torch.equal(answers, answer_n_way(-distance(q[:, None], z), y, 3))


def test_matching_sums_the_softmax_of_the_cosines_class_by_class():
    z = torch.stack([row(2, 0), row(0, 3), row(-1, 0)])  # cosines with (5, 0): 1, 0, −1
    probabilities = matching_probabilities(row(5, 0)[None], z, torch.tensor([0, 1, 1]), 2)
    e, total = math.e, math.e + 1 + 1 / math.e
    torch.testing.assert_close(probabilities, row(e / total, (1 + 1 / e) / total)[None], **EXACT)


def test_matching_looks_at_directions_only():
    z, y, q = a_task()
    lengths = torch.linspace(0.1, 30, len(z)).double()[:, None]
    scaled = matching_probabilities(7 * q, lengths * z, y, 3)
    torch.testing.assert_close(scaled, matching_probabilities(q, z, y, 3), **EXACT)


def test_matching_a_zero_vector_gives_every_image_the_same_weight_and_finite_gradients():
    z, y, _ = a_task()
    (q,) = learned(torch.zeros(1, 5).double())
    probabilities = matching_probabilities(q, z, y, 3)
    torch.testing.assert_close(probabilities, row(1 / 3, 1 / 3, 1 / 3)[None], **EXACT)
    (gradient,) = torch.autograd.grad(probabilities[0, 0], q)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("name", ["prototypical_logits", "matching_probabilities"])
def test_answers_pass_gradcheck(name):
    z, y, q = a_task()
    assert gradcheck(lambda z, q: ANSWERS[name](z, y, q), learned(z, q))
    assert gradgradcheck(lambda z, q: ANSWERS[name](z, y, q), learned(z, q))


# unlabelled images -------------------------------------------------------------------------------


def test_a_refined_prototype_is_the_mean_weighted_by_the_shares():
    centres = torch.tensor([[0.0], [2.0]]).double()
    unlabelled = torch.tensor([[0.5], [1.0], [3.0]]).double()
    share = 1 / (1 + (unlabelled[:, 0].square() - (unlabelled[:, 0] - 2).square()).exp())
    first = (0 + (share * unlabelled[:, 0]).sum()) / (1 + share.sum())
    second = (2 + ((1 - share) * unlabelled[:, 0]).sum()) / (1 + (1 - share).sum())
    refined = refined_prototypes(centres, centres, torch.tensor([0, 1]), unlabelled)
    torch.testing.assert_close(refined, torch.stack([first, second])[:, None], **EXACT)


def test_an_image_halfway_is_shared_equally():
    shares = soft_assignment(torch.stack([row(-1, 0), row(1, 0)]), row(0, 7)[None])
    torch.testing.assert_close(shares, row(0.5, 0.5)[None])


def test_without_unlabelled_images_the_prototypes_stay():
    z, y, q = a_task()
    centres = prototypes(z, y, 3)
    torch.testing.assert_close(refined_prototypes(centres, z, y, q[:0]), centres, **EXACT)


def test_unlabelled_images_on_a_prototype_far_from_the_others_leave_it_there():
    centres = 100 * torch.eye(3).double()
    refined = refined_prototypes(centres, centres, torch.arange(3), centres.repeat(2, 1))
    torch.testing.assert_close(refined, centres, **EXACT)


def test_the_distractor_takes_its_share_at_the_origin_with_its_radius():
    centres, z, r = torch.stack([row(1, 0), row(0, 2)]), row(1, 1)[None], 3.0
    weights = row(math.exp(-1), math.exp(-2), math.exp(-2 / r**2) / r)
    shares = soft_assignment(centres, z, distractor_radius=r)
    torch.testing.assert_close(shares, (weights / weights.sum())[None, :2], **EXACT)


def test_the_distractor_keeps_images_of_no_class_from_moving_the_prototypes():
    centres = torch.stack([row(10, 0), row(0, 10)])
    stray = row(-3, -3)[None]
    y = torch.tensor([0, 1])
    moved = refined_prototypes(centres, centres, y, stray)
    kept = refined_prototypes(centres, centres, y, stray, distractor_radius=3.0)
    assert distance(moved, centres).min() > 3
    torch.testing.assert_close(kept, centres)


def test_a_tiny_distractor_radius_is_as_good_as_none():
    z, y, q = a_task()
    centres = prototypes(z, y, 3)
    tiny = refined_prototypes(centres, z, y, q, distractor_radius=1e-3)
    torch.testing.assert_close(tiny, refined_prototypes(centres, z, y, q), **EXACT)


def test_refining_passes_gradcheck_also_with_respect_to_the_radius():
    z, y, q = a_task()

    def refine(z, q, radius):
        return refined_prototypes(prototypes(z, y, 3), z, y, q, distractor_radius=radius)

    inputs = learned(z, q, row(1.5)[0])
    assert gradcheck(refine, inputs)
    (gradient,) = torch.autograd.grad(refine(*inputs).sum(), inputs[2])
    assert gradient != 0


# invariances -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["contrastive_loss", "triplet_loss"])
def test_losses_do_not_change_when_the_embedding_space_is_turned(name):
    a, b, c, same = a_batch()
    turn = rotation(4)
    turned = LOSSES[name](a @ turn, b @ turn, c @ turn, same)
    torch.testing.assert_close(turned, LOSSES[name](a, b, c, same), **EXACT)


@pytest.mark.parametrize("name", ["prototypical_logits", "matching_probabilities", "answer_n_way"])
def test_answers_do_not_change_when_the_embedding_space_is_turned(name):
    z, y, q = a_task()
    turn = rotation(5)
    torch.testing.assert_close(ANSWERS[name](z @ turn, y, q @ turn), ANSWERS[name](z, y, q))


@pytest.mark.parametrize("name", ["refined_prototypes", "with a distractor"])
def test_refined_prototypes_turn_with_the_embedding_space(name):
    z, y, q = a_task()
    turn = rotation(5)
    torch.testing.assert_close(ANSWERS[name](z @ turn, y, q @ turn), ANSWERS[name](z, y, q) @ turn)


@pytest.mark.parametrize(
    "name", ["contrastive_loss", "triplet_loss", "prototypical_logits", "answer_n_way"]
)
def test_distances_do_not_change_when_the_embedding_space_is_shifted(name):
    shift = 3.0
    if name in LOSSES:
        a, b, c, same = a_batch()
        shifted, plain = (LOSSES[name](a + s, b + s, c + s, same) for s in (shift, 0))
    else:
        z, y, q = a_task()
        shifted, plain = (ANSWERS[name](z + s, y, q + s) for s in (shift, 0))
    torch.testing.assert_close(shifted, plain)


@of_each_answer
def test_the_order_of_the_support_says_nothing(answer):
    z, y, q = a_task()
    order = torch.randperm(len(y), generator=seeded(3))
    torch.testing.assert_close(answer(z[order], y[order], q), answer(z, y, q), **EXACT)


@pytest.mark.parametrize("name", ["prototypical_logits", "matching_probabilities"])
def test_renaming_the_classes_renames_the_answers(name):
    z, y, q = a_task()
    names = torch.tensor([2, 0, 1])  # what was class n is class names[n]
    renamed = ANSWERS[name](z, names[y], q)
    torch.testing.assert_close(renamed[:, names], ANSWERS[name](z, y, q), **EXACT)


@pytest.mark.parametrize("name", ["refined_prototypes", "with a distractor"])
def test_renaming_the_classes_renames_the_refined_prototypes(name):
    z, y, q = a_task()
    names = torch.tensor([2, 0, 1])
    torch.testing.assert_close(ANSWERS[name](z, names[y], q)[names], ANSWERS[name](z, y, q))


def test_renaming_the_classes_renames_the_winner():
    z, y, q = a_task()
    names = torch.tensor([2, 0, 1])
    renamed = ANSWERS["answer_n_way"](z, names[y], q)
    assert torch.equal(renamed, names[ANSWERS["answer_n_way"](z, y, q)])


# batches of tasks and devices --------------------------------------------------------------------


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 5), st.integers(1, 6))
def test_vmap_over_tasks_is_a_loop_over_them(n_tasks, n_shot, n_query, n_features):
    batch = tasks(n_tasks, n_shot=n_shot, n_query=n_query, n_features=n_features)
    for answer in ANSWERS.values():
        loop = torch.stack([answer(*task) for task in zip(*batch, strict=True)])
        torch.testing.assert_close(vmap(answer)(*batch), loop, **EXACT)


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "answer_n_way"])
def test_task_axes_in_front_are_a_loop_over_tasks(name):
    batch = tasks(4)
    two_axes = (tensor.unflatten(0, (2, 2)) for tensor in batch)
    loop = torch.stack([ANSWERS[name](*task) for task in zip(*batch, strict=True)])
    torch.testing.assert_close(ANSWERS[name](*two_axes).flatten(0, 1), loop, **EXACT)


@of_each_loss
def test_vmap_of_the_gradient_of_a_loss_is_a_loop(loss):
    *z, same = a_batch(n=12)
    batch = [part.unflatten(0, (3, 4)) for part in (*z, same)]
    batch[1][0, 0] = batch[0][0, 0]  # a distance of zero among them
    gradients = vmap(grad(loss, argnums=(0, 1)))(*batch)
    loop = [grad(loss, argnums=(0, 1))(*task) for task in zip(*batch, strict=True)]
    for got, expected in zip(gradients, zip(*loop, strict=True), strict=True):
        torch.testing.assert_close(got, torch.stack(expected), **EXACT)
        assert got.isfinite().all()


def test_vmap_of_the_hardest_triplets_is_a_loop():
    z, y = points(3, 6, 2), torch.arange(2).repeat(3).expand(3, 6)
    loop = [hardest_triplets(*task) for task in zip(z, y, strict=True)]
    for got, expected in zip(vmap(hardest_triplets)(z, y), zip(*loop, strict=True), strict=True):
        assert torch.equal(got.expand(3, 6), torch.stack(expected))


def test_inside_vmap_a_class_without_an_image_is_nan():
    z, y = points(1, 2, 3), torch.zeros(1, 2, dtype=torch.int64)
    centres = vmap(lambda z, y: prototypes(z, y, 2))(z, y)
    assert centres.isnan().all(-1).tolist() == [[False, True]]


@of_each_loss
def test_losses_on_the_cpu_and_the_device_agree(loss, device):
    there = loss(*(part.to(device) for part in a_batch()))
    assert there.device.type == device.type
    torch.testing.assert_close(there.cpu(), loss(*a_batch()), **EXACT)


@of_each_answer
def test_answers_on_the_cpu_and_the_device_agree(answer, device):
    task = a_task()
    there = answer(*(part.to(device) for part in task))
    assert there.device.type == device.type
    torch.testing.assert_close(there.cpu(), answer(*task), **EXACT)


def test_pairs_of_labels_on_the_device_are_those_of_labels_on_the_cpu(device):
    y = torch.arange(5).repeat(4)
    there = sample_pairs(y.to(device), n_pairs=20, generator=seeded())
    here = sample_pairs(y, n_pairs=20, generator=seeded())
    assert all(part.device.type == device.type for part in there)
    assert all(torch.equal(got.cpu(), part) for got, part in zip(there, here, strict=True))


# what cannot be right is refused -----------------------------------------------------------------

Z, Y = torch.zeros(4, 2), torch.tensor([0, 0, 1, 1])


@pytest.mark.parametrize(
    ("y", "n_way", "message"),
    [
        (Y, 3, r"y_support needs every label of 0…2 .* got \[0, 0, 1, 1\]"),
        (Y, 1, r"every label of 0…0 and no other"),
        (Y - 1, 2, r"got \[-1, -1, 0, 0\]"),
        (Y[:3], 2, r"y_support needs a label for each of S images.*got \(3,\)"),
        (Y, 0, "n_way = 0"),
        (torch.stack([Y, 0 * Y]), 2, "in every task"),
    ],
)
@pytest.mark.parametrize(
    "answer",
    [
        lambda y, n: prototypes(Z.expand(*y.shape[:-1], 4, 2), y, n),
        lambda y, n: matching_probabilities(Z, Z.expand(*y.shape[:-1], 4, 2), y, n),
        lambda y, n: answer_n_way(torch.zeros(3, 4), y, n),
        lambda y, n: refined_prototypes(torch.zeros(n, 2), Z, y, Z),
    ],
    ids=["prototypes", "matching_probabilities", "answer_n_way", "refined_prototypes"],
)
def test_labels_that_miss_a_class_or_name_another_are_refused(answer, y, n_way, message):
    with pytest.raises(ValueError, match=message):
        answer(y, n_way)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: contrastive_loss(Z, Z[:1], Y), r"z_a, z_b need the same shape.*\(1, 2\)"),
        (lambda: contrastive_loss(Z[:0], Z[:0], Y[:0]), "P ≥ 1"),
        (lambda: contrastive_loss(Z, Z, Y[:, None]), r"same needs the shape \(4,\), got \(4, 1\)"),
        (lambda: contrastive_loss(Z, Z, 2 * Y - 1), r"same must be 1 .* got \[-1, 1\]"),
        (lambda: contrastive_loss(Z, Z, Y, margin=-1.0), "margin must be 0 or more, got -1.0"),
        (lambda: triplet_loss(Z, Z, Z[:, :1]), r"anchor, positive, negative need the same shape"),
        (lambda: triplet_loss(Z, Z, Z, margin=-0.5), "margin must be 0 or more, got -0.5"),
        (
            lambda: similarity_logit({"weight": torch.ones(3), "bias": torch.ones(())}, Z, Z),
            r"one D at the end, got \[\(3,\), \(4, 2\), \(4, 2\)\]",
        ),
        (lambda: prototypical_logits(Z, torch.zeros(2, 3)), r"one D .* \(4, 2\) and \(2, 3\)"),
        (lambda: soft_assignment(Z, Z, distractor_radius=0.0), "must be positive, got 0.0"),
        (lambda: hardest_triplets(Z, Y[:3]), r"z needs \(S, D\) and y \(S,\), got"),
        (lambda: hardest_triplets(Z, 0 * Y), "y needs 2 classes or more"),
        (lambda: hardest_triplets(Z, torch.arange(4)), "each with 2 images or more"),
        (lambda: hardest_triplets(Z[:0], Y[:0]), "y needs 2 classes or more"),
        (lambda: semi_hard_negatives(Z, Y[:3], Y[:1], Y[:1]), r"y \(S,\) and 2 classes"),
        (lambda: semi_hard_negatives(Z, 0 * Y, Y[:1], Y[:1]), r"and 2 classes"),
        (lambda: all_pairs_loss(Z, Y[:3]), r"z needs \(S, D\) and y \(S,\), got"),
        (lambda: all_pairs_loss(Z, torch.arange(len(Z))), "two images of one class"),
        (lambda: all_pairs_loss(Z, Y, temperature=0.0), "temperature must be positive, got 0.0"),
    ],
)
def test_what_cannot_be_right_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("y", "size", "message"),
    [
        ([3, 3, 3], 2, r"needs 2 classes, one with 2 images; got \[3, 3, 3\]"),
        ([0, 1, 2], 2, "one with 2 images"),
        ([], 0, "needs 2 classes"),
        ([[0, 0], [1, 1]], 2, r"of shape \(2, 2\)"),
        ([0, 0, 1], -1, "must be 0 or more, got -1"),
    ],
)
def test_labels_that_make_no_pairs_or_triplets_are_refused(y, size, message):
    with pytest.raises(ValueError, match=message):
        sample_triplets(torch.tensor(y), n_triplets=size, generator=seeded())
    with pytest.raises(ValueError, match=message):
        sample_pairs(torch.tensor(y), n_pairs=size, generator=seeded())


def test_a_message_does_not_print_a_thousand_labels():
    with pytest.raises(ValueError, match=r"… of shape \(1000,\)") as refused:
        prototypes(torch.zeros(1000, 2), torch.zeros(1000, dtype=torch.int64), 2)
    assert len(str(refused.value)) < 200
