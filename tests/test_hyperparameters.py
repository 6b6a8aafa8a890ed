"""The kernels of chapter 06 against closed forms, finite differences and autograd, in float64."""

import math

import pytest
import torch
from scipy import stats
from torch.func import grad, vmap

from metacourse import linear_regression as lr
from metacourse.figures.maml import peak_bytes
from metacourse.hyperparameters import (
    META_FEATURES,
    exponential_decay,
    hypergradient,
    implicit_hypergradient,
    meta_features,
    neumann_inverse,
    random_search,
    ridge,
    train_unrolled,
    weighted_joint,
)
from metacourse.maml import inner_adapt

EXACT = {"rtol": 1e-12, "atol": 1e-12}
N_STEPS = 7


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


def mse(params, x, y):
    """A smooth network: finite differences need second derivatives."""
    return (torch.tanh(x @ params["inward"].mT) @ params["outward"] - y).square().mean()


@pytest.fixture
def training():
    """A network, its rates and penalties, and a batch for each step."""
    params = {"inward": normal(3, 2, seed=1), "outward": normal(3, seed=2)}
    rates = exponential_decay(0.2, 0.05, N_STEPS).double()
    penalties = {"inward": torch.tensor(0.03).double(), "outward": torch.tensor(0.1).double()}
    return params, rates, penalties, normal(N_STEPS, 5, 2, seed=3), normal(N_STEPS, 5, seed=4)


def validation_loss(params):
    return mse(params, normal(8, 2, seed=5), normal(8, seed=6))


def judged(params, rates, penalties, x, y, momentum=0.9):
    trained, _ = train_unrolled(mse, params, rates, penalties, x, y, momentum=momentum)
    return validation_loss(trained)


# ---- rates that somebody chose -----------------------------------------------------------------


def test_a_decay_goes_from_first_to_last_by_one_factor():
    rates = exponential_decay(0.8, 0.1, 4)
    torch.testing.assert_close(rates, torch.tensor([0.8, 0.4, 0.2, 0.1]))


def test_many_decays_are_made_at_once():
    rates = exponential_decay(torch.tensor([1.0, 0.8]), torch.tensor([1.0, 0.1]), 4)
    torch.testing.assert_close(rates, torch.tensor([[1.0] * 4, [0.8, 0.4, 0.2, 0.1]]))


def test_a_decay_needs_two_steps():
    with pytest.raises(ValueError, match="n_steps must be 2 or more"):
        exponential_decay(0.1, 0.01, 1)


def logarithm_of_a(tried):
    return (tried["a"].log10() + 2).abs()


def test_a_random_search_returns_the_trial_of_least_loss():
    ranges = {"a": (1e-4, 1.0), "b": (1.0, 1.0)}
    best, losses = random_search(logarithm_of_a, ranges, n_trials=200, generator=seeded())
    assert losses.shape == (200,)
    assert logarithm_of_a(best) == losses.min() < 0.1
    assert best["b"] == 1


def test_a_random_search_tries_every_order_of_magnitude_as_often():
    seen = {}

    def remember(tried):
        seen.update(tried)
        return tried["a"]

    random_search(remember, {"a": (1e-4, 1.0)}, n_trials=4000, generator=seeded())
    orders = torch.histc(seen["a"].log10(), bins=4, min=-4, max=0)
    assert orders.sum() == 4000
    assert (orders - 1000).abs().max() < 5 * math.sqrt(4000 * 3 / 16)  # five standard deviations


def test_settings_are_drawn_independently_of_each_other():
    seen = {}

    def remember(tried):
        seen.update(tried)
        return tried["a"]

    random_search(remember, {"a": (1e-3, 1.0), "b": (1e-3, 1.0)}, n_trials=2000, generator=seeded())
    correlation = torch.corrcoef(torch.stack([seen["a"].log(), seen["b"].log()]))[0, 1]
    assert correlation.abs() < 5 / math.sqrt(2000)


def test_a_loss_that_ran_away_is_never_the_best():
    def mostly_nan(tried):
        return torch.where(tried["a"] < 0.5, torch.nan, tried["a"])

    best, losses = random_search(mostly_nan, {"a": (0.1, 1.0)}, n_trials=50, generator=seeded())
    assert best["a"] >= 0.5
    assert losses.isinf().any()


