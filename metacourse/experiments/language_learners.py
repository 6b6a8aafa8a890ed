"""Learners of a language from a few words: simple ones, and what other languages teach them
(notebook 10b). The languages that choose tell strengths, ridges and rates.
"""

import math
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse import nets, words
from metacourse.episodes import sample_episodes
from metacourse.experiments.languages import SHOTS, Counted, Learner, by_class, judge
from metacourse.nets import Params
from metacourse.siamese import prototypical_logits
from metacourse.training import learn

STRENGTHS = 3.0, 30.0, 100.0, 300.0, 1000.0, 3000.0  # 30000: no more than 0.005, in six splits
RIDGES = 0.1, 1.0, 10.0
TRAINING = {"n_way": 10, "n_query": 5, "n_tasks": 4}
RATES = {  # in one split three times the larger one was no better, or worse
    "weights, meta-learned": (0.03, 0.1),
    "naive Bayes, meta-learned": (0.03, 0.1),
    "network, meta-learned": (0.001, 0.003),
}
N_STEPS, N_HIDDEN, N_FEATURES = 300, 128, 64
N_CHOOSING = 100  # tasks that choose


def cosine(weights: Tensor) -> Learner:
    """The nearest direction."""
    return lambda support, query: words.cosine_scores(support.sum(2), query, weights)


def naive_bayes(prior: Tensor, strength: float) -> Learner:
    def scores(support: Tensor, query: Tensor) -> Tensor:
        return words.naive_bayes_log_scores(support.sum(2), query, prior, strength=strength)

    return scores


def ridge(features: Callable[[Tensor], Tensor], penalty: float) -> Learner:
    """A linear classifier, trained in the task in closed form."""

    def scores(support: Tensor, query: Tensor) -> Tensor:
        n_way, n_shot = support.shape[1:3]
        x, q = features(support.flatten(1, 2)), features(query)
        y = torch.eye(n_way).repeat_interleave(n_shot, 0) - 1 / n_way
        return q @ x.mT @ torch.linalg.solve(x @ x.mT + penalty * torch.eye(len(y)), y)

    return scores


def simple(counted: Counted, n_shot: int) -> Iterator[tuple[str, object, Learner]]:
    """(name, what was chosen, learner) of those that are taught by counting alone."""
    idf = words.inverse_document_frequency(counted.train.flatten(0, 1))
    prior = words.pooled_prior(counted.train)
    uniform = torch.full_like(prior, 1 / len(prior))
    yield "counts, nearest mean", "", cosine(torch.ones_like(idf))
    yield "tf-idf, nearest mean", "", cosine(idf)
    options = {
        "tf-idf, ridge": (RIDGES, partial(ridge, lambda counts: words.tf_idf(counts, idf))),
        "naive Bayes, uniform prior": (STRENGTHS, partial(naive_bayes, uniform)),
        "naive Bayes, learned prior": (STRENGTHS, partial(naive_bayes, prior)),
    }
    for name, (values, make) in options.items():
        yield name, *chosen(values, make, counted.validation, n_shot)


def chosen(values, make: Callable, x: Tensor, n_shot: int) -> tuple[object, Learner]:
    """Of some learners the one that is best on the languages that choose: x (L, 60, G)."""

    def right(value) -> float:
        return judge(make(value), x, n_shot, n_tasks=N_CHOOSING, seed=1).right.mean().item()

    best = max(values, key=right)
    return best, make(best)


# ---- what is learned from tasks ------------------------------------------------------------------


def weights_scores(params: Params, told: Tensor, query: Tensor) -> Tensor:
    """A weight for every n-gram: (…, N, G), (…, Q, G) → (…, Q, N)."""
    return params["scale"].exp() * words.cosine_scores(told, query, params["weights"])


def prior_scores(params: Params, told: Tensor, query: Tensor) -> Tensor:
    """Naive Bayes, whose prior is learned with its strength."""
    prior, strength = params["prior"].softmax(0), params["strength"].exp()
    query = params["scale"].exp() * query
    return words.naive_bayes_log_scores(told, query, prior, strength=strength)


def network_scores(params: Params, told: Tensor, query: Tensor) -> Tensor:
    """A network reads tf-idf; the nearest embedding."""
    layers = {name: tensor for name, tensor in params.items() if name != "idf"}
    embed = partial(nets.mlp, layers)
    idf = params["idf"].detach()
    z_query, z_told = (embed(5 * words.tf_idf(counts, idf)) for counts in (query, told))
    return prototypical_logits(z_query, z_told)


def starts(counted: Counted, seed: int) -> dict[str, tuple[Callable, Params]]:
    """Where the trainings start: at what counting tells; the network at random."""
    idf = words.inverse_document_frequency(counted.train.flatten(0, 1))
    prior = words.pooled_prior(counted.train)
    sizes = [len(idf), N_HIDDEN, N_FEATURES]
    network = nets.init_mlp(sizes, torch.Generator().manual_seed(seed))
    strength = torch.tensor(math.log(300.0))
    return {
        "weights, meta-learned": (
            weights_scores,
            {"weights": idf, "scale": torch.tensor(2.0)},
        ),
        "naive Bayes, meta-learned": (
            prior_scores,
            {"prior": prior.log(), "strength": strength, "scale": torch.tensor(-1.0)},
        ),
        "network, meta-learned": (network_scores, {**network, "idf": idf}),
    }


def meta_learn(
    scores: Callable, params: Params, x: Tensor, *, lr: float, seed: int, n_steps: int = N_STEPS
) -> Params:
    """Learn from tasks of languages that teach, with 1, 5 and 20 words in turn: x (L, 60, G)."""
    turn = count()

    def loss(params: Params, generator: Generator) -> Tensor:
        n_shot = SHOTS[next(turn) % len(SHOTS)]
        episode = sample_episodes(x, n_shot=n_shot, generator=generator, **TRAINING)
        told = by_class(*episode[:2], TRAINING["n_way"]).sum(2)
        logits = scores(params, told, episode.x_query)
        return F.cross_entropy(logits.flatten(0, 1), episode.y_query.flatten())

    return learn(loss, params, lr=lr, n_steps=n_steps, seed=seed).params


def learned(scores: Callable, params: Params) -> Learner:
    return lambda support, query: scores(params, support.sum(2), query)


def tuned(counted: Counted, seed: int) -> Iterator[tuple[str, float, Learner]]:
    """(name, rate, learner): each trained with every rate, the best by the mean accuracy with 1, 5
    and 20 words on the languages that choose."""
    for name, (scores, params) in starts(counted, seed).items():
        tried = {}
        for lr in RATES[name]:
            learner = learned(scores, meta_learn(scores, params, counted.train, lr=lr, seed=seed))
            sizes = {"n_tasks": N_CHOOSING, "seed": 1}
            right = [judge(learner, counted.validation, k, **sizes).right.mean() for k in SHOTS]
            tried[lr] = sum(right).item(), learner
        best = max(tried, key=lambda lr: tried[lr][0])
        yield name, best, tried[best][1]
