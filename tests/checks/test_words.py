"""The exercises of notebook 10b: right answers written differently (for test_all_exercises), wrong
ones as learners write them."""

from collections import Counter

import torch

from metacourse.checks import diagnose
from metacourse.checks.catalogue import find

# Right answers, written differently --------------------------------------------------------------


def counted_in_a_dict(text, n):
    counts = {}
    marked = "^" + text + "$"
    for end in range(n, len(marked) + 1):
        piece = marked[end - n : end]
        counts[piece] = counts.get(piece, 0) + 1
    return counts


def counted_by_zip(text, n):
    marked = f"^{text}$"
    return Counter(map("".join, zip(*(marked[i:] for i in range(n)), strict=False)))


def removed_in_loops(words):
    owners = {}
    for name, own in words.items():
        for word in own:
            owners.setdefault(word, set()).add(name)
    left = {name: [] for name in words}
    for name, own in words.items():
        for word in own:
            if len(owners[word]) == 1 and word not in left[name]:
                left[name].append(word)
    return left


def removed_by_sets(words):
    sets = {name: set(own) for name, own in words.items()}
    left = {}
    for name, own in words.items():
        others = set().union(*(of for other, of in sets.items() if other != name))
        left[name] = sorted(sets[name] - others, key=own.index)
    return left


def scored_by_einsum(told, query, prior, *, strength):
    counts = told + strength * prior
    logs = counts.log() - counts.sum(-1, keepdim=True).log()
    return torch.einsum("...qg,...ng->...qn", query, logs)


def scored_with_shares(told, query, prior, *, strength):
    n = told.sum(-1, keepdim=True)
    weight = n / (n + strength)
    p = weight * told / n.clamp(min=1) + (1 - weight) * prior
    return (query[..., :, None, :] * p[..., None, :, :].log()).sum(-1)


ALTERNATIVES = {
    "ngram_counts": [counted_in_a_dict, counted_by_zip],
    "remove_shared_words": [removed_in_loops, removed_by_sets],
    "naive_bayes_log_scores": [scored_by_einsum, scored_with_shares],
}


# Wrong answers, as learners write them -----------------------------------------------------------


def told(name, function):
    report = diagnose(find("EXERCISES", f"words.{name}"), function)
    assert report.state == "failed", report
    return report.sentence


def test_pieces_that_do_not_overlap_are_told():
    def wrong(text, n):
        marked = f"^{text}$"
        found = Counter()
        for start in range(0, len(marked) - n + 1, n):
            found[marked[start : start + n]] += 1
        return found

    assert "do not overlap" in told("ngram_counts", wrong)


def test_a_loop_that_forgets_the_marks_and_the_last_piece_is_told_of_both():
    def wrong(text, n):
        found = {}
        for start in range(len(text) - n):
            piece = text[start : start + n]
            found[piece] = found.get(piece, 0) + 1
        return found

    assert "not marked, ^ and $; and the last piece" in told("ngram_counts", wrong)


def test_counting_a_word_once_for_each_time_it_stands_there_is_told():
    def wrong(words):
        every = [word for own in words.values() for word in own]
        return {name: [w for w in own if every.count(w) == 1] for name, own in words.items()}

    assert "altogether" in told("remove_shared_words", wrong)


def test_sets_that_forget_the_order_are_told_in_every_run_of_python():
    def wrong(words):
        left = {}
        for name, own in words.items():
            others = {w for other, of in words.items() if other != name for w in of}
            left[name] = sorted(set(own) - others, reverse=True)
        return left

    assert "order in which they came" in told("remove_shared_words", wrong)


def test_adding_one_is_told():
    def wrong(told, query, prior, *, strength):
        p = (told + 1) / (told + 1).sum(-1, keepdim=True)
        return query @ p.log().transpose(-1, -2)

    assert "One is added" in told("naive_bayes_log_scores", wrong)


def test_a_fixed_share_of_the_prior_is_told():
    def wrong(told, query, prior, *, strength):
        p = 0.5 * (told / told.sum(-1, keepdim=True).clamp(min=1) + prior)
        return query @ p.log().mT

    assert "Half of it is the prior's" in told("naive_bayes_log_scores", wrong)


def test_scores_of_which_each_language_has_a_row_are_told():
    def wrong(told, query, prior, *, strength):
        p = (told + strength * prior) / (told.sum(-1, keepdim=True) + strength)
        return torch.einsum("...qg,...ng->...nq", query, p.log())

    assert "a row for each language" in told("naive_bayes_log_scores", wrong)


def test_pieces_that_str_count_passes_over_are_told():
    def wrong(text, n):
        marked = f"^{text}$"
        pieces = [marked[i : i + n] for i in range(len(marked) - n + 1)]
        return Counter({piece: marked.count(piece) for piece in pieces})

    assert "passes over pieces that overlap" in told("ngram_counts", wrong)


def test_lists_that_are_changed_for_the_caller_are_told():
    def wrong(words):
        for name, own in removed_in_loops(words).items():
            words[name] = own
        return words

    assert "changes its argument `words` in place" in told("remove_shared_words", wrong)


def test_a_comparison_with_lists_that_are_cleaned_already_is_told():
    def wrong(words):
        left = {name: list(dict.fromkeys(own)) for name, own in words.items()}
        for name in left:
            for other in left:
                if other != name:
                    left[name] = [word for word in left[name] if word not in left[other]]
        return left

    assert "the last one keeps" in told("remove_shared_words", wrong)


def test_removing_from_a_list_in_a_loop_over_it_is_told():
    def wrong(words):
        left = {name: list(dict.fromkeys(own)) for name, own in words.items()}
        found = Counter(word for own in left.values() for word in own)
        for own in left.values():
            for word in own:
                if found[word] > 1:
                    own.remove(word)
        return left

    assert "passed over" in told("remove_shared_words", wrong)


def test_the_logarithm_of_a_sum_is_told():
    def wrong(told, query, prior, *, strength):
        p = (told + strength * prior) / (told.sum(-1, keepdim=True) + strength)
        return (query @ p.mT).log()

    assert "logarithm of a sum" in told("naive_bayes_log_scores", wrong)


def test_shares_that_are_shrunk_in_place_of_counts_are_told():
    def wrong(told, query, prior, *, strength):
        shares = told / told.sum(-1, keepdim=True)
        return query @ ((shares + strength * prior) / (1 + strength)).log().mT

    assert "count as one n-gram" in told("naive_bayes_log_scores", wrong)
