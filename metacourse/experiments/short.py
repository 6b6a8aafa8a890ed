"""The short trainings of chapter 04: one convnet, one schedule, any loss of its embeddings.

A loss is a function of (params, z, y, generator): all parameters that are trained, a batch's
embeddings z (S, D) and their classes y (S,), and a generator for what the loss draws. Those of the
chapter are made by `contrastive`, `triplet` and so on, with the numbers that the chapter chose on
validation scripts (`benchmarks.seeds.siamese`).
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.optim.lr_scheduler import OneCycleLR

from metacourse import siamese
from metacourse.devices import best_device
from metacourse.episodes import sample_episodes
from metacourse.evaluation import Interval, confidence_interval, evaluate
from metacourse.nets import Params, channels_last, convnet, init_convnet, to_device
from metacourse.trained.concepts import N_QUERY, N_WAY
from metacourse.trained.embeddings import embed, nearest_prototype
from metacourse.training import Budget, Training, gradient_step, train

N_DRAWN = 360  # pairs or triplets, as many as a batch has pairs of one class
Loss = Callable[[Params, Tensor, Tensor, Generator], Tensor]  # of (params, z, y, generator)


def learn(
    loss: Loss,
    images: Tensor,
    *,
    extra: Params | None = None,
    n_steps: int = 80,
    lr: float = 5e-3,
    seed: int = 0,
    watch: Callable[[list[float]], None] | None = None,
    checkpoints: dict[int, Params] | None = None,
) -> Training:
    """Train a new convnet by loss(params, z, y, generator), on a GPU where there is one.

    A batch is 30 characters of images (characters, hands, H, W), 4 hands each: z (120, D), y
    (120,), first one of each character, 0 … 29, then the other 90. The generator is for what the
    loss draws; a seed stands for the same start, batches and draws, whatever the loss.
    extra: parameters of the loss, trained with the network. The rate rises to lr, then falls to 0.
    checkpoints: a dict to be filled with the weights after every twentieth part of the steps.
    """
    device, (start, batches, draws) = best_device(), _generators(seed)
    params = init_convnet(generator=start) | (extra or {})
    params = {name: tensor.clone().to(device).requires_grad_() for name, tensor in params.items()}
    images, n_done, every = images.to(device), 0, max(1, n_steps // 20)
    optimizer = torch.optim.Adam(params.values())
    schedule = OneCycleLR(optimizer, lr, total_steps=n_steps + 1)
    optimizer.register_step_post_hook(lambda *_: schedule.step())

    def batch_loss(params: Params, generator: Generator) -> Tensor:
        nonlocal n_done
        if checkpoints is not None and n_done % every == 0:
            checkpoints[n_done] = _kept(params)
        n_done += 1
        return loss(params, *embed_batch(_network(params), images, generator), draws)

    budget = Budget(n_steps, 600)
    settings = {"optimizer": optimizer, "generator": batches, "quick": budget, "full": budget}
    trained = train(gradient_step(batch_loss), params, watch=watch, check_every=n_steps, **settings)
    if checkpoints is not None:
        checkpoints[n_done] = _kept(trained.params)
    return trained


def embed_batch(params: Params, images: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """Draw a batch of `learn` and embed it: z (120, D), y (120,)."""
    sizes = {"n_way": N_WAY, "n_shot": 1, "n_query": N_QUERY, "n_tasks": 1}
    task = sample_episodes(images, **sizes, generator=generator)
    x = torch.cat([task.x_support[0], task.x_query[0]])
    return convnet(channels_last(params), x), torch.cat([task.y_support[0], task.y_query[0]])


def _generators(seed: int) -> list[Generator]:
    return [torch.Generator().manual_seed(1000 * part + seed) for part in range(3)]


def _network(params: Params) -> Params:
    """The convnet's own weights, without those of a loss."""
    return {name: tensor for name, tensor in params.items() if name.startswith("block")}


def _kept(params: Params) -> Params:
    return to_device({name: tensor.detach().clone() for name, tensor in params.items()}, "cpu")


# how good an embedding is ------------------------------------------------------------------------


