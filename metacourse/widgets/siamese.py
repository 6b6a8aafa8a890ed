"""The live pictures of chapter 04."""

import math

import ipywidgets
import torch

from metacourse.figures import siamese as draw
from metacourse.figures.style import COLOURS
from metacourse.siamese import contrastive_loss, distance, pair_distances
from metacourse.widgets.live import LiveFigure, choice, float_slider, int_slider
from metacourse.widgets.points import DraggablePoints
from metacourse.widgets.recorded_state import recorded

REACH = 1.0  # the plane goes from −1 to 1
FURTHEST = 2.9  # distance, a little more than from corner to corner
HIGHEST, STEEPEST = 2.4, 3.2  # loss and slope; what is more is drawn at the edge
RATE = 0.25  # of the step that the arrows show: then a pair is where its loss is 0
MOST_CHECKPOINTS = 24  # of a recording
SEEN = 20  # steps of training whose mean loss is read out


def margin_widget():
    """Two embeddings in a plane, dragged by hand: what the contrastive loss does to them.

    Arrows show one step of gradient descent with rate 0.25 for either point: after it a same pair
    has met, and a different pair is as far apart as the margin. The place of the pair on the curves
    of the loss and of its slope stands beside. Controls: the two points, the margin and whether
    the pair is of one class.
    """
    return _MarginPlane()


class _MarginPlane(LiveFigure):
    def __init__(self):
        self.chart = DraggablePoints(
            [[-0.2, -0.15], [0.15, 0.1]],
            x_label="first feature",
            y_label="second feature",
            x_range=(-REACH, REACH),
            y_range=(-REACH, REACH),
            alt="Two embeddings to drag: a, with the margin around it, and b.",
        )
        self.chart.size = [430, 410]  # a square between the axes
        self.chart.names = ["a", "b"]
        controls = {
            "same": choice("The pair is", {"different": 0, "same": 1}),
            "margin": float_slider("Margin m", 0.8, 0.0, 1.5, 0.05),
        }
        alt = "The contrastive loss and its slope against the distance, with the pair on them."
        super().__init__(self.draw_pair, controls, alt=alt, rows=2, size=(4.7, 4.4))
        self.chart.observe(self.redraw, "points")
        self.chart.on_msg(lambda *_: self.reset())  # its Reset button was pressed
        wrap = {"flex_flow": "row wrap", "align_items": "flex-start", "margin": "0 0 8px"}
        self.chart.layout = ipywidgets.Layout(width="430px")
        self.picture.layout = ipywidgets.Layout(width="470px")
        self.children = [
            ipywidgets.Box([*controls.values()], layout=wrap),
            ipywidgets.Box([self.chart, self.picture], layout=wrap),
        ]

    def reset(self, _=None):
        """Put the points and the controls back and draw once."""
        self._held = True
        self.chart.points = self.chart.start
        super().reset()

    def draw_pair(self, axes, same, margin):
        """Draw the curves and the pair's place on them; set the arrows; say the numbers."""
        places = torch.tensor(self.chart.points, dtype=torch.float64).requires_grad_()
        pair = places[:1], places[1:]
        loss = contrastive_loss(*pair, torch.tensor([same]), margin=margin)
        (gradient,) = torch.autograd.grad(loss, places)
        d = distance(*pair).item()
        self.chart.lines = _arrows(places.detach(), gradient, margin)
        self.chart.readout = _told(same, d, margin)
        kind = "same" if same else "different"
        distances = torch.linspace(0, FURTHEST, 121)
        draw.draw_contrastive(axes[0], distances, margin, axes[1])
        slope = gradient[1] @ (places[1] - places[0]).detach() / d if d else torch.zeros(())
        slope = slope.item() + 0.0, STEEPEST  # of two zeros the one without a minus
        values = {"loss": (loss.item(), HIGHEST), "slope": slope}
        colour, marker, _ = draw.KINDS[kind]
        here = {"color": COLOURS[colour], "markeredgecolor": "black", "markersize": 11}
        for ax, (value, most) in zip(axes, values.values(), strict=True):
            ax.plot(d, min(value, most), marker, linestyle="none", zorder=6, **here)
        axes[0].set_ylim(-0.1, HIGHEST)
        axes[1].set_ylim(-STEEPEST, STEEPEST)
        told = ", ".join(f"{name} {value:.3f}" for name, (value, _) in values.items())
        numbers = f"A {kind} pair, margin {margin:.2f}: d = {d:.3f}, {told}; gradient on either "
        return f"{numbers}point {gradient[0].norm().item():.3f} long.".replace("-", "−")

    def record(self):
        """The plane as the web edition shows it: see `static/margin.js`."""
        static = "".join(each("")["text/html"] for each in (self.chart.stand_in, super().stand_in))
        looks = [
            {"colour": COLOURS[colour], "marker": marker, "dash": "7 4" * (line == "--")}
            for colour, marker, line in (draw.KINDS[kind] for kind in ("different", "same"))
        ]
        data = {"rate": RATE, "looks": looks, "highest": HIGHEST, "steepest": STEEPEST}
        how = {"data": data, "controls": self.controls, "static": static}
        return recorded(self.chart, brain="margin", **how)

    def stand_in(self):
        chart, curves = self.chart.stand_in(), super().stand_in()
        return curves | {"text/html": chart["text/html"] + curves["text/html"]}


