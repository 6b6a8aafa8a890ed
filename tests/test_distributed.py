"""Several processes take the step that one would take: first in one program, then by torchrun."""

import os
import subprocess
import sys
import uuid
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import torch
from safetensors.torch import load_file, safe_open
from torch import autograd

from metacourse import distributed
from metacourse.distributed import (
    by_queries,
    by_tasks,
    check_alike,
    gradient,
    is_first,
    own_device,
    place,
    processes,
    total,
    wait,
    whole,
)
from metacourse.episodes import Episode
from metacourse.trained.recipes import train_weights
from tests.processes import problem, small_recipe, squared_error

PROGRAM = Path(__file__).with_name("processes.py")
LONGEST = 300  # seconds that a run may take on a very busy machine
CPU = torch.device("cpu")

# ---- what a process computes ---------------------------------------------------------------------


@pytest.mark.parametrize(("n_tasks", "n_processes"), [(6, 1), (6, 2), (7, 3), (2, 5)])
def test_all_parts_together_are_the_batch_and_no_part_is_larger_than_another_by_two(
    n_tasks, n_processes
):
    batch = (torch.randn(n_tasks, 4), {"label": torch.arange(n_tasks)}, 20)
    parts, weights = zip(
        *(by_tasks(batch, rank, n_processes) for rank in range(n_processes)), strict=True
    )
    sizes = [len(x) for x, _, _ in parts]
    assert torch.equal(torch.cat([x for x, _, _ in parts]), batch[0])
    assert torch.equal(torch.cat([y["label"] for _, y, _ in parts]), batch[1]["label"])
    assert max(sizes) - min(sizes) <= 1
    assert list(weights) == [size / n_tasks for size in sizes]
    assert {n_steps for _, _, n_steps in parts} == {20}  # a number belongs to all


@pytest.mark.parametrize(
    ("batch", "sizes"),
    [
        ((torch.zeros(4, 2), torch.zeros(5)), "4.*5"),
        ((torch.zeros(4, 2), torch.tensor(1.0)), r"\[\]"),
        ((3, "no tensor"), r"\[\]"),
    ],
)
def test_a_batch_without_one_axis_of_tasks_is_refused(batch, sizes):
    with pytest.raises(ValueError, match=f"need one first axis B, got .*{sizes}"):
        by_tasks(batch, 0, 2)


def test_of_one_task_every_process_gets_the_support_set_and_its_queries():
    task = Episode(torch.randn(3, 2), torch.arange(3), torch.randn(7, 2), torch.arange(7))
    parts = [by_queries(task, rank, 3) for rank in range(3)]
    assert all(torch.equal(part.x_support, task.x_support) for part, _ in parts)
    assert torch.cat([part.y_query for part, _ in parts]).tolist() == list(range(7))
    assert [weight for _, weight in parts] == [3 / 7, 2 / 7, 2 / 7]


def test_what_is_no_mean_is_computed_whole_by_all():
    batch = object()
    assert [whole(batch, rank, 4) for rank in range(4)] == 4 * [(batch, 0.25)]


@pytest.mark.parametrize("n_processes", [2, 3, 4, 9])
def test_the_weighted_gradients_of_the_parts_add_up_to_that_of_the_batch(n_processes):
    params, batch = problem(8, CPU)
    parts = [by_tasks(batch, rank, n_processes) for rank in range(n_processes)]
    gradients = [
        weight * autograd.grad(squared_error(params, part), params["w"])[0]
        for part, weight in parts
        if weight
    ]
    (expected,) = autograd.grad(squared_error(params, batch), params["w"])
    torch.testing.assert_close(sum(gradients), expected, rtol=1e-13, atol=0)


# ---- one process ---------------------------------------------------------------------------------


def test_without_torchrun_there_is_one_process_and_its_gradient_is_the_plain_one():
    params, batch = problem(5, CPU)
    loss = squared_error(params, batch)
    expected = autograd.grad(loss, list(params.values()))
    with processes():
        assert place() == (0, 1)
        assert is_first()
        found, found_loss = gradient(squared_error, params, batch)
        wait()
    assert torch.equal(found_loss, loss)
    assert all(map(torch.equal, found.values(), expected))
    assert total(torch.tensor(3.0)) == 3.0
    assert check_alike(params, torch.Generator())


def test_each_process_has_a_gpu_of_its_own(monkeypatch):
    cuda = torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert own_device(cuda) == cuda  # a single one takes what is best
    monkeypatch.setattr(distributed, "place", lambda: (5, 8))  # on its machine, it is the second
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert own_device(cuda) == torch.device("cuda", 1)
    assert own_device(torch.device("mps")) == CPU
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(ValueError, match="each process needs a GPU, and this machine has 2"):
        own_device(cuda)


# ---- torchrun ------------------------------------------------------------------------------------


