"""The exercises on learned optimisers: right answers written differently (for
test_all_exercises), wrong ones as learners write them."""

import math

import pytest
import torch
from torch.func import vmap
from torch.nn import functional as F

from metacourse import learned_optimisers as optimisers
from metacourse import lstm
from metacourse.checks import diagnose
from metacourse.checks import learned_optimisers as chapter
from metacourse.checks.catalogue import find
from tests.checks.test_lstm import cell_by_einsum, cell_by_torch, cell_with_weights_in_one

WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")

SMALLEST = math.exp(-10)  # from here on `preprocess` no longer takes a logarithm


# Right answers, written differently --------------------------------------------------------------


def split_by_where(v):
    """`preprocess` with the logarithm kept away from 0."""
    large = v.abs() >= torch.tensor(-10.0, dtype=v.dtype).exp()
    size = torch.where(large, torch.where(large, v.abs(), 1.0).log() / 10, -1.0)
    return torch.stack(
        [size, torch.where(large, v.sign(), v * torch.tensor(10.0).double().exp())], -1
    )


def split_by_mask(v):
    """`preprocess` written in two masked parts."""
    small = torch.abs(v) < 2.718281828459045**-10
    size = v.abs().masked_fill(small, 2.718281828459045**-10).log().div(10)
    return torch.stack((size, torch.sign(v) * ~small + v * 2.718281828459045**10 * small), dim=-1)


def step_by_columns(params, theta, gradient, loss, state):
    w_f, w_i = params["forget.weight"], params["write.weight"]
    g, losses = optimisers.preprocess(gradient), optimisers.preprocess(loss)
    columns = [g[:, 0], g[:, 1], losses[0], losses[1], theta]

    def gate(w, b, before):
        return sum(w[k] * column for k, column in enumerate([*columns, before])) + b

    f = gate(w_f, params["forget.bias"], state[0]).sigmoid()
    i = gate(w_i, params["write.bias"], state[1]).sigmoid()
    return f * theta - i * gradient, (f, i)


def step_one_by_one(params, theta, gradient, loss, state):
    new, fs, is_ = [], [], []
    for t, g, f, i in zip(theta, gradient, *state, strict=True):
        seen = torch.cat([optimisers.preprocess(g), optimisers.preprocess(loss), t[None]])
        fs.append(
            (params["forget.weight"] @ torch.cat([seen, f[None]]) + params["forget.bias"]).sigmoid()
        )
        is_.append(
            (params["write.weight"] @ torch.cat([seen, i[None]]) + params["write.bias"]).sigmoid()
        )
        new.append(fs[-1] * t + is_[-1] * -g)
    return torch.stack(new), (torch.stack(fs), torch.stack(is_))


def step_by_vmap(params, theta, gradient, loss, state):
    def one(t, g, f, i):
        seen = torch.cat([optimisers.preprocess(g), optimisers.preprocess(loss), t.reshape(1)])
        f = F.linear(
            torch.cat([seen, f.reshape(1)]), params["forget.weight"], params["forget.bias"]
        )
        i = F.linear(torch.cat([seen, i.reshape(1)]), params["write.weight"], params["write.bias"])
        return lstm.gated_sum(f.sigmoid(), t, i.sigmoid(), -g), (f.sigmoid(), i.sigmoid())

    return vmap(one)(theta, gradient, *state)


def step_with_both_gates_at_once(params, theta, gradient, loss, state):
    seen = torch.cat(
        [split_by_where(gradient), split_by_where(loss).repeat(len(theta), 1), theta[:, None]], 1
    )
    inputs = torch.stack([torch.cat([seen, gate[:, None]], 1) for gate in state])
    weights = torch.stack([params["forget.weight"], params["write.weight"]])
    biases = torch.stack([params["forget.bias"], params["write.bias"]])
    f, i = torch.sigmoid(torch.einsum("gnk,gk->gn", inputs, weights) + biases[:, None])
    return torch.addcmul(f * theta, i, gradient, value=-1), (f, i)


def step_with_a_mask(params, theta, gradient, loss, state):
    seen = torch.zeros(len(theta), 5, dtype=theta.dtype)
    seen[:, :2], seen[:, 2:4], seen[:, 4] = split_by_mask(gradient), split_by_mask(loss), theta
    shared = {
        n: seen @ params[f"{n}.weight"][:5] + params[f"{n}.bias"] for n in ("forget", "write")
    }
    f = torch.sigmoid(shared["forget"] + params["forget.weight"][5] * state[0])
    i = torch.sigmoid(shared["write"] + params["write.weight"][5] * state[1])
    return -(i * gradient - f * theta), [f, i]


