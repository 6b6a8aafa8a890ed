"""How large the package and the repository are, as committed."""

import subprocess
from collections.abc import Iterator

from tools.notebooks import REPOSITORY


def measure() -> Iterator[tuple[str, str, str]]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, check=True
    ).stdout.decode()
    sizes = {
        name: (REPOSITORY / name).stat().st_size
        for name in filter(None, listed.split("\0"))
        if (REPOSITORY / name).is_file()
    }
    package = sum(size for name, size in sizes.items() if name.startswith("metacourse/"))
    yield "package", f"{package / 1e6:.2f} MB", "< 5 MB"
    yield "repository", f"{sum(sizes.values()) / 1e6:.2f} MB", "< 5 MB"
