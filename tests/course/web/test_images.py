"""The pictures and icons of a page are files, small, and none that no page shows."""

import base64
import io
import re

import numpy as np
from PIL import Image

from metacourse.course.web import icons, images
from metacourse.figures.style import image_html, small_png
from tests.course.small import code

PIXELS = np.zeros((40, 80, 3), dtype=np.uint8)
PIXELS[:, :40] = 200, 100, 0


def shown(alt):
    page = image_html(small_png(PIXELS), alt, 60)
    return code("c", "show()") | {"outputs": [{"data": {"text/html": page}}]}


def test_a_picture_is_written_as_a_file_with_the_same_colours(tmp_path):
    cell = images.in_files(shown("Two bars"), tmp_path)
    page = cell["outputs"][0]["data"]["text/html"]
    name = re.search(r'src="_static/(pictures/\w+\.webp)"', page)[1]
    there = Image.open(io.BytesIO((tmp_path / name).read_bytes())).convert("RGB")
    assert np.array_equal(np.asarray(there), PIXELS)
    assert 'alt="Two bars" width="60" height="30"' in page
    assert "base64" not in page


def test_two_cells_share_the_file_of_a_picture_that_is_alike(tmp_path):
    for alt in ("Here", "There"):
        images.in_files(shown(alt), tmp_path)
    assert len(list((tmp_path / "pictures").iterdir())) == 1


def test_what_holds_no_picture_stays_as_it_is(tmp_path):
    word = base64.b64encode(b"word").decode()
    outputs = [{"data": {"text/html": f"<p>{word}</p>"}}, {"name": "stdout", "text": "1"}]
    cell = code("c", "1") | {"outputs": outputs}
    assert images.in_files(cell, tmp_path) == cell


def test_of_the_themes_icons_those_stay_that_a_page_names(tmp_path):
    drawn = tmp_path / icons.DRAWN
    drawn.parent.mkdir(parents=True)
    drawn.write_text(
        'var icons={sun:[512,512,[9728],"f185","M1 2"],"circle-half":[512,512,[9680,"adjust"],'
        '"f042",["M3","M4"]],"moon-first":[384,512,[],"f186","M5"]};'
    )
    (tmp_path / "a.html").write_text('<i class="fa-solid fa-sun fa-lg"></i>')
    (tmp_path / "b.js").write_text('make("fa-adjust")')
    icons.keep_shown(tmp_path)
    left = drawn.read_text()
    assert "M1 2" in left
    assert "M3" in left
    assert "moon-first" not in left
