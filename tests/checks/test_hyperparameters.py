"""The exercises of chapter 06: right answers written differently (for test_all_exercises), wrong
ones as learners write them."""

import math

import numpy as np
import torch

from metacourse import hyperparameters as kernels
from metacourse import maml
from metacourse.checks import diagnose
from metacourse.checks.catalogue import find

# Right answers, written differently --------------------------------------------------------------


def decay_by_logspace(first, last, n_steps):
    return torch.logspace(math.log10(first), math.log10(last), n_steps)


def decay_step_by_step(first, last, n_steps):
    factor, rates = (last / first) ** (1 / (n_steps - 1)), [first]
    while len(rates) < n_steps:
        rates.append(rates[-1] * factor)
    return torch.tensor(rates)


def decay_by_exp(first, last, n_steps):
    logs = torch.linspace(math.log(first), math.log(last), n_steps, dtype=torch.float64)
    return logs.exp()


def search_by_exponents(loss_fn, low, high, *, n_trials, generator):
    a, b = np.log10([low, high])
    rates = 10 ** torch.empty(n_trials).uniform_(a, b, generator=generator)
    losses = loss_fn(rates)
    return rates[torch.where(losses.isnan(), math.inf, losses).argmin()]


def search_one_by_one(loss_fn, low, high, *, n_trials, generator):
    best, least = None, math.inf
    for _ in range(n_trials):
        u = torch.rand((), generator=generator)
        rate = math.exp(math.log(low) + u * (math.log(high) - math.log(low)))
        loss = loss_fn(torch.tensor(rate))
        if loss < least:  # never true of a NaN
            best, least = rate, loss
    return best


def search_sorted(loss_fn, low, high, *, n_trials, generator):
    u = torch.rand((n_trials,), generator=generator, dtype=torch.float64)
    rates = low ** (1 - u) * high**u
    losses = loss_fn(rates)
    keep = ~losses.isnan()
    return rates[keep][losses[keep].sort().indices[0]].item()


def hypergradient_by_autograd(validation_loss, loss_fn, params, rates, x, y):
    rates = rates.detach().requires_grad_()
    theta = {name: part.detach().requires_grad_() for name, part in params.items()}
    for t in range(len(rates)):
        loss = loss_fn(theta, x[t], y[t])
        slopes = torch.autograd.grad(loss, theta.values(), create_graph=True)
        theta = {n: part - rates[t] * s for (n, part), s in zip(theta.items(), slopes, strict=True)}
    return torch.autograd.grad(validation_loss(theta), rates)[0]


def hypergradient_by_inner_adapt(validation_loss, loss_fn, params, rates, x, y):
    def judged(rates):
        theta = params
        for t, rate in enumerate(rates):
            theta = maml.inner_adapt(loss_fn, theta, x[t], y[t], lr_inner=rate)
        return validation_loss(theta)

    return torch.func.grad(judged)(rates)


def hypergradient_by_hand(validation_loss, loss_fn, params, rates, x, y):
    """Walk back: dL/dα_t = −λᵀ∇L_t, then λ ← λ − α_t H_t λ."""
    places, slope = [params], torch.func.grad(loss_fn)
    for rate, *batch in zip(rates, x, y, strict=True):
        slopes = slope(places[-1], *batch)
        places.append({n: places[-1][n] - rate * slopes[n] for n in params})
    adjoint, found = torch.func.grad(validation_loss)(places.pop()), []
    for rate, *batch in reversed(list(zip(rates, x, y, strict=True))):
        place = places.pop()
        slopes, back = torch.func.vjp(lambda p, batch=batch: slope(p, *batch), place)
        found.append(-sum((adjoint[n] * slopes[n]).sum() for n in params))
        (bent,) = back(adjoint)
        adjoint = {n: adjoint[n] - rate * bent[n] for n in params}
    return torch.stack(found[::-1])


def hypergradient_by_jacrev(validation_loss, loss_fn, params, rates, x, y):
    def end(rates):
        return kernels.train_unrolled(loss_fn, params, rates, {}, x, y)[0]

    return torch.func.jacrev(lambda rates: validation_loss(end(rates)))(rates)


def implicit_by_a_step_of_newton(validation_loss, objective, theta, hyper):
    """A step of Newton from θ* does not move it, but knows how it would."""
    slope = torch.func.grad(objective)
    hessian = torch.func.jacrev(slope)(theta, hyper)

    def after_the_step(hyper):
        return validation_loss(theta - torch.linalg.inv(hessian) @ slope(theta, hyper))

    return torch.func.grad(after_the_step)(hyper)


