"""A robot of masses and springs that walks, breaks, and finds another gait (chapter 09).

Fourteen masses of 1 kg in the plane: a trunk of 2 × 5, and four feet, each on two springs that
change their length, its muscles. A `Body` says which muscles work and what the ground is like; a
gait, 16 numbers, is all that the robot knows: it feels nothing. Metres, kilograms, seconds. Every
function takes one robot or a batch: leading axes of gaits and bodies broadcast. Shapes: D = 16
numbers of a gait, G gaits, B bodies.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from metacourse.bayes import Gaussian, Prior, posterior

DT, DURATION = 0.005, 2.4  # s: a step of the simulation, a walk
GRAVITY = 9.8  # m/s²
STIFFNESS, DAMPING = 4000.0, 30.0  # of a spring, N/m and N s/m
GROUND, SINKING = 3000.0, 3.0  # stiffness of the ground, N/m, and its damping, s/m
RATE, REACH, RAMP = 12.0, 0.35, 0.3  # of muscles: rad/s, most change of length, s until full swing
LIMP = 0.25  # of the stiffness is left to a muscle without strength
N_TRUNK, N_LEGS, N_MUSCLES = 10, 4, 8
FEET = range(N_TRUNK, N_TRUNK + N_LEGS)
MASSES = torch.tensor(  # x and y of each, m: (2, 14)
    [[0.1 * c, 0.1 + 0.1 * r] for r in range(2) for c in range(5)]
    + [[0.1 * leg + 0.05, 0.0] for leg in range(N_LEGS)]
).T
SPRINGS = (  # the two masses of each; the muscles are the last eight, two to a leg
    [(row + c, row + c + 1) for row in (0, 5) for c in range(4)]
    + [(c, c + 5) for c in range(5)]
    + [pair for c in range(4) for pair in ((c, c + 6), (c + 1, c + 5))]
    + [(N_TRUNK + leg, leg + side) for leg in range(N_LEGS) for side in range(2)]
)
ENDS = torch.zeros(len(MASSES.T), len(SPRINGS))  # −1 at a spring's first mass, 1 at its other
for _spring, (_first, _other) in enumerate(SPRINGS):
    ENDS[_first, _spring], ENDS[_other, _spring] = -1.0, 1.0
LENGTHS = (MASSES @ ENDS).norm(dim=0)  # of springs at rest, m: (29,)


class Body(NamedTuple):
    """What a robot is and what it stands on: what a task is here. Shapes: (…, 8), (…), (…).

    alive: the strength of each muscle, 0 … 1, two to a leg, the legs from the back; friction: of
    the ground, 0.8 is rubber on stone, 0.1 ice; slope: radians, uphill where it is positive.
    """

    alive: Tensor
    friction: Tensor
    slope: Tensor


class State(NamedTuple):
    """Where the masses are and how fast they move: x and y, m and m/s, (…, 2, 14) each."""

    position: Tensor
    velocity: Tensor


# ---- the robot -----------------------------------------------------------------------------------


def new_body(*, limp: tuple[int, ...] = (), friction: float = 0.8, slope: float = 0.0) -> Body:
    """Return one body, by its limp legs, 0 at the back … 3 in front, and its ground.

    Raises ValueError for a leg that there is not.
    """
    if not {*limp} <= {*range(N_LEGS)}:
        raise ValueError(f"limp must hold legs, 0 to {N_LEGS - 1}, got {limp}")
    alive = [float(muscle // 2 not in limp) for muscle in range(N_MUSCLES)]
    return Body(torch.tensor(alive), torch.tensor(friction), torch.tensor(slope))


def standing(gait: Tensor, body: Body) -> State:
    """Return the state before the first step, feet on the ground, of each gait on its body."""
    robots = torch.broadcast_shapes(gait.shape[:-1], body.friction.shape)
    position = MASSES.to(gait).expand(*robots, *MASSES.shape)
    return State(position, torch.zeros_like(position))


def spring_lengths(gait: Tensor, body: Body, time: float) -> Tensor:
    """Return the lengths at which the springs push and pull no more, at a time.

    Of a muscle: ℓ (1 + a sin ωt + b cos ωt), as strong as it is alive. The gait has an a for each
    muscle, then a b, both shrunk so that √(a² + b²) < `REACH`.
    Shapes: gait (…, 16) → (…, 29).
    """
    swing = gait.unflatten(-1, (2, N_MUSCLES))
    size = torch.hypot(swing[..., 0, :], swing[..., 1, :]) + 1e-9
    wave = math.sin(RATE * time) * swing[..., 0, :] + math.cos(RATE * time) * swing[..., 1, :]
    change = REACH * min(1.0, time / RAMP) * body.alive * wave * torch.tanh(size) / size
    return LENGTHS.to(gait) * (1 + torch.nn.functional.pad(change, (len(SPRINGS) - N_MUSCLES, 0)))


def spring_forces(state: State, lengths: Tensor, body: Body) -> Tensor:
    """Return the forces of all springs on the masses, in N: k (length − rest) and a damping.

    Shapes: lengths (…, 29) → (…, 2, 14).
    """
    ends = ENDS.to(lengths)
    along, drift = state.position @ ends, state.velocity @ ends  # (…, 2, 29)
    length = (along.square().sum(-2) + 1e-8).sqrt()
    strength = LIMP + (1 - LIMP) * body.alive
    stiffness = STIFFNESS * torch.nn.functional.pad(
        strength, (len(SPRINGS) - N_MUSCLES, 0), value=1.0
    )
    pull = stiffness * (length - lengths) + DAMPING * (along * drift).sum(-2) / length
    return -(pull / length).unsqueeze(-2) * along @ ends.T


def step(state: State, gait: Tensor, body: Body, time: float, *, dt: float = DT) -> State:
    """Return the state a moment later: forces, ground, friction, then the masses move.

    v ← v + dt (F + N + g),  N = max(0, k d (1 − c v_y)) where a mass is d deep in the ground (Hunt
    & Crossley 1975);  v_x ← v_x − clip(v_x, ± μ N dt): friction takes what is left of the sliding
    and no more (Moreau 1988);  x ← x + dt v. As a force against the sliding it is stiff: half the
    step then moves a walk about twice as far as it does here.
    Shapes: gait (…, 16), body of (…) → (…, 2, 14) each.
    """
    force = spring_forces(state, spring_lengths(gait, body, time), body)
    (force_x, force_y), (slide, rise) = force.unbind(-2), state.velocity.unbind(-2)
    depth = (-state.position[..., 1, :]).relu()
    ground = (GROUND * depth * (1 - SINKING * rise)).relu()
    slope = body.slope[..., None]
    slide = slide + dt * (force_x - GRAVITY * torch.sin(slope))
    rise = rise + dt * (force_y + ground - GRAVITY * torch.cos(slope))
    grip = dt * body.friction[..., None] * ground
    velocity = torch.stack([slide - slide.clamp(-grip, grip), rise], dim=-2)
    return State(state.position + dt * velocity, velocity)


def simulate(gait: Tensor, body: Body, *, dt: float = DT) -> Tensor:
    """Return how far the trunk comes in a walk, in metres along the ground.

    Shapes: gait (…, 16), body of (…) → (…).
    """
    state = start = standing(gait, body)
    for n in range(round(DURATION / dt)):
        state = step(state, gait, body, n * dt, dt=dt)
    return (state.position - start.position)[..., 0, :N_TRUNK].mean(-1)


def film(gait: Tensor, body: Body, *, every: int = 5) -> Tensor:
    """Return where the masses are in a walk, after each `every` steps: (T + 1, …, 2, 14)."""
    state = standing(gait, body)
    frames = [state.position]
    for n in range(round(DURATION / DT)):
        state = step(state, gait, body, n * DT)
        if (n + 1) % every == 0:
            frames.append(state.position)
    return torch.stack(frames)


# ---- bodies --------------------------------------------------------------------------------------


def sample_bodies(n: int, generator: Generator) -> Body:
    """Draw n tasks: three of four with a leg limp, friction 0.15 … 1 (uniform in its logarithm),
    slope −0.05 … 0.12."""
    broken = torch.rand(n, generator=generator) < 0.75
    leg = torch.randint(N_LEGS, (n,), generator=generator)
    muscles = torch.arange(N_MUSCLES) // 2
    alive = 1 - (broken[:, None] & (muscles == leg[:, None])).float()
    friction = 0.15 ** torch.rand(n, generator=generator)
    return Body(alive, friction, 0.17 * torch.rand(n, generator=generator) - 0.05)


def nudged(body: Body, generator: Generator, *shape: int) -> Body:
    """Draw bodies that differ a little from one, as two walks of a robot do: its muscles by 2 %,
    its friction by 5 %, its slope by 0.005 (standard deviations).

    Shapes: body of (…) → of (…, *shape).
    """
    more = *body.friction.shape, *shape
    alive, friction, slope = (
        part.reshape((*body.friction.shape, *(1 for _ in shape), *rest))
        for part, rest in zip(body, ((N_MUSCLES,), (), ()), strict=True)
    )
    alive = alive * (1 + 0.02 * torch.randn(*more, N_MUSCLES, generator=generator))
    friction = friction * (1 + 0.05 * torch.randn(more, generator=generator))
    return Body(alive, friction, slope + 0.005 * torch.randn(more, generator=generator))


# ---- evolution -----------------------------------------------------------------------------------


def centred_ranks(scores: Tensor) -> Tensor:
    """Return −½ for the worst score of a row … ½ for the best: (…, P) → (…, P)."""
    return scores.argsort(-1).argsort(-1).to(scores.dtype) / (scores.shape[-1] - 1) - 0.5


def es_gradient(
    score: Callable[[Tensor], Tensor], gait: Tensor, noise: Tensor, *, sigma: float
) -> Tensor:
    """Estimate where a score grows, from walks alone: evolution strategies in pairs.

    g = 1/(2Pσ) Σ ranks(score(θ ± σε)) (± ε): without a gradient, and no single fall counts more
    than the last rank (Salimans et al. 2017; Wierstra et al. 2014).
    Shapes: gait (…, D), noise (…, P, D); score: (…, 2P, D) → (…, 2P), asked once → (…, D).
    Raises ValueError when noise does not fit gait.
    """
    if noise.shape[:-2] + noise.shape[-1:] != gait.shape:
        raise ValueError(f"noise must be (…, P, D) for gait {tuple(gait.shape)}, got {noise.shape}")
    away = torch.cat([noise, -noise], dim=-2)
    ranks = centred_ranks(score(gait.unsqueeze(-2) + sigma * away))
    return (ranks.unsqueeze(-1) * away).mean(-2) / sigma


class Search(NamedTuple):
    """A gait that is being searched, (…, D), and the direction of its way so far."""

    gait: Tensor
    direction: Tensor


def es_step(
    score: Callable[[Tensor], Tensor],
    search: Search,
    generator: Generator,
    *,
    n_pairs: int = 12,
    sigma: float = 0.2,
    lr: float = 0.25,
    momentum: float = 0.8,
) -> Search:
    """Return the search a generation later: a step of `lr` along a running mean of directions.

    Each of them is `es_gradient` made 1 long: ranks say nothing about the size of a slope.
    """
    noise = torch.randn(
        *search.gait.shape[:-1], n_pairs, search.gait.shape[-1], generator=generator
    )
    gradient = es_gradient(score, search.gait, noise, sigma=sigma)
    unit = gradient / (gradient.norm(dim=-1, keepdim=True) + 1e-8)
    direction = momentum * search.direction + (1 - momentum) * unit
    return Search(search.gait + lr * direction, direction)


# ---- three trials --------------------------------------------------------------------------------


def performance_prior(table: Tensor, noise: Tensor) -> Prior:
    """Return what is believed of G gaits on a new body, from walks on others (Wang et al. 2018).

    The prior of θ, the metres of each gait: mean and covariance over bodies; `noise` is the
    variance of one walk. Cully et al. (2015) have walks of the intact robot, and a kernel.
    Shapes: table (B, G), noise () → Prior of (G,), (G, G), ().
    Raises ValueError for fewer than two bodies.
    """
    if table.ndim != 2 or len(table) < 2:
        raise ValueError(f"table must be (B, G) of 2 bodies or more, got {tuple(table.shape)}")
    away = table - table.mean(0)
    return Prior(table.mean(0), away.T @ away / (len(table) - 1), noise)


def believed(prior: Prior, tried: list[int], seen: Tensor) -> Gaussian:
    """Return what is believed of all gaits after walks with some: chapter 07's posterior.

    A walk with gait i is a point whose input is 1 for gait i and 0 for the others.
    Shapes: tried n numbers, seen (n,) metres; n may be 0 → Gaussian of (G,), (G, G).
    """
    x = torch.eye(len(prior.mean)).to(prior.mean)[tried]
    return posterior(x, seen.to(prior.mean), prior)


def next_trial(prior: Prior, tried: list[int], seen: Tensor, *, kappa: float = 1.0) -> int:
    """Return the gait to try next: the best upper bound, mean + κ standard deviations.

    (Auer 2002; Srinivas et al. 2010). With κ = 0 it is the gait to walk with from now on.
    """
    belief = believed(prior, tried, seen)
    return int((belief.mean + kappa * belief.cov.diagonal().sqrt()).argmax())
