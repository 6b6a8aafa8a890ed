"""A layer of linear attention that is trained from random weights, and the step that it should find
(notebook 08a). A task is a linear function of D inputs: w and all x from N(0, I), without noise."""

import torch
from torch import Generator, Tensor

from metacourse.attention import linear_attention, prompt
from metacourse.episodes import Episode
from metacourse.linear_regression import adapt, predict
from metacourse.nets import Params
from metacourse.training import learn

N_SHOT = 10
N_STEPS, LR = 2000, 0.01


def sample_tasks(n_features: int, n_tasks: int, generator: Generator, n_query: int = 1) -> Episode:
    """Draw tasks of ten points, in float64."""
    x = torch.randn(n_tasks, N_SHOT + n_query, n_features, generator=generator).double()
    w = torch.randn(n_tasks, n_features, 1, generator=generator).double()
    y = (x @ w).squeeze(-1)
    return Episode(x[:, :N_SHOT], y[:, :N_SHOT], x[:, N_SHOT:], y[:, N_SHOT:])


def best_rate(n_features: int, n_shot: int = N_SHOT) -> float:
    """The α with which one step from 0 has the least mean error on such tasks: n / 2(n + D + 1).

    With A = 2α/n XᵀX the error is E‖(I − A)w‖² = D − 4αD + 4α² D (n + D + 1)/n.
    """
    return n_shot / (n_shot + n_features + 1) / 2


def least_error(n_features: int, n_shot: int = N_SHOT) -> float:
    """The mean squared error after that step: D (D + 1) / (n + D + 1)."""
    return n_features * (1 - 2 * best_rate(n_features, n_shot))


def start(n_features: int, generator: Generator) -> Params:
    """Random matrices for `linear_attention`, from N(0, 0.1²)."""
    size = n_features + 1
    return {
        name: 0.1 * torch.randn(size, size, generator=generator).double()
        for name in ("query", "key", "value")
    }


def answers(params: Params, tasks: Episode) -> Tensor:
    """What a layer says to the queries: minus what stands in the place of their labels, (B, Q)."""
    n_context = tasks.x_support.shape[-2]
    return -linear_attention(params, prompt(*tasks[:3]), n_context)[..., n_context:, -1]


def errors(said: Tensor, tasks: Episode) -> Tensor:
    """The mean squared error of each task: (B,)."""
    return (said - tasks.y_query).square().mean(-1)


def one_step(tasks: Episode, lr_inner: float) -> Tensor:
    """What a step of gradient descent from 0 says to the queries: (B, Q)."""
    zero = tasks.x_support.new_zeros(tasks.x_support.shape[-1])
    return predict(adapt(zero, *tasks[:2], lr_inner=lr_inner), tasks.x_query)


def trained(n_features: int, seed: int = 0) -> Params:
    """Train a layer on 256 new tasks at each of 2,000 steps."""

    def loss(params: Params, generator: Generator) -> Tensor:
        tasks = sample_tasks(n_features, 256, generator)
        return errors(answers(params, tasks), tasks).mean()

    first = start(n_features, torch.Generator().manual_seed(seed))
    return learn(loss, first, lr=LR, n_steps=N_STEPS, seed=seed + 100).params


def found_step(params: Params) -> Tensor:
    """The matrix that a layer has put in the place of αI: −½ v W_qᵀ W_k on the inputs, v what
    W_v makes of a label: (D, D)."""
    inputs = slice(len(params["value"]) - 1)
    scores = params["query"].mT @ params["key"]
    return -params["value"][-1, -1] * scores[inputs, inputs] / 2
