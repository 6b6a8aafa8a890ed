"""The live picture of notebook 10b: which of five languages some words look like, and why."""

import unicodedata

import torch

from metacourse import words
from metacourse.experiments.languages import N_GRAMS, Five
from metacourse.figures import words as draw
from metacourse.tasks.languages import WORD
from metacourse.widgets.live import LiveFigure, choice, int_slider, text_field

N_ROWS, MOST_TOLD = 10, 20
STRENGTHS = {"learned from others": 3000.0, "uniform": 100.0}  # the best for five words told
MOST_LETTERS = 200


def language_widget(five: Five):
    """Ask for words: how likely each of five languages is, and the n-grams that say so.

    five: words told of five languages, words that teach, and questions; of `languages.five`.
    Controls: the question, or words of your own; how many words are told of each language; the
    prior, learned from other languages or the same for all n-grams.
    """
    grams = words.vocabulary(five.teach, N_GRAMS)
    told = torch.stack([words.count_vectors(of, grams) for of in five.told.values()]).double()
    learned = words.pooled_prior(words.count_vectors(five.teach, grams).double())
    priors = dict(zip(STRENGTHS, (learned, torch.full_like(learned, 1 / len(grams))), strict=True))
    controls = {
        "asked": choice("Words asked", five.asked),
        "own": text_field("or words of your own"),
        "n_told": int_slider("Told of each language", 5, 1, MOST_TOLD, "words"),
        "prior": choice("Prior", [*priors]),
    }

    def show(axes, asked, own, n_told, prior):
        text = unicodedata.normalize("NFC", own.strip() or asked)  # ç as one sign
        found = WORD.findall(text.lower()[:MOST_LETTERS])
        if not found:
            raise ValueError("Type some letters: words with a space between them.")
        query = words.count_vectors(found, grams).double().sum(0)
        seen, strength = told[:, :n_told].sum(1), STRENGTHS[prior]
        p = words.gram_probabilities(seen, priors[prior], strength=strength)
        seen_of = "1 word" if n_told == 1 else f"{n_told} words"
        return f"{seen_of} told of each. {_show(axes, five, grams, query, p.log(), found)}"

    sweeps = [{"asked": len(five.asked), "n_told": [1, 5, 20], "prior": 2}]
    alt = "Left, how likely five languages are; right, n-grams that speak for one against another."
    return LiveFigure(show, controls, alt=alt, columns=2, size=(9.4, 3.9), sweeps=sweeps)


def _show(axes, five, grams, query, log_p, found):
    names = [*five.told]
    shares = (log_p @ query).softmax(0)
    first, second = shares.topk(2).indices.tolist()
    draw.draw_shares(
        axes[0], dict(zip(names, shares.tolist(), strict=True)), xlabel="p(language | words)"
    )
    evidence = query * (log_p[first] - log_p[second])
    order = evidence.abs().argsort(descending=True)[:N_ROWS].tolist()
    strongest = {grams[place]: evidence[place].item() for place in order if query[place] > 0}
    draw.draw_grams(axes[1], strongest, name=names[first], other=names[second], n_rows=N_ROWS)
    shown = ", ".join(found[:5]) + (" …" if len(found) > 5 else "")
    best = max(strongest, key=strongest.__getitem__, default="none")
    return (
        f"{shown}: {names[first]} with {shares[first]:.0%}, then {names[second]} with "
        f"{shares[second]:.0%}; what speaks most for {names[first]} is “{best}”."
    )
