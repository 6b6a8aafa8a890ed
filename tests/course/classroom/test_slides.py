"""Slides of notebooks: of small ones, rule by rule, and of all of the course's."""

import re
from html import unescape

import pytest

from metacourse.course.classroom.deck import deck
from metacourse.course.classroom.slides import slides
from metacourse.course.command import main
from metacourse.course.edition import ours
from metacourse.course.files import read_notebook
from metacourse.course.forms import tags
from tests.course.small import code, notebook, text, with_output

TITLE = text("title", "# A title\n\n**The question: why?**")
PICTURE = {
    "text/html": '<img src="data:image/png;base64,AA" alt="A line.">',
    "text/plain": "A line.",
}
FORM = {"text/html": "<div><strong>How much?</strong><ul><li>a</li></ul></div>", "text/plain": "F"}
REVEAL = {"text/html": "<div>…</div>", "text/plain": "· Note · a.b\n  So.\n    computed     7 %"}
PATHS = sorted(ours().glob("[0-9]*.ipynb"))


def tagged(cell, *names):
    return cell | {"metadata": {"tags": list(names)}}


def shows(cell, *datas, kind="display_data"):
    return cell | {"outputs": [{"output_type": kind, "data": data} for data in datas]}


def made(*cells):
    return slides(notebook(TITLE, *cells))[1:]


def shown(slide):
    """What the slide shows, as text."""
    return unescape(re.sub(r"<[^>]*>", " ", slide.body))


@pytest.fixture(scope="module")
def course():
    """{name: (notebook, slides)} of all notebooks."""
    read = {path.stem: read_notebook(path.read_bytes()) for path in PATHS}
    return {name: (one, slides(one)) for name, one in read.items()}


# ---- rules ---------------------------------------------------------------------------------------


def test_a_heading_is_shown_without_its_minutes():
    (slide,) = made(text("one", "## 1 · One (5 min)\n\nText."))
    assert (slide.kind, slide.heading) == ("section", "1 · One")
    assert "min" not in shown(slide)


def test_what_is_not_shown_of_a_text_is_said():
    (slide,) = made(text("one", "First.\n\nSecond."))
    assert "Second" not in shown(slide)
    assert slide.notes == ["<p>Second.</p>"]


def test_a_text_with_the_tag_slide_is_shown_whole():
    (slide,) = made(tagged(text("one", "First.\n\nSecond."), "slide"))
    assert "Second" in shown(slide)
    assert slide.notes == []


def test_an_instructors_cell_is_a_note_of_the_slide_before():
    (slide,) = made(text("one", "Text."), tagged(text("two", "Let them vote."), "instructor"))
    assert slide.notes == ["<p>Let them vote.</p>"]


def test_a_folded_answer_follows_on_the_next_slide():
    source = "**Think.** Why?\n\n<details><summary>Our answer</summary>\n\nSo.\n\n</details>"
    question, answer = made(text("think-why", source))
    assert shown(question).split() == ["Think.", "Why?"]
    assert shown(answer).split() == ["Our", "answer.", "So."]


def test_links_lead_nowhere():
    (slide,) = made(text("one", "See [the paper](https://example.org)."))
    assert slide.body == "<p>See the paper.</p>"


def test_a_stub_stands_below_its_statement_and_its_check_is_left_out():
    statement = tagged(
        text("statement", '**Exercise 1 · `f`** (5 minutes). Do. (`hint("a.f")`)'), "statement"
    )
    stub = tagged(code("stub", "def f():\n    ..."), "exercise")
    report = {"text/html": "<div>○ Not attempted yet</div>", "text/plain": "○"}
    (slide,) = made(statement, stub, shows(code("check", 'check("a.f", f)'), report))
    assert re.search(r"Exercise 1 .*\(5 minutes\).*def\s+f", shown(slide), re.DOTALL)
    assert "hint" not in shown(slide)


def test_a_picture_is_shown_with_its_alt_text_and_without_its_code():
    (slide,) = made(shows(code("one", "draw()"), PICTURE))
    assert (slide.kind, slide.body) == ("picture", PICTURE["text/html"])


def test_a_live_figure_says_where_it_lives():
    (slide,) = made(shows(code("one", "a_widget()"), PICTURE, kind="execute_result"))
    assert shown(slide).strip() == "live in the notebook"


def test_a_program_is_left_out_unless_it_has_the_tag_slide():
    one = with_output(code("one", "print(1 + 1)"), "2\n")
    assert made(one) == []
    (slide,) = made(tagged(one, "slide"))
    assert re.search(r"print.*2", shown(slide), re.DOTALL)


def test_a_short_output_appears_below_the_text_that_leads_to_it():
    (slide,) = made(text("one", "The loss is:"), with_output(code("two", "run()"), "0.5 < 1\n"))
    assert '<pre class="printed fragment">0.5 &lt; 1</pre>' in slide.body


def test_a_short_output_is_not_put_below_an_exercise_or_a_spoiler():
    spoiler = tagged(text("one", "As you saw."), "spoiler")
    (slide,) = made(spoiler, with_output(code("two", "run()"), "0.5\n"))
    assert "0.5" not in slide.body


