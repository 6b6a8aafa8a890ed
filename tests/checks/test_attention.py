"""The exercises of notebook 08a: right answers written differently (for test_all_exercises), wrong
ones as learners write them."""

import math

import torch
from torch.nn import functional as F

from metacourse.checks import diagnose
from metacourse.checks.catalogue import find

# Right answers, written differently --------------------------------------------------------------


def attention_by_torch(q, k, v, mask=None):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def attention_with_a_large_number(q, k, v, mask=None):
    scores = torch.einsum("...md,...nd->...mn", q, k) / math.sqrt(q.size(-1))
    if mask is not None:
        scores = torch.where(mask, scores, -1e9)
    return torch.softmax(scores, -1) @ v


def attention_by_exponentials(q, k, v, mask=None):
    weights = (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).exp()
    weights = weights if mask is None else weights * mask
    return weights @ v / weights.sum(-1, keepdim=True)


def step_with_the_rate_in_the_key(n_features, lr_inner):
    look = torch.diag(torch.tensor([1.0] * n_features + [0.0]))
    value = torch.zeros(n_features + 1, n_features + 1)
    value[n_features, n_features] = 1
    return {"query": look, "key": -2 * lr_inner * look, "value": value}


def step_in_double(n_features, lr_inner):
    look = torch.eye(n_features + 1, dtype=torch.float64)
    value = torch.zeros_like(look)
    look[n_features, n_features], value[n_features, n_features] = 0, -1
    rate = (2 * lr_inner) ** 0.5
    return {"value": value, "query": rate * look, "key": rate * look}


def rates_in_the_key(rates):
    n_features = len(rates)
    look = torch.diag(torch.tensor([1.0] * n_features + [0.0]))
    value = torch.zeros(n_features + 1, n_features + 1)
    value[-1, -1] = -1.0
    return {
        "query": look,
        "key": torch.diag(torch.cat([2 * rates, rates.new_zeros(1)])),
        "value": value,
    }


def roots_in_both(rates):
    scaled = torch.nn.functional.pad(torch.diag(rates.sqrt()), (0, 1, 0, 1))
    value = torch.zeros_like(scaled)
    value[len(rates), len(rates)] = -2
    return {"query": scaled, "key": scaled, "value": value}


ALTERNATIVES = {
    "softmax_attention": [
        attention_by_torch,
        attention_with_a_large_number,
        attention_by_exponentials,
    ],
    "gradient_step_weights": [step_with_the_rate_in_the_key, step_in_double],
    "preconditioned_step_weights": [rates_in_the_key, roots_in_both],
}


# Wrong answers, as learners write them -----------------------------------------------------------


def told(name, function):
    report = diagnose(find("EXERCISES", f"attention.{name}"), function)
    assert report.state == "failed", report
    return report.sentence


def test_a_softmax_over_the_queries_is_told():
    def wrong(q, k, v, mask=None):
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        if mask is not None:
            scores[..., ~mask] = float("-inf")
        return F.softmax(scores, dim=-2) @ v

    assert "The softmax runs over the queries" in told("softmax_attention", wrong)


def test_a_mask_that_is_forgotten_is_told():
    def wrong(q, k, v, mask=None):
        return F.scaled_dot_product_attention(q, k, v)

    assert "the loss goes to 0" in told("softmax_attention", wrong).replace("\n", " ")


def test_a_sum_over_all_weights_is_told():
    def wrong(q, k, v, mask=None):
        scores = q @ k.mT / math.sqrt(q.shape[-1])
        if mask is not None:
            scores = scores.masked_fill(~mask, -torch.inf)
        return scores.exp() / scores.exp().sum() @ v

    assert "All weights together" in told("softmax_attention", wrong)


def test_two_slips_of_attention_are_told():
    def wrong(q, k, v, mask=None):
        scores = q @ k.mT
        if mask is not None:
            scores = scores.masked_fill(mask, -torch.inf)
        return scores.softmax(-1) @ v

    sentence = told("softmax_attention", wrong)
    assert "The scale is missing" in sentence
    assert "the wrong way round" in sentence


def test_a_step_uphill_is_told():
    def wrong(n_features, lr_inner):
        look = torch.eye(n_features + 1)
        look[-1, -1] = 0
        value = torch.eye(n_features + 1) - look
        return {"query": look, "key": look, "value": 2 * lr_inner * value}

    assert "uphill" in told("gradient_step_weights", wrong)


def test_a_layer_that_changes_nothing_is_told_whatever_the_reason():
    def of_whole_numbers(n_features, lr_inner):
        look = torch.eye(n_features + 1, dtype=torch.int64)
        value = torch.zeros_like(look)
        look[-1, -1], value[-1, -1] = 0, -2 * lr_inner  # cut to 0
        return {"query": look, "key": look, "value": value}

    def with_labels_for_keys(n_features, lr_inner):
        good = step_with_the_rate_in_the_key(n_features, lr_inner)
        return good | {"key": good["value"]}

    for wrong in (of_whole_numbers, with_labels_for_keys):
        assert "The layer changes nothing" in told("gradient_step_weights", wrong)


def test_one_rate_for_all_inputs_is_told():
    def wrong(rates):
        n_features = len(rates)
        look = torch.diag(torch.tensor([1.0] * n_features + [0.0]))
        value = torch.zeros(n_features + 1, n_features + 1)
        value[-1, -1] = -2 * rates.mean()
        return {"query": look, "key": look, "value": value}

    assert "All inputs have the mean" in told("preconditioned_step_weights", wrong)


def test_rates_in_the_value_are_told():
    def wrong(rates):
        look = torch.diag(torch.tensor([1.0] * len(rates) + [0.0]))
        value = F.pad(torch.diag(-2 * rates), (0, 1, 0, 1))
        return {"query": look, "key": look, "value": value}

    assert "inputs move, and labels stay" in told("preconditioned_step_weights", wrong)


def test_a_rate_that_counts_twice_is_told():
    def wrong(rates):
        scaled = F.pad(torch.diag(rates), (0, 1, 0, 1))
        value = torch.zeros(len(rates) + 1, len(rates) + 1)
        value[-1, -1] = -2
        return {"query": scaled, "key": scaled, "value": value}

    assert "counts twice" in told("preconditioned_step_weights", wrong)