@pytest.mark.parametrize("ends", [(0.0, 1.0), (-1.0, 1.0), (1.0, 0.1)])
def test_a_range_begins_above_0_and_does_not_end_before_it(ends):
    with pytest.raises(ValueError, match="0 < low ≤ high"):
        random_search(logarithm_of_a, {"a": ends}, n_trials=2, generator=seeded())


def test_a_search_needs_a_trial():
    with pytest.raises(ValueError, match="n_trials must be 1 or more"):
        random_search(logarithm_of_a, {"a": (0.1, 1.0)}, n_trials=0, generator=seeded())


# ---- through the training ----------------------------------------------------------------------


def test_with_one_rate_no_penalty_and_no_momentum_it_is_the_inner_loop_of_maml(training):
    params, _, _, x, y = training
    x, y = x[:1].expand(3, -1, -1), y[:1].expand(3, -1)
    trained, _ = train_unrolled(mse, params, torch.full((3,), 0.1, dtype=torch.float64), {}, x, y)
    adapted = inner_adapt(mse, params, x[0], y[0], lr_inner=0.1, n_steps=3)
    torch.testing.assert_close(trained, adapted, **EXACT)


def test_rates_penalties_and_momentum_do_what_torchs_sgd_does(training):
    params, rates, penalties, x, y = training
    theirs = {name: tensor.clone().requires_grad_() for name, tensor in params.items()}
    groups = [  # the gradient of λ‖θ‖² is 2λθ, that of torch's weight decay is λθ
        {"params": [theirs[name]], "weight_decay": 2 * weight.item()}
        for name, weight in penalties.items()
    ]
    optimizer = torch.optim.SGD(groups, lr=1.0, momentum=0.9)
    for rate, *batch in zip(rates, x, y, strict=True):
        optimizer.zero_grad()
        mse(theirs, *batch).backward()
        for group in optimizer.param_groups:
            group["lr"] = rate.item()
        optimizer.step()
    buffers = [optimizer.state[theirs[name]]["momentum_buffer"] for name in params]
    trained, velocity = train_unrolled(mse, params, rates, penalties, x, y, momentum=0.9)
    torch.testing.assert_close([*trained.values()], [*theirs.values()], **EXACT)
    torch.testing.assert_close([*velocity.values()], buffers, **EXACT)


def test_a_training_goes_on_from_its_velocity_as_if_it_had_never_stopped(training):
    params, rates, penalties, x, y = training
    whole = train_unrolled(mse, params, rates, penalties, x, y, momentum=0.9)
    half = train_unrolled(mse, params, rates[:4], penalties, x[:4], y[:4], momentum=0.9)
    rest = rates[4:], penalties, x[4:], y[4:]
    again = train_unrolled(mse, half[0], *rest, momentum=0.9, velocity=half[1])
    torch.testing.assert_close(again, whole, **EXACT)


def test_many_trainings_at_once_are_vmap_of_one(training):
    params, rates, penalties, x, y = training
    many = torch.stack([rates, 0.5 * rates])
    trained, _ = vmap(lambda r: train_unrolled(mse, params, r, penalties, x, y))(many)
    alone, _ = train_unrolled(mse, params, 0.5 * rates, penalties, x, y)
    for name, tensor in alone.items():
        torch.testing.assert_close(trained[name][1], tensor, **EXACT)


@pytest.mark.parametrize("n_pieces", [1, 2, 3, N_STEPS])
def test_a_hypergradient_is_what_autograd_finds_in_any_number_of_pieces(training, n_pieces):
    params, rates, penalties, x, y = training
    leaves = [rates, *penalties.values()]
    expected = torch.autograd.grad(judged(params, *_grown(rates, penalties), x, y), leaves)
    d_rates, d_penalties, loss = hypergradient(
        validation_loss, mse, *training, momentum=0.9, n_pieces=n_pieces
    )
    torch.testing.assert_close([d_rates, *d_penalties.values()], [*expected], **EXACT)
    torch.testing.assert_close(loss, judged(*training).detach(), **EXACT)


def _grown(rates, penalties):
    for tensor in (rates, *penalties.values()):
        tensor.requires_grad_()
    return rates, penalties


