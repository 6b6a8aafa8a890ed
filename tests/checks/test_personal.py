"""The exercises of notebook 10a: right answers written differently (for test_all_exercises), wrong
ones as learners write them."""

import torch

from metacourse.checks import diagnose
from metacourse.checks.catalogue import find
from metacourse.personal import LEAST, MOST

# Right answers, written differently --------------------------------------------------------------


def split_in_a_loop(person, *, n_test, generator):
    names = sorted(set(person.tolist()))
    drawn = torch.randperm(len(names), generator=generator).tolist()[-n_test:]
    tested = {names[place] for place in drawn}
    return torch.tensor([name in tested for name in person.tolist()])


def split_by_luck(person, *, n_test, generator):
    _, number = torch.unique(person, return_inverse=True)
    luck = torch.rand(int(number.max()) + 1, generator=generator)
    return luck.argsort().argsort()[number] < n_test


def shrunk_from_the_prior(values, *, mean, spread, noise):
    n = values.shape[-1]
    weight = n / (n + noise / spread)
    away = (values - mean).sum(-1) / max(n, 1)
    return mean + weight * away


def shrunk_one_by_one(values, *, mean, spread, noise):
    belief, variance = torch.full_like(values[..., :1].sum(-1), mean), spread
    for value in values.unbind(-1):
        belief = (belief * noise + value * variance) / (variance + noise)
        variance = variance * noise / (variance + noise)
    return belief


def audit_by_where(answer, values, hidden):
    mirrored = torch.where(hidden, LEAST + MOST - values, values)
    difference = answer(mirrored) - answer(values)
    return torch.maximum(difference.max(), -difference.min())


def audit_by_arithmetic(answer, values, hidden):
    told = values + hidden * (5.5 - 2 * values)
    return torch.linalg.vector_norm(answer(told) - answer(values), ord=torch.inf)


ALTERNATIVES = {
    "split_by_person": [split_in_a_loop, split_by_luck],
    "shrunk_mean": [shrunk_from_the_prior, shrunk_one_by_one],
    "leak_audit": [audit_by_where, audit_by_arithmetic],
}


# Wrong answers, as learners write them -----------------------------------------------------------


def told(name, function):
    report = diagnose(find("EXERCISES", f"personal.{name}"), function)
    assert report.state == "failed", report
    return report.sentence


def test_a_split_of_rows_is_told():
    def wrong(person, *, n_test, generator):
        mask = torch.zeros(len(person), dtype=torch.bool)
        mask[torch.randperm(len(person), generator=generator)[: len(person) // 3]] = True
        return mask

    assert "Rows are drawn" in told("split_by_person", wrong) or "by itself" in told(
        "split_by_person", wrong
    )


def test_a_split_that_takes_names_for_places_is_told():
    def wrong(person, *, n_test, generator):
        order = torch.randperm(len(person.unique()), generator=generator)
        return torch.isin(person, order[:n_test])

    assert "Places are taken for names" in told("split_by_person", wrong)


def test_a_split_in_which_each_person_is_drawn_by_luck_is_told():
    def wrong(person, *, n_test, generator):
        names = person.unique()
        luck = torch.rand(len(names), generator=generator)
        return torch.isin(person, names[luck < n_test / len(names)])

    assert "in some draws more than n_test" in told("split_by_person", wrong)


def test_a_split_that_draws_numbers_of_nobody_is_told():
    def wrong(person, *, n_test, generator):
        numbers = torch.randperm(int(person.max()) + 1, generator=generator)
        return torch.isin(person, numbers[:n_test])

    assert "that is nobody's" in told("split_by_person", wrong)


def test_half_way_to_the_prior_is_told():
    def wrong(values, *, mean, spread, noise):
        return 0.5 * mean + 0.5 * values.mean(-1)

    assert "half way" in told("shrunk_mean", wrong)


def test_values_that_count_as_one_are_told():
    def wrong(values, *, mean, spread, noise):
        own = values.mean(-1).nan_to_num()
        return (mean / spread + own / noise) / (1 / spread + 1 / noise)

    assert "Two things at once" in told("shrunk_mean", wrong)


def test_shares_that_are_exchanged_are_told():
    def wrong(values, *, mean, spread, noise):
        n = values.shape[-1]
        share = n / (n + noise / spread)
        return share * mean + (1 - share) * values.sum(-1) / max(n, 1)

    assert "exchanged" in told("shrunk_mean", wrong)


def test_a_mean_of_no_values_is_told():
    def wrong(values, *, mean, spread, noise):
        n = values.shape[-1]
        return mean + n / (n + noise / spread) * (values.mean(-1) - mean)

    assert "0/0" in told("shrunk_mean", wrong)


def test_an_audit_that_sets_the_hidden_to_the_middle_is_told():
    def wrong(answer, values, hidden):
        middle = values.masked_fill(hidden, (LEAST + MOST) / 2)
        return (answer(values) - answer(middle)).abs().max()

    assert "half as far" in told("leak_audit", wrong)


def test_an_audit_that_compares_the_largest_answers_is_told():
    def wrong(answer, values, hidden):
        mirrored = torch.where(hidden, LEAST + MOST - values, values)
        return (answer(mirrored).max() - answer(values).max()).abs()

    assert "largest answers are compared" in told("leak_audit", wrong)


def test_an_audit_that_changes_the_callers_table_is_told():
    def wrong(answer, values, hidden):
        before = answer(values)
        values[hidden] = LEAST + MOST - values[hidden]
        return (before - answer(values)).abs().max()

    assert "in place" in told("leak_audit", wrong)


def test_an_audit_in_which_changes_cancel_is_told():
    def wrong(answer, values, hidden):
        mirrored = torch.where(hidden, LEAST + MOST - values, values)
        return (answer(values) - answer(mirrored)).mean().abs()

    assert "cancel" in told("leak_audit", wrong)


def test_a_mask_of_people_is_told():
    def wrong(person, *, n_test, generator):
        people = person.unique()
        mask = torch.zeros(len(people), dtype=torch.bool)
        mask[torch.randperm(len(people), generator=generator)[:n_test]] = True
        return mask

    assert "Say it of each row" in told("split_by_person", wrong)


def test_nothing_told_taken_for_0_is_told():
    def wrong(values, *, mean, spread, noise):
        n = values.shape[-1]
        if n == 0:
            return torch.zeros(values.shape[:-1], dtype=values.dtype)
        return mean + (values - mean).sum(-1) / (n + noise / spread)

    assert "With no value the answer is 0" in told("shrunk_mean", wrong)


def test_an_audit_of_the_hidden_places_alone_is_told():
    def wrong(answer, values, hidden):
        mirrored = torch.where(hidden, LEAST + MOST - values, values)
        return (answer(mirrored) - answer(values))[hidden].abs().max()

    assert "need not be a table" in told("leak_audit", wrong)


def test_an_audit_that_keeps_the_sign_of_the_largest_change_is_told():
    def wrong(answer, values, hidden):
        mirrored = torch.where(hidden, LEAST + MOST - values, values)
        change = (answer(mirrored) - answer(values)).flatten()
        return change[change.abs().argmax()]

    assert "keeps its sign" in told("leak_audit", wrong)
