from contextlib import suppress

import pytest
import torch
from IPython.display import Markdown

from metacourse import checks
from metacourse.checks import (
    check,
    hint,
    mine,
    panel,
    progress,
    reference,
    reset_progress,
    solution,
    store,
)
from tests.checks.toy import product, without_scale


def stub(theta, x, *, scale=1.0): ...


def test_check_shows_the_report_under_the_name(chapter, shown):
    check("toy.product", product)
    assert (shown[0].state, shown[0].title) == ("passed", "toy.product")


def test_check_prints_plain_text_outside_ipython(chapter, capsys):
    check("toy.product", without_scale)
    assert capsys.readouterr().out == (
        "✗ Not right yet · toy.product\n  The factor `scale` is missing.\n"
    )


def test_check_counts_tries_but_not_an_untouched_stub(chapter, shown):
    for function in (stub, without_scale, product, without_scale):
        check("toy.product", function)
    record, _ = store.read("exercise", "toy.product")
    assert record == {"tries": 3, "failed": 2, "passed": True}


@pytest.mark.parametrize("function", [stub, without_scale])
def test_for_grading_whatever_did_not_pass_raises(chapter, shown, monkeypatch, function):
    with pytest.raises(AssertionError, match=r"toy\.product"):
        check("toy.product", function, strict=True)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError, match=r"toy\.product"):
        check("toy.product", function)
    check("toy.product", product)


def test_check_works_where_progress_cannot_be_kept(chapter, shown, tmp_path, monkeypatch):
    monkeypatch.setenv("METACOURSE_PROGRESS", str(tmp_path))
    check("toy.product", product)
    assert shown[0].state == "passed"
    assert "cannot be kept" in shown[0].remarks[-1]


def test_an_unknown_name_lists_what_there_is_and_guesses(chapter):
    with pytest.raises(LookupError) as error:
        check("toy.prodcut", product)
    assert str(error.value) == (
        'There is no exercise "toy.prodcut". Did you mean "toy.product"? '
        "There are: toy.product, toy.draw."
    )


@pytest.mark.parametrize("name", ["nowhere.product", "product", "engine.product", ""])
def test_an_unknown_chapter_lists_what_there_is(chapter, name):
    with pytest.raises(LookupError, match=r"There are: toy\.product, toy\.draw"):
        check(name, product)


def test_hints_come_one_after_the_other(chapter, shown):
    for _ in range(4):
        hint("toy.product")
    assert [r.sentence for r in shown] == ["a little", "more", "nearly all", "nearly all"]
    assert [r.title for r in shown][:3] == [f"{n}/3 · toy.product" for n in (1, 2, 3)]
    assert [bool(r.remarks) for r in shown] == [False, False, True, True]
    assert 'solution("toy.product")' in shown[2].remarks[0]


def test_only_hints_between_the_first_try_and_the_pass_count(chapter, shown):
    def table():
        progress()
        return shown[-1].sections["99 Toys"][0][3]

    hint("toy.product")
    assert table() == "not attempted yet"
    check("toy.product", without_scale)
    hint("toy.product")
    assert shown[-1].title == "2/3 · toy.product"
    assert table() == "tried 1 time · 1 hint used"
    check("toy.product", product)
    hint("toy.product")
    assert table() == "passed, tried 2 times · 1 hint used"


def test_a_new_kernel_goes_on_after_the_hints_that_counted(chapter, shown):
    check("toy.product", without_scale)
    hint("toy.product")
    checks.hinted.clear()
    hint("toy.product")
    assert shown[-1].title == "2/3 · toy.product"


def test_after_a_reset_the_first_hint_is_the_next(chapter, shown):
    check("toy.product", without_scale)
    for call in (hint, hint, lambda _: reset_progress(), hint):
        call("toy.product")
    assert shown[-1].title == "1/3 · toy.product"


def test_for_grading_nothing_is_noted(chapter, shown, monkeypatch, progress_file):
    check("toy.product", without_scale)
    before = progress_file.read_bytes()
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    for function in (without_scale, product, stub):
        with suppress(AssertionError):
            check("toy.product", function)
    hint("toy.product")
    solution("toy.product")
    reset_progress()
    assert progress_file.read_bytes() == before
    progress()
    assert {row[3] for row in shown[-1].sections["99 Toys"]} == {"not attempted yet"}


def test_a_strict_check_notes_nothing(chapter, shown, progress_file):
    check("toy.product", product, strict=True)
    assert not progress_file.exists()


def test_the_solution_is_the_right_program_and_says_where_the_courses_own_is(chapter, shown):
    solution("toy.product")
    assert isinstance(shown[0], Markdown)
    assert "return scale * one * two" in shown[0].data
    assert "tests.checks.toy.product" in shown[0].data
    assert store.read("exercise", "toy.product")[0] == {"solution": True}


