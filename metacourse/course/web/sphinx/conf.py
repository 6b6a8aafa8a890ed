"""What Sphinx needs to know; the pages themselves are written by `metacourse.course.web.site`."""

from pathlib import Path

static = Path(__file__).parent / "_static"

project = html_title = "metacourse"
author = "the authors of metacourse"
language = "en"
extensions = ["myst_nb"]
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence", "amsmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type"]
html_theme = "sphinx_book_theme"
html_static_path = ["_static"]
html_css_files = sorted(path.name for path in static.glob("*.css"))
html_js_files = [  # live.js is first: it makes the object that the others fill
    (path.name, {"priority": 100 if path.name == "live.js" else 200})
    for path in sorted(static.glob("*.js"))
]
html_show_copyright = False
mathjax_path = "mathjax/tex-svg-full.js"  # beside the pages: nothing is fetched
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": False,
    "use_repository_button": False,
    "show_navbar_depth": 1,
    "navbar_persistent": [],
    "show_toc_level": 2,
}
