import json

import pytest
import torch

from metacourse.evaluation import (
    Interval,
    Result,
    confidence_interval,
    each_task,
    evaluate,
    load_results,
    save_results,
)


def images():
    """12 classes of 8 images; an image is the number of its class."""
    return torch.arange(12.0)[:, None, None].expand(12, 8, 1)


def nearest(x_support, y_support, x_query):
    return y_support.gather(1, torch.cdist(x_query, x_support).argmin(dim=2))


def first_label(x_support, y_support, x_query):
    return torch.zeros(x_query.shape[:2], dtype=torch.int64)


def test_the_interval_of_a_case_computed_by_hand():
    mean, half_width = confidence_interval(torch.tensor([0.2, 0.4, 0.6, 0.8]))
    assert mean == pytest.approx(0.5)
    assert half_width == pytest.approx(3.182 * (0.2 / 3) ** 0.5 / 2, rel=1e-3)


@pytest.mark.parametrize(("n_tasks", "t"), [(12, 2.201), (20, 2.093), (600, 1.964)])
def test_few_tasks_have_the_wider_interval_of_student(n_tasks, t):
    values = torch.arange(n_tasks).double()
    half_width = confidence_interval(values).half_width
    assert half_width * n_tasks**0.5 / values.std() == pytest.approx(t, abs=1e-3)


@pytest.mark.parametrize("n_tasks", [5, 50])
def test_19_of_20_intervals_hold_the_true_mean(n_tasks):
    samples = torch.rand(2000, n_tasks, generator=torch.Generator().manual_seed(0))
    intervals = [confidence_interval(sample) for sample in samples]
    covered = [abs(mean - 0.5) <= half_width for mean, half_width in intervals]
    assert sum(covered) / 2000 == pytest.approx(0.95, abs=0.02)


def test_an_interval_of_one_task_is_refused():
    with pytest.raises(ValueError, match="needs 2 tasks or more, got 1"):
        confidence_interval(torch.tensor([0.5]))


def test_an_interval_of_a_table_of_queries_is_refused():
    with pytest.raises(ValueError, match=r"one number per task, \(n,\), got shape \(600, 75\)"):
        confidence_interval(torch.zeros(600, 75))


def test_an_interval_prints_in_per_cent():
    assert str(Interval(0.5, 0.012)) == "50.0% ± 1.2%"


def test_an_interval_without_spread_says_that_all_tasks_gave_the_same():
    assert str(confidence_interval(torch.ones(600))) == "100.0% in every task"


def test_a_perfect_learner_is_right_on_every_task():
    accuracies = evaluate(nearest, images(), n_way=5, n_shot=1, n_query=3, n_tasks=120)
    assert accuracies.shape == (120,)
    assert (accuracies == 1).all()


def test_a_constant_answer_is_right_once_in_n_ways():
    accuracies = evaluate(first_label, images(), n_way=4, n_shot=1, n_query=3, n_tasks=10)
    torch.testing.assert_close(accuracies, torch.full((10,), 0.25, dtype=torch.float64))


class WithoutFloat64(torch.Tensor):
    """A tensor such as those on Apple's GPU: made a double, it raises; on the CPU it is as any."""

    def double(self):
        raise TypeError("no float64 here")

    def cpu(self):
        return self.as_subclass(torch.Tensor)


def test_a_device_without_float64_is_good_enough():
    values = torch.rand(20)
    assert confidence_interval(values.as_subclass(WithoutFloat64)) == confidence_interval(values)
    sizes = {"n_way": 4, "n_shot": 1, "n_query": 3, "n_tasks": 10}
    there = evaluate(
        lambda *task: first_label(*task).as_subclass(WithoutFloat64), images(), **sizes
    )
    assert torch.equal(there, evaluate(first_label, images(), **sizes))


@pytest.mark.parametrize("shape", [(6,), (10, 1)])
def test_labels_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"labels \(.*\) for queries \(10, 6\)"):
        evaluate(lambda *_: torch.zeros(shape), images(), n_way=2, n_shot=1, n_query=3, n_tasks=10)


