import contextlib
import copy
import dataclasses
import signal
import time
import warnings
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from metacourse.checks import Exercise, diagnose, slips
from metacourse.checks.exercise import call
from metacourse.checks.trees import tree_map
from tests.checks.toy import DRAW, PRODUCT, cut, product, without_scale

RIGHT = """def double(x):
    y = 2 * x
    return y
"""


def exercise(reference, cases=None, *patches, **kwargs):
    """An exercise without text, or whose text is RIGHT with these slips: (patch, sentence)."""
    cases = cases or (lambda g: {"x": torch.randn(3, dtype=torch.float64, generator=g)})
    text = slips.parse("\n".join([RIGHT, *(f"{patch}\n    {why}" for patch, why in patches)]))
    return Exercise(reference, cases, text=text, namespace={"torch": torch}, **kwargs)


def double(x):
    return 2 * x


DOUBLE = exercise(double)


def blind(known):
    """The same exercise, which knows no slips."""
    return dataclasses.replace(known, text=dataclasses.replace(known.text, slips=()))


def test_the_reference_passes_with_its_remark():
    report = diagnose(PRODUCT, product)
    assert report.state == "passed"
    assert "gradients included" in report.sentence
    assert report.remarks == ("Well done.",)


def test_a_right_answer_written_differently_passes():
    def other(theta, x, scale):
        return torch.einsum("sd,d->s", x, theta).pow(2).mul(scale)

    assert diagnose(PRODUCT, other).state == "passed"


@pytest.mark.parametrize("slip", PRODUCT.text.slips, ids=lambda slip: slip.why)
def test_a_known_slip_is_named(slip):
    wrong = slips.build(slip.apply(PRODUCT.text.program), PRODUCT.namespace)
    assert diagnose(PRODUCT, wrong).sentence == slip.why


def test_two_slips_at_once_are_named_both():
    def wrong(theta, x, *, scale=1.0):
        return x @ theta

    assert diagnose(PRODUCT, wrong).sentence == (
        "Two things at once. The factor `scale` is missing. And: The square is missing."
    )


def test_named_slips_have_their_numbers_in_the_text():
    assert diagnose(PRODUCT, without_scale).mistakes == (0,)
    assert diagnose(PRODUCT, lambda theta, x, *, scale=1.0: x @ theta).mistakes == (0, 1)
    assert diagnose(PRODUCT, product).mistakes == ()


def test_of_two_slips_one_may_be_in_the_graph_alone():
    def wrong(theta, x, *, scale=1.0):
        return (x @ theta) * (x @ theta).detach()

    assert diagnose(PRODUCT, wrong).sentence == (
        "Two things at once. The factor `scale` is missing. "
        "And: One factor is detached: half of the gradient is lost."
    )


def test_a_named_slip_has_its_place_in_the_right_program():
    assert diagnose(PRODUCT, without_scale).where == (
        ("return scale * one * two", "return one * two"),
    )


def test_three_slips_at_once_are_not_named_as_two():
    def wrong(theta, x, *, scale=2.0):
        return (x @ theta).detach()

    assert "Two things" not in diagnose(PRODUCT, wrong).sentence


def test_without_patience_no_pairs_are_tried():
    def wrong(theta, x, *, scale=1.0):
        return x @ theta

    assert "wrong values" in diagnose(PRODUCT, wrong, patience=0).sentence


def test_equal_values_with_a_cut_graph_are_told_apart_by_their_gradient():
    report = diagnose(blind(PRODUCT), cut)
    assert "gradient with respect to `theta`" in report.sentence
    assert [name for name, _ in report.facts][:2] == ["yours", "needed"]


def test_a_slip_that_agrees_by_luck_on_one_case_is_not_named():
    def cases(generator):
        return {"x": torch.randint(0, 2, (1,), generator=generator).double()}

    lucky = "return y ⇒ return 0 * y", "Always zero."
    report = diagnose(exercise(double, cases, lucky), lambda x: 3 * x)
    assert report.state == "failed"
    assert report.sentence != "Always zero."


def test_of_two_indistinguishable_slips_the_first_is_named():
    twins = ("2 * x ⇒ x", "first"), ("return y ⇒ return y / 2", "second")
    assert diagnose(exercise(double, None, *twins), lambda x: x).sentence == "first"


