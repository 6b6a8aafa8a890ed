"""The exercises, quizzes and predictions of chapter 05."""

from collections.abc import Callable
from itertools import permutations

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse import lstm as kernel
from metacourse.checks.catalogue import Exercise, Mistake, Option, Question, whole_number
from metacourse.nets import Params

CHAPTER = "05 LSTM meta-learner"
PREDICTIONS = (
    "frozen",
    "second_instance",
    "against_maml",
    "longer",
    "order",
    "horizon",
    "other_network",
    "dropped",
    "ranking",
)
SMALLEST = torch.tensor(-kernel.LOG_SCALE, dtype=torch.float64).exp().item()  # e^{−p}


# Cases -------------------------------------------------------------------------------------------


def normal(generator: Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def gates(generator: Generator, *shape: int) -> Tensor:
    return torch.rand(shape, generator=generator, dtype=torch.float64)


def random_shape(generator: Generator, *, most: int) -> tuple[int, ...]:
    """So many axes at the front: none, …, most; each from 1 to 4 long."""
    n_axes = whole_number(0, most, generator)
    return tuple(whole_number(1, 4, generator) for _ in range(n_axes))


def lstm_params(n_inputs: int, n_hidden: int, generator: Generator) -> Params:
    """A cell and its head with weights large enough for every gate to matter."""
    params = kernel.init_lstm(n_inputs, n_hidden, 1, generator)
    return {name: 0.8 * normal(generator, *value.shape) for name, value in params.items()}


def random_state(shape: tuple[int, ...], n_hidden: int, generator: Generator) -> kernel.State:
    h, c = normal(generator, *shape, n_hidden), 1.5 * normal(generator, *shape, n_hidden)
    return h.tanh(), c


def cell_case(generator: Generator) -> dict:
    """One example, a batch, or a batch of sequences; narrow and wide."""
    shape = random_shape(generator, most=2)
    n_inputs, n_hidden = whole_number(1, 4, generator), whole_number(1, 4, generator)
    params = lstm_params(n_inputs, n_hidden, generator)
    state = random_state(shape, n_hidden, generator)
    return {"params": params, "x": normal(generator, *shape, n_inputs), "state": state}


def labels_case(generator: Generator) -> dict:
    """One sequence, a batch, or a batch of batches; of one label or several, none of them 0."""
    shape, n_steps = random_shape(generator, most=2), (4, 1, 3)[whole_number(0, 2, generator)]
    y = normal(generator, *shape, n_steps, whole_number(1, 3, generator))
    return {"y": y + y.sign()}


def random_gradient(generator: Generator, *shape: int) -> Tensor:
    """Components of usual size, or from huge to tiny, some of them 0; all of both signs."""
    sign = 2 * torch.randint(2, shape, generator=generator) - 1
    if whole_number(0, 2, generator) == 0:
        return sign * (0.2 + gates(generator, *shape))
    gradient = sign * 10 ** (10 * gates(generator, *shape) - 8)
    return torch.where(gates(generator, *shape) < 0.2, 0.0, gradient)


def meta_step_case(generator: Generator) -> dict:
    """θ with one coordinate or several, gates of the step before, a loss that may be 0."""
    n = (1, 3, 6)[whole_number(0, 2, generator)]
    weights = {f"{name}.weight": normal(generator, 6) for name in ("forget", "write")}
    biases = {f"{name}.bias": normal(generator) for name in ("forget", "write")}
    loss = (0.0, 3e-6, 0.4, 2.5, 20.0)[whole_number(0, 4, generator)]
    return {
        "params": weights | biases,
        "theta": normal(generator, n),
        "gradient": random_gradient(generator, n),
        "loss": torch.tensor(loss, dtype=torch.float64),
        "state": (gates(generator, n), gates(generator, n)),
    }


def update_case(generator: Generator) -> dict:
    """Gradients of one coordinate, a vector or a matrix, with a state for each coordinate."""
    shape = ((2, 3), (1,), (2, 2, 2), (5,), (4,))[whole_number(0, 4, generator)]
    n_hidden = whole_number(2, 4, generator)
    params = lstm_params(2, n_hidden, generator)
    gradient = random_gradient(generator, *shape)
    return {
        "params": params,
        "gradient": gradient,
        "state": random_state(shape, n_hidden, generator),
    }


# cell --------------------------------------------------------------------------------------------


def all_rows(params: Params, x: Tensor, h: Tensor, *, ih: float = 1, hh: float = 1) -> Tensor:
    """W x + U h with each bias so many times, (…, 4H)."""
    products = F.linear(x, params["weight_ih"]) + F.linear(h, params["weight_hh"])
    return products + ih * params["bias_ih"] + hh * params["bias_hh"]


def biases(ih: float, hh: float) -> Callable:
    """Rows with each bias so many times."""
    return lambda params, x, h: all_rows(params, x, h, ih=ih, hh=hh)


def rows_of_x(params: Params, x: Tensor, h: Tensor) -> Tensor:
    return all_rows(params, x, torch.zeros_like(h))


def rows_of_h(params: Params, x: Tensor, h: Tensor) -> Tensor:
    return all_rows(params, torch.zeros_like(x), h)


def quarters(rows: Tensor) -> tuple[Tensor, ...]:
    return rows.chunk(4, dim=-1)


def every_fourth(rows: Tensor) -> tuple[Tensor, ...]:
    return rows.unflatten(-1, (-1, 4)).unbind(-1)


def new_memory(i: Tensor, f: Tensor, g: Tensor, c: Tensor) -> Tensor:
    return f.sigmoid() * c + i.sigmoid() * g.tanh()


def new_hidden(o: Tensor, c: Tensor) -> Tensor:
    return o.sigmoid() * c.tanh()


def cell_of(
    *,
    rows: Callable = all_rows,
    split: Callable = quarters,
    order: str = "ifgo",
    memory: Callable = lambda i, f, g, o, h, c: new_memory(i, f, g, c),
    hidden: Callable = lambda i, f, g, o, h, c, new: new_hidden(o, new),
    result: Callable = lambda h, c, old: (h, (h, c)),
) -> Callable:
    """A wrong cell: i, f, g, o are given as they are before σ and tanh, h and c are the old ones,
    new is the new c."""

    def wrong(params, x, state):
        h, c = state
        parts = dict(zip(order, split(rows(params, x, h)), strict=True))
        c_new = memory(**parts, h=h, c=c)
        return result(hidden(**parts, h=h, c=c, new=c_new), c_new, state)

    return wrong


def cell_given(change: Callable) -> Callable:
    """The right cell of a changed state."""
    return lambda params, x, state: kernel.cell(params, x, change(*state))


def cell_in_place(params, x, state):
    h, (h_new, c_new) = kernel.cell(params, x, state)
    state[0].copy_(h_new)
    state[1].copy_(c_new)
    return h, state


def cell_with_memory_in_place(params, x, state):
    i, f, g, o = quarters(all_rows(params, x, state[0]))
    c = state[1].mul_(f.sigmoid()).add_(i.sigmoid() * g.tanh())
    h = new_hidden(o, c)
    return h, (h, c)


def cell_with_head(params, x, state):
    h, state = kernel.cell(params, x, state)
    return kernel.head(params, h), state


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


ORDERS = tuple(
    Mistake(cell_of(order=order), told_order(order))
    for order in map("".join, permutations("ifgo"))
    if order != "ifgo"
)
TWO_BIASES = "PyTorch adds two biases, bias_ih and bias_hh; both belong to every gate, once each. "
CUT_STATE = (
    "The values are right, but the state is detached, so no gradient flows back to earlier steps: "
    "the network cannot learn to remember anything for later. Where to cut is the caller's choice "
    "(`cuts` of `memory_states`)."
)
OLD_STATE = (
    "The old state is returned, not the new one: the next step starts where this one did, so that "
    "nothing is ever remembered. Return (h, c) as computed here."
)
SWAPPED_STATE = (
    "The state is returned as (c, h). The next step would read the memory as the hidden state and "
    "the hidden state as the memory. Return (h, c), in the order in which it came."
)
IN_PLACE = (
    "The state is changed in place. The caller still needs the old one (a query is answered and "
    "forgotten again), and so does back-propagation through the steps. Make new tensors."
)


# offset_labels -----------------------------------------------------------------------------------


def shifted(y: Tensor, dim: int, first: Callable = torch.zeros_like) -> Tensor:
    """One step late along an axis; first makes what stands at the beginning, of y's own start."""
    start = y.narrow(dim, 0, 1)
    return torch.cat([first(start), y.narrow(dim, 0, y.shape[dim] - 1)], dim=dim)


def late_with(first: Callable) -> Callable:
    return lambda y: shifted(y, -2, first)


def by_two(y: Tensor) -> Tensor:
    return shifted(shifted(y, -2), -2)


def early(y: Tensor) -> Tensor:
    return torch.cat([y[..., 1:, :], torch.zeros_like(y[..., :1, :])], dim=-2)


def early_with_last(y: Tensor) -> Tensor:
    return torch.cat([y[..., 1:, :], y[..., -1:, :]], dim=-2)


def one_too_many(y: Tensor) -> Tensor:
    return torch.cat([torch.zeros_like(y[..., :1, :]), y], dim=-2)


def shortened(y: Tensor) -> Tensor:
    return y[..., :-1, :]


def from_the_second(y: Tensor) -> Tensor:
    return y[..., 1:, :]


def first_hidden(y: Tensor) -> Tensor:
    return torch.cat([torch.zeros_like(y[..., :1, :]), y[..., 1:, :]], dim=-2)


def last_hidden(y: Tensor) -> Tensor:
    return torch.cat([y[..., :-1, :], torch.zeros_like(y[..., :1, :])], dim=-2)


def offset_in_place(y: Tensor) -> Tensor:
    y.copy_(kernel.offset_labels(y))
    return y


def offset_of_flat(y: Tensor) -> Tensor:
    return shifted(y.flatten(), 0).reshape(y.shape)


LEAK = (
    "the network reads the answer beside the question, learns to copy it, and its training loss is "
    "nearly 0 for nothing: a query, whose label nobody has, is answered by chance"
)


# meta_lstm_step ----------------------------------------------------------------------------------


def seen_of(theta: Tensor, gradient: Tensor, loss: Tensor) -> list[Tensor]:
    """What both gates see: ∇ and L as two numbers each, and θ; (n, 2), (n, 2), (n, 1)."""
    losses = kernel.preprocess(loss).expand(*theta.shape, 2)
    return [kernel.preprocess(gradient), losses, theta.unsqueeze(-1)]


def logit_of(params: Params, name: str, seen: list[Tensor], before: Tensor) -> Tensor:
    inputs = torch.cat([*seen, before.unsqueeze(-1)], dim=-1)
    return inputs @ params[f"{name}.weight"] + params[f"{name}.bias"]


def step_of(
    *,
    seen: Callable = seen_of,
    before: Callable = lambda f, i: (f, i),
    logit: Callable = logit_of,
    squash: tuple[Callable, Callable] = (torch.sigmoid, torch.sigmoid),
    update: Callable = lambda f, i, theta, g, old: f * theta - i * g,
    result: Callable = lambda theta, f, i, old: (theta, (f, i)),
) -> Callable:
    """A wrong step of a meta-LSTM; old are the gates of the step before."""

    def wrong(params, theta, gradient, loss, state):
        inputs = seen(theta, gradient, loss)
        f, i = (
            function(logit(params, name, inputs, gate))
            for function, name, gate in zip(
                squash, ("forget", "write"), before(*state), strict=True
            )
        )
        return result(update(f, i, theta, gradient, state), f, i, state)

    return wrong


def updated(update: Callable) -> Callable:
    """A wrong θ from the right gates f and i, θ and ∇."""
    return step_of(update=lambda f, i, theta, g, old: update(f, i, theta, g))


def seeing(change: Callable) -> Callable:
    """Gates that see something else; change takes and returns [∇ (n, 2), L (n, 2), θ (n, 1)]."""
    return step_of(seen=lambda theta, gradient, loss: change(*seen_of(theta, gradient, loss)))


def with_raw_gradient(theta: Tensor, gradient: Tensor, loss: Tensor) -> list[Tensor]:
    return [torch.stack([gradient, gradient.sign()], -1), *seen_of(theta, gradient, loss)[1:]]


def with_raw_loss(theta: Tensor, gradient: Tensor, loss: Tensor) -> list[Tensor]:
    pair = torch.stack([loss, loss.sign()]).expand(*theta.shape, 2)
    gradients, _, thetas = seen_of(theta, gradient, loss)
    return [gradients, pair, thetas]


def by_hand(split: Callable) -> Callable:
    """∇ and L as two numbers each by something else than `preprocess`."""

    def seen(theta, gradient, loss):
        return [split(gradient), split(loss).expand(*theta.shape, 2), theta.unsqueeze(-1)]

    return seen


def given(change: Callable) -> Callable:
    """The right step of changed arguments."""

    def wrong(params, theta, gradient, loss, state):
        return kernel.meta_lstm_step(params, *change(theta, gradient, loss, state))

    return wrong


def gate_order(*places: int) -> Callable:
    """The gate's inputs in another order; 0 … 3 are ∇, L, θ and the gate before."""

    def logit(params, name, seen, before):
        parts = [*seen, before.unsqueeze(-1)]
        inputs = torch.cat([parts[place] for place in places], dim=-1)
        return inputs @ params[f"{name}.weight"] + params[f"{name}.bias"]

    return logit


def without_bias(*names: str) -> Callable:
    def logit(params, name, seen, before):
        whole = logit_of(params, name, seen, before)
        return whole - params[f"{name}.bias"] if name in names else whole

    return logit


def other_weights(params: Params, name: str, seen: list[Tensor], before: Tensor) -> Tensor:
    return logit_of(params, {"forget": "write", "write": "forget"}[name], seen, before)


def same_gate_everywhere(params: Params, name: str, seen: list[Tensor], before: Tensor) -> Tensor:
    return logit_of(params, name, seen, before).mean().expand(before.shape)


def theta_in_place(params, theta, gradient, loss, state):
    new, gates_now = kernel.meta_lstm_step(params, theta, gradient, loss, state)
    theta.copy_(new)
    return theta, gates_now


def theta_moved_in_place(params, theta, gradient, loss, state):
    _, (f, i) = kernel.meta_lstm_step(params, theta, gradient, loss, state)
    return theta.mul_(f).sub_(i * gradient), (f, i)


def theta_cut_in_gates(theta: Tensor, gradient: Tensor, loss: Tensor) -> list[Tensor]:
    return seen_of(theta.detach(), gradient, loss)


ORDER_SEEN = (
    "The inputs of the gates stand in another order. The weights belong to ∇ (two numbers), L "
    "(two), θ, and the gate before, in this order: trained weights would be read wrongly."
)
THETA_IN_PLACE = (
    "θ is changed in place: the start would be lost after the first task, and no gradient runs "
    "back through the step as it should. Return a new tensor."
)
CONSTANTS = (
    "Whether they count as constants is decided by the caller (`first_order`), so that the exact "
    "version can be measured, too."
)
NO_CLIP = (
    "log|v| / p is taken of every v: of 0 it is −∞, and the next step is NaN. Below e^{−p} the "
    "two numbers are (−1, e^p v), which is 0 at 0. `preprocess` does it."
)
NAN_BEHIND_WHERE = (
    "The values are right, but `torch.where` also sends a gradient, 0 · ∞ = NaN, through "
    "log 0. It shows when ∇ is not a constant. Clamp |v| before the logarithm, as `preprocess` "
    "does."
)
SIGN_LOST = (
    "The sign of the gradient is lost: only |∇| goes in. The optimiser knows how steep it is, "
    "but not which way is down, and can only drift. "
)
SIZE_LOST = (
    "Only the sign of the gradient goes in, its size is lost: near a minimum and far away look "
    "alike. `preprocess` gives both."
)
NOT_DIVIDED = (
    "log|v| is not divided by p = 10: its size is up to 10 and more, and the gates "
    "saturate, where hardly a gradient flows. `preprocess` gives numbers of about 1."
)
COMPARED_SIGNED = (
    "v itself is compared with e^{−p}, not |v|: every negative gradient counts as tiny, "
    "and becomes e^p v, thousands. Compare |v|."
)
OTHER_EPSILON = (
    "An ε is added to |v| before the logarithm. That avoids −∞, but a tiny gradient is not "
    "(−1, e^p v): its sign still counts in full, and noise around 0 looks like a direction."
)
OTHER_SCALE = (
    "The threshold or the scale of `preprocess` is another one. Both come from p = 10: "
    "log|v| / 10, and from |v| = e^{−10} on."
)


def two_numbers(
    v: Tensor,
    *,
    scale: float = kernel.LOG_SCALE,
    power: float = kernel.LOG_SCALE,
    size: Callable = torch.abs,
) -> Tensor:
    """(log|v| / scale, sign v) if size(v) ≥ e^{−power}, else (−1, e^power v)."""
    smallest = torch.tensor(-power, dtype=v.dtype).exp()
    large = size(v) >= smallest
    safe = torch.where(large, v.abs(), 1.0)
    log = torch.where(large, safe.log() / scale, -1.0)
    return torch.stack([log, torch.where(large, v.sign(), v / smallest)], dim=-1)


def logs_everywhere(v: Tensor) -> Tensor:
    return torch.stack([v.abs().log() / kernel.LOG_SCALE, v.sign()], dim=-1)


def logs_with(epsilon: float) -> Callable:
    def split(v):
        return torch.stack([(v.abs() + epsilon).log() / kernel.LOG_SCALE, v.sign()], dim=-1)

    return split


def logs_behind_where(v: Tensor) -> Tensor:
    large = v.abs() >= SMALLEST
    log = torch.where(large, v.abs().log() / kernel.LOG_SCALE, -1.0)
    return torch.stack([log, torch.where(large, v.sign(), v / SMALLEST)], dim=-1)


def clamped_and_signed(v: Tensor) -> Tensor:
    return torch.stack([kernel.preprocess(v)[..., 0], v.sign()], dim=-1)


def size_times_sign(v: Tensor) -> Tensor:
    share = v.sign() * (v.abs() / SMALLEST).clamp(max=1)
    return torch.stack([kernel.preprocess(v)[..., 0], share], dim=-1)


def raw_and_signed(v: Tensor) -> Tensor:
    return torch.stack([v, v.sign()], dim=-1)


def twice(part: Callable) -> Callable:
    """The same number in both places."""
    return lambda v: torch.stack([part(v), part(v)], dim=-1)


# What a learner's own `preprocess` may do to numbers; known in both exercises.
PREPROCESS_MISTAKES = (
    (raw_and_signed, "The numbers go in as they are, beside their signs. " + (
        "Their sizes range from 10⁻⁸ to 10²: the large ones saturate the gates, the small ones "
        "are not seen. Split them with `preprocess`."
    )),
    (twice(lambda v: v), "The numbers go in as they are, twice. Their sizes range from 10⁻⁸ to "
        "10²: the large ones saturate the gates, the small ones are not seen. Split them with "
        "`preprocess`."),
    (twice(lambda v: kernel.preprocess(v)[..., 0]), SIGN_LOST + "`preprocess` gives both."),
    (twice(lambda v: kernel.preprocess(v)[..., 1]), SIZE_LOST),
    (lambda v: two_numbers(v, scale=1.0), NOT_DIVIDED),
    (lambda v: kernel.preprocess(v) * torch.tensor([kernel.LOG_SCALE, 1.0]), NOT_DIVIDED),
    (lambda v: two_numbers(v, size=lambda u: u), COMPARED_SIGNED),
    (lambda v: kernel.preprocess(v).flip(-1),
     "The two numbers are exchanged: first comes the size log|v| / p, then the sign. "
     "Trained weights would take the one for the other."),
    (logs_everywhere, NO_CLIP),
    (logs_behind_where, NAN_BEHIND_WHERE),
    *((logs_with(epsilon), OTHER_EPSILON) for epsilon in (SMALLEST, 1e-6, 1e-8, 1e-10, 1e-12)),
    (clamped_and_signed,
     "The second number is the sign for tiny gradients, too. Below e^{−p} it is e^p v, which "
     "fades to 0: else noise around 0 looks like a direction."),
    (size_times_sign,
     "The values are right, but sign v · |v| has no slope at 0 for autograd; e^p v has e^p. It "
     "shows where a gradient is exactly 0 and not a constant."),
    *((lambda v, p=p: two_numbers(v, power=p, scale=p), OTHER_SCALE) for p in (1.0, 5.0, 7.0, 8.0)),
    (lambda v: two_numbers(v, power=5.0), OTHER_SCALE),
    (lambda v: two_numbers(v, power=2.302585092994046 * kernel.LOG_SCALE), OTHER_SCALE),
)  # fmt: skip


def cut_all(result: tuple[Tensor, kernel.State]) -> tuple[Tensor, kernel.State]:
    """The same numbers, without their graph."""
    first, state = result
    return first.detach(), tuple(part.detach() for part in state)


# learned_update ----------------------------------------------------------------------------------


def stepped(
    *,
    split: Callable = kernel.preprocess,
    state_before: Callable = lambda h, c, gradient: (h, c),
    say: Callable = lambda params, h, c: kernel.head(params, h).squeeze(-1),
    scale: float = kernel.UPDATE_SCALE,
    finish: Callable = lambda step, gradient: step,
    result: Callable = lambda step, new, old: (step, new),
) -> Callable:
    """A wrong update: what goes in, from which state, how h becomes a step, what is returned."""

    def wrong(params, gradient, state):
        before = state_before(*state, gradient)
        h, new = kernel.cell(params, split(gradient), before)
        return result(finish(scale * say(params, h, new[1]), gradient), new, state)

    return wrong


def mean_over_coordinates(part: Tensor) -> Tensor:
    """One state for all coordinates: the mean of theirs."""
    return part.flatten(0, -2).mean(0).expand_as(part)


def update_in_place(params, gradient, state):
    step, (h, c) = kernel.learned_update(params, gradient, state)
    state[0].copy_(h)
    state[1].copy_(c)
    return step, state


def update_given(change: Callable) -> Callable:
    """The right update of changed arguments."""
    return lambda params, gradient, state: kernel.learned_update(params, *change(gradient, state))


def one_step_for_all(step: Tensor, gradient: Tensor) -> Tensor:
    return step.mean().expand_as(gradient)


def only_weights(params: Params, h: Tensor, c: Tensor) -> Tensor:
    return (h @ params["head.weight"].mT).squeeze(-1)


EXERCISES = {
    "cell": Exercise(
        reference=kernel.cell,
        cases=cell_case,
        differentiable=("params", "x", "state"),
        mistakes=(
            *ORDERS,
            Mistake(
                cell_of(split=every_fourth),
                "Every fourth row is taken for a gate. In PyTorch's layout the rows of a gate "
                "stand together: the first H for i, then f, g, o. `rows.chunk(4, dim=-1)`.",
            ),
            Mistake(
                cell_of(memory=lambda i, f, g, o, h, c: f * c + i.sigmoid() * g.tanh()),
                "The forget gate has no sigmoid, so it is no share between 0 and 1: at 3 or at −2 "
                "the memory grows with every step until training breaks.",
            ),
            Mistake(
                cell_of(memory=lambda i, f, g, o, h, c: f.sigmoid() * c + i * g.tanh()),
                "The write gate has no sigmoid, so it is no share between 0 and 1: below 0 it "
                "writes the opposite of the candidate, and nothing limits how much.",
            ),
            Mistake(
                cell_of(hidden=lambda i, f, g, o, h, c, new: o * new.tanh()),
                "The output gate has no sigmoid, so it is no share between 0 and 1: h is not "
                "bounded, and saturates the gates of the next step.",
            ),
            Mistake(
                cell_of(
                    memory=lambda i, f, g, o, h, c: f * c + i * g.tanh(),
                    hidden=lambda i, f, g, o, h, c, new: o * new.tanh(),
                ),
                "No gate has a sigmoid. A gate is a share between 0 and 1; without it the memory "
                "grows with every step until training breaks.",
            ),
            Mistake(
                cell_of(
                    memory=lambda i, f, g, o, h, c: f.tanh() * c + i.tanh() * g.tanh(),
                    hidden=lambda i, f, g, o, h, c, new: o.tanh() * new.tanh(),
                ),
                "The gates use tanh, so they lie between −1 and 1: a forget gate below 0 turns the "
                "sign of the memory at every step. A gate is a share: σ.",
            ),
            Mistake(
                cell_of(
                    memory=lambda i, f, g, o, h, c: f.sigmoid() * c + i.sigmoid() * g.sigmoid()
                ),
                "The candidate g has a sigmoid in place of tanh: only what is above 0 can be "
                "written: the memory can fade, but nothing can be taken away from it.",
            ),
            Mistake(
                cell_of(memory=lambda i, f, g, o, h, c: f.sigmoid() * c + i.sigmoid() * g),
                "The candidate g has no tanh: what is written has no bound, so that one large "
                "input can drown all that was remembered.",
            ),
            Mistake(
                cell_of(memory=lambda i, f, g, o, h, c: f.sigmoid() * c + i.sigmoid() * g.relu()),
                "The candidate g has a ReLU in place of tanh: only what is above 0 can be written, "
                "and without a bound.",
            ),
            Mistake(
                cell_of(hidden=lambda i, f, g, o, h, c, new: o.sigmoid() * new),
                "The tanh on the output is missing: h = o ⊙ c. The memory may be large, and "
                "through h it then saturates all gates of the next step. h = o ⊙ tanh(c).",
            ),
            Mistake(
                cell_of(hidden=lambda i, f, g, o, h, c, new: new.tanh()),
                "The output gate is missing: h = tanh(c). Whatever is remembered is also said; "
                "the cell cannot keep a thing to itself until it is needed. h = o ⊙ tanh(c).",
            ),
            Mistake(
                cell_of(hidden=lambda i, f, g, o, h, c, new: o.sigmoid() * new.sigmoid()),
                "The memory goes through σ in place of tanh on its way out: h is never below 0, "
                "and an empty memory says ½ o. h = o ⊙ tanh(c).",
            ),
            Mistake(
                cell_of(hidden=lambda i, f, g, o, h, c, new: (o.sigmoid() * new).tanh()),
                "tanh is taken of the product. The gate acts after it: h = o ⊙ tanh(c).",
            ),
            Mistake(
                cell_of(hidden=lambda i, f, g, o, h, c, new: new_hidden(o, c)),
                "h is made of the old c: what is read now can be said one step later only, "
                "too late for the query. Compute c first, then h = o ⊙ tanh(c).",
            ),
            Mistake(
                cell_of(hidden=lambda i, f, g, o, h, c, new: o.sigmoid() * g.tanh()),
                "h is made of the candidate g, not of the memory: what was remembered is never "
                "said. h = o ⊙ tanh(c).",
            ),
            Mistake(
                cell_of(memory=lambda i, f, g, o, h, c: c + i.sigmoid() * g.tanh()),
                "The forget gate is missing: c + i ⊙ g, the cell of 1997. Nothing can be "
                "forgotten, and over long sequences the memory piles up.",
            ),
            Mistake(
                cell_of(memory=lambda i, f, g, o, h, c: f.sigmoid() * c + g.tanh()),
                "The write gate is missing: every input is written in full, also those that "
                "should be passed by. f ⊙ c + i ⊙ g.",
            ),
            Mistake(
                cell_of(memory=lambda i, f, g, o, h, c: i.sigmoid() * g.tanh()),
                "The old memory is missing: c = i ⊙ g knows the last input only. f ⊙ c + i ⊙ g.",
            ),
            Mistake(
                cell_of(memory=lambda i, f, g, o, h, c: f.sigmoid() * c),
                "Nothing is written: c = f ⊙ c can only fade. f ⊙ c + i ⊙ g.",
            ),
            Mistake(
                cell_of(
                    memory=lambda i, f, g, o, h, c: f.sigmoid() * c + (-f).sigmoid() * g.tanh()
                ),
                "1 − f stands in place of i, as in a GRU: to write, the cell must forget as much. "
                "It could not keep one example and add another. The write gate has rows of its "
                "own.",
            ),
            Mistake(
                cell_of(
                    memory=lambda i, f, g, o, h, c: (-i).sigmoid() * c + i.sigmoid() * g.tanh()
                ),
                "1 − i stands in place of f: to write, the cell must forget as much. The forget "
                "gate has rows of its own.",
            ),
            Mistake(
                cell_of(
                    memory=lambda i, f, g, o, h, c: (-f).sigmoid() * c + i.sigmoid() * g.tanh()
                ),
                "1 − f multiplies the memory. In spite of its name f is the share that is kept: "
                "with its bias of 1 the cell would forget most of everything at each step.",
            ),
            Mistake(
                cell_of(memory=lambda i, f, g, o, h, c: f.sigmoid() * (c + i.sigmoid() * g.tanh())),
                "The forget gate also multiplies what is new. f ⊙ c + i ⊙ g: two shares, one of "
                "what is there and one of what comes.",
            ),
            Mistake(
                cell_of(memory=lambda i, f, g, o, h, c: f.sigmoid() * c - i.sigmoid() * g.tanh()),
                "The candidate is taken away: f ⊙ c + i ⊙ g has a plus. (The minus of gradient "
                "descent is in the candidate, g = −∇L.)",
            ),
            Mistake(
                cell_of(memory=lambda i, f, g, o, h, c: f.sigmoid() * h + i.sigmoid() * g.tanh()),
                "The forget gate multiplies h, not c: the memory is cut down by the output gate "
                "and tanh at every step, and soon lost.",
            ),
            Mistake(
                cell_of(
                    memory=lambda i, f, g, o, h, c: f.sigmoid() * c.tanh() + i.sigmoid() * g.tanh()
                ),
                "The old memory goes through tanh before it is kept. Its way from step to step is "
                "linear, f ⊙ c: that is why gradients reach far back.",
            ),
            Mistake(
                cell_of(memory=lambda i, f, g, o, h, c: new_memory(i, f, g, c).tanh()),
                "The new memory goes through tanh and is kept like that. The tanh is for h alone; "
                "the way of c is linear, so that gradients reach far back.",
            ),
            Mistake(
                cell_of(rows=biases(0, 0)),
                f"Both biases are left out. {TWO_BIASES}Without them an input of zeros opens "
                "every gate half, and half of the memory is lost at each step.",
            ),
            Mistake(
                cell_of(rows=biases(0, 1)),
                f"bias_ih is left out. {TWO_BIASES}The bias of 1 that keeps the "
                "forget gates open at first is in bias_ih: without it about half of the memory is "
                "lost at each step.",
            ),
            Mistake(
                cell_of(rows=biases(1, 0)),
                f"bias_hh is left out. {TWO_BIASES}Weights that were trained with it give other "
                "numbers without it.",
            ),
            Mistake(
                cell_of(rows=biases(2, 0)), f"bias_ih is added twice, bias_hh not. {TWO_BIASES}"
            ),
            Mistake(
                cell_of(rows=biases(0, 2)), f"bias_hh is added twice, bias_ih not. {TWO_BIASES}"
            ),
            Mistake(cell_of(rows=biases(2, 1)), f"bias_ih is added twice. {TWO_BIASES}"),
            Mistake(cell_of(rows=biases(1, 2)), f"bias_hh is added twice. {TWO_BIASES}"),
            Mistake(
                cell_of(rows=biases(2, 2)),
                f"Both biases are added twice, with x and with h. {TWO_BIASES}",
            ),
            Mistake(
                cell_of(rows=rows_of_x),
                "The gates do not see h: U h is missing. What is kept and written could not "
                "depend on what was read before.",
            ),
            Mistake(
                cell_of(rows=rows_of_h),
                "The gates do not see x: W x is missing, so the cell reads nothing.",
            ),
            Mistake(
                cell_of(result=lambda h, c, old: (c, (h, c))),
                "c is returned in place of h. The memory is not what the cell says: h = o ⊙ "
                "tanh(c) goes on to the head.",
            ),
            Mistake(cell_of(result=lambda h, c, old: (h, (c, h))), SWAPPED_STATE),
            Mistake(
                cell_of(result=lambda h, c, old: (c, (c, h))),
                f"h and c are exchanged at the end. {SWAPPED_STATE}",
            ),
            Mistake(
                cell_given(lambda h, c: (c, h)),
                "The state is unpacked as c, h. It comes as (h, c), as `torch.nn.LSTMCell` has "
                "it: `h, c = state`.",
            ),
            Mistake(
                cell_of(order="ifgo", result=lambda h, c, old: (h, old)),
                OLD_STATE,
            ),
            Mistake(
                cell_of(result=lambda h, c, old: (h, (h, old[1]))),
                "The old c is returned in the state: what was written is lost at once, and "
                "only h goes on. Return the new c.",
            ),
            Mistake(
                cell_of(result=lambda h, c, old: (h, (old[0], c))),
                "The old h is returned in the state, not the new one: the gates of the next step "
                "would see what was said one step earlier.",
            ),
            Mistake(
                cell_of(result=lambda h, c, old: (h, c)),
                "It returns h, c. Needed are the hidden state and the state to go on with, "
                "h, (h, c): two parts, of which the second is a pair.",
            ),
            Mistake(
                cell_of(result=lambda h, c, old: (h, h, c)),
                "It returns three parts, h, h, c. Needed are two, of which the second is a pair: "
                "h, (h, c).",
            ),
            Mistake(
                cell_with_head,
                "The head is applied already. `cell` returns h itself; `head(params, h)` is "
                "another function, for a memory and an optimiser alike.",
            ),
            Mistake(cell_in_place, IN_PLACE),
            Mistake(cell_with_memory_in_place, IN_PLACE),
            Mistake(cell_given(lambda h, c: (h.detach(), c.detach())), CUT_STATE),
            Mistake(
                cell_of(result=lambda h, c, old: (h, (h.detach(), c.detach()))),
                CUT_STATE,
            ),
        ),
        hints=(
            "W x + b and U h + b together give 4H rows: i, f, g, o, H each. Three of them are "
            "gates, shares between 0 and 1; g is what may be written, between −1 and 1.",
            "`rows = x @ params['weight_ih'].T + …` with both weights and both biases, and "
            "`rows.chunk(4, dim=-1)`. First the new c, then h from the new c.",
            "`i, f, g, o = rows.chunk(4, dim=-1)`, "
            "`c = f.sigmoid() * c + i.sigmoid() * g.tanh()`, `h = o.sigmoid() * c.tanh()`, "
            "`return h, (h, c)`",
        ),
        remark="These are the numbers of `torch.nn.LSTMCell`. Written out it can be "
        "differentiated twice anywhere; the LSTM of cuDNN cannot.",
    ),
    "offset_labels": Exercise(
        reference=kernel.offset_labels,
        cases=labels_case,
        mistakes=(
            Mistake(
                lambda y: y.clone(),
                f"The labels are not offset: at step t stands y_t. So {LEAK}.",
            ),
            Mistake(
                by_two,
                "The labels are two steps late: at step t stands y_{t−2}. When a query comes, the "
                "label of the last example is still unknown, and x_{t−1} and its label never "
                "stand close together.",
            ),
            Mistake(
                early,
                "The labels are moved the wrong way: at step t stands y_{t+1}, a look ahead. The "
                "network keeps it for one step and then has the answer: nothing has to be learned "
                "from the examples.",
            ),
            Mistake(
                early_with_last,
                "The labels are moved the wrong way: at step t stands y_{t+1}, and the last one "
                "stands twice. The network has every answer before the question.",
            ),
            Mistake(
                lambda y: y.roll(1, dims=-2),
                "`roll` goes round in a circle: the last label y_T stands at the first step. The "
                "network can keep it until it is asked. At the first step nothing is known: zeros.",
            ),
            Mistake(
                lambda y: y.roll(-1, dims=-2),
                "`roll` by −1 moves the labels the wrong way, and the first one to the end: at "
                "step t stands y_{t+1}, a look ahead.",
            ),
            Mistake(
                lambda y: y.roll(1),
                "`roll` without `dims` runs through all numbers, one after the other: the parts of "
                "the labels are mixed, and the last one stands at the beginning. Move whole labels "
                "along the time axis, dim=-2, with zeros at the start.",
            ),
            Mistake(
                offset_of_flat,
                "The numbers are moved one by one through the flattened tensor: the parts of the "
                "labels are mixed. Move whole labels along the time axis, dim=-2.",
            ),
            Mistake(
                lambda y: y.roll(1, dims=-1),
                "`roll` along the last axis turns the parts of each label: y_t still stands at "
                "step t, only renamed. The time axis is dim=-2, and the start is zeros.",
            ),
            Mistake(
                lambda y: y.roll(1, dims=0),
                "`roll` along the first axis gives each task the labels of another one (or goes "
                "round in a circle, where there is one task). The time axis is dim=-2.",
            ),
            Mistake(
                lambda y: shifted(y, -1),
                "This moves along the last axis, the parts of a label: y_t still stands at "
                "step t, only renamed. The time axis is dim=-2.",
            ),
            Mistake(
                lambda y: shifted(y, 0),
                "This moves along the first axis. With tasks in front, (B, T, O), each task gets "
                "the labels of another one, of the same step. The time axis is the last but one, "
                "dim=-2.",
            ),
            Mistake(
                lambda y: shifted(y, 1),
                "This moves along the axis number 1, counted from the front: that is time only in "
                "(B, T, O). In (T, O) it is the label. Count from the end, dim=-2.",
            ),
            Mistake(
                shortened,
                "This has T − 1 rows: y_1, …, y_{T−1}. The zeros at the start are missing, so that "
                "it cannot stand beside x; cut off at the end of x, each x_t would have its own "
                "label.",
            ),
            Mistake(
                from_the_second,
                "This has T − 1 rows, y_2, …, y_T: the first is dropped, not the last. "
                "Needed are zeros, y_1, …, y_{T−1}.",
            ),
            Mistake(
                one_too_many,
                "This has T + 1 rows: y_T is still there. Its turn would come after the "
                "last x; drop it.",
            ),
            Mistake(
                first_hidden,
                "Only the first label is hidden; all the others stand at their own step. "
                f"So {LEAK}.",
            ),
            Mistake(
                last_hidden,
                "Only the last label is hidden; all the others stand at their own step. "
                f"So {LEAK}.",
            ),
            Mistake(
                late_with(torch.ones_like),
                "The first step holds ones. It should say nothing: with one-hot labels ones would "
                "mean every class at once. Zeros.",
            ),
            Mistake(
                late_with(lambda start: -torch.ones_like(start)),
                "The first step holds −1. A number line has a −1, too: as a label it says "
                "something. Zeros.",
            ),
            Mistake(
                late_with(lambda start: torch.full_like(start, torch.nan)),
                "The first step holds NaN, and everything that is computed from it will be NaN: "
                "all states, the loss, all weights. Zeros.",
            ),
            Mistake(
                late_with(lambda start: start),
                "The first step holds y_1, its own label: the first answer is given away, and "
                "stands twice. Zeros.",
            ),
            Mistake(
                lambda y: torch.cat([y.mean(-2, keepdim=True), y[..., :-1, :]], dim=-2),
                "The first step holds the mean of all labels, which knows those to come. Zeros.",
            ),
            Mistake(
                lambda y: torch.zeros_like(y),
                "All labels are zeros: the network sees inputs alone and has nothing to learn a "
                "task from. Only the first step is zeros.",
            ),
            Mistake(
                lambda y: kernel.offset_labels(y).cumsum(-2),
                "The labels are added up over time. Each step holds one label, that of the step "
                "before; to add up is the network's choice.",
            ),
            Mistake(
                lambda y: kernel.offset_labels(y.flip(-2)),
                "The labels stand in reverse: they do not belong to these inputs any more.",
            ),
            Mistake(
                offset_in_place,
                "The result is right, but `y` itself is changed in place. The loss still needs the "
                "labels as they were: it would now ask for y_{t−1} at step t. Make a new tensor.",
            ),
        ),
        hints=(
            "Row t of the result is row t − 1 of `y`. For the first row there is none: zeros. The "
            "last label is not needed any more.",
            "`y[..., :-1, :]` are all labels but the last, with any axes in front; "
            "`torch.zeros_like(y[..., :1, :])` is one row of zeros in the right shape.",
            "`torch.cat([torch.zeros_like(y[..., :1, :]), y[..., :-1, :]], dim=-2)`",
        ),
        remark="A change of y_t can now reach the states from step t + 1 on, never the "
        "prediction at t.",
    ),
    "meta_lstm_step": Exercise(
        reference=kernel.meta_lstm_step,
        cases=meta_step_case,
        differentiable=("params", "theta", "gradient", "loss", "state"),
        mistakes=(
            Mistake(
                updated(lambda f, i, theta, g: f * theta + i * g),
                "+∇ in place of −∇: every step climbs, and the loss grows. "
                "The candidate is −∇ (gradient descent subtracts).",
            ),
            Mistake(
                updated(lambda f, i, theta, g: theta - i * g),
                "θ_{t−1} is not multiplied by f. That is gradient descent with learned rates; "
                "without f it cannot shrink a parameter or leave a bad region.",
            ),
            Mistake(
                updated(lambda f, i, theta, g: theta + i * g),
                "θ_{t−1} is not multiplied by f, and +∇ in place of −∇ climbs. "
                "Needed is f ⊙ θ + i ⊙ (−∇).",
            ),
            Mistake(
                updated(lambda f, i, theta, g: -i * g),
                "θ_{t−1} is missing: this is the step alone, so each step starts from nothing. "
                "The cell state is θ: f ⊙ θ + i ⊙ (−∇).",
            ),
            Mistake(
                updated(lambda f, i, theta, g: f * theta),
                "The gradient is missing: f ⊙ θ only shrinks θ, and no task is learned.",
            ),
            Mistake(
                updated(lambda f, i, theta, g: f * theta - g),
                "The write gate is missing: the gradient is taken in full, a learning rate of 1.",
            ),
            Mistake(
                updated(lambda f, i, theta, g: f * theta - (1 - f) * g),
                "1 − f stands in place of i, as in a GRU: with f near 1 hardly a step is taken, "
                "and to learn it must forget. The write gate has weights of its own.",
            ),
            Mistake(
                step_of(
                    update=lambda f, i, theta, g, old: f * theta - (1 - f) * g,
                    result=lambda theta, f, i, old: (theta, (f, 1 - f)),
                ),
                "i is taken to be 1 − f, as in a GRU: with f near 1 hardly a step is taken, "
                "and to learn it must forget. The write gate has weights of its own.",
            ),
            Mistake(
                updated(lambda f, i, theta, g: (1 - i) * theta - i * g),
                "1 − i stands in place of f: every step also shrinks θ by its rate. The "
                "forget gate has weights of its own.",
            ),
            Mistake(
                updated(lambda f, i, theta, g: (1 - f) * theta - i * g),
                "1 − f multiplies θ. In spite of its name f is the share that is kept: near 1 it "
                "would forget the start and everything learned.",
            ),
            Mistake(
                updated(lambda f, i, theta, g: i * theta - f * g),
                "The gates are exchanged in the update: θ is multiplied by i and −∇ by f. With f "
                "near 1 and i near a rate, θ is forgotten and the step is huge.",
            ),
            Mistake(
                updated(lambda f, i, theta, g: f * (theta - i * g)),
                "f multiplies the step, too. f ⊙ θ + i ⊙ (−∇): two shares, one of what is there "
                "and one of what comes.",
            ),
            Mistake(
                updated(lambda f, i, theta, g: f * theta + i * torch.tanh(-g)),
                "−∇ goes through tanh, as the candidate of an LSTM does. Here it is −∇ itself: "
                "else no choice of the gates would be gradient descent.",
            ),
            Mistake(
                updated(lambda f, i, theta, g: torch.tanh(f * theta - i * g)),
                "θ goes through tanh: parameters could not leave −1 … 1. The cell state itself is "
                "θ, there is no output gate.",
            ),
            Mistake(
                updated(lambda f, i, theta, g: f * theta - i * kernel.preprocess(g)[..., 0]),
                "The preprocessed gradient is also used in the update: log|∇| / p has not the "
                "direction of ∇. Only the gates see it; the update takes −∇ itself.",
            ),
            Mistake(
                updated(lambda f, i, theta, g: f * theta - i * kernel.preprocess(g)[..., 1]),
                "The update takes the sign of ∇ from `preprocess`: all steps are equally large. "
                "Only the gates see it; the update takes −∇ itself.",
            ),
            Mistake(
                updated(lambda f, i, theta, g: f * theta - i * kernel.preprocess(g).sum(-1)),
                "The update takes both numbers of `preprocess`. Only the gates see them; the "
                "update takes −∇ itself.",
            ),
            Mistake(
                updated(lambda f, i, theta, g: f * theta - i * F.normalize(g, dim=0)),
                "The update takes ∇ at length 1. The size of the step is for the gates to choose: "
                "take −∇ itself.",
            ),
            Mistake(
                updated(lambda f, i, theta, g: f * theta - i * g.clamp(-1, 1)),
                "The update takes a clipped gradient. Clipping may help in training, but the step "
                "takes −∇ itself.",
            ),
            Mistake(
                step_of(update=lambda f, i, theta, g, old: old[0] * theta - old[1] * g),
                "The update uses the gates of the step before; those just computed are only passed "
                "on. What the gates see now must count now.",
            ),
            Mistake(
                step_of(result=lambda theta, f, i, old: (theta, old)),
                "The old gates are returned, not the new ones: f_{t−1} and i_{t−1} would for ever "
                "be those of the start. Return (f, i) as computed here.",
            ),
            Mistake(
                step_of(
                    result=lambda theta, f, i, old: (
                        theta,
                        (torch.ones_like(f), torch.zeros_like(i)),
                    )
                ),
                "f = 1 and i = 0 are returned, the gates before the first step: the next one "
                "would think it is the first. Return (f, i) as computed here.",
            ),
            Mistake(
                step_of(
                    result=lambda theta, f, i, old: (
                        theta,
                        (torch.zeros_like(f), torch.zeros_like(i)),
                    )
                ),
                "Zeros are returned as gates: the next step would not know what this one kept and "
                "wrote. Return (f, i) as computed here.",
            ),
            Mistake(
                step_of(result=lambda theta, f, i, old: (theta, (i, f))),
                "The gates are returned as (i, f). The next step would read each as the other. "
                "Return (f, i), in the order in which they came.",
            ),
            Mistake(
                step_of(result=lambda theta, f, i, old: (theta, (theta, f))),
                "The new θ is returned in the state. It comes first; the state are the gates "
                "(f, i).",
            ),
            Mistake(
                step_of(result=lambda theta, f, i, old: (theta, f, i)),
                "It returns three parts, θ, f, i. Needed are two, of which the second is a pair: "
                "θ, (f, i).",
            ),
            Mistake(
                step_of(result=lambda theta, f, i, old: theta),
                "It returns θ alone. The next step needs the gates of this one: θ, (f, i).",
            ),
            Mistake(
                step_of(result=lambda theta, f, i, old: (theta, (f.logit(), i.logit()))),
                "The gates are returned as they are before the sigmoid. f_{t−1} and i_{t−1} are "
                "shares between 0 and 1.",
            ),
            Mistake(
                step_of(squash=(lambda f: f, torch.sigmoid)),
                "The forget gate has no sigmoid, so it is no share between 0 and 1: at 3 or at −2 "
                "every step multiplies θ, and it grows without end.",
            ),
            Mistake(
                step_of(squash=(torch.sigmoid, lambda i: i)),
                "The write gate has no sigmoid, so it is no share between 0 and 1: below 0 it "
                "climbs, and nothing limits the step.",
            ),
            Mistake(
                step_of(squash=(lambda f: f, lambda i: i)),
                "The gates have no sigmoid: a share lies between 0 and 1. Below 0 the write gate "
                "climbs, and a forget gate of 3 makes θ grow without end.",
            ),
            Mistake(
                step_of(squash=(torch.tanh, torch.tanh)),
                "The gates use tanh: below 0 a write gate climbs and a forget gate turns the "
                "sign of θ. A gate is a share: σ.",
            ),
            Mistake(
                step_of(before=lambda f, i: (i, f)),
                "Each gate sees the other one's past: f_{t−1} belongs to the forget gate, "
                "i_{t−1} to the write gate.",
            ),
            Mistake(
                step_of(before=lambda f, i: (f, f)),
                "Both gates see f_{t−1}. The write gate needs its own past, i_{t−1}: else it does "
                "not know how large its last step was.",
            ),
            Mistake(
                step_of(before=lambda f, i: (i, i)),
                "Both gates see i_{t−1}. The forget gate needs its own past, f_{t−1}.",
            ),
            Mistake(
                step_of(before=lambda f, i: (torch.zeros_like(f), torch.zeros_like(i))),
                "The gates do not see their own past: zeros stand where f_{t−1} and i_{t−1} "
                "belong, so that a rate cannot be lowered step by step.",
            ),
            Mistake(
                step_of(logit=other_weights),
                "The weights are exchanged: those of `write` make f, and those of `forget` make i. "
                "With i near f's 1 every step is huge.",
            ),
            Mistake(
                step_of(logit=without_bias("forget", "write")),
                "The biases are left out. At the start they are all that the gates are made of, "
                "f ≈ 1 and i = the rate; without them both are ½, and θ is halved at each step.",
            ),
            Mistake(
                step_of(logit=without_bias("forget")),
                "The bias of the forget gate is left out. At the start it is all that keeps f "
                "near 1; without it θ is halved at each step.",
            ),
            Mistake(
                step_of(logit=without_bias("write")),
                "The bias of the write gate is left out. At the start it is what makes i a "
                "small rate; without it i is ½, and the first steps are too large.",
            ),
            Mistake(
                step_of(logit=same_gate_everywhere),
                "All coordinates share one gate, the mean over them. Each coordinate has gates "
                "of its own, made by the same weights.",
            ),
            *(
                Mistake(step_of(logit=gate_order(*places)), ORDER_SEEN)
                for places in permutations(range(4))
                if places != (0, 1, 2, 3)
            ),
            Mistake(
                step_of(seen=with_raw_gradient),
                "The gates see the gradient as it is (beside its sign). Gradients range from 10⁻⁸ "
                "to 10²: the large ones saturate the gates, the small ones are not seen. "
                "`preprocess` it.",
            ),
            Mistake(
                step_of(seen=with_raw_loss),
                "The gates see the loss as it is (beside its sign). A large one saturates "
                "the gates of all coordinates; `preprocess` it, as the gradient.",
            ),
            *(Mistake(step_of(seen=by_hand(split)), why) for split, why in PREPROCESS_MISTAKES),
            Mistake(
                seeing(lambda g, loss, theta: [g, torch.zeros_like(loss), theta]),
                "The gates do not see the loss: zeros stand in its place. A large loss could not "
                "ask for larger steps.",
            ),
            Mistake(
                seeing(lambda g, loss, theta: [g, loss, torch.zeros_like(theta)]),
                "The gates do not see θ: zeros stand in its place. What to keep of a parameter "
                "depends on the parameter.",
            ),
            Mistake(
                seeing(lambda g, loss, theta: [torch.zeros_like(g), loss, theta]),
                "The gates do not see the gradient: zeros stand in its place.",
            ),
            Mistake(
                step_of(seen=lambda theta, g, loss: seen_of(theta, -g, loss)),
                "The gates see −∇. The minus belongs to the update; the gates see ∇ (Ravi & "
                "Larochelle), and trained weights would take up for down.",
            ),
            Mistake(
                step_of(seen=lambda theta, g, loss: seen_of(theta, g.abs(), loss)),
                "The sign of the gradient is lost before the gates see it: with θ beside it, they "
                "need it to tell whether a step leads to 0 or away.",
            ),
            Mistake(
                given(lambda theta, g, loss, state: (theta.detach(), g, loss, state)),
                "The values are right, but θ is detached: no gradient reaches the start θ₀, nor "
                "the gates of earlier steps. Only the last step would be learned.",
            ),
            Mistake(
                step_of(seen=theta_cut_in_gates),
                "The values are right, but the gates see a detached θ: the part of the gradient "
                "that runs through f and i to earlier steps is lost.",
            ),
            Mistake(
                step_of(update=lambda f, i, theta, g, old: f * theta.detach() - i * g),
                "The values are right, but the update is applied to a detached θ: no gradient "
                "reaches the start θ₀ through it, nor the gates of earlier steps.",
            ),
            Mistake(
                step_of(update=lambda f, i, theta, g, old: f.detach() * theta - i.detach() * g),
                "The values are right, but the gates are detached in the update: no gradient of "
                "the query loss reaches their weights, and the optimiser is never learned.",
            ),
            Mistake(
                step_of(
                    update=lambda f, i, theta, g, old: f.detach() * theta - i.detach() * g,
                    result=lambda theta, f, i, old: (theta, (f.detach(), i.detach())),
                ),
                "The values are right, but the gates are detached: no gradient of the query loss "
                "reaches their weights, and the optimiser is never learned.",
            ),
            Mistake(
                step_of(result=lambda theta, f, i, old: (theta, (f.detach(), i.detach()))),
                "The values are right, but the gates are passed on detached: what this step's "
                "gates do to those of the next one is lost from the gradient.",
            ),
            Mistake(
                given(
                    lambda theta, g, loss, state: (theta, g, loss, tuple(s.detach() for s in state))
                ),
                "The values are right, but the gates of the step before are detached: what they "
                "do to those of this step is lost from the gradient.",
            ),
            Mistake(
                given(lambda theta, g, loss, state: (theta, g.detach(), loss.detach(), state)),
                f"The values are right, but ∇ and L are detached here. {CONSTANTS}",
            ),
            Mistake(
                given(lambda theta, g, loss, state: (theta, g.detach(), loss, state)),
                f"The values are right, but ∇ is detached here. {CONSTANTS}",
            ),
            Mistake(
                given(lambda theta, g, loss, state: (theta, g, loss.detach(), state)),
                f"The values are right, but L is detached here. {CONSTANTS}",
            ),
            Mistake(
                step_of(
                    seen=lambda theta, g, loss: seen_of(theta, g.detach(), loss.detach()),
                ),
                f"The values are right, but the gates see a detached ∇ and L. {CONSTANTS}",
            ),
            Mistake(
                lambda params, theta, gradient, loss, state: cut_all(
                    kernel.meta_lstm_step(params, theta, gradient, loss, state)
                ),
                "The values are right, but the whole step is cut out of the graph (`.detach()`, "
                "`torch.no_grad()`, `.data`): no gradient reaches the gates or θ₀, and nothing is "
                "learned across tasks.",
            ),
            Mistake(theta_in_place, THETA_IN_PLACE),
            Mistake(theta_moved_in_place, THETA_IN_PLACE),
        ),
        hints=(
            "Two gates for each coordinate, from what it sees: ∇ and L as two numbers each, θ, "
            "and the gate's own past, six numbers in all. Then the one line f ⊙ c + i ⊙ g.",
            "`torch.cat([lstm.preprocess(gradient), lstm.preprocess(loss).expand(len(theta), 2), "
            "theta[:, None], f[:, None]], -1)` is (n, 6): times `params['forget.weight']`, plus "
            "the bias, σ. The write gate sees i in place of f.",
            "With `seen` the first five columns: `f = (torch.cat([seen, f[:, None]], -1) @ "
            "params['forget.weight'] + params['forget.bias']).sigmoid()`, i likewise, then "
            "`return lstm.gated_sum(f, theta, i, -gradient), (f, i)`",
        ),
        remark="With f = 1 and i = α it is gradient descent, exactly. In this LSTM alone "
        "the cell state is θ; its weights stand still inside a task, as in all others.",
    ),
    "learned_update": Exercise(
        reference=kernel.learned_update,
        cases=update_case,
        differentiable=("params", "gradient", "state"),
        mistakes=(
            Mistake(
                stepped(scale=1.0),
                "The scale 0.1 is missing. A new optimiser's first steps would be ten times as "
                "long: the loss explodes before anything is learned.",
            ),
            Mistake(
                stepped(scale=0.01),
                "The scale is 0.01, or 0.1 is applied twice. It is 0.1: trained weights would take "
                "steps that are ten times too short.",
            ),
            Mistake(
                stepped(scale=10.0),
                "The step is divided by 0.1, which makes it 100 times too long. Multiply.",
            ),
            Mistake(
                stepped(scale=-kernel.UPDATE_SCALE),
                "The step has a minus. It is added to θ as it is; which way is down the "
                "optimiser learns itself, and trained weights would climb.",
            ),
            Mistake(
                stepped(scale=-1.0),
                "The step has a minus, and the scale 0.1 is missing. Needed is 0.1 · head(h), to "
                "be added to θ.",
            ),
            *(Mistake(stepped(split=split), why) for split, why in PREPROCESS_MISTAKES),
            Mistake(
                update_given(lambda g, state: (g.abs(), state)),
                f"{SIGN_LOST}`preprocess` keeps the sign beside the size.",
            ),
            Mistake(
                update_given(lambda g, state: (-g, state)),
                "−∇ goes in. The optimiser reads ∇; trained weights would take up for down.",
            ),
            Mistake(
                update_given(lambda g, state: (torch.tanh(g), state)),
                "The gradient goes through tanh first: all large ones become 1, and their size is "
                "lost. `preprocess` alone.",
            ),
            Mistake(
                update_given(lambda g, state: (g / (g.norm() + 1e-8), state)),
                "The gradient is scaled to length 1 first, so that each coordinate depends on all "
                "the others. `preprocess` alone.",
            ),
            Mistake(
                stepped(finish=lambda step, g: step * g),
                "The step is a learned rate times ∇. Here head(h) is the step itself: "
                "0.1 · head(h).",
            ),
            Mistake(
                stepped(finish=lambda step, g: -step * g),
                "The step is a learned rate times −∇. Here head(h) is the step itself: "
                "0.1 · head(h).",
            ),
            Mistake(
                stepped(finish=lambda step, g: step + g),
                "∇ is added to the step, as if it were θ. Return the step alone: the caller adds "
                "it to θ.",
            ),
            Mistake(
                stepped(finish=lambda step, g: step - g),
                "−∇ is added to the step. The optimiser says the whole step, 0.1 · head(h), not a "
                "correction of gradient descent.",
            ),
            Mistake(
                stepped(finish=lambda step, g: step.tanh()),
                "The step goes through tanh. The head is linear, and 0.1 keeps the steps small.",
            ),
            Mistake(
                stepped(finish=lambda step, g: step.unsqueeze(-1)),
                "The step has one axis too many, (…, 1): added to θ (n,) it would broadcast to "
                "(n, n). `.squeeze(-1)`.",
            ),
            Mistake(
                stepped(say=lambda params, h, c: kernel.head(params, h).squeeze()),
                "`.squeeze()` removes every axis of length 1, also that of a single coordinate. "
                "`.squeeze(-1)`.",
            ),
            Mistake(
                stepped(finish=one_step_for_all),
                "All coordinates take the same step, the mean over them. Each has its own.",
            ),
            Mistake(
                stepped(say=lambda params, h, c: h.mean(-1)),
                "The mean of h stands in place of the head. The head's weights say how much each "
                "part of h counts, and its bias; |h| < 1 could never make a long step.",
            ),
            Mistake(
                stepped(say=lambda params, h, c: h.sum(-1)),
                "The sum of h stands in place of the head. The head's weights say how much each "
                "part of h counts, and its bias.",
            ),
            Mistake(
                stepped(say=lambda params, h, c: h[..., 0]),
                "The first part of h stands in place of the head. The head's weights say how much "
                "each part of h counts, and its bias.",
            ),
            Mistake(
                stepped(say=only_weights),
                "The bias of the head is left out. Use `head(params, h)`.",
            ),
            Mistake(
                stepped(say=lambda params, h, c: kernel.head(params, c).squeeze(-1)),
                "The head reads the cell state c. What the cell says is h = o ⊙ tanh(c).",
            ),
            Mistake(
                stepped(state_before=lambda h, c, g: (torch.zeros_like(h), torch.zeros_like(c))),
                "It starts from zeros, whatever `state` is: the optimiser forgets all gradients "
                "but the last, so that there can be no momentum. Read the state.",
            ),
            Mistake(
                stepped(
                    result=lambda step, new, old: (step, tuple(torch.zeros_like(s) for s in old))
                ),
                "Zeros are returned as the state: the next step starts anew, so that there can be "
                "no momentum. Return the state that the cell gives back.",
            ),
            Mistake(
                stepped(result=lambda step, new, old: (step, old)),
                "The old state is returned: the optimiser never remembers a gradient, so that "
                "there can be no momentum. Return the state that the cell gives back.",
            ),
            Mistake(
                stepped(result=lambda step, new, old: (step, (new[1], new[0]))),
                SWAPPED_STATE,
            ),
            Mistake(
                stepped(state_before=lambda h, c, g: (c, h)),
                "The state is unpacked as c, h. It comes as (h, c), and `cell` takes it whole.",
            ),
            Mistake(
                stepped(result=lambda step, new, old: (step, *new)),
                "It returns three parts, step, h, c. Needed are two, of which the second is a "
                "pair: step, (h, c).",
            ),
            Mistake(
                stepped(result=lambda step, new, old: (step, new[0])),
                "It returns h as the state. The next step needs the memory, too: (h, c).",
            ),
            Mistake(
                stepped(result=lambda step, new, old: step),
                "It returns the step alone. The next step needs the state: step, (h, c).",
            ),
            Mistake(
                stepped(
                    state_before=lambda h, c, g: (
                        mean_over_coordinates(h),
                        mean_over_coordinates(c),
                    )
                ),
                "All coordinates share one state, the mean of theirs. Each remembers its own "
                "gradients; only the weights are shared.",
            ),
            Mistake(
                stepped(
                    result=lambda step, new, old: (
                        step,
                        tuple(mean_over_coordinates(s) for s in new),
                    )
                ),
                "All coordinates get one state, the mean of theirs. Each remembers its own "
                "gradients; only the weights are shared.",
            ),
            Mistake(
                update_given(lambda g, state: (g.mean().expand_as(g), state)),
                "Every coordinate reads the mean gradient. Each reads its own.",
            ),
            Mistake(
                update_given(lambda g, state: (g.detach(), state)),
                "The values are right, but ∇ is detached here. Whether it counts as a constant is "
                "decided by the caller (`first_order` of `optimise`), so that the exact version "
                "can be measured, too.",
            ),
            Mistake(
                update_given(lambda g, state: (g, tuple(s.detach() for s in state))),
                "The values are right, but the state is detached at every step: what an earlier "
                "gradient did to the memory is lost from the gradient, and no momentum is learned. "
                "Where to cut is the caller's choice (`cuts`).",
            ),
            Mistake(
                stepped(result=lambda step, new, old: (step, tuple(s.detach() for s in new))),
                "The values are right, but the state is returned detached: the next steps' losses "
                "cannot teach this one what to remember. Where to cut is the caller's choice "
                "(`cuts`).",
            ),
            Mistake(
                stepped(finish=lambda step, g: step.detach()),
                "The values are right, but the step is detached: no gradient of the losses reaches "
                "the head through it, and the optimiser is not learned.",
            ),
            Mistake(
                lambda params, gradient, state: cut_all(
                    kernel.learned_update(params, gradient, state)
                ),
                "The values are right, but the whole update is cut out of the graph (`.detach()`, "
                "`torch.no_grad()`, `.data`): no gradient reaches the weights of the optimiser, "
                "and it is never learned.",
            ),
            Mistake(
                update_in_place,
                "The state is changed in place: no gradient runs back through the steps any more, "
                "and the caller has lost the old state. Return the one that the cell gives back.",
            ),
        ),
        hints=(
            "Three calls: make two numbers of each coordinate of ∇, let the cell read them, and "
            "let the head say the step. All coordinates go through the same weights at once.",
            "`lstm.preprocess(gradient)` is (…, 2), as the cell's input; `lstm.head(params, h)` "
            "is (…, 1): squeeze the last axis. The step is 0.1 of it.",
            "`h, state = lstm.cell(params, lstm.preprocess(gradient), state)`, "
            "`return 0.1 * lstm.head(params, h).squeeze(-1), state`",
        ),
        remark="It sees nothing of a problem but one gradient after the other, coordinate by "
        "coordinate: so the same few weights fit two parameters and two million.",
    ),
}


WHICH = "What learns the task here?\n\n```\n{}\n```"

QUIZZES = {
    "which_learner": [
        Question(
            WHICH.format("""\
m = torch.zeros_like(theta)
for _ in range(k):
    g = torch.func.grad(loss)(theta)
    m = gated_sum(0.9, m, 1.0, -g)
    theta = gated_sum(1.0, theta, lr, m)"""),
            (
                Option(
                    "a meta-LSTM",
                    "The lines have its form, but all gates are fixed numbers: nothing is learned "
                    "across tasks.",
                ),
                Option(
                    "plain gradient descent",
                    "m keeps 0.9 of itself: earlier gradients go on acting. With 0 in place of 0.9 "
                    "it would be.",
                ),
                Option(
                    "gradient descent with momentum",
                    "Two gated sums, one with f = 0.9 that remembers gradients, one with f = 1 "
                    "that is θ.",
                    correct=True,
                ),
                Option(
                    "a learned optimiser",
                    "Nothing in it has been trained: there are no weights.",
                ),
            ),
        ),
        Question(
            WHICH.format("""\
h = c = torch.zeros(n_hidden)
last = torch.zeros(n_way)
for x, y in zip(x_support, y_support):
    h, c = lstm(torch.cat([x, last]), (h, c))
    last = y
h, c = lstm(torch.cat([x_query, last]), (h, c))
logits = out(h)"""),
            (
                Option(
                    "the state of a memory learner",
                    "It reads each x with the label of the one before. The weights of `lstm` and "
                    "`out` stand still.",
                    correct=True,
                ),
                Option(
                    "the weights of an LSTM, trained on the support set",
                    "No loss is computed and no gradient is taken: the weights stand still.",
                ),
                Option(
                    "nothing: the labels are one step late",
                    "`last` is y_{t−1}, as it must be: x comes first, its label with the next x.",
                ),
                Option(
                    "a learned optimiser",
                    "That would read gradients. This reads examples.",
                ),
            ),
        ),
        Question(
            WHICH.format("""\
for _ in range(k):
    g, L = torch.func.grad_and_value(loss)(c)
    seen = torch.cat([preprocess(g), preprocess(L).expand(n, 2), c[:, None]], -1)
    f = torch.sigmoid(torch.cat([seen, f[:, None]], -1) @ w_f + b_f)
    i = torch.sigmoid(torch.cat([seen, i[:, None]], -1) @ w_i + b_i)
    c = f * c - i * g"""),
            (
                Option(
                    "a memory learner",
                    "It reads no examples: a gradient and a loss come in, and c is what "
                    "the loss is taken at.",
                ),
                Option(
                    "a learned optimiser in Andrychowicz's sense",
                    "There the state is beside θ, and a head says the step. Here c is θ.",
                ),
                Option(
                    "Meta-SGD",
                    "Its rates are learned, too, but the same at every step. These gates look at "
                    "the gradient, the loss, θ and their own past.",
                ),
                Option(
                    "the cell state of a meta-LSTM, which is θ",
                    "c is the argument of the loss: the learner's parameters. The gates' weights "
                    "w_f and w_i stand still.",
                    correct=True,
                ),
            ),
        ),
        Question(
            WHICH.format("""\
theta = start
for _ in range(k):
    g = torch.func.grad(loss)(theta, x_s, y_s)
    theta = gated_sum(1.0, theta, alpha, -g)
outer = torch.autograd.grad(loss(theta, x_q, y_q), start)"""),
            (
                Option(
                    "a meta-LSTM",
                    "f = 1 and i = α are fixed here; only `start` is learned across tasks.",
                ),
                Option(
                    "MAML's inner loop: θ, by gradient descent from a learned start",
                    "f = 1, i = α is SGD; the outer gradient is that of the query loss with "
                    "respect to the start.",
                    correct=True,
                ),
                Option(
                    "Meta-SGD",
                    "There α would be learned with the start: it would stand beside `start` in the "
                    "last line.",
                ),
                Option(
                    "fine-tuning",
                    "The last line trains the start for what comes after the k steps.",
                ),
            ),
        ),
        Question(
            WHICH.format("""\
state = None
for _ in range(k):
    g = torch.func.grad(loss)(theta)
    state = lstm(preprocess(g), state)
    theta = theta + 0.1 * out(state[0])[:, 0]"""),
            (
                Option(
                    "the cell state of a meta-LSTM, which is θ",
                    "θ stands beside the state here: `out` says a step, which is added.",
                ),
                Option(
                    "a memory learner",
                    "It remembers gradients of a loss, not examples and their labels.",
                ),
                Option(
                    "θ, by a learned optimiser, coordinate by coordinate",
                    "The rows of `preprocess(g)` are the batch: each coordinate has its own "
                    "state, all share the weights.",
                    correct=True,
                ),
                Option(
                    "gradient descent with momentum",
                    "It may come to do something like it. What it does was learned.",
                ),
            ),
        ),
    ],
    "self_check": [
        Question(
            "At test time a memory learner gets a new task. What changes?",
            (
                Option(
                    "The weights of the LSTM: it updates itself.",
                    "A checksum before and after says otherwise. They change in training only.",
                ),
                Option(
                    "Its state (h, c), and nothing else.",
                    "The weights hold what is common to all tasks, the state what it has read of "
                    "this one. Reset the state, and the task is forgotten.",
                    correct=True,
                ),
                Option(
                    "The head's weights, so that they fit the classes of the task.",
                    "They stand still, too. Which class is which is in the state.",
                ),
            ),
        ),
        Question(
            "A learned optimiser trains a small network. What changes meanwhile?",
            (
                Option(
                    "The parameters θ of the small network, and the optimiser's state.",
                    "The optimiser's weights stand still; they were learned on other problems.",
                    correct=True,
                ),
                Option(
                    "The optimiser's weights and θ.",
                    "Its weights were learned before. Now only its state and θ move.",
                ),
                Option(
                    "The optimiser's state only.",
                    "Its steps are added to θ: to change θ is what it is for.",
                ),
            ),
        ),
        Question(
            '"In all LSTM meta-learners the cell state is the learner\'s parameter vector." '
            "Of which one is it true?",
            (
                Option(
                    "Hochreiter's and Santoro's memory",
                    "There the state is a memory of examples. Nothing else has parameters.",
                ),
                Option(
                    "Andrychowicz's learned optimiser",
                    "There each coordinate of θ has a state (h, c) beside it, which remembers "
                    "gradients.",
                ),
                Option(
                    "Ravi and Larochelle's meta-LSTM",
                    "c_t = θ_t = f_t ⊙ θ_{t−1} + i_t ⊙ (−∇_t): its learned start c₀ is a start "
                    "for θ.",
                    correct=True,
                ),
            ),
        ),
        Question(
            "Someone feeds (x_t, y_t), not (x_t, y_{t−1}), and the training loss is nearly 0 at "
            "once. What has been learned?",
            (
                Option(
                    "to copy the label that stands beside the input",
                    "The answer comes with the question. A query comes without it, and is "
                    "answered by chance.",
                    correct=True,
                ),
                Option(
                    "to remember faster, because the label comes at the right time",
                    "Nothing has to be remembered to copy what is there.",
                ),
                Option(
                    "the training classes by heart",
                    "It need not even look at the input.",
                ),
            ),
        ),
        Question(
            "θ ← f ⊙ θ + i ⊙ (−∇L). Which gates make it gradient descent with the rate α?",
            (
                Option(
                    "f = α, i = 1 − α",
                    "That would forget all but the share α of θ.",
                ),
                Option(
                    "f = 0.9, i = α",
                    "f on θ itself is weight decay: it shrinks θ at each step. Momentum keeps a "
                    "share of the gradients.",
                ),
                Option(
                    "f = 1, i = α",
                    "Keep all that is there, add the share α of −∇L.",
                    correct=True,
                ),
            ),
        ),
        Question(
            "A learned optimiser works coordinatewise. What does that give?",
            (
                Option(
                    "All coordinates share one memory, so they learn from each other.",
                    "They share the weights. Each has a state of its own.",
                ),
                Option(
                    "Few weights, which fit a problem of any size, whatever the order of its "
                    "parameters.",
                    "A dense map from n gradients to n steps would need n² weights, and one n.",
                    correct=True,
                ),
                Option(
                    "Steps that take the curvature between two coordinates into account.",
                    "It cannot: a coordinate sees its own gradient only.",
                ),
            ),
        ),
        Question(
            "The state is detached every 5 steps. What is lost?",
            (
                Option(
                    "The memory: after 5 steps the state is empty.",
                    "The numbers go on as they are. Only the gradient stops.",
                ),
                Option(
                    "Nothing: it saves memory and time, the gradient is the same.",
                    "It is biased: effects over more than 5 steps have no say in it.",
                ),
                Option(
                    "In the gradient, the effect of a step on what happens beyond the next cut.",
                    "Forward all is as before. What pays off later only is not learned through "
                    "the cut.",
                    correct=True,
                ),
            ),
        ),
        Question(
            "The learned optimiser is usually trained with ∇L as a constant. What is dropped?",
            (
                Option(
                    "the second derivatives of L: how a step changes the gradients that come after",
                    "θ + step still carries a gradient to earlier steps; only the way through ∇L "
                    "is cut. It is the shortcut of first-order MAML.",
                    correct=True,
                ),
                Option(
                    "every gradient to steps before the last one",
                    "They still flow through θ ← θ + step, and through the state.",
                ),
                Option(
                    "the size of the gradient, only its sign remains",
                    "That is a matter of preprocessing. As a constant the gradient has its value.",
                ),
            ),
        ),
        Question(
            "An optimiser was trained on 20 steps and now runs for 200. What does training promise "
            "for the steps after the 20th?",
            (
                Option(
                    "that the loss goes on falling as before",
                    "Its weights were judged by 20 losses. What comes later had no say.",
                ),
                Option(
                    "nothing: it must be measured",
                    "Training never saw the states and gradients of those steps. SGD's rule "
                    "is the same at any step; a learned one's depends on its state.",
                    correct=True,
                ),
                Option(
                    "that θ stands still, because a trained optimiser stops by itself",
                    "Only what was rewarded is learned; nobody asked what it does "
                    "when it has arrived.",
                ),
            ),
        ),
        Question(
            "The support set is shown in another order. What changes for prototypes, "
            "and for a memory learner?",
            (
                Option(
                    "Nothing for either: it is the same set.",
                    "It is the same for a mean. A recurrent network reads a sequence.",
                ),
                Option(
                    "Both answer differently.",
                    "A mean is the same in any order.",
                ),
                Option(
                    "Prototypes stay, the memory's state is another.",
                    "Training with random orders makes its answers depend on the order less; "
                    "exactly equal they are not.",
                    correct=True,
                ),
            ),
        ),
    ],
}
