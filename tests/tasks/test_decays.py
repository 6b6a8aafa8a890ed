import torch

from metacourse.tasks.decays import HEIGHTS, LIFETIMES, TIMES, sample_decays


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_shapes_follow_shots_and_queries():
    episode = sample_decays(generator(), 4, 3, 5)
    assert [tuple(part.shape) for part in episode] == [(4, 3, 1), (4, 3, 1), (4, 5, 1), (4, 5, 1)]


def test_support_and_query_lie_on_one_decay_of_the_family():
    """log y = log A − x/τ is a line: found from the support points, it must give the queries."""
    x, y, x_query, y_query = sample_decays(generator(), 50, 10, 10).to(torch.float64)
    ones = torch.ones_like(x)
    line = torch.linalg.lstsq(torch.cat([ones, -x], 2), y.log()).solution  # (50, 2, 1)
    height, rate = line[:, :1].exp(), line[:, 1:]
    torch.testing.assert_close(height * torch.exp(-rate * x_query), y_query, atol=1e-4, rtol=1e-3)
    assert HEIGHTS[0] - 1e-3 < height.min() < height.max() < HEIGHTS[1] + 1e-3
    assert LIFETIMES[0] - 1e-3 < (1 / rate).min() < (1 / rate).max() < LIFETIMES[1] + 1e-3
    assert TIMES[0] <= x.min() < x.max() <= TIMES[1]


def test_tasks_come_from_the_generator():
    assert all(map(torch.equal, sample_decays(generator(1)), sample_decays(generator(1))))
    assert not torch.equal(sample_decays(generator(1))[1], sample_decays(generator(2))[1])
