"""A reader answers on a page of the web edition, opened from a folder, by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from metacourse.checks.questions import compared, written
from metacourse.course.web.site import build

PAGE = "02a_the_factor"
CHOSEN = "it shows how good the learner is after it has adapted"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The site with one page of a chapter, without recorded figures."""
    scratch = tmp_path_factory.mktemp("forms")
    list(build(scratch / "site", recorded=scratch / "recorded", names={PAGE}, run=False))
    return scratch / "site"


@pytest.fixture
def context(browser):
    with browser.new_context(viewport={"width": 390, "height": 844}, offline=True) as context:
        yield context


@pytest.fixture
def page(context, folder):
    return opened(context, folder)


def opened(context, folder, name=PAGE):
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.goto((folder / f"{name}.html").as_uri())
    return page


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def told(page, place):
    return page.locator(place).first.get_by_role("status").first.inner_text()


def predict(page, steps=7):
    """Move the slider of the angle by so many degrees and commit."""
    page.locator(".metacourse-slider input").focus()
    press(page, *["ArrowRight"] * steps, "Tab", "Enter")


def progress(page):
    return page.locator(".metacourse-progress tbody td").all_inner_texts()


# ---- quizzes -------------------------------------------------------------------------------------


def test_a_wrong_answer_and_a_right_one_get_their_reasons(page):
    quiz = page.locator(".metacourse-question").first
    quiz.get_by_role("radio").first.focus()
    press(page, "Space", "Enter")
    assert told(page, ".metacourse-question").startswith("✗ No. ")
    press(page, "ArrowDown")
    assert told(page, ".metacourse-question") == ""
    assert quiz.get_by_role("radio", name=CHOSEN).is_checked()
    press(page, "Tab", "Enter")
    assert told(page, ".metacourse-question").startswith("✓ Right. Which is why")
    assert page.wrong == []


def test_a_right_answer_is_known_when_the_page_is_opened_again(page, context, folder):
    page.get_by_role("radio", name=CHOSEN).focus()
    press(page, "Space", "Enter")
    again = opened(context, folder)
    assert told(again, ".metacourse-question") == "✓ You answered this one right earlier."
    assert progress(again)[0].startswith("1 of ")


def test_nothing_can_be_answered_before_an_option_is_chosen(page):
    for name in ("Answer", "Commit"):
        assert page.get_by_role("button", name=name).first.is_disabled()


# ---- predictions ---------------------------------------------------------------------------------


def test_a_prediction_opens_what_came_out_and_stands_beside_it(page):
    place = page.locator(".metacourse-reveal").last
    assert not place.is_visible()
    predict(page)
    assert "You committed to 7°." in page.locator(".metacourse-prediction").last.inner_text()
    assert place.locator("dd").all_inner_texts() == ["7°", "20°"]
    assert place.locator("p").inner_text() == compared(7.0, 20.0, "°")


def test_it_is_kept_and_cannot_be_changed(page, context, folder):
    predict(page)
    again = opened(context, folder)
    assert again.locator(".metacourse-reveal").last.locator("dd").first.inner_text() == "7°"
    assert again.locator(".metacourse-slider input").is_disabled()
    assert again.locator(".metacourse-slider output").inner_text() == "7°"


def test_a_prediction_stands_in_every_tab_in_which_the_page_is_open(page, context, folder):
    other = opened(context, folder)
    predict(page)
    expect(other.locator(".metacourse-slider input")).to_be_disabled()
    expect(other.locator(".metacourse-slider output")).to_have_text("7°")
    expect(other.locator(".metacourse-reveal").last.locator("dd").first).to_have_text("7°")
    expect(other.locator(".metacourse-progress tbody td").nth(1)).to_have_text(re.compile("^1 of "))
    assert page.wrong == other.wrong == []


def test_what_is_predicted_is_not_asked_for_again(page):
    asked = page.get_by_text("(predict first)")
    before = asked.count()
    predict(page)
    assert asked.count() == before - 2  # the output and the text that reads it


