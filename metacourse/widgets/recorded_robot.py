"""What the web edition needs to let chapter 09's robot walk in the page: `static/walker.js`."""

import inspect

import torch

from metacourse import walker

CONSTANTS = (
    *("DT", "GRAVITY", "STIFFNESS", "DAMPING", "GROUND", "SINKING", "RATE", "REACH", "RAMP"),
    *("LIMP", "N_TRUNK"),
)


def robot_data(gaits, prior, generator, n_trials) -> dict:
    """The numbers of the simulation, the gaits (G, 16), what is believed of them, and how each of
    n walks is nudged, as JSON."""
    mean, cov, noise = (part.tolist() for part in prior)
    return {
        "world": _world(),
        "gaits": gaits.tolist(),
        "prior": {"mean": mean, "cov": cov, "noise": noise},
        "nudges": [_nudge(generator) for _ in range(n_trials)],
    }


def _world():
    return {name.lower(): getattr(walker, name) for name in CONSTANTS} | {
        "steps": round(walker.DURATION / walker.DT),
        "every": inspect.signature(walker.film).parameters["every"].default,
        "springs": walker.SPRINGS,
        "lengths": walker.LENGTHS.tolist(),
        "masses": walker.MASSES.tolist(),
    }


def _nudge(generator):
    """How a walk's body differs from the robot's: factors of the strength of its muscles and of
    its friction, and what is added to its slope."""
    plain = walker.Body(torch.ones(walker.N_MUSCLES), torch.ones(()), torch.zeros(()))
    return {name: part.tolist() for name, part in walker.nudged(plain, generator)._asdict().items()}
