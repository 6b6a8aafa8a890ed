"""A transformer that learns a task while it reads the points (chapter 08).

Inside a task no weight changes, and there is no state either: every point stays where it is, as a
token, and is looked up. Layers of attention that were trained on many tasks can do more with the
points than steps of gradient descent.

Every function is written for one task; leading axes (B, …) or `torch.func.vmap` make a batch.
Shapes that do not fit raise ValueError.
"""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse.attention import softmax_attention
from metacourse.episodes import Episode
from metacourse.nets import Params, init_mlp, mlp

HEADS = 4  # of a layer: attention with a quarter of the width each

# ---- points, asked for and then told -------------------------------------------------------------


def context_mask(n_pairs: int) -> Tensor:
    """Return what may be looked at in a sequence of T points that are asked for and then told.

    Each has two tokens: a pair (x, y) and a query x. First come all pairs, of which pair t sees
    those up to t; then all queries, of which query t sees the pairs before t, and itself. So
    nothing knows the label of x_t before it is told. Shape: (2T, 2T), True where one may look.
    """
    place = torch.arange(n_pairs)
    told, before = place[:, None] >= place, place[:, None] > place
    itself = torch.eye(n_pairs, dtype=torch.bool)
    never = torch.zeros_like(itself)
    return torch.cat([torch.cat([told, never], dim=1), torch.cat([before, itself], dim=1)])


def asking_mask(n_pairs: int, n_queries: int) -> Tensor:
    """Return what may be looked at where queries follow after all pairs: pair t sees those up to t,
    a query all pairs and itself. Shape: (S + Q, S + Q)."""
    mask = torch.eye(n_pairs + n_queries, dtype=torch.bool)
    mask[n_pairs:, :n_pairs] = True
    mask[:n_pairs, :n_pairs] = torch.ones(n_pairs, n_pairs, dtype=torch.bool).tril()
    return mask


def init_transformer(
    n_inputs: int, n_outputs: int, width: int, n_layers: int, generator: Generator
) -> Params:
    """Draw the weights of a transformer for points of D inputs and O labels.

    embed: an MLP for x; told (O, width): for y; asked (width,): in its place in a query; of layer l
    l.query, l.key, l.value, l.out (width, width) and an MLP l.mlp; head (O, width).
    Raises ValueError where the width is no multiple of `HEADS`.
    """
    if width % HEADS:
        raise ValueError(f"width must be a multiple of {HEADS}, got {width}")

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, device=generator.device)

    params = _named("embed.", init_mlp([n_inputs, width, width], generator))
    params |= {"told": 0.5 * normal(n_outputs, width), "asked": 0.1 * normal(width)}
    for layer in range(n_layers):
        for name, size in {"query": 1.0, "key": 1.0, "value": 1.0, "out": 0.5}.items():
            params[f"{layer}.{name}"] = size * normal(width, width) / width**0.5
        params |= _named(f"{layer}.mlp.", init_mlp([width, 2 * width, width], generator))
    return params | {"head": normal(n_outputs, width) / width**0.5}


def read(params: Params, x: Tensor, y: Tensor) -> Tensor:
    """Return what a transformer says to each input of a sequence before it is told the label.

    The contract of `lstm.memory_sequence`: the answer to x_t follows from x_t and the points before
    t, all at once by `context_mask`. There are no places: only through deeper layers, in which
    pair t knows the pairs before it, the order of the past leaves a trace.
    Shapes: x (…, T, D), y (…, T, O) → (…, T, O).
    """
    n_pairs = x.shape[-2]
    tokens = torch.cat([pair_tokens(params, x, y), query_tokens(params, x)], dim=-2)
    mask = context_mask(n_pairs).to(x.device)
    return transformer(params, tokens, mask=mask)[..., n_pairs:, :]


def ask(params: Params, x: Tensor, y: Tensor, x_query: Tensor) -> Tensor:
    """Return what a transformer says to queries after all S points of a task: `read` for many.

    Shapes: x (…, S, D), y (…, S, O), x_query (…, Q, D) → (…, Q, O); S may be 0.
    """
    n_pairs = x.shape[-2]
    tokens = torch.cat([pair_tokens(params, x, y), query_tokens(params, x_query)], dim=-2)
    mask = asking_mask(n_pairs, x_query.shape[-2]).to(x.device)
    return transformer(params, tokens, mask=mask)[..., n_pairs:, :]


def read_loss(params: Params, x: Tensor, y: Tensor) -> Tensor:
    """Return how wrong a transformer's answers are, all numbers of points counted alike: ().

    1/T Σ_t log of the mean squared error at step t. Errors fall from step to step by orders of
    magnitude; in their plain mean the first would drown what later ones still have to say.
    Shapes: x (B, T, D), y (B, T, O).
    """
    errors = (read(params, x, y) - y).square()
    return errors.mean(dim=(0, 2)).log().mean()


