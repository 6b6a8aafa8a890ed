"""The embeddings that ship with the course, of one architecture, and the script that makes them.

"pretrained" learned to name the training characters, "meta_trained" to solve tasks made of them
with prototypes, "maml" to solve them by one step of gradient descent, with a head that ships too.
All saw the same number of images. "handwriting" is twice as wide and was meta-trained longer, on
letters written as by hand (`tasks.pens`), to read real handwriting. `python -m
metacourse.embeddings` trains them anew, each for a few minutes on one core (with names: only
those), from the training scripts alone, and prints how well they do on the validation scripts; no
choice was made by the test scripts, and none by handwriting (of which framing knows how thick its
pen was).
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import Generator, Tensor
from torch.func import vmap
from torch.nn import functional as F

from metacourse.devices import best_device
from metacourse.episodes import Episode, draw_without_replacement, sample_episodes
from metacourse.evaluation import confidence_interval, evaluate
from metacourse.maml import inner_adapt, maml_loss
from metacourse.nets import Params, channels_last, convnet, init_convnet, to_device
from metacourse.siamese import prototypes, prototypical_logits
from metacourse.tasks.glyphs import load_glyphs
from metacourse.tasks.pens import write_glyphs
from metacourse.training import Budget, train_to_the_end

WEIGHTS = Path(__file__).parent / "weights"
N_WAY, N_QUERY = 30, 3  # of the tasks to meta-train on, 1-shot
N_IMAGES = N_WAY * (1 + N_QUERY)  # per step, for "pretrained" and "meta_trained"
MAML_TASKS = {"n_way": 5, "n_shot": 1, "n_query": 3, "n_tasks": 12}  # 240 images per step
MAML_STEPS = {"lr_inner": 0.3, "n_steps": 1}
N_HANDS = 30  # of each character that "handwriting" is trained on
TEMPERATURE = 10.0  # of its loss


def load_embedding(name: str) -> Params:
    """Return the weights of `convnet` called "pretrained", "meta_trained", "maml" or "handwriting".

    Raises ValueError when there is no embedding of that name.
    """
    if name not in RECIPES:
        raise ValueError(f"name must be one of {', '.join(RECIPES)}; got {name!r}")
    return body(load_file(WEIGHTS / f"{name}.safetensors"))


def load_maml() -> Params:
    """Return MAML's start for 5-way tasks: the embedding "maml", "head.weight" and "head.bias".

    It was trained for `MAML_STEPS` of `maml.inner_adapt` with `image_loss`.
    """
    return load_file(WEIGHTS / "maml.safetensors")


def image_logits(params: Params, images: Tensor) -> Tensor:
    """A linear head on `convnet`: images (S, 28, 28) → (S, N).

    The head is params["head.weight"] (N, D) and params["head.bias"] (N,)."""
    return F.linear(convnet(body(params), images), params["head.weight"], params["head.bias"])


def image_loss(params: Params, images: Tensor, labels: Tensor) -> Tensor:
    """The cross-entropy of `image_logits`: images (S, 28, 28), labels (S,) → ()."""
    return F.cross_entropy(image_logits(params, images), labels)


def body(params: Params) -> Params:
    """The weights of the convnet alone, without the head."""
    return {key: tensor for key, tensor in params.items() if not key.startswith("head")}


def pretraining_loss(params: Params, images: Tensor, generator: Generator) -> Tensor:
    """Name the characters: cross-entropy of a linear head over all classes, on random images.

    images (classes, images, 28, 28); the head is params["head.weight"] (classes, D), "head.bias".
    """
    n_classes, n_images = images.shape[:2]
    drawn = {"generator": generator, "device": generator.device}
    labels = torch.randint(n_classes, (N_IMAGES,), **drawn)
    drawers = torch.randint(n_images, (N_IMAGES,), **drawn)
    return image_loss(params, images[labels, drawers], labels)


def meta_training_loss(params: Params, images: Tensor, generator: Generator) -> Tensor:
    """Solve a task: cross-entropy of the queries over the prototypes (Snell et al. 2017).

    images (classes, images, 28, 28); each call draws a new task.
    """
    return prototypical_loss(params, sample_training_task(images, generator))


def sample_training_task(images: Tensor, generator: Generator) -> Episode:
    """Draw one `N_WAY`-way 1-shot task with `N_QUERY` queries a class: images (classes, …)."""
    sizes = {"n_way": N_WAY, "n_shot": 1, "n_query": N_QUERY, "n_tasks": 1}
    tasks = sample_episodes(images, **sizes, generator=generator)
    return Episode(*(tensor[0] for tensor in tasks))


def prototypical_loss(params: Params, task: Episode) -> Tensor:
    """Cross-entropy of one task's queries over its prototypes (Snell et al. 2017) → ()."""
    x_support, y_support, x_query, y_query = task
    z_support, z_query = convnet(params, torch.cat([x_support, x_query])).split(
        [len(x_support), len(x_query)]
    )
    logits = prototypical_logits(z_query, prototypes(z_support, y_support, N_WAY))
    return F.cross_entropy(logits, y_query)


