import pytest
from IPython.display import Markdown

from metacourse.checks import (
    check,
    hint,
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
    assert store.read("exercise", "toy.product")[0] == {"tries": 3, "passed": True}


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


def test_hints_come_one_after_the_other_and_are_remembered(chapter, shown):
    for _ in range(4):
        hint("toy.product")
    assert [r.sentence for r in shown] == ["a little", "more", "nearly all", "nearly all"]
    assert [r.title for r in shown][:3] == [f"{n}/3 · toy.product" for n in (1, 2, 3)]
    assert [bool(r.remarks) for r in shown] == [False, False, True, True]
    assert 'solution("toy.product")' in shown[2].remarks[0]


def test_the_solution_is_the_source_of_the_reference(chapter, shown):
    solution("toy.product")
    assert isinstance(shown[0], Markdown)
    assert "return scale * (x @ theta) ** 2" in shown[0].data
    assert store.read("exercise", "toy.product")[0] == {"solution": True}


def test_the_reference_is_the_function_itself(chapter):
    assert reference("toy.product") is product


def test_reset_empties_the_progress(chapter, shown):
    check("toy.product", product)
    reset_progress()
    progress()
    assert {row[3] for row in shown[-1].sections["99 Toys"]} == {"not attempted yet"}
