"""Chapter 04: the losses on validation scripts with the numbers they may have, on handwriting with
those that did best there; and what the shipped encoder's accuracy owes to the choice of letters.

Handwriting is that of ten hands, as in the chapter; without Omniglot's files there are no runs of
it. A batch has 360 pairs of one class; losses that draw at random draw as many.
"""

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from metacourse.evaluation import evaluate
from metacourse.experiments import short
from metacourse.nets import Params, init_convnet
from metacourse.seeds import Run
from metacourse.tasks.omniglot import load_omniglot
from metacourse.tasks.pens import load_written
from metacourse.trained.embeddings import embed, load_embedding, nearest_prototype

VALIDATION = "validation scripts, 5-way 1-shot (% right)"
HANDWRITING = "handwriting, 5-way 1-shot (% right)"
CHARACTERS = "the shipped encoder, half of the characters, 5-way 1-shot (% right)"
ALPHABETS = "the shipped encoder, half of the alphabets, 5-way 1-shot (% right)"
HANDS = "the shipped encoder, half of the hands, 5-way 1-shot (% right)"
FACTORIES = {
    "contrastive, margin": (short.contrastive, (2.5, 5.0, 10.0, 20.0)),
    "triplets, margin": (short.triplet, (10.0, 100.0, 1000.0)),
    "semi-hard, margin": (short.semi_hard, (10.0, 100.0, 1000.0)),
    "prototypes, T =": (short.prototypical, (1.0, 3.0, 10.0, 30.0, 100.0)),
    "all pairs, T =": (short.all_pairs, (1.0, 3.0, 10.0, 30.0, 100.0)),
}
CHOSEN = {
    "contrastive": short.contrastive(),
    "similarity": short.similarity,
    "triplets at random": short.triplet(),
    "all pairs, random negatives": short.every_pair,
    "hardest negatives": short.hardest,
    "semi-hard negatives": short.semi_hard(),
    "prototypes, T = 1": short.prototypical(),
    "prototypes, T = 30": short.prototypical(30.0),
    "all pairs, T = 10": short.all_pairs(10.0),
}
SEEDS, HALVES = range(3), range(20)


def runs() -> Iterator[Run]:
    fonts, validation = (load_written(split).images for split in ("train", "validation"))
    for name, (factory, numbers) in FACTORIES.items():
        for number in numbers:
            params = short.learn(factory(number), fonts).params
            yield Run(VALIDATION, f"{name} {number:g}", 0, percent(validation, params))
    letters, alphabets, _ = load_omniglot("small")
    for seed in SEEDS:
        start = init_convnet(generator=torch.Generator().manual_seed(seed))
        yield Run(HANDWRITING, "a random network", seed, percent(letters[:, :10], start))
        for name, loss in CHOSEN.items():
            extra = short.SIMILARITY if loss is short.similarity else None
            params = short.learn(loss, fonts, extra=extra, seed=seed).params
            yield Run(HANDWRITING, name, seed, percent(letters[:, :10], params))
    yield from halves(embed(load_embedding("handwriting"), letters), alphabets)


def percent(images: Tensor, params: Params) -> float:
    return 100 * short.one_shot(params, images).mean


def halves(z: Tensor, alphabets: list[str]) -> Iterator[Run]:
    """Random halves: what they differ by is what another choice of as many letters as there are
    would change (the jackknife that leaves out a half: Shao & Wu 1989)."""
    generator = torch.Generator().manual_seed(0)
    numbers = torch.tensor([sorted(set(alphabets)).index(alphabet) for alphabet in alphabets])
    for experiment, groups in ((CHARACTERS, torch.arange(len(z))), (ALPHABETS, numbers)):
        for half in HALVES:
            right = of_letters(z[half_of(groups, generator)])
            yield Run(experiment, "halves", half, right)
    for half in HALVES:  # number 1 … 20 of a character's drawings is not one person for all of them
        right = of_letters(z[:, half_of(torch.arange(z.shape[1]), generator)])
        yield Run(HANDS, "halves", half, right)


def of_letters(z: Tensor) -> float:
    sizes = {"n_way": 5, "n_shot": 1, "n_query": 5, "n_tasks": 3000}
    return 100 * evaluate(nearest_prototype, z, **sizes).mean().item()


def half_of(groups: Tensor, generator: Generator) -> Tensor:
    """The places of a random half of the groups: groups (M,) → indices into it."""
    n_groups = int(groups.max()) + 1
    chosen = torch.randperm(n_groups, generator=generator)[: n_groups // 2]
    return torch.isin(groups, chosen).nonzero().flatten()
