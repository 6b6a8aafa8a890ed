"""What `predict` asks, read from the cells of notebooks."""

from metacourse.course.classroom.asked import Asked, asked, predictions


def test_options_are_read_however_a_cell_puts_them_together():
    source = """\
question = "How many "
question += "are left?"
limits = {"few": 1, "some": 10}
predict("toy.side", question, options=limits | {"many": float("inf")}, unit="of them")"""
    assert asked(source) == {"toy.side": Asked("How many are left?", ("few", "some", "many"))}
    assert asked('names = "a", "b"\npredict("toy.side", "Which?", options=list(names))') == {
        "toy.side": Asked("Which?", ("a", "b"))
    }


def test_a_slider_is_told_in_fifths():
    answers = asked('predict("toy.share", "How many?", low=50, high=100, unit="%")')["toy.share"]
    assert answers[1] == ("50 to 60 %", "60 to 70 %", "70 to 80 %", "80 to 90 %", "90 to 100 %")


def test_nothing_else_in_a_cell_is_run(tmp_path):
    source = f"""\
import pathlib
pathlib.Path({str(tmp_path / "made")!r}).touch()
open({str(tmp_path / "opened")!r}, "w")
for i in range(3):
    predict("toy.side", "Which?", options=["a"])
options = sorted(["b", "a"])
predict("toy.share", "Which?", options=options)"""
    assert asked(source) == {}
    assert list(tmp_path.iterdir()) == []


def test_what_is_added_to_something_unknown_is_not_run():
    source = """\
question = f"{taken()} steps. "
question += "And now?"
predict("toy.side", question, options=["a"])"""
    assert asked(source) == {}


def test_of_all_predictions_of_the_course_only_those_are_numbered_that_need_data():
    numbered = {name for name, it in predictions().items() if it.question == name}
    assert numbered == {"siamese.hardest_script"}
