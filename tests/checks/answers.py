"""422 answers to the exercises, right and wrong, by people who had not seen the slips."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.func import grad, vmap
from torch.nn import functional as F

from metacourse import bayes, concepts, lstm, maml, siamese
from metacourse import kernel_methods as km
from metacourse import learned_optimisers as optimisers
from metacourse import linear_regression as linreg
from metacourse.checks import slips
from metacourse.episodes import Episode

PATH = Path(__file__).with_name("texts") / "answers.txt"
NAMES = {
    **{"math": math, "np": np, "torch": torch, "nn": nn, "F": F, "grad": grad, "vmap": vmap},
    **{"concepts": concepts, "linreg": linreg, "maml": maml, "siamese": siamese, "lstm": lstm},
    **{"optimisers": optimisers, "bayes": bayes, "Prior": bayes.Prior},
    **{"km": km, "Gaussian": bayes.Gaussian, "NormalDist": NormalDist, "Episode": Episode},
}


class Answer(NamedTuple):
    """A learner's function; kind is right, plain (one plain mistake), edge (one in a corner) or
    double (two mistakes)."""

    name: str
    kind: str
    what: str
    function: Callable


def load() -> list[Answer]:
    """Read the file: `## exercise · kind · what it is`, then the program."""
    blocks = re.split(r"^## ", PATH.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return [read(block) for block in blocks]


def read(block: str) -> Answer:
    head, _, program = block.partition("\n")
    name, kind, what = head.split(" · ", 2)
    return Answer(name, kind, what, slips.build(program, NAMES))
