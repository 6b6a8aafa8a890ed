"""Hyperparameters: what is tuned by rule of thumb is a parameter of another loop (chapter 06).

A training has rates α (T,), one a step, and penalties λ, numbers for named parameters; a validation
loss judges what it ends with. The loss that is trained is L(θ) + Σ λ ‖θ‖², without a factor ½.
`train_unrolled` is written for one training; many at once are `torch.func.vmap` of it.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Generator, Tensor
from torch.func import grad, grad_and_value, vjp

from metacourse.nets import Params

LossFn = Callable[[Params, Tensor, Tensor], Tensor]
State = tuple[Params, Params]  # of a training: its parameters, and their velocities


# ---- rates that somebody chose -----------------------------------------------------------------


def exponential_decay(first: float | Tensor, last: float | Tensor, n_steps: int) -> Tensor:
    """Return rates that change by the same factor at every step, from first to last.

    α_t = α_first (α_last / α_first)^((t − 1) / (T − 1)), t = 1 … T = n_steps.
    Shapes: first and last (…), or numbers → (…, T).
    Raises ValueError if there are fewer than two steps.
    """
    if n_steps < 2:
        raise ValueError(f"n_steps must be 2 or more, from first to last, got {n_steps}")
    first, last = (torch.as_tensor(rate).unsqueeze(-1) for rate in (first, last))
    way = torch.linspace(0, 1, n_steps, dtype=first.dtype, device=first.device)
    return first * (last / first) ** way


def random_search(
    loss_fn: Callable[[dict[str, Tensor]], Tensor],
    ranges: dict[str, tuple[float, float]],
    *,
    n_trials: int,
    generator: Generator,
) -> tuple[dict[str, Tensor], Tensor]:
    """Draw settings at random, try them all; return those of the least loss, and all losses.

    Each setting is low · (high / low)^u, u uniform in [0, 1): every order of magnitude is as likely
    (Bergstra & Bengio 2012). A loss that is NaN counts as infinite.
    Shapes: loss_fn gets all trials at once, a dict of (n,), and returns (n,), n = n_trials
    → a dict of (), losses (n,).
    Raises ValueError unless 0 < low ≤ high for each, and if there is no trial.
    """
    _check_search(ranges, n_trials)
    u = torch.rand(len(ranges), n_trials, generator=generator, device=generator.device)
    tried = {
        name: low * (high / low) ** row
        for (name, (low, high)), row in zip(ranges.items(), u, strict=True)
    }
    losses = loss_fn(tried).nan_to_num(nan=torch.inf, posinf=torch.inf)
    best = losses.argmin()
    return {name: values[best] for name, values in tried.items()}, losses


# ---- through the training ----------------------------------------------------------------------


def train_unrolled(
    loss_fn: LossFn,
    params: Params,
    rates: Tensor,
    penalties: Params,
    x: Tensor,
    y: Tensor,
    *,
    momentum: float | Tensor = 0.0,
    velocity: Params | None = None,
) -> State:
    """Train with a rate and a batch for each step; return θ_T and the velocity v_T to go on with.

    v_t = μ v_{t−1} + ∇(L_t(θ_{t−1}) + Σ λ ‖θ_{t−1}‖²);  θ_t = θ_{t−1} − α_t v_t, the sum over the
    parameters that penalties name, v_0 = velocity or 0. Gradients flow through every step, to the
    start, the rates and the penalties (Maclaurin, Duvenaud & Adams 2015).
    Shapes: rates (T,), penalties a dict of (), x (T, S, …), y (T, S, …) → two dicts like params.
    Raises ValueError if rates, x and y differ in T, or a penalty names no parameter.
    """
    _check_training(params, rates, penalties, x, y)

    def penalised(params: Params, x: Tensor, y: Tensor) -> Tensor:
        lengths = (weight * params[name].square().sum() for name, weight in penalties.items())
        return loss_fn(params, x, y) + sum(lengths)

    velocity = velocity or _zeros_like(params)
    for rate, *batch in zip(rates, x, y, strict=True):
        gradients = grad(penalised)(params, *batch)
        velocity = {name: momentum * velocity[name] + gradients[name] for name in params}
        params = {name: params[name] - rate * velocity[name] for name in params}
    return params, velocity


def hypergradient(
    validation_loss: Callable[[Params], Tensor],
    loss_fn: LossFn,
    params: Params,
    rates: Tensor,
    penalties: Params,
    x: Tensor,
    y: Tensor,
    *,
    momentum: float | Tensor = 0.0,
    n_pieces: int = 1,
) -> tuple[Tensor, Params, Tensor]:
    """Return dL_val(θ_T)/dα (T,), dL_val(θ_T)/dλ, a dict of (), and L_val(θ_T), ().

    Reverse mode through the training (Maclaurin, Duvenaud & Adams 2015), which it cuts into
    n_pieces: where they begin is kept; each is trained once more and walked back, the last one
    first. So only one piece's steps are in memory, and with √T pieces it grows like √T (Chen et al.
    2016). The numbers are the same.
    Shapes as `train_unrolled`.
    Raises ValueError as `train_unrolled` does, and unless 1 ≤ n_pieces ≤ T.
    """
    _check_training(params, rates, penalties, x, y)
    pieces = _pieces(n_pieces, rates, x, y)

    def piece(x: Tensor, y: Tensor, start: State, rates: Tensor, penalties: Params) -> State:
        how = {"momentum": momentum, "velocity": start[1]}
        return train_unrolled(loss_fn, start[0], rates, penalties, x, y, **how)

    starts = [(params, _zeros_like(params))]
    with torch.no_grad():
        for rate, *batches in pieces[:-1]:
            starts.append(piece(*batches, starts[-1], rate, penalties))
    adjoint, d_rates, d_penalties = None, [], _zeros_like(penalties)
    for start, (rate, *batches) in zip(starts[::-1], pieces[::-1], strict=True):
        end, walk_back = vjp(partial(piece, *batches), start, rate, penalties)
        if adjoint is None:
            adjoint, loss = grad_and_value(lambda end: validation_loss(end[0]))(end)
        adjoint, d_rate, d_penalty = walk_back(adjoint)
        d_rates.insert(0, d_rate)
        d_penalties = {name: d_penalties[name] + d_penalty[name] for name in penalties}
    return torch.cat(d_rates), d_penalties, loss


def _zeros_like(params: Params) -> Params:
    return {name: torch.zeros_like(tensor) for name, tensor in params.items()}


def _pieces(n_pieces: int, *of_steps: Tensor) -> list[tuple[Tensor, ...]]:
    """Tensors with an axis of steps, cut alike into n_pieces."""
    n_steps = len(of_steps[0])
    if not 1 <= n_pieces <= n_steps:
        raise ValueError(f"n_pieces must be 1 to T = {n_steps}, got {n_pieces}")
    return list(zip(*(tensor.tensor_split(n_pieces) for tensor in of_steps), strict=True))


# ---- without unrolling -------------------------------------------------------------------------


def ridge(x: Tensor, y: Tensor, penalties: Tensor) -> Tensor:
    """Return θ* = argmin 1/S Σ (θᵀx − y)² + Σ_d λ_d θ_d², with a penalty for every feature.

    θ* = H⁻¹ · 2/S Xᵀy with H = 2/S XᵀX + 2 diag λ (Hoerl & Kennard 1970); gradients flow through.
    Shapes: x (S, D), y (S,) or (S, N) for N answers at once, penalties (D,) or () → (D,) or (D, N).
    Raises ValueError if x, y and penalties do not fit.
    """
    _check_ridge(x, y, penalties)
    diagonal = torch.diag_embed(2 * penalties.expand(x.shape[-1]))
    hessian = 2 / len(x) * x.mT @ x + diagonal
    return torch.linalg.solve(hessian, 2 / len(x) * x.mT @ y)


def neumann_inverse(
    product: Callable[[Tensor], Tensor], vector: Tensor, *, lr_inner: float, n_terms: int
) -> Tensor:
    """Return nearly H⁻¹ v, from products with H alone: the first n_terms of a Neumann series.

    α Σ_{j < n} (I − αH)^j v → H⁻¹ v if 0 < α < 2 / λ_max: as many terms as there are steps give
    what unrolling them from the minimum would (Lorraine, Vicol & Duvenaud 2020).
    Shapes: product v ↦ Hv, vector (n,) → (n,).
    Raises ValueError if n_terms is negative.
    """
    if n_terms < 0:
        raise ValueError(f"n_terms must be 0 or more, got {n_terms}")
    term, total = vector, torch.zeros_like(vector)
    for _ in range(n_terms):
        total = total + lr_inner * term
        term = term - lr_inner * product(term)
    return total


def implicit_hypergradient(
    validation_loss: Callable[[Tensor], Tensor],
    objective: Callable[[Tensor, Tensor], Tensor],
    theta: Tensor,
    hyper: Tensor,
    *,
    solve: Callable[[Callable[[Tensor], Tensor], Tensor], Tensor],
) -> Tensor:
    """Return dL_val(θ*(h))/dh at a minimum θ* of an objective, however it was found.

    From ∇_θ J(θ*, h) = 0 follows −(∂²J/∂h∂θ)ᵀ H⁻¹ ∇L_val(θ*), H = ∂²J/∂θ² (Bengio 2000; Pedregosa
    2016; for MAML's start: Rajeswaran et al. 2019). solve(product, v) returns H⁻¹ v, exactly or
    nearly, from a function product: v ↦ Hv.
    Shapes: theta (n,), hyper (m,), both losses → () → (m,).
    """
    _, second = vjp(grad(objective), theta, hyper)  # v ↦ Hv and (∂²J/∂h∂θ)ᵀ v: H is symmetric
    solved = solve(lambda v: second(v)[0], grad(validation_loss)(theta))
    return -second(solved)[1]


# ---- several losses at once --------------------------------------------------------------------


def weighted_joint(
    theta: Tensor, losses: Sequence[Callable[[Tensor], Tensor]], weights: Tensor
) -> Tensor:
    """Return L_D(θ) + Σ_j λ_j L_j(θ): the loss that is meant, and auxiliary ones with weights.

    One θ for all of them: multi-task learning (Caruana 1997). Nothing adapts to anything.
    Shapes: losses first L_D, then one for each of weights (J,) → ().
    Raises ValueError unless there is one loss more than weights.
    """
    if len(losses) != len(weights) + 1:
        raise ValueError(f"{len(losses)} losses need {len(losses) - 1} weights, got {len(weights)}")
    meant, *auxiliary = losses
    added = (weight * loss(theta) for weight, loss in zip(weights, auxiliary, strict=True))
    return meant(theta) + sum(added)


# ---- which algorithm? --------------------------------------------------------------------------

META_FEATURES = (
    "log n",
    "log D",
    "log D/n",
    "balance",
    "correlation",
    "skewness",
    "kurtosis",
    "concentration",
)


def meta_features(x: Tensor, y: Tensor) -> Tensor:
    """Describe a data set by the eight numbers of `META_FEATURES`, from which an algorithm may be
    chosen (Rice 1976; Vanschoren 2019).

    log n; log D; log D/n; p (1 − p), p the share of the class 1; the mean |correlation| of two
    features, the mean |skewness| and the mean excess kurtosis of one; Σ vᵢ², vᵢ the share of the
    variance on principal axis i. None changes with the unit of a feature; a constant one counts 0.
    Shapes: x (n, D), y (n,) of 0 and 1 → (8,).
    Raises ValueError if x is no table or y has not a label a row.
    """
    _check_table(x, y)
    n, n_features = x.shape
    z = x - x.mean(0)
    z = torch.where(x.amax(0) > x.amin(0), z / z.square().mean(0).sqrt(), 0)
    correlation = (z.mT @ z / n).abs()
    others = max(1, n_features * (n_features - 1))
    p, axes = y.to(x.dtype).mean(), torch.linalg.svdvals(z).square()
    described = [
        p * (1 - p),
        (correlation.sum() - correlation.diagonal().sum()) / others,
        (z**3).mean(0).abs().mean(),
        ((z**4).mean(0) - 3 * z.square().mean(0)).mean(),
        (axes / axes.sum()).nan_to_num().square().sum(),
    ]
    sizes = [math.log(n), math.log(n_features), math.log(n_features / n)]
    return torch.stack([*x.new_tensor(sizes), *described])


# ---- what cannot be right ----------------------------------------------------------------------


def _of(tensor: Tensor) -> tuple[int, ...]:
    return tuple(tensor.shape)


def _check_search(ranges: dict[str, tuple[float, float]], n_trials: int) -> None:
    if wrong := {name: ends for name, ends in ranges.items() if not 0 < ends[0] <= ends[1]}:
        raise ValueError(f"a range needs 0 < low ≤ high, got {wrong}")
    if n_trials < 1:
        raise ValueError(f"n_trials must be 1 or more, got {n_trials}")


def _check_training(params: Params, rates: Tensor, penalties: Params, x: Tensor, y: Tensor) -> None:
    if rates.dim() != 1 or not len(rates) == len(x) == len(y):
        raise ValueError(
            f"rates must be (T,), x and y (T, S, …), got {_of(rates)}, {_of(x)} and {_of(y)}"
        )
    if unknown := sorted(penalties.keys() - params.keys()):
        raise ValueError(f"penalties for no parameter: {unknown}; there are {sorted(params)}")


def _check_table(x: Tensor, y: Tensor) -> None:
    if x.dim() != 2 or 0 in x.shape or y.shape != x.shape[:1]:
        raise ValueError(f"x must be (n, D), y (n,), got {_of(x)} and {_of(y)}")


def _check_ridge(x: Tensor, y: Tensor, penalties: Tensor) -> None:
    fits = x.dim() == 2 and y.dim() in (1, 2) and len(x) == len(y)
    if not fits or penalties.shape not in ((), x.shape[1:]):
        raise ValueError(
            f"x (S, D), y (S,) or (S, N), penalties (D,) or (): got {_of(x)}, {_of(y)} and "
            f"{_of(penalties)}"
        )
