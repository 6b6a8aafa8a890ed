"""nbgrader's feedback pages without a network: formulas become MathML, which browsers know."""

import re
from pathlib import Path
from typing import Any

import nbgrader
from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

TEMPLATES = Path(__file__).with_name("templates")  # the page of nbgrader's own, without MathJax
SIZES = re.compile(r"\\[bB]igg?[lr]?(?![a-zA-Z])")  # MathML makes brackets as large as they must be
OF_NBGRADER = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"


class Renderer(IPythonRenderer):
    """Markdown as HTML, with formulas as MathML."""

    def inline_math(self, body: str) -> str:
        return formula(body, "inline")

    def block_math(self, body: str) -> str:
        return formula(body, "block")


def formula(body: str, display: str) -> str:
    """A formula as MathML; what cannot be translated stays as it was written."""
    try:
        return convert(SIZES.sub("", body), display=display)
    except Exception:  # whatever a learner writes into a cell
        return f"<code>{IPythonRenderer().escape_html(body)}</code>"


def markdown2html(source: str) -> str:
    return MarkdownWithMath(Renderer(escape=False, exclude_anchor_links=True)).render(source)


def readable_offline(config: Any) -> None:
    """Set what nbgrader makes feedback with, in its configuration."""
    config.HTMLExporter.filters = {"markdown2html": f"{__name__}.markdown2html"}
    config.HTMLExporter.template_name = "homework"
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES), str(OF_NBGRADER)]