def _told(same, d, margin):
    if same:
        return "They meet." if d == 0 else "Same: the two are pulled together."
    if d == 0:
        return "Different, at one place: no direction is better."
    if d >= margin:
        return "Different and beyond the margin: nothing moves."
    return "Different and nearer than the margin: the two are pushed apart."


def _arrows(places, gradient, margin):
    """The margin around a, and a step of gradient descent for each point, as lines of a chart."""
    turn = torch.linspace(0, 2 * math.pi, 97, dtype=torch.float64)
    around = places[0] + margin * torch.stack([turn.cos(), turn.sin()], 1)
    steps = -RATE * gradient
    looks = ("step of a", "green", ""), ("step of b", "orange", "")
    lines = [_line(around, "margin around a", "grey", "5 4")]
    return lines + [
        _line(_arrow(place, step), *look)
        for place, step, look in zip(places, steps, looks, strict=True)
    ]


def _arrow(place, step):
    """An arrow from place (2,) along step (2,) as a line: (points, 2)."""
    end, length = place + step, step.norm()
    if length < 1e-3:
        return place.expand(2, 2)
    back = -step / length * min(0.07, length.item() / 2)
    side = torch.stack([-back[1], back[0]]) * 0.5
    return torch.stack([place, end, end + back + side, end, end + back - side])


def _line(points, name, colour, dash):
    x, y = points.T.tolist()
    return {"x": x, "y": y, "name": name, "colour": colour, "dash": dash}


def embedding_widget(checkpoints, labels, names=None, losses=None, *, margin=None):
    """Scrub through the training of an embedding: where it puts some images, and their distances.

    `checkpoints` maps a step of training to the embeddings (n, D) of the same n images, whose
    labels (n,) are in 0…N−1, N ≤ 10, with N names; losses: one a step of training, from step 1, for
    the read-out; margin: marked among the distances, if given. With D > 2 every checkpoint is
    centred and looked at along the principal components of the last. Distances are those of all D
    features. It opens at the last. Control: the checkpoint.
    Raises ValueError if there is no checkpoint, no class with two images, one class only, or if the
    last checkpoint is not finite.
    """
    if not checkpoints:
        raise ValueError("there must be a checkpoint to show")
    steps, embeddings = list(checkpoints), [z.detach().double() for z in checkpoints.values()]
    pairs = [pair_distances(z, labels) for z in embeddings]
    if not all(len(group) for group in pairs[0]):
        raise ValueError("labels need two classes, one with two images")
    directions = torch.eye(2, dtype=torch.float64)
    if embeddings[-1].shape[1] > 2:
        _, directions = draw.projection(embeddings[-1])
    flat = [(z - z.mean(0)) @ directions for z in embeddings]  # each (n, 2)
    side, limit = _reach(torch.cat(flat)), max(_reach(torch.cat(both)) for both in pairs)

    def draw_checkpoint(axes, at):
        z, (same, different) = flat[at], pairs[at]
        draw.draw_embedding(axes[0], z, labels, names)
        axes[0].set(xlim=(-side, side), ylim=(-side, side))
        axes[0].set_aspect("equal", adjustable="box")
        draw.draw_distances_histogram(axes[1], same, different, margin, limit=limit)
        axes[1].set_ylim(0, max(20, 20 * math.ceil(axes[1].dataLim.y1 / 20)))
        told = f"Step {steps[at]}: "
        if losses is not None and steps[at] > 0:
            recent = torch.as_tensor(losses[max(0, steps[at] - SEEN) : steps[at]])
            told += f"loss {recent.mean():.3g} (mean of {len(recent)} steps), "
        if not z.isfinite().all():
            return told + "the embedding is not finite any more."
        share = draw.separation(same, different)
        return told + (
            f"mean distance {same.mean():.3g} of same and {different.mean():.3g} of different "
            f"pairs; a same pair is nearer than a different one in {share:.1%} of draws."
        )

    controls = {"at": int_slider("Checkpoint", len(steps) - 1, 0, len(steps) - 1)}
    alt = "Left, embedded images by class; right, the distances of same and of different pairs."
    look = {"alt": alt, "columns": 2, "size": (9, 3.7)}
    return LiveFigure(draw_checkpoint, controls, **look, sweeps=[{"at": MOST_CHECKPOINTS}])


def _reach(values):
    """A little more than the largest finite size among values, 1 if there is none above 0."""
    return 1.05 * values.abs().nan_to_num(0, posinf=0).max().item() or 1.0
