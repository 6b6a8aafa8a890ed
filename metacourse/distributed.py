"""Tasks spread over processes, which together take the step that one would take alone.

The outer gradient is a mean over tasks. So each of P processes draws the same batch, computes the
gradient of its part of the tasks, and what all send to all is one vector as long as the weights:

    g = 1/B Σᵢ ∇Lᵢ = Σₚ (Bₚ/B) gₚ,   gₚ the mean gradient of the Bₚ tasks of process p

This is synchronous SGD, with a message after the backward pass (Goyal et al. 2017, whose third
remark is the weight Bₚ/B: what counts is the size of the whole batch). Li et al. (2020) send the
vector in pieces while the backward pass still runs, and weight all processes alike.

`torchrun --nproc-per-node P -m metacourse.trained NAME` starts P processes that join here; without
it there is one, and everything here is what a plain step does.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from torch import Generator, Tensor, autograd
from torch.optim import Optimizer
from torch.utils._pytree import tree_leaves, tree_map_only

from metacourse.episodes import Episode
from metacourse.nets import Params, device_of, flatten, unflatten

LossFn = Callable[[Params, Any], Tensor]
Split = Callable[[Any, int, int], tuple[Any, float]]  # (batch, rank, P) → its part, and Bₚ/B

# ---- what a process computes ---------------------------------------------------------------------


def by_tasks(batch: Any, rank: int, n_processes: int) -> tuple[Any, float]:
    """Return the tasks of one process, and which part of all they are, Bₚ/B.

    For losses that are a mean over the first axis of the batch: tasks, or examples. The first
    B mod P processes have a task more than the others; with B < P some have none.
    Raises ValueError unless all tensors of the batch have the same first axis.
    """
    sizes = {leaf.shape[:1] for leaf in tree_leaves(batch) if isinstance(leaf, Tensor)}
    if len(sizes) != 1 or () in sizes:
        raise ValueError(f"all tensors of a batch need one first axis B, got {sorted(sizes)}")
    ((n_tasks,),) = sizes
    mine = torch.arange(n_tasks).tensor_split(n_processes)[rank]
    part = tree_map_only(Tensor, lambda t: t.tensor_split(n_processes)[rank], batch)
    return part, len(mine) / n_tasks


def by_queries(task: Episode, rank: int, n_processes: int) -> tuple[Episode, float]:
    """Return one task with the queries of one process, and which part of all they are, Qₚ/Q.

    For a single task whose loss is a mean over its queries: every process reads the whole support
    set."""
    support, queries = task[:2], task[2:]
    mine, weight = by_tasks(queries, rank, n_processes)
    return Episode(*support, *mine), weight


def whole(batch: Any, rank: int, n_processes: int) -> tuple[Any, float]:
    """Return the whole batch, and the weight 1/P, for losses that are no mean: all processes
    compute the same, so that P of them take as long as one."""
    return batch, 1 / n_processes


def gradient(
    loss_fn: LossFn, params: Params, batch: Any, *, split: Split = by_tasks
) -> tuple[Params, Tensor]:
    """Return gradient and loss of a batch, of which each process computes its part.

    g = Σₚ (Bₚ/B) gₚ and L = Σₚ (Bₚ/B) Lₚ, the same numbers in all processes. A process without
    tasks sends zeros.
    """
    part, weight = split(batch, *place())
    gradients = {name: torch.zeros_like(tensor) for name, tensor in params.items()}
    loss = torch.zeros((), device=device_of(params))
    if weight:
        loss = weight * loss_fn(params, part)
        gradients = dict(zip(params, autograd.grad(loss, list(params.values())), strict=True))
    message = total(flatten(gradients | {"": loss.detach()}))
    return unflatten(message[:-1], params), message[-1]


def spread_step(loss_fn: LossFn, sample: Callable[[Generator], Any], split: Split) -> Callable:
    """A step for `training.train`, which all processes take together: the loss and its gradient
    are those of the whole batch sample(generator), to rounding. Let the training end by its steps:
    where one process is out of time before the others, they fail.

    The first step raises RuntimeError if the processes begin differently.
    """
    alike = False

    def step(params: Params, optimizer: Optimizer, generator: Generator) -> Tensor:
        nonlocal alike
        alike = alike or check_alike(params, generator)
        gradients, loss = gradient(loss_fn, params, sample(generator), split=split)
        for name, tensor in params.items():
            tensor.grad = gradients[name]
        optimizer.step()
        return loss

    return step


# ---- the processes -------------------------------------------------------------------------------


@contextmanager
def processes() -> Iterator[None]:
    """Join the processes that torchrun has started, if it has, and leave them at the end: once in
    a program, as PyTorch cannot join twice.

    They talk by gloo about tensors on the CPU and by NCCL about tensors on GPUs. A process that
    fails ends without a farewell: torchrun then ends the others, or starts all anew.
    """
    launched = dist.is_available() and dist.is_torchelastic_launched()
    if launched:
        store, rank, n_processes = next(dist.rendezvous("env://"))
        life = os.environ["TORCHELASTIC_RESTART_COUNT"]  # the addresses of the one before still
        store = dist.PrefixStore(f"life {life}", store)  # stand there: pytorch/pytorch#135712
        dist.init_process_group(store=store, rank=rank, world_size=n_processes)
    yield
    if launched:
        dist.destroy_process_group()


def place() -> tuple[int, int]:
    """Which process this is, and of how many: its rank and P; (0, 1) if there are no others."""
    joined = dist.is_available() and dist.is_initialized()
    return (dist.get_rank(), dist.get_world_size()) if joined else (0, 1)


def is_first() -> bool:
    """Whether this is the process that writes files and shows progress."""
    return place()[0] == 0


def total(tensor: Tensor) -> Tensor:
    """The sum of the tensors of all processes, which takes the place of this one."""
    if place()[1] > 1:
        dist.all_reduce(tensor)
    return tensor


def wait() -> None:
    """Until all processes are here."""
    total(torch.zeros(1))


def own_device(best: torch.device) -> torch.device:
    """Where one of several processes computes: each on a GPU of its own, else all on the CPU.

    Raises ValueError if this machine has fewer GPUs than processes.
    """
    if place()[1] == 1:
        return best
    if best.type != "cuda":
        return torch.device("cpu")
    index, n_devices = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
    if index >= n_devices:
        raise ValueError(
            f"each process needs a GPU, and this machine has {n_devices}; start no more than that, "
            "or train on the processor with METACOURSE_DEVICE=cpu"
        )
    return torch.device("cuda", index)


def check_alike(params: Params, generator: Generator) -> bool:
    """True: all processes have the same weights and draw the same batches.

    Raises RuntimeError otherwise, as where only one of them has found a checkpoint.
    """
    state = [*params.values(), generator.get_state()]
    digest = hashlib.sha256()
    for tensor in state:
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    digests = [digest.hexdigest()] * place()[1]
    if len(digests) > 1:
        dist.all_gather_object(digests, digest.hexdigest())
    if len(set(digests)) > 1:
        raise RuntimeError("the processes begin differently: do all of them see the checkpoint?")
    return True
