"""Attention against PyTorch's own, and a layer of it against steps of gradient descent."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck
from torch.func import vmap
from torch.nn import functional as F

from metacourse import linear_regression as linreg
from metacourse.attention import (
    attention_weights,
    gradient_step_weights,
    linear_attention,
    prompt,
    softmax_attention,
)
from tests.lstm_problems import assert_same, back, leaves, randn, seeded, there


def some_mask(n_queries, n_keys, seed=0):
    """Random, with one key or more for each query."""
    mask = torch.rand(n_queries, n_keys, generator=seeded(seed)) < 0.5
    mask[:, 0] = True
    return mask


def qkv(*axes, n_queries=3, n_keys=5, d=4, e=2, seed=0):
    shapes = (n_queries, d), (n_keys, d), (n_keys, e)
    return [randn(*axes, *shape, seed=seed + place) for place, shape in enumerate(shapes)]


# attention ---------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=30)
@given(*[st.integers(1, 6)] * 4, st.booleans(), st.integers(0, 99))
def test_it_is_the_attention_of_torch(n_queries, n_keys, d, e, masked, seed):
    q, k, v = qkv(2, n_queries=n_queries, n_keys=n_keys, d=d, e=e, seed=seed)
    mask = some_mask(n_queries, n_keys, seed) if masked else None
    expected = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    assert_same(softmax_attention(q, k, v, mask), expected)


def test_by_hand_a_key_that_fits_twice_as_well_counts_e_times_as_much():
    q = torch.tensor([[2.0, 0.0, 0.0, 0.0]])  # √d = 2: the scores are 0 and 1
    k = torch.tensor([[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    weights = attention_weights(q, k)
    assert weights[0].tolist() == pytest.approx([1 / (1 + math.e), math.e / (1 + math.e)])
    v = torch.tensor([[10.0], [20.0]])
    assert softmax_attention(q, k, v).item() == pytest.approx(10 + 10 * math.e / (1 + math.e))


def test_the_weights_of_a_query_add_up_to_one_and_are_zero_behind_the_mask():
    q, k, _ = qkv(2)
    mask = some_mask(3, 5)
    weights = attention_weights(q, k, mask)
    assert_same(weights.sum(-1), torch.ones(2, 3).double())
    assert torch.equal(weights > 0, mask.expand(2, 3, 5))


def test_what_is_behind_the_mask_changes_nothing():
    q, k, v = qkv()
    mask = some_mask(3, 5)
    mask[:, 2] = False
    other_k, other_v = k.clone(), v.clone()
    other_k[2], other_v[2] = 1e6, -1e6
    assert torch.equal(
        softmax_attention(q, other_k, other_v, mask), softmax_attention(q, k, v, mask)
    )


def test_keys_have_no_order():
    q, k, v = qkv()
    order = torch.tensor([3, 0, 4, 1, 2])
    assert_same(softmax_attention(q, k[order], v[order]), softmax_attention(q, k, v))


def test_the_scores_of_random_numbers_do_not_grow_with_d():
    for d in 4, 400:
        q, k = randn(200, d), randn(200, d, seed=1)
        weights = attention_weights(q, k)
        spread = (weights.log() - weights.log().mean(-1, keepdim=True)).std()
        assert spread.item() == pytest.approx(1, abs=0.1)


def test_a_batch_is_a_loop_and_vmap():
    q, k, v = qkv(4)
    mask = torch.stack([some_mask(3, 5, seed) for seed in range(4)])
    together = softmax_attention(q, k, v, mask)
    assert_same(together, torch.stack([*map(softmax_attention, q, k, v, mask)]))
    assert_same(together, vmap(softmax_attention)(q, k, v, mask))


def test_derivatives_pass_gradcheck():
    mask = some_mask(3, 5)
    assert gradcheck(lambda *parts: softmax_attention(*parts, mask), leaves(*qkv()))


def test_the_cuda_device_agrees(cuda):
    parts, mask = qkv(4), some_mask(3, 5)
    there_too = softmax_attention(*(part.to(cuda) for part in parts), mask.to(cuda))
    assert_same(there_too.cpu(), softmax_attention(*parts, mask))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((randn(3, 4), randn(5, 3), randn(5, 2)), r"^q .*k .*must agree in d.*\(3, 4\).*\(5, 3\)"),
        ((randn(4), randn(5, 4), randn(5, 2)), r"^q .*got \(4,\)"),
        ((randn(3, 4), randn(5, 4), randn(6, 2)), r"^v must have one value per key.*\(6, 2\)"),
        (
            (randn(3, 4), randn(5, 4), randn(5, 2), some_mask(5, 3)),
            r"^mask must be .*\(3, 5\), got \(5, 3\)",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_told(parts, message):
    with pytest.raises(ValueError, match=message):
        softmax_attention(*parts)


# one layer is one step ---------------------------------------------------------------------------


def some_tasks(*axes, n_points=6, n_queries=3, n_features=2, seed=0):
    """Points and queries of a regression, with more noise than line."""
    x, x_query = randn(*axes, n_points, n_features, seed=seed), randn(*axes, n_queries, n_features)
    return x, randn(*axes, n_points, seed=seed + 1), x_query


def after_steps(x, y, **steps):
    return linreg.adapt(torch.zeros(x.shape[-1]).double(), x, y, **steps)


def after_layers(params, tokens, n_context, n_layers):
    for _ in range(n_layers):
        tokens = linear_attention(params, tokens, n_context)
    return tokens


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 4), st.integers(1, 8), st.integers(0, 4), st.integers(0, 20))
def test_k_layers_are_k_steps_of_gradient_descent(n_features, n_points, n_queries, n_steps):
    sizes = {"n_features": n_features, "n_points": n_points, "n_queries": n_queries}
    x, y, x_query = some_tasks(3, **sizes)
    params = gradient_step_weights(n_features, 0.05)
    tokens = after_layers(params, prompt(x, y, x_query), n_points, n_steps)
    theta = after_steps(x, y, lr_inner=0.05, n_steps=n_steps)
    assert_same(-tokens[:, n_points:, -1], linreg.predict(theta, x_query))


@pytest.mark.parametrize("n_steps", [1, 2, 5])
def test_the_support_tokens_carry_what_is_left_of_their_labels(n_steps):
    x, y, x_query = some_tasks()
    params = gradient_step_weights(2, 0.3)
    tokens = after_layers(params, prompt(x, y, x_query), len(y), n_steps)
    theta = after_steps(x, y, lr_inner=0.3, n_steps=n_steps)
    assert_same(tokens[: len(y), -1], y - linreg.predict(theta, x))
    assert torch.equal(tokens[:, :-1], torch.cat([x, x_query]))  # inputs stay


def test_tokens_that_begin_with_a_residual_walk_from_any_start():
    x, y, x_query = some_tasks()
    start = randn(2, seed=5)
    tokens = prompt(x, y - x @ start, x_query)
    tokens[len(y) :, -1] = -(x_query @ start)
    out = after_layers(gradient_step_weights(2, 0.3), tokens, len(y), 3)
    theta = linreg.adapt(start, x, y, lr_inner=0.3, n_steps=3)
    assert_same(-out[len(y) :, -1], linreg.predict(theta, x_query))


def test_a_layer_is_the_sum_over_the_context_written_out():
    params = {name: randn(3, 3, seed=place) for place, name in enumerate(("query", "key", "value"))}
    tokens = randn(5, 3)
    for j, token in enumerate(tokens):
        expected = token.clone()
        for other in tokens[:4]:
            score = (params["query"] @ token) @ (params["key"] @ other)
            expected += score * (params["value"] @ other) / 4
        assert_same(linear_attention(params, tokens, 4)[j], expected)


def test_queries_do_not_see_each_other_and_points_not_the_queries():
    x, y, x_query = some_tasks()
    params, n = gradient_step_weights(2, 0.3), len(y)
    together = linear_attention(params, prompt(x, y, x_query), n)
    alone = linear_attention(params, prompt(x, y, x_query[1:2]), n)
    assert_same(alone[:n], together[:n])
    assert_same(alone[n], together[n + 1])


def test_a_prompt_is_the_points_with_their_labels_and_the_queries_without():
    x, y = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([5.0, 6.0])
    tokens = prompt(x, y, torch.tensor([[7.0, 8.0]]))
    assert tokens.tolist() == [[1.0, 2.0, 5.0], [3.0, 4.0, 6.0], [7.0, 8.0, 0.0]]


def test_a_batch_of_layers_is_a_loop_and_vmap():
    x, y, x_query = some_tasks(4)
    params, tokens = gradient_step_weights(2, 0.3), prompt(x, y, x_query)
    together = linear_attention(params, tokens, 6)
    assert_same(together, torch.stack([linear_attention(params, task, 6) for task in tokens]))
    assert_same(together, vmap(lambda task: linear_attention(params, task, 6))(tokens))


def test_derivatives_of_a_layer_pass_gradcheck():
    params = gradient_step_weights(2, 0.3)

    def layer(tokens, *weights):
        return linear_attention(dict(zip(params, weights, strict=True)), tokens, 4)

    assert gradcheck(layer, leaves(randn(5, 3), *params.values()))


def test_a_layer_on_the_cuda_device_agrees(cuda):
    tokens, params = prompt(*some_tasks(4)), gradient_step_weights(2, 0.3)
    found = linear_attention(there(params, cuda), tokens.to(cuda), 6)
    assert_same(back({"tokens": found})["tokens"], linear_attention(params, tokens, 6))


@pytest.mark.parametrize("n_context", [0, 7])
def test_a_context_of_none_or_more_than_all_is_told(n_context):
    with pytest.raises(ValueError, match=f"^n_context must be 1 to T = 6, got {n_context}"):
        linear_attention(gradient_step_weights(2, 0.3), randn(6, 3), n_context)


def test_labels_that_are_not_one_a_point_are_told():
    with pytest.raises(ValueError, match=r"^y_support must have one value per point: got \(6, 1\)"):
        prompt(randn(6, 2), randn(6, 1), randn(3, 2))
