"""The live picture of notebook 11b: which method, and which answer would change it."""

from metacourse.chooser import QUESTIONS, advise, alternatives
from metacourse.figures import outlook as draw
from metacourse.widgets.live import LiveFigure, choice

START = {"frozen": "no", "tasks": "30 to 1,000"}  # the others with their first answer


def chooser_widget():
    """Answer seven questions: a method, the rival to run first, and what each other answer gives.

    Controls: one for each of `chooser.QUESTIONS`.
    """
    controls = {
        name: choice(text, list(answers), START.get(name))
        for name, (text, answers) in QUESTIONS.items()
    }

    def show(axes, **situation):
        rule = advise(situation)
        methods = alternatives(situation)
        draw.draw_choices(axes, QUESTIONS, situation, methods, rule.method)
        return (
            f"{rule.method}: {rule.reason} ({rule.notebook[:3]}). First run: {rule.first}. "
            f"{turning(methods, rule.method)}"
        )

    sweeps = [{"frozen": 2, "tasks": 3, "shots": 3}, {"asked": 4, "frozen": 2, "alike": 2}]
    alt = "Seven questions with their answers, in each answer the method that it would lead to."
    return LiveFigure(show, controls, alt=alt, size=(9.6, 5.2), sweeps=sweeps)


def turning(methods, advised):
    """Which questions have an answer that leads elsewhere, in a sentence."""
    asked = [QUESTIONS[name][0] for name, ways in methods.items() if {*ways.values()} != {advised}]
    listed = "; ".join(asked) or "none"
    return f"Another answer would change it for: {listed}."