def test_a_long_output_is_divided():
    lines = "".join(f"row {i}\n" for i in range(30))
    assert [
        slide.body.count("row") for slide in made(with_output(code("one", "run()"), lines))
    ] == [20, 10]


def test_a_prediction_is_a_slide_and_its_answer_one_behind_what_shows_it():
    vote, picture, answer = made(
        shows(code("predict", 'predict("a.b", question)'), FORM),
        shows(code("reveal", 'draw()\nreveal("a.b", 7)'), PICTURE, REVEAL),
    )
    assert (vote.kind, picture.kind, answer.kind) == ("vote", "picture", "answer")
    assert "7 %" not in shown(vote)
    assert re.search(r"How much\?.*7 %", shown(answer))


def test_a_quiz_is_a_vote_for_each_question_with_the_answers_in_the_notes():
    votes = made(shows(code("quiz", 'quiz("maml.recall")'), FORM))
    assert [slide.kind for slide in votes] == ["vote"] * 3
    assert "✓" not in "".join(slide.body for slide in votes)
    assert all("".join(slide.notes).count("✓") == 1 for slide in votes)


def test_what_is_read_at_home_is_a_note():
    (slide,) = made(
        text("one", "## 1 · A section"), tagged(text("more", "**Much** to read."), "home")
    )
    assert "Much" not in shown(slide)
    assert "Much" in slide.notes[0]


def test_what_only_one_learner_needs_is_left_out():
    again = tagged(with_output(code("resume", "run()"), "a\nb\nc\nd\n"), "resume")
    table = {"text/html": "<table>…</table>", "text/plain": "03 MAML"}
    listed = text("sections", "**Sections**"), text("sources", "## Papers")
    assert made(*listed, again, shows(code("progress", "progress()"), table)) == []


# ---- the course's notebooks ----------------------------------------------------------------------


@pytest.mark.parametrize("name", [path.stem for path in PATHS])
def test_a_notebook_is_a_deck_of_at_most_eighty_slides(course, name):
    _, deck_of = course[name]
    assert deck_of[0].kind == "title"
    assert 20 <= len(deck_of) <= 80


@pytest.mark.parametrize("name", [path.stem for path in PATHS])
def test_no_slide_has_more_than_ninety_words(course, name):
    for slide in course[name][1]:
        prose = re.sub(r"<pre.*?</pre>|\$\$.*?\$\$|\$[^$]*\$", " x ", slide.body, flags=re.DOTALL)
        assert len(unescape(re.sub(r"<[^>]*>", " ", prose)).split()) <= 90


@pytest.mark.parametrize("name", [path.stem for path in PATHS])
def test_what_an_instructor_is_told_stands_in_notes_alone(course, name):
    cells, deck_of = course[name][0]["cells"], course[name][1]
    told = [cell for cell in cells if "instructor" in tags(cell)]
    said = " ".join(note for slide in deck_of for note in slide.notes)
    assert said.count("For the instructor") == sum(
        "For the instructor" in c["source"] for c in told
    )
    assert not any("For the instructor" in slide.body for slide in deck_of)


@pytest.mark.parametrize("name", [path.stem for path in PATHS])
def test_every_prediction_stands_before_its_answer(course, name):
    notebook_of, deck_of = course[name]
    asked = [i for i, slide in enumerate(deck_of) if slide.asks]
    answers = [i for i, slide in enumerate(deck_of) if slide.kind == "answer"]
    source = "\n".join(cell["source"] for cell in notebook_of["cells"])
    assert len(asked) == len(re.findall(r"^ *predict\(", source, re.MULTILINE))
    assert len(answers) == len(asked)
    assert all(before < after for before, after in zip(asked, answers, strict=True))


@pytest.mark.parametrize("name", [path.stem for path in PATHS])
def test_every_picture_of_a_notebook_is_in_its_deck_once(course, name):
    notebook_of, deck_of = course[name]
    committed = str([cell.get("outputs") for cell in notebook_of["cells"]]).count("<img ")
    pictures = [image for slide in deck_of for image in re.findall("<img [^>]*", slide.body)]
    assert len(pictures) == committed
    assert all(' alt="' in image for image in pictures)


def test_nothing_in_a_deck_leads_out_of_it(course):
    for _, deck_of in course.values():
        page = deck(deck_of).partition("<script>")[0]
        found = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(.{5})""", page)
        assert set(found) <= {"data:"}


# ---- the command ---------------------------------------------------------------------------------


def test_a_chapter_becomes_a_file_for_each_notebook(tmp_path, capsys):
    assert main(["slides", "02", "--folder", str(tmp_path / "new")]) == 0
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == ["02a_the_factor.html", "02b_two_optima.html"]
    assert "02b_two_optima.html: " in capsys.readouterr().out


@pytest.mark.parametrize("chapter", ["99", "", "glossary"])
def test_a_chapter_that_there_is_not_gets_a_sentence_that_names_those_there_are(
    tmp_path, capsys, chapter
):
    assert main(["slides", chapter, "--folder", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "03a" in line
    assert list(tmp_path.iterdir()) == []
