"""The two networks of the course, each a pure function of its parameters and its input.

Parameters are a dict of tensors, so that one network can run with many sets of parameters: adapted
ones inside MAML, one set per task under `torch.func.vmap`.
"""

from itertools import pairwise

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

Params = dict[str, Tensor]
GROUPS = 8  # of channels, in GroupNorm


def init_mlp(sizes: list[int], generator: Generator) -> Params:
    """Draw the parameters of an MLP with layers of these sizes, input and output included:
    weights and biases from U(−1/√n, 1/√n), n the layer's inputs. The biases spread the kinks of the
    ReLUs over the inputs, and answers start small, so that inner steps of α = 0.01 are stable."""
    params = {}
    for layer, (n_inputs, n_outputs) in enumerate(pairwise(sizes)):
        for name, shape in ("weight", (n_outputs, n_inputs)), ("bias", (n_outputs,)):
            uniform = torch.rand(shape, generator=generator, device=generator.device)
            params[f"layer{layer}.{name}"] = (2 * uniform - 1) / n_inputs**0.5
    return params


def mlp(params: Params, x: Tensor) -> Tensor:
    """Apply an MLP with ReLU between its layers: x (…, inputs) → (…, outputs)."""
    n_layers = len(params) // 2
    for layer in range(n_layers):
        x = F.linear(x, params[f"layer{layer}.weight"], params[f"layer{layer}.bias"])
        if layer < n_layers - 1:
            x = F.relu(x)
    return x


def init_convnet(*, n_filters: int = 32, n_blocks: int = 4, generator: Generator) -> Params:
    """Draw the parameters of the convolutional embedding of Vinyals et al. 2016 with GroupNorm in
    the place of batch normalisation: convolutions from N(0, 2 / inputs), scales 1, shifts 0."""
    params, n_channels = {}, 1
    for block in range(n_blocks):
        params[f"block{block}.weight"] = _he_normal((n_filters, n_channels, 3, 3), generator)
        params[f"block{block}.scale"] = torch.ones(n_filters, device=generator.device)
        params[f"block{block}.shift"] = torch.zeros(n_filters, device=generator.device)
        n_channels = n_filters
    return params


def convnet(params: Params, x: Tensor) -> Tensor:
    """Embed images with blocks of 3 × 3 convolution, GroupNorm, 2 × 2 max-pooling and ReLU.

    ReLU and pooling may change places, the largest stays the largest: after it there is a quarter
    of the work.
    GroupNorm (Wu and He 2018) normalises each image by itself: an embedding does not depend on the
    other images of a batch, so nothing leaks from one query to the next.
    x (S, H, W) float in [0, 1], or uint8, which is divided by 255 here and nowhere else
    → (S, D), D = filters · pixels left. Pooling rounds sizes up: 28 → 14 → 7 → 4 → 2 leaves 4
    pixels, D = 128 with 32 filters.
    """
    x = (x / 255 if x.dtype == torch.uint8 else x)[:, None]  # (S, C, H, W)
    for block in range(len(params) // 3):
        weight = params[f"block{block}.weight"]
        scale, shift = params[f"block{block}.scale"], params[f"block{block}.shift"]
        x = F.conv2d(x, weight, padding=1)
        x = F.group_norm(x, GROUPS, scale, shift)
        x = F.relu(F.max_pool2d(x, 2, ceil_mode=True))
    return x.flatten(1)


def channels_last(params: Params) -> Params:
    """Copies of a convnet's weights with the channels next to each other in memory, through which
    gradients flow: the same numbers, sooner on most CPUs."""
    return {
        name: tensor.clone(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor
        for name, tensor in params.items()
    }


def device_of(params: Params) -> torch.device:
    """Where the parameters are."""
    return next(iter(params.values())).device


def to_device(params: Params, device: torch.device | str) -> Params:
    """The same parameters on another device."""
    return {name: tensor.to(device) for name, tensor in params.items()}


def flatten(params: Params) -> Tensor:
    """All parameters in one vector, one tensor after the other: (n,)."""
    return torch.cat([tensor.reshape(-1) for tensor in params.values()])


def unflatten(vector: Tensor, like: Params) -> Params:
    """The inverse of `flatten`: a vector (n,) as a dict of tensors shaped as those of like."""
    parts = vector.split([tensor.numel() for tensor in like.values()])
    return {name: part.view_as(like[name]) for name, part in zip(like, parts, strict=True)}


def _he_normal(shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Normal weights of variance 2 / inputs; the inputs are all axes but the first."""
    fan_in = torch.Size(shape[1:]).numel()
    weight = torch.randn(shape, generator=generator, device=generator.device)
    return weight * (2 / fan_in) ** 0.5
