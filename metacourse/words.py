"""Words as pieces of letters, and which language they look like (chapter 10).

A word is counted in n-grams: pieces of n letters, its ends marked. Few words are enough to name a
language if it is known how often pieces are anywhere; that is what languages share, and what other
languages teach. Shapes: T texts, N languages, Q questions, G n-grams. A shape that begins with …
may have task axes there.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from metacourse.nets import Params

SIZES = 1, 2, 3  # letters of an n-gram


def ngram_counts(text: str, n: int) -> Counter[str]:
    """Count the pieces of n letters in a text; ^ stands before it and $ behind it.

    ngram_counts("anna", 2): ^a 1, an 1, nn 1, na 1, a$ 1 (Shannon 1948; as a guide to the language:
    Cavnar & Trenkle 1994). Raises ValueError if n is less than 1.
    """
    if n < 1:
        raise ValueError(f"n must be 1 or more, got {n}")
    marked = f"^{text}$"
    return Counter(marked[start : start + n] for start in range(len(marked) - n + 1))


def all_counts(text: str) -> Counter[str]:
    """Count the n-grams of one, two and three letters."""
    return sum((ngram_counts(text, n) for n in SIZES), Counter())


def vocabulary(texts: Iterable[str], n_grams: int) -> list[str]:
    """The n-grams that stand in most of the texts, the most frequent first; ties by alphabet.

    What is not in it counts nowhere: it is chosen on texts that teach, or the test has chosen.
    """
    found = Counter(gram for text in texts for gram in all_counts(text))
    return sorted(found, key=lambda gram: (-found[gram], gram))[:n_grams]


def count_vectors(texts: Sequence[str], grams: Sequence[str]) -> Tensor:
    """How often each n-gram stands in each text: float32, (T, G)."""
    place = {gram: column for column, gram in enumerate(grams)}
    counts = torch.zeros(len(texts), len(grams))
    for row, text in enumerate(texts):
        told = {place[gram]: n for gram, n in all_counts(text).items() if gram in place}
        counts[row, [*told]] = torch.tensor([*told.values()], dtype=counts.dtype)
    return counts


def remove_shared_words(words: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Take out what lets a test look too good, or has no right answer.

    A word that stands twice in a language counts once: else it could be told and asked. A word that
    stands in two languages counts in none. The order of the words stays.
    What may be known when a question is asked: Kaufman, Rosset, Perlich & Stitelman (2012).
    """
    once = {language: dict.fromkeys(of_language) for language, of_language in words.items()}
    found = Counter(word for of_language in once.values() for word in of_language)
    return {
        language: [word for word in of_language if found[word] == 1]
        for language, of_language in once.items()
    }


def inverse_document_frequency(counts: Tensor) -> Tensor:
    """Return how much an n-gram tells: log(T / (1 + number of texts that have it)).

    (Spärck Jones 1972.) Shapes: counts (T, G) → (G,).
    """
    return (len(counts) / (1 + (counts > 0).sum(0))).log()


def tf_idf(counts: Tensor, idf: Tensor) -> Tensor:
    """Weigh n-grams by what they tell, and give every text the same length, 1.

    counts · idf, divided by its norm; a text without any of the n-grams stays 0 (Salton & Buckley
    1988). Shapes: counts (…, G), idf (G,) → (…, G).
    """
    weighed = counts * idf
    length = torch.linalg.vector_norm(weighed, dim=-1, keepdim=True)
    return weighed / torch.where(length == 0, 1, length)


def cosine_scores(told: Tensor, query: Tensor, weights: Tensor) -> Tensor:
    """Score how alike a question and the words of a language are: their cosine, n-grams weighed.

    Of `tf_idf`, where the weights are; they may also be learned (Yih 2009).
    Shapes: told (…, N, G) and query (…, Q, G), counts; weights (G,) → (…, Q, N).
    """
    return tf_idf(query, weights) @ tf_idf(told, weights).mT


def pooled_prior(counts: Tensor) -> Tensor:
    """Return how often each n-gram is anywhere: (½ + Σ counts) / (½ G + Σ Σ counts).

    The ½ leaves a chance to what was never seen (Krichevsky & Trofimov 1981).
    Shapes: counts (…, G) → (G,), which sums to 1.
    """
    totals = counts.reshape(-1, counts.shape[-1]).sum(0) + 0.5
    return totals / totals.sum()


