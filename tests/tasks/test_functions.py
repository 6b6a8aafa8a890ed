"""A prior over tasks of two classes."""

import pytest
import torch

from metacourse.tasks.functions import (
    LENGTHS,
    linear_functions,
    mixed_functions,
    sample_prior,
    smooth_functions,
)


def draw(family, n_tasks=200, n_support=30, n_query=20, seed=0):
    generator = torch.Generator().manual_seed(seed)
    sizes = {"n_support": n_support, "n_query": n_query}
    return sample_prior(family, n_tasks, **sizes, generator=generator)


@pytest.mark.parametrize("family", [smooth_functions, linear_functions, mixed_functions])
def test_tasks_have_their_shapes_and_both_classes_about_as_often(family):
    tasks = draw(family)
    assert [tuple(part.shape) for part in tasks] == [
        (200, 30, 2),
        (200, 30),
        (200, 20, 2),
        (200, 20),
    ]
    y = torch.cat([tasks.y_support, tasks.y_query], dim=1)
    assert y.dtype == torch.int64
    assert y.unique().tolist() == [0, 1]
    assert (y.double().mean(1) - 0.5).abs().max() < 0.3


def test_labels_follow_the_function_with_noise_at_its_border():
    seen = []

    def family(x, generator):
        seen.append((x, linear_functions(x, generator)))
        return seen[-1][1]

    tasks = draw(family)
    ((x, values),) = seen
    assert torch.equal(x, torch.cat([tasks.x_support, tasks.x_query], dim=1))
    height = values - values.median(dim=1, keepdim=True).values
    y = torch.cat([tasks.y_support, tasks.y_query], dim=1).bool()
    right = (y == (height > 0)).double()
    assert right[height.abs() > 0.5].mean() > 0.98
    assert 0.5 < right[height.abs() < 0.1].mean() < 0.75


def test_smooth_functions_are_those_of_a_gaussian_process():
    """Far apart values have nothing to do with each other, close ones are alike; variance 1."""
    x = torch.zeros(4000, 3, 2)
    x[:, 1, 0], x[:, 2, 0] = 0.2, 100.0
    values = smooth_functions(x, torch.Generator().manual_seed(0)).double()
    lengths = torch.linspace(*torch.tensor(LENGTHS).log(), 1000).exp().double()
    expected = torch.exp(-(0.2**2) / (2 * lengths**2)).mean().item()
    assert values.var().item() == pytest.approx(1, abs=0.08)
    assert (values[:, 0] * values[:, 1]).mean().item() == pytest.approx(expected, abs=0.08)
    assert (values[:, 0] * values[:, 2]).mean().item() == pytest.approx(0, abs=0.08)


def test_linear_functions_have_no_curvature():
    x = torch.randn(5, 1, 2, generator=torch.Generator().manual_seed(0)).expand(5, 3, 2)
    x = x * torch.tensor([1.0, 2.0, 3.0])[:, None]
    once, twice, thrice = linear_functions(x, torch.Generator().manual_seed(1)).T
    torch.testing.assert_close(twice, 2 * once)
    torch.testing.assert_close(thrice, 3 * once)


def test_of_mixed_functions_about_half_are_linear():
    x = torch.tensor([[0.0, 0.0], [1.0, 0.5], [2.0, 1.0]]).expand(400, 3, 2)
    at_zero, once, twice = mixed_functions(x, torch.Generator().manual_seed(0)).T
    linear = (at_zero == 0) & ((twice - 2 * once).abs() < 1e-5)
    assert 140 < linear.sum() < 260


def test_the_seed_decides_the_tasks():
    first, again, other = (draw(smooth_functions, 3, seed=seed) for seed in (0, 0, 1))
    assert all(map(torch.equal, first, again))
    assert not any(map(torch.equal, first, other))


def test_tasks_lie_on_the_device_of_the_generator(device):
    generator = torch.Generator(device).manual_seed(0)
    tasks = sample_prior(mixed_functions, 3, n_support=4, n_query=2, generator=generator)
    assert all(part.device.type == device.type for part in tasks)
