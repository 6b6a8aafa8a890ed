"""Inner loops that are solved instead of walked, on chapter 03's sinusoids (notebook 06c): a ridge
head on a body that is learned (R2D2: Bertinetto et al. 2019), and all weights, held near the start
by a spring (iMAML: Rajeswaran et al. 2019).
"""

from functools import partial

import torch
from torch import Tensor
from torch.func import vmap
from torch.nn import functional as F

from metacourse.episodes import Episode
from metacourse.experiments.sinusoids import first_weights, mse
from metacourse.hyperparameters import implicit_hypergradient, neumann_inverse, ridge
from metacourse.maml import inner_adapt
from metacourse.nets import Params, flatten, mlp, unflatten

PENALTY = "log penalty"  # of the head, learned beside the body
BODY = "layer0.weight", "layer0.bias", "layer1.weight", "layer1.bias"
SPRING = 2.0  # λ of iMAML
WALK = {"lr_inner": 0.005, "n_steps": 50}  # to the minimum of a task's loss and its spring


# ---- a head that is solved -----------------------------------------------------------------------


def body_of(params: Params) -> Params:
    """A network without its last layer."""
    return {name: params[name] for name in BODY}


def head_start() -> Params:
    """Chapter 03's random start without its last layer, and a penalty of e⁻²."""
    return body_of(first_weights()) | {PENALTY: torch.tensor(-2.0)}


def features(params: Params, x: Tensor) -> Tensor:
    """What the body hands to the head, and a 1 for its bias: x (S, 1) → (S, 41)."""
    hidden = F.relu(mlp(body_of(params), x))
    return torch.cat([hidden, torch.ones_like(hidden[:, :1])], dim=1)


def head_loss(params: Params, x_support, y_support, x_query, y_query) -> Tensor:
    """The query loss of a task's own `ridge` head: ()."""
    head = ridge(features(params, x_support), y_support, params[PENALTY].exp())
    return (features(params, x_query) @ head - y_query).square().mean()


def head_losses(params: Params, tasks: Episode) -> Tensor:
    """`head_loss` of every task: (B,)."""
    return vmap(partial(head_loss, params))(*tasks)


def head_objective(params: Params, tasks: Episode) -> Tensor:
    """Their mean, as `sinusoids.train_start` wants it."""
    return head_losses(params, tasks).mean()


def with_best_penalty(params: Params, tasks: Episode) -> Params:
    """Another network's body, and the best of 25 penalties on these (validation) tasks."""
    body = body_of(params)
    tried = [body | {PENALTY: torch.tensor(log)} for log in torch.linspace(-12, 2, 25).tolist()]
    return min(tried, key=lambda each: head_losses(each, tasks).mean().item())


# ---- all weights on a spring ---------------------------------------------------------------------


def on_a_spring(params: Params, x: Tensor, y: Tensor, *, start: Params) -> Tensor:
    """A task's loss, and λ/2 times the squared distance from the start: iMAML's inner objective."""
    distances = ((params[name] - start[name]).square().sum() for name in params)
    return mse(params, x, y) + SPRING / 2 * sum(distances)


def spring_losses(params: Params, tasks: Episode) -> tuple[Tensor, Tensor]:
    """Query losses at the end of every task's walk, (B,), and their implicit gradients, (B, n)."""
    start = {name: value.detach() for name, value in params.items()}
    inverse = partial(neumann_inverse, lr_inner=WALK["lr_inner"], n_terms=WALK["n_steps"])

    def of_one_task(x, y, x_query, y_query):
        adapted = inner_adapt(partial(on_a_spring, start=start), start, x, y, **WALK)

        def validation_loss(theta: Tensor) -> Tensor:
            return mse(unflatten(theta, start), x_query, y_query)

        def objective(theta: Tensor, hyper: Tensor) -> Tensor:
            return on_a_spring(unflatten(theta, start), x, y, start=unflatten(hyper, start))

        theta = flatten(adapted)
        how = {"solve": inverse}
        gradient = implicit_hypergradient(validation_loss, objective, theta, flatten(start), **how)
        return validation_loss(theta), gradient

    with torch.no_grad():  # no step of the walk is kept
        return vmap(of_one_task)(*tasks)


def spring_objective(params: Params, tasks: Episode) -> Tensor:
    """The mean query loss, with the implicit gradient in the place of that through the walk."""
    losses, gradients = spring_losses(params, tasks)
    theta = flatten(params)
    return losses.mean() + gradients.mean(0) @ (theta - theta.detach())
