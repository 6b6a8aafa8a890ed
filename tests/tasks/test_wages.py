"""tasks.wages: what 545 men earned in eight years."""

import torch

from metacourse.tasks.wages import YEARS, load_wages


def test_every_man_has_a_wage_in_every_year():
    wages = load_wages()
    assert wages.shape == (545, len(YEARS))
    assert wages.isfinite().all()
    assert wages.dtype == torch.float64


def test_the_means_by_year_are_those_that_were_published():
    """Of log hourly wages: 1.393 in 1980, 1.866 in 1987 (Vella & Verbeek 1998)."""
    means = load_wages().mean(0)
    torch.testing.assert_close(
        means[[0, -1]], torch.tensor([1.393, 1.866]).double(), rtol=0, atol=1e-3
    )
    assert (means.diff() > 0).all()
