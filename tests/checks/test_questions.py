import json

import ipywidgets as widgets
import pytest

from metacourse.checks import predict, quiz, reveal, store
from metacourse.checks.questions import asked, prediction_form, quiz_form, revelation
from metacourse.checks.quizzes import Option, Question, parse
from tests.checks.toy import TEXTS

SUMS = parse((TEXTS / "toy.sums.quiz").read_text(encoding="utf-8"))
OPTIONS = ["left", "right"]


@pytest.fixture(autouse=True)
def fresh_kernel():
    asked.clear()


def find(box, kind):
    """All widgets of a kind inside a box, in order."""
    found = [box] if isinstance(box, kind) else []
    return found + [w for child in getattr(box, "children", ()) for w in find(child, kind)]


def side():
    form = prediction_form("toy.side", "Which?", options=OPTIONS)
    return form, find(form, widgets.RadioButtons)[0], find(form, widgets.Button)[0]


def share():
    form = prediction_form("toy.share", "How many?", low=0, high=100, unit="%")
    return form, find(form, widgets.FloatSlider)[0], find(form, widgets.Button)[0]


def said(form):
    return find(form, widgets.HTML)[-1].value


def test_nothing_can_be_committed_before_an_option_is_chosen():
    _, answer, button = side()
    assert button.disabled
    answer.value = "left"
    assert not button.disabled


def test_a_commitment_locks_the_answer_and_is_kept():
    form, answer, button = side()
    answer.value = "left"
    button.click()
    assert answer.disabled
    assert "You committed to “left”" in said(form)
    assert store.read("prediction", "toy.side")[0]["answer"] == "left"


def test_a_commitment_that_is_written_later_is_what_was_committed(progress_file, monkeypatch):
    monkeypatch.setenv("METACOURSE_PROGRESS", str(progress_file / "below"))
    progress_file.parent.mkdir()
    progress_file.touch()
    form, answer, button = side()
    answer.value = "left"
    button.click()
    assert "cannot be kept" in said(form)
    button.click()
    answer.value = "right"
    monkeypatch.setenv("METACOURSE_PROGRESS", str(progress_file.with_name("writable.json")))
    store.update("quiz", "toy.sums", lambda record: record)
    assert store.read("prediction", "toy.side")[0]["answer"] == "left"


def test_running_the_cell_again_shows_the_commitment():
    _, answer, button = side()
    answer.value = "right"
    button.click()
    form, answer, button = side()
    assert (answer.value, answer.disabled, button.description) == ("right", True, "Change my mind")
    assert "right" in said(form)


def test_a_mind_can_be_changed_before_the_reveal():
    _, answer, button = side()
    answer.value = "left"
    button.click()
    button.click()
    assert not answer.disabled
    answer.value = "right"
    button.click()
    assert store.read("prediction", "toy.side")[0]["answer"] == "right"


def test_after_the_reveal_the_commitment_stays():
    form, answer, button = side()
    answer.value = "left"
    button.click()
    revelation("toy.side", "right")
    button.click()
    assert answer.disabled
    assert button.disabled
    assert "revealed" in said(form)
    assert find(side()[0], widgets.Button)[0].disabled


def test_a_slider_commits_a_number_with_its_unit():
    form, answer, button = share()
    answer.value = 60
    button.click()
    assert "60 %" in said(form)
    assert store.read("prediction", "toy.share")[0]["answer"] == 60.0
    assert share()[1].value == 60


def test_the_reveal_tells_the_difference_of_numbers():
    _, answer, button = share()
    answer.value = 60
    button.click()
    report = revelation("toy.share", 45.5)
    assert report.sentence == "Your prediction was 14.5 percentage points too high."
    assert report.facts == (("you said", "60 %"), ("computed", "45.5 %"))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [("left", "It is what you predicted."), ("right", "It is not what you predicted.")],
)
def test_the_reveal_compares_options(answer, sentence):
    _, radio, button = side()
    radio.value = "left"
    button.click()
    assert revelation("toy.side", answer).sentence == sentence