def step_as_logistic(params, theta, gradient, loss, state):
    def gate(name, before):
        seen = (
            optimisers.preprocess(gradient),
            optimisers.preprocess(loss.expand_as(theta)),
            theta[..., None],
        )
        z = torch.hstack([*seen, before[..., None]]).mv(params[f"{name}.weight"])
        return 1 / (1 + (-z - params[f"{name}.bias"]).exp())

    f, i = gate("forget", state[0]), gate("write", state[1])
    return torch.lerp(theta, torch.zeros_like(theta), 1 - f) + i * (-gradient), (f, i)


def update_by_torch_cell(params, gradient, state):
    h, new = cell_by_torch(params, optimisers.preprocess(gradient), state)
    return 0.1 * (h @ params["head.weight"][0] + params["head.bias"]), new


def update_coordinate_by_coordinate(params, gradient, state):
    n_hidden = state[0].shape[-1]
    hs, cs = (part.reshape(-1, n_hidden) for part in state)
    steps, states = [], []
    for g, h, c in zip(gradient.reshape(-1), hs, cs, strict=True):
        h, new = lstm.cell(params, optimisers.preprocess(g), (h, c))
        steps.append(lstm.head(params, h)[0] * 0.1)
        states.append(new)
    h, c = (torch.stack(parts).reshape(state[0].shape) for parts in zip(*states, strict=True))
    return torch.stack(steps).reshape(gradient.shape), (h, c)


def update_by_where(params, gradient, state):
    h, state = lstm.cell(params, split_by_where(gradient), state)
    return lstm.head(params, h)[..., 0] / 10, state


def update_by_mask(params, gradient, state):
    h, state = cell_by_einsum(params, split_by_mask(gradient), state)
    return F.linear(h, 0.1 * params["head.weight"], 0.1 * params["head.bias"]).squeeze(-1), state


def update_of_flat(params, gradient, state):
    flat = [part.reshape(gradient.numel(), -1) for part in state]
    h, new = lstm.cell(params, optimisers.preprocess(gradient.flatten()), tuple(flat))
    step = 0.1 * lstm.head(params, h)
    return step.reshape(gradient.shape), [part.reshape(state[0].shape) for part in new]


def update_by_einsum(params, gradient, state):
    h, new = cell_with_weights_in_one(params, optimisers.preprocess(gradient), state)
    said = torch.einsum("...h,oh->...o", h, params["head.weight"]) + params["head.bias"]
    return torch.sum(0.1 * said, dim=-1), new


def update_by_vmap(params, gradient, state):
    update = optimisers.learned_update
    for _ in range(gradient.dim()):
        update = vmap(update, in_dims=(None, 0, 0))
    return update(params, gradient, state)


def shot_by_hand(z_support, y_support, z_query, mean, n_way):
    """`simple_shot` with the distances written out."""
    directions = [(z - mean) / (z - mean).norm(dim=-1, keepdim=True) for z in (z_support, z_query)]
    means = torch.stack([directions[0][y_support == n].mean(0) for n in range(n_way)])
    return -(directions[1][:, None] - means).pow(2).sum(-1)


def shot_by_one_hot(z_support, y_support, z_query, mean, n_way):
    told = F.one_hot(y_support, n_way).to(z_support.dtype)
    z_support, z_query = (F.normalize(z - mean, dim=1) for z in (z_support, z_query))
    means = told.T @ z_support / told.sum(0)[:, None]
    return 2 * z_query @ means.T - means.square().sum(1) - z_query.square().sum(1, keepdim=True)


ALTERNATIVES = {
    "simple_shot": (shot_by_hand, shot_by_one_hot),
    "meta_lstm_step": (
        step_by_columns,
        step_one_by_one,
        step_by_vmap,
        step_with_both_gates_at_once,
        step_with_a_mask,
        step_as_logistic,
    ),
    "learned_update": (
        update_by_torch_cell,
        update_coordinate_by_coordinate,
        update_by_where,
        update_by_mask,
        update_of_flat,
        update_by_einsum,
        update_by_vmap,
    ),
}


# Wrong answers as learners write them ------------------------------------------------------------


def gates_of(params, theta, gradient, loss, state, split=optimisers.preprocess):
    losses = split(loss).expand(*theta.shape, 2)
    seen = torch.cat([split(gradient), losses, theta[:, None]], -1)
    f, i = (torch.cat([seen, gate[:, None]], -1) for gate in state)
    f = f @ params["forget.weight"] + params["forget.bias"]
    return f, i @ params["write.weight"] + params["write.bias"]


