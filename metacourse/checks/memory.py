"""What a cell has freed goes back to the machine, which other kernels may need it on.

The C library keeps it: after a training some hundred MB, in pieces between what is still in use.
"""

import ctypes
from contextlib import suppress

from IPython import get_ipython

from metacourse.checks import panel


def give_back(*_) -> None:
    """Give freed memory back, where the C library can: glibc."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def give_back_after_cells() -> None:
    """In a notebook, do so whenever a cell has run; it takes milliseconds."""
    if panel.in_notebook():
        get_ipython().events.register("post_run_cell", give_back)
