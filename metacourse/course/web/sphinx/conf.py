"""What Sphinx needs to know; the pages themselves are written by `metacourse.course.web.site`."""

project = html_title = "metacourse"
author = "the authors of metacourse"
language = "en"
extensions = ["myst_nb", "metacourse.course.web.details"]
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence", "amsmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type"]
html_theme = "sphinx_book_theme"
html_static_path = ["_static"]
html_css_files = ["course.css", "forms/forms.css"]
html_js_files = [
    ("live.js", {"priority": 100}),
    ("strings.js", {"priority": 110}),
    ("forms/answers.js", {"priority": 200}),
    ("forms/questions.js", {"priority": 210}),
    ("forms/predictions.js", {"priority": 210}),
    ("forms/progress.js", {"priority": 210}),
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
