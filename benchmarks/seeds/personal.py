"""Notebook 10a, on data of the extra `people`: learners of somebody's taste by the number of
ratings told, three splits of MovieLens; who is left out; two ways to measure too little; a test
that adapts, twenty splits of VerbAgg; and clinics that are made up from a table, twenty draws."""

from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.seeds import with_interval
from metacourse.experiments import adaptive_testing, clinics, leaks, rating_learners
from metacourse.experiments import cold_start as cold
from metacourse.personal import split_by_person
from metacourse.seeds import Run
from metacourse.tasks import films
from metacourse.tasks.questions import load_answers

SEEDS = range(3)
REFERENCE = "shrunk, by a learned prior"
TEST_SEEDS = range(20)  # of the test that adapts: which questions are hidden is luck
CLINIC_SEEDS = range(20)


def runs() -> Iterator[Run]:
    ratings = films.load_ratings()
    table = cold.as_table(ratings, films.load_films())
    yield from how_people_rate(table)
    yield from first_ratings(table)
    yield from too_little(ratings, table)
    yield from a_test_that_adapts()
    yield from made_up_clinics()


def how_people_rate(table: cold.Table) -> Iterator[Run]:
    """The prior that is learned in the first split, and what the data hold."""
    prior = rating_learners.taught_prior(next(cold.splits(table, 0)))
    drawn = [split for seed in SEEDS for split in cold.splits(table, seed)]
    new = sum(len(table.values) - len(s.train.values) - len(s.validation.values) for s in drawn)
    judged = sum(len(split.people) for split in drawn)
    found = {
        "people": len(table.values),
        "films": table.values.shape[1],
        "ratings": int(table.seen.sum()),
        "new people who are judged": judged,
        "new people with too few ratings": new - judged,
        "films that take part": drawn[0].train.values.shape[1],
        "mean": prior.mean.item(),
        "deviation of people": prior.cov.sqrt().item(),
        "deviation of the rest": prior.noise.sqrt().item(),
    }
    for name, value in found.items():
        yield Run("MovieLens", name, 0, value)


def first_ratings(table: cold.Table) -> Iterator[Run]:
    """Errors by learner and number of ratings, and less that of the reference, over people."""
    errors = {}  # name → (seeds, shots, people), a person who is not new in a seed has nan
    for seed in SEEDS:
        for number, split in enumerate(cold.splits(table, seed)):
            tasks = cold.as_tasks(split.test, seed)
            for name, choice, learner in rating_learners.taught(split, seed):
                empty = torch.full((len(SEEDS), len(cold.SHOTS), len(table.values)), torch.nan)
                kept = errors.setdefault(name, empty.double())
                for place, n_shot in enumerate(cold.SHOTS):
                    found = cold.squared_errors(learner, split.test, tasks, n_shot)
                    kept[seed, place, split.people] = found
                if choice is not None:
                    parts = choice if isinstance(choice, tuple) else (choice,)
                    what = ", ".join(str(part) for part in parts)
                    yield Run(f"chosen, fifth {number}", f"{name}: {what}", seed, 1)
    yield from told_by_shots(errors)
    yield from left_out(errors, table)


def told_by_shots(errors: dict[str, Tensor]) -> Iterator[Run]:
    for name, kept in errors.items():
        for place, n_shot in enumerate(cold.SHOTS):
            for seed in SEEDS:
                root = kept[seed, place].nanmean().sqrt().item()
                yield Run(f"{n_shot} ratings: error in stars", name, seed, root)
            less = (kept - errors[REFERENCE])[:, place].nanmean(0)
            what = f"{n_shot} ratings: squared error less the shrunk mean's"
            yield from with_interval(what, name, less[~less.isnan()])


def left_out(errors: dict[str, Tensor], table: cold.Table) -> Iterator[Run]:
    """After five ratings: thirds of people by how well known the films are that they rate."""
    others = table.seen.sum(0)
    known = (table.seen @ others) / table.seen.sum(1)
    place = cold.SHOTS.index(5)
    judged = errors[REFERENCE][:, place].nanmean(0)
    people = (~judged.isnan()).nonzero()[:, 0]
    order = people[known[people].argsort()]
    for name, kept in errors.items():
        by_person = kept[:, place].nanmean(0)
        for part, third in zip(
            ("rarest", "middle", "best known"), order.tensor_split(3), strict=True
        ):
            yield from with_interval(
                f"films that are {part}: squared error", name, by_person[third]
            )


def too_little(ratings: films.Ratings, table: cold.Table) -> Iterator[Run]:
    """What leaks give, beside what is honest."""
    found: dict[str, list] = {}
    for seed in SEEDS:
        generator = torch.Generator().manual_seed(seed)
        rows = split_by_person(ratings.person, n_test=134, generator=generator)
        new = torch.zeros(len(table.values), dtype=torch.bool)
        new[ratings.person[rows]] = True
        for group, (told, honest) in leaks.with_and_without(table, new).items():
            yield Run("films' means with the answers: squared error", group, seed, told.mean())
            yield Run("films' means without them: squared error", group, seed, honest.mean())
            found.setdefault(group, []).append(honest - told)
        hidden = leaks.random_rows(table, 0.2, seed)
        for name, own in {"own mean": True, REFERENCE: False}.items():
            error = leaks.by_row(table, hidden, own=own).mean().sqrt().item()
            yield Run("rows cut at random: error in stars", name, seed, error)
    for group, gains in found.items():
        yield from with_interval("films' means: what the answers take off", group, torch.cat(gains))


def a_test_that_adapts() -> Iterator[Run]:
    answers = load_answers()
    rounds = [adaptive_testing.compared(answers, seed) for seed in TEST_SEEDS]
    for measure, name, n_asked in rounds[0]:
        values = torch.stack([found[measure, name, n_asked] for found in rounds]).mean(0)
        what = f"{n_asked} questions: {measure}"
        yield from with_interval(what, name, values)
        rule, _, slopes = name.partition(", ")
        if rule in ("one order for all", "adaptive"):
            drawn = (found[measure, f"at random, {slopes}", n_asked] for found in rounds)
            less = values - torch.stack([*drawn]).mean(0)
            yield from with_interval(f"{what}, less at random", name, less)
        if rule == "adaptive":
            order = (found[measure, f"one order for all, {slopes}", n_asked] for found in rounds)
            less = values - torch.stack([*order]).mean(0)
            yield from with_interval(f"{what}, less one order", name, less)


def made_up_clinics() -> Iterator[Run]:
    for kind in clinics.KINDS:
        for seed in CLINIC_SEEDS:
            teach = clinics.clinics(kind, seed)
            prior = clinics.offset_prior(teach, clinics.one_line(teach))
            yield Run("deviation of clinics", kind, seed, prior.cov.sqrt().item())
            yield Run("deviation of patients", kind, seed, prior.noise.sqrt().item())
        for n_shot in clinics.SHOTS:
            drawn = [clinics.squared_errors(kind, n_shot, seed) for seed in CLINIC_SEEDS]
            reference = torch.stack([found["one line for all"] for found in drawn]).mean(0)
            for name in drawn[0]:
                errors = torch.stack([found[name] for found in drawn]).mean(0)
                what = f"{kind}, {n_shot} patients"
                yield Run(f"{what}: error", name, 0, errors.mean().sqrt().item())
                yield from with_interval(f"{what}: less one line for all", name, errors - reference)