def test_a_slip_that_raises_is_not_named_where_the_answer_does_not():
    broken = "return y ⇒ return y[99]", "broken"
    assert diagnose(exercise(double, None, broken), lambda x: x).sentence != "broken"


def test_a_slip_that_raises_is_named_where_the_answer_raises_the_same():
    broken = "return y ⇒ return y[99]", "There is no entry 99."
    known = exercise(double, None, broken)
    assert diagnose(known, lambda x: x[99]).sentence == "There is no entry 99."
    assert "IndexError" in diagnose(known, lambda x: x[98]).sentence


def test_a_slip_that_raises_in_an_edge_case_only_pairs_with_another():
    def cases(generator):
        rate = 2.0 if generator.initial_seed() % 2 else {"a": 2.0}
        return {"x": torch.ones(2, dtype=torch.float64), "rate": rate}

    def scaled(x, rate):
        return x * (rate["a"] if isinstance(rate, dict) else rate) + 1

    text = """def scaled(x, rate):
    factor = rate["a"] if isinstance(rate, dict) else rate
    return x * factor + 1

x * factor ⇒ x * rate
    `rate` may be a dict.
 + 1 ⇒
    1 is missing.
"""
    edge = lambda case: isinstance(case["rate"], dict)  # noqa: E731
    known = Exercise(scaled, cases, edge=edge, text=slips.parse(text))
    assert diagnose(known, lambda x, rate: x * rate + 1).sentence == "`rate` may be a dict."
    assert diagnose(known, lambda x, rate: x * rate).sentence == (
        "Two things at once. `rate` may be a dict. And: 1 is missing."
    )


def test_an_unknown_difference_shows_the_first_case_with_both_results():
    report = diagnose(exercise(double, lambda g: {"x": torch.tensor([1.0, 2.0])}), lambda x: 5 * x)
    assert report.facts == (
        ("yours", "[5, 10]  (2,)"),
        ("needed", "[2, 4]  (2,)"),
        ("`x`", "[1, 2]  (2,)"),
    )


def test_two_numbers_that_print_alike_are_shown_with_more_digits():
    report = diagnose(exercise(lambda x: 0.17210001, lambda g: {"x": 1}), lambda x: 0.17210316)
    assert report.facts[:2] == (("yours", "0.17210316"), ("needed", "0.17210001"))


def test_values_that_print_alike_in_any_case_are_shown_short():
    report = diagnose(exercise(lambda x: x.argsort()), lambda x: x.argsort() / 1)
    (_, got), (_, needed) = report.facts[:2]
    assert got == needed


def test_the_result_of_a_call_is_not_a_function():
    assert "without calling it" in diagnose(DOUBLE, torch.ones(2)).sentence


def test_a_missing_argument_is_named_with_the_expected_form():
    report = diagnose(PRODUCT, lambda theta, x: x @ theta)
    assert report.sentence == (
        "It does not take the argument `scale`; needed is `product(theta, x, *, scale=1.0)`."
    )


def test_an_additional_argument_is_named():
    assert "asks for `z`" in diagnose(DOUBLE, lambda x, z: x).sentence


def test_an_additional_argument_with_a_default_is_allowed():
    assert diagnose(DOUBLE, lambda x, factor=2: factor * x).state == "passed"


def test_an_exception_is_told_with_the_learners_own_line():
    def wrong(x):
        y = x + 1
        return y @ torch.ones(7, dtype=x.dtype)

    report = diagnose(DOUBLE, wrong)
    line = wrong.__code__.co_firstlineno + 2
    assert "`RuntimeError`" in report.sentence
    assert report.facts[0] == (f"line {line}", "return y @ torch.ones(7, dtype=x.dtype)")


def test_a_right_answer_in_numpy_is_passed():
    assert diagnose(DOUBLE, lambda x: 2 * x.numpy()).state == "passed"


def test_a_wrong_answer_in_numpy_is_not_called_chance():
    report = diagnose(DOUBLE, lambda x: 5 * x.numpy())
    assert "wrong values" in report.sentence


def test_an_exception_is_told_with_the_shapes_that_went_in():
    report = diagnose(DOUBLE, lambda x: x @ torch.ones(7, dtype=x.dtype))
    assert ("called with", "x (3,)") in report.facts