def step_by(formula, split=optimisers.preprocess):
    """A step by the gates before σ, θ, ∇, and the gates of the step before."""

    def wrong(params, theta, gradient, loss, state):
        f, i = gates_of(params, theta, gradient, loss, state, split)
        return formula(f, i, theta, gradient, state)

    return wrong


def moved(f, i, theta, g):
    return f.sigmoid() * theta - i.sigmoid() * g


def done(theta, f, i):
    return theta, (f.sigmoid(), i.sigmoid())


def moving(formula):
    """A step by another formula of the gates f and i, θ and ∇."""
    return step_by(lambda f, i, t, g, old: done(formula(f.sigmoid(), i.sigmoid(), t, g), f, i))


def step_in_place(params, theta, gradient, loss, state):
    f, i = (gate.sigmoid() for gate in gates_of(params, theta, gradient, loss, state))
    theta *= f
    theta -= i * gradient
    return theta, (f, i)


def step_with_gates_in_place(params, theta, gradient, loss, state):
    f, i = (gate.sigmoid() for gate in gates_of(params, theta, gradient, loss, state))
    new = f * theta - i * gradient
    state[0].copy_(f)
    return new, (f, i)


def step_without_preprocess(params, theta, gradient, loss, state):
    seen = torch.stack([gradient, loss.expand_as(theta), theta], -1)
    f = torch.sigmoid(torch.cat([seen, state[0][:, None]], -1) @ params["forget.weight"])
    return f * theta - gradient, (f, f)


def step_under_no_grad(params, theta, gradient, loss, state):
    with torch.no_grad():
        return optimisers.meta_lstm_step(params, theta, gradient, loss, state)


def step_with_item(params, theta, gradient, loss, state):
    loss = torch.tensor(loss.item(), dtype=torch.float64)
    return optimisers.meta_lstm_step(params, theta, gradient, loss, state)


def step_with_weights_detached(params, theta, gradient, loss, state):
    fixed = {name: value.detach() for name, value in params.items()}
    return optimisers.meta_lstm_step(fixed, theta, gradient, loss, state)


def step_of_mean_loss(params, theta, gradient, loss, state):
    return optimisers.meta_lstm_step(params, theta, gradient, loss / len(theta), state)


def step_at_new_theta(params, theta, gradient, loss, state):
    new, gates = optimisers.meta_lstm_step(params, theta, gradient, loss, state)
    return optimisers.meta_lstm_step(params, new, gradient, loss, gates)


def split_natural(v):
    return torch.stack([torch.log1p(v.abs()), v.sign()], -1)


def split_by_log_10(v):
    return torch.stack([v.abs().clamp(min=1e-10).log10() / 10, v.sign()], -1)


def split_with_infinity(v):
    return torch.stack([v.abs().log() / 10, v.sign()], -1)


def split_by_unsafe_where(v):
    small = v.abs() < torch.tensor(-10.0, dtype=v.dtype).exp()
    size = torch.where(small, -torch.ones_like(v), torch.log(v.abs()) / 10)
    return torch.stack(
        [size, torch.where(small, v * torch.tensor(10.0).double().exp(), v.sign())], -1
    )


def update_by(formula, split=optimisers.preprocess):
    """An update by the weights, h, the new state, ∇, and the old state."""

    def wrong(params, gradient, state):
        h, new = lstm.cell(params, split(gradient), state)
        return formula(params, h, new, gradient, state)

    return wrong


def said(params, h):
    return lstm.head(params, h).squeeze(-1)


def update_with_gradient_alone(params, gradient, state):
    h, new = lstm.cell(params, gradient.unsqueeze(-1), state)
    return 0.1 * said(params, h), new


def update_from_the_start(params, gradient, state):
    start = lstm.start_state(params, *gradient.shape)
    h, new = lstm.cell(params, optimisers.preprocess(gradient), start)
    return 0.1 * said(params, h), new


def update_under_no_grad(params, gradient, state):
    with torch.no_grad():
        return optimisers.learned_update(params, gradient, state)


def update_read_twice(params, gradient, state):
    _, state = lstm.cell(params, optimisers.preprocess(gradient), state)
    h, state = lstm.cell(params, optimisers.preprocess(gradient), state)
    return 0.1 * said(params, h), state


def update_of_one_state(params, gradient, state):
    first = tuple(part.reshape(-1, part.shape[-1])[0].expand_as(part) for part in state)
    h, new = lstm.cell(params, optimisers.preprocess(gradient), first)
    return 0.1 * said(params, h), new


def update_with_h_detached(params, gradient, state):
    h, new = lstm.cell(params, optimisers.preprocess(gradient), (state[0].detach(), state[1]))
    return 0.1 * said(params, h), new


