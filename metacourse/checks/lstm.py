"""The exercises, quizzes and predictions of notebook 05a."""

from itertools import permutations

import torch  # noqa: F401  (for the programs)
from torch import Generator
from torch.nn import functional as F  # noqa: F401  (for the programs)

from metacourse import lstm
from metacourse.checks.exercise import Exercise, gets_an_edge, normal, whole_number
from metacourse.checks.slips import Slip
from metacourse.nets import Params

CHAPTER = "05 LSTM meta-learner"

PREDICTIONS = ("put_back", "against_maml", "outside", "second_instance")


def random_shape(generator: Generator, *, most: int) -> tuple[int, ...]:
    """So many axes at the front: none, …, most; each from 1 to 4 long."""
    n_axes = whole_number(0, most, generator)
    return tuple(whole_number(1, 4, generator) for _ in range(n_axes))


def lstm_params(n_inputs: int, n_hidden: int, generator: Generator) -> Params:
    """A cell and its head with weights large enough for every gate to matter."""
    params = lstm.init_lstm(n_inputs, n_hidden, 1, generator)
    return {name: 0.8 * normal(generator, *value.shape) for name, value in params.items()}


def random_state(shape: tuple[int, ...], n_hidden: int, generator: Generator) -> lstm.State:
    h, c = normal(generator, *shape, n_hidden), 1.5 * normal(generator, *shape, n_hidden)
    return h.tanh(), c


def cell_case(generator: Generator) -> dict:
    """One example, a batch, or a batch of sequences; narrow and wide."""
    shape = random_shape(generator, most=2)
    n_inputs, n_hidden = whole_number(1, 4, generator), whole_number(1, 4, generator)
    params = lstm_params(n_inputs, n_hidden, generator)
    state = random_state(shape, n_hidden, generator)
    return {"params": params, "x": normal(generator, *shape, n_inputs), "state": state}


def with_axes_in_front(case: dict) -> bool:
    return case["x"].dim() > 1


def labels_case(generator: Generator) -> dict:
    """One sequence, a batch, or a batch of batches; of one label or several, none of them 0; once
    of whole numbers, as one-hot labels may be."""
    shape, n_steps = random_shape(generator, most=2), (4, 1, 3)[whole_number(0, 2, generator)]
    y = normal(generator, *shape, n_steps, whole_number(1, 3, generator))
    y = y + y.sign()
    return {"y": y.long() if gets_an_edge(generator) else y}


def of_whole_numbers(case: dict) -> bool:
    return not case["y"].is_floating_point()


NAMES = {"i": "write gate", "f": "forget gate", "g": "candidate", "o": "output gate"}

USED_ELSEWHERE = {
    "igfo": " (TensorFlow's first LSTM cells and Haiku have that order.)",
    "iofg": " (ONNX has that order.)",
    "figo": " Or f and i are exchanged in f ⊙ c + i ⊙ g: what should be kept is written.",
}


def told_order(order: str) -> str:
    """What it means to read the quarters of the rows in this order."""
    moved = [
        f"the {NAMES[mine]} gets the rows of the {NAMES[theirs]}"
        for mine, theirs in zip(order, "ifgo", strict=True)
        if mine != theirs
    ]
    opened = (
        "Trained from the start it could learn all the same, but weights from elsewhere give "
        "nonsense"
    )
    if order[1] != "f":
        opened += f", and the bias of 1 that keeps the memory would go to the {NAMES[order[1]]}"
    return (
        f"The quarters of the rows are taken as {', '.join(order)}; PyTorch's order is i, f, g, o. "
        f"So {', '.join(moved)}. {opened}.{USED_ELSEWHERE.get(order, '')}"
    )


def n_moved(order: tuple[str, ...]) -> int:
    """How many of the four stand at another place."""
    return sum(mine != theirs for mine, theirs in zip(order, "ifgo", strict=True))


ORDERS = tuple(
    Slip((("i, f, g, o =", f"{', '.join(order)} =", False),), told_order("".join(order)))
    for order in sorted(permutations("ifgo"), key=n_moved)[1:]
)


def stream_case(generator: Generator) -> dict:
    """A stream of one to three tasks; one stream, or several at once."""
    shape, n_labels = random_shape(generator, most=1), whole_number(1, 2, generator)
    begins = (set(), {2}, {2, 5}, {0, 3})[generator.initial_seed() % 4]
    x = normal(generator, *shape, 6, whole_number(1, 2, generator))
    y = normal(generator, *shape, 6, n_labels)
    n_inputs = x.shape[-1] + n_labels
    params = lstm.init_lstm(n_inputs, whole_number(2, 3, generator), n_labels, generator)
    params = {name: 0.8 * normal(generator, *value.shape) for name, value in params.items()}
    return {"params": params, "x": x, "y": y, "begins": begins}


QUIZZES = ("recall", "self_check")

EXERCISES = {
    "cell": Exercise(
        lstm.cell,
        cell_case,
        differentiable=("params", "x", "state"),
        edge=with_axes_in_front,
        more=ORDERS,
    ),
    "offset_labels": Exercise(lstm.offset_labels, labels_case, edge=of_whole_numbers),
    "memory_stream": Exercise(lstm.memory_stream, stream_case, differentiable=("params", "x", "y")),
}
