"""What Sphinx needs to know; the pages themselves are written by `metacourse.course.web.site`."""

import json
from pathlib import Path

from metacourse.course.web import strings

here = Path(__file__).parent
static = here / "_static"
wanted = json.loads((here / "wanted.json").read_text(encoding="utf-8"))
said = strings.load()["site"]

project = html_title = said["title"]
author = "the authors of metacourse"
language = strings.LANGUAGE
extensions = [
    "myst_nb",
    "metacourse.course.web.extension",
    "metacourse.course.web.details",
]
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence", "amsmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 3
myst_heading_slug_func = "metacourse.course.web.links.anchor"
suppress_warnings = ["mystnb.unknown_mime_type"]
html_theme = "sphinx_book_theme"
html_static_path = ["_static"]
html_css_files = sorted(path.name for path in static.glob("*.css"))
FIRST = {"live.js": 100, "strings.js": 110}  # the object that the others fill, and its strings
html_js_files = [
    (path.name, {"priority": FIRST.get(path.name, 200)}) for path in sorted(static.glob("*.js"))
]
html_baseurl = wanted["base_url"]
html_context = {"default_mode": "auto"}  # light or dark, as the reader's system is
html_copy_source = html_show_sourcelink = False
html_use_index = False
html_show_copyright = html_show_sphinx = False
mathjax_path = "mathjax/tex-svg-full.js"  # beside the pages: nothing is fetched
html_theme_options = {
    "use_download_button": False,
    "use_source_button": False,
    "use_fullscreen_button": False,
    "use_repository_button": False,
    "show_navbar_depth": 1,
    "navbar_persistent": [],
    "show_toc_level": 2,
    "toc_title": said["contents"],
    "search_bar_text": said["search"],
}