def update_with_weights_detached(params, gradient, state):
    return optimisers.learned_update({n: v.detach() for n, v in params.items()}, gradient, state)


def update_with_head_detached(params, gradient, state):
    h, new = lstm.cell(params, optimisers.preprocess(gradient), state)
    return 0.1 * said({n: v.detach() for n, v in params.items()}, h), new


def update_of_the_old_h(params, gradient, state):
    _, new = lstm.cell(params, optimisers.preprocess(gradient), state)
    return 0.1 * said(params, state[0]), new


NAMED = [
    ("meta_lstm_step", step_by(
        lambda f, i, theta, g, old: done(f.sigmoid() * theta + i.sigmoid() * g, f, i)), "climbs"),
    ("meta_lstm_step", step_by(
        lambda f, i, theta, g, old: done(theta - i.sigmoid() * g, f, i)), "not multiplied by f"),
    ("meta_lstm_step", step_by(lambda f, i, theta, g, old: (
        moved(f, i, theta, g), old)), "The old gates"),
    ("meta_lstm_step", step_by(lambda f, i, theta, g, old: (f * theta - i * g, (f, i))),
     "no sigmoid"),
    ("meta_lstm_step", step_by(lambda f, i, theta, g, old: done(
        moved(f, i, theta, g), f, i), split_with_infinity), "of 0 it is −∞"),
    ("meta_lstm_step", step_by(lambda f, i, theta, g, old: done(
        moved(f, i, theta, g), f, i), split_by_unsafe_where), "0 · ∞ = NaN"),
    ("meta_lstm_step", step_by(lambda f, i, theta, g, old: done(
        f.sigmoid() * theta.data - i.sigmoid() * g, f, i)), "applied to a detached θ"),
    ("meta_lstm_step", step_in_place, "in place"),
    ("meta_lstm_step", step_under_no_grad, "cut out of the graph"),
    ("meta_lstm_step", step_with_item, "L is detached"),
    ("meta_lstm_step", step_without_preprocess, "The gates get four numbers"),
    ("learned_update", update_by(lambda p, h, new, g, old: (said(p, h), new)), "scale 0.1 is miss"),
    ("learned_update", update_by(lambda p, h, new, g, old: (-0.1 * said(p, h), new)), "a minus"),
    ("learned_update", update_by(lambda p, h, new, g, old: (0.1 * said(p, h), old)),
     "The old state"),
    ("learned_update", update_by(lambda p, h, new, g, old: (0.1 * h.mean(-1), new)), "mean of h"),
    ("learned_update", update_by(lambda p, h, new, g, old: (0.1 * lstm.head(p, h), new)),
     "one axis too many"),
    ("learned_update", update_by(
        lambda p, h, new, g, old: (0.1 * said(p, h), new), split_with_infinity), "of 0 it is −∞"),
    ("learned_update", update_by(
        lambda p, h, new, g, old: (0.1 * said(p, h), new), split_by_unsafe_where), "0 · ∞ = NaN"),
    ("learned_update", update_by(lambda p, h, new, g, old: (0.1 * said(p, h), new),
                                 lambda v: optimisers.preprocess(v.abs())), "The sign of the grad"),
    ("learned_update", update_with_gradient_alone, "one number for each coordinate"),
    ("learned_update", update_from_the_start, "It starts from zeros"),
    ("learned_update", update_under_no_grad, "cut out of the graph"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "wrong", "told"), NAMED)
def test_wrong_answers_as_learners_write_them_are_told_by_name(name, wrong, told):
    report = diagnose(find("EXERCISES", f"learned_optimisers.{name}"), wrong)
    assert report.state == "failed"
    assert told in str(report)


