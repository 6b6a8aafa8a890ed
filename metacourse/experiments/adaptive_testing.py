"""A test that adapts, on people's answers: 24 questions, sixteen to ask from, eight to foretell
(notebook 10a)."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy

from metacourse import item_response as irt
from metacourse.item_response import Items

N_FOLDS, N_QUERY = 5, 8
ASKED = 0, 1, 2, 4, 8, 16
Rule = Callable[[Tensor, Tensor, Items, Tensor], Tensor]  # beliefs, what may not be asked, …, luck


def at_random(weights: Tensor, closed: Tensor, items: Items, luck: Tensor) -> Tensor:
    """Any question that may be asked."""
    return luck.masked_fill(closed.bool(), -1.0).argmax(-1)


def fixed_order(weights: Tensor, closed: Tensor, items: Items, luck: Tensor) -> Tensor:
    """One order for all: what tells most of somebody of whom nothing is known."""
    nothing = torch.zeros_like(closed)
    return irt.next_question(irt.belief(nothing, nothing, items), closed, items)


def adaptive(weights: Tensor, closed: Tensor, items: Items, luck: Tensor) -> Tensor:
    """What tells most of this person, after these answers."""
    return irt.next_question(weights, closed, items)


RULES: dict[str, Rule] = {
    "at random": at_random,
    "one order for all": fixed_order,
    "adaptive": adaptive,
}


def play(
    rule: Rule, answers: Tensor, hidden: Tensor, items: Items, luck: Tensor, n_questions: int
) -> Iterator[Tensor]:
    """Beliefs before the first question, (P, G), and after each; what is hidden is never asked."""
    asked = torch.zeros_like(answers)
    for number in range(n_questions + 1):
        weights = irt.belief(answers, asked, items)
        yield weights
        if number < n_questions:
            chosen = rule(weights, asked + hidden, items, luck)
            asked = asked.scatter(1, chosen[:, None], 1.0)


def losses(weights: Tensor, answers: Tensor, hidden: Tensor, items: Items) -> Tensor:
    """Each person's mean log loss on what is hidden: (P,)."""
    return log_loss(irt.foretell(weights, items), answers, hidden)


def log_loss(chances: Tensor, answers: Tensor, hidden: Tensor) -> Tensor:
    each = binary_cross_entropy(chances.expand_as(answers), answers, reduction="none")
    return (each * hidden).sum(1) / hidden.sum(1)


def away(weights: Tensor, answers: Tensor, items: Items) -> Tensor:
    """The squared distance of a person's mean ability from that after all their answers: (P,)."""
    whole = irt.belief(answers, torch.ones_like(answers), items)
    return ((weights - whole) @ irt.grid(weights)).square()


def compared(answers: Tensor, seed: int) -> dict[tuple[str, str, int], Tensor]:
    """By measure, rule and number of questions: a number for each person, (P,), who is tested once,
    by questions that were learned from the people of the other four folds."""
    generator = torch.Generator().manual_seed(seed)
    folds = torch.randperm(len(answers), generator=generator).tensor_split(N_FOLDS)
    found: dict[tuple[str, str, int], Tensor] = {}

    def keep(key: tuple[str, str, int], people: Tensor, values: Tensor) -> None:
        found.setdefault(key, answers.new_zeros(len(answers)))[people] = values

    for number, people in enumerate(folds):
        others = torch.cat([fold for place, fold in enumerate(folds) if place != number])
        seen, luck = answers[people], torch.rand(len(people), answers.shape[1], generator=generator)
        hidden = torch.zeros_like(seen).scatter_(1, luck.topk(N_QUERY).indices, 1.0)
        share = answers[others].mean(0)
        keep(("log loss", "the question's share", 0), people, log_loss(share, seen, hidden))
        for own_slopes in (False, True):
            items = irt.learn_items(answers[others], own_slopes=own_slopes)
            for name, rule in RULES.items():
                kind = f"{name}, {'own slopes' if own_slopes else 'one slope'}"
                beliefs = play(rule, seen, hidden, items, luck, max(ASKED))
                for n_questions, weights in enumerate(beliefs):
                    if n_questions in ASKED:
                        now = losses(weights, seen, hidden, items)
                        keep(("log loss", kind, n_questions), people, now)
                        keep(("away", kind, n_questions), people, away(weights, seen, items))
    return found
