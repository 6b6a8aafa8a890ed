"""MAML's start for images: an embedding, and a head for five classes.

"maml" learned to solve 5-way tasks of printed characters by one step of gradient descent.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.func import vmap
from torch.nn import functional as F

from metacourse.episodes import Episode, sample_episodes
from metacourse.evaluation import each_task, evaluate
from metacourse.maml import inner_adapt, maml_loss
from metacourse.nets import Params, convnet, device_of, init_convnet
from metacourse.trained.embeddings import N_FEATURES, body, printed_letters
from metacourse.trained.recipes import Recipe, load_weights

MAML_TASKS = {"n_way": 5, "n_shot": 1, "n_query": 3, "n_tasks": 12}  # 240 images per step
MAML_STEPS = {"lr_inner": 0.3, "n_steps": 1}


def load_maml() -> Params:
    """Return MAML's start for 5-way tasks: the embedding "maml", "head.weight" and "head.bias".

    It was trained for `MAML_STEPS` of `maml.inner_adapt` with `image_loss`.
    """
    return load_weights("maml")


def image_logits(params: Params, images: Tensor) -> Tensor:
    """A linear head on `convnet`: images (S, 28, 28) → (S, N).

    The head is params["head.weight"] (N, D) and params["head.bias"] (N,)."""
    return F.linear(convnet(body(params), images), params["head.weight"], params["head.bias"])


def image_loss(params: Params, images: Tensor, labels: Tensor) -> Tensor:
    """The cross-entropy of `image_logits`: images (S, 28, 28), labels (S,) → ()."""
    return F.cross_entropy(image_logits(params, images), labels)


def adapted_answer(params: Params, *, lr_inner: float | Params, n_steps: int) -> Callable:
    """What `evaluation.evaluate` asks for: adapt to a task by `inner_adapt`, then name its queries.

    The answer maps x_support (B, S, 28, 28), y_support (B, S), x_query (B, Q, 28, 28) → (B, Q).
    """

    def of_one_task(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
        steps = {"lr_inner": lr_inner, "n_steps": n_steps}
        adapted = inner_adapt(image_loss, params, x_support, y_support, **steps)
        return image_logits(adapted, x_query).argmax(dim=-1)

    return each_task(of_one_task)


def adapted_head_answer(params: Params, *, lr_inner: float, n_steps: int) -> Callable:
    """The same with a body that stands still, for images that were embedded with it before.

    The answer maps z_support (B, S, D), y_support (B, S), z_query (B, Q, D) → (B, Q).
    """
    head = {name: params[name] for name in ("head.weight", "head.bias")}

    def logits(head: Params, z: Tensor) -> Tensor:
        return F.linear(z, head["head.weight"], head["head.bias"])

    def head_loss(head: Params, z: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(logits(head, z), y)

    def of_one_task(z_support: Tensor, y_support: Tensor, z_query: Tensor) -> Tensor:
        steps = {"lr_inner": lr_inner, "n_steps": n_steps}
        adapted = inner_adapt(head_loss, head, z_support, y_support, **steps)
        return logits(adapted, z_query).argmax(dim=-1)

    return torch.no_grad()(vmap(of_one_task))


def maml_start(generator: Generator) -> Params:
    """A convnet with a head of zeros, all classes of a task alike: which of them is the first is
    chance."""
    n_way, device = MAML_TASKS["n_way"], generator.device
    weight = torch.zeros(n_way, N_FEATURES, device=device)
    head = {"head.weight": weight, "head.bias": torch.zeros(n_way, device=device)}
    return init_convnet(generator=generator) | head


def sample_letter_tasks(generator: Generator) -> Episode:
    """Draw new tasks of training characters."""
    letters = printed_letters("train", generator.device)
    return sample_episodes(letters, **MAML_TASKS, generator=generator)


def maml_training_loss(params: Params, tasks: Episode) -> Tensor:
    """MAML's objective on a batch of tasks (Finn, Abbeel & Levine 2017), exact."""
    return maml_loss(image_loss, params, tasks, **MAML_STEPS)


def maml_score(params: Params) -> float:
    """The accuracy after MAML's steps on 200 1-shot tasks of validation characters."""
    return letter_accuracy(adapted_answer(params, **MAML_STEPS), device_of(params))


def letter_accuracy(answer: Callable, device: torch.device) -> float:
    """The accuracy of a learner on 200 5-way 1-shot tasks of validation characters."""
    sizes = {"n_way": MAML_TASKS["n_way"], "n_shot": 1, "n_query": 3, "n_tasks": 200}
    return evaluate(answer, printed_letters("validation", device), **sizes).mean().item()


RECIPES = {
    "maml": Recipe(
        maml_start,
        maml_training_loss,
        sample_letter_tasks,
        maml_score,
        n_steps=750,
        lr=6e-3,
        gpu=True,
    ),
}
