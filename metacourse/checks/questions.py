"""Predictions that the learner commits to before the reveal, and quizzes that answer back."""

import html
import math
from collections.abc import Callable, Sequence

import ipywidgets as widgets

from metacourse.checks import joined
from metacourse.checks.quizzes import Question
from metacourse.checks.report import MONO, Report, inline
from metacourse.checks.store import read, update
from metacourse.figures.stand_in import StandIn

STYLE = """<style>
.metacourse-options label { height: auto; line-height: 1.4; margin-bottom: 4px; display: flex;
  flex-direction: row-reverse; justify-content: flex-end; gap: 6px; white-space: normal; }
.metacourse-options input { position: static; flex: none; margin: 0; }
.metacourse-slider [disabled] .noUi-handle { background: var(--jp-border-color1); }
</style>"""
CODE = (
    "line-height:1.4;font-size:.92em;font-weight:normal;margin:6px 0;padding:6px 10px;"
    "overflow-x:auto;background:var(--jp-layout-color2, #eee)"
)
asked: dict[str, dict] = {}  # what predict() asked in this kernel: options, unit


class Form(StandIn, widgets.VBox):
    """A box of widgets that also carries a static text for readers without a kernel."""

    how_to_revive = "Run this cell to answer."

    def __init__(self, children: Sequence[widgets.Widget], fallback: str):
        super().__init__(children, layout=widgets.Layout(max_width="52em", margin="4px 0"))
        self.fallback = fallback

    def stand_in(self) -> dict[str, str]:
        return {"text/html": self.fallback}


def text(content: str = "") -> widgets.HTML:
    return widgets.HTML(content, layout=widgets.Layout(width="auto", margin="2px 0"))


def title(question: str) -> widgets.HTML:
    return text(f'{STYLE}<div style="line-height:1.45">{written_out(question)}</div>')


def written_out(question: str) -> str:
    """A question as HTML: in bold, what stands between ``` and ``` as a block of code."""
    bold, *rest = question.split("```")
    shown = f"<strong>{inline(bold.strip())}</strong>"
    for i, part in enumerate(rest):
        code = f'<pre style="{MONO};{CODE}">{html.escape(part.strip())}</pre>'
        shown += inline(part.strip()) if i % 2 else code
    return shown


def without_code(question: str) -> str:
    """The sentence of a question, for a label or a tooltip."""
    return question.split("```")[0].strip()


def plain(option: str) -> str:
    """An option for a radio button, which cannot show code."""
    return option.replace("`", "")


def say(content: str) -> str:
    """A message that a screen reader announces."""
    return f'<div role="status" style="line-height:1.45">{content}</div>'


def choices(options: Sequence[str], value: str | None, label: str) -> widgets.RadioButtons:
    layout = widgets.Layout(width="auto", margin="2px 0")
    radio = widgets.RadioButtons(options=list(options), value=value, layout=layout, tooltip=label)
    radio.add_class("metacourse-options")
    return radio


def slider(low: float, high: float, value: float | None, label: str) -> widgets.FloatSlider:
    """A slider for a number."""
    step, digits = fineness(low, high)
    widget = widgets.FloatSlider(
        value=low if value is None else value,  # the middle might be near the answer
        min=low,
        max=high,
        step=step,
        readout_format=f".{digits}f",
        tooltip=label,
        layout=widgets.Layout(width="26em"),
    )
    widget.add_class("metacourse-slider")
    return widget


def fineness(low: float, high: float) -> tuple[float, int]:
    """A round step, of which 50 to 500 make the range, and the digits after the point it needs."""
    power = math.floor(math.log10((high - low) / 50))
    return 10**power, max(0, -power)


def fallback(question: str, answers: Sequence[str]) -> str:
    listed = "".join(f"<li>{inline(answer)}</li>" for answer in answers)
    return f"<div>{written_out(question)}<ul>{listed}</ul></div>"


def prediction_form(
    name: str, question: str, *, options=None, low=None, high=None, unit=""
) -> Form:
    """A question with radio buttons or a slider, and a button that commits the answer.

    options: the answers, or a dict from each to the largest number that it stands for, ascending.
    A slider has to be moved before its answer can be committed.
    """
    if (options is None) == (low is None or high is None):
        raise ValueError("predict needs either options, or low and high")
    unit = unit.strip()
    asked[name] = terms = {"options": options, "unit": unit}
    record, remark = read("prediction", name)
    old = kept_answer(record, options, low, high)
    if options is not None:
        row = answer = choices(list(options), old, question)
        answers = list(options)
    else:
        answer = slider(low, high, old, question)
        row, answers = widgets.HBox([answer, widgets.Label(unit)]), [f"{low:g} to {high:g} {unit}"]
    button = widgets.Button(layout=widgets.Layout(width="auto", align_self="flex-start"))
    status = text()
    chosen = [old is not None]

    def lock(locked: bool, revealed: bool = False, remark: str = "") -> None:
        answer.disabled = locked
        button.description = "Change my mind" if locked else "Commit"
        button.disabled = revealed or not chosen[0]
        told = f"✓ You committed to {written(answer.value, unit)}." if locked else ""
        told += " It has been revealed." if revealed else ""
        status.value = say(html.escape(f"{told} {remark}".strip()))

    def press(_) -> None:
        stored, remark = read("prediction", name)
        if stored.get("revealed"):
            answer.value = stored["answer"]
            lock(True, revealed=True)
        elif answer.disabled:
            lock(False)
        else:
            committed = {"answer": answer.value} | terms
            _, remark = update("prediction", name, lambda _: committed)
            lock(True, remark=remark)
            joined.tell(prediction=name, choice=joined.choice(answer.value, options, low, high))

    def choose(change) -> None:
        chosen[0] = change.new is not None
        button.disabled = not chosen[0]

    button.on_click(press)
    answer.observe(choose, "value")
    lock(chosen[0], chosen[0] and record.get("revealed", False), remark)
    return Form([title(question), row, button, status], fallback(question, answers))


