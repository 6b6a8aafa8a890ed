from math import pi

import pytest
import torch

from metacourse.tasks.sinusoids import (
    SHIFTED_AMPLITUDES,
    SHIFTED_PHASES,
    sample_one_sided,
    sample_sinusoids,
)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def waves(x, y):
    """Amplitude and phase of each task: least squares on A cos φ · sin x + A sin φ · cos x."""
    sine, cosine = torch.linalg.lstsq(torch.cat([x.sin(), x.cos()], 2), y).solution.unbind(1)
    return torch.hypot(sine, cosine).squeeze(1), torch.atan2(cosine, sine).squeeze(1)


def test_shapes_follow_shots_and_queries():
    episode = sample_sinusoids(4, n_shot=3, n_query=5, generator=generator())
    assert [tuple(part.shape) for part in episode] == [(4, 3, 1), (4, 3, 1), (4, 5, 1), (4, 5, 1)]


def test_support_and_query_lie_on_one_sinusoid():
    episode = sample_sinusoids(50, n_shot=10, generator=generator()).to(torch.float64)
    amplitude, phase = waves(episode.x_support, episode.y_support)
    y = amplitude[:, None, None] * torch.sin(episode.x_query + phase[:, None, None])
    torch.testing.assert_close(y, episode.y_query, atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("ranges", "amplitudes", "phases"),
    [
        ({}, (0.1, 5.0), (0.0, pi)),
        (
            {"amplitudes": SHIFTED_AMPLITUDES, "phases": SHIFTED_PHASES},
            SHIFTED_AMPLITUDES,
            SHIFTED_PHASES,
        ),
    ],
)
def test_amplitude_phase_and_input_are_uniform(ranges, amplitudes, phases):
    episode = sample_sinusoids(4000, n_shot=10, **ranges, generator=generator()).to(torch.float64)
    amplitude, phase = waves(episode.x_support, episode.y_support)
    drawn = (amplitude, amplitudes), (phase % (2 * pi), phases), (episode.x_query, (-5.0, 5.0))
    for values, (low, high) in drawn:
        shares = torch.quantile(
            (values.flatten() - low) / (high - low),
            torch.tensor([0.01, 0.25, 0.5, 0.75, 0.99], dtype=torch.float64),
        )
        expected = torch.tensor([0.01, 0.25, 0.5, 0.75, 0.99], dtype=torch.float64)
        torch.testing.assert_close(shares, expected, atol=0.03, rtol=0)


def test_the_seed_decides_the_tasks():
    first, again, other = (sample_sinusoids(2, n_shot=5, generator=generator(s)) for s in (0, 0, 1))
    assert torch.equal(first.x_support, again.x_support)
    assert not torch.equal(first.x_support, other.x_support)


def test_the_generator_decides_the_device(device):
    here = torch.Generator(device=device).manual_seed(0)
    episode = sample_sinusoids(2, n_shot=5, generator=here)
    assert {part.device.type for part in episode} == {device.type}


def test_one_sided_tasks_ask_on_the_right_about_what_they_show_on_the_left():
    episode = sample_one_sided(50, n_shot=10, generator=generator()).to(torch.float64)
    assert episode.x_support.max() <= 0 <= episode.x_query.min()
    amplitude, phase = waves(episode.x_support, episode.y_support)
    y = amplitude[:, None, None] * torch.sin(episode.x_query + phase[:, None, None])
    torch.testing.assert_close(y, episode.y_query, atol=1e-3, rtol=0)
