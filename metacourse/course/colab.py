"""What a notebook on Colab calls once the course is installed there."""

import os
import shutil
from pathlib import Path

from metacourse.checks import store
from metacourse.places import replacing

DRIVE = Path("/content/drive/MyDrive")  # where Colab shows its user's Google Drive
ELSEWHERE = "This is not Colab: nothing had to be made ready."
READY = "Ready: the figures move."
NO_DRIVE = (
    "Your progress goes with this machine. To keep it in your Drive, run "
    'from google.colab import drive; drive.mount("/content/drive") and then this cell again.'
)


def ready() -> None:
    """Make Colab ready for the course, and say so in a line; elsewhere do nothing."""
    try:
        from google.colab import output
    except ImportError:
        print(ELSEWHERE)
        return
    output.enable_custom_widget_manager()
    print(READY, keep_progress())


def keep_progress() -> str:
    """Keep the learner's progress in their Drive if it is there; say in a sentence where it is."""
    if not os.environ.get("METACOURSE_PROGRESS"):
        if not DRIVE.is_dir():
            return NO_DRIVE
        move(DRIVE / "metacourse" / "progress.json")
    return f"Your progress is kept in {store.path()}."


def move(target: Path) -> None:
    """Name the file as the one for progress; what was done before goes along if it is new."""
    before = store.path()
    if before.exists() and not target.exists():
        with replacing(target) as unfinished:
            shutil.copyfile(before, unfinished)
    os.environ["METACOURSE_PROGRESS"] = str(target)
