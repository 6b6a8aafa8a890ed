import pytest

from metacourse.checks.signature import (
    before_running,
    by_its_own_names,
    untouched,
    wrong_arguments,
)


def wanted(theta, x, *, scale=1.0, option=False):
    return theta, x, scale


NAMES = ("theta", "x", "scale")  # what the exercise is about: `option` is the kernel's own


def positional(t, u, /, s=3.0):
    return t, u, s


@pytest.mark.parametrize(
    "function",
    [
        lambda theta, x, scale: (theta, x, scale),
        lambda x, theta, scale: (theta, x, scale),
        lambda w, x, scale: (w, x, scale),
        lambda w, inputs, factor: (w, inputs, factor),
        lambda w, inputs, *, factor: (w, inputs, factor),
        lambda w, inputs, factor, more=0: (w, inputs, factor),
        lambda *all_of_them: all_of_them,
        lambda **named: (named["theta"], named["x"], named["scale"]),
        lambda theta, *rest, scale: (theta, *rest, scale),
        positional,
    ],
)
def test_a_function_with_other_names_is_called_by_position(function):
    assert wrong_arguments(wanted, function, NAMES) == ""
    called = by_its_own_names(wanted, function, NAMES)
    assert called(theta=1, x=2, scale=3) == (1, 2, 3)
    assert called(1, 2, scale=3) == (1, 2, 3)


def test_what_is_left_out_is_the_functions_own_default():
    assert by_its_own_names(wanted, positional, NAMES)(theta=1, x=2) == (1, 2, 3.0)


def test_what_is_left_out_and_has_no_default_of_its_own_is_the_references():
    function = by_its_own_names(wanted, lambda theta, x, scale: (theta, x, scale), NAMES)
    assert function(theta=1, x=2) == (1, 2, 1.0)


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (lambda theta, x: 0, "does not take the argument `scale`"),
        (lambda theta, x, scale, z: 0, "asks for `z`, which nobody gives it"),
        (lambda: 0, "takes the arguments ``"),
        (lambda a, b, c, d: 0, "takes the arguments `a, b, c, d`"),
    ],
)
def test_arguments_that_do_not_come_out_even_are_told(function, told):
    assert wrong_arguments(wanted, function, NAMES) == (
        f"It {told}; needed is `wanted(theta, x, *, scale=1.0)`."
    )


@pytest.mark.parametrize("signature", [3, "nonsense"])
def test_a_signature_that_makes_no_sense_is_ignored(signature):
    def function(theta, x, *, scale):
        return theta

    function.__signature__ = signature
    assert before_running(wanted, function, NAMES) is None


@pytest.mark.parametrize(
    ("function", "is_stub"),
    [(lambda: ..., True), (lambda y: ..., True), (lambda y: y[..., :-1], False)],
)
def test_a_lambda_that_slices_with_dots_is_no_stub(function, is_stub):
    assert untouched(function) is is_stub
