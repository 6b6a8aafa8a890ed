"""The layers of notebook 08a that are trained with a mask or without, and on uneven inputs."""

import pytest
import torch

from metacourse.experiments import one_layer
from metacourse.experiments.gradient_layer import sample_tasks


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_points_of_even_length_stay_on_their_linear_function():
    x, y = one_layer.even_length(sample_tasks(5, 3, seeded(0)))
    assert (x.shape, y.shape) == ((3, 11, 5), (3, 11, 1))
    torch.testing.assert_close(x.norm(dim=-1), torch.full((3, 11), 5**0.5).double())
    weights = torch.linalg.lstsq(x, y).solution
    torch.testing.assert_close(x @ weights, y)


def test_uneven_inputs_have_the_widths_and_labels_of_even_ones():
    tasks = one_layer.uneven(2000, seeded(1))
    even = sample_tasks(5, 2000, seeded(1))
    assert torch.equal(tasks.y_query, even.y_query)
    found = tasks.x_support.flatten(0, 1).std(dim=0)
    assert found.tolist() == pytest.approx(one_layer.WIDTHS.tolist(), rel=0.05)


def test_with_a_mask_no_point_answers_with_its_own_label():
    x, y = one_layer.even_length(sample_tasks(5, 1, seeded(2)))
    params = {"W": 5 * torch.eye(5).double(), "scale": torch.ones(1).double()}
    mask = ~torch.eye(11, dtype=torch.bool)
    jacobian = torch.func.jacrev(lambda labels: one_layer.says(params, x, x, labels, mask))(y)
    assert (jacobian[0, :, 0, 0, :, 0].diagonal() == 0).all()
    open_ = torch.func.jacrev(lambda labels: one_layer.says(params, x, x, labels))(y)
    assert (open_[0, :, 0, 0, :, 0].diagonal() > 0.5).all()