def kept_answer(record: dict, options, low, high) -> str | float | None:
    """The answer that was committed earlier, if it still is one."""
    old = record.get("answer")
    if options is not None:
        return old if old in options else None
    return old if isinstance(old, float) and low <= old <= high else None


def written(value: str | float, unit: str) -> str:
    if isinstance(value, str):
        return f"“{value}”"
    return f"{value:.4g}{'' if unit == '°' else ' '}{unit}".strip()


def revelation(name: str, answer: str | float) -> Report:
    """The learner's prediction beside the computed answer: an option, or a number.

    What was asked is known from `predict` in this kernel, else from what was kept.
    """
    record, remark = read("prediction", name)
    terms = asked.get(name, record)
    options, unit = terms.get("options"), terms.get("unit", "")
    answer = answer if isinstance(answer, str) else float(answer)
    told = written(answer, unit)
    if answer != answer:
        return Report("note", "What was computed is no number (nan): nothing to compare with.")
    if isinstance(options, dict) and not isinstance(answer, str):
        answer = next((o for o, limit in options.items() if answer <= limit), [*options][-1])
        told = f"{told}: {written(answer, unit)}"
    if options is not None and answer not in options:
        raise ValueError(f"the answer {answer!r} is not among the options {list(options)}")
    mine, remarks = record.get("answer"), (remark,) if remark else ()
    if type(mine) is not type(answer) or (options is not None and mine not in options):
        sentence = "You made no prediction here, so here is the answer alone."
        return Report("note", sentence, (("computed", told),), remarks)
    _, remark = update("prediction", name, lambda record: record | {"revealed": True})
    facts = (("you said", written(mine, unit)), ("computed", told))
    return Report("revealed", compared(mine, answer, unit), facts, (remark,) if remark else ())


def compared(mine: str | float, answer: str | float, unit: str) -> str:
    """A sentence on a prediction beside the answer."""
    if isinstance(answer, str):
        return "It is what you predicted." if mine == answer else "It is not what you predicted."
    if mine == answer:
        return "It is exactly right."
    gap = abs(mine - answer)
    unit = "percentage points" if unit == "%" else unit
    unit = unit.replace("points", "point") if gap == 1 else unit
    return f"Your prediction was {written(gap, unit)} {'too high' if mine > answer else 'too low'}."


def quiz_form(name: str, questions: Sequence[Question]) -> Form:
    """All questions of a quiz; every answer gets its reason, and another try is allowed."""
    record, remark = read("quiz", name)
    right = record.get("right", [])
    children = [
        question_box(i, question, question.text in right, lambda q, ok: answered(name, q, ok))
        for i, question in enumerate(questions, 1)
    ]
    static = "".join(fallback(q.text, [option.text for option in q.options]) for q in questions)
    return Form([*children, text(say(html.escape(remark)))], static)


def answered(name: str, question: Question, correct: bool) -> str:
    """Count an answer in the progress file; returns a remark."""

    def change(record: dict) -> dict:
        right = record.get("right", [])
        new = [question.text] if correct and question.text not in right else []
        return {"tries": record.get("tries", 0) + 1, "right": right + new}

    return update("quiz", name, change)[1]


def question_box(number: int, question: Question, before: bool, count: Callable) -> widgets.VBox:
    """One question: options, a button, and what is said about the chosen option."""
    answer = choices(
        [plain(option.text) for option in question.options], None, without_code(question.text)
    )
    button = widgets.Button(description="Answer", disabled=True)
    status = text(say("✓ You answered this one right earlier." if before else ""))

    def press(_) -> None:
        option = next(o for o in question.options if plain(o.text) == answer.value)
        remark = count(question, option.correct)
        verdict = "✓ <strong>Right.</strong>" if option.correct else "✗ <strong>No.</strong>"
        status.value = say(f"{verdict} {inline(option.why)} {html.escape(remark)}")

    def choose(_) -> None:
        button.disabled = answer.value is None
        status.value = say("")

    button.on_click(press)
    answer.observe(choose, "value")
    layout = widgets.Layout(margin="0 0 14px")
    return widgets.VBox(
        [title(f"{number}. {question.text}"), answer, button, status], layout=layout
    )