def gram_probabilities(told: Tensor, prior: Tensor, *, strength: float) -> Tensor:
    """Return what is believed of a language after some of its words: p(n-gram | language).

    (c_g + s π_g) / (Σ c + s): the posterior mean under a Dirichlet prior s π, as if s n-grams had
    been seen before, spread like the prior (MacKay & Peto 1995). It is a shrunk mean.
    Shapes: told (…, N, G), counts; prior (G,), which sums to 1 → (…, N, G).
    Raises ValueError if the strength is not positive, or told and prior differ in G.
    """
    if not strength > 0:
        raise ValueError(f"strength must be positive, got {strength}")
    if told.shape[-1:] != prior.shape:
        shapes = f"{tuple(told.shape)} and {tuple(prior.shape)}"
        raise ValueError(f"told (…, N, G) and prior (G,) need one G, got {shapes}")
    return (told + strength * prior) / (told.sum(-1, keepdim=True) + strength)


def naive_bayes_log_scores(
    told: Tensor, query: Tensor, prior: Tensor, *, strength: float
) -> Tensor:
    """Score how likely the n-grams of a question are in each language, as if each fell by itself.

    Σ_g q_g log p(g | language), p of `gram_probabilities`; where languages are equally common its
    softmax is p(language | question) (naive Bayes: McCallum & Nigam 1998).
    Shapes: told (…, N, G) and query (…, Q, G), counts; prior (G,) → (…, Q, N).
    Raises ValueError as `gram_probabilities` does.
    """
    return query @ gram_probabilities(told, prior, strength=strength).log().mT


# ---- sentences -----------------------------------------------------------------------------------


def sentence_embeddings(params: Params, ids: Tensor, mask: Tensor, *, n_heads: int) -> Tensor:
    """Embed sentences by a transformer that was trained on others: the mean of what its last layer
    says of their tokens, with length 1. Nothing in it adapts to a task.

    The layers are BERT's (Devlin et al. 2019), the mean as in Reimers & Gurevych (2019).
    Shapes: ids (T, S), numbers of tokens; mask (T, S), 1 where there is one, 0 behind the end
    → (T, D). params: named as in BERT's files.
    """
    places = params["embeddings.position_embeddings.weight"][: ids.shape[1]]
    kind = params["embeddings.token_type_embeddings.weight"][0]
    z = params["embeddings.word_embeddings.weight"][ids] + places + kind
    z = _normed(params, "embeddings.LayerNorm", z)
    for number in range(sum(name.endswith("query.weight") for name in params)):
        z = _layer(params, f"encoder.layer.{number}", z, mask.bool(), n_heads)
    weights = mask.to(z.dtype)[..., None]
    return F.normalize((z * weights).sum(1) / weights.sum(1), dim=-1)


def _layer(params: Params, name: str, z: Tensor, mask: Tensor, n_heads: int) -> Tensor:
    """Attention, then a network for each token: z (T, S, D) → (T, S, D)."""
    q, k, v = (
        _linear(params, f"{name}.attention.self.{part}", z).unflatten(-1, (n_heads, -1))
        for part in ("query", "key", "value")
    )
    read = F.scaled_dot_product_attention(
        *(each.transpose(1, 2) for each in (q, k, v)), attn_mask=mask[:, None, None]
    )
    read = _linear(params, f"{name}.attention.output.dense", read.transpose(1, 2).flatten(2))
    z = _normed(params, f"{name}.attention.output.LayerNorm", z + read)
    hidden = F.gelu(_linear(params, f"{name}.intermediate.dense", z))
    return _normed(
        params, f"{name}.output.LayerNorm", z + _linear(params, f"{name}.output.dense", hidden)
    )


def _linear(params: Params, name: str, z: Tensor) -> Tensor:
    return F.linear(z, params[f"{name}.weight"], params[f"{name}.bias"])


def _normed(params: Params, name: str, z: Tensor) -> Tensor:
    return F.layer_norm(z, z.shape[-1:], params[f"{name}.weight"], params[f"{name}.bias"], 1e-12)