def test_a_hypergradient_is_that_of_finite_differences(training):
    params, rates, penalties, x, y = training
    d_rates, d_penalties, _ = hypergradient(validation_loss, mse, *training, momentum=0.9)
    size, moved = 1e-5, torch.zeros_like(rates)
    moved[2] = size
    ahead, behind = (judged(params, rates + d, penalties, x, y) for d in (moved, -moved))
    assert abs(d_rates[2] - (ahead - behind) / (2 * size)) < 1e-9
    ahead, behind = (
        judged(params, rates, penalties | {"outward": penalties["outward"] + d}, x, y)
        for d in (size, -size)
    )
    assert abs(d_penalties["outward"] - (ahead - behind) / (2 * size)) < 1e-9


def test_of_one_step_the_hypergradient_is_minus_the_cosine_times_both_lengths(training):
    """dL_val/dα = −∇L_val(θ′) · ∇L(θ): long where a step in that direction helps."""
    params, rates, _, x, y = training
    d_rates, _, _ = hypergradient(validation_loss, mse, params, rates[:1], {}, x[:1], y[:1])
    step = grad(mse)(params, x[0], y[0])
    ends, _ = train_unrolled(mse, params, rates[:1], {}, x[:1], y[:1])
    there = grad(validation_loss)(ends)
    expected = -sum((step[name] * there[name]).sum() for name in params)
    torch.testing.assert_close(d_rates[0], expected, **EXACT)


def test_a_training_needs_a_rate_and_a_batch_for_every_step(training):
    params, rates, penalties, x, y = training
    with pytest.raises(ValueError, match=r"rates must be \(T,\)"):
        train_unrolled(mse, params, rates[1:], penalties, x, y)
    with pytest.raises(ValueError, match=r"rates must be \(T,\)"):
        hypergradient(validation_loss, mse, params, rates, penalties, x, y[1:])


def test_a_penalty_names_a_parameter(training):
    params, rates, _, x, y = training
    with pytest.raises(ValueError, match="penalties for no parameter: \\['bias'\\]"):
        train_unrolled(mse, params, rates, {"bias": torch.tensor(1.0)}, x, y)


@pytest.mark.parametrize("n_pieces", [0, N_STEPS + 1])
def test_there_are_at_most_as_many_pieces_as_steps(training, n_pieces):
    with pytest.raises(ValueError, match="n_pieces must be 1 to T = 7"):
        hypergradient(validation_loss, mse, *training, n_pieces=n_pieces)


@pytest.mark.parametrize("n_pieces", [1, 3])
def test_the_hypergradient_is_the_same_on_a_gpu(training, cuda, n_pieces):
    params, rates, penalties, x, y = training
    there = [{name: t.to(cuda) for name, t in part.items()} for part in (params, penalties)]
    batches = x.to(cuda), y.to(cuda)
    validation = normal(8, 2, seed=5).to(cuda), normal(8, seed=6).to(cuda)
    found = hypergradient(
        lambda trained: mse(trained, *validation),
        *(mse, there[0], rates.to(cuda), there[1], *batches),
        momentum=0.9,
        n_pieces=n_pieces,
    )
    expected = hypergradient(validation_loss, mse, *training, momentum=0.9)
    assert found[0].device.type == "cuda"
    torch.testing.assert_close(found[0].cpu(), expected[0], **EXACT)
    torch.testing.assert_close(found[2].cpu(), expected[2], **EXACT)


def test_whole_the_memory_grows_like_the_steps_and_in_pieces_like_their_root():
    params = {"inward": normal(30, 2, seed=1), "outward": normal(30, seed=2)}

    def most_bytes(n_steps, n_pieces):
        batches = normal(n_steps, 50, 2, seed=3), normal(n_steps, 50, seed=4)
        rates = torch.full((n_steps,), 0.01, dtype=torch.float64)
        training = validation_loss, mse, params, rates, {}, *batches
        return peak_bytes(lambda: hypergradient(*training, n_pieces=n_pieces))

    assert most_bytes(144, 1) > 3 * most_bytes(36, 1)
    assert most_bytes(144, 12) < 2.5 * most_bytes(36, 6)
    assert most_bytes(144, 12) < most_bytes(144, 1) / 4


# ---- without unrolling -------------------------------------------------------------------------


@pytest.fixture
def regression():
    """x, y, a penalty for each of three features, and validation points."""
    penalties = torch.tensor([0.1, 0.5, 2.0]).double()
    return normal(9, 3), normal(9, seed=1), penalties, normal(6, 3, seed=2), normal(6, seed=3)


