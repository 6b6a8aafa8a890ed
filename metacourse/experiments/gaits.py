"""What a walk depends on that it should not, and what evolution does without its parts
(notebook 09c)."""

from collections.abc import Callable

import torch
from torch import Tensor

from metacourse.walker import (
    DT,
    DURATION,
    GRAVITY,
    GROUND,
    N_TRUNK,
    SINKING,
    Body,
    Search,
    State,
    centred_ranks,
    es_gradient,
    es_step,
    new_body,
    nudged,
    sample_bodies,
    simulate,
    spring_forces,
    spring_lengths,
    standing,
)

N_GENERATIONS, N_SEEDS, N_PAIRS, LR = 40, 8, 24, 0.25
FAULT, HOW_OFTEN = -10.0, 0.02  # metres that a faulty sensor tells, and in which share of walks


# ---- friction and the step -----------------------------------------------------------------------


def stiff_step(state: State, gait: Tensor, body: Body, time: float, *, dt: float = DT) -> State:
    """A step with friction as a force against the sliding, −μN tanh(v_x / 0.05): the usual way to
    write it, and stiff: near the longest step that it bears."""
    force = spring_forces(state, spring_lengths(gait, body, time), body)
    slide, rise = state.velocity.unbind(-2)
    ground = (GROUND * (-state.position[..., 1, :]).relu() * (1 - SINKING * rise)).relu()
    friction = body.friction[..., None] * ground * torch.tanh(slide / 0.05)
    slope = body.slope[..., None]
    down = torch.stack(torch.broadcast_tensors(torch.sin(slope), torch.cos(slope)), dim=-2)
    other = torch.stack([-friction, ground], dim=-2) - GRAVITY * down
    velocity = state.velocity + dt * (force + other)
    return State(state.position + dt * velocity, velocity)


def stiff_simulate(gait: Tensor, body: Body, *, dt: float = DT) -> Tensor:
    """`walker.simulate` with `stiff_step`."""
    state = start = standing(gait, body)
    for n in range(round(DURATION / dt)):
        state = stiff_step(state, gait, body, n * dt, dt=dt)
    return (state.position - start.position)[..., 0, :N_TRUNK].mean(-1)


FRICTIONS = {"takes what is left": simulate, "a force": stiff_simulate}


def halved(gaits: Tensor, walk: Callable = simulate, *, n_bodies: int = 12) -> dict[str, Tensor]:
    """Metres of gaits on bodies, (G, n_bodies): at `DT`, at half of it, and there on a ground 2 %
    rougher. walk: one of `FRICTIONS`."""
    on = sample_bodies(n_bodies, torch.Generator().manual_seed(5))
    rougher = on._replace(friction=1.02 * on.friction)
    apart = gaits.unsqueeze(1)
    return {
        "as it is": walk(apart, on),
        "half the step": walk(apart, on, dt=DT / 2),
        "2 % more friction": walk(apart, rougher),
    }


def agreement(first: Tensor, second: Tensor) -> dict[str, float]:
    """How alike two tables of metres are: correlation, that of ranks, how far apart they lie in the
    root mean square and in the median, and the share of walks that lie 0.05 m apart or more."""
    ranks = torch.stack([centred_ranks(part.flatten()) for part in (first, second)])
    both, apart = torch.stack([first.flatten(), second.flatten()]), (first - second).abs()
    return {
        "correlation": both.corrcoef()[0, 1].item(),
        "rank correlation": ranks.corrcoef()[0, 1].item(),
        "root mean square (m)": apart.square().mean().sqrt().item(),
        "median (m)": apart.median().item(),
        "walks that differ by 0.05 m (%)": 100 * (apart >= 0.05).double().mean().item(),
    }


# ---- evolution without its parts -----------------------------------------------------------------


def without_pairs(score: Callable, gait: Tensor, noise: Tensor, *, sigma: float) -> Tensor:
    """As many walks as `es_gradient`, each in a direction of its own: noise (…, 2P, D)."""
    ranks = centred_ranks(score(gait.unsqueeze(-2) + sigma * noise))
    return (ranks.unsqueeze(-1) * noise).mean(-2) / sigma


def without_ranks(score: Callable, gait: Tensor, noise: Tensor, *, sigma: float) -> Tensor:
    """`es_gradient` with metres in the place of ranks."""
    away = torch.cat([noise, -noise], dim=-2)
    metres = score(gait.unsqueeze(-2) + sigma * away)
    return (metres.unsqueeze(-1) * away).mean(-2) / sigma


ESTIMATES = {  # estimate, σ
    "pairs and ranks": (es_gradient, 0.2),
    "no pairs": (without_pairs, 0.2),
    "no ranks": (without_ranks, 0.2),
    "a small σ": (es_gradient, 0.01),
}


