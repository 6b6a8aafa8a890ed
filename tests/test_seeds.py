"""What several seeds gave: kept, read, told."""

import pytest
import torch

from benchmarks.seeds import chapters, over_tasks, with_interval
from metacourse import seeds
from metacourse.evaluation import confidence_interval
from metacourse.seeds import Run, beside, interval, intervals, load, save, table, values

RUNS = [
    Run("error", "MAML", 1, 0.25),
    Run("error", "Reptile", 1, 0.5),
    Run("error", "MAML", 0, 0.12345678),
    Run("seconds", "MAML", 0, 3),
]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(seeds, "FOLDER", tmp_path)
    save("lines", RUNS)
    return tmp_path


def test_runs_are_read_as_they_were_kept_with_four_digits():
    assert load("lines") == [*RUNS[:2], RUNS[2]._replace(value=0.1235), RUNS[3]]


def test_each_run_has_a_line_of_the_file(folder):
    lines = (folder / "lines.json").read_text(encoding="utf-8").splitlines()
    assert lines[1] == '["error", "MAML", 1, 0.25],'
    assert len(lines) == 6


def test_values_come_by_setting_in_the_order_of_the_seeds():
    assert values("lines", "error") == {"MAML": [0.1235, 0.25], "Reptile": [0.5]}


def test_an_experiment_that_was_not_run_is_told_with_those_that_were():
    with pytest.raises(LookupError, match="no runs of 'loss', but of: error, seconds"):
        values("lines", "loss")


def test_the_table_tells_median_and_range():
    assert table("lines", "error").splitlines() == [
        "error: median over the seeds, and range",
        "  MAML                             0.19   0.12 to 0.25   2 seeds",
        "  Reptile                          0.50   0.50 to 0.50   1 seeds",
    ]


def test_every_table_that_ships_has_a_program_that_makes_it(monkeypatch):
    monkeypatch.undo()
    assert {path.stem for path in seeds.FOLDER.glob("*.json")} == {*chapters()}


def test_a_value_that_is_not_a_number_is_refused(folder):
    with pytest.raises(ValueError, match=r"not a number: \[\('error', 'MAML', 2\)\]"):
        save("waves", [*RUNS, Run("error", "MAML", 2, float("nan"))])
    assert not (folder / "waves.json").exists()


def test_means_and_half_widths_come_back_by_setting():
    found = {"MAML": torch.tensor([0.2, 0.4, 0.9]), "joint": torch.tensor([1.0, 2.0, 4.0])}
    save("streams", [run for name in found for run in with_interval("loss", name, found[name])])
    told = intervals("streams", "loss")
    assert list(told) == ["MAML", "joint"]
    assert told["joint"] == pytest.approx(confidence_interval(found["joint"]), rel=1e-3)


def test_experiments_stand_beside_each_other_a_setting_a_line():
    save(
        "streams",
        [
            *with_interval("loss", "MAML", torch.tensor([0.2, 0.4])),
            *with_interval("loss", "joint", torch.tensor([0.1, 0.1])),
            *with_interval("ahead", "joint", torch.tensor([-0.2, -0.2])),
        ],
    )
    head, maml, joint = beside("streams", {"mean": "loss", "less": "ahead"}).splitlines()
    assert head.split() == ["mean", "less"]
    assert maml.split()[:2] == ["MAML", "0.300"]
    assert joint.split() == ["joint", "0.100", "±", "0.000", "-0.200", "±", "0.000"]


def test_an_interval_comes_back_as_shares():
    save("tasks", list(over_tasks("right", "MAML", 0, torch.tensor([0.2, 0.4, 0.6, 0.8]))))
    expected = confidence_interval(torch.tensor([0.2, 0.4, 0.6, 0.8]))
    assert interval("tasks", "right", "MAML") == pytest.approx(expected, rel=1e-3)
