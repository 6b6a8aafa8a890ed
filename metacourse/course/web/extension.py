"""What Sphinx does to every page of the web edition, beside what its theme does."""

from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from metacourse.course.web import card, formulas, strings, terms

WITHOUT_TERMS = "index", "progress", "glossary"
LONGEST = 300  # letters of a description that search engines show
# Where a browser forbids to keep anything, whoever asks for what is kept would stop with an error.
FORGETS = (
    "<script>try { localStorage } catch { Object.defineProperty(window, 'localStorage', { value: "
    "{ getItem: () => null, setItem() {}, removeItem() {}, forgets: true } }) }</script>"
)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", link_terms)
    app.connect("doctree-read", fit_formulas)
    app.connect("html-page-context", describe)
    app.connect("build-finished", write_sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def link_terms(app: Sphinx, tree: nodes.document) -> None:
    """Link the words of the glossary, in the pages of notebooks, and let the search know them."""
    name = app.env.docname
    tree.append(terms.entries(name))
    if "/" not in name and name not in WITHOUT_TERMS:
        terms.link(tree, name)


def fit_formulas(app: Sphinx, tree: nodes.document) -> None:
    """Let a narrow page break formulas, and only where they may be."""
    formulas.fit(tree)


def describe(app: Sphinx, name: str, template: str, context: dict, tree) -> None:
    """Add what search engines and previews show of a page."""
    said = strings.load()["site"]
    told = first_paragraph(tree) or said["description"]
    title = f"{(tree and tree.next_node(nodes.title).astext()) or context.get('title', '')}"
    metas = [FORGETS, meta("name", "description", told)]
    if base := app.config.html_baseurl:
        address = f"{base.rstrip('/')}/"
        page = {"title": title, "description": told, "type": "article", "site_name": said["title"]}
        page |= {"url": f"{address}{name}.html", "image": f"{address}_static/{card.NAME}"}
        page |= {"image:alt": said["card"]}
        metas += [meta("property", f"og:{key}", value) for key, value in page.items()]
        metas.append(meta("name", "twitter:card", "summary_large_image"))
    context["metatags"] = "\n".join([context.get("metatags", ""), *metas])


def meta(kind: str, key: str, value: str) -> str:
    return f'<meta {kind}="{key}" content="{escape(value)}">'


def first_paragraph(tree: nodes.document | None) -> str:
    """The words of a page's first paragraph, cut after a word where they are many."""
    found = tree.next_node(nodes.paragraph) if tree else None
    text = " ".join(found.astext().split()) if found else ""
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rpartition(' ')[0]} …"


def write_sitemap(app: Sphinx, error: Exception | None) -> None:
    """List all pages for search engines, if it is known where they will be."""
    base = app.config.html_baseurl.rstrip("/")
    if error or not base:
        return
    urls = "".join(
        f"<url><loc>{escape(base)}/{name}.html</loc></url>" for name in sorted(app.env.found_docs)
    )
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>\n'
    )
    Path(app.outdir, "sitemap.xml").write_text(text, encoding="utf-8")
