"""The predictions on the pages, and what is held back until one is made."""

import json

import pytest

from metacourse.checks.catalogue import all_names
from metacourse.course.classroom import sittings
from metacourse.course.edition import ours
from metacourse.course.files import read_notebook
from metacourse.course.forms import PREDICT, REVEAL, tags
from metacourse.course.web.forms.predictions import answer, held, slider
from metacourse.course.web.forms.veil import digest
from tests.course.small import code, text, with_output
from tests.course.web.pages_of import DATA, NAMES, cell, cells, shown

ASK = code("ask", 'predict("toy.side", "Which?", options=["left", "right"])')
LEARN = with_output(code("learn", "print(1)"), "1")
REVEALS = with_output(code("reveals", 'reveal("toy.side", "left")'), "left")
MORE = with_output(code("more", "print(2)"), "2")
READ = text("read", "It was left.") | {"metadata": {"tags": ["spoiler"]}}


def terms(page: str) -> dict:
    return json.loads(DATA.search(page)[1])


def calls(pattern):
    """(name, cell as committed, what its page shows) of all calls in the notebooks."""
    for page in NAMES:
        committed = read_notebook((ours() / f"{page}.ipynb").read_bytes())["cells"]
        for each in committed:
            if each["cell_type"] == "code" and (found := pattern.search(each["source"])):
                yield found["name"], each, shown(cell(page, each["id"]))


def test_every_prediction_is_asked_and_revealed_on_a_page():
    for pattern in (PREDICT, REVEAL):
        names = [name for name, _, page in calls(pattern) if digest(name) in page]
        assert sorted(names) == sorted(all_names("PREDICTIONS"))


def test_what_came_out_is_one_of_the_options_or_in_the_range():
    asked = {name: page for name, _, page in calls(PREDICT)}
    for name, _, page in calls(REVEAL):
        came_out = terms(page)["answer"]
        if "low" in (range_ := terms(asked[name])):
            assert range_["low"] <= came_out <= range_["high"], name
            assert range_["unit"] == terms(page)["unit"]
        else:
            options = sittings.Shown(asked[name].split("<noscript>")[0]).texts[1:]
            assert came_out in [option.replace("`", "") for option in options], name


def test_a_slider_has_round_steps():
    asked = code("ask", 'predict("toy.share", "How many?", low=50, high=100, unit="%")')
    assert slider(asked) == (50, 100, 1, 0, "%")
    assert slider(ASK) is None


@pytest.mark.parametrize(
    ("computed", "expected"),
    [("20°", 20.0), ("-0.022 points: “less”", "less"), ("“no `h`”", "no h"), ("1e-05", 1e-5)],
)
def test_the_option_is_compared_where_there_is_one_else_the_number(computed, expected):
    assert answer(computed) == expected


def test_what_leads_to_an_answer_and_reads_it_is_held_back():
    cells = [ASK, text("why", "Why?"), LEARN, REVEALS, text("and", "And:"), MORE, READ, LEARN]
    assert held(cells) == dict.fromkeys(["learn", "reveals", "more", "read"], "toy.side")


def test_nothing_of_the_next_section_or_question_is_held_back():
    for between in (text("next", "## Next"), ASK):
        assert [*held([ASK, REVEALS, MORE, between, READ])] == ["reveals"]


def test_a_live_picture_is_not_held_back():
    figure = {"output_type": "execute_result", "data": {}, "metadata": {}, "execution_count": 1}
    live = code("live", "widget()") | {"outputs": [figure]}
    assert [*held([ASK, live, REVEALS, READ])] == ["reveals", "read"]


@pytest.mark.parametrize("page", NAMES)
def test_every_reveal_is_folded(page):
    reveals = [each for each in cells(page) if REVEAL.search(each["source"])]
    for each in reveals:
        name = REVEAL.search(each["source"])["name"]
        assert {"hide-output", f"held-{digest(name)}"} <= {*tags(each)}
