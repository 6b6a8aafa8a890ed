"""Notebook 09c: what is tried on 200 broken robots, by two repertoires; κ, the noise and the
settings of fine-tuning are chosen on 100 others. What a wrong prior does, bodies outside the
family and in another simulator, the step of the simulation, evolution and its rivals.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.seeds import with_interval
from metacourse.experiments import gaits as tried
from metacourse.experiments import repertoire as trials
from metacourse.experiments.repertoire import Chosen, Strategy
from metacourse.seeds import Run
from metacourse.trained.walker import JOINT, Repertoire, bodies, repertoire, walk_table
from metacourse.walker import Body, performance_prior

AFTER = 0, 1, 2, 3, 5, 8, 12
OURS = "learned prior"
N_TUNED, N_OUTSIDE = 40, 60  # bodies


def runs() -> Iterator[Run]:
    for seed in (1, 2):
        yield from of_repertoire(seed)
    yield from steps()
    yield from evolution()


def of_repertoire(seed: int) -> Iterator[Run]:
    known = repertoire(seed)
    prior = trials.learned_prior(known.walks["prior"])
    chosen, chosen_alone = (
        trials.choose(known.walks["validation"], each) for each in (prior, trials.alone(prior))
    )
    for name, choice in ((OURS, chosen), ("prior, each gait alone", chosen_alone)):
        yield Run("chosen κ", name, seed, choice.kappa)
        yield Run("chosen noise, times that of a walk", name, seed, choice.noise)
    yield Run("deviation of a walk (m)", "all gaits", seed, prior.noise.sqrt().item())
    ways, walks = trials.strategies(known, chosen, chosen_alone), known.walks["test"]
    found = {name: trials.judged(way(walks), walks) for name, way in ways.items()}
    yield from compared(f"repertoire {seed}", found, seed)
    yield from fine_tuning(known, found[OURS], seed)
    yield from wrong(known, chosen, found[OURS], seed)
    yield from safety(known, chosen, seed)
    yield from outside(known, ways, seed)


def compared(label: str, found: dict[str, Tensor], seed: int) -> Iterator[Run]:
    for name, metres in found.items():
        for t in AFTER:
            what = f"{label}: metres after {t} trials"
            yield from with_interval(what, name, metres[:, t], seed)
            if name != OURS:
                ahead = found[OURS][:, t] - metres[:, t]
                yield from with_interval(f"{label}: {OURS} ahead after {t}", name, ahead, seed)


def fine_tuning(known: Repertoire, ours: Tensor, seed: int) -> Iterator[Run]:
    gait = known.gaits[JOINT]
    some = Body(*(part[:N_TUNED] for part in bodies("validation")))
    setting = trials.best_setting(gait, some)
    for name, value in setting.items():
        yield Run(f"fine-tuning: chosen {name}", "the gait for all bodies", seed, float(value))
    found = trials.fine_tuned(gait, bodies("test"), seed=1, **setting)
    for n_walks, metres in zip((0, *trials.BUDGETS), found.T, strict=True):
        name = f"{n_walks} walks"
        yield from with_interval(f"repertoire {seed}: metres after fine-tuning", name, metres, seed)
        ahead = ours[:, 3] - metres
        what = f"repertoire {seed}: {OURS} after 3, ahead of fine-tuning"
        yield from with_interval(what, name, ahead, seed)


def wrong(known: Repertoire, chosen: Chosen, right: Tensor, seed: int) -> Iterator[Run]:
    """After three trials: the lower bound, no bound, few bodies, and bodies of the test."""
    table, walks = known.walks["prior"], known.walks["test"]
    prior = trials.learned_prior(table)
    ways = {
        "as it is": (prior, chosen),
        "lower bound": (prior, chosen._replace(kappa=-1.0)),
        "highest mean": (prior, chosen._replace(kappa=0.0)),
        "prior from 30 bodies": (trials.learned_prior(table[:30]), chosen),
        "prior from the test bodies": (performance_prior(walks.mean(-1), prior.noise), chosen),
    }
    for name, (believed, choice) in ways.items():
        choices = trials.by_bound(walks, prior=believed, chosen=choice, n_trials=3)
        metres = trials.judged(choices, walks)[:, 3]
        what = f"repertoire {seed}: wrong, after 3 trials"
        yield from with_interval(what, name, metres, seed)
        yield from with_interval(f"{what}, ahead", name, metres - right[:, 3], seed)


def safety(known: Repertoire, chosen: Chosen, seed: int) -> Iterator[Run]:
    """The share of the first three trials that end behind the start, and the worst of them."""
    walks, prior = known.walks["test"], trials.learned_prior(known.walks["prior"])
    order = prior.mean.argsort(descending=True)[:3].expand(len(walks), 3)
    bounds, _ = trials.played(walks, prior=prior, chosen=chosen, n_trials=3)
    for name, gaits in ((OURS, bounds), ("in order of average", order)):
        metres = walks[..., 0].gather(1, gaits)
        below = 100 * (metres < 0).double().mean().item()
        yield Run(f"repertoire {seed}: trials below 0 (%)", name, seed, below)
        yield Run(f"repertoire {seed}: worst trial (m)", name, seed, metres.min().item())


def outside(known: Repertoire, ways: dict[str, Strategy], seed: int) -> Iterator[Run]:
    for where, (sample, walk) in tried.OUTSIDE.items():
        generator, on = torch.Generator().manual_seed(seed), sample(N_OUTSIDE, seed)
        walks = walk_table(known.gaits, on, generator, walk).double()
        found = {
            name: trials.judged(ways[name](walks), walks)[:, 3]
            for name in (OURS, "in order of average", "the best of the repertoire")
        }
        found["the gait for all bodies"] = trials.judged(
            trials.without_trials(walks, gait=JOINT), walks
        )[:, 3]
        for name, metres in found.items():
            what = f"repertoire {seed}: {where}, after 3 trials"
            yield from with_interval(what, name, metres, seed)
            yield from with_interval(f"{what}, {OURS} ahead", name, found[OURS] - metres, seed)


def steps() -> Iterator[Run]:
    gaits = repertoire(1).gaits
    for name, walk in tried.FRICTIONS.items():
        found = tried.halved(gaits, walk)
        for change in ("half the step", "2 % more friction"):
            alike = tried.agreement(found["as it is"], found[change])
            for measure, value in alike.items():
                yield Run(f"friction, {change}: {measure}", name, 0, value)
        yield Run("friction: deviation of the metres", name, 0, found["as it is"].std().item())


def evolution() -> Iterator[Run]:
    rivals = {"random gaits": tried.best_of_random()}
    for lr in (0.1, 0.25, 0.5):
        rivals[f"the program's derivative, lr {lr}"] = tried.by_derivative(lr=lr)
    for name, found in rivals.items():
        for seed, metres in enumerate(found.tolist()):
            yield Run("evolution, good sensor: metres", name, seed, metres)
    for name in tried.ESTIMATES:
        for sensor, faulty in (("good sensor", False), ("faulty sensor", True)):
            for seed, metres in enumerate(tried.evolved(name, faulty=faulty).tolist()):
                yield Run(f"evolution, {sensor}: metres", name, seed, metres)
