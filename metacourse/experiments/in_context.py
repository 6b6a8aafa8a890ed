"""Transformers that learn lines and curves from what they read, beside chapters 02, 05 and 07
(notebook 08b)."""

import torch
from torch import Generator, Tensor

from metacourse.episodes import Episode
from metacourse.nets import Params
from metacourse.tasks.lines import sample_lines
from metacourse.training import learn
from metacourse.transformer import ask, init_transformer, read_loss

LR, N_STEPS, N_TASKS = 0.004, 2000, 64
MOST = 10  # points that are read in training, before the last is asked for


def lines_start(seed: int) -> Params:
    """Two layers for chapter 02's lines: 39,792 weights."""
    return init_transformer(2, 1, 48, 2, torch.Generator().manual_seed(seed))


def sample_sequences(generator: Generator) -> tuple[Tensor, Tensor]:
    """Draw 64 lines of 11 points: x (64, 11, 2), y (64, 11, 1)."""
    lines = sample_lines(N_TASKS, n_shot=MOST + 1, n_query=0, generator=generator)
    return lines.x_support, lines.y_support.unsqueeze(-1)


def trained_lines(seed: int = 0, **options) -> Params:
    """Train a transformer on lines, for about 25 seconds; options are those of `training.learn`."""

    def loss(params: Params, generator: Generator) -> Tensor:
        return read_loss(params, *sample_sequences(generator))

    options = {"lr": LR, "n_steps": N_STEPS, "seed": seed + 2} | options
    return learn(loss, lines_start(seed), **options).params


@torch.no_grad()
def answers(params: Params, x: Tensor, y: Tensor, x_query: Tensor) -> Tensor:
    """What a transformer says to the queries of tasks with one label a point, in their dtype:
    (B, S, D), (B, S), (B, Q, D) → (B, Q)."""
    x32, y32, query32 = (part.float() for part in (x, y, x_query))
    said = ask(params, x32, y32.unsqueeze(-1), query32)
    return said.squeeze(-1).to(y.dtype)


def first_points(tasks: Episode, n_shot: int) -> Episode:
    """The same tasks, told fewer of their points."""
    x, y = (part[:, :n_shot] for part in tasks[:2])
    return tasks._replace(x_support=x, y_support=y)
