"""Carts with poles of many lengths, under many gravities, through the interface of `gymnasium`.

A family of gymnasium's CartPole-v1 (Barto, Sutton & Anderson 1983; Towers et al. 2024): a cart is
pushed to the left or to the right 50 times a second and is to keep its pole up; the reward is 1 a
push until the pole is 12° off, or the cart 2.4 m away. Many carts are one vector environment.
Needs the extra `gym`: pip install "metacourse[gym]".
"""

import importlib.util
from typing import NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor

N_PUSHES = 200  # at most, 4 seconds
LENGTHS = 0.125, 2.0  # half of a pole, metres
GRAVITIES = 3.0, 20.0  # metres per second squared
FORCE = 10.0  # of a push, newtons


class Carts(NamedTuple):
    """Members of the family: (B,) each."""

    length: Tensor
    gravity: Tensor
    force: Tensor  # below 0 where the motor is the wrong way round


class Pushes(NamedTuple):
    """What happened to each cart; after the fall all is 0."""

    states: Tensor  # (B, T, 4): place, speed, angle and its speed, before each push
    actions: Tensor  # (B, T): 1 to the right, 0 to the left
    rewards: Tensor  # (B, T)


def installed() -> bool:
    """Whether gymnasium is there."""
    return importlib.util.find_spec("gymnasium") is not None


def sample_carts(n: int, generator: Generator, *, reversed_motors: bool = False) -> Carts:
    """Draw carts, lengths and gravities evenly on a logarithmic scale; half of the motors the wrong
    way round, if they are to be."""
    low, high = (torch.tensor(ends).log() for ends in zip(LENGTHS, GRAVITIES, strict=True))
    length, gravity = (low + (high - low) * torch.rand(n, 2, generator=generator)).exp().T
    sign = 2.0 * torch.randint(2, (n,), generator=generator) - 1 if reversed_motors else 1.0
    return Carts(length, gravity, FORCE * sign * torch.ones(n))


def many_times(carts: Carts, n: int) -> Carts:
    """Each cart n times, one beside the other: (B,) → (B · n,)."""
    return Carts(*(part.repeat_interleave(n) for part in carts))


def push(carts: Carts, weights: Tensor, generator: Generator) -> Pushes:
    """Push each cart to the right with the chance σ(w · state) = ½ + ½ tanh(w · state / 2).

    Shapes: weights (4,) or one for each cart, (B, 4). Raises ImportError without gymnasium.
    """
    environment = _environment(carts)
    seed = int(torch.randint(2**31 - 1, (), generator=generator))
    luck = torch.rand(N_PUSHES, len(carts.length), generator=generator).double().numpy()
    weights = weights.detach().double().numpy()
    state, _ = environment.reset(seed=seed)
    up, kept = np.ones(len(state), bool), []
    for chance in luck:
        right = 0.5 + 0.5 * np.tanh((weights * state).sum(-1) / 2)
        action = (chance < right).astype(np.int64)
        following, reward, fallen, timed_out, _ = environment.step(action)
        kept.append((state * up[:, None], action * up, reward * up))
        state, up = following, up & ~(fallen | timed_out)
    return Pushes(
        *(torch.from_numpy(np.stack(part, 1)).double() for part in zip(*kept, strict=True))
    )


def _environment(carts: Carts):
    try:
        import gymnasium
    except ImportError as error:
        needed = 'CartPole needs gymnasium: pip install "metacourse[gym]"'
        raise ImportError(needed) from error
    how = {"vectorization_mode": "vector_entry_point", "max_episode_steps": N_PUSHES}
    environment = gymnasium.make_vec("CartPole-v1", num_envs=len(carts.length), **how)
    cart = environment.unwrapped  # its constants may be arrays, a number for each
    cart.length, cart.gravity, cart.force_mag = (part.double().numpy() for part in carts)
    cart.polemass_length = cart.masspole * cart.length
    return environment
