import pytest
import torch

from metacourse.tasks.lines import (
    sample_lines,
    sample_lines_with_covariances,
    sample_normal_lines,
)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def fitted(x, y):
    return torch.linalg.lstsq(x, y[:, :, None]).solution.squeeze(2)


MEAN, COV = torch.tensor([1.0, 0.5]), torch.tensor([[0.25, 0.175], [0.175, 0.145]])


def normal_lines(n_tasks, **how):
    return sample_normal_lines(n_tasks, mean=MEAN, cov=COV, **how)


@pytest.mark.parametrize("sample", [sample_lines, sample_lines_with_covariances, normal_lines])
def test_shapes_follow_shots_and_queries(sample):
    episode = sample(4, n_shot=3, n_query=5, generator=generator())
    assert [tuple(tensor.shape) for tensor in episode] == [(4, 3, 2), (4, 3), (4, 5, 2), (4, 5)]


@pytest.mark.parametrize("sample", [sample_lines, sample_lines_with_covariances, normal_lines])
def test_support_and_query_lie_on_one_line_when_there_is_no_noise(sample):
    episode = sample(50, noise=0.0, generator=generator()).to(torch.float64)
    theta = fitted(episode.x_support, episode.y_support)
    predicted = (episode.x_query @ theta[:, :, None]).squeeze(2)
    torch.testing.assert_close(predicted, episode.y_query, atol=1e-5, rtol=0)


def test_slopes_intercepts_and_inputs_are_uniform_between_minus_1_and_1():
    episode = sample_lines(4000, noise=0.0, generator=generator())
    theta = fitted(episode.x_support, episode.y_support)
    for values in (theta[:, 0], theta[:, 1], episode.x_support[..., 0].flatten()):
        quantiles = torch.quantile(values, torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0]))
        expected = torch.tensor([-1.0, -0.5, 0.0, 0.5, 1.0])
        torch.testing.assert_close(quantiles, expected, atol=0.05, rtol=0)


def test_the_noise_has_the_standard_deviation_asked_for():
    noisy = sample_lines(2000, noise=0.3, generator=generator())
    clean = sample_lines(2000, noise=0.0, generator=generator())
    assert (noisy.y_query - clean.y_query).std().item() == pytest.approx(0.3, rel=0.03)


def test_the_second_column_of_the_inputs_is_one():
    assert (sample_lines(3, generator=generator()).x_query[..., 1] == 1).all()


def test_inputs_are_the_wider_the_larger_the_slope():
    episode = sample_lines_with_covariances(500, n_shot=400, noise=0.0, generator=generator())
    slope = fitted(episode.x_support, episode.y_support)[:, 0]
    width = episode.x_support[..., 0].abs().amax(dim=1)
    torch.testing.assert_close(width, 2.0**slope, rtol=0.05, atol=0)


def test_a_spread_of_1_gives_the_plain_lines():
    plain = sample_lines(3, generator=generator())
    same = sample_lines_with_covariances(3, spread=1.0, generator=generator())
    assert all(torch.equal(a, b) for a, b in zip(plain, same, strict=True))


def test_different_covariances_part_the_maml_optimum_from_the_joint_one():
    """Both objectives are least squares in θ: min Σ‖A θ − c‖², A = X (joint) or X_q (I − αH)."""
    episode = sample_lines_with_covariances(2000, generator=generator()).to(torch.float64)
    x, y, x_query, y_query = episode
    shrink = torch.eye(2) - 0.4 * 2 / x.shape[1] * x.mT @ x
    shift = 0.4 * 2 / x.shape[1] * x.mT @ y[:, :, None]
    a, c = x_query @ shrink, y_query[:, :, None] - x_query @ shift
    maml = torch.linalg.lstsq(a.flatten(0, 1), c.flatten(0, 1)).solution
    joint = torch.linalg.lstsq(x_query.flatten(0, 1), y_query.flatten()[:, None]).solution
    assert (joint - maml)[0].item() > 0.3


def test_normal_lines_have_the_mean_and_the_covariance_asked_for():
    n_tasks = 4000
    episode = normal_lines(n_tasks, noise=0.0, generator=generator())
    theta = fitted(*episode[:2])
    assert ((theta.mean(0) - MEAN).abs() < 5 * (COV.diagonal() / n_tasks).sqrt()).all()
    torch.testing.assert_close(torch.cov(theta.T), COV, atol=0.03, rtol=0)


def test_tasks_come_in_the_order_of_their_means_and_widths():
    mean = torch.tensor([[0.0, 0.0], [50.0, 0.0], [100.0, 0.0]])
    how = {"width": torch.tensor([1.0, 2.0, 3.0]), "noise": 0.0, "generator": generator()}
    episode = sample_normal_lines(3, mean=mean, cov=COV, n_shot=400, **how)
    slope = fitted(*episode[:2])[:, 0]
    assert ((slope - mean[:, 0]).abs() < 5 * COV[0, 0].sqrt()).all()
    reach = episode.x_support[..., 0].abs().amax(dim=1)
    torch.testing.assert_close(reach, how["width"], rtol=0.05, atol=0)


@pytest.mark.parametrize(
    ("mean", "cov", "width", "message"),
    [
        ((3,), (2, 2), (), r"mean must be \(2,\) or \(5, 2\), got \(3,\)"),
        ((4, 2), (2, 2), (), r"mean must be \(2,\) or \(5, 2\), got \(4, 2\)"),
        ((2,), (2,), (), r"cov must be \(2, 2\), got \(2,\)"),
        ((2,), (2, 2), (4,), r"width must be \(\) or \(5,\), got \(4,\)"),
    ],
)
def test_a_stream_of_normal_lines_says_what_does_not_fit(mean, cov, width, message):
    parts = {"mean": torch.zeros(mean), "cov": torch.ones(cov), "width": torch.ones(width)}
    with pytest.raises(ValueError, match=message):
        sample_normal_lines(5, **parts, generator=generator())


def test_the_same_seed_gives_the_same_tasks():
    first, again = (sample_lines(3, generator=generator(7)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