def test_an_exception_is_told_with_the_case_that_raised_it():
    def cases(generator):
        return {"x": torch.zeros(1 + generator.initial_seed() % 3)}

    report = diagnose(exercise(double, cases), lambda x: 2 * x if len(x) < 3 else x @ x[:1])
    assert ("called with", "x (3,)") in report.facts


def test_none_asks_for_the_return():
    def forgotten(x):
        2 * x

    assert "`return` missing" in diagnose(DOUBLE, forgotten).sentence


def test_none_asks_for_the_return_where_facts_are_observed():
    def forgotten(n, *, generator):
        torch.randperm(n, generator=generator)

    assert "`return` missing" in diagnose(DRAW, forgotten).sentence


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda x: "2", "of the type `str`"),
        (lambda x: x.tolist(), "of the type `list`"),
        (lambda x: (x, x), "of the type `tuple`"),
        (lambda x: torch.outer(x, x), "the shape (3, 3); needed is (3,)"),
        (lambda x: (2 * x).to(torch.int64), "whole numbers (int64)"),
        (lambda x: x / 0 * 0, "contains nan"),
        (lambda x: x.abs() / 0, "contains inf"),
    ],
)
def test_a_result_of_the_wrong_form_is_explained(wrong, words):
    assert words in diagnose(DOUBLE, wrong).sentence


def test_decimal_labels_are_explained():
    labels = exercise(lambda x: x.argsort())
    assert "not whole ones (int64)" in diagnose(labels, lambda x: x.argsort().double()).sentence


def test_a_change_in_place_is_told_by_the_arguments_name():
    def in_place(x):
        x *= 2
        return x

    report = diagnose(DOUBLE, in_place)
    assert "changes its argument `x` in place" in report.sentence


def test_a_change_in_place_is_seen_where_a_gradient_is_needed():
    def in_place(theta, x, *, scale):
        theta *= 1.5
        return scale * (x @ (theta / 1.5)) ** 2

    assert "`theta` in place" in diagnose(PRODUCT, in_place).sentence


def test_a_replaced_entry_of_a_dict_is_a_change_in_place():
    def cases(generator):
        return {"params": {"w": torch.ones(2, dtype=torch.float64)}}

    def in_place(params):
        params["w"] = 2 * params["w"]
        return params["w"]

    report = diagnose(exercise(lambda params: 2 * params["w"], cases), in_place)
    assert "`params` in place" in report.sentence


def test_a_slip_may_be_the_change_in_place():
    named = exercise(double, None, ("2 * x ⇒ x.mul_(2)", "It overwrites x."))
    assert diagnose(named, lambda x: x.mul_(2)).sentence == "It overwrites x."


def test_a_detached_result_is_explained():
    report = diagnose(PRODUCT, lambda theta, x, scale: product(theta, x, scale=scale).detach())
    assert "no gradient flows" in report.sentence


def test_a_gradient_is_called_cut_only_where_it_is_zero():
    def cut(theta, x, *, scale=1.0):
        return product(theta, x, scale=scale).detach() + 0 * theta.sum()

    def doubled(theta, x, *, scale=1.0):
        return product(theta + (theta - theta.detach()), x, scale=scale)

    is_wrong = "The values are right, but the gradient with respect to `theta` is not"
    told = ": it is zero, as where the graph is cut or detached."
    assert diagnose(PRODUCT, cut).sentence == is_wrong + told
    assert diagnose(PRODUCT, doubled).sentence == is_wrong + "."


def test_the_empty_grad_of_a_result_is_explained():
    def own(x):
        y = 2 * x.detach()
        y.requires_grad_().sum().backward()
        inner = y * 1.0
        inner.sum().backward()
        with warnings.catch_warnings(action="ignore"):
            return y - 0.1 * inner.grad

    assert "`.grad` is None: `backward()` fills it only" in diagnose(DOUBLE, own).sentence


def test_comparing_tensors_as_numbers_is_explained():
    report = diagnose(DOUBLE, lambda x: 2 * max(0, x))
    assert "for tensors there are `torch.relu`" in report.sentence


def test_an_axis_too_many_suggests_what_may_be_missing():
    report = diagnose(exercise(lambda x: x.mean()), lambda x: x)
    assert report.sentence.endswith("needed is (). Is a mean, a sum or an argmax missing?")


