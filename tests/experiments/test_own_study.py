from zipfile import ZipFile

import pytest
import torch
from sklearn import datasets

from metacourse.course.evaluate import advice
from metacourse.experiments import own_methods, own_runs, own_study, own_training
from metacourse.experiments.own_methods import baselines, plan
from metacourse.experiments.own_people import study_people
from metacourse.experiments.own_study import study
from metacourse.tasks import cache
from metacourse.tasks.balance import split_classes
from metacourse.tasks.folders import Own, load_own
from metacourse.tasks.omniglot import OmniglotMissing, find_file
from metacourse.tasks.series import People
from metacourse.training import Training


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """A cache of its own, and fewer tasks than the card has."""
    monkeypatch.setenv("METACOURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "unkept", {})
    monkeypatch.setattr(own_methods, "N_TASKS", 100)
    monkeypatch.setattr(own_methods, "N_SLOW_TASKS", 10)
    monkeypatch.setattr(own_training, "STEPS", (1,))
    monkeypatch.setattr(own_runs, "CHECK_EVERY", 3)


def vectors(n_classes=10, n_each=12, spread=2.0, seed=0):
    """Classes of points in six dimensions, of which only two tell the classes apart."""
    generator = torch.Generator().manual_seed(seed)
    middles = torch.zeros(n_classes, 1, 6)
    middles[..., :2] = spread * torch.randn(n_classes, 1, 2, generator=generator)
    x = middles + torch.randn(n_classes, n_each, 6, generator=generator)
    return own(x.double())


def own(x, kind="vectors"):
    names = [f"c{c}" for c in range(len(x))]
    examples = [[f"{name} {e}" for e in range(x.shape[1])] for name in names]
    return Own(kind, x, names, examples, split_classes(len(x), 0), [], [])


def run(data, steps=6):
    return study(data, plan(data, seconds=600, steps=steps))


def numbers(found):
    return [
        (row.method, row.note, k, outcome.right.tolist(), outcome.change.tolist())
        for row in found.rows
        for k, outcome in row.outcomes.items()
    ]


def test_simple_baselines_come_first_and_the_trained_last():
    found = run(vectors())
    assert [row.is_trained for row in found.rows] == [False] * 4 + [True] * 2
    assert found.rows[0].method == "Columns as they are, nearest mean"
    assert list(found.rows[0].outcomes) == [1, 5, 10]


def test_the_validation_classes_choose():
    found = run(vectors())
    assert found.chosen.validation == max(row.validation for row in found.rows)


@pytest.mark.parametrize("where", ["first part", "training", "last part"])
def test_interrupted_and_resumed_gives_the_same_numbers(monkeypatch, tmp_path, where):
    data = vectors()
    monkeypatch.setenv("METACOURSE_CACHE", str(tmp_path / "other"))
    straight = numbers(run(data))
    monkeypatch.setenv("METACOURSE_CACHE", str(tmp_path / "cache"))
    with monkeypatch.context() as patch:
        interrupt(patch, where)
        with pytest.raises(KeyboardInterrupt):
            run(data)
    assert numbers(run(data)) == straight


def interrupt(patch, where):
    """Press Ctrl-C in a part of a study; in a training between two of its steps."""

    def pressed(*_, **__):
        raise KeyboardInterrupt

    if where == "first part":
        patch.setattr(own_study, "judged", pressed)
    elif where == "last part":
        patch.setattr(own_study, "looked_at", pressed)
    else:
        taken = iter(range(4))
        step = own_runs.gradient_step

        def some_steps(loss):
            real = step(loss)
            return lambda *args: pressed() if next(taken, None) is None else real(*args)

        patch.setattr(own_runs, "gradient_step", some_steps)


def test_what_is_finished_is_not_computed_again(monkeypatch):
    data = vectors()
    run(data)
    monkeypatch.setattr(own_study, "answered", None)
    monkeypatch.setattr(own_runs, "train", None)
    run(data)


def test_a_cache_that_cannot_be_written_costs_time_only(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("METACOURSE_CACHE", str(tmp_path / "file" / "cache"))
    assert run(vectors()).rows[-1].is_trained


def test_other_data_or_another_budget_is_another_run():
    data, other = vectors(), vectors(seed=1)
    keys = {plan(d, seconds=s).key for d in (data, other) for s in (1, 2)}
    assert len(keys) == 4


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_seconds_that_are_none_get_a_sentence(seconds):
    with pytest.raises(ValueError, match="seconds must be 0 or more"):
        plan(vectors(), seconds=seconds)


def test_a_training_that_does_not_help_leaves_the_start(monkeypatch):
    def spoilt(step, params, **how):
        return Training({name: 0 * w.detach() for name, w in params.items()}, [1.0], 1, "")

    monkeypatch.setattr(own_runs, "train", spoilt)
    found = run(vectors())
    assert all("so the start was kept" in row.note for row in found.rows if row.is_trained)
    assert found.rows[-2].outcomes[5].right.mean() > 0.52  # ties give a half


def test_noise_is_not_told_apart_and_the_card_says_so():
    found = run(vectors(spread=0.0))
    assert advice.summary(found).startswith("Nothing is better than chance")


def test_classes_that_can_be_told_apart_are_better_than_chance():
    found = run(vectors(spread=6.0))
    assert not advice.summary(found).startswith("Nothing")


def test_scaling_finds_what_a_loud_column_hides():
    data = vectors(spread=6.0)
    x = data.x.clone()
    x[..., 5] *= 1e4
    raw, scaled = run(own(x)).rows[:2]
    assert scaled.outcomes[5].right.mean() > raw.outcomes[5].right.mean() + 0.1


def test_few_classes_are_compared_without_training():
    found = run(vectors(n_classes=3))
    assert [row.is_trained for row in found.rows] == [False, False]
    assert found.plan.n_way == 2
    assert found.closer.calibrated is None
    assert any("needs 7 classes, there are 3" in sentence for sentence in advice.advice(found))


def test_digits_are_told_apart_by_their_pixels():
    digits = datasets.load_digits()
    labels = torch.from_numpy(digits.target)
    images = torch.from_numpy(digits.images / 16 * 255).byte()
    x = torch.stack([images[labels == d][:20] for d in range(10)])
    found = own(torch.nn.functional.pad(x, (10, 10, 10, 10)), "pictures")
    pixels = baselines(found, plan(found, seconds=0))[0]
    assert accuracy(pixels, found, n_shot=5, n_way=2) > 0.85


def test_handwriting_in_a_folder_is_read_as_chapter_04_reads_it(tmp_path):
    try:
        archive = ZipFile(find_file("images_background_small1.zip", fetch=False))
    except OmniglotMissing:
        pytest.skip("the small Omniglot files are not here")
    names = sorted(name for name in archive.namelist() if name.endswith(".png"))
    characters = sorted({name.rpartition("/")[0] for name in names})[::5]
    archive.extractall(tmp_path, [n for n in names if n.rpartition("/")[0] in characters])
    found = load_own(tmp_path)
    assert found.x.shape[:2] == (len(characters), 20)
    pixels, shipped, *_ = baselines(found, plan(found, seconds=0))
    assert accuracy(pixels, found, n_shot=1, n_way=5) == pytest.approx(0.68, abs=0.1)
    assert accuracy(shipped, found, n_shot=1, n_way=5) > 0.92


def accuracy(method, data, *, n_shot, n_way):
    return own_methods.accuracy(method, data.x, n_way=n_way, n_shot=n_shot, n_tasks=100)


# ---- people --------------------------------------------------------------------------------------


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def lines(n_people=60, n_points=11, slope=0.0, seed=0):
    """People with a level and a slope of their own, and a little noise."""
    generator = torch.Generator().manual_seed(seed)
    level, tilt = torch.randn(2, n_people, 1, generator=generator, dtype=torch.float64)
    time = torch.arange(n_points, dtype=torch.float64).expand(n_people, -1)
    noise = 0.8 * torch.randn(n_people, n_points, generator=generator, dtype=torch.float64)
    y = 100 + level + slope * tilt * time + noise
    names = [str(p) for p in range(n_people)]
    return People(time, y, names, split_classes(n_people, 0), [], ("day", "value"))


def test_lines_of_their_own_are_best_foretold_by_a_line_with_a_learned_prior():
    found = study_people(lines(slope=0.3))
    assert found.chosen.learner == "line with a learned prior"
    assert found.coverage == pytest.approx(0.95, abs=0.08)


def test_one_point_is_not_a_line():
    rows = {row.learner: row.errors for row in study_people(lines()).rows}
    assert list(rows["own line"]) == [5, 10]
    assert list(rows["own mean so far"]) == [1, 5, 10]


def test_errors_have_the_unit_of_the_data():
    people = lines()
    large = people._replace(y=1000 * people.y)
    one, other = (study_people(data).rows[1].errors[5] for data in (people, large))
    assert other.tolist() == pytest.approx((1000 * one).tolist())


def test_a_shrunk_mean_is_better_than_a_mean_of_one_point():
    people = lines()
    noisy = people._replace(
        y=people.y + 3 * torch.randn(people.y.shape, generator=seeded(1)).double()
    )
    errors = {row.learner: row.errors for row in study_people(noisy).rows}
    shrunk, own_mean = errors["own mean, shrunk by a learned prior"], errors["own mean so far"]
    assert shrunk[1].mean() < own_mean[1].mean()


@pytest.mark.parametrize(
    ("people", "said"),
    [
        (lines(n_people=5), "7 or more are needed, there are 5"),
        (lines()._replace(y=torch.ones(60, 11).double()), "value does not vary within a person"),
    ],
)
def test_people_of_whom_nothing_can_be_learned_get_a_sentence(people, said):
    with pytest.raises(ValueError, match=said):
        study_people(people)
