"""What holds for the exercises, quizzes and predictions of every chapter, present and future.

Right answers written differently stand in tests/checks/test_<chapter>.py as ALTERNATIVES, a dict
from an exercise's name to functions; they are found and tried here.
"""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from metacourse.checks import diagnose, quizzes, slips
from metacourse.checks.catalogue import all_names, chapters, find

EXERCISES = all_names("EXERCISES")
SLIPS = [(name, slip) for name in EXERCISES for slip in find("EXERCISES", name).text.slips]
QUESTIONS = [(name, q) for name in all_names("QUIZZES") for q in find("QUIZZES", name)]


def alternatives():
    for chapter in chapters():
        if (Path(__file__).parent / f"test_{chapter}.py").exists():
            module = importlib.import_module(f"tests.checks.test_{chapter}")
            for name, functions in getattr(module, "ALTERNATIVES", {}).items():
                yield from ((f"{chapter}.{name}", function) for function in functions)


@pytest.mark.parametrize("name", EXERCISES)
def test_the_reference_passes(name):
    exercise = find("EXERCISES", name)
    report = diagnose(exercise, exercise.reference)
    assert report.state == "passed", report


@pytest.mark.parametrize(("name", "function"), list(alternatives()))
def test_a_right_answer_written_differently_passes(name, function):
    report = diagnose(find("EXERCISES", name), function)
    assert report.state == "passed", report


@pytest.mark.parametrize("name", EXERCISES)
def test_there_is_a_right_answer_written_differently(name):
    assert name in {alternative for alternative, _ in alternatives()}


@pytest.mark.parametrize("name", EXERCISES)
def test_the_program_that_the_solution_shows_passes(name):
    exercise = find("EXERCISES", name)
    program = slips.build(exercise.text.program, exercise.namespace)
    report = diagnose(exercise, program)
    assert report.state == "passed", report


@pytest.mark.parametrize(("name", "slip"), SLIPS)
def test_each_slip_is_rejected_by_its_own_reason(name, slip):
    exercise = find("EXERCISES", name)
    wrong = slips.build(slip.apply(exercise.text.program), exercise.namespace)
    report = diagnose(exercise, wrong, patience=0)
    assert (report.state, report.sentence) == ("failed", slip.why)


def told_together(name):
    """Of some pairs of slips, whether each is told: as two, or as one that does the same."""
    exercise = find("EXERCISES", name)
    known = {slip.why for slip in exercise.text.slips}
    for variant in list(slips.pairs(exercise.text))[20:400:60]:
        wrong = slips.build(variant.source, exercise.namespace)
        report = diagnose(exercise, wrong, patience=60)
        if report.state == "failed":  # two slips may undo each other
            yield report.sentence in known or report.sentence.startswith("Two things at once.")


def test_nearly_all_pairs_of_slips_are_told():
    told = [known for name in EXERCISES for known in told_together(name)]
    assert len(told) > 100
    assert sum(told) > 0.9 * len(told)


@pytest.mark.parametrize("name", EXERCISES)
def test_it_has_three_slips_or_more_and_knows_an_untouched_stub(name):
    exercise = find("EXERCISES", name)
    assert len({slip.why for slip in exercise.text.slips}) >= 3
    assert set(exercise.differentiable) <= set(inspect.signature(exercise.reference).parameters)
    assert diagnose(exercise, lambda *args, **kwargs: ...).state == "unattempted"


@pytest.mark.parametrize("name", EXERCISES)
def test_the_signature_of_the_program_is_the_one_that_is_needed(name):
    exercise = find("EXERCISES", name)
    program = slips.build(exercise.text.program, exercise.namespace)
    forms = [
        [(p.name, p.kind, p.default) for p in inspect.signature(f).parameters.values()]
        for f in (program, exercise.reference)
    ]
    assert [form for form in forms[0] if form[0] != "first_order"] == [
        form for form in forms[1] if form[0] != "first_order"
    ]


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
def test_a_question_has_one_right_option_and_a_reason_for_each_wrong_one(name, question):
    texts = [option.text for option in question.options]
    assert [option.correct for option in question.options].count(True) == 1
    assert len(set(texts)) == len(texts) >= 2
    assert all(option.why for option in question.options if not option.correct)


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
def test_a_quiz_has_no_marks_of_emphasis_which_would_be_shown(name, question):
    prose = question.text.split("```")[::2]
    shown = [*prose, *(text for o in question.options for text in (o.text, o.why))]
    assert not [text for text in shown if re.search(r"\*\w[^*`]*\w\*", text)]


@pytest.mark.parametrize("name", all_names("QUIZZES"))
def test_the_right_options_of_a_quiz_are_not_all_at_one_place(name):
    questions = find("QUIZZES", name)
    places = [[o.correct for o in question.options].index(True) for question in questions]
    assert len({question.text for question in questions}) == len(questions)
    assert len(questions) < 3 or len(set(places)) > 1


def test_the_right_option_is_not_the_longest_more_often_than_by_chance():
    longest = sum(max(q.options, key=lambda o: len(o.text)).correct for _, q in QUESTIONS)
    assert longest <= sum(1 / len(q.options) for _, q in QUESTIONS)


def test_every_quiz_file_belongs_to_a_quiz():
    assert {path.stem for path in quizzes.FOLDER.glob("*.quiz")} == set(all_names("QUIZZES"))


def test_no_text_to_a_learner_shouts():
    found = [find("EXERCISES", name).text for name in EXERCISES]
    texts = [told for t in found for told in (*t.hints, t.remark, *(slip.why for slip in t.slips))]
    texts += [text for _, q in QUESTIONS for o in q.options for text in (q.text, o.text, o.why)]
    assert [text for text in texts if text.endswith("!") or "! " in text] == []
