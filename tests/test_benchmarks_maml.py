"""The benchmark's own contestants compute the meta-gradient that they are timed for."""

import pytest
import torch
from torch.func import vmap

from benchmarks.maml import (
    by_hand,
    described,
    flat,
    in_a_loop,
    ours,
    relative_error,
    sinusoids,
    walk_back,
)
from metacourse.episodes import Episode


@pytest.fixture(scope="module", params=[1, 2, 5])
def problem(request):
    return sinusoids(request.param, n_tasks=3).double()


@pytest.mark.parametrize("make", [by_hand, in_a_loop])
def test_contestants_agree_with_the_kernel(problem, make):
    assert relative_error(flat(make(problem)()), flat(ours(problem)())) < 1e-10


def test_walking_back_gives_the_exact_gradient(problem):
    params = {name: value.detach() for name, value in problem.params.items()}

    def task_gradient(*parts):
        return walk_back(problem.loss_fn, params, Episode(*parts), **problem.steps)

    gradients = vmap(task_gradient)(*problem.episodes)
    walked = [gradient.mean(0) for gradient in gradients.values()]
    assert relative_error(flat(walked), flat(ours(problem)())) < 1e-10


def test_a_wrong_gradient_is_told_apart(problem):
    right = flat(ours(problem)())
    another = flat(ours(problem._replace(n_steps=0))())
    assert relative_error(another, right) > 1e-3


def test_median_and_quartiles_have_three_digits():
    assert described(torch.tensor([1.0, 2.0, 3.0]).numpy(), " ms") == "2.00 ms (1.50–2.50)"
    assert described(torch.tensor([1520.4]).numpy(), " ms") == "1,520 ms (1,520–1,520)"
