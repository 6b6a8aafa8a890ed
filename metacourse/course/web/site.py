"""The site: pages and recordings are written into a folder, of which Sphinx makes HTML."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import platformdirs

from metacourse.course.classroom import Unclear
from metacourse.course.edition import for_learners, ours
from metacourse.course.files import notebook_bytes, read_notebook
from metacourse.course.web import colab, contents, doors, recordings
from metacourse.course.web.doors import Doors
from metacourse.course.web.source import Wanted, write_source
from metacourse.places import named

NOT_NEEDED = "*.map", "objects.inv", ".buildinfo", "*webpack-macros.html"


LEARNERS = Wanted()


def cached() -> Path:
    """Where recordings are kept from one build to the next: METACOURSE_RECORDINGS, or the cache."""
    usual = platformdirs.user_cache_path("metacourse", appauthor=False) / "recordings"
    return named("METACOURSE_RECORDINGS", lambda: usual).resolve()


def build(
    target: Path,
    *,
    recorded: Path,
    wanted: Wanted = LEARNERS,
    names: set[str] | None = None,
    run: bool = True,
) -> Iterator[str]:
    """Build the site in `target`, with the recordings kept in `recorded`; yields what is done.

    Of the notebooks with these stems only, if `names` are given; then links may lead nowhere. With
    `run` off no notebook is run: a figure that has not been recorded stands still.
    Raises Unclear where `target` holds something else, an address is none, a notebook fails or
    Sphinx complains, and OSError where nothing can be written; an older site then stays.
    """
    check(target, wanted)
    paths = contents.notebooks(names)
    target.parent.mkdir(parents=True, exist_ok=True)
    if run:
        yield from recordings.record_all(paths, recorded)
    with TemporaryDirectory(dir=target.parent, prefix=".metacourse-web-") as scratch:
        source, made = Path(scratch, "source"), Path(scratch, "made")
        yield f"Pages of {len(paths)} notebooks are made, which takes half a minute"
        write_source(source, paths, recorded, wanted)
        run_sphinx(source, made, strict=names is None)
        finish(made, paths, wanted.doors)
        put(made, target, aside=Path(scratch, "older"))
    yield f"The web edition is in {target}: open {target / 'index.html'}"


def check(target: Path, wanted: Wanted) -> None:
    """Raise Unclear where no site of this kind can be put."""
    doors.check(wanted.doors, wanted.base_url)
    if not may_be_replaced(target):
        raise Unclear(f"{target} holds something else than a web edition: choose another --folder")
    if target.is_mount():
        raise Unclear(f"a disk begins at {target}: choose a --folder inside, as {target / 'site'}")


def may_be_replaced(target: Path) -> bool:
    """Whether a folder is not there, empty, or an older site."""
    if not target.exists():
        return True
    return target.is_dir() and (not any(target.iterdir()) or (target / "_static/live.js").exists())


def put(made: Path, target: Path, *, aside: Path) -> None:
    """Put a site in the place of the older one, which is whole until then."""
    if target.exists():
        os.replace(target, aside)
    os.replace(made, target)


def run_sphinx(source: Path, made: Path, *, strict: bool) -> None:
    """Make HTML of the pages; with `strict`, a warning is an error."""
    command = [sys.executable, "-m", "sphinx", "-q", "-j", "auto", "-d", str(source / ".doctrees")]
    command += ["-W", "--keep-going"] if strict else []
    if subprocess.run([*command, str(source), str(made)]).returncode:
        raise Unclear("the pages could not be made: the lines above say which and why")


def finish(made: Path, paths: list[Path], ways: Doors) -> None:
    """Add the notebooks to download and those for Colab, take away what no page asks for."""
    files = {
        f"{doors.FOLDER}/{path.name}": notebook_bytes(
            for_learners(read_notebook(path.read_bytes()))
        )
        for path in paths
    }
    files |= {doors.FLASHCARDS: (ours() / doors.FLASHCARDS).read_bytes()}
    if ways.repository:
        files |= {f"{doors.COPIES}/{name}": data for name, data in colab.copies(ways).items()}
    for name, data in files.items():
        (made / name).parent.mkdir(exist_ok=True)
        (made / name).write_bytes(data)
    for pattern in NOT_NEEDED:
        for path in made.rglob(pattern):
            path.unlink()
    for folder in ("_sources", "_static/locales"):
        shutil.rmtree(made / folder, ignore_errors=True)
    (made / ".nojekyll").touch()  # GitHub would leave out folders that begin with _
