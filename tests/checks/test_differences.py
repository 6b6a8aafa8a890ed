import numpy as np
import pytest
import torch

from metacourse.checks.differences import difference
from metacourse.checks.readable import capped, inputs, readable, shapes
from metacourse.checks.trees import copy, leaves

T = torch.tensor


@pytest.mark.parametrize(
    ("got", "needed"),
    [
        (T(2.0), 2.0),
        (2.0, T(2.0, dtype=torch.float64)),
        (np.float64(2.0), 2.0),
        (3, T(3)),
        ([T([1.0])], (T([1.0]),)),
        (T([float("nan")]), T([float("nan")])),
        (T([1 / 3]), T([1 / 3], dtype=torch.float64)),
        ({"a": {"b": 1}}, {"a": {"b": 1}}),
        (torch.zeros(0), torch.zeros(0)),
        (None, None),
    ],
)
def test_equal_values_agree(got, needed):
    assert difference(got, needed) is None


@pytest.mark.parametrize(
    ("got", "needed", "words"),
    [
        (1.0001, 1.0, "not the right number"),
        (T([1 / 3 + 1e-3]), T([1 / 3], dtype=torch.float64), "wrong values"),
        ({"a": 1}, {"b": 1}, "has the keys ['a']; needed are ['b']"),
        ((1,), (1, 2), "has 1 parts, not 2"),
        ({"a": (1, 2)}, {"a": (1, 3)}, "`result.a[1]`"),
        (None, T([1.0]), "`None`"),
        (T([1.0]), None, "needed is None"),
    ],
)
def test_different_values_are_told(got, needed, words):
    assert words in difference(got, needed).sentence


def test_double_precision_is_compared_more_strictly_than_single():
    needed = T([1.0], dtype=torch.float64)
    assert difference(needed + 1e-5, needed)
    assert difference((needed + 1e-5).float(), needed) is None


def test_with_form_only_the_values_are_not_compared():
    assert difference(T([1.0]), T([2.0]), form=True) is None
    assert difference(T([1.0]), T([[2.0]]), form=True)


def test_a_copied_generator_draws_the_same():
    generator = torch.Generator().manual_seed(3)
    first = torch.rand(2, generator=copy(generator))
    assert torch.equal(first, torch.rand(2, generator=generator))


def test_small_tensors_have_four_digits_and_their_shape():
    assert readable(T([[1.23456, 2.0]])) == "[[1.235, 2]]  (1, 2)"


def test_more_digits_can_be_asked_for():
    assert readable({"a": 1.23456, "b": T([1.23456])}, 6) == "a: 1.23456, b: [1.23456]  (1,)"


@pytest.mark.parametrize("dtype", [torch.float32, torch.uint8, torch.bool])
def test_large_tensors_are_summarised(dtype):
    assert readable(torch.ones(5, 28, 28).to(dtype)).endswith("(5, 28, 28), 1 … 1")


def test_a_copy_requires_gradients_where_the_original_does_and_has_no_graph():
    theta = T([1.0], requires_grad=True)
    copied = copy({"theta": theta, "doubled": 2 * theta, "x": T([3.0])})
    assert [value.requires_grad for value in copied.values()] == [True, True, False]
    assert all(value.is_leaf for value in copied.values())


def test_leaves_by_name_do_not_depend_on_the_order_of_a_dict():
    one, other = {"b": 1, "a": (3, 2)}, {"a": (3, 2), "b": 1}
    assert list(leaves(one)) == [1, 3, 2]
    assert list(leaves(one, by_name=True)) == list(leaves(other, by_name=True)) == [3, 2, 1]


def test_functions_and_dicts_of_parameters_are_shown_by_their_names():
    def mse(params, x, y): ...

    case = {"loss_fn": mse, "params": {"weight": torch.zeros(2, 3), "bias": T(1.5)}, "n_steps": 2}
    assert readable(mse) == "mse"
    assert shapes(case) == "loss_fn mse, params [weight (2, 3), bias 1.5], n_steps 2"


