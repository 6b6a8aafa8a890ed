"""A transformer that reads points: who may look at whom, and one token after the other."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck
from torch.func import vmap
from torch.nn import functional as F

from metacourse.episodes import Episode
from metacourse.nets import mlp
from metacourse.transformer import (
    ask,
    context_mask,
    init_transformer,
    part,
    prior_fitted_logits,
    read,
)
from tests.lstm_problems import assert_same, back, leaves, randn, random_like, seeded, there

N_POINTS = 5


def weights(n_inputs=2, n_outputs=1, width=8, n_layers=2, seed=1):
    params = init_transformer(n_inputs, n_outputs, width, n_layers, seeded())
    return random_like(params, scale=0.6, seed=seed)


def points(*axes, n_points=N_POINTS, n_inputs=2, n_outputs=1, seed=2):
    x = randn(*axes, n_points, n_inputs, seed=seed)
    return x, randn(*axes, n_points, n_outputs, seed=seed + 1)


def classes(*axes, n_points=N_POINTS, n_queries=3):
    """An episode of three classes."""
    labels = torch.randint(0, 3, (*axes, n_points), generator=seeded())
    x_query = randn(*axes, n_queries, 2, seed=5)
    return Episode(randn(*axes, n_points, 2), labels, x_query, labels[..., :0])


# who may look at whom ----------------------------------------------------------------------------


def test_pairs_see_the_pairs_so_far_and_queries_those_before_and_themselves():
    assert context_mask(3).int().tolist() == [
        [1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0],
        [0, 0, 0, 1, 0, 0],
        [1, 0, 0, 0, 1, 0],
        [1, 1, 0, 0, 0, 1],
    ]


def test_a_mask_of_no_points_is_empty():
    assert context_mask(0).shape == (0, 0)


@pytest.mark.parametrize("t", range(N_POINTS))
def test_no_answer_knows_a_label_that_is_not_yet_told(t):
    params, (x, y) = weights(), points(4)
    told = y.clone()
    told[:, t] += 1
    first, second = read(params, x, y), read(params, x, told)
    assert torch.equal(first[:, : t + 1], second[:, : t + 1])
    assert (first[:, t + 1 :] != second[:, t + 1 :]).all()


@pytest.mark.parametrize("t", range(N_POINTS))
def test_no_answer_knows_an_input_that_is_still_to_come(t):
    params, (x, y) = weights(), points(4)
    moved = x.clone()
    moved[:, t] += 1
    first, second = read(params, x, y), read(params, moved, y)
    assert torch.equal(first[:, :t], second[:, :t])
    assert (first[:, t:] != second[:, t:]).all()


def test_with_one_layer_a_permuted_past_changes_nothing():
    params, (x, y) = weights(n_layers=1), points()
    order = torch.tensor([3, 0, 2, 1, 4])
    assert_same(read(params, x[order], y[order])[-1], read(params, x, y)[-1])


def test_with_two_layers_the_order_of_the_past_leaves_a_trace():
    """Pair 1 of the first layer knows itself alone, whoever it is."""
    params, (x, y) = weights(), points()
    order = torch.tensor([3, 0, 2, 1, 4])
    assert (read(params, x[order], y[order])[-1] - read(params, x, y)[-1]).abs() > 1e-6


@pytest.mark.parametrize("n_layers", [1, 3])
def test_a_prior_fitted_network_sees_a_set(n_layers):
    params, task = weights(n_outputs=3, n_layers=n_layers), classes()
    order = torch.tensor([3, 0, 4, 1, 2])
    other = task._replace(x_support=task.x_support[order], y_support=task.y_support[order])
    assert_same(prior_fitted_logits(params, other), prior_fitted_logits(params, task))


# what it says ------------------------------------------------------------------------------------


def read_with_a_cache(params, x, y):
    """The same sequence point by point: what pairs have left to be looked at is kept, and never
    computed again."""
    n_layers = sum(name.endswith(".query") for name in params)
    kept, said = [([], []) for _ in range(n_layers)], []
    for x_t, y_t in zip(x, y, strict=True):
        embedded = mlp(part(params, "embed."), x_t)
        said.append(one_token(params, embedded + params["asked"], kept, keep=False))
        one_token(params, embedded + y_t @ params["told"], kept, keep=True)
    return torch.stack(said)


def one_token(params, token, kept, *, keep):
    """A token through all layers, which sees what is kept, and itself."""
    for layer, (keys, values) in enumerate(kept):
        of = part(params, f"{layer}.")
        level = F.layer_norm(token, token.shape)
        key, value = (of[name] @ level for name in ("key", "value"))
        k, v = torch.stack([*keys, key]), torch.stack([*values, value])
        heads = (
            t.unflatten(-1, (4, -1)).transpose(0, 1) for t in ((of["query"] @ level)[None], k, v)
        )
        token = token + of["out"] @ F.scaled_dot_product_attention(*heads).flatten()
        token = token + mlp(part(of, "mlp."), F.layer_norm(token, token.shape))
        if keep:
            keys.append(key)
            values.append(value)
    return params["head"] @ F.layer_norm(token, token.shape)


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 6), st.integers(1, 3), st.integers(1, 3), st.integers(0, 3))
def test_reading_at_once_is_reading_point_by_point(n_points, n_inputs, n_outputs, n_layers):
    params = weights(n_inputs, n_outputs, n_layers=n_layers)
    x, y = points(n_points=n_points, n_inputs=n_inputs, n_outputs=n_outputs)
    assert_same(read(params, x, y), read_with_a_cache(params, x, y))


def test_what_is_said_after_t_points_depends_on_these_only():
    params, (x, y) = weights(), points()
    whole = read(params, x, y)
    for t in range(1, N_POINTS + 1):
        assert_same(read(params, x[:t], y[:t]), whole[:t])


def test_asking_after_t_points_is_what_reading_says_next():
    params, (x, y) = weights(), points(3)
    whole = read(params, x, y)
    for t in range(N_POINTS):
        said = ask(params, x[:, :t], y[:, :t], x[:, t : t + 1])
        assert_same(said[:, 0], whole[:, t])


def test_queries_do_not_know_of_each_other():
    params, (x, y), x_query = weights(), points(), randn(3, 2, seed=9)
    together = ask(params, x, y, x_query)
    for q in range(3):
        assert_same(ask(params, x, y, x_query[q : q + 1])[0], together[q])
    params, task = weights(n_outputs=3), classes()
    alone = prior_fitted_logits(params, task._replace(x_query=task.x_query[1:2]))
    assert_same(alone[0], prior_fitted_logits(params, task)[1])


def test_class_scores_depend_on_every_label():
    params, task = weights(n_outputs=3), classes()
    first = prior_fitted_logits(params, task)
    for t in range(N_POINTS):
        other = task.y_support.clone()
        other[t] = (other[t] + 1) % 3
        assert (prior_fitted_logits(params, task._replace(y_support=other)) != first).all()


@settings(deadline=None, max_examples=10)
@given(*[st.integers(1, 4)] * 4)
def test_a_batch_is_a_loop_and_vmap(n_tasks, n_points, n_inputs, n_outputs):
    params = weights(n_inputs, n_outputs)
    x, y = points(n_tasks, n_points=n_points, n_inputs=n_inputs, n_outputs=n_outputs)
    together = read(params, x, y)
    assert together.shape == (n_tasks, n_points, n_outputs)
    loop = [read(params, *task) for task in zip(x, y, strict=True)]
    assert_same(together, torch.stack(loop))
    assert_same(together, vmap(lambda *task: read(params, *task))(x, y))


def test_a_batch_of_prior_fitted_answers_is_a_loop_and_vmap():
    params, tasks = weights(n_outputs=3), classes(4)
    together = prior_fitted_logits(params, tasks)
    loop = [prior_fitted_logits(params, Episode(*task)) for task in zip(*tasks, strict=True)]
    assert_same(together, torch.stack(loop))
    mapped = vmap(lambda *task: prior_fitted_logits(params, Episode(*task)))(*tasks)
    assert_same(together, mapped)


def test_networks_of_other_weights_are_a_loop():
    sets = [weights(seed=seed) for seed in range(3)]
    stacked = {name: torch.stack([params[name] for params in sets]) for name in sets[0]}
    x, y = points(3)
    together = vmap(read)(stacked, x, y)
    for params, said, *task in zip(sets, together, x, y, strict=True):
        assert_same(said, read(params, *task))


def test_derivatives_pass_gradcheck():
    params, (x, y) = weights(1, 1, 4, 1), points(n_points=2, n_inputs=1)

    def reading(x, y, *values):
        return read(dict(zip(params, values, strict=True)), x, y)

    assert gradcheck(reading, leaves(x, y, *params.values()))


def test_reading_changes_no_weight_and_no_input():
    params, task = weights(n_outputs=3), classes(2)
    copies = [tensor.clone() for tensor in (*params.values(), *task)]
    prior_fitted_logits(params, task)
    for before, after in zip(copies, (*params.values(), *task), strict=True):
        assert torch.equal(before, after)


# its first weights -------------------------------------------------------------------------------


def test_the_seed_decides_the_first_weights():
    first, again, other = (init_transformer(2, 1, 8, 2, seeded(seed)) for seed in (0, 0, 1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first)


def test_the_first_weights_lie_on_the_device_of_the_generator(device):
    params = init_transformer(2, 1, 8, 2, torch.Generator(device).manual_seed(0))
    assert all(tensor.device.type == device.type for tensor in params.values())


def test_the_cuda_device_agrees(cuda):
    params, (x, y) = weights(), points(4)
    found = read(there(params, cuda), x.to(cuda), y.to(cuda))
    assert_same(back({"said": found})["said"], read(params, x, y), rtol=1e-10, atol=1e-10)
    params, task = weights(n_outputs=3), classes(4)
    found = prior_fitted_logits(there(params, cuda), task.to(cuda))
    assert_same(found.cpu(), prior_fitted_logits(params, task), rtol=1e-10, atol=1e-10)


# what cannot be right ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: read(weights(), *points(n_inputs=3)), r"^x must be \(…, 2\) .*got \(5, 3\)"),
        (lambda: read(weights(), randn(5, 2), randn(4, 1)), r"^x .* and y .* equally long"),
        (lambda: read(weights(), *points(n_outputs=2)), r"^y must be \(…, S, 1\).*got \(5, 2\)"),
        (lambda: ask(weights(), *points(), randn(3, 1)), r"^x must be \(…, 2\) .*got \(3, 1\)"),
        (
            lambda: prior_fitted_logits(weights(n_outputs=3), classes(n_points=0)),
            r"^x_support has no points",
        ),
        (lambda: init_transformer(2, 1, 6, 1, seeded()), r"^width must be a multiple of 4, got 6"),
    ],
)
def test_shapes_that_do_not_fit_are_told(call, message):
    with pytest.raises(ValueError, match=message):
        call()
