"""The .slips files: how they are read, and what holds for those of all chapters."""

import ast
import builtins
import dis
import inspect

import pytest

from metacourse.checks import slips
from metacourse.checks.catalogue import all_names, find

TEXT = """def double(x):
    y = 2 * x
    z = y + y - y
    return z

? Think.
    Twice.
? Look.
? Say.
✓ Well
    done.

2 * x ⇒ x
    Not
    doubled.
 - y ⇒
    Nothing is taken away.
y ⇒* w
    Another name.
2 *  ⇒  ;; return z ⇒ return 2 * z
    Doubled late.
return z ⇒ if x is None:⏎    return x⏎return z
    Two lines more.
"""
READ = slips.parse(TEXT)
PROGRAM = READ.program


def test_the_program_ends_at_the_first_empty_line():
    assert PROGRAM.splitlines()[-1] == "    return z"


def test_hints_and_the_remark_are_joined_to_one_line():
    assert READ.hints == ("Think. Twice.", "Look.", "Say.")
    assert READ.remark == "Well done."


def test_a_slip_changes_what_stands_there_once():
    assert READ.slips[0].apply(PROGRAM) == PROGRAM.replace("2 * x", "x")
    assert READ.slips[0].why == "Not doubled."
    assert READ.slips[1].apply(PROGRAM) == PROGRAM.replace(" - y", "")


def test_a_slip_may_change_all_places_or_several():
    assert READ.slips[2].apply(PROGRAM) == PROGRAM.replace("y", "w")
    several = PROGRAM.replace("2 * x", "x").replace("return z", "return 2 * z")
    assert READ.slips[3].apply(PROGRAM) == several


def test_a_new_line_has_the_indentation_of_its_place():
    assert READ.slips[4].apply(PROGRAM).splitlines()[-3:] == [
        "    if x is None:",
        "        return x",
        "    return z",
    ]


@pytest.mark.parametrize("patch", ["3 * x ⇒ x", "y ⇒ w"])
def test_a_patch_that_does_not_fit_or_fits_twice_gives_nothing(patch):
    assert slips.Slip(slips.patches(patch), "").apply(PROGRAM) is None


def test_the_function_of_a_program_is_built_among_the_names():
    function = slips.build("def f(x):\n    return x + one", {"one": 1})
    assert function(2) == 3


def test_pairs_are_every_two_slips_that_fit_together_once_each():
    text = slips.parse(
        "def f(x):\n    return 2 * x + 1\n\n2 *  ⇒ \n    A.\n + 1 ⇒ \n    B.\nx + 1 ⇒ x\n    C.\n"
    )
    assert [(v.source.splitlines()[-1].strip(), v.why) for v in slips.pairs(text)] == [
        ("return x", "Two things at once. A. And: B.")
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [("the graph is cut.", "The graph is cut."), ("√ has …", "√ has …"), ("θ′ is …", "θ′ is …")],
)
def test_in_a_pair_the_values_are_no_longer_called_right(said, told):
    assert slips.both("A.", f"The values are right, but {said}") == (
        f"Two things at once. A. And: {told}"
    )


def test_two_slips_with_one_sentence_say_it_once():
    assert slips.both("A.", "A.") == "A."


def test_the_changed_lines_are_shown_from_both_sides():
    wrong = PROGRAM.replace("2 * x", "x").replace(" - y", "")
    assert slips.changed_lines(PROGRAM, wrong) == (
        ("y = 2 * x\nz = y + y - y", "y = x\nz = y + y"),
    )


def test_another_file_can_be_included_and_sentences_shared(tmp_path, monkeypatch):
    (tmp_path / "shared.slips").write_text("MORE\n    More.\nNAME\n    Said. {MORE}\n")
    (tmp_path / "common.slips").write_text("x ⇒ y\n    {NAME}\n")
    monkeypatch.setattr(slips, "FOLDER", tmp_path)
    slips.shared.cache_clear()
    try:
        read = slips.parse("def f(x):\n    return x\n\n< common\nreturn ⇒ 0\n    Own.\n")
    finally:
        slips.shared.cache_clear()
    assert [slip.why for slip in read.slips] == ["Said. More.", "Own."]


# The files of all chapters -----------------------------------------------------------------------

EXERCISES = all_names("EXERCISES")
TEXTS = {name: find("EXERCISES", name).text for name in EXERCISES}
SLIPS = [(name, slip) for name, text in TEXTS.items() for slip in text.slips]


def test_every_file_belongs_to_an_exercise_or_is_included():
    files = {path.stem for path in slips.FOLDER.glob("*.slips")}
    included = {
        line[2:]
        for path in slips.FOLDER.glob("*.slips")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("< ")
    }
    assert files == {*EXERCISES, *included, "shared"}


def test_every_shared_sentence_is_told():
    texts = [path.read_text(encoding="utf-8") for path in slips.FOLDER.glob("*.slips")]
    unused = [name for name in slips.shared() if not any(f"{{{name}}}" in text for text in texts)]
    assert unused == []


@pytest.mark.parametrize("path", sorted(slips.FOLDER.glob("*.slips")), ids=lambda path: path.stem)
def test_lines_are_short_enough_to_read(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 100] == []


@pytest.mark.parametrize(("name", "slip"), SLIPS)
def test_every_slip_fits_its_program_and_compiles(name, slip):
    source = slip.apply(TEXTS[name].program)
    assert source is not None, slip.patches
    ast.parse(source)


@pytest.mark.parametrize(("name", "slip"), SLIPS)
def test_no_slip_uses_a_name_that_nobody_has_given(name, slip):
    """A program that stops at such a name is told from nothing that a learner wrote."""
    exercise = find("EXERCISES", name)
    function = slips.build(slip.apply(TEXTS[name].program), exercise.namespace)
    given = {*dir(builtins), *function.__globals__}
    assert {used for used in global_names(function.__code__) if used not in given} == set()


def global_names(code):
    """The names that a program loads from outside, its inner functions included."""
    own = {each.argval for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"}
    inner = (part for part in code.co_consts if inspect.iscode(part))
    return own.union(*(global_names(part) for part in inner))


@pytest.mark.parametrize("name", EXERCISES)
def test_no_two_slips_are_the_same_program(name):
    sources = [slip.apply(TEXTS[name].program) for slip in TEXTS[name].slips]
    assert len({TEXTS[name].program, *sources}) == len(sources) + 1


@pytest.mark.parametrize("name", EXERCISES)
def test_there_are_three_hints_and_none_is_the_solution(name):
    hints = TEXTS[name].hints
    assert len(hints) == len(set(hints)) == 3
    body = {line.strip() for line in TEXTS[name].program.splitlines()[1:] if len(line.strip()) > 24}
    assert [line for line in body for hint in hints if line in hint] == []


def test_slips_that_are_told_alike_are_one_mistake():
    text = slips.Text(slips=tuple(slips.Slip((), why) for why in ("a", "b", "a")))
    assert slips.mistakes(text, (2, 1)) == (0, 1)