def handwriting_loss(params: Params, images: Tensor, generator: Generator) -> Tensor:
    """Solve all 1-shot tasks that a batch of `N_WAY` classes allows: see `all_pairs_loss`.

    images (classes, images, 28, 28); each call draws a new batch.
    """
    n_each = 1 + N_QUERY
    classes = torch.randperm(len(images), generator=generator, device=generator.device)[:N_WAY]
    hands = draw_without_replacement((N_WAY,), images.shape[1], n_each, generator)
    z = convnet(channels_last(params), images[classes[:, None], hands].flatten(0, 1))
    return all_pairs_loss(z, torch.arange(N_WAY, device=z.device).repeat_interleave(n_each))


def all_pairs_loss(z: Tensor, y: Tensor) -> Tensor:
    """Of each pair of one class, either image has to find the other among all other classes.

    mean over pairs i ≠ j with y_i = y_j of −log e^{−d²_ij/T} / (e^{−d²_ij/T} + Σ_k e^{−d²_ik/T}),
    k over y_k ≠ y_i, d_ij = ‖z_i − z_j‖, T = `TEMPERATURE`. z (M, D), y (M,) → ().
    Each term is a 1-shot task: Snell et al. 2017, equation 2, with that one image for a prototype.
    """
    logits = prototypical_logits(z, z) / TEMPERATURE  # (M, M)
    same = y[:, None] == y
    others = logits.masked_fill(same, -torch.inf).logsumexp(dim=1, keepdim=True)  # (M, 1)
    pairs = same & ~torch.eye(len(y), dtype=torch.bool, device=y.device)
    return F.softplus(others - logits)[pairs].mean()


def maml_training_loss(params: Params, images: Tensor, generator: Generator) -> Tensor:
    """MAML's objective on a batch of new tasks (Finn, Abbeel & Levine 2017), exact.

    images (classes, images, 28, 28); the head is params["head.weight"] (5, D), "head.bias".
    """
    tasks = sample_episodes(images, **MAML_TASKS, generator=generator)
    return maml_loss(image_loss, params, tasks, **MAML_STEPS)


def printed_letters() -> tuple[Tensor, Tensor]:
    """The images to train on and those to validate with: (classes, images, 28, 28)."""
    return load_glyphs("train").images, load_glyphs("validation").images


def written_letters() -> tuple[Tensor, Tensor]:
    """The same characters written by hands; turned by 90°, 180° and 270° they are further classes
    to train on."""
    generator = torch.Generator().manual_seed(0)
    images = write_glyphs("train", generator, n_drawers=N_HANDS).images
    turned = torch.cat([images.rot90(turns, (2, 3)) for turns in range(4)])
    return turned, write_glyphs("validation", generator).images


class Recipe(NamedTuple):
    """How an embedding is trained."""

    loss: Callable[[Params, Tensor, Generator], Tensor]
    score: Callable[[Params, Tensor], Tensor]  # of validation images (classes, images, 28, 28)
    n_steps: int
    lr: float  # at its highest
    head: Callable[[int, int, Generator], Params]  # (classes, D, generator) → its first weights
    ships_head: bool = False
    n_filters: int = 32
    letters: Callable[[], tuple[Tensor, Tensor]] = printed_letters  # to train on, to validate with


def no_head(n_classes: int, n_features: int, generator: Generator) -> Params:
    """Prototypes need no head."""
    return {}


def random_head(n_classes: int, n_features: int, generator: Generator) -> Params:
    """One output for every character, weights from N(0, 1 / D)."""
    device = generator.device
    weight = torch.randn(n_classes, n_features, generator=generator, device=device)
    bias = torch.zeros(n_classes, device=device)
    return {"head.weight": weight / n_features**0.5, "head.bias": bias}


def zero_head(n_classes: int, n_features: int, generator: Generator) -> Params:
    """All classes of a task alike: which of them is the first is chance."""
    n_way, device = MAML_TASKS["n_way"], generator.device
    weight = torch.zeros(n_way, n_features, device=device)
    return {"head.weight": weight, "head.bias": torch.zeros(n_way, device=device)}