def test_who_opens_one_fold_without_a_prediction_opens_all_of_it(page):
    folds = page.get_by_text("(predict first)").all()
    last = folds[-1]  # the text that reads what came out
    last.click()
    reveal = page.locator(".metacourse-reveal").last
    reveal.wait_for(state="visible")
    assert "You made no prediction here" in reveal.inner_text()
    assert not page.locator(".metacourse-reveal").first.is_visible()  # another prediction's


def test_the_sentences_are_those_of_the_notebook(page):
    numbers = [0.0, 1.0, -0.02222, 12345.678, 99999.5, 1e-5, 0.0001, 76.7, 77.7, 1e300]
    for unit in ("", "%", "°", "points", "m"):
        calls = [(mine, answer, unit) for mine in numbers for answer in numbers]
        said = "(calls) => calls.map((call) => metacourse.compared(...call))"
        assert page.evaluate(said, calls) == [compared(*call) for call in calls]
        said = "(calls) => calls.map(([number, , unit]) => metacourse.written(number, unit))"
        assert page.evaluate(said, calls) == [written(call[0], unit) for call in calls]


def test_so_are_those_on_options(page):
    for mine in ("left", "right"):
        said = page.evaluate("(mine) => metacourse.compared(mine, 'left', '')", mine)
        assert said == compared(mine, "left", "")


# ---- exercises -----------------------------------------------------------------------------------


def test_a_line_that_is_chosen_right_stands_in_the_program(page):
    box = page.locator(".metacourse-exercise").first
    box.get_by_text("Put gradient together here").click()
    program = box.locator("pre:has(.metacourse-gap)")
    box.get_by_role("radio", name="errors = y - x @ theta").focus()
    press(page, "Space", "Enter")
    assert told(page, ".metacourse-lines").startswith("✗ No. ")
    assert box.locator(".metacourse-gap").first.inner_text() == "①"
    box.get_by_role("radio", name="errors = x @ theta - y").focus()
    press(page, "Space", "Enter")
    assert told(page, ".metacourse-lines") == "✓ Right. With it the program passes the check."
    assert "    errors = x @ theta - y\n" in program.inner_text()


# ---- progress ------------------------------------------------------------------------------------


def test_progress_is_counted_at_once_and_erased_after_one_question(page):
    predict(page)
    assert progress(page)[1].startswith("1 of ")
    page.get_by_role("button", name="Erase my answers").focus()
    press(page, "Enter", "Enter")  # the first answer to the question keeps them
    assert progress(page)[1].startswith("1 of ")
    press(page, "Enter")
    with page.expect_navigation():
        page.get_by_role("button", name="Erase them").press("Enter")
    assert progress(page)[1].startswith("0 of ")
    assert not page.locator(".metacourse-reveal").last.is_visible()


def test_all_works_where_nothing_can_be_kept(context, folder):
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } });"
    )
    page = opened(context, folder)
    predict(page)
    assert progress(page)[1].startswith("1 of ")
    assert "does not keep your answers" in page.locator(".metacourse-progress").inner_text()


def test_what_another_program_has_kept_there_does_no_harm(context, folder):
    for kept in ("no JSON", "3", '{"x": null}'):
        context.add_init_script(f"localStorage.setItem('metacourse.answers', {kept!r});")
        page = opened(context, folder)
        assert progress(page)[0].startswith("0 of ")
        assert page.wrong == []


# ---- without scripts -----------------------------------------------------------------------------


def test_without_scripts_the_questions_stand_there_and_hints_open(browser, folder):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto((folder / f"{PAGE}.html").as_uri())
        assert page.get_by_role("listitem").filter(has_text=CHOSEN).is_visible()
        assert page.locator(".metacourse-quiz noscript p").first.is_visible()
        page.get_by_text("Hint 1 of 3 for gradient").click()
        assert page.get_by_text("Hint 2 of 3 for gradient").is_visible()
        assert not page.locator(".metacourse-reveal").last.is_visible()
