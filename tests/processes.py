"""What torchrun starts for test_distributed: torchrun processes.py PART FOLDER.

Each process writes what it has seen into the folder, in a file of its own.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import save_file

from metacourse import training
from metacourse.devices import best_device
from metacourse.distributed import check_alike, gradient, own_device, place, processes, total, whole
from metacourse.trained import __main__ as command
from metacourse.trained import lstm, recipes

KILLED_AT = 6  # th batch that the second process draws


def small_recipe() -> recipes.Recipe:
    """Chapter 05's memory of sinusoids in float64, with 5 curves a step, for 12 steps."""
    recipe = lstm.RECIPES["sinusoids"]

    def start(generator):
        return {name: tensor.double() for name, tensor in recipe.start(generator).items()}

    def sample(generator):
        return tuple(part[:5].double() for part in recipe.sample(generator))

    def score(params):
        curves = sample(torch.Generator().manual_seed(1))
        return -recipe.loss(params, curves).item()

    return recipe._replace(start=start, sample=sample, score=score, n_steps=12, check_every=4)


def problem(n_tasks: int, device: torch.device, dtype=torch.float64):
    """Weights, and tasks with losses of very different size."""
    generator = torch.Generator().manual_seed(n_tasks)
    params = {"w": torch.randn(3, generator=generator), "b": torch.randn((), generator=generator)}
    x, y = torch.randn(n_tasks, 4, 3, generator=generator), torch.arange(n_tasks) ** 2
    params = {name: tensor.to(device, dtype).requires_grad_() for name, tensor in params.items()}
    return params, (x.to(device, dtype), y[:, None].to(device, dtype))


def squared_error(params, batch):
    x, y = batch
    return (x @ params["w"] + params["b"] - y).square().mean()


def gradients(folder: Path, device: torch.device) -> None:
    """Gradient and loss of 6, 5 and 1 tasks, of 5 that all compute whole, and the ranks' sum."""
    seen = {"ranks": total(torch.tensor([float(place()[0])], device=device))}
    for n_tasks in (6, 5, 1):
        found, loss = gradient(squared_error, *problem(n_tasks, device))
        seen |= {f"{n_tasks}.{name}": part for name, part in (found | {"loss": loss}).items()}
    found, loss = gradient(squared_error, *problem(5, device), split=whole)
    seen |= {f"whole.{name}": part for name, part in (found | {"loss": loss}).items()}
    seen = {name: part.cpu().clone() for name, part in seen.items()}
    save_file(seen, folder / f"gradients_{place()[0]}.safetensors")


def beginnings(folder: Path) -> None:
    """What is said where the second process has other weights, or draws another batch."""
    rank, said = place()[0], []
    for weight, seed in ((0, 0), (rank, 0), (0, rank)):
        try:
            check_alike({"w": torch.tensor(float(weight))}, torch.Generator().manual_seed(seed))
            said.append("alike")
        except RuntimeError as error:
            said.append(str(error))
    (folder / f"beginnings_{rank}.txt").write_text("\n".join(said))


def train(folder: Path, event=None) -> None:
    """The command with a small recipe; `event` happens to one process in the midst of it."""
    recipe, drawn = small_recipe(), []

    def sample(generator):
        drawn.append(1)
        if event and len(drawn) == KILLED_AT and os.environ["RANK"] == "1":
            event()
        return recipe.sample(generator)

    os.chdir(folder)
    training.SAVE_EVERY = 0.0
    recipes.WEIGHTS = folder
    command.all_recipes = lambda: {"small": recipe._replace(sample=sample)}
    command.main(["small"])


def killed(folder: Path) -> None:
    """Training; the second process is killed in its first life."""
    if os.environ["TORCHELASTIC_RESTART_COUNT"] == "0":
        train(folder, lambda: os.kill(os.getpid(), signal.SIGKILL))
    if os.environ["RANK"] == "0":
        shutil.copy(folder / "small.checkpoint", folder / "found.checkpoint")
    train(folder)


def failing(folder: Path) -> None:
    """Training; the second process fails in the midst of it."""
    train(folder, lambda: 1 / 0)


def interrupted(folder: Path) -> None:
    """Training; in the midst of it the second process interrupts torchrun, and waits."""

    def interrupt():
        os.kill(os.getppid(), signal.SIGINT)
        time.sleep(300)

    train(folder, interrupt)


def talking(folder: Path) -> None:
    with processes():
        gradients(folder, torch.device("cpu"))
        beginnings(folder)


def on_gpus(folder: Path) -> None:
    with processes():
        gradients(folder, own_device(best_device()))


if __name__ == "__main__":
    parts = talking, train, killed, failing, interrupted, on_gpus
    {part.__name__: part for part in parts}[sys.argv[1]](Path(sys.argv[2]))
