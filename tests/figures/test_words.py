"""The pictures of notebook 10b show the numbers that they are given."""

import pytest

from metacourse.experiments import language_learners
from metacourse.figures import words as draw
from metacourse.figures.style import COLOURS, ROLES


def rows(ax):
    """What stands beside the bars, from the top down, and how long they are."""
    labels = {
        place: text.get_text()
        for place, text in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)
    }
    bars = sorted(ax.patches, key=lambda bar: -bar.get_y())
    return {labels[bar.get_y() + bar.get_height() / 2]: bar.get_width() for bar in bars}


def test_shares_are_bars_in_their_order_with_their_numbers(ax):
    draw.draw_shares(ax, {"Welsh": 0.25, "German": 1.0}, xlabel="share", chance=0.5)
    assert list(rows(ax).items()) == [("Welsh", 0.25), ("German", 1.0)]
    assert [text.get_text() for text in ax.texts] == ["25%", "100%"]
    assert ax.lines[0].get_xdata()[0] == 0.5


def test_n_grams_speak_to_the_right_for_a_language_and_to_the_left_against_it(ax):
    draw.draw_grams(ax, {"^ki": 3.0, "o$": -2.0, "$": 0.5}, name="A", other="B", n_rows=2)
    assert rows(ax) == {"^ki": 3.0, "o$": -2.0}
    colours = [bar.get_facecolor()[:3] for bar in ax.patches]
    assert colours[0] != colours[1]
    assert ax.get_xlabel() == "← B   log p   A →"


def test_without_n_grams_nothing_is_drawn_and_nothing_fails(ax):
    draw.draw_grams(ax, {}, name="A", other="B", n_rows=2)
    assert rows(ax) == {}


def test_languages_stand_in_their_order_and_families_are_marked(ax):
    right = {f"language {n}": 1 - n / 10 for n in range(8)}
    families = dict.fromkeys(right, "rest") | {"language 2": "Celtic"}
    draw.draw_languages(ax, right, families, marked={"Celtic": ("green", "D")}, chance=0.2)
    marked = next(line for line in ax.lines if line.get_label() == "Celtic")
    assert marked.get_xydata().tolist() == [[2, pytest.approx(0.8)]]
    assert marked.get_color() == COLOURS["green"]
    named = [text.get_text() for text in ax.texts]
    ends = (
        "easiest: language 0, language 1, language 2",
        "hardest: language 5, language 6, language 7",
    )
    assert {*ends, "chance"} == {*named}


def test_every_learner_has_a_role_of_its_own():
    languages = [name for name in draw.ROLES_OF if name in LEARNERS]
    assert len(languages) == len(LEARNERS)
    assert {*draw.ROLES_OF.values()} <= {*ROLES}
    for names in (languages, [name for name in draw.ROLES_OF if name not in LEARNERS]):
        assert len({ROLES[draw.ROLES_OF[name]] for name in names}) == len(names)


LEARNERS = {*language_learners.RATES} | {
    "counts, nearest mean",
    "tf-idf, nearest mean",
    "tf-idf, ridge",
    "naive Bayes, uniform prior",
    "naive Bayes, learned prior",
}