def test_without_a_commitment_the_reveal_says_so_and_shows_the_answer():
    share()
    report = revelation("toy.share", 45.5)
    assert report.state == "note"
    assert "no prediction" in report.sentence
    assert report.facts == (("computed", "45.5 %"),)
    assert "revealed" not in store.read("prediction", "toy.share")[0]


def test_an_answer_that_is_no_option_is_an_error():
    side()
    with pytest.raises(ValueError, match="not among the options"):
        revelation("toy.side", "up")


@pytest.mark.parametrize(("number", "option"), [(0.5, "less"), (1.0, "less"), (7, "more")])
def test_a_number_is_told_with_the_option_that_it_falls_into(number, option):
    limits = {"less": 1.0, "more": float("inf")}
    form = prediction_form("toy.side", "How much?", options=limits)
    find(form, widgets.RadioButtons)[0].value = "less"
    find(form, widgets.Button)[0].click()
    report = revelation("toy.side", number)
    assert report.facts == (("you said", "“less”"), ("computed", f"{number:g}: “{option}”"))
    assert (report.sentence == "It is what you predicted.") == (option == "less")


def test_a_number_beyond_every_option_falls_into_the_last():
    prediction_form("toy.side", "How much?", options={"less": 1.0, "more": 2.0})
    assert revelation("toy.side", 3.0).facts == (("computed", "3: “more”"),)


def test_what_is_no_number_is_not_compared():
    _, answer, button = share()
    answer.value = 60
    button.click()
    assert "no number" in revelation("toy.share", float("nan")).sentence


def test_a_slider_must_be_moved_before_it_can_be_committed():
    _, answer, button = share()
    assert answer.value == 0
    assert button.disabled
    answer.value = 1
    assert not button.disabled
    answer.value = 0
    assert not button.disabled


@pytest.mark.parametrize("limits", [OPTIONS, {"less": 1.0, "more": 9.0}])
def test_a_stored_prediction_is_compared_after_a_restart(limits):
    form = prediction_form("toy.side", "Which?", options=limits, unit="m")
    find(form, widgets.RadioButtons)[0].value = next(iter(limits))
    find(form, widgets.Button)[0].click()
    asked.clear()  # what a restart leaves: the file
    computed = "right" if limits is OPTIONS else 3.0
    told = "“right”" if limits is OPTIONS else "3 m: “more”"
    assert revelation("toy.side", computed).facts == (
        ("you said", f"“{next(iter(limits))}”"),
        ("computed", told),
    )


def test_a_stored_number_keeps_its_unit_after_a_restart():
    _, answer, button = share()
    answer.value = 60
    button.click()
    asked.clear()
    assert revelation("toy.share", 45.5).facts == (("you said", "60 %"), ("computed", "45.5 %"))


def test_a_stored_option_that_is_none_any_more_is_no_prediction():
    store.update("prediction", "toy.side", lambda _: {"answer": "up"})
    side()
    assert "made no prediction" in revelation("toy.side", "left").sentence


@pytest.mark.parametrize(
    ("mine", "unit", "told"),
    [
        (75, "%", "1 percentage point too low"),
        (74, "%", "2 percentage points too low"),
        (75, " points", "1 point too low"),
        (78, "°", "2° too high"),
        (76, "m", "exactly right"),
    ],
)
def test_units_are_written_once_and_in_the_right_number(mine, unit, told):
    form = prediction_form("toy.share", "?", low=0, high=100, unit=unit)
    find(form, widgets.FloatSlider)[0].value = mine
    find(form, widgets.Button)[0].click()
    assert told in revelation("toy.share", 76).sentence
    assert "  " not in form.fallback + said(form)


def test_options_and_a_range_exclude_each_other():
    with pytest.raises(ValueError, match="either options, or low and high"):
        prediction_form("toy.side", "Which?")