def prototype_score(params: Params, images: Tensor) -> Tensor:
    """Accuracies of the nearest prototype on 600 1-shot tasks."""
    return task_accuracies(embed(body(params), images), n_shot=1)


def maml_score(params: Params, images: Tensor) -> Tensor:
    """Accuracies after MAML's steps on 200 1-shot tasks."""
    answer = adapted_answer(params, **MAML_STEPS)
    return evaluate(answer, images, n_way=5, n_shot=1, n_query=3, n_tasks=200)


RECIPES = {  # 180,000 images each: steps · images per step; handwriting more
    "pretrained": Recipe(pretraining_loss, prototype_score, 1500, 5e-3, random_head),
    "meta_trained": Recipe(meta_training_loss, prototype_score, 1500, 5e-3, no_head),
    "maml": Recipe(maml_training_loss, maml_score, 750, 6e-3, zero_head, ships_head=True),
    "handwriting": Recipe(
        handwriting_loss,
        prototype_score,
        3300,
        5e-3,
        no_head,
        n_filters=64,
        letters=written_letters,
    ),
}


def train_embedding(
    name: str,
    images: Tensor,
    validation_images: Tensor,
    *,
    budget: Budget | None = None,
    seed: int = 0,
) -> Params:
    """Train an embedding on images (classes, images, 28, 28) by its recipe, on their device; return
    the weights that did best on the validation images, on the CPU, with MAML's head.

    Raises RuntimeError when the training ends before its last step: then the embeddings would not
    have seen the same number of images.
    """
    recipe = RECIPES[name]
    budget = budget or Budget(recipe.n_steps, seconds=3600)
    generator = torch.Generator(images.device).manual_seed(seed)
    params = init_convnet(n_filters=recipe.n_filters, generator=generator)
    n_features = convnet(params, images[0, :1]).shape[1]
    params |= recipe.head(len(images), n_features, generator)
    params = train_to_the_end(
        name,
        lambda params, generator: recipe.loss(params, images, generator),
        params,
        lr=recipe.lr,
        budget=budget,
        generator=generator,
        score=lambda params: recipe.score(params, validation_images).mean().item(),
        check_every=250,
    )
    return params if recipe.ships_head else body(params)


@torch.no_grad()
def embed(params: Params, images: Tensor) -> Tensor:
    """Embed images (classes, images, H, W), class by class: (classes, images, D)."""
    return torch.stack([convnet(params, of_class) for of_class in images])


def nearest_prototype(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
    """The label of the nearest prototype: x_support (B, S, D), x_query (B, Q, D) → (B, Q)."""
    n_way = int(y_support.max()) + 1
    return prototypical_logits(x_query, prototypes(x_support, y_support, n_way)).argmax(dim=-1)


def adapted_answer(params: Params, *, lr_inner: float | Params, n_steps: int) -> Callable:
    """What `evaluation.evaluate` asks for: adapt to a task by `inner_adapt`, then name its queries.

    The answer maps x_support (B, S, 28, 28), y_support (B, S), x_query (B, Q, 28, 28) → (B, Q).
    """

    def of_one_task(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
        steps = {"lr_inner": lr_inner, "n_steps": n_steps}
        adapted = inner_adapt(image_loss, params, x_support, y_support, **steps)
        return image_logits(adapted, x_query).argmax(dim=-1)

    return torch.no_grad()(vmap(of_one_task, chunk_size=10))  # more at once is slower


def task_accuracies(z: Tensor, *, n_shot: int) -> Tensor:
    """The accuracy of the nearest prototype on 600 5-way tasks.

    z (classes, images, D): the embeddings of the images, or their pixels."""
    return evaluate(nearest_prototype, z, n_way=5, n_shot=n_shot)


def main(names: list[str]) -> None:
    """Train the embeddings of these names, all of them if there are none, and save them; report
    their accuracy on validation scripts, with the nearest prototype."""
    torch.set_num_threads(1)  # more of them crawl as soon as another program runs
    for name in names or RECIPES:
        images, validation_images = (part.to(best_device()) for part in RECIPES[name].letters())
        params = train_embedding(name, images, validation_images)
        path = WEIGHTS / f"{name}.safetensors"
        save_file(params, path)
        path.chmod(0o644)
        _report("pixels", validation_images.flatten(2) / 255)
        _report(name, embed(to_device(body(params), images.device), validation_images))


def _report(name: str, z: Tensor) -> None:
    one, five = (confidence_interval(task_accuracies(z, n_shot=n_shot)) for n_shot in (1, 5))
    print(f"{name:12}  validation scripts, 5-way: 1-shot {one}, 5-shot {five}")


if __name__ == "__main__":
    main(sys.argv[1:])
