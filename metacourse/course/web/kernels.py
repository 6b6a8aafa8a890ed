"""The programs of the course as pages, to be read beside the chapters."""

import ast

from metacourse.course.edition import PACKAGE, kernels
from metacourse.course.web import strings


def names(linked: set[str]) -> list[str]:
    """All kernels, and what else the pages link to: "maml", "experiments/small_letters"."""
    own = {name.removeprefix("kernels/").removesuffix(".py") for name in kernels()}
    return sorted(own | linked)


def about(source: str) -> str:
    """The first sentence of a program's docstring, or "" without one."""
    told = ast.get_docstring(ast.parse(source)) or ""
    return " ".join(told.split("\n\n")[0].split())


def source_of(name: str) -> str:
    return (PACKAGE / f"{name}.py").read_text(encoding="utf-8")


def page(name: str) -> str:
    """A program with its lines coloured, in Markdown."""
    source, said = source_of(name), strings.load()["site"]
    more = f"[{said['kernels']}](/kernels/index.md)"
    return (
        "---\norphan: true\n---\n\n"
        f"# {name}.py\n\n{about(source)}\n\n```python\n{source}```\n\n{more}\n"
    )


def contents(found: list[str]) -> str:
    """The page that lists them."""
    listed = "\n".join(f"- [{name}.py]({name}.md): {about(source_of(name))}" for name in found)
    return f"{strings.prose('kernels')}\n{listed}\n"
