"""Markdown as one HTML file that needs nothing else: to be read, and to be printed."""

import base64
import html
import io
from pathlib import Path

STYLE = Path(__file__).with_name("printed.css")
SIZE = 10  # points of a formula


def page(text: str, title: str) -> str:
    """The page; each heading of the second level begins a sheet of paper."""
    from mistune import create_markdown

    markdown = create_markdown(escape=True, plugins=["table", "math"])
    markdown.renderer.register("inline_math", lambda renderer, latex: formula(latex))
    style, body = STYLE.read_text(encoding="utf-8"), markdown(text)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{style}</style></head>\n"
        f"<body>\n{body}</body></html>\n"
    )


def formula(latex: str) -> str:
    """A formula as a picture. Raises ValueError for what matplotlib cannot set."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import math_to_image

    file = io.BytesIO()
    font = FontProperties(size=SIZE, math_fontfamily="stix")
    depth = math_to_image(f"${latex}$", file, prop=font, format="svg")
    data = base64.b64encode(file.getvalue()).decode()
    return (
        f'<img alt="{html.escape(latex)}" style="vertical-align:-{depth:g}pt" '
        f'src="data:image/svg+xml;base64,{data}">'
    )
