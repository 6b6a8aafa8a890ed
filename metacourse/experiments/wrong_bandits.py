"""RL² that is trained with what goes wrong (the clinic of notebook 09a)."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from unittest.mock import patch

import torch
from torch import Generator, Tensor

from metacourse import rl2
from metacourse.experiments import bandits
from metacourse.lstm import State, start_state
from metacourse.nets import Params
from metacourse.rl2 import Play
from metacourse.training import Training

N_FEW = 20  # bandits that are always the same


def without_reward(arm: Tensor, reward: Tensor) -> Tensor:
    """A pull as it is read, but for what it paid."""
    return torch.stack([(arm == 0).to(reward), (arm == 1).to(reward), 0 * reward], dim=-1)


def forgetful(params: Params, pull: Tensor, state: State) -> tuple[Tensor, State]:
    """Read a pull by a state that is zeros again."""
    return RIGHT(params, pull, start_state(params, *pull.shape[:-1]))


RIGHT = rl2.read_pull


def whole_return(log_probs: Tensor, rewards: Tensor, values: Tensor) -> Tensor:
    """Judge each pull by all rewards, those before it as well."""
    more = rewards.sum(-1, keepdim=True) - values[..., :1]
    return -(log_probs * more.detach()).sum(-1).mean()


def without_its_own(log_probs: Tensor, rewards: Tensor, values: Tensor) -> Tensor:
    """Judge each pull by what came after its reward; `values` fall by the same at each pull."""
    later = rewards.flip(-1).cumsum(-1).flip(-1) - rewards
    more = later - (values - values[..., -1:])
    return -(log_probs * more.detach()).sum(-1).mean()


def few(family: str, n_tasks: int, generator: Generator) -> Tensor:
    """Draw from twenty bandits of a family, always the same."""
    known = DRAWN(family, N_FEW, torch.Generator().manual_seed(0))
    return known[torch.randint(0, N_FEW, (n_tasks,), generator=generator)]


DRAWN = bandits.sample_chances


class KeptState:
    """`rl2.rl2_play` that begins with the state in which the bandits before have left it."""

    def __init__(self):
        self.state = None

    def __call__(self, params: Params, chances: Tensor, n_pulls: int, generator: Generator) -> Play:
        state, read, pulls = (
            self.state or start_state(params, len(chances)),
            chances.new_zeros(len(chances), 3),
            [],
        )
        for _ in range(n_pulls):
            logit, state = rl2.read_pull(params, read, state)
            pulls.append(rl2.pull_once(logit, chances, generator))
            read = rl2.as_input(pulls[-1].arms, pulls[-1].rewards)
        self.state = tuple(part.detach() for part in state)
        return rl2.joined(pulls)


PLACES: dict[str, tuple[object, str, Callable]] = {
    "no reward is read": (rl2, "as_input", without_reward),
    "state zeros at every pull": (rl2, "read_pull", forgetful),
    "all rewards for those to go": (rl2, "policy_gradient_loss", whole_return),
    "its own reward left out": (rl2, "policy_gradient_loss", without_its_own),
    "the same 20 bandits": (bandits, "sample_chances", few),
}
KEPT = "state kept from bandit to bandit"
WRONG = (*PLACES, KEPT)


def patched(name: str) -> AbstractContextManager:
    """A context in which the program has this mistake."""
    return patch.object(*PLACES[name]) if name in PLACES else nullcontext()


def trained_wrong(name: str, seed: int = 0, **options) -> tuple[Training, float]:
    """Train with one of `WRONG` as the right one is trained; and what that earns, exactly, played
    with the mistake if it is one of playing."""
    with patched(name):
        options = {"player": KeptState() if name == KEPT else rl2.rl2_play} | options
        training = bandits.trained("independent", seed, **options)
        return training, bandits.exact_return(training.params)
