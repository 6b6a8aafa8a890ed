"""The live picture of notebook 06b: a rate for every step of a training."""

import math
from typing import NamedTuple

import ipywidgets
import torch
from torch import Tensor
from torch.nn import functional as F

from metacourse.experiments import schedules
from metacourse.figures import hyperparameters as draw
from metacourse.figures.style import new_figure, style
from metacourse.nets import flatten
from metacourse.widgets.handles import Handles
from metacourse.widgets.live import LiveFigure, float_slider, int_slider, toggle
from metacourse.widgets.picture import static_output

SHAPES = (32, 64), (32,), (10, 32), (10,)  # of the network's weights and biases
MOST_STEPS = 10  # along the arrows, of a recording
EVERY = 2  # so many steps the validation loss is drawn
USUAL, LONGEST = 0.2, 0.5  # of a step: in log α, the root mean square over the handles, the most


def schedule_widget(rate=0.05, *, aims):
    """Sixty rates to drag, the losses of the training that has them, and the hypergradient.

    rate: of all steps at first; aims: {name: validation loss}, lines to come below. Controls: the
    rates, the momentum, which start and order of batches, and whether arrows show the hypergradient
    with respect to log α, of which a usual arrow is a factor of e^0.2 and none above e^0.5; the
    button "Step along the arrows" moves every handle to the tip of its arrow.
    """
    return _Schedule(rate, aims)


class _Schedule(LiveFigure):
    def __init__(self, rate, aims):
        self._aims, self._tips = aims, []
        rates = Handles("rate α", [rate] * schedules.N_STEPS, 0.003, 6.0)
        controls = {"rates": rates} | _controls()
        alt = "Sixty handles for the rates; below, losses by step of the training that has them."
        super().__init__(self._judge, controls, alt=alt, size=(8, 2.8))
        step = ipywidgets.Button(
            description="Step along the arrows", layout=ipywidgets.Layout(width="auto")
        )
        step.on_click(self.step)
        row, picture = self.children
        _, *others = row.children
        row.children = [*others[:-1], step, others[-1]]
        self.children = [row, rates, picture]

    def step(self, _=None):
        """Move every handle along the hypergradient."""
        self.controls["gradient"].value = True
        if self._tips:
            self.controls["rates"].value = self._tips

    def _judge(self, ax, rates, momentum, seed, gradient):
        end, steps = train(torch.tensor(rates), momentum, seed)
        self._tips = _tips(rates, momentum, end, steps) if gradient else []
        self.controls["rates"].arrows = self._tips
        shown = [*(step.theta for step in steps[::EVERY]), end]
        validation = losses_on(torch.stack(shown), *schedules.labelled("validation"))
        training = torch.stack([step.loss for step in steps])
        draw.draw_judged(ax, training, validation, self._aims)
        reached = validation[-1].item()
        if not reached < draw.WALL:
            return "The training runs away: it ends worse than guessing. Lower the rates."
        aims = ", ".join(f"{name} {aim:.3f}" for name, aim in self._aims.items())
        return f"Validation loss after {len(rates)} steps: {reached:.3f} ({aims})."

    def record(self):
        """With a slider in the place of handles: so many steps along the arrows from these rates;
        the arrows on the way are those of the first start."""
        path = [self.controls["rates"].value]
        for _ in range(MOST_STEPS):
            trained = train(torch.tensor(path[-1]), schedules.MOMENTUM, 0)
            path.append(_tips(path[-1], schedules.MOMENTUM, *trained) or path[-1])

        def draw_both(axes, n, **others):
            readout = self._judge(axes[1], path[n], **others)
            draw.draw_tips(axes[0], path[n], self._tips)
            return readout

        controls = {"n": int_slider("Steps along the arrows", 0, 0, MOST_STEPS)} | _controls()
        sweeps = [
            {"n": MOST_STEPS + 1, "gradient": [False, True]},
            {"n": [0, MOST_STEPS], "seed": 10, "gradient": [False, True]},
        ]
        alt = "Above, sixty rates; below, losses by step of the training that has them."
        recording = LiveFigure(draw_both, controls, alt=alt, rows=2, size=(8, 5), sweeps=sweeps)
        recorded = recording.record()
        self.redraw()
        return recorded

    def stand_in(self):
        values = {name: control.value for name, control in self.controls.items()}
        with style():
            figure, axes = new_figure(rows=2, size=(8, 5))
            draw.draw_by_step(axes[0], {"your rates": (values["rates"], "learned")}, "rate α")
            axes[0].set_xlim(-1, 1 + len(values["rates"]))
            self._judge(axes[1], **values)
        note = "Run this cell to drag the rates."
        return static_output(figure, self.alt_text, self.readout, note)


