"""What learners hand in to nbgrader, made ready to be graded."""

from typing import Any

from nbgrader import preprocessors
from nbgrader.preprocessors import DeduplicateIds


class Once(DeduplicateIds):
    """Of cells with the same name the last one is graded; the others are plain cells."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        nb, resources = super().preprocess(nb, resources)
        for cell in nb.cells:
            if cell.metadata.get("nbgrader") == {}:  # OverwriteCells would ask it for its name
                del cell.metadata["nbgrader"]
        return nb, resources


def each_cell_once(config: Any) -> None:
    """Set what nbgrader does to a notebook before it runs it, in its configuration."""
    config.Autograde.sanitize_preprocessors = [
        preprocessors.ClearOutput,
        Once,
        preprocessors.OverwriteKernelspec,
        preprocessors.OverwriteCells,
        preprocessors.CheckCellMetadata,
    ]
