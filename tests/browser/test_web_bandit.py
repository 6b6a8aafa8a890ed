"""Ten pulls of a bandit in a page without a kernel: all that is said is what Python says."""

import pytest
from playwright.sync_api import expect

from metacourse.experiments.bandits import new_memory
from metacourse.widgets.bandits import N_BANDITS, bandit_widget
from tests.browser.static_page import opened_page, written

PULLS = "", "A", "b", "AB", "BBB", "ABBABA", "AAAAAAAAA", "BABABABAB", " abab ", "AAAAABBBBB"
WRONG = "ABC", "A B", "1", "AAAAAAAAAAA", "ÄB", "<b>", "🂡"
SAY = """([recording, asked]) => {
    const game = metacourse.bandit.bandit(recording);
    return asked.map((each) => metacourse.bandit.judged(game, each).readout);
}"""


@pytest.fixture(scope="module")
def live():
    return bandit_widget({"RL²": new_memory()})


@pytest.fixture(scope="module")
def recording(live):
    return live.record()


@pytest.fixture(scope="module")
def path(recording, tmp_path_factory):
    return written(tmp_path_factory.mktemp("bandit"), {"bandit": recording})


@pytest.fixture
def page(browser, path):
    with opened_page(browser, path) as found:
        found.locator("[data-live]").wait_for()
        yield found


def said(live, **values):
    live.reset()
    for name, value in values.items():
        live.controls[name].value = value
    return live.readout


@pytest.mark.parametrize("number", [1, 4, 17, N_BANDITS])
def test_every_readout_is_pythons(page, recording, live, number):
    asked = [{"number": number, "pulls": pulls, "others": True} for pulls in PULLS]
    assert page.evaluate(SAY, [recording, asked]) == [said(live, **each) for each in asked]


def test_without_the_others_the_readout_is_pythons_as_well(page, recording, live):
    asked = [{"number": 9, "pulls": pulls, "others": False} for pulls in PULLS]
    assert page.evaluate(SAY, [recording, asked]) == [said(live, **each) for each in asked]


@pytest.mark.parametrize("pulls", WRONG)
def test_other_letters_are_answered_by_pythons_message(page, live, pulls):
    page.get_by_label("Pulls (A or B)").fill(pulls)
    expect(page.locator(".metacourse-told")).to_have_text(said(live, pulls=pulls))
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".metacourse-told")).to_have_text(said(live))


def test_buttons_and_keys_pull_until_no_pull_is_left(page, live):
    status, typed = page.locator(".metacourse-told"), page.get_by_label("Pulls (A or B)")
    page.get_by_role("button", name="Pull A").click()
    page.get_by_role("button", name="Pull B").press("Enter")
    page.keyboard.press("b")
    expect(typed).to_have_value("ABB")
    expect(status).to_have_text(said(live, pulls="ABB"))
    for _ in range(9):
        page.keyboard.press("a")
    expect(typed).to_have_value("ABBAAAAAAA")
    expect(status).to_have_text(said(live, pulls="ABBAAAAAAA"))
    page.get_by_role("img", name="What you earned").wait_for()


def test_letters_are_typed_where_letters_are_typed(page, live):
    page.get_by_label("Pulls (A or B)").press_sequentially("aB")
    expect(page.get_by_label("Pulls (A or B)")).to_have_value("aB")
    expect(page.locator(".metacourse-told")).to_have_text(said(live, pulls="aB"))


def test_another_bandit_has_another_luck_and_reset_puts_all_back(page, live):
    status = page.locator(".metacourse-told")
    page.keyboard.press("Tab")
    page.get_by_label("Bandit, number").press("ArrowRight")
    page.get_by_label("Show what others").uncheck()
    page.get_by_role("button", name="Pull B").click()
    expect(status).to_have_text(said(live, number=5, others=False, pulls="B"))
    assert page.locator(".metacourse-plots svg[role=img]").count() == 1
    page.get_by_role("button", name="Reset").click()
    expect(status).to_have_text(said(live))
    expect(page.get_by_label("Bandit, number")).to_have_value("3")  # the fourth of its places
    assert page.locator(".metacourse-plots svg[role=img]").count() == 2


def test_the_mark_of_a_belief_stands_at_its_mean(page):
    arms = page.locator(".metacourse-plots .key span")
    assert arms.nth(0).inner_text() == "A: paid 0 of 0, mean 0.50"
    marks = page.locator(".metacourse-plots > svg > g > path")
    place = "(node) => node.getBoundingClientRect().x + node.getBoundingClientRect().width / 2"
    middle = marks.nth(0).evaluate(place)
    page.get_by_label("Pulls (A or B)").fill("AAAA")
    told = arms.nth(0).inner_text()
    mean = float(told.rpartition(" ")[2])
    assert (marks.nth(0).evaluate(place) - middle) * (mean - 0.5) > 0
    assert marks.nth(1).evaluate(place) == pytest.approx(middle, abs=0.5)


def test_without_scripts_the_beliefs_stand_there(browser, path):
    with opened_page(browser, path, java_script_enabled=False) as page:
        assert page.get_by_role("img", name="Left, beliefs about two arms").is_visible()
        assert page.get_by_text("Run this cell").count() == 0
