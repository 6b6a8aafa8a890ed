"""For Sphinx: what myst-nb folds of a program opens by the line that the page gives it.

(myst-nb's own line has a label that says "Toggle hidden content", whatever is folded.)
"""

from html import escape


def setup(app) -> dict:
    from myst_nb.sphinx_ import HideCodeCellNode

    app.add_node(HideCodeCellNode, override=True, html=(opened, closed))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def opened(translator, node) -> None:
    summary = f"<summary>{escape(node['prompt_show'])}</summary>"
    translator.body.append(f'<details class="metacourse-fold">{summary}\n')


def closed(translator, node) -> None:
    translator.body.append("</details>\n")