WRONG = {
    "meta_lstm_step": (
        step_with_gates_in_place,
        step_with_weights_detached,
        step_of_mean_loss,
        step_at_new_theta,
        *(
            step_by(
                lambda f, i, theta, g, old: done(moved(f, i, theta, g), f, i), split
            )
            for split in (split_natural, split_by_log_10, lambda v: split_by_where(v) / 10)
        ),
        moving(lambda f, i, t, g: f * t - i * g.sign()),
        moving(lambda f, i, t, g: f * t - i.exp() * g),
        moving(lambda f, i, t, g: (f * t - i * g) / 2),
        moving(lambda f, i, t, g: f * t - 0.1 * i * g),
        moving(lambda f, i, t, g: f * t - i * g.mean()),
        moving(lambda f, i, t, g: f.mean() * t - i * g),
        moving(lambda f, i, t, g: f * t - i * t),
        step_by(lambda f, i, theta, g, old: done(old[0] * theta - i.sigmoid() * g, f, i)),
        step_by(lambda f, i, theta, g, old: (
            moved(f, i, theta, g), (f.sigmoid().mean(), i.sigmoid().mean()))),
        step_by(lambda f, i, theta, g, old: (
            moved(f, i, theta, g), (old[0], i.sigmoid()))),
        step_by(lambda f, i, theta, g, old: (
            moved(f, i, theta, g), (f.sigmoid() * old[0], i.sigmoid() * old[1]))),
        step_by(lambda f, i, theta, g, old: done(
            (moved(f, i, theta, g)).detach(), f, i)),
        step_by(lambda f, i, theta, g, old: done(moved(f, i, theta, g), f, i)[::-1]),
    ),
    "learned_update": (
        update_read_twice,
        update_of_one_state,
        update_with_h_detached,
        update_with_weights_detached,
        update_with_head_detached,
        update_of_the_old_h,
        *(
            update_by(lambda p, h, new, g, old: (0.1 * said(p, h), new), split)
            for split in (split_natural, split_by_log_10, lambda v: split_by_where(v) / 10)
        ),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h).sign(), new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h).abs(), new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h) * g.abs(), new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h).clamp(-1, 1), new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h) / 2, new)),
        update_by(lambda p, h, new, g, old: (-g, new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h.tanh()), new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h), (old[0], new[1]))),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h), (new[0], old[1]))),
        update_by(lambda p, h, new, g, old: (0.1 * (said(p, h) - said(p, h).mean()), new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h) + 0.9 * said(p, old[0]), new)),
        update_by(lambda p, h, new, g, old: (0.1 * said(p, h).sum(), new)),
        update_by(lambda p, h, new, g, old: (new, 0.1 * said(p, h))),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "wrong"), [(n, w) for n, group in WRONG.items() for w in group])
def test_no_other_wrong_answer_passes(name, wrong):
    assert diagnose(find("EXERCISES", f"learned_optimisers.{name}"), wrong).state == "failed"


# Cases, stubs, quizzes ---------------------------------------------------------------------------


def cases(name):
    exercise = find("EXERCISES", f"learned_optimisers.{name}")
    return [exercise.cases(torch.Generator().manual_seed(seed)) for seed in range(6)]


@pytest.mark.parametrize("name", ["meta_lstm_step", "learned_update"])
def test_the_gradients_are_of_usual_size_tiny_large_and_zero_and_of_one_or_more_coordinates(name):
    gradients = [case["gradient"] for case in cases(name)]
    size = torch.cat([gradient.abs().flatten() for gradient in gradients])
    assert (size == 0).any()
    assert ((size > 0) & (size < SMALLEST)).any()
    assert (size > 10).any()
    assert any(((g.abs() > 0.1) & (g.abs() < 2)).all() for g in gradients)
    assert 1 in {gradient.numel() for gradient in gradients}
    assert max(gradient.numel() for gradient in gradients) > 3


def test_a_loss_may_be_zero_tiny_or_large():
    losses = [case["loss"].item() for case in cases("meta_lstm_step")]
    assert 0.0 in losses
    assert min(loss for loss in losses if loss) < SMALLEST
    assert max(losses) > 10


def test_some_tasks_have_one_image_of_each_class_and_all_lie_off_the_origin():
    found = cases("simple_shot")
    assert {len(case["y_support"]) // case["n_way"] for case in found} == {1, 2}
    assert all(case["mean"].norm() > 1 for case in found)


def nearest_image(z_support, y_support, z_query, mean, n_way):
    z_support, z_query = (F.normalize(z - mean, dim=1) for z in (z_support, z_query))
    distances = torch.cdist(z_query, z_support).square()
    return torch.stack([-distances[:, y_support == n].amin(1) for n in range(n_way)], dim=1)


def scaled_by_deviation(z_support, y_support, z_query, mean, n_way):
    z_support, z_query = ((z - mean) / (z - mean).std() for z in (z_support, z_query))
    means = torch.stack([z_support[y_support == n].mean(0) for n in range(n_way)])
    return -torch.cdist(z_query, means).square()


@pytest.mark.parametrize("wrong", [nearest_image, scaled_by_deviation])
def test_another_baseline_is_not_simple_shot(wrong):
    assert diagnose(find("EXERCISES", "learned_optimisers.simple_shot"), wrong).state == "failed"


@pytest.mark.parametrize("name", chapter.EXERCISES)
def test_a_stub_is_not_attempted_yet(name):
    def stub(*args, **kwargs):
        """Return something."""
        ...

    assert diagnose(find("EXERCISES", f"learned_optimisers.{name}"), stub).state == "unattempted"
