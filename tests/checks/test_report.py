import pytest

from metacourse.checks.report import STATES, Report, Table


@pytest.mark.parametrize("state", STATES)
def test_a_state_has_a_word_and_a_symbol_beside_its_colour(state):
    symbol, word, colour = STATES[state]
    page = Report(state, "sentence")._repr_html_()
    assert f"{symbol} {word}" in page
    assert colour in page
    assert f"{symbol} {word}" in str(Report(state, "sentence"))


def test_colours_follow_the_theme_and_have_a_fallback():
    assert all(colour.startswith("var(--jp-") and "#" in colour for *_, colour in STATES.values())


def test_html_is_escaped():
    evil = "<script>"
    page = Report("failed", evil, ((evil, evil),), (evil,), evil)._repr_html_()
    page += Table({evil: [(evil, evil, evil, evil)]}, evil)._repr_html_()
    assert "<script>" not in page
    assert page.count("&lt;script&gt;") == 11


def test_backticks_become_code():
    assert ">a &lt; b</code>" in Report("failed", "is `a < b`")._repr_html_()


def test_plain_text_holds_facts_and_remarks():
    report = Report("failed", "No.", (("yours", "1\n2"),), ("By the way.",), "toy.x")
    assert str(report).splitlines() == [
        "✗ Not right yet · toy.x",
        "  No.",
        "    yours        1",
        "                 2",
        "  By the way.",
    ]
