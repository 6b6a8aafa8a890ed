"""The same outer gradient by the public libraries, each written as its own examples write it.

A maker takes a problem and returns a function of no arguments whose result is the gradient, a list
of tensors or arrays in the order of the problem's parameters.
"""

import os
import sys
import tarfile
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import torch
from torch import nn
from torch.nn import functional as F

from metacourse.nets import GROUPS

LEARN2LEARN = Path(sys.prefix, "learn2learn-0.2.0.tar.gz")


def module_of(params: dict) -> nn.Module:
    """The network of these parameters as a module, its parameters in the same order; without a head
    it embeds."""
    layers = [nn.Unflatten(1, (1, 28))] if "block0.weight" in params else []
    for name, value in params.items():
        if name.startswith("block") and name.endswith("weight"):
            convolution = nn.Conv2d(value.shape[1], len(value), 3, padding=1, bias=False)
            normalisation = nn.GroupNorm(GROUPS, len(value))
            layers += [convolution, normalisation, nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True)]
        elif name.endswith("weight"):
            layers += [nn.Flatten(), nn.Linear(value.shape[1], len(value)), nn.ReLU()]
    layers = layers[:-1] if isinstance(layers[-1], nn.ReLU) else [*layers, nn.Flatten()]
    module = nn.Sequential(*layers).to(next(iter(params.values())).dtype)
    with torch.no_grad():
        for parameter, value in zip(module.parameters(), params.values(), strict=True):
            parameter.copy_(value)
    return module


def criterion_of(problem) -> Callable:
    return F.mse_loss if problem.episodes.y_query.is_floating_point() else F.cross_entropy


def with_higher(problem) -> Callable:
    higher = import_module("higher")
    module, criterion = module_of(problem.params), criterion_of(problem)
    optimizer = torch.optim.SGD(module.parameters(), lr=problem.lr_inner)

    def outer_gradient():
        module.zero_grad()
        for x_support, y_support, x_query, y_query in zip(*problem.episodes, strict=True):
            with higher.innerloop_ctx(module, optimizer, copy_initial_weights=False) as (
                net,
                inner,
            ):
                for _ in range(problem.n_steps):
                    inner.step(criterion(net(x_support), y_support))
                (criterion(net(x_query), y_query) / problem.n_tasks).backward()
        return [parameter.grad for parameter in module.parameters()]

    return outer_gradient


def with_learn2learn(problem) -> Callable:
    maml = learn2learn("learn2learn.algorithms.maml").MAML(
        module_of(problem.params), lr=problem.lr_inner
    )
    criterion = criterion_of(problem)

    def outer_gradient():
        maml.zero_grad()
        for x_support, y_support, x_query, y_query in zip(*problem.episodes, strict=True):
            learner = maml.clone()
            for _ in range(problem.n_steps):
                learner.adapt(criterion(learner(x_support), y_support))
            (criterion(learner(x_query), y_query) / problem.n_tasks).backward()
        return [parameter.grad for parameter in maml.parameters()]

    return outer_gradient


def learn2learn(name: str) -> ModuleType:
    """A module of learn2learn as it is in the archive, without the packages' __init__, which would
    import the compiled part."""
    if not LEARN2LEARN.exists():
        raise ImportError(f"no {LEARN2LEARN.name} in {sys.prefix}")
    if "learn2learn" not in sys.modules:
        folder = tempfile.mkdtemp()
        with tarfile.open(LEARN2LEARN) as archive:
            archive.extractall(folder, filter="data")
        for package in ("learn2learn", "learn2learn.algorithms", "learn2learn.nn"):
            module = ModuleType(package)
            module.__path__ = [str(Path(folder, "learn2learn-0.2.0", *package.split(".")))]
            sys.modules[package] = module
    return import_module(name)


def with_torchopt(problem) -> Callable:
    torchopt = import_module("torchopt")
    module, criterion = module_of(problem.params), criterion_of(problem)
    parameters = list(module.parameters())
    inner = torchopt.MetaSGD(module, lr=problem.lr_inner)
    start = [torchopt.extract_state_dict(part, by="reference") for part in (module, inner)]

    def outer_gradient():
        for parameter in parameters:
            parameter.grad = None
        for x_support, y_support, x_query, y_query in zip(*problem.episodes, strict=True):
            for _ in range(problem.n_steps):
                inner.step(criterion(module(x_support), y_support))
            (criterion(module(x_query), y_query) / problem.n_tasks).backward()
            for part, state in zip((module, inner), start, strict=True):
                torchopt.recover_state_dict(part, state)
        return [parameter.grad for parameter in parameters]

    return outer_gradient


def with_jax(problem) -> Callable:
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    jax = import_module("jax")
    jnp, loss_fn = jax.numpy, _jax_loss(jax, list(problem.params), problem.episodes)

    def task_loss(params, x_support, y_support, x_query, y_query):
        for _ in range(problem.n_steps):
            gradients = jax.grad(loss_fn)(params, x_support, y_support)
            params = [p - problem.lr_inner * g for p, g in zip(params, gradients, strict=True)]
        return loss_fn(params, x_query, y_query)

    def objective(params, *episodes):
        return jax.vmap(task_loss, (None, 0, 0, 0, 0))(params, *episodes).mean()

    def array(tensor):
        return jnp.asarray(tensor.detach().numpy())

    if next(iter(problem.params.values())).dtype == torch.float64:
        jax.config.update("jax_enable_x64", True)  # of the whole process: float32 stays float32
    params, episodes = map(array, problem.params.values()), map(array, problem.episodes)
    params, episodes = list(params), list(episodes)
    gradient = jax.jit(jax.grad(objective))
    return lambda: jax.block_until_ready(gradient(params, *episodes))


def _jax_loss(jax, names: list[str], episodes) -> Callable:
    """The network of parameters of these names and its loss, in JAX."""
    jnp = jax.numpy
    n_blocks, n_layers = (sum(n.startswith(kind) for n in names) for kind in ("block", "layer"))

    def convolve(x, weight, scale, shift):  # x (S, C, H, W)
        x = jax.lax.conv_general_dilated(x, weight, (1, 1), "SAME")
        grouped = x.reshape(len(x), GROUPS, -1)
        mean, variance = (f(grouped, axis=2, keepdims=True) for f in (jnp.mean, jnp.var))
        x = ((grouped - mean) / jnp.sqrt(variance + 1e-5)).reshape(x.shape)
        x = jax.nn.relu(x * scale[:, None, None] + shift[:, None, None])
        edges = [(0, 0), (0, 0), *((0, side % 2) for side in x.shape[2:])]  # round sizes up
        window = (1, 1, 2, 2)
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, window, edges)

    def network(params, x):
        if n_blocks:
            x = x[:, None]
            for i in range(0, n_blocks, 3):
                x = convolve(x, *params[i : i + 3])
            x = x.reshape(len(x), -1)
        for i in range(n_blocks, n_blocks + n_layers, 2):
            x = x @ params[i].T + params[i + 1]
            x = jax.nn.relu(x) if i < n_blocks + n_layers - 2 else x
        return x

    def mean_squared_error(params, x, y):
        return jnp.square(network(params, x) - y).mean()

    def cross_entropy(params, x, y):
        scores = jax.nn.log_softmax(network(params, x))
        return -jnp.take_along_axis(scores, y[:, None], axis=1).mean()

    return mean_squared_error if episodes.y_query.is_floating_point() else cross_entropy


MAKERS = {
    "higher": with_higher,
    "learn2learn": with_learn2learn,
    "torchopt": with_torchopt,
    "JAX": with_jax,
}