def test_a_graph_freed_by_backward_is_explained():
    def freed(theta, x, scale):
        result = product(theta, x, scale=scale)
        result.sum().backward()
        return result

    assert "no gradient flows" in diagnose(PRODUCT, freed).sentence


def test_backward_fills_grad_inside_a_function():
    def gradient(theta):
        return 2 * theta

    def with_backward(theta):
        (theta**2).sum().backward()
        return theta.grad + 0 * theta

    def cases(generator):
        return {"theta": torch.ones(2, dtype=torch.float64)}

    report = diagnose(exercise(gradient, cases, differentiable=("theta",)), with_backward)
    assert "gradient with respect to" in report.sentence


def test_gradients_are_compared_through_dicts():
    def cases(generator):
        return {"params": {"w": torch.ones(2, dtype=torch.float64), "n": 3}}

    def square(params):
        return {"out": params["w"] ** 2}

    def half(params):
        return {"out": params["w"] * params["w"].detach()}

    task = exercise(square, cases, differentiable=("params",))
    assert diagnose(task, square).state == "passed"
    assert "`params`" in diagnose(task, half).sentence


def test_the_order_of_a_dict_does_not_matter_for_its_gradients():
    def cases(generator):
        return {"theta": torch.ones(2, dtype=torch.float64)}

    def two(theta):
        return {"a": theta**2, "b": theta**3}

    task = exercise(two, cases, differentiable=("theta",))
    assert diagnose(task, lambda theta: {"b": theta**3, "a": theta**2}).state == "passed"


def test_a_deep_copy_of_an_argument_is_a_parameter_without_a_past():
    def copied(theta, x, scale):
        theta = copy.deepcopy(theta)
        assert theta.is_leaf
        return product(theta, x, scale=scale)

    assert "no gradient flows" in diagnose(PRODUCT, copied).sentence


def test_arguments_may_require_gradients_where_none_is_compared():
    def cases(generator):
        return {"theta": torch.ones(2, dtype=torch.float64, requires_grad=True)}

    def by_autograd(theta):
        return theta - torch.autograd.grad((theta**2).sum(), theta)[0]

    task = exercise(lambda theta: (theta - 2 * theta).detach(), cases)
    assert diagnose(task, by_autograd).state == "passed"


def test_printing_is_told_and_hidden_but_does_not_fail(capsys):
    def loud(x):
        print("x is", x)
        return 2 * x

    report = diagnose(DOUBLE, loud)
    assert report.state == "passed"
    assert "prints" in report.remarks[0]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("said", "told"), [("once", "once`"), ("a `b`", "a 'b'`"), ("two\nlines", "two` …")]
)
def test_of_what_is_printed_the_first_line_is_told(said, told):
    calls = []

    def says(x):
        print(said if not calls else "", end="")
        calls.append(x)
        return 2 * x

    assert diagnose(DOUBLE, says).remarks == (f"It also prints (`{told}); the check hid that.",)


def test_plotting_is_told_and_the_figure_closed():
    def picture(x):
        plt.figure()
        return 2 * x

    before = plt.get_fignums()
    report = diagnose(DOUBLE, picture)
    assert report.state == "passed"
    assert "plots" in report.remarks[0]
    assert plt.get_fignums() == before


def test_chance_is_told():
    assert "depends on chance" in diagnose(DOUBLE, lambda x: 2 * x + torch.randn(3)).sentence


def test_an_endless_loop_is_stopped():
    def endless(x):
        while True:
            x = x + 1

    assert diagnose(DOUBLE, endless, seconds=0.2).sentence == (
        "It was stopped after 0.2 s: does a loop never end?"
    )


def test_a_loop_that_swallows_exceptions_is_stopped():
    def endless(x):
        while True:
            with contextlib.suppress(Exception):
                x = x + 1

    assert "stopped" in diagnose(DOUBLE, endless, seconds=0.2).sentence


