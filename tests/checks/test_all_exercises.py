"""What holds for the exercises, quizzes and predictions of every chapter, present and future.

Right answers written differently stand in tests/checks/test_<chapter>.py as ALTERNATIVES, a dict
from an exercise's name to functions; they are found and tried here.
"""

import importlib
import inspect
from pathlib import Path

import pytest

from metacourse.checks import diagnose
from metacourse.checks.catalogue import chapters, find, names

EXERCISES = names("EXERCISES")
MISTAKES = [(name, m) for name in EXERCISES for m in find("EXERCISES", name).mistakes]
QUESTIONS = [(name, q) for name in names("QUIZZES") for q in find("QUIZZES", name)]


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


@pytest.mark.parametrize(("name", "mistake"), MISTAKES)
def test_each_mistake_is_rejected_by_its_own_reason(name, mistake):
    report = diagnose(find("EXERCISES", name), mistake.function)
    assert (report.state, report.sentence) == ("failed", mistake.why)


@pytest.mark.parametrize("name", EXERCISES)
def test_three_mistakes_or_more_and_three_hints(name):
    exercise = find("EXERCISES", name)
    assert len({mistake.why for mistake in exercise.mistakes}) >= 3
    assert len(exercise.hints) == len(set(exercise.hints)) == 3
    assert set(exercise.differentiable) <= set(inspect.signature(exercise.reference).parameters)


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
def test_a_question_has_one_right_option_and_a_reason_for_each_wrong_one(name, question):
    texts = [option.text for option in question.options]
    assert [option.correct for option in question.options].count(True) == 1
    assert len(set(texts)) == len(texts) >= 2
    assert all(option.why for option in question.options if not option.correct)


@pytest.mark.parametrize("name", names("QUIZZES"))
def test_the_right_options_of_a_quiz_are_not_all_at_one_place(name):
    questions = find("QUIZZES", name)
    places = [[o.correct for o in question.options].index(True) for question in questions]
    assert len({question.text for question in questions}) == len(questions)
    assert len(questions) < 3 or len(set(places)) > 1


def test_no_text_to_a_learner_shouts():
    exercises = [find("EXERCISES", name) for name in EXERCISES]
    texts = [text for e in exercises for text in (*e.hints, e.remark, *(m.why for m in e.mistakes))]
    texts += [text for _, q in QUESTIONS for o in q.options for text in (q.text, o.text, o.why)]
    assert [text for text in texts if text.endswith("!") or "! " in text] == []
