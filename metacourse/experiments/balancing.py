"""Poles on carts through the standard interface of environments, and steps of policy gradient (the
end of notebook 09b). `pole` and `sample_poles` need gymnasium, an optional extra."""

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Generator, Tensor

from metacourse.reinforcement import mean_of_the_others, policy_gradient

if TYPE_CHECKING:
    from gymnasium import Env

MOST = 200  # moves after which a pole counts as held
LENGTHS, GRAVITIES, PUSH = (0.25, 2.0), (5.0, 15.0), 10.0  # half a pole, metres; m/s²; newtons


class Played(NamedTuple):
    """What n attempts have brought, one reward for each move until the pole fell, then 0."""

    scores: Tensor  # (n, T, 1, 4)
    rewards: Tensor  # (n, T)


def pole(length: float = 0.5, gravity: float = 9.8, push: float = PUSH) -> "Env":
    """Gymnasium's CartPole with another pole, on another planet, or with a motor that is mounted
    backwards (a push below 0)."""
    import gymnasium

    env = gymnasium.make("CartPole-v1", max_episode_steps=MOST)
    cart = env.unwrapped
    cart.length, cart.gravity, cart.force_mag = length, gravity, push
    cart.polemass_length = cart.masspole * length
    return env


def sample_poles(n: int, generator: Generator, *, backwards: bool) -> list["Env"]:
    """Draw tasks: lengths on a logarithmic scale, gravities, and half of the motors backwards if
    asked for."""
    chances = torch.rand(n, 3, generator=generator).tolist()
    stretch = math.log(LENGTHS[1] / LENGTHS[0])
    return [
        pole(
            LENGTHS[0] * math.exp(length * stretch),
            GRAVITIES[0] + gravity * (GRAVITIES[1] - GRAVITIES[0]),
            -PUSH if backwards and side < 0.5 else PUSH,
        )
        for length, gravity, side in chances
    ]


def play(env: "Env", theta: Tensor, n: int, seed: int) -> Played:
    """Let a policy play n episodes: it pushes to the right with the chance σ(θ s), θ (1, 4)."""
    luck = torch.Generator().manual_seed(seed)
    scores, rewards = torch.zeros(n, MOST, *theta.shape).double(), torch.zeros(n, MOST).double()
    for episode in range(n):
        state, _ = env.reset(seed=1000 * seed + episode)
        for t in range(MOST):
            state = torch.as_tensor(state, dtype=torch.float64)
            chance = torch.sigmoid(theta[0] @ state)
            action = int(torch.rand((), generator=luck) < chance)
            scores[episode, t] = (action - chance) * state
            state, reward, fallen, _, _ = env.step(action)
            rewards[episode, t] = float(reward)
            if fallen:
                break
    return Played(scores, rewards)


def held(env: "Env", theta: Tensor, n: int, seed: int) -> float:
    """The mean number of moves until the pole falls."""
    return play(env, theta, n, seed).rewards.sum(-1).mean().item()


def step(env: "Env", theta: Tensor, n: int, seed: int, *, lr_inner: float) -> Tensor:
    """A step of policy gradient by n episodes, of a length of its own: θ + α ĝ / |ĝ|."""
    seen = play(env, theta, n, seed)
    found = policy_gradient(seen.scores, seen.rewards, mean_of_the_others(seen.rewards))
    return theta + lr_inner * found / found.norm().clamp(min=1e-9)  # 0 where all were held