@pytest.fixture
def as_in_a_terminal():
    """Interrupts arrive, also where the tests run in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_learners_interrupt_stays_an_interrupt(as_in_a_terminal):
    def interrupted(x):
        signal.raise_signal(signal.SIGINT)
        return x

    with pytest.raises(KeyboardInterrupt):
        diagnose(DOUBLE, interrupted)


def test_endless_recursion_is_told():
    def again(x):
        return again(x)

    assert "calls itself" in diagnose(DOUBLE, again).sentence


def test_system_exit_does_not_end_the_kernel():
    def leave(x):
        raise SystemExit

    assert "`SystemExit`" in diagnose(DOUBLE, leave).sentence


def test_the_case_is_fresh_for_every_function():
    def spoil(x):
        x.zero_()
        return x

    diagnose(DOUBLE, spoil)
    assert diagnose(DOUBLE, double).state == "passed"


def test_the_stubs_are_not_attempted_yet():
    def only_dots(x):
        """Double x."""
        ...

    def only_docstring(x):
        """Double x."""

    def only_pass(x):
        pass

    def not_implemented(x):
        raise NotImplementedError("write this")

    for stub in (only_dots, only_docstring, only_pass, not_implemented, lambda x: ...):
        assert diagnose(DOUBLE, stub).state == "unattempted"


def test_another_function_that_returns_none_is_a_failure():
    def explicit(x):
        return None

    def assigns(x):
        y = x  # noqa: F841

    assert [diagnose(DOUBLE, f).state for f in (explicit, assigns)] == ["failed", "failed"]


def test_a_fact_that_does_not_hold_is_named():
    report = diagnose(blind(DRAW), lambda n, generator: torch.zeros(n, dtype=torch.int64))
    assert report.sentence == "This is not as it should be: every number is drawn once."
    assert report.facts[:2] == (("yours", "False"), ("needed", "True"))


def test_a_random_result_passes_when_its_facts_hold():
    other = lambda n, generator: torch.rand(n, generator=generator).argsort()  # noqa: E731
    assert diagnose(DRAW, other).state == "passed"


class Pair(NamedTuple):
    a: torch.Tensor
    b: torch.Tensor


def test_a_named_tuple_is_compared_by_field():
    pairs = exercise(lambda x: Pair(x, 2 * x))
    assert diagnose(pairs, lambda x: (x, 2 * x)).state == "passed"
    assert diagnose(pairs, lambda x: Pair(x, x)).sentence.startswith("`result.b`")


def test_call_hands_over_the_case():
    assert call(lambda x: x + 1, {"x": 1}) == 2


def test_time_that_the_limit_allows_is_not_disturbed():
    def patient(x):
        time.sleep(0.01)
        return 2 * x

    assert diagnose(DOUBLE, patient).state == "passed"
    assert diagnose(PRODUCT, without_scale).state == "failed"


# Whatever comes back gets a report ---------------------------------------------------------------


class BrokenEquality:
    def __eq__(self, other):
        raise RuntimeError("no")

    __hash__ = None


class BrokenText(BrokenEquality):
    def __repr__(self):
        raise RuntimeError("no")


class BrokenError(Exception):
    def __str__(self):
        raise RuntimeError("no")


def raises_a_broken_error(x):
    raise BrokenError


ODD = {
    "negative strides": lambda x: np.flip(2 * x.numpy()),
    "objects": lambda x: np.array([None, 1, 2]),
    "strings": lambda x: np.array(["a", "b", "c"]),
    "longdouble": lambda x: x.numpy().astype(np.longdouble),
    "sparse": lambda x: x.to_sparse(),
    "meta": lambda x: x.to("meta"),
    "complex": lambda x: x + 1j,
    "broken equality": lambda x: BrokenEquality(),
    "broken text": lambda x: BrokenText(),
    "broken error": raises_a_broken_error,
    "quantised": lambda x: torch.quantize_per_tensor(x.float(), 0.1, 0, torch.qint8),
    "nested": lambda x: torch.nested.nested_tensor([x, x[:1]]),
    "itself": lambda x: contains_itself(),
    "a huge number": lambda x: 10**5000,
}


def contains_itself():
    found = []
    found.append(found)
    return found


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("known", [DOUBLE, DRAW, exercise(lambda x: {"a": x, "b": (x, 1)})])
def test_any_result_gets_a_report(known, odd):
    with warnings.catch_warnings(action="ignore"):
        report = diagnose(known, lambda **case: odd(torch.arange(3.0)))
    assert report.state == "failed"
    assert str(report)
    assert report._repr_html_()


def test_an_argument_that_cannot_be_compared_any_more_counts_as_changed():
    def spoil(x):
        x.set_(torch.zeros(0, dtype=x.dtype))
        return torch.zeros(3)

    assert diagnose(DOUBLE, spoil).state == "failed"


# Form, then values, then chance ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda x: (2 * x).mean, "parentheses"),
        (lambda x: (2 * row for row in x), "generator"),
        (lambda x: map(torch.neg, x), "of the type `map`"),
        (lambda x: lambda: x, "of the type `function`"),
        (lambda x: type(x), "parentheses"),
        (lambda x: torch.rand(1 + x.numel()), "the shape (4,)"),
    ],
)
def test_the_form_of_a_result_is_judged_before_chance(wrong, words):
    assert words in diagnose(DOUBLE, wrong).sentence


def test_an_answer_that_is_right_once_only_depends_on_chance():
    calls = []

    def tiring(x):
        calls.append(x)
        return 2 * x if len(calls) <= 6 else x

    told = "it depends on chance, or on what an earlier call left behind."
    assert diagnose(DOUBLE, tiring).sentence.endswith(told)


# Cases, time, length -----------------------------------------------------------------------------


def numbered(generator):
    """Cases that know their number; those with an odd one are an edge."""
    return {"x": torch.ones(8 - generator.initial_seed()), "n": generator.initial_seed()}


def test_ordinary_cases_come_first():
    seen = []

    def see(x, n):
        seen.append(n)
        return x

    known = exercise(lambda x, n: x, numbered, edge=lambda case: case["n"] % 2)
    diagnose(known, see)
    assert seen == [0, 2, 4, 1, 3, 5, 0]


def test_a_general_failure_is_shown_on_the_smallest_case_that_differs():
    known = exercise(lambda x, n: x, numbered)
    facts = dict(diagnose(known, lambda x, n: x if n == 5 else x + 1).facts)
    assert facts["`n`"] == "4"


def test_the_last_ordinary_case_leaves_out_what_has_a_default():
    def other_default(theta, x, *, scale=3.0):
        return product(theta, x, scale=scale)

    def no_default(theta, x, scale):
        return product(theta, x, scale=scale)

    assert diagnose(PRODUCT, no_default).state == "passed"
    assert diagnose(PRODUCT, other_default).state == "failed"


def test_the_default_can_be_a_slip():
    def other_default(theta, x, *, scale=2.0):
        return product(theta, x, scale=scale)

    assert diagnose(PRODUCT, other_default).sentence == "The default of `scale` is 2."


def test_other_names_of_the_arguments_are_no_error():
    assert diagnose(PRODUCT, lambda w, points, s=1.0: product(w, points, scale=s)).state == "passed"


def test_a_slow_answer_is_told_from_an_endless_one():
    def slower_and_slower(x):
        slower_and_slower.seconds *= 3
        time.sleep(slower_and_slower.seconds)
        for _ in range(100):
            pass
        return 2 * x

    slower_and_slower.seconds = 0.03
    assert "It is too slow" in diagnose(DOUBLE, slower_and_slower, seconds=0.5).sentence


def test_a_slow_answer_that_is_right_passes():
    def slow(x):
        time.sleep(0.2)
        return 2 * x

    assert diagnose(DOUBLE, slow, seconds=1.2).state == "passed"


def test_the_clock_starts_when_the_reference_has_run():
    def needs_a_long_import(x):
        time.sleep(0.4 if not needs_a_long_import.done else 0)
        needs_a_long_import.done = True
        return 2 * x

    needs_a_long_import.done = False
    known = exercise(needs_a_long_import)
    assert diagnose(known, lambda x: needs_a_long_import(x), seconds=0.3).state == "passed"


def test_a_report_has_25_lines_at_most():
    many = exercise(lambda x: {f"part {i}": x for i in range(40)})
    column = exercise(lambda x: x, lambda g: {"x": torch.zeros(12, 1)})
    for known in (many, column):
        report = diagnose(
            known, lambda x, known=known: tree_map(lambda p: p + 1, known.reference(x))
        )
        assert len(str(report).splitlines()) <= 25
        assert [name for name, _ in report.facts][:2] == ["yours", "needed"]
