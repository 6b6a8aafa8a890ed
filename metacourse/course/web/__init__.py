"""The web edition: the whole course as static pages, from the committed notebooks.

    recordings   a notebook is run once, and its live figures are taken down
    pages        a notebook becomes a page: what a reader without a kernel should see of each cell
    forms        what a reader answers: quizzes, predictions, exercises
    folds        what a page has under a line to open it by; details, how Sphinx writes such lines
    links        to headings of other notebooks and to programs
    doors        ways from a page to a notebook that runs
    kernels      programs as pages
    contents     the order of the pages, and the table of them
    strings      what the site says in its own name, by language
    wording      what a notebook says to who runs it, in the words of a page
    landing      pages that no notebook is the source of
    terms        words of the glossary, linked
    formulas     formulas that a narrow page can break
    card         the picture of previews
    source       all that Sphinx reads
    site         Sphinx makes the site of that
    extension    what is done to every page on the way

What runs in the page is in `static/`; what Sphinx needs to know, in `sphinx/`.
"""

from importlib.util import find_spec
from pathlib import Path

PACKAGES = "sphinx", "myst_nb", "sphinx_book_theme", "nbclient"
REQUIREMENTS = Path(__file__).parent / "requirements.txt"
HOW_TO_GET_IT = (
    "the web edition is made with packages of its own; this line installs them:\n"
    f'python -m pip install -r "{REQUIREMENTS}"'
)


def is_installed() -> bool:
    """Whether all that makes the pages is there."""
    return all(find_spec(name) for name in PACKAGES)