def implicit_by_descent(validation_loss, objective, theta, hyper):
    """The kernel, with so many terms of a Neumann series that it is exact."""
    slope = torch.func.grad(objective)
    rate = 1 / torch.linalg.eigvalsh(torch.func.jacrev(slope)(theta, hyper)).max().item()

    def solve(product, vector):
        return kernels.neumann_inverse(product, vector, lr_inner=rate, n_terms=2000)

    arguments = validation_loss, objective, theta, hyper
    return kernels.implicit_hypergradient(*arguments, solve=solve)


def neumann_by_descent(product, vector, *, lr_inner, n_terms):
    u = torch.zeros_like(vector)
    for _ in range(n_terms):
        u = u + lr_inner * (vector - product(u))
    return u


def neumann_by_powers(product, vector, *, lr_inner, n_terms):
    powers = [vector]
    for _ in range(n_terms - 1):
        powers.append(powers[-1] - lr_inner * product(powers[-1]))
    return lr_inner * torch.stack(powers).sum(0)


def joint_by_product(theta, losses, weights):
    values = torch.stack([loss(theta) for loss in losses])
    return values[0] + weights @ values[1:]


def joint_by_sum(theta, losses, weights):
    return losses[0](theta) + sum(w * losses[j + 1](theta) for j, w in enumerate(weights))


def confusion_by_one_hot(logits, labels):
    n = logits[0].shape[-1]
    pairs = zip(labels, logits, strict=True)
    one_hot = torch.nn.functional.one_hot
    return sum(one_hot(y, n).T @ one_hot(scores.argmax(-1), n) for y, scores in pairs)


def confusion_by_comparing(logits, labels):
    answers, asked = torch.cat([each.max(1).indices for each in logits]), torch.cat(labels)
    classes = range(logits[0].shape[1])
    return torch.tensor([[((asked == n) & (answers == m)).sum() for m in classes] for n in classes])


ALTERNATIVES = {
    "implicit_hypergradient": [implicit_by_a_step_of_newton, implicit_by_descent],
    "neumann_inverse": [neumann_by_descent, neumann_by_powers],
    "weighted_joint": [joint_by_product, joint_by_sum],
    "confusion_matrix": [confusion_by_one_hot, confusion_by_comparing],
    "exponential_decay": [decay_by_logspace, decay_step_by_step, decay_by_exp],
    "random_search": [search_by_exponents, search_one_by_one, search_sorted],
    "hypergradient": [
        hypergradient_by_autograd,
        hypergradient_by_inner_adapt,
        hypergradient_by_hand,
        hypergradient_by_jacrev,
    ],
}


# Wrong answers, as learners write them -----------------------------------------------------------


def told(name, function):
    report = diagnose(find("EXERCISES", f"hyperparameters.{name}"), function)
    assert report.state == "failed", report
    return report.sentence


def test_rates_drawn_evenly_are_told():
    def linear(loss_fn, low, high, *, n_trials, generator):
        rates = torch.empty(n_trials).uniform_(low, high, generator=generator)
        losses = loss_fn(rates)
        return rates[torch.where(losses.isnan(), math.inf, losses).argmin()]

    assert "Draw the exponent evenly" in told("random_search", linear)


def test_a_search_that_keeps_what_ran_away_is_told():
    def naive(loss_fn, low, high, *, n_trials, generator):
        rates = low * (high / low) ** torch.rand(n_trials, generator=generator)
        return rates[loss_fn(rates).argmin()]

    assert "It has to lose" in told("random_search", naive)


def test_a_training_without_a_graph_is_told_by_what_it_gives():
    def cut(validation_loss, loss_fn, params, rates, x, y):
        rates = rates.detach().requires_grad_()
        theta = {n: p.detach().requires_grad_() for n, p in params.items()}
        for t in range(len(rates)):
            slopes = torch.autograd.grad(loss_fn(theta, x[t], y[t]), theta.values())
            theta = {n: p - rates[t] * s for (n, p), s in zip(theta.items(), slopes, strict=True)}
        return torch.autograd.grad(validation_loss(theta), rates)[0]

    assert "first-order shortcut" in told("hypergradient", cut)


def test_judging_on_the_training_points_is_told():
    def on_training(validation_loss, loss_fn, params, rates, x, y):
        def judged(rates):
            end = kernels.train_unrolled(loss_fn, params, rates, {}, x, y)[0]
            return loss_fn(end, x.flatten(0, 1), y.flatten(0, 1))

        return torch.func.grad(judged)(rates)

    assert "chosen to fit them" in told("hypergradient", on_training)


def test_a_decay_that_is_bent_on_its_way_is_rejected():
    def bent(first, last, n_steps):
        return first * (last / first) ** torch.linspace(0, 1, n_steps).square()

    told("exponential_decay", bent)
