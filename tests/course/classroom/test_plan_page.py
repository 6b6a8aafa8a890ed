"""The plan as text: a table, and a page for each session."""

import re

import pytest

from metacourse.course.classroom.plan import days, weeks
from metacourse.course.classroom.plan_page import guide, made, markdown_table, overview, worth
from metacourse.course.classroom.printed import page
from metacourse.course.classroom.sittings import Note
from metacourse.course.command import main
from tests.course.classroom.plans import exercise, sitting, vote

NOTES = [Note("Prepare", "a pen", ""), Note("Goes wrong", "it *rains*", "2")]
ONE = sitting(
    "01a",
    "5 recall · 20 section 1 with exercise 1 · 20 section 2",
    home="exercise 2, section 3",
    exercises=(exercise(1, "1"), exercise(2, "2")),
    votes=(vote("2"),),
    notes=NOTES,
)
TWO = sitting("01b", "30 section 1")


def test_the_overview_counts_notebooks_minutes_and_points():
    text = overview(weeks(1, 50, [ONE]), [ONE, TWO])
    assert "1 of the course's 2 notebooks, 45 of its 75 minutes in class" in text
    assert "5 in class, 5 at home" in text
    assert "| Week 1 | 01a | `f1` 5 | `f2` 5 |" in text
    assert "| 01b | Title of 01b | 30 |" in text


def test_a_plan_of_all_leaves_nothing_out():
    assert "not in this plan" not in overview(weeks(2, 50, [ONE, TWO]), [ONE, TWO])


def test_a_guide_says_what_a_session_needs():
    assert guide(weeks(1, 50, [ONE])[0]).split("\n\n") == [
        "## Week 1 · 01a · 45 minutes",
        "### Prepare",
        "- *01a:* a pen",
        "| at | min | what |\n| --- | --- | --- |\n| 0:00 | 5 | 01a: recall |\n"
        "| 0:05 | 20 | 01a: section 1 with exercise 1 |\n| 0:25 | 20 | 01a: section 2 |",
        "| vote | options | expected | comes out |\n| --- | --- | --- | --- |\n"
        "| Question 2? | yes · no | most say yes | “no” |",
        "### Goes wrong",
        "- *01a, section 2:* it *rains*",
        "### At home",
        "- *01a:* exercise 2, `f2`: 5 points\n- *01a:* section 3",
    ]


def test_a_guide_to_a_part_names_its_sections():
    first, second = weeks(2, 30, [ONE])
    assert guide(first).startswith("## Week 1 · 01a, section 1 · 25 minutes")
    assert guide(second).startswith("## Week 2 · 01a, section 2 · 20 minutes")


def test_on_a_day_the_minutes_are_hours_on_the_clock():
    assert "| 9:05 | 20 |" in guide(days(1, 60, [ONE])[0])


@pytest.mark.parametrize(("check", "told"), [("a.b", "5 points"), ("", "5 minutes, no points")])
def test_only_what_a_check_grades_has_points(check, told):
    assert worth(exercise(1, "1", check)) == told


def test_a_table_keeps_bars_inside_a_cell():
    assert markdown_table(("a",), [("x | y",)]).endswith("| x \\| y |")


def test_the_page_is_whole_without_a_network_and_shows_formulas():
    text = page("# A plan\n\n| a |\n|---|\n| $\\theta^*$ <b> |", "A <plan>")
    assert "<title>A &lt;plan&gt;</title>" in text
    assert '<img alt="\\theta^*" style="vertical-align:' in text
    assert "&lt;b&gt;" in text
    assert "<td>" in text
    assert not re.search(r"https?:|<script|<link", text)


def test_the_command_prints_the_plan(capsys):
    assert main(["plan", "--weeks", "2", "--notebooks", "01b", "00"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("# A plan: 1 week, 60 minutes a session\n\n2 of the course's")
    assert "## Week 1 · 00; 01b · 55 minutes" in said


def test_a_plan_is_named_by_the_weeks_that_it_takes():
    assert made(8, None, 60, ["00"]).startswith("# A plan: 1 week, 60 minutes")


def test_the_command_writes_the_plan_and_a_page(tmp_path, capsys):
    folder = tmp_path / "new"
    for _ in range(2):
        assert main(["plan", "--days", "1", "--notebooks", "02a", "--folder", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["plan.html", "plan.md"]
    assert "Day 1, 9:00–10:00 · 02a, sections 1 and 2" in (folder / "plan.md").read_text("utf-8")


def test_a_plan_that_was_edited_is_not_overwritten(tmp_path, capsys):
    (tmp_path / "plan.md").write_text("mine", encoding="utf-8")
    assert main(["plan", "--folder", str(tmp_path)]) == 1
    assert "perhaps with changes of yours" in capsys.readouterr().err
    assert (tmp_path / "plan.md").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--weeks", "2"], "need 10 weeks of 60 minutes"),
        (["--minutes", "10"], "10 minutes do not hold"),
        (["--notebooks", "1a"], "no notebook is called 1a"),
        (["--days", "1", "--minutes", "999"], "does not hold two sessions"),
    ],
)
def test_a_plan_that_cannot_be_made_gets_a_sentence(capsys, arguments, said):
    assert main(["plan", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--weeks", "0"], ["--minutes", "x"], ["--weeks", "10", "--days", "1"]]
)
def test_what_is_no_number_or_one_too_many_gets_the_usage(arguments):
    with pytest.raises(SystemExit) as end:
        main(["plan", *arguments])
    assert end.value.code == 2


def test_more_days_than_anybody_teaches_are_refused_in_a_sentence(capsys):
    with pytest.raises(SystemExit):
        main(["plan", "--days", "99999999999"])
    assert "--days: 99999999999 is no whole number from 1 to 1000" in capsys.readouterr().err


def test_weeks_that_are_no_number_are_refused_in_a_sentence(capsys):
    with pytest.raises(SystemExit):
        main(["plan", "--weeks", "ten"])
    assert "--weeks: ten is no whole number from 1 to 1000" in capsys.readouterr().err