def test_a_kept_answer_that_is_no_longer_an_option_is_forgotten():
    store.update("prediction", "toy.side", lambda _: {"answer": "up"})
    _, answer, button = side()
    assert answer.value is None
    assert button.disabled


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 90), (-2, 2), (0, 100), (1000, 5000)])
def test_a_slider_has_round_steps_and_reaches_both_ends(low, high):
    slider = find(prediction_form("toy.share", "?", low=low, high=high), widgets.FloatSlider)[0]
    assert 50 <= round((high - low) / slider.step) <= 500
    slider.value = high
    assert slider.value == high


def test_undeclared_predictions_are_an_error(chapter):
    with pytest.raises(LookupError, match=r"toy\.side, toy\.share"):
        predict("toy.other", "?", options=OPTIONS)
    with pytest.raises(LookupError, match=r"toy\.side, toy\.share"):
        reveal("toy.other", "left")


def test_the_public_calls_show_their_forms(chapter, shown):
    predict("toy.side", "Which?", options=OPTIONS)
    reveal("toy.side", "left")
    quiz("toy.sums")
    assert [type(thing).__name__ for thing in shown] == ["Form", "Report", "Form"]


def sums():
    form = quiz_form("toy.sums", SUMS)
    return form, find(form, widgets.RadioButtons), find(form, widgets.Button)


def test_a_wrong_answer_is_explained_and_another_try_allowed():
    form, answers, buttons = sums()
    answers[0].value = "three"
    buttons[0].click()
    assert "No." in find(form, widgets.HTML)[1].value
    assert "That is &lt;one&gt; too many." in find(form, widgets.HTML)[1].value
    answers[0].value = "two"
    assert "too many" not in find(form, widgets.HTML)[1].value
    buttons[0].click()
    assert "Right." in find(form, widgets.HTML)[1].value


def test_answers_are_counted():
    _, answers, buttons = sums()
    for option in ("three", "two", "two"):
        answers[0].value = option
        buttons[0].click()
    assert store.read("quiz", "toy.sums")[0] == {"tries": 3, "right": ["1 + 1 = ?"]}


def test_an_earlier_right_answer_is_remembered():
    _, answers, buttons = sums()
    answers[0].value = "two"
    buttons[0].click()
    form, _, _ = sums()
    assert "earlier" in find(form, widgets.HTML)[1].value
    assert "earlier" not in find(form, widgets.HTML)[3].value


@pytest.mark.parametrize("make", [side, share, sums])
def test_a_form_has_a_view_and_a_static_fallback(make):
    data, _ = make()[0]._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "<li>" in data["text/html"]


def test_the_output_does_not_tell_which_option_is_right():
    form, _, _ = sums()
    told = json.dumps(form._repr_mimebundle_()[0])
    told += "".join(json.dumps(w.get_state(), default=str) for w in find(form, widgets.Widget))
    assert "correct" not in told
    assert "Indeed" not in told
    assert "too many" not in told
    assert {button.description for button in find(form, widgets.Button)} == {"Answer"}


def test_an_option_on_a_radio_button_has_no_marks_of_code():
    options = Option("`net` learns", "so"), Option("it does not", "true", correct=True)
    form = quiz_form("toy.quiz", [Question("What?", options)])
    answer, button = find(form, widgets.RadioButtons)[0], find(form, widgets.Button)[0]
    assert answer.options[0] == "net learns"
    answer.value = "net learns"
    button.click()
    assert "No." in said(form.children[0])


def test_code_in_a_question_keeps_its_lines_in_the_form_and_in_the_static_text():
    code = "for x, y in tasks:\n    loss = f(x) < y"
    options = (Option("one"), Option("two", correct=True))
    form = quiz_form("toy.code", [Question(f"Which `one`?\n\n```\n{code}\n```", options)])
    for shown in (find(form, widgets.HTML)[0].value, form.fallback):
        assert "for x, y in tasks:\n    loss = f(x) &lt; y</pre>" in shown
        assert ">one</code>?</strong><pre" in shown
        assert "```" not in shown
    assert find(form, widgets.RadioButtons)[0].tooltip == "Which `one`?"