def test_the_reference_is_the_function_itself(chapter):
    assert reference("toy.product") is product


def test_reset_empties_the_progress(chapter, shown):
    check("toy.product", product)
    reset_progress()
    progress()
    assert {row[3] for row in shown[-1].sections["99 Toys"]} == {"not attempted yet"}


def test_from_the_third_failed_try_on_a_slip_is_shown_in_the_program(chapter, shown):
    for _ in range(3):
        check("toy.product", without_scale)
    assert [len(report.facts) for report in shown] == [0, 0, 2]
    assert shown[2].facts == (
        ("right", "return scale * one * two"),
        ("works like", "return one * two"),
    )


def test_right_tries_do_not_count_towards_showing_the_place(chapter, shown):
    for function in (product, product, without_scale, without_scale):
        check("toy.product", function)
    assert shown[-1].facts == ()


def test_for_grading_the_place_is_never_shown(chapter, shown):
    for _ in range(4):
        with pytest.raises(AssertionError):
            check("toy.product", without_scale, strict=True)
    assert [report.facts for report in shown] == [()] * 4


def test_name_and_function_in_the_wrong_order_are_told(chapter):
    with pytest.raises(TypeError, match="the name comes first"):
        check(product, "toy.product")


def test_mine_is_the_learners_own_once_it_has_passed(chapter, shown):
    def own(theta, points, *, scale=1.0):
        return scale * (points @ theta) ** 2

    assert mine("toy.product") is product
    assert "yours has not passed" in shown[-1].sentence
    check("toy.product", without_scale)
    assert mine("toy.product") is product
    check("toy.product", own)
    taken = mine("toy.product")
    assert "your own" in shown[-1].sentence
    assert taken.__wrapped__ is own


def test_mine_is_called_as_the_courses_own_is(chapter, shown):
    check("toy.product", lambda t, points, factor=1.0: factor * (points @ t) ** 2)
    x, theta = torch.ones(2, 3), torch.ones(3)
    for call in (
        lambda f: f(theta, x),
        lambda f: f(theta, x, scale=2.0),
        lambda f: f(x=x, theta=theta, scale=2.0),
    ):
        torch.testing.assert_close(call(mine("toy.product")), call(product))


# The buttons -------------------------------------------------------------------------------------


@pytest.fixture
def buttons(chapter, shown, monkeypatch):
    """What a button shows when it is pressed after a check."""
    monkeypatch.setattr(panel, "in_notebook", lambda: True)

    def press(function, label):
        check("toy.product", function)
        row, area = shown[-1].children
        {button.description: button for button in row.children}[label].click()
        return area.value

    return press


@pytest.mark.parametrize(
    ("function", "labels"),
    [
        (stub, ["Hint", "Solution"]),
        (without_scale, ["Hint", "Solution", "Compare with mine"]),
        (product, ["Compare with mine"]),
    ],
)
def test_the_buttons_fit_the_state(buttons, shown, function, labels):
    with pytest.raises(KeyError):
        buttons(function, "none of them")
    assert [button.description for button in shown[-1].children[0].children] == labels


def test_the_hint_button_shows_the_next_hint_and_counts(buttons):
    assert "a little" in buttons(without_scale, "Hint")
    assert "more" in buttons(without_scale, "Hint")
    assert store.read("exercise", "toy.product")[0]["hints"] == 2


def test_a_solution_that_is_seen_after_the_check_has_passed_is_not_noted(chapter, shown):
    check("toy.product", product)
    solution("toy.product")
    assert "solution" not in store.read("exercise", "toy.product")[0]


def test_the_solution_button_shows_the_program_and_notes_it(buttons):
    assert "return scale * one * two" in buttons(without_scale, "Solution")
    assert store.read("exercise", "toy.product")[0]["solution"] is True


def test_comparing_shows_both_programs(buttons):
    page = buttons(without_scale, "Compare with mine")
    assert page.index("Yours") < page.index("def without_scale") < page.index("Ours")
    assert "return scale * one * two" in page


def test_a_text_that_cannot_be_read_is_said(buttons):
    assert "cannot be read" in buttons(eval("lambda *a, **k: 0"), "Compare with mine")


def test_programs_are_escaped():
    assert "a &lt; b" in panel.beside("a < b", "a < b")


def test_without_a_notebook_and_for_grading_there_are_no_buttons(chapter, shown, monkeypatch):
    check("toy.product", product)
    monkeypatch.setattr(panel, "in_notebook", lambda: True)
    check("toy.product", product, strict=True)
    assert [type(thing) for thing in shown] == [checks.Report] * 2
