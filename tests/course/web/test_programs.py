"""The programs of the course's anywidgets as scripts of the web edition."""

import pytest

from metacourse.course.web.programs import script, write

POINTS = "metacourse.widgets.points.DraggablePoints"


@pytest.mark.parametrize("path", [POINTS, "metacourse.widgets.concepts.Game"])
def test_a_program_is_a_classic_script_that_hands_itself_over(path):
    text = script(path)
    assert "export" not in text.split("metacourse.program(")[0]
    assert text.count("const program =") == 1
    assert f'metacourse.program("{path}", program, ' in text


def test_its_style_comes_along():
    assert ".metacourse-points .axis" in script(POINTS).split("metacourse.program(")[1]


def test_each_program_that_a_recording_uses_is_written(tmp_path):
    write({"kind": "frames"}, tmp_path / "programs")
    write({"program": POINTS}, tmp_path / "programs")
    assert [path.name for path in (tmp_path / "programs").iterdir()] == [f"{POINTS}.js"]
