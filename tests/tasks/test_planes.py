"""Linear tasks that share a subspace."""

import pytest
import torch

from metacourse.tasks import planes


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_basis_is_orthonormal():
    basis = planes.sample_basis(seeded())
    assert basis.shape == (planes.N_FEATURES, planes.RANK)
    torch.testing.assert_close(basis.mT @ basis, torch.eye(planes.RANK).double())


def test_every_task_lies_in_the_subspace_and_has_length_1_on_average():
    basis = planes.sample_basis(seeded(1))
    x, y, theta = planes.sample_tasks(5000, 3, basis, seeded(2))
    assert x.shape == (5000, 3, planes.N_FEATURES)
    assert y.shape == (5000, 3)
    torch.testing.assert_close(theta @ basis @ basis.mT, theta)
    assert theta.square().sum(1).mean().item() == pytest.approx(1, abs=0.06)


def test_labels_have_the_noise_that_is_stated():
    basis = planes.sample_basis(seeded(1))
    x, y, theta = planes.sample_tasks(5000, 3, basis, seeded(2))
    noise = y - (x @ theta[..., None])[..., 0]
    assert noise.var().item() == pytest.approx(planes.NOISE, rel=0.05)


def test_the_same_seed_gives_the_same_tasks():
    basis = planes.sample_basis(seeded(1))
    one, other = (planes.sample_tasks(3, 2, basis, seeded(4)) for _ in range(2))
    assert all(torch.equal(*both) for both in zip(one, other, strict=True))
