"""Links of the notebooks, as the pages have them: to headings, and to programs of the package."""

import re
from urllib.parse import unquote

PROGRAM = re.compile(r"\]\((?:kernels|\.\./metacourse)/(?P<module>[\w/]+)\.py\)")
HEADING = re.compile(r"\]\((?:<#(?P<here>[^>]+)>|(?P<page>\w+\.ipynb)#(?P<there>[^\s)]+))\)")


def anchor(heading: str) -> str:
    """The name of a heading in links: the same of "1 · Play first (8 min)" and of what JupyterLab
    makes of it, "1-·-Play-first-(8-min)"."""
    return re.sub(r"[\W_]+", "-", heading).strip("-").lower()


def of_pages(text: str) -> str:
    """A text in which links to headings and to programs lead to those of the pages."""
    text = PROGRAM.sub(r"](kernels/\g<module>.md)", text)
    return HEADING.sub(to_heading, text)


def to_heading(found: re.Match) -> str:
    heading = unquote(found["here"] or found["there"])
    return f"]({found['page'] or ''}#{anchor(heading)})"


def programs(text: str) -> set[str]:
    """The programs of the package to which a text links: "maml", "experiments/small_letters"."""
    return {found["module"] for found in PROGRAM.finditer(text)}