@pytest.mark.parametrize(
    ("got", "needed", "words"),
    [
        ((3, 1), (3,), "An axis of length 1 is too many: `.squeeze(-1)`."),
        ((1, 3), (3,), "An axis of length 1 is too many: `.squeeze(0)`."),
        ((5, 1, 2, 2), (5, 2, 2), "An axis is too many: join the first two, `.flatten(0, 1)`."),
        ((2, 3, 1), (2, 3), "An axis of length 1 is too many: `.squeeze(-1)`."),
        ((5, 3, 2, 2), (15, 2, 2), "The first two axes should be one: `.flatten(0, 1)`."),
        ((2, 3), (3, 2), "It is transposed."),
        ((3, 4), (3,), "Is a mean, a sum or an argmax missing?"),
        ((3,), (), "Is a mean, a sum or an argmax missing?"),
        ((4,), (3,), "needed is (3,)."),
    ],
)
def test_a_wrong_shape_is_told_with_what_may_be_missing(got, needed, words):
    assert difference(torch.zeros(got), torch.zeros(needed)).sentence.endswith(words)


def generator():
    yield T(1.0)


async def coroutine():
    return T(1.0)


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (generator(), "`yield` (or a `for` in round brackets) makes a generator"),
        (T([1.0]).mean, "Are the parentheses `()` missing?"),
        (lambda: 1, "Are the parentheses `()` missing?"),
        (dict, "Are the parentheses `()` missing?"),
        (map(abs, [1]), "Make a list of it"),
        (zip([1], [2], strict=True), "Make a list of it"),
        ({"a": 1}.values(), "of the type `dict_values`"),
    ],
)
def test_a_wrong_type_is_told_with_what_may_be_missing(got, words):
    assert words in difference(got, T(1.0)).sentence


def test_a_coroutine_is_told():
    waiting = coroutine()
    assert "Leave out `async`" in difference(waiting, T(1.0)).sentence
    waiting.close()


@pytest.mark.parametrize(
    "got",
    [
        np.arange(3.0)[::-1][::-1],
        np.flip(np.array([2.0, 1.0, 0.0])),
        np.arange(3, dtype=np.longdouble),
        T([0.0, 1.0, 2.0]).to_sparse(),
    ],
    ids=["strides", "flip", "longdouble", "sparse"],
)
def test_numbers_in_unusual_arrays_are_compared(got):
    assert difference(got, T([0.0, 1.0, 2.0])) is None


@pytest.mark.parametrize(
    "got",
    [np.array([None, 1]), np.array(["a", "b"]), torch.zeros(2, device="meta")],
    ids=["objects", "strings", "meta"],
)
def test_what_holds_no_numbers_is_told(got):
    assert "holds something else than numbers" in difference(got, T([0.0, 1.0])).sentence


def test_complex_numbers_are_told():
    assert "complex" in difference(T([1 + 0j]), T([1.0])).sentence


class Broken:
    def __repr__(self):
        raise RuntimeError

    __eq__ = __hash__ = __repr__


def test_what_cannot_be_shown_is_told_by_its_type():
    assert readable(Broken()) == "something of the type `Broken`"
    assert readable(torch.zeros(2, device="meta")) == "something of the type `Tensor`"


def test_a_case_of_many_numbers_is_shown_by_its_shapes():
    assert inputs({"x": torch.zeros(25), "n": 3}) == (("called with", "x (25,), n 3"),)
    assert inputs({"x": T([1.0]), "n": 3}) == (("`x`", "[1]  (1,)"), ("`n`", "3"))


def test_facts_have_some_twenty_lines_at_most():
    facts = capped((("yours", "1\n" * 50), ("needed", "2\n" * 50)))
    assert sum(len(value.splitlines()) for _, value in facts) <= 22
    assert facts[0][1].endswith("…")


def test_a_generator_is_shown_as_what_it_is_and_not_by_the_name_of_its_function():
    def inner_adapt():
        yield 1

    assert readable(inner_adapt()).startswith("<generator object ")
    assert "0x" not in readable(inner_adapt())
    assert readable(inner_adapt) == "inner_adapt"