def _controls():
    return {
        "momentum": float_slider("Momentum μ", schedules.MOMENTUM, 0.0, 0.95, 0.05),
        "seed": int_slider("Start and order, number", 0, 0, 9),
        "gradient": toggle("Show the hypergradient as arrows"),
    }


def _tips(rates, momentum, end, steps):
    """Where a step along the hypergradient would bring the rates; none if it is not finite."""
    rates, digits = torch.tensor(rates), schedules.labelled("validation")
    adjoint = torch.func.grad(lambda theta: losses_on(theta[None], *digits)[0])(end)
    slope = rates * walk_back(adjoint, steps, rates, momentum)
    usual = slope.square().mean().sqrt()
    if not 0 < usual < float("inf"):
        return []
    step = (USUAL * slope / usual).clamp(-LONGEST, LONGEST)
    return (rates.log() - step).exp().tolist()


class Step(NamedTuple):
    """What a step of `train` has computed on its batch, for the way back."""

    images: Tensor  # (S, 64)
    on: Tensor  # (S, 32), which hidden units are
    hidden: Tensor  # (S, 32)
    p: Tensor  # (S, 10)
    error: Tensor  # (S, 10), of p, divided by S
    theta: Tensor  # (n,), before
    velocity: Tensor  # (n,), after
    loss: Tensor  # ()


def train(rates, momentum, seed):
    """`train_unrolled` on `digit_loss`, its gradient written out, which is ten times as fast: the
    parameters at the end, in the order of `nets.flatten` (n,), and what each `Step` has computed.
    """
    start, x, y = schedules.drawn(seed)
    theta, velocity, steps = flatten(start), 0.0, []
    for rate, images, told in zip(rates, x, F.one_hot(y, 10).float(), strict=True):
        w, b, u, c = layers(theta)
        hidden = torch.addmm(b, images, w.mT).relu()
        log_p = torch.addmm(c, hidden, u.mT).log_softmax(-1)
        on, p, loss = hidden > 0, log_p.exp(), -(told * log_p).sum() / len(told)
        error = (p - told) / len(told)
        back = (error @ u) * on
        velocity = momentum * velocity + joined(back.mT @ images, error.mT @ hidden, back, error)
        steps.append(Step(images, on, hidden, p, error, theta, velocity, loss))
        theta = theta - rate * velocity
    return theta, steps


def walk_back(adjoint, steps, rates, momentum):
    """dL/dα of every step (T,), from dL/dθ at the end (n,): `hypergradient`, with the product of
    the Hessian and a vector written out (Pearlmutter 1994)."""
    slopes, of_velocity = [], torch.zeros_like(adjoint)
    for rate, (images, on, hidden, p, error, theta, velocity, _) in zip(
        reversed(rates), reversed(steps), strict=True
    ):
        slopes.append(-adjoint @ velocity)
        of_velocity = momentum * of_velocity - rate * adjoint
        (_, _, u, _), (w_v, b_v, u_v, c_v) = layers(theta), layers(of_velocity)
        hidden_v = torch.addmm(b_v, images, w_v.mT) * on
        logits_v = torch.addmm(c_v, hidden_v, u.mT) + hidden @ u_v.mT
        error_v = p * (logits_v - (p * logits_v).sum(-1, keepdim=True)) / len(p)
        back_v = (error_v @ u + error @ u_v) * on
        of_u = error_v.mT @ hidden + error.mT @ hidden_v
        adjoint = adjoint + joined(back_v.mT @ images, of_u, back_v, error_v)
    return torch.stack(slopes[::-1])


def joined(of_w, of_u, back, error):
    """A gradient as one vector, in the order of `nets.flatten`."""
    return torch.cat([of_w.flatten(), back.sum(0), of_u.flatten(), error.sum(0)])


def layers(theta):
    """The weights and biases: (…, n) → (…, 32, 64), (…, 32), (…, 10, 32), (…, 10)."""
    sizes = [math.prod(shape) for shape in SHAPES]
    parts = zip(theta.split(sizes, dim=-1), SHAPES, strict=True)
    return [part.unflatten(-1, shape) for part, shape in parts]


def losses_on(theta, x, y):
    """The loss of many networks on the same images: theta (M, n) → (M,)."""
    w, b, u, c = layers(theta)
    hidden = (x @ w.mT + b[:, None]).relu()
    log_p = (hidden @ u.mT + c[:, None]).log_softmax(-1)
    return -log_p.gather(-1, y.expand(len(w), -1)[..., None]).mean((1, 2))
