"""How long a kernel takes to import once torch is there."""

import statistics
import subprocess
import sys
from collections.abc import Iterator

SCRIPT = """
import time, torch
start = time.perf_counter()
import metacourse.{module}
print(time.perf_counter() - start)
"""


def measure(n_runs: int = 5) -> Iterator[tuple[str, str, str]]:
    for module in ("linear_regression", "concepts"):
        command = [sys.executable, "-c", SCRIPT.format(module=module)]
        runs = [
            float(subprocess.run(command, capture_output=True, check=True).stdout)
            for _ in range(n_runs)
        ]
        milliseconds = 1000 * statistics.median(runs)
        yield f"import metacourse.{module} over torch", f"{milliseconds:.1f} ms", "< 200 ms"