def penalised(x, y):
    def objective(theta, penalties):
        return lr.loss(theta, x, y) + (penalties * theta.square()).sum()

    return objective


def exactly(product, v):
    """H⁻¹ v, by H's columns."""
    return torch.linalg.solve(vmap(product)(torch.eye(len(v), dtype=v.dtype)), v)


def test_ridge_is_where_the_gradient_of_its_objective_is_0(regression):
    x, y, penalties, *_ = regression
    slope = grad(penalised(x, y))(ridge(x, y, penalties), penalties)
    torch.testing.assert_close(slope, torch.zeros(3).double(), **EXACT)


def test_ridge_without_penalty_is_least_squares(regression):
    x, y, *_ = regression
    theta = ridge(x, y, torch.tensor(0.0).double())
    torch.testing.assert_close(theta, torch.linalg.lstsq(x, y[:, None])[0][:, 0], **EXACT)


def test_ridge_answers_several_questions_at_once(regression):
    x, y, penalties, *_ = regression
    both = ridge(x, torch.stack([y, -2 * y], dim=1), penalties)
    alone = ridge(x, y, penalties)
    torch.testing.assert_close(both, torch.stack([alone, -2 * alone], dim=1), **EXACT)


def test_ridge_says_what_does_not_fit(regression):
    x, y, penalties, *_ = regression
    for wrong in ((x, y[1:], penalties), (x, y, penalties[1:]), (x[0], y, penalties)):
        with pytest.raises(ValueError, match=r"x \(S, D\), y \(S,\)"):
            ridge(*wrong)


def test_the_implicit_hypergradient_of_ridge_is_what_autograd_finds_through_it(regression):
    x, y, penalties, *validation = regression
    theta = ridge(x, y, penalties)
    found = implicit_hypergradient(
        lambda theta: lr.loss(theta, *validation), penalised(x, y), theta, penalties, solve=exactly
    )
    through = grad(lambda weights: lr.loss(ridge(x, y, weights), *validation))(penalties)
    torch.testing.assert_close(found, through, **EXACT)


def test_and_it_is_minus_two_theta_times_the_solved_slope(regression):
    x, y, penalties, *validation = regression
    theta = ridge(x, y, penalties)
    hessian = lr.hessian(x) + 2 * torch.diag(penalties)
    expected = -2 * theta * torch.linalg.solve(hessian, lr.gradient(theta, *validation))
    found = implicit_hypergradient(
        lambda theta: lr.loss(theta, *validation), penalised(x, y), theta, penalties, solve=exactly
    )
    torch.testing.assert_close(found, expected, **EXACT)


def test_for_a_start_that_pulls_it_is_the_gradient_of_implicit_maml(regression):
    """J = L + λ/2 ‖θ − θ₀‖²: dL_val/dθ₀ = (I + H/λ)⁻¹ ∇L_val (Rajeswaran et al. 2019, Lemma 1)."""
    x, y, start, *validation = regression
    pull = 0.7

    def objective(theta, start):
        return lr.loss(theta, x, y) + pull / 2 * (theta - start).square().sum()

    eye = torch.eye(3).double()
    there = 2 / 9 * x.mT @ y + pull * start
    theta = torch.linalg.solve(lr.hessian(x) + pull * eye, there)
    found = implicit_hypergradient(
        lambda theta: lr.loss(theta, *validation), objective, theta, start, solve=exactly
    )
    expected = torch.linalg.solve(eye + lr.hessian(x) / pull, lr.gradient(theta, *validation))
    torch.testing.assert_close(found, expected, **EXACT)


def test_a_neumann_series_is_chapter_02s_contraction_summed(regression):
    """α Σ_{j<n} (I − αH)^j v = (I − (I − αH)ⁿ) H⁻¹ v."""
    x, _, v, *_ = regression
    hessian = lr.hessian(x)
    for n_terms in (0, 1, 5, 20):
        left = lr.contraction(x, lr_inner=0.3, n_steps=n_terms)
        expected = (torch.eye(3).double() - left) @ torch.linalg.solve(hessian, v)
        found = neumann_inverse(hessian.matmul, v, lr_inner=0.3, n_terms=n_terms)
        torch.testing.assert_close(found, expected, **EXACT)


