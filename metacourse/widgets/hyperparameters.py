"""The live picture of notebook 06a: a rate for every step of a training."""

import ipywidgets
import torch
from torch.nn import functional as F

from metacourse.experiments import schedules
from metacourse.figures import hyperparameters as draw
from metacourse.figures.style import new_figure, style
from metacourse.widgets.handles import Handles
from metacourse.widgets.live import LiveFigure, float_slider, int_slider, toggle
from metacourse.widgets.picture import static_output

USUAL, LONGEST = 0.2, 0.5  # of a step: in log α, the root mean square over the handles, the most


def schedule_widget(rate=0.05, *, aims):
    """Sixty rates to drag, the losses of the training that has them, and the hypergradient.

    rate: of all steps at first; aims: {name: validation loss}, lines to come below. Controls: the
    rates, the momentum, which start and order of batches, and whether arrows show the hypergradient
    with respect to log α, of which a usual arrow is a factor of e^0.2 and none above e^0.5; the
    button "Step" moves every handle to the tip of its arrow.
    """
    return _Schedule(rate, aims)


class _Schedule(LiveFigure):
    def __init__(self, rate, aims):
        self._aims, self._tips = aims, []
        rates = Handles("rate α", [rate] * schedules.N_STEPS, 0.003, 6.0)
        controls = {
            "rates": rates,
            "momentum": float_slider("Momentum μ", schedules.MOMENTUM, 0.0, 0.95, 0.05),
            "seed": int_slider("Start and order, number", 0, 0, 9),
            "gradient": toggle("Show the hypergradient as arrows"),
        }
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
        logs = torch.tensor(rates).log().requires_grad_(gradient)
        training, params = train(logs.exp(), momentum, seed)
        digits = schedules.labelled("validation")
        last = {name: part[-1:] for name, part in params.items()}
        self._tips = _tips(logs, losses_on(last, *digits)[0]) if gradient else []
        self.controls["rates"].arrows = self._tips
        with torch.no_grad():
            validation = losses_on(params, *digits)
        draw.draw_judged(ax, training.detach(), validation, self._aims)
        end = validation[-1].item()
        if not end < draw.WALL:
            return "The training runs away: it ends worse than guessing. Lower the rates."
        aims = ", ".join(f"{name} {aim:.3f}" for name, aim in self._aims.items())
        return f"Validation loss after {len(rates)} steps: {end:.3f} ({aims})."

    def stand_in(self):
        values = {name: control.value for name, control in self.controls.items()}
        with style():
            figure, axes = new_figure(rows=2, size=(8, 5))
            draw.draw_by_step(axes[0], {"your rates": (values["rates"], "learned")}, "rate α")
            axes[0].set_xlim(-1, 1 + len(values["rates"]))
            self._judge(axes[1], **values)
        note = "Run this cell to drag the rates."
        return static_output(figure, self.alt_text, self.readout, note)


def _tips(logs, loss):
    """Where a step along the hypergradient would bring the rates; none if it is not finite."""
    (slope,) = torch.autograd.grad(loss, logs)
    usual = slope.square().mean().sqrt()
    if not 0 < usual < float("inf"):
        return []
    step = (USUAL * slope / usual).clamp(-LONGEST, LONGEST)
    return (logs.detach() - step).exp().tolist()


def train(rates, momentum, seed):
    """`train_unrolled` on `digit_loss`, with its gradient written out, which is ten times as fast:
    the loss on each step's batch (T,), and the parameters before and after each, (T + 1, …) each.
    """
    start, x, y = schedules.drawn(seed)
    w, b, u, c = theta = [start[name] for name in ORDER]
    velocity, losses, kept = [torch.zeros_like(part) for part in theta], [], [theta]
    for rate, images, told in zip(rates, x, F.one_hot(y, 10).float(), strict=True):
        w, b, u, c = theta
        before = images @ w.mT + b
        hidden = before.relu()
        log_p = (hidden @ u.mT + c).log_softmax(-1)
        losses.append(-(told * log_p).sum(-1).mean())
        error = (log_p.exp() - told) / len(told)
        back = (error @ u) * (before > 0)
        slopes = [back.mT @ images, back.sum(0), error.mT @ hidden, error.sum(0)]
        velocity = [momentum * v + slope for v, slope in zip(velocity, slopes, strict=True)]
        theta = [part - rate * v for part, v in zip(theta, velocity, strict=True)]
        kept.append(theta)
    stacked = [torch.stack(part) for part in zip(*kept, strict=True)]
    return torch.stack(losses), dict(zip(ORDER, stacked, strict=True))


ORDER = "layer0.weight", "layer0.bias", "layer1.weight", "layer1.bias"


def losses_on(params, x, y):
    """The loss of many networks on the same images: params (M, …) each → (M,)."""
    w, b, u, c = (params[name] for name in ORDER)
    hidden = (x @ w.mT + b[:, None]).relu()
    log_p = (hidden @ u.mT + c[:, None]).log_softmax(-1)
    return -log_p.gather(-1, y.expand(len(w), -1)[..., None]).mean((1, 2))
