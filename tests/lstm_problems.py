"""Weights, tasks and losses on which the LSTM and the learned optimisers are tried."""

import math

import torch

from metacourse.episodes import Episode
from metacourse.learned_optimisers import init_meta_lstm
from metacourse.lstm import init_lstm

EXACT = {"rtol": 1e-12, "atol": 1e-12}
SMALLEST = math.exp(-10)
CELL = "weight_ih", "weight_hh", "bias_ih", "bias_hh"
N_STEPS = 5


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def randn(*shape, seed=0):
    return torch.randn(shape, generator=seeded(seed), dtype=torch.float64)


def random_like(params, *, scale=0.6, seed=1):
    """Weights that are all different and large enough for every gate to matter."""
    generator = seeded(seed)
    return {
        name: scale * torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
        for name, tensor in params.items()
    }


def network(n_inputs=3, n_hidden=4, n_outputs=2, seed=1):
    return random_like(init_lstm(n_inputs, n_hidden, n_outputs, seeded()), seed=seed)


def optimiser(n_hidden=4, seed=1):
    return network(2, n_hidden, 1, seed)


def gates(seed=1, bias=0.0):
    """Gates that look at everything; with a bias the forget gates stay near 1."""
    params = random_like(init_meta_lstm(lr_inner=0.1), scale=0.3, seed=seed)
    return params | {
        "forget.bias": torch.tensor(bias, dtype=torch.float64),
        "write.bias": torch.tensor(-2.0, dtype=torch.float64),
    }


def gates_like_sgd(lr_inner):
    """f = 1 to the last bit, i = α, whatever the gates see."""
    zeros = torch.zeros(6, dtype=torch.float64)
    rate = torch.tensor(lr_inner, dtype=torch.float64)
    open_gate = torch.tensor(50.0, dtype=torch.float64)
    return {
        "forget.weight": zeros,
        "forget.bias": open_gate,
        "write.weight": zeros,
        "write.bias": torch.logit(rate),
    }


def sequences(*axes, n_points=5, n_inputs=2, n_outputs=1, n_queries=3, seed=2):
    """An episode of a regression; with 2 inputs and 1 label it fits `network()`."""
    support = randn(*axes, n_points, n_inputs + n_outputs, seed=seed)
    query = randn(*axes, n_queries, n_inputs + n_outputs, seed=seed + 1)
    return Episode(
        support[..., :n_inputs], support[..., n_inputs:], query[..., :n_inputs], query[..., :0]
    )


def tasks_of(episodes):
    return [Episode(*parts) for parts in zip(*episodes, strict=True)]


def bowl(theta):
    """A loss with a Hessian that is neither constant nor diagonal."""
    mixed = theta + 0.5 * theta.roll(1)
    return (mixed.square() + 0.3 * torch.sin(2 * mixed)).sum() + 0.1 * mixed.prod()


def slope(theta):
    """A loss without a Hessian."""
    return (torch.linspace(-1.0, 2.0, len(theta), dtype=theta.dtype) * theta).sum() + 5.0


def regression(params, x, y):
    return (torch.tanh(x @ params["inward"].mT) @ params["outward"] - y).square().mean()


def learner(seed=3):
    return {"inward": randn(3, 2, seed=seed), "outward": randn(3, seed=seed + 1)}


def regression_tasks(n_tasks, n_support=4, n_query=3):
    x, y = randn(n_tasks, n_support + n_query, 2), randn(n_tasks, n_support + n_query, seed=1)
    return Episode(x[:, :n_support], y[:, :n_support], x[:, n_support:], y[:, n_support:])


def torch_cell(params):
    reference = torch.nn.LSTMCell(
        params["weight_ih"].shape[1], params["weight_hh"].shape[1], dtype=torch.float64
    )
    reference.load_state_dict({name: params[name] for name in CELL})
    return reference


def torch_lstm(params):
    reference = torch.nn.LSTM(
        params["weight_ih"].shape[1],
        params["weight_hh"].shape[1],
        batch_first=True,
        dtype=torch.float64,
    )
    reference.load_state_dict({f"{name}_l0": params[name] for name in CELL})
    return reference


def flat(params):
    return torch.cat([tensor.flatten() for tensor in params.values()])


def as_params(tensors, like):
    return dict(zip(like, tensors, strict=True))


def leaves(*tensors):
    return tuple(tensor.clone().requires_grad_() for tensor in tensors)


def finite_differences(function, params, step=1e-6):
    """Central differences of a scalar function of params, for each of its numbers."""
    rises = {}
    for name, tensor in params.items():
        rise = torch.empty_like(tensor)
        for place in range(tensor.numel()):
            shift = torch.zeros_like(tensor)
            shift.view(-1)[place] = step
            up, down = (
                function({**params, name: tensor + shift}),
                function({**params, name: tensor - shift}),
            )
            rise.view(-1)[place] = (up - down) / (2 * step)
        rises[name] = rise
    return rises


def assert_same(first, second, **tolerance):
    torch.testing.assert_close(first, second, **(tolerance or EXACT))


def there(params, device):
    return {name: tensor.to(device) for name, tensor in params.items()}


def back(params):
    return {name: tensor.cpu() for name, tensor in params.items()}


def zeros(*shape):
    return torch.zeros(shape, dtype=torch.float64)