def torchrun(part: str, folder: Path, *, n_processes: int = 2, n_restarts: int = 0):
    """Run a part of `processes.py` in several processes; none is left afterwards."""
    mark = uuid.uuid4().hex
    how = ["--standalone", f"--nproc-per-node={n_processes}", f"--max-restarts={n_restarts}"]
    command = [sys.executable, "-m", "torch.distributed.run", *how, PROGRAM, part, folder]
    environment = os.environ | {"MARK": mark, "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join([str(PROGRAM.parents[1]), *sys.path])
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=LONGEST
        )
    finally:
        left = [process for process in psutil.process_iter() if marked(process, mark)]
        for process in left:
            process.kill()
    assert left == []
    return SimpleNamespace(code=done.returncode, out=done.stdout, errors=done.stderr)


def marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get("MARK") == mark
    except psutil.Error:
        return False


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    """What two processes have told each other."""
    folder = tmp_path_factory.mktemp("talk")
    run = torchrun("talking", folder)
    assert run.code == 0, run.errors
    return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The command with a small recipe, by two processes: what was said, and its folder."""
    folder = tmp_path_factory.mktemp("undisturbed")
    run = torchrun("train", folder)
    assert run.code == 0, run.errors
    return run, folder


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """The same, where one process was killed and torchrun began anew."""
    folder = tmp_path_factory.mktemp("killed")
    run = torchrun("killed", folder, n_restarts=1)
    assert run.code == 0, run.errors
    return run, folder


@pytest.fixture(scope="module")
def alone():
    """The same training by one process."""
    return train_weights("small", small_recipe())


def weights(folder):
    return load_file(folder / "small.safetensors")


@pytest.mark.parametrize("n_tasks", [6, 5, 1])
def test_two_processes_have_the_gradient_of_one(talk, n_tasks):
    params, batch = problem(n_tasks, CPU)
    loss = squared_error(params, batch)
    expected = dict(zip(params, autograd.grad(loss, list(params.values())), strict=True))
    for rank in (0, 1):
        found = load_file(talk / f"gradients_{rank}.safetensors")
        for name, part in (expected | {"loss": loss.detach()}).items():
            torch.testing.assert_close(found[f"{n_tasks}.{name}"], part, rtol=1e-12, atol=1e-12)


def test_two_processes_agree_to_the_last_bit(talk):
    first, second = (load_file(talk / f"gradients_{rank}.safetensors") for rank in (0, 1))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert first["ranks"] == 0 + 1


def test_what_both_compute_whole_counts_once(talk):
    found = load_file(talk / "gradients_0.safetensors")
    assert found["whole.loss"] == pytest.approx(found["5.loss"].item(), rel=1e-12)
    torch.testing.assert_close(found["whole.w"], found["5.w"], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("rank", [0, 1])
def test_processes_that_begin_differently_are_told(talk, rank):
    alike, *different = (talk / f"beginnings_{rank}.txt").read_text().splitlines()
    assert alike == "alike"
    assert [line.split(":")[0] for line in different] == 2 * ["the processes begin differently"]


def test_two_processes_train_to_the_weights_of_one(undisturbed, alone):
    _, folder = undisturbed
    for name, part in weights(folder).items():
        torch.testing.assert_close(part, alone[name], rtol=1e-12, atol=1e-12)


def test_one_process_speaks_for_all_and_tidies_up(undisturbed):
    run, folder = undisturbed
    warned, line = run.out.splitlines()
    assert warned.startswith("In the end the new weights take the place of")
    assert line.startswith("small ")
    assert line.endswith(" on validation tasks")
    assert [path.name for path in folder.iterdir()] == ["small.safetensors"]


def test_after_one_was_killed_they_go_on_bit_for_bit(killed, undisturbed):
    run, folder = killed
    assert "Going on from small.checkpoint." in run.out
    found, expected = weights(folder), weights(undisturbed[1])
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_one_process_goes_on_from_what_two_have_saved(killed, alone):
    checkpoint = killed[1] / "found.checkpoint"
    with safe_open(checkpoint, "pt") as file:
        assert 0 < len(file.get_tensor("losses")) < small_recipe().n_steps
    params = train_weights("small", small_recipe(), checkpoint=checkpoint)
    for name, part in alone.items():
        torch.testing.assert_close(params[name], part, rtol=1e-12, atol=1e-12)


def test_an_error_in_one_process_ends_all(tmp_path):
    run = torchrun("failing", tmp_path)
    assert run.code != 0
    assert "ZeroDivisionError" in run.errors


def test_an_interrupt_ends_all_and_the_training_can_go_on(tmp_path, capsys):
    run = torchrun("interrupted", tmp_path)
    assert run.code != 0
    assert "small.safetensors" not in [path.name for path in tmp_path.iterdir()]
    train_weights("small", small_recipe(), checkpoint=tmp_path / "small.checkpoint")
    assert "Stopped" not in capsys.readouterr().out


def test_processes_on_gpus_of_cuda_agree(tmp_path, cuda):
    n_processes = min(2, torch.cuda.device_count())
    run = torchrun("on_gpus", tmp_path, n_processes=n_processes)
    assert run.code == 0, run.errors
    params, batch = problem(5, CPU)
    (expected,) = autograd.grad(squared_error(params, batch), params["w"])
    for rank in range(n_processes):
        found = load_file(tmp_path / f"gradients_{rank}.safetensors")
        torch.testing.assert_close(found["5.w"], expected, rtol=1e-10, atol=1e-10)
