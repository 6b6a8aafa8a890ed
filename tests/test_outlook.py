"""The kernels of notebook 11b: rules, groups, and what tasks share."""

import pytest
import torch
from numpy.polynomial.hermite_e import hermegauss
from torch.func import jacrev, vmap

from metacourse import outlook
from metacourse.evaluation import confidence_interval
from metacourse.linear_regression import loss
from metacourse.tasks import planes


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


# ---- which method --------------------------------------------------------------------------------

RULES = [{"a": ("x",), "b": ("y", "z")}, {"b": ("z",)}, {}]


@pytest.mark.parametrize(
    ("a", "b", "number"), [("x", "y", 0), ("x", "z", 0), ("w", "z", 1), ("x", "w", 2)]
)
def test_the_first_rule_of_which_all_conditions_hold_is_taken(a, b, number):
    assert outlook.first_match(RULES, {"a": a, "b": b}) == number


def test_where_no_rule_holds_it_says_for_what():
    with pytest.raises(LookupError, match="'b': 'y'"):
        outlook.first_match(RULES[1:2], {"b": "y"})


# ---- who is served -------------------------------------------------------------------------------


def test_each_group_has_the_mean_and_the_interval_of_its_own_values():
    group = torch.tensor([0, 1, 1, 0, 0, 1, 1, 1])
    values = torch.randn(8, generator=seeded(), dtype=torch.float64)
    means, reaches = outlook.by_group(values, group, n_groups=2)
    for number in (0, 1):
        own = values[group == number]
        assert means[number] == pytest.approx(own.mean().item())
        assert reaches[number] == pytest.approx(1.96 * own.std().item() / len(own) ** 0.5)


def test_a_single_value_has_no_interval_and_an_empty_group_nothing():
    means, reaches = outlook.by_group(torch.tensor([3.0]), torch.tensor([0]), n_groups=2)
    assert means[0] == 3
    assert means[1].isnan()
    assert reaches.isnan().all()


def test_of_many_values_the_interval_is_that_of_the_course():
    values = torch.randn(2000, generator=seeded(), dtype=torch.float64)
    _, reaches = outlook.by_group(values, torch.zeros(2000, dtype=torch.long), n_groups=1)
    assert reaches.item() == pytest.approx(confidence_interval(values).half_width, rel=0.002)


def test_groups_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="values and group"):
        outlook.by_group(torch.zeros(3), torch.zeros(2, dtype=torch.long), n_groups=1)


# ---- how many tasks ------------------------------------------------------------------------------


def test_the_second_moments_are_those_that_the_docstring_says():
    """E y² xxᵀ = (‖θ‖² + σ²) I + 2 θθᵀ, by Gauss–Hermite quadrature in two dimensions."""
    nodes, weights = map(torch.tensor, hermegauss(8))
    x = torch.cartesian_prod(nodes, nodes)
    mass = torch.cartesian_prod(weights, weights).prod(1) / (2 * torch.pi)
    theta, noise = torch.tensor([0.7, -1.3], dtype=torch.float64), 0.3
    squared = (x @ theta).square() + noise  # the noise integrated out
    found = torch.einsum("n,n,nd,ne->de", mass, squared, x, x)
    expected = (theta @ theta + noise) * torch.eye(2) + 2 * theta.outer(theta)
    torch.testing.assert_close(found, expected)


def test_with_many_points_nothing_of_the_subspace_is_missed():
    basis = planes.sample_basis(seeded(1))
    x, y, _ = planes.sample_tasks(20_000, 20, basis, seeded(2))
    found = outlook.shared_subspace(x, y, rank=2)
    torch.testing.assert_close(found.mT @ found, torch.eye(2).double())
    assert outlook.left_out(basis, found) < 0.002


def test_which_point_belongs_to_which_task_does_not_matter():
    basis = planes.sample_basis(seeded(1))
    x, y, _ = planes.sample_tasks(6, 4, basis, seeded(2))
    found = outlook.shared_subspace(x, y, rank=2)
    mixed = outlook.shared_subspace(x.view(24, 1, 20), y.view(24, 1), rank=2)
    torch.testing.assert_close(found @ found.mT, mixed @ mixed.mT)


@pytest.mark.parametrize("rank", [0, 4])
def test_a_rank_that_there_is_not_is_refused(rank):
    with pytest.raises(ValueError, match="rank"):
        outlook.shared_subspace(torch.zeros(2, 5, 3), torch.zeros(2, 5), rank=rank)


def test_points_without_a_task_axis_are_refused():
    with pytest.raises(ValueError, match=r"\(B, S, D\)"):
        outlook.shared_subspace(torch.zeros(5, 3), torch.zeros(5), rank=1)


def test_nothing_is_missed_of_itself_and_all_of_what_is_orthogonal():
    eye = torch.eye(5).double()
    assert outlook.left_out(eye[:, :2], eye[:, :2]) == 0
    assert outlook.left_out(eye[:, :2], eye[:, 2:4]) == 1
    assert outlook.left_out(eye[:, :2], eye[:, 1:3]) == 0.5


def test_a_fit_in_a_subspace_has_no_slope_there_and_nothing_outside():
    basis = planes.sample_basis(seeded(1))
    x, y, _ = (part[0] for part in planes.sample_tasks(1, 8, basis, seeded(2)))
    theta = outlook.fit_in_subspace(x, y, basis)
    slope = jacrev(loss)(theta, x, y)
    assert (basis.mT @ slope).abs().max() < 1e-12
    torch.testing.assert_close(basis @ (basis.mT @ theta), theta)


def test_all_tasks_at_once_are_a_loop_over_tasks():
    basis = planes.sample_basis(seeded(1))
    x, y, _ = planes.sample_tasks(4, 8, basis, seeded(2))
    at_once = outlook.fit_in_subspace(x, y, basis)
    torch.testing.assert_close(
        at_once, vmap(lambda x, y: outlook.fit_in_subspace(x, y, basis))(x, y)
    )


@pytest.mark.parametrize("left", [0.0, 0.2])
def test_the_expected_error_is_the_mean_of_many_fits(left):
    basis = torch.eye(20).double()[:, :2]
    turn = torch.tensor(left**0.5).double().asin()
    found = turn.cos() * basis + turn.sin() * torch.eye(20).double()[:, 2:4]
    assert outlook.left_out(basis, found).item() == pytest.approx(left)
    x, y, theta = planes.sample_tasks(40_000, 8, basis, seeded(3))
    errors = (outlook.fit_in_subspace(x, y, found) - theta).square().sum(1)
    mean, reach = confidence_interval(errors)
    expected = outlook.expected_excess(left, n_shot=8, rank=2, noise=planes.NOISE)
    assert abs(mean - expected) < 2 * reach


def test_too_few_shots_have_no_finite_expectation():
    with pytest.raises(ValueError, match="rank \\+ 1 = 3"):
        outlook.expected_excess(0.1, n_shot=3, rank=2, noise=1.0)