def prior_fitted_logits(params: Params, episode: Episode) -> Tensor:
    """Return the class scores of each query after the whole support set, in one pass.

    Every token sees all support points, and no query: their order cannot matter, and a query does
    not know the others (Müller et al. 2022). Labels 0 … N − 1 are told as one-hot vectors, N the
    outputs of the weights. Trained on tasks of a prior by cross-entropy, the scores tend to the
    log-probabilities of the prior's posterior.
    Shapes: x_support (…, S, D), y_support (…, S), x_query (…, Q, D) → (…, Q, N); S ≥ 1.
    """
    x, y, x_query, _ = episode
    if x.shape[-2] == 0:
        raise ValueError(f"x_support has no points: got {_of(x)}, needs S ≥ 1 in (…, S, D)")
    classes = torch.arange(len(params["head"]), device=y.device)
    told = (y.unsqueeze(-1) == classes).to(x.dtype)  # one-hot: (…, S, N)
    tokens = torch.cat([pair_tokens(params, x, told), query_tokens(params, x_query)], dim=-2)
    n_context = x.shape[-2]
    return transformer(params, tokens, n_context=n_context)[..., n_context:, :]


# ---- its parts -----------------------------------------------------------------------------------


def pair_tokens(params: Params, x: Tensor, y: Tensor) -> Tensor:
    """Return the tokens of points that are told, (…, S, D) and (…, S, O) → (…, S, width)."""
    if x.dim() < 2 or x.shape[:-1] != y.shape[:-1]:
        raise ValueError(
            f"x (…, S, D) and y (…, S, O) must be equally long, got {_of(x)} and {_of(y)}"
        )
    if y.shape[-1] != len(params["told"]):
        raise ValueError(f"y must be (…, S, {len(params['told'])}) for these weights, got {_of(y)}")
    return _embedded(params, x) + y @ params["told"]


def query_tokens(params: Params, x: Tensor) -> Tensor:
    """Return the tokens of inputs that are asked for, (…, Q, D) → (…, Q, width)."""
    return _embedded(params, x) + params["asked"]


def transformer(
    params: Params, tokens: Tensor, *, mask: Tensor | None = None, n_context: int | None = None
) -> Tensor:
    """Return what a transformer says to each token, after all its layers.

    Tokens look at the first n_context of them (None: at all), and of these where mask says True.
    Shapes: tokens (…, T, width), mask (T, n_context) → (…, T, O).
    """
    for number in range(n_layers(params)):
        tokens = layer(part(params, f"{number}."), tokens, n_context, mask)
    return normed(tokens) @ params["head"].mT


def layer(weights: Params, tokens: Tensor, n_context: int | None, mask: Tensor | None) -> Tensor:
    """Return the tokens after a layer: e ← e + attention(LN e), then e ← e + MLP(LN e), LN the
    layer norm (Vaswani et al. 2017; the norm before each part: Xiong et al. 2020)."""
    tokens = tokens + attend(weights, normed(tokens), n_context, mask)
    return tokens + mlp(part(weights, "mlp."), normed(tokens))


def n_layers(params: Params) -> int:
    """Return of how many layers these are the weights."""
    return sum(name.endswith(".query") for name in params)


def attend(weights: Params, tokens: Tensor, n_context: int | None, mask: Tensor | None) -> Tensor:
    """Return what the heads of a layer read for each token, mixed: (…, T, width) → the same."""
    q, k, v = heads(weights, tokens, n_context)
    return softmax_attention(q, k, v, mask).transpose(-2, -3).flatten(-2) @ weights["out"].mT


def heads(weights: Params, tokens: Tensor, n_context: int | None) -> tuple[Tensor, Tensor, Tensor]:
    """Return queries of all tokens, keys and values of the context, a part of the width for each of
    the H heads: (…, T, width) → (…, H, T, d), (…, H, n_context, d) twice."""
    context = tokens[..., :n_context, :]
    q, k, v = (
        (source @ weights[name].mT).unflatten(-1, (HEADS, -1)).transpose(-2, -3)
        for name, source in {"query": tokens, "key": context, "value": context}.items()
    )
    return q, k, v


def normed(tokens: Tensor) -> Tensor:
    """Return each token less its mean, over its deviation."""
    return F.layer_norm(tokens, tokens.shape[-1:])


def part(params: Params, prefix: str) -> Params:
    """Return the weights whose names begin with the prefix, without it."""
    return {n.removeprefix(prefix): p for n, p in params.items() if n.startswith(prefix)}


def _embedded(params: Params, x: Tensor) -> Tensor:
    n_inputs = params["embed.layer0.weight"].shape[1]
    if x.shape[-1] != n_inputs:
        raise ValueError(f"x must be (…, {n_inputs}) for these weights, got {_of(x)}")
    return mlp(part(params, "embed."), x)


def _named(prefix: str, params: Params) -> Params:
    return {prefix + name: tensor for name, tensor in params.items()}


def _of(tensor: Tensor) -> tuple[int, ...]:
    return tuple(tensor.shape)
