"""Notebook 07d. Lines in a stream: 20 streams of each kind for every learner, whose settings are
chosen on ten others. A network that forgets, and what a buffer of past tasks is worth: 12 streams,
outer rates chosen on 12 others. And what the number of training tasks is worth to each learner.
"""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from benchmarks.seeds import with_interval
from metacourse.bayes import Prior, empirical_bayes
from metacourse.episodes import Episode
from metacourse.experiments import replay, stream_settings, streams
from metacourse.experiments.stream_settings import BELIEVERS, BUDGETS, HINDSIGHT, WALKERS, Learner
from metacourse.linear_regression import adapted_loss, maml_regression
from metacourse.online import all_points, regret
from metacourse.seeds import Run
from metacourse.tasks.lines import sample_normal_lines

RATES = {"lr_inner": (0.02, 0.5)}  # at most `streams.largest_rate` of these lines
RIVALS = "from 0", "follow the leader", "follow the leader, penalty"  # of paired differences
N_TASKS = 5, 10, 20, 50, 100, 200, 1000
STEPS = {"n_steps": BUDGETS["steps chosen"]}


def runs() -> Iterator[Run]:
    for kind in streams.KINDS:
        yield from of_stream(kind)
    yield from forgetting()
    for seed in range(5):
        yield from by_number(seed)


# ---- streams -------------------------------------------------------------------------------------


def of_stream(kind: str) -> Iterator[Run]:
    believers = {name: judged(one, kind, {}) for name, one in BELIEVERS.items()}
    for budget, n_steps in BUDGETS.items():
        lists = {"n_steps": n_steps}
        walkers = {name: judged(one, kind, lists) for name, one in WALKERS.items()}
        yield from compared(f"{kind}, {budget}", walkers | believers)


def judged(learner: Learner, kind: str, lists: dict) -> tuple[Tensor, dict]:
    """The losses of every round (20, T), with the setting that is best on ten other streams."""
    setting = stream_settings.chosen(learner, kind, range(100, 110), lists)
    return stream_settings.on_each(
        learner.losses, streams.streams(kind, range(20)), **setting
    ), setting


def compared(label: str, found: dict[str, tuple[Tensor, dict]]) -> Iterator[Run]:
    for name, (losses, setting) in found.items():
        last = losses[:, -20:].mean(1)
        yield from with_interval(f"{label}: loss of the last 20 tasks", name, last)
        for rival in (each for each in RIVALS if each != name):
            ahead = last - found[rival][0][:, -20:].mean(1)
            yield from with_interval(f"{label}: the same, minus {rival}", name, ahead)
        so_far = regret(losses, found[HINDSIGHT][0])
        for t in (10, 50, 100):
            yield from with_interval(f"{label}: regret after {t} tasks", name, so_far[:, t - 1])
        for hyperparameter, value in setting.items():
            yield Run(f"{label}: chosen {hyperparameter}", name, 0, float(value))


# ---- a network -----------------------------------------------------------------------------------


def forgetting() -> Iterator[Run]:
    tasks = replay.in_order(24, torch.Generator().manual_seed(0))
    first = replay.starts(24)
    found = {"untrained": first}
    for on, objective in replay.OBJECTIVES.items():
        for name, plan in replay.plans(24).items():
            train = partial(replay.train, objective, first, tasks, plan)
            ends = [train(lr_outer=rate) for rate in (0.003, 0.01)]
            found[f"{on}, {name}"] = min(ends, key=_on_others)
    for where, part in replay.PARTS.items():
        what = f"sinusoids by phase, error on {where}"
        errors = {name: replay.errors(end, part)[12:] for name, end in found.items()}
        for name, error in errors.items():
            yield from with_interval(what, name, error)
            on = name.partition(",")[0]
            if on in replay.OBJECTIVES and not name.endswith(replay.CURRENT):
                ahead = error - errors[f"{on}, {replay.CURRENT}"]
                yield from with_interval(f"{what}, minus without replay", name, ahead)


def _on_others(params: dict[str, Tensor]) -> float:
    """The error on new tasks of all phases, of the streams that are there to choose on."""
    return replay.errors(params, replay.PARTS["all phases"])[:12].mean().item()


# ---- how many tasks? -----------------------------------------------------------------------------


def by_number(seed: int) -> Iterator[Run]:
    """The loss on 2000 new tasks, by the number of tasks to learn from."""
    generator = torch.Generator().manual_seed(seed)
    train, validation, test = (_lines(n, generator) for n in (max(N_TASKS), 200, 2000))
    for n in N_TASKS:
        for name, (losses, ranges, lists) in learners(Episode(*(p[:n] for p in train))).items():
            tuned = partial(stream_settings.choose, partial(_mean, losses, validation))
            setting = tuned(ranges, lists) if ranges else {}
            loss = _mean(losses, test, **setting).item()
            yield Run(f"new lines, loss after {n} tasks", name, seed, loss)


def learners(known: Episode) -> dict[str, tuple[Callable, dict, dict]]:
    """By name: what returns losses of tasks and hyperparameters, and what is to be chosen."""
    learned = empirical_bayes(*all_points(known))
    true = Prior(streams.HERE, streams.COV, torch.tensor(0.01).double())
    return {
        "from 0": (streams.from_zero, RATES, STEPS),
        "ridge from 0": (streams.one_prior, stream_settings.NOISES, {}),
        "joint": (partial(by_joint, known), RATES | stream_settings.PENALTIES, STEPS),
        "MAML": (partial(by_maml, known), RATES | stream_settings.PENALTIES, STEPS),
        "learned prior": (partial(streams.posterior_loss, prior=learned), {}, {}),
        "the true prior": (partial(streams.posterior_loss, prior=true), {}, {}),
    }


def by_joint(known: Episode, tasks: Episode, *, penalty: Tensor, **steps) -> Tensor:
    x, y = all_points(known)
    return adapted_loss(_pulled(x.flatten(0, 1), y.flatten(), penalty / len(x)), tasks, **steps)


def by_maml(known: Episode, tasks: Episode, *, penalty: Tensor, **steps) -> Tensor:
    start = _pulled(*maml_regression(known, **steps), penalty / len(known.x_query))
    return adapted_loss(start, tasks, **steps)


def _pulled(x: Tensor, y: Tensor, penalty: Tensor) -> Tensor:
    """Ridge regression by least squares, which inner rates that run away do not stop."""
    rows = torch.cat([x, (len(x) * penalty).sqrt() * torch.eye(x.shape[1]).to(x)])
    return torch.linalg.pinv(rows) @ torch.cat([y, torch.zeros_like(x[0])])


def _mean(losses: Callable[..., Tensor], tasks: Episode, **setting) -> Tensor:
    return losses(tasks, **setting).mean()


def _lines(n_tasks: int, generator: torch.Generator) -> Episode:
    how = {"n_shot": streams.N_SHOT, "generator": generator}
    return sample_normal_lines(n_tasks, mean=streams.HERE, cov=streams.COV, **how)
