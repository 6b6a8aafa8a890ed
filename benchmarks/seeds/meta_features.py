"""Notebook 06d: 200 small data sets, their descriptions, and what eight algorithms make of them.
The seed is the number of the data set; its source is that of `choosing.SOURCES` in turn."""

from collections.abc import Iterator

from metacourse.experiments import choosing
from metacourse.hyperparameters import META_FEATURES
from metacourse.seeds import Run

FEATURES, NEW, VALIDATED = "features", "share of new rows named rightly", "3-fold cross-validation"


def runs() -> Iterator[Run]:
    for number, (_, small) in enumerate(choosing.small_sets(200)):
        found = choosing.measured(small)
        for name, value in zip(META_FEATURES, found["features"], strict=True):
            yield Run(FEATURES, name, number, value)
        for name, value in found["new rows"].items():
            yield Run(NEW, name, number, value)
        for name, value in found["validated"].items():
            yield Run(VALIDATED, name, number, value)
