"""The benchmark's own contestants compute the meta-gradient that they are timed for."""

import pytest
import torch

from benchmarks.chapter import defined_in
from benchmarks.maml import (
    by_hand,
    described,
    flat,
    in_a_loop,
    memory_contestants,
    ours,
    relative_error,
    sinusoids,
)
from benchmarks.maml_quality import RATES, grid


@pytest.fixture(scope="module", params=[1, 2, 5])
def problem(request):
    return sinusoids(request.param, n_tasks=3).double()


@pytest.mark.parametrize("make", [by_hand, in_a_loop])
def test_contestants_agree_with_the_kernel(problem, make):
    assert relative_error(flat(make(problem)()), flat(ours(problem)())) < 1e-10


def test_walking_back_gives_the_exact_gradient(problem):
    walked = memory_contestants(problem)["walk back"]()
    assert relative_error(flat(walked), flat(ours(problem)())) < 1e-10


def test_every_relative_chooses_among_the_same_settings():
    assert {*grid("Reptile")} == {*grid("MAML")}
    assert len({*grid("MAML")}) == 24
    assert {rate for rate, _, _ in grid("pretraining")} == {*RATES}


def test_a_cell_or_piece_that_is_not_in_the_chapter_is_named():
    with pytest.raises(LookupError, match="no cell missing"):
        defined_in("03b_relatives.ipynb", "imports", "missing")
    with pytest.raises(LookupError, match="do not say 'import nothing'"):
        defined_in("03b_relatives.ipynb", "imports", edits={"import nothing": ""})


def test_a_wrong_gradient_is_told_apart(problem):
    right = flat(ours(problem)())
    another = flat(ours(problem._replace(n_steps=0))())
    assert relative_error(another, right) > 1e-3


def test_median_and_quartiles_have_three_digits():
    assert described(torch.tensor([1.0, 2.0, 3.0]).numpy(), " ms") == "2.00 ms (1.50–2.50)"
    assert described(torch.tensor([1520.4]).numpy(), " ms") == "1,520 ms (1,520–1,520)"
