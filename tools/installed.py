"""Exit with 0 if every installed package is whole and the course is this folder's."""

import csv
import sys
from importlib import metadata
from pathlib import Path


def is_complete(distribution: metadata.Distribution) -> bool:
    """Whether the package lists its files and they exist, compiled ones aside."""
    rows = csv.reader((distribution.read_text("RECORD") or "").splitlines())
    files = [row[0] for row in rows if not row[0].endswith(".pyc")]
    return bool(files) and all(Path(distribution.locate_file(file)).exists() for file in files)


def is_here(repository: Path) -> bool:
    """Whether `import metacourse` finds the folder that this file belongs to."""
    import metacourse

    return Path(metacourse.__file__).parents[1] == repository


if __name__ == "__main__":
    repository = Path(__file__).resolve().parents[1]
    complete = all(is_complete(distribution) for distribution in metadata.distributions())
    sys.exit(not (complete and is_here(repository)))
