"""The web edition: the whole course as static pages, from the committed notebooks.

    recordings   a notebook is run once, and its live figures are taken down
    pages        a notebook becomes a page: what a reader without a kernel should see of each cell
    site         Sphinx makes the site of the pages

What runs in the page is in `static/`; what Sphinx needs to know, in `sphinx/`.
"""
