"""Where the course is published: a repository on GitHub, and the addresses that follow from it."""

from typing import NamedTuple

COPIES = "colab"  # the folder of the site in which Colab's copies lie
SITE = "gh-pages"  # the branch that GitHub shows as pages
COURSE = "course"  # the folder of a learner's copy on Binder, as binder/postBuild names it


class Repository(NamedTuple):
    """OWNER/NAME, and the branch or tag whose package goes with the site."""

    name: str
    branch: str = "main"


def archive(repository: Repository) -> str:
    """The address from which pip installs the course."""
    return f"https://github.com/{repository.name}/archive/{repository.branch}.zip"


def program(repository: Repository, path: str) -> str:
    """The address at which a program of the package can be read: "maml.py"."""
    return f"https://github.com/{repository.name}/blob/{repository.branch}/metacourse/{path}"


def on_colab(repository: Repository, notebook: str) -> str:
    """The address that opens Colab's copy of a notebook: "02a_the_factor.ipynb"."""
    github = "https://colab.research.google.com/github"
    return f"{github}/{repository.name}/blob/{SITE}/{COPIES}/{notebook}"


def on_binder(repository: Repository, notebook: str) -> str:
    """The address that starts a server on Binder and opens a learner's notebook there."""
    server = f"https://mybinder.org/v2/gh/{repository.name}/{repository.branch}"
    return f"{server}?urlpath=lab/tree/{COURSE}/{notebook}"