def test_an_evaluation_without_tasks_is_refused():
    with pytest.raises(ValueError, match="n_tasks must be 1 or more, got 0"):
        evaluate(nearest, images(), n_way=5, n_shot=1, n_tasks=0)


def test_the_tasks_are_those_of_the_seed():
    def seen(seed):
        tasks = []
        evaluate(
            lambda *task: tasks.append(task) or first_label(*task),
            images(),
            n_way=3,
            n_shot=2,
            n_query=1,
            n_tasks=7,
            seed=seed,
        )
        return torch.cat([x_support for x_support, _, _ in tasks])

    assert torch.equal(seen(1), seen(1))
    assert not torch.equal(seen(1), seen(2))


def test_tasks_answered_one_by_one_come_back_in_their_order_without_gradients():
    scale = torch.ones((), requires_grad=True)
    answers = each_task(lambda x_support, y_support, x_query: scale * x_query + y_support[0])
    labels = answers(torch.zeros(3, 2), torch.tensor([[10], [20], [30]]), torch.ones(3, 4))
    assert labels.tolist() == [[11.0] * 4, [21.0] * 4, [31.0] * 4]
    assert not labels.requires_grad


def test_results_come_back_from_their_file_rounded_to_a_tenth_of_a_percent(tmp_path):
    results = [
        Result("MAML", "adapts", "03", Interval(0.96444, 0.00512)),
        Result("pixels", "compares", "01", Interval(0.5, 0.01), "handwriting"),
    ]
    save_results(tmp_path / "results.json", results)
    first = results[0]._replace(accuracy=Interval(0.964, 0.005))
    assert load_results(tmp_path / "results.json") == [first, results[1]]


def test_results_of_before_the_data_sets_are_of_print(tmp_path):
    old = (
        '[{"method": "MAML", "family": "adapts", "chapter": "03", "accuracy": 1, "half_width": 0}]'
    )
    (tmp_path / "results.json").write_text(old, encoding="utf-8")
    assert [result.data for result in load_results(tmp_path / "results.json")] == ["print"]


def test_where_there_is_no_file_of_results_there_are_none(tmp_path):
    assert load_results(tmp_path / "results.json") == []


def test_results_that_cannot_be_written_are_a_line_not_an_error(tmp_path, capsys):
    (tmp_path / "file").touch()
    save_results(tmp_path / "file" / "results.json", [])
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("The results cannot be kept in ")
    assert line.endswith("; the rest works.")


@pytest.mark.parametrize(
    "content",
    ["", "<<<<<<< HEAD", "{}x", "[3]", '["a"]', '[{"method": "MAML"}]', "\xff"],
    ids=range(7),
)
def test_results_that_cannot_be_understood_are_a_line_and_none(tmp_path, capsys, content):
    (tmp_path / "results.json").write_bytes(content.encode("latin-1"))
    assert load_results(tmp_path / "results.json") == []
    (line,) = capsys.readouterr().out.splitlines()
    assert "results.json cannot be read (" in line


def test_a_row_with_a_field_too_many_is_not_understood(tmp_path, capsys):
    save_results(tmp_path / "results.json", [Result("MAML", "adapts", "03", Interval(0.9, 0.1))])
    rows = json.loads((tmp_path / "results.json").read_text())
    (tmp_path / "results.json").write_text(json.dumps([rows[0] | {"more": 1}]))
    assert load_results(tmp_path / "results.json") == []
    assert "cannot be read" in capsys.readouterr().out


def test_a_folder_where_the_results_should_be_is_a_line_too(tmp_path, capsys):
    save_results(tmp_path, [])
    assert load_results(tmp_path) == []
    assert [line.split(" in ")[0] for line in capsys.readouterr().out.splitlines()] == [
        "The results cannot be kept",
        "The results",
    ]
