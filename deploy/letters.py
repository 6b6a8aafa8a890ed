"""Draw all letters once, for all learners: METACOURSE_CACHE=FOLDER python letters.py

Takes half a minute. Afterwards the folder may be read-only.
"""

from metacourse.tasks.glyphs import SPLITS, load_glyphs
from metacourse.tasks.omniglot import OmniglotMissing, load_omniglot
from metacourse.tasks.pens import load_written


def main() -> None:
    for split in SPLITS:
        print(f"letters to {split}: {len(load_glyphs(split).images)} printed", flush=True)
        print(f"letters to {split}: {len(load_written(split).images)} redrawn", flush=True)
    try:
        print(f"handwriting: {len(load_omniglot('small').images)} characters")
    except OmniglotMissing as error:
        print(f"without handwriting, chapters go on with printed letters: {error}")


if __name__ == "__main__":
    main()
