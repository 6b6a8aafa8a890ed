"""Chapter 03's exercises: right answers written differently (for test_all_exercises), wrong ones
as learners write them."""

import copy
import warnings
from functools import partial

import pytest
import torch
from torch.func import functional_call, grad, vjp, vmap
from torch.nn import functional as F

from metacourse import maml
from metacourse.checks import diagnose, quizzes
from metacourse.checks import maml as chapter
from metacourse.checks.catalogue import find
from metacourse.episodes import Episode
from metacourse.tasks.decays import sample_decays


def adapt_by_autograd(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    for _ in range(n_steps):
        loss = loss_fn(params, x_support, y_support)
        gradients = torch.autograd.grad(loss, params.values(), create_graph=True)
        adapted = {}
        for (name, value), gradient in zip(params.items(), gradients, strict=True):
            rate = lr_inner[name] if isinstance(lr_inner, dict) else lr_inner
            adapted[name] = value - rate * gradient
        params = adapted
    return params


def adapt_recursively(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    if n_steps == 0:
        return dict(params)
    g = grad(loss_fn)(params, x_support, y_support)
    rates = lr_inner if isinstance(lr_inner, dict) else dict.fromkeys(params, lr_inner)
    params = {name: params[name] - rates[name] * g[name] for name in sorted(params, reverse=True)}
    steps = {"lr_inner": lr_inner, "n_steps": n_steps - 1}
    return adapt_recursively(loss_fn, params, x_support, y_support, **steps)


def adapt_with_clones(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    fast = {name: value.clone() for name, value in params.items()}
    for _ in range(n_steps):
        names, values = zip(*fast.items(), strict=True)
        loss = loss_fn(fast, x_support, y_support)
        gradients = torch.autograd.grad(loss, values, create_graph=True, retain_graph=True)
        for name, gradient in zip(names, gradients, strict=True):
            rate = lr_inner[name] if isinstance(lr_inner, dict) else lr_inner
            fast[name] = fast[name] - rate * gradient
    return fast


def loss_by_a_plain_loop(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    total = 0
    for i in range(len(episodes.x_support)):
        adapted = adapt_by_autograd(
            loss_fn,
            params,
            episodes.x_support[i],
            episodes.y_support[i],
            lr_inner=lr_inner,
            n_steps=n_steps,
        )
        total = total + loss_fn(adapted, episodes.x_query[i], episodes.y_query[i])
    return total / len(episodes.x_support)


def loss_by_vmap(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    def one(task):
        p = params
        for _ in range(n_steps):
            g = grad(loss_fn)(p, task[0], task[1])
            p = {name: p[name] - lr_inner * g[name] for name in p}
        return loss_fn(p, task[2], task[3])

    return torch.mean(vmap(one)(tuple(episodes)))


def loss_of_a_list(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    adapt = partial(maml.inner_adapt, loss_fn, lr_inner=lr_inner, n_steps=n_steps)
    losses = [loss_fn(adapt(params, xs, ys), xq, yq) for xs, ys, xq, yq in zip(*episodes)]  # noqa: B905
    return sum(losses) / len(losses)


def reptile_by_autograd(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    new = {name: value.clone() for name, value in params.items()}
    for xs, ys, xq, yq in zip(*episodes, strict=True):
        x, y = torch.cat([xs, xq]), torch.cat([ys, yq])
        adapted = adapt_by_autograd(loss_fn, params, x, y, **steps)
        for name in new:
            new[name] = new[name] + lr_outer * (adapted[name] - params[name]) / len(episodes[0])
    return {name: value.detach() for name, value in new.items()}


def reptile_with_an_optimizer(loss_fn, params, episodes, *, lr_inner, lr_outer, n_steps):
    ends = []
    for xs, ys, xq, yq in zip(*episodes, strict=True):
        learner = copy.deepcopy(params)
        optimizer = torch.optim.SGD(learner.values(), lr=lr_inner)
        for _ in range(n_steps):
            optimizer.zero_grad()
            loss_fn(learner, torch.cat([xs, xq]), torch.cat([ys, yq])).backward()
            optimizer.step()
        ends.append(learner)
    mean = {name: torch.stack([end[name] for end in ends]).mean(0) for name in params}
    return {name: (1 - lr_outer) * params[name] + lr_outer * mean[name] for name in params}


def meta_sgd_by_autograd(loss_fn, params, rates, episodes, *, lr_outer, n_steps=1):
    loss = loss_of_a_list(loss_fn, params, episodes, lr_inner=rates, n_steps=n_steps)
    found = torch.autograd.grad(loss, [*params.values(), *rates.values()])
    for_params = dict(zip(params, found[: len(params)], strict=True))
    for_rates = dict(zip(rates, found[len(params) :], strict=True))
    return (
        {name: params[name] - lr_outer * for_params[name] for name in params},
        {name: rates[name] - lr_outer * for_rates[name] for name in rates},
    )


def meta_sgd_by_vjp(loss_fn, params, rates, episodes, *, lr_outer, n_steps=1):
    steps = {"n_steps": n_steps}
    loss, back = vjp(
        lambda p, a: maml.maml_loss(loss_fn, p, episodes, lr_inner=a, **steps), params, rates
    )
    gradients = back(torch.full_like(loss, lr_outer))
    return tuple(
        {name: (old[name] - step[name]).detach() for name in old}
        for old, step in zip((params, rates), gradients, strict=True)
    )


def meta_sgd_with_an_optimizer(loss_fn, params, rates, episodes, *, lr_outer, n_steps=1):
    params, rates = copy.deepcopy(params), copy.deepcopy(rates)
    optimizer = torch.optim.SGD([*params.values(), *rates.values()], lr=lr_outer)
    steps = {"lr_inner": rates, "n_steps": n_steps}
    maml.maml_step(loss_fn, params, optimizer, episodes, **steps)
    return params, rates


def anil_by_rates(loss_fn, params, episodes, *, head, lr_inner, n_steps=1):
    rates = {name: lr_inner if name in head else 0.0 for name in params}
    return maml.maml_loss(loss_fn, params, episodes, lr_inner=rates, n_steps=n_steps)


def anil_by_a_plain_loop(loss_fn, params, episodes, *, head, lr_inner, n_steps=1):
    losses = []
    for xs, ys, xq, yq in zip(*episodes, strict=True):
        adapted = dict(params)
        for _ in range(n_steps):
            loss, chosen = loss_fn(adapted, xs, ys), [adapted[name] for name in head]
            gradients = torch.autograd.grad(loss, chosen, create_graph=True)
            for name, gradient in zip(head, gradients, strict=True):
                adapted[name] = adapted[name] - lr_inner * gradient
        losses.append(loss_fn(adapted, xq, yq))
    return torch.stack(losses).mean()


def train_by_functions(
    loss_fn, params, sample, *, lr_inner, lr_outer, n_outer, n_steps=1, generator
):
    for _ in range(n_outer):
        batch = sample(generator)
        steps = {"lr_inner": lr_inner, "n_steps": n_steps}
        gradients = grad(lambda p, batch=batch: loss_by_vmap(loss_fn, p, batch, **steps))(params)  # noqa: B023
        params = {name: params[name] - lr_outer * gradients[name] for name in params}
    return params


def train_by_autograd(
    loss_fn, params, sample, *, lr_inner, lr_outer, n_outer, n_steps=1, generator
):
    theta = {name: value.clone() for name, value in params.items()}
    for _ in range(n_outer):
        total, batch = 0, sample(generator)
        for xs, ys, xq, yq in zip(*batch, strict=True):
            steps = {"lr_inner": lr_inner, "n_steps": n_steps}
            total = total + loss_fn(adapt_by_autograd(loss_fn, theta, xs, ys, **steps), xq, yq)
        loss = total / len(batch.x_query)
        gradients = torch.autograd.grad(loss, theta.values())
        for name, gradient in zip(theta, gradients, strict=True):
            theta[name] = (theta[name] - lr_outer * gradient).detach().requires_grad_()
    return theta


def sample_square_waves(generator, n_tasks=25, n_shot=10, n_query=10):
    tasks = []
    for _ in range(n_tasks):
        height, period = torch.rand(2, generator=generator) + 1
        x = torch.rand(n_shot + n_query, 1, generator=generator)
        y = height * torch.sign(torch.sin(2 * torch.pi * x / period))
        tasks.append((x[:n_shot], y[:n_shot], x[n_shot:], y[n_shot:]))
    return tuple(map(torch.stack, zip(*tasks, strict=True)))


def sample_from_a_table(generator, n_tasks=25, n_shot=10, n_query=10):
    """Rows of a file: a curve a row, 30 columns, x the hour."""
    columns = torch.arange(30.0)
    rows = torch.stack([a * torch.cos(columns / 6) + a**2 for a in torch.linspace(0, 2, 40)])
    rows = rows[torch.randint(40, (n_tasks,), generator=generator)]
    order = torch.rand(rows.shape, generator=generator).argsort(1)[:, : n_shot + n_query]
    x, y = (
        part.take_along_dim(order, 1)[..., None] for part in (columns.expand(n_tasks, -1), rows)
    )
    return Episode(x[:, :n_shot], y[:, :n_shot], x[:, n_shot:], y[:, n_shot:])


ALTERNATIVES = {
    "train_maml": (train_by_functions, train_by_autograd),
    "sample": (sample_square_waves, sample_from_a_table),
    "inner_adapt": (adapt_by_autograd, adapt_recursively, adapt_with_clones),
    "maml_loss": (loss_by_a_plain_loop, loss_by_vmap, loss_of_a_list),
    "reptile_step": (reptile_by_autograd, reptile_with_an_optimizer),
    "meta_sgd_step": (meta_sgd_by_autograd, meta_sgd_by_vjp, meta_sgd_with_an_optimizer),
    "anil_loss": (anil_by_rates, anil_by_a_plain_loop),
}


def adapt_a_deep_copy(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    learner = copy.deepcopy(params)
    for _ in range(n_steps):
        for value in learner.values():
            value.grad = None
        loss_fn(learner, x_support, y_support).backward()
        with torch.no_grad():
            for name, value in learner.items():
                value -= (lr_inner[name] if isinstance(lr_inner, dict) else lr_inner) * value.grad
    return learner


class Learner(torch.nn.Module):
    """The parameters of a case as those of a module."""

    def __init__(self, loss_fn, params):
        super().__init__()
        self.loss_fn, self.names = loss_fn, list(params)
        self.values = torch.nn.ParameterList([v.detach().clone() for v in params.values()])

    def forward(self, x, y):
        return self.loss_fn(dict(zip(self.names, self.values, strict=True)), x, y)


def loss_of_deep_copies_of_a_module(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    net, losses = Learner(loss_fn, params), []
    for xs, ys, xq, yq in zip(*episodes, strict=True):
        learner = copy.deepcopy(net)
        optimizer = torch.optim.SGD(learner.parameters(), lr=lr_inner)
        for _ in range(n_steps):
            optimizer.zero_grad()
            learner(xs, ys).backward()
            optimizer.step()
        losses.append(functional_call(learner, {}, (xq, yq)))
    return torch.stack(losses).mean()


def loss_with_item(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    total = 0.0
    for xs, ys, xq, yq in zip(*episodes, strict=True):
        steps = {"lr_inner": lr_inner, "n_steps": n_steps}
        total += loss_fn(adapt_by_autograd(loss_fn, params, xs, ys, **steps), xq, yq).item()
    return total / len(episodes.x_support)


def adapt_without_create_graph(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    for _ in range(n_steps):
        loss = loss_fn(params, x_support, y_support)
        gradients = torch.autograd.grad(loss, params.values())
        rates = lr_inner if isinstance(lr_inner, dict) else dict.fromkeys(params, lr_inner)
        params = {
            name: value - rates[name] * gradient
            for (name, value), gradient in zip(params.items(), gradients, strict=True)
        }
    return params


def adapt_with_an_optimizer(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    learner = copy.deepcopy(params)
    optimizer = torch.optim.SGD(learner.values(), lr=lr_inner)
    for _ in range(n_steps):
        optimizer.zero_grad()
        loss_fn(learner, x_support, y_support).backward()
        optimizer.step()
    return learner


def adapt_without_zeroing(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    learner = copy.deepcopy(params)
    for _ in range(n_steps):
        loss_fn(learner, x_support, y_support).backward()
        with torch.no_grad():
            for name, value in learner.items():
                value -= (lr_inner[name] if isinstance(lr_inner, dict) else lr_inner) * value.grad
    return learner


def adapt_by_backward(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    rates = lr_inner if isinstance(lr_inner, dict) else dict.fromkeys(params, lr_inner)
    for _ in range(n_steps):
        loss_fn(params, x_support, y_support).backward()
        with warnings.catch_warnings(action="ignore"):
            params = {name: params[name] - rates[name] * params[name].grad for name in params}
    return params


def adapt_with_updates_under_no_grad(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    rates = lr_inner if isinstance(lr_inner, dict) else dict.fromkeys(params, lr_inner)
    for _ in range(n_steps):
        loss = loss_fn(params, x_support, y_support)
        gradients = dict(zip(params, torch.autograd.grad(loss, params.values()), strict=True))
        with torch.no_grad():
            params = {name: params[name] - rates[name] * gradients[name] for name in params}
    return params


def adapt_and_return_in_the_loop(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    rates = lr_inner if isinstance(lr_inner, dict) else dict.fromkeys(params, lr_inner)
    for _ in range(n_steps):
        g = grad(loss_fn)(params, x_support, y_support)
        return {name: params[name] - rates[name] * g[name] for name in params}


def adapt_anew_in_each_round(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    rates = lr_inner if isinstance(lr_inner, dict) else dict.fromkeys(params, lr_inner)
    for _ in range(n_steps):
        g = grad(loss_fn)(params, x_support, y_support)
        adapted = {name: params[name] - rates[name] * g[name] for name in params}
    return adapted


def adapt_under_no_grad(loss_fn, params, x_support, y_support, *, lr_inner, n_steps=1):
    with torch.no_grad():
        steps = {"lr_inner": lr_inner, "n_steps": n_steps}
        return maml.inner_adapt(loss_fn, params, x_support, y_support, **steps)


def loss_without_create_graph(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    losses = []
    for xs, ys, xq, yq in zip(*episodes, strict=True):
        steps = {"lr_inner": lr_inner, "n_steps": n_steps}
        losses.append(loss_fn(adapt_without_create_graph(loss_fn, params, xs, ys, **steps), xq, yq))
    return torch.stack(losses).mean()


def loss_without_the_star(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    total = 0
    for xs, ys, xq, yq in zip(episodes):
        adapted = maml.inner_adapt(loss_fn, params, xs, ys, lr_inner=lr_inner, n_steps=n_steps)
        total = total + loss_fn(adapted, xq, yq)
    return total / len(episodes.x_support)


def loss_by_the_parts_of_an_episode(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    adapt, total = partial(maml.inner_adapt, loss_fn, lr_inner=lr_inner, n_steps=n_steps), 0
    for i in range(len(episodes)):
        adapted = adapt(params, episodes.x_support[i], episodes.y_support[i])
        total = total + loss_fn(adapted, episodes.x_query[i], episodes.y_query[i])
    return total / len(episodes)


def loss_without_a_loop(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    adapted = adapt_by_autograd(loss_fn, params, *episodes[:2], **steps)
    return loss_fn(adapted, *episodes[2:]).mean()


def sum_of_losses_of_one_step(loss_fn, params, episodes, *, lr_inner, n_steps=1):
    adapt = partial(maml.inner_adapt, loss_fn, lr_inner=lr_inner)
    return sum(loss_fn(adapt(params, xs, ys), xq, yq) for xs, ys, xq, yq in zip(*episodes))  # noqa: B905


def train_without_an_outer_update(
    loss_fn, params, sample, *, lr_inner, lr_outer, n_outer, n_steps=1, generator
):
    for _ in range(n_outer):
        for xs, ys, xq, yq in zip(*sample(generator), strict=True):
            adapted = adapt_by_autograd(loss_fn, params, xs, ys, lr_inner=lr_inner, n_steps=n_steps)
            loss_fn(adapted, xq, yq)
    return params


def train_in_the_way_of_apply_gradients(
    loss_fn, params, sample, *, lr_inner, lr_outer, n_outer, n_steps=1, generator
):
    theta = {name: value.detach().clone().requires_grad_() for name, value in params.items()}
    optimizer = torch.optim.SGD(theta.values(), lr=lr_outer)
    for _ in range(n_outer):
        losses = []
        for xs, ys, xq, yq in zip(*sample(generator), strict=True):
            for _ in range(n_steps):
                gradients = torch.autograd.grad(loss_fn(theta, xs, ys), theta.values())
                for value, gradient in zip(theta.values(), gradients, strict=True):
                    value.data -= lr_inner * gradient
            losses.append(loss_fn(theta, xq, yq))
        optimizer.zero_grad()
        torch.stack(losses).mean().backward()
        optimizer.step()
    return theta


def train_task_by_task(
    loss_fn, params, sample, *, lr_inner, lr_outer, n_outer, n_steps=1, generator
):
    for _ in range(n_outer):
        for task in zip(*sample(generator), strict=True):
            one = Episode(*(part[None] for part in task))
            steps = {"lr_inner": lr_inner, "n_steps": n_steps}
            gradients = grad(lambda p, one=one: loss_by_vmap(loss_fn, p, one, **steps))(params)  # noqa: B023
            params = {name: params[name] - lr_outer * gradients[name] for name in params}
    return params


def sample_one_height(generator, n_tasks=25, n_shot=10, n_query=10):
    x = 6 * torch.rand(n_tasks, n_shot + n_query, 1, generator=generator)
    y = torch.rand(1, generator=generator) * torch.sin(x + torch.rand(1, generator=generator))
    return Episode(x[:, :n_shot], y[:, :n_shot], x[:, n_shot:], y[:, n_shot:])


def sample_without_the_last_axis(generator, n_tasks=25, n_shot=10, n_query=10):
    return Episode(*(part[..., 0] for part in sample_decays(generator, n_tasks, n_shot, n_query)))


def sample_other_queries(generator, n_tasks=25, n_shot=10, n_query=10):
    one, other = (sample_decays(generator, n_tasks, n_shot, n_query) for _ in range(2))
    return Episode(*one[:2], *other[2:])


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("inner_adapt", adapt_without_create_graph, "is first-order MAML"),
        ("inner_adapt", adapt_a_deep_copy, "an optimizer that steps on a deep copy"),
        ("inner_adapt", adapt_under_no_grad, "`no_grad`"),
        ("inner_adapt", adapt_with_an_optimizer, "an optimizer that steps on a deep copy"),
        ("inner_adapt", adapt_without_zeroing, "The gradients add up"),
        ("inner_adapt", adapt_by_backward, "From the second step on `.grad` is None"),
        ("inner_adapt", adapt_with_updates_under_no_grad, "The first step cuts the graph"),
        ("inner_adapt", adapt_and_return_in_the_loop, "The `return` stands inside the loop"),
        ("inner_adapt", adapt_anew_in_each_round, "every round starts from the first θ again"),
        ("maml_loss", loss_of_deep_copies_of_a_module, "an optimizer that adapts a deep copy"),
        ("maml_loss", loss_with_item, "`.item()`"),
        ("maml_loss", loss_without_create_graph, "This is first-order MAML"),
        ("maml_loss", loss_without_the_star, "The star of `zip(*episodes)`"),
        ("maml_loss", loss_by_the_parts_of_an_episode, "You count up to `len(episodes)`"),
        ("maml_loss", loss_without_a_loop, "There is no loop over the tasks"),
        ("maml_loss", sum_of_losses_of_one_step, "This is the sum over the tasks"),
        ("maml_loss", sum_of_losses_of_one_step, "`n_steps` is not passed on"),
        ("train_maml", train_without_an_outer_update, "There is no outer update"),
        ("train_maml", train_in_the_way_of_apply_gradients, "as `apply_gradients` does it"),
        ("train_maml", train_task_by_task, "θ moves after every task"),
        ("sample", sample_one_height, "All tasks of a batch are the same function"),
        ("sample", sample_without_the_last_axis, "The last axis is missing"),
        ("sample", sample_other_queries, "of another function than its support points"),
    ],
)
def test_wrong_answers_as_learners_write_them_are_told_by_name(name, wrong, said):
    report = diagnose(find("EXERCISES", f"maml.{name}"), wrong, patience=60)
    assert report.state == "failed"
    assert said in str(report)


@pytest.mark.parametrize("name", sorted(chapter.EXERCISES.keys() - {"sample"}))
def test_the_cases_have_every_loss_one_step_and_several(name):
    cases = [
        find("EXERCISES", f"maml.{name}").cases(torch.Generator().manual_seed(i)) for i in range(6)
    ]
    assert len({case["loss_fn"] for case in cases}) == 3
    assert sum(case["n_steps"] > 1 for case in cases) >= 3
    assert 1 in [case["n_steps"] for case in cases]
    assert name in ("meta_sgd_step", "anil_loss", "train_maml") or 0 in [
        case["n_steps"] for case in cases
    ]


@pytest.mark.parametrize("seed", range(6))
def test_first_order_differs_from_exact_in_every_case_that_takes_a_step(seed):
    case = chapter.maml_loss_case(torch.Generator().manual_seed(seed)) | {"n_steps": 1}

    def gradients(first_order):
        def objective(params):
            return maml.maml_loss(**case | {"params": params, "first_order": first_order})

        return torch.cat([g.flatten() for g in grad(objective)(case["params"]).values()])

    assert not torch.allclose(gradients(True), gradients(False), rtol=1e-3)


def test_the_losses_are_shown_by_their_names():
    def nothing(loss_fn, params, episodes, *, lr_inner, n_steps=1):
        return torch.zeros(())

    facts = dict(diagnose(find("EXERCISES", "maml.maml_loss"), nothing).facts)
    assert facts["`loss_fn`"] in {"mlp_mse", "line_mse", "softmax_loss"}


@pytest.mark.parametrize("name", chapter.EXERCISES)
def test_a_stub_is_not_attempted_yet(name):
    def stub(*args, **kwargs):
        """Return something."""
        ...

    assert diagnose(find("EXERCISES", f"maml.{name}"), stub).state == "unattempted"


def serial_reptile(loss_fn, params, tasks, *, lr_outer, **steps):
    """One task after the other, each from where the one before has left θ."""
    for x, y, _, _ in tasks:
        adapted = maml.inner_adapt(loss_fn, params, x, y, **steps)
        params = {n: p + lr_outer * (adapted[n] - p) for n, p in params.items()}
    return params


@pytest.mark.parametrize("question", quizzes.load("maml.read_this_code"))
def test_the_programs_of_the_quiz_do_what_the_right_option_says(question):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(1, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    params = {name: value.detach().clone() for name, value in net.named_parameters()}
    episodes = Episode(*(torch.randn(4, 5, 1) for _ in range(4)))
    labels = [torch.randint(1, (5,)) for _ in range(4)]
    code = question.text.split("```")[1]
    (right,) = (option.text for option in question.options if option.correct)

    def loss(p, x, y):
        return F.mse_loss(functional_call(net, p, (x,)), y)

    batch = list(zip(*episodes, strict=True))
    names = {
        "torch": torch,
        "F": F,
        "copy": copy,
        "partial": partial,
        "functional_call": functional_call,
        "net": net,
        "body": net[:2],
        "head": torch.nn.Linear(3, 1, bias=False),
        "params": params,
        "loss": loss,
        "k": 2,
        "lr": 0.1,
        "eps": 0.3,
        "opt": torch.optim.SGD(net.parameters(), lr=0.1),
        "tasks": [task[:2] for task in batch],
        "batch": episodes if right == "MAML" else batch,
    }
    if right == "ANIL":
        names["batch"] = [(x, y, xq, y) for (x, _, xq, _), y in zip(batch, labels, strict=True)]
    exec(code, names)
    if right in {"MAML", "first-order MAML"}:
        cut = {"lr_inner": 0.1, "n_steps": 2, "first_order": right != "MAML"}
        needed = grad(lambda p: maml.maml_loss(loss, p, episodes, **cut))(params)
        got = names.get("meta_gradient") or {n: p.grad / 4 for n, p in net.named_parameters()}
        for name in params:
            torch.testing.assert_close(got[name], needed[name])
    elif right == "Reptile":
        needed = serial_reptile(loss, params, batch, lr_inner=0.1, lr_outer=0.3, n_steps=2)
        for name, value in net.named_parameters():
            torch.testing.assert_close(value, torch.nn.Parameter(needed[name]))