def evolved(name: str, *, faulty: bool = False, n_generations: int = N_GENERATIONS) -> Tensor:
    """Metres on the intact body after searches from standing still, (N_SEEDS,), each of 48 walks a
    generation, with one of `ESTIMATES`. faulty: the sensor sometimes tells −10 m."""
    estimate, sigma = ESTIMATES[name]
    generator = torch.Generator().manual_seed(0)
    on = Body(*(part.expand(N_SEEDS, *part.shape) for part in new_body()))
    n_drawn = 2 * N_PAIRS if estimate is without_pairs else N_PAIRS

    def score(gaits: Tensor) -> Tensor:
        metres = simulate(gaits, nudged(on, generator, gaits.shape[1]))
        fails = torch.rand(metres.shape, generator=generator) < HOW_OFTEN
        return torch.where(fails & torch.tensor(faulty), FAULT, metres)

    gait, direction = torch.zeros(N_SEEDS, 16), torch.zeros(N_SEEDS, 16)
    for _ in range(n_generations):
        noise = torch.randn(N_SEEDS, n_drawn, 16, generator=generator)
        gradient = estimate(score, gait, noise, sigma=sigma)
        unit = gradient / (gradient.norm(dim=-1, keepdim=True) + 1e-8)
        direction = 0.8 * direction + 0.2 * unit
        gait = gait + LR * direction
    return simulate(gait, on)


def by_generation(*, n_generations: int = N_GENERATIONS, seed: int = 0) -> Tensor:
    """The gaits of a search on the intact body, from standing still: (1 + n_generations, 16)."""
    generator, on = torch.Generator().manual_seed(seed), new_body()
    searches = [Search(torch.zeros(16), torch.zeros(16))]
    for _ in range(n_generations):
        searches.append(es_step(lambda gaits: simulate(gaits, on), searches[-1], generator))
    return torch.stack([search.gait for search in searches])


def best_of_random(*, n_walks: int = N_GENERATIONS * 2 * N_PAIRS) -> Tensor:
    """Metres of the best of as many gaits as a search walks with, (N_SEEDS,), drawn at random with
    the best deviation of 0.5, 1, 2 and 4."""
    generator = torch.Generator().manual_seed(0)
    gaits = 4 * torch.randn(N_SEEDS, n_walks, 16, generator=generator)
    on = new_body()
    seen = torch.stack([simulate(each, nudged(on, generator, n_walks)) for each in gaits])
    best = gaits[torch.arange(N_SEEDS), seen.argmax(1)]
    return simulate(best, on)


def by_derivative(*, lr: float, n_steps: int = N_GENERATIONS) -> Tensor:
    """Metres after ascents along the derivative of the program, which a real robot does not have,
    each step `lr` long with a momentum of 0.8: (N_SEEDS,)."""
    on, generator = new_body(), torch.Generator().manual_seed(0)
    gait = 0.1 * torch.randn(N_SEEDS, 16, generator=generator)
    direction = torch.zeros_like(gait)
    for _ in range(n_steps):
        leaf = gait.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(simulate(leaf, on).sum(), leaf)
        unit = gradient / (gradient.norm(dim=-1, keepdim=True) + 1e-8)
        direction = 0.8 * direction + 0.2 * unit
        gait = gait + lr * direction
    return simulate(gait, on)


# ---- outside the family --------------------------------------------------------------------------


def usual(n: int, seed: int) -> Body:
    """Bodies of the family."""
    return sample_bodies(n, torch.Generator().manual_seed(seed))


def two_limp(n: int, seed: int) -> Body:
    """Bodies with two legs limp, on the family's grounds."""
    generator = torch.Generator().manual_seed(seed)
    on = sample_bodies(n, generator)
    pairs = torch.rand(n, 4, generator=generator).argsort(1)[:, :2]
    limp = torch.zeros(n, 4).scatter(1, pairs, 1.0).repeat_interleave(2, dim=1)
    return on._replace(alive=1 - limp)


def on_ice(n: int, seed: int) -> Body:
    """Bodies of the family on a ground of friction 0.05."""
    on = usual(n, seed)
    return on._replace(friction=torch.full_like(on.friction, 0.05))


def tired(n: int, seed: int) -> Body:
    """Bodies of the family whose muscles have 70 % of their strength."""
    on = usual(n, seed)
    return on._replace(alive=0.7 * on.alive)


OUTSIDE = {  # bodies, and the simulator in which they walk
    "two legs limp": (two_limp, simulate),
    "friction 0.05": (on_ice, simulate),
    "muscles at 70 %": (tired, simulate),
    "another simulator": (usual, stiff_simulate),
}
