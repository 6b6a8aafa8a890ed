"""The live picture of chapter 09's robot."""

import math

import anywidget
import torch
import traitlets

from metacourse.figures.stand_in import StandIn
from metacourse.figures.style import new_figure, style
from metacourse.figures.walker import DT_FILM, draw_beliefs, draw_film
from metacourse.walker import (
    MASSES,
    N_LEGS,
    N_TRUNK,
    SPRINGS,
    believed,
    film,
    new_body,
    next_trial,
    nudged,
)
from metacourse.widgets.picture import static_output
from metacourse.widgets.recorded_robot import robot_data
from metacourse.widgets.recorded_state import recorded
from metacourse.widgets.robot import BARS, LOOKS, RENDER, SCENE
from metacourse.widgets.svg import ADD

OLD_GAIT = 0  # the one that the robot had before
SLOPES, FRICTIONS = (-4.0, 7.0), (0.1, 1.0)  # degrees
WHOLE = {"limp": [], "slope": 0.0, "friction": 0.8}
MOST_TRIALS = 12


def walker_widget(gaits, prior, *, kappa=2.0):
    """A robot to break: click a leg, tilt the ground, press Try, and see what it tries next.

    gaits (G, 16), the first of which is the one that it walks with before anything is tried; prior:
    a `bayes.Prior` of their metres; kappa: of the upper bound by which the next one is chosen, 2 as
    it was chosen on validation bodies.
    """
    return Trials(gaits, prior, kappa)


class Trials(StandIn, anywidget.AnyWidget):
    """Observe or set `body`: {"limp": legs 0 … 3, "slope": degrees, "friction"}; call `walk()`.

    A new body begins anew. The next walk is computed while the last is looked at, so that it is
    there as soon as it is asked for; `film` has the frames of the last, float32 (T, 2, 14).
    Raises TraitError for a body that is not such a dict; numbers out of range go to its end.
    """

    _esm = ADD + SCENE + BARS + RENDER
    _css = LOOKS
    body = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    film = traitlets.Bytes().tag(sync=True)
    springs = traitlets.List([list(pair) for pair in SPRINGS]).tag(sync=True)
    stands = traitlets.List(MASSES.flatten().tolist()).tag(sync=True)
    ranges = traitlets.Dict({"slope": SLOPES, "friction": FRICTIONS}).tag(sync=True)
    seconds = traitlets.Float(DT_FILM).tag(sync=True)  # between two frames

    def __init__(self, gaits, prior, kappa):
        self.gaits, self.prior, self.kappa = gaits, prior, kappa
        super().__init__(body=WHOLE)
        self.start()
        self.observe(self.start, "body")
        self.on_msg(lambda _, message, __: self.receive(message))

    @traitlets.validate("body")
    def _a_body(self, proposal):
        found = proposal.value
        if not isinstance(found, dict) or found.keys() != WHOLE.keys():
            raise traitlets.TraitError(f"body needs {', '.join(WHOLE)}, got {found!r:.60}")
        limp, slope, friction = (found[name] for name in WHOLE)
        if not isinstance(limp, list | tuple) or not all(leg in range(N_LEGS) for leg in limp):
            raise traitlets.TraitError(f"limp needs legs 0 … {N_LEGS - 1}, got {limp!r:.60}")
        return {
            "limp": sorted({int(leg) for leg in limp}),
            "slope": _within(slope, SLOPES, WHOLE["slope"]),
            "friction": _within(friction, FRICTIONS, WHOLE["friction"]),
        }

    def receive(self, message):
        if "try" in message:
            self.body = message["try"]
            self.walk()
        elif "again" in message:
            self.start()

    def start(self, _=None):
        """Forget all walks and let the robot stand."""
        self.tried, self.seen = [], []
        self.generator = _generator()
        self._show(b"", "Nothing is tried yet.")
        self._prepare()

    def walk(self):
        """Walk once: with the old gait first, then with the one of the highest upper bound."""
        if len(self.tried) == MOST_TRIALS:
            return
        gait, trial, frames = self._next(), len(self.tried), self._ready
        metres = (frames[-1] - frames[0])[0, :N_TRUNK].mean().item()
        self.tried, self.seen = [*self.tried, gait], [*self.seen, metres]
        name = f"Trial {trial}, gait {gait}" if trial else "The old gait"
        self._show(frames.numpy().tobytes(), f"{name}: {_metres(metres)}.")
        self._prepare()

    def _prepare(self):
        """Compute the next walk, which is nudged as every walk is."""
        self._ready = film(self.gaits[self._next()], nudged(self._body(), self.generator))

    def _body(self):
        limp, slope, friction = (self.body[name] for name in WHOLE)
        return new_body(limp=tuple(limp), slope=math.radians(slope), friction=friction)

    readout = property(lambda self: self.view["message"])

    @property
    def alt_text(self):
        legs = ", ".join(str(leg + 1) for leg in self.body["limp"]) or "none"
        told = f"A robot of springs, limp legs: {legs}; {len(self.tried)} walks so far."
        return f"{told} Below it what is believed of each gait. {self.readout}"

    def _belief(self):
        return believed(self.prior, self.tried, torch.tensor(self.seen, dtype=torch.float64))

    def _next(self):
        if not self.tried:
            return OLD_GAIT
        seen = torch.tensor(self.seen, dtype=torch.float64)
        return next_trial(self.prior, self.tried, seen, kappa=self.kappa)

    def _show(self, frames, message):
        belief, gait = self._belief(), self._next()
        half = 1.96 * belief.cov.diagonal().clamp(min=0).sqrt()
        best = int(belief.mean.argmax())
        upcoming = "the old gait" if not self.tried else f"gait {gait}"
        told = f"Next: {upcoming}, believed {_metres(belief.mean[gait])} ± {half[gait]:.2f}."
        if len(self.tried) == MOST_TRIALS:
            told = f"It walks with gait {best} from now on."
        with self.hold_sync():
            self.film = frames
            self.view = {
                "mean": [round(v, 4) for v in belief.mean.tolist()],
                "half": [round(v, 4) for v in half.tolist()],
                "tried": self.tried,
                "seen": [round(v, 4) for v in self.seen],
                "next": gait if len(self.tried) < MOST_TRIALS else -1,
                "best": best,
                "message": f"{message} {told}",
            }
            self.view = self.view | {"alt": self.alt_text}

    def record(self):
        """What the web edition needs to let the robot walk in the page: see `static/walker.js`."""
        data = robot_data(self.gaits, self.prior, _generator(), MOST_TRIALS) | {"kappa": self.kappa}
        return recorded(self, brain="walker", data=data, static=self.stand_in("")["text/html"])

    def stand_in(self, note="Run this cell to break a leg and to let it try."):
        return static_output(self._figure(), self.alt_text, self.readout, note)

    def _figure(self):
        frames = MASSES[None]
        if self.film:
            frames = torch.frombuffer(bytearray(self.film), dtype=torch.float32).view(-1, 2, 14)
        with style():
            figure, axes = new_figure(rows=2, size=(8, 5))
            draw_film(axes[0], frames, self._body())
            draw_beliefs(axes[1], self._belief(), self.tried, self.seen)
        return figure


def _generator():
    """What nudges the walks of a body, always the same."""
    return torch.Generator().manual_seed(0)


def _within(value, limits, otherwise):
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise traitlets.TraitError(f"a number is needed, got {value!r:.60}")
    low, high = limits
    return min(max(float(value), low), high) if not math.isnan(value) else otherwise


def _metres(value):
    return f"{float(value):.2f} m".replace("-", "−")