def letter_distances(params: Params, images: Tensor) -> tuple[Tensor, Tensor]:
    """The distances of all pairs of images (characters, 5 or more hands, H, W), five hands of each:
    (of one character, of two), as (n_same,), (n_different,)."""
    z = embed(_network(params), images[:, :5])
    return siamese.pair_distances(z.flatten(0, 1), torch.arange(len(z)).repeat_interleave(5))


def one_shot(params: Params, images: Tensor) -> Interval:
    """The accuracy on 600 5-way 1-shot tasks, always the same: images (characters, hands, H, W).

    The answer is the class of the nearest support image, or of the most alike where params has the
    weights of a similarity.
    """

    def most_alike(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
        scores = siamese.similarity_logit(params, x_query[:, :, None], x_support[:, None])
        return siamese.answer_n_way(scores, y_support, 5)

    answer = most_alike if "bias" in params else nearest_prototype
    z = embed(_network(params), images)
    return confidence_interval(evaluate(answer, z, n_way=5, n_shot=1, n_query=5))


# the losses --------------------------------------------------------------------------------------


def contrastive(margin: float = 10.0) -> Loss:
    """The contrastive loss of pairs drawn at random."""

    def loss(params: Params, z: Tensor, y: Tensor, generator: Generator) -> Tensor:
        a, b, same = siamese.sample_pairs(y, n_pairs=N_DRAWN, generator=generator)
        return siamese.contrastive_loss(z[a], z[b], same, margin=margin)

    return loss


def similarity(params: Params, z: Tensor, y: Tensor, generator: Generator) -> Tensor:
    """Cross-entropy of "same" on pairs drawn at random; its parameters are `SIMILARITY`."""
    a, b, same = siamese.sample_pairs(y, n_pairs=N_DRAWN, generator=generator)
    logits = siamese.similarity_logit(params, z[a], z[b])
    return F.binary_cross_entropy_with_logits(logits, same.to(z.dtype))


SIMILARITY = {"weight": torch.full((128,), -0.1), "bias": torch.tensor(5.0)}  # near is same


def triplet(margin: float = 100.0) -> Loss:
    """The triplet loss of triplets drawn at random."""

    def loss(params: Params, z: Tensor, y: Tensor, generator: Generator) -> Tensor:
        drawn = siamese.sample_triplets(y, n_triplets=N_DRAWN, generator=generator)
        return siamese.triplet_loss(*(z[images] for images in drawn), margin=margin)

    return loss


def hardest(params: Params, z: Tensor, y: Tensor, generator: Generator) -> Tensor:
    """The triplet loss of every image's hardest triplet."""
    return siamese.triplet_loss(
        *(z[images] for images in siamese.hardest_triplets(z, y)), margin=100.0
    )


def semi_hard(margin: float = 100.0) -> Loss:
    """The triplet loss of all pairs of one class, each with its semi-hard negative."""

    def loss(params: Params, z: Tensor, y: Tensor, generator: Generator) -> Tensor:
        anchor, positive = siamese.positive_pairs(y)
        negative = siamese.semi_hard_negatives(z, y, anchor, positive)
        return siamese.triplet_loss(z[anchor], z[positive], z[negative], margin=margin)

    return loss


def every_pair(params: Params, z: Tensor, y: Tensor, generator: Generator) -> Tensor:
    """The triplet loss of all pairs of one class, each with any negative: the control of
    `semi_hard`, which chooses it."""
    anchor, positive = siamese.positive_pairs(y)
    others = (y[anchor, None] != y).double()
    negative = torch.multinomial(others.cpu(), 1, generator=generator).squeeze(1).to(y.device)
    return siamese.triplet_loss(z[anchor], z[positive], z[negative], margin=100.0)


def prototypical(temperature: float = 1.0) -> Loss:
    """Cross-entropy of a batch's queries over its prototypes."""

    def loss(params: Params, z: Tensor, y: Tensor, generator: Generator) -> Tensor:
        c = siamese.prototypes(z[:N_WAY], y[:N_WAY], N_WAY)
        return F.cross_entropy(siamese.prototypical_logits(z[N_WAY:], c) / temperature, y[N_WAY:])

    return loss


def all_pairs(temperature: float = 1.0) -> Loss:
    """The softmax over all pairs of a batch."""

    def loss(params: Params, z: Tensor, y: Tensor, generator: Generator) -> Tensor:
        return siamese.all_pairs_loss(z, y, temperature=temperature)

    return loss
