"""Two embeddings of one architecture that ship with the course, and the script that makes them.

"pretrained" learned to name the training characters, "meta_trained" to solve tasks made of them;
both saw the same number of images. `python -m metacourse.embeddings` trains both anew (a few
minutes on one core), from the training scripts alone, and prints how well they do on the
validation scripts; no choice was made by the test scripts.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.optim.lr_scheduler import OneCycleLR

from metacourse.episodes import sample_episodes
from metacourse.evaluation import confidence_interval, evaluate
from metacourse.nets import Params, convnet, init_convnet
from metacourse.siamese import prototypes, prototypical_logits
from metacourse.tasks.glyphs import load_glyphs
from metacourse.training import Budget, gradient_step, train

WEIGHTS = Path(__file__).parent / "weights"
N_WAY, N_QUERY = 30, 3  # of the tasks to meta-train on, 1-shot
N_IMAGES = N_WAY * (1 + N_QUERY)  # per step, for both
LR = 5e-3  # at its highest
BUDGET = Budget(steps=1500, seconds=3600)


def load_embedding(name: str) -> Params:
    """Return the weights of `convnet` called "pretrained" or "meta_trained".

    Raises ValueError when there is no embedding of that name.
    """
    if name not in LOSSES:
        raise ValueError(f"name must be one of {', '.join(LOSSES)}; got {name!r}")
    return load_file(WEIGHTS / f"{name}.safetensors")


def pretraining_loss(params: Params, images: Tensor, generator: Generator) -> Tensor:
    """Name the characters: cross-entropy of a linear head over all classes, on random images.

    images (classes, images, 28, 28); the head is params["head.weight"] (classes, D), "head.bias".
    """
    n_classes, n_images = images.shape[:2]
    labels = torch.randint(n_classes, (N_IMAGES,), generator=generator)
    drawers = torch.randint(n_images, (N_IMAGES,), generator=generator)
    z = convnet(_without_head(params), images[labels, drawers])
    return F.cross_entropy(F.linear(z, params["head.weight"], params["head.bias"]), labels)


def meta_training_loss(params: Params, images: Tensor, generator: Generator) -> Tensor:
    """Solve a task: cross-entropy of the queries over the prototypes (Snell et al. 2017).

    images (classes, images, 28, 28); each call draws a new task.
    """
    tasks = sample_episodes(
        images, n_way=N_WAY, n_shot=1, n_query=N_QUERY, n_tasks=1, generator=generator
    )
    x_support, y_support, x_query, y_query = (tensor[0] for tensor in tasks)
    z_support, z_query = convnet(params, torch.cat([x_support, x_query])).split(
        [len(x_support), len(x_query)]
    )
    logits = prototypical_logits(z_query, prototypes(z_support, y_support, N_WAY))
    return F.cross_entropy(logits, y_query)


LOSSES: dict[str, Callable[[Params, Tensor, Generator], Tensor]] = {
    "pretrained": pretraining_loss,
    "meta_trained": meta_training_loss,
}


def train_embedding(
    name: str, images: Tensor, validation_images: Tensor, *, budget: Budget = BUDGET, seed: int = 0
) -> Params:
    """Train an embedding on images (classes, images, 28, 28); return the weights that did best on
    the validation images.

    Raises RuntimeError when the training ends before its last step: then the two embeddings would
    not have seen the same number of images.
    """
    generator = torch.Generator().manual_seed(seed)
    params = init_convnet(generator=generator)
    if name == "pretrained":
        n_features = convnet(params, images[0, :1]).shape[1]
        head = torch.randn(len(images), n_features, generator=generator) / n_features**0.5
        params |= {"head.weight": head, "head.bias": torch.zeros(len(images))}
    params = {key: tensor.requires_grad_() for key, tensor in params.items()}
    optimizer = torch.optim.Adam(params.values())
    schedule = OneCycleLR(optimizer, LR, total_steps=budget.steps + 1)  # warms up, then decays
    optimizer.register_step_post_hook(lambda *_: schedule.step())
    result = train(
        gradient_step(lambda params, generator: LOSSES[name](params, images, generator)),
        params,
        optimizer=optimizer,
        generator=generator,
        quick=budget,
        full=budget,
        validate=lambda params: (
            task_accuracies(embed(_without_head(params), validation_images), n_shot=1).mean().item()
        ),
        check_every=250,
    )
    if result.stopped:
        raise RuntimeError(f"{name}: {result.stopped} after {len(result.losses)} steps")
    return _without_head(result.params)


@torch.no_grad()
def embed(params: Params, images: Tensor) -> Tensor:
    """Embed images (classes, images, H, W), class by class: (classes, images, D)."""
    return torch.stack([convnet(params, of_class) for of_class in images])


def nearest_prototype(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
    """The label of the nearest prototype: x_support (B, S, D), x_query (B, Q, D) → (B, Q)."""
    n_way = int(y_support.max()) + 1
    return prototypical_logits(x_query, prototypes(x_support, y_support, n_way)).argmax(dim=-1)


def task_accuracies(z: Tensor, *, n_shot: int) -> Tensor:
    """The accuracy of the nearest prototype on 600 5-way tasks.

    z (classes, images, D): the embeddings of the images, or their pixels."""
    return evaluate(nearest_prototype, z, n_way=5, n_shot=n_shot)


def main() -> None:
    """Train both embeddings, report their accuracy on validation scripts, and save them."""
    torch.set_num_threads(1)  # more of them crawl as soon as another program runs
    images, validation_images = (load_glyphs(split).images for split in ("train", "validation"))
    pixels = validation_images.flatten(2) / 255
    _report("pixels", pixels)
    for name in LOSSES:
        params = train_embedding(name, images, validation_images)
        path = WEIGHTS / f"{name}.safetensors"
        save_file(params, path)
        path.chmod(0o644)
        _report(name, embed(params, validation_images))


def _report(name: str, z: Tensor) -> None:
    one, five = (confidence_interval(task_accuracies(z, n_shot=n_shot)) for n_shot in (1, 5))
    print(f"{name:12}  validation scripts, 5-way: 1-shot {one}, 5-shot {five}")


def _without_head(params: Params) -> Params:
    return {key: tensor for key, tensor in params.items() if not key.startswith("head")}


if __name__ == "__main__":
    main()