def test_twenty_terms_are_twenty_unrolled_steps_from_the_minimum(regression):
    x, y, penalties, *validation = regression
    theta, objective = ridge(x, y, penalties), penalised(x, y)

    def unrolled(weights):
        moved = theta
        for _ in range(20):
            moved = moved - 0.1 * grad(objective)(moved, weights)
        return lr.loss(moved, *validation)

    def nearly(product, v):
        return neumann_inverse(product, v, lr_inner=0.1, n_terms=20)

    found = implicit_hypergradient(
        lambda theta: lr.loss(theta, *validation), objective, theta, penalties, solve=nearly
    )
    torch.testing.assert_close(found, grad(unrolled)(penalties), **EXACT)


def test_a_neumann_series_has_no_negative_number_of_terms():
    with pytest.raises(ValueError, match="n_terms must be 0 or more"):
        neumann_inverse(lambda v: v, torch.ones(2), lr_inner=0.1, n_terms=-1)


# ---- several losses at once --------------------------------------------------------------------


def test_a_joint_loss_is_the_meant_one_and_the_weighted_others():
    losses = [lambda t: t.sum(), lambda t: t.square().sum(), lambda t: t.prod()]
    theta, weights = torch.tensor([1.0, 3.0]), torch.tensor([0.5, 2.0])
    assert weighted_joint(theta, losses, weights) == 4 + 0.5 * 10 + 2 * 3


def test_without_auxiliary_losses_the_meant_one_is_left():
    assert weighted_joint(torch.tensor([2.0]), [lambda t: t.sum()], torch.zeros(0)) == 2


def test_the_slope_along_a_weight_is_its_loss():
    losses = [lambda t: t.sum(), lambda t: t.square().sum()]
    theta = torch.tensor([1.0, 3.0])
    assert grad(lambda w: weighted_joint(theta, losses, w))(torch.tensor([0.3])) == 10


def test_every_auxiliary_loss_has_a_weight():
    with pytest.raises(ValueError, match="1 losses need 0 weights, got 1"):
        weighted_joint(torch.zeros(1), [torch.sum], torch.ones(1))


# ---- which algorithm? --------------------------------------------------------------------------


def described(x, y):
    return dict(zip(META_FEATURES, meta_features(x, y).tolist(), strict=True))


@pytest.fixture
def table():
    return normal(30, 4) ** 2, torch.arange(30) % 3 == 0


def test_the_sizes_and_the_balance_of_a_data_set(table):
    found = described(*table)
    assert found["log n"] == pytest.approx(math.log(30))
    assert found["log D"] == pytest.approx(math.log(4))
    assert found["log D/n"] == pytest.approx(math.log(4 / 30))
    assert found["balance"] == pytest.approx(1 / 3 * 2 / 3)


def test_its_moments_are_those_of_scipy(table):
    x, y = table
    found = described(x, y)
    assert found["skewness"] == pytest.approx(abs(stats.skew(x.numpy())).mean())
    assert found["kurtosis"] == pytest.approx(stats.kurtosis(x.numpy()).mean())


def test_its_correlation_and_concentration_are_those_of_the_correlation_matrix(table):
    x, y = table
    correlation = torch.corrcoef(x.mT)
    shares = torch.linalg.eigvalsh(correlation) / 4
    found = described(x, y)
    assert found["correlation"] == pytest.approx((correlation.abs().sum() - 4).item() / 12)
    assert found["concentration"] == pytest.approx(shares.square().sum().item())


def test_no_meta_feature_changes_with_the_units(table):
    x, y = table
    units = torch.tensor([1e-3, 1.0, 60.0, 1e5]).double()
    torch.testing.assert_close(meta_features(units * x + 7, y), meta_features(x, y))


def test_constant_features_are_described_by_finite_numbers(table):
    x, y = table
    assert meta_features(torch.full_like(x, 0.5), y).isfinite().all()
    assert meta_features(x[:, :1], y).isfinite().all()
    x = x.clone()
    x[:, 2] = 0.1  # whose mean is not 0.1
    without = described(x[:, [0, 1, 3]], y)
    assert described(x, y)["skewness"] == pytest.approx(3 / 4 * without["skewness"])


def test_a_data_set_is_a_table_with_a_label_a_row(table):
    x, y = table
    for wrong in ((x[0], y), (x, y[1:]), (x[:0], y[:0])):
        with pytest.raises(ValueError, match=r"x must be \(n, D\), y \(n,\)"):
            meta_features(*wrong)
