"""The exercises of notebook 08b: right answers written differently (for test_all_exercises), wrong
ones as learners write them."""

import torch

from metacourse.checks import diagnose
from metacourse.checks.catalogue import find
from metacourse.episodes import Episode

# Right answers, written differently --------------------------------------------------------------


def mask_by_places(n_pairs):
    place = torch.arange(n_pairs)
    mask = torch.zeros(2 * n_pairs, 2 * n_pairs, dtype=torch.bool)
    mask[:n_pairs, :n_pairs] = place[None] <= place[:, None]
    mask[n_pairs:, :n_pairs] = place[None] < place[:, None]
    mask[n_pairs:, n_pairs:] = place[None] == place[:, None]
    return mask


def mask_entry_by_entry(n_pairs):
    def sees(i, j):
        if i < n_pairs:
            return j <= i
        return j < i - n_pairs or i == j

    return torch.tensor([[sees(i, j) for j in range(2 * n_pairs)] for i in range(2 * n_pairs)])


def prior_by_bernoulli(family, n_tasks, *, n_support, n_query, generator):
    x = torch.randn(n_tasks, n_support + n_query, 2, generator=generator)
    values = family(x, generator)
    chances = torch.sigmoid(8 * (values - values.quantile(0.5, dim=1, keepdim=True)))
    y = torch.bernoulli(chances, generator=generator).to(torch.int64)
    (x_support, x_query), (y_support, y_query) = (
        part.split([n_support, n_query], dim=1) for part in (x, y)
    )
    return x_support, y_support, x_query, y_query


def prior_cut_at_the_support_set(family, n_tasks, *, n_support, n_query, generator):
    """Sets drawn one after the other, labels by a logistic noise."""
    sets = [torch.randn(n_tasks, n, 2, generator=generator) for n in (n_support, n_query)]
    x = torch.cat(sets, dim=1)
    f = family(x, generator)
    f = f - f[:, :n_support].median(dim=1).values[:, None]
    noise = torch.rand(f.shape, generator=generator).logit()
    y = (8 * f + noise > 0).long()
    return Episode(sets[0], y[:, :n_support], sets[1], y[:, n_support:])


def prior_task_by_task(family, n_tasks, *, n_support, n_query, generator):
    points, labels = [], []
    for _ in range(n_tasks):
        x = torch.randn(1, n_support + n_query, 2, generator=generator)
        f = family(x, generator)
        points.append(x)
        labels.append(torch.bernoulli((8 * (f - f.median())).sigmoid(), generator=generator))
    x, y = torch.cat(points), torch.cat(labels).long()
    return Episode(x[:, :n_support], y[:, :n_support], x[:, n_support:], y[:, n_support:])


ALTERNATIVES = {
    "context_mask": [mask_by_places, mask_entry_by_entry],
    "sample_prior": [prior_by_bernoulli, prior_cut_at_the_support_set, prior_task_by_task],
}


# Wrong answers, as learners write them -----------------------------------------------------------


def told(name, function):
    report = diagnose(find("EXERCISES", f"transformer.{name}"), function)
    assert report.state == "failed", report
    return report.sentence


def test_a_mask_that_leaks_is_told():
    def wrong(n_pairs):
        place = torch.arange(n_pairs)
        mask = mask_by_places(n_pairs)
        mask[n_pairs:, :n_pairs] = place[:, None] >= place
        return mask

    assert "holds y_t" in told("context_mask", wrong)


def test_labels_that_were_made_before_the_noise_are_told():
    def wrong(family, n_tasks, *, n_support, n_query, generator):
        x = torch.randn(n_tasks, n_support + n_query, 2, generator=generator)
        values = family(x, generator)
        y = (values > values.median(1, keepdim=True).values).long()
        return Episode(x[:, :n_support], y[:, :n_support], x[:, n_support:], y[:, n_support:])

    assert "The labels have no noise" in told("sample_prior", wrong)


def test_queries_of_another_function_are_told():
    def wrong(family, n_tasks, *, n_support, n_query, generator):
        def one(n):
            x = torch.randn(n_tasks, n, 2, generator=generator)
            f = family(x, generator)
            f = f - f.median(dim=1, keepdim=True).values
            return x, (torch.rand(f.shape, generator=generator) < torch.sigmoid(8 * f)).long()

        return Episode(*one(n_support), *one(n_query))

    assert "of two of them" in told("sample_prior", wrong)


def test_greater_and_greater_or_equal_in_each_others_place_are_told():
    def wrong(n_pairs):
        later = torch.arange(n_pairs)[:, None] - torch.arange(n_pairs)
        never, itself = torch.zeros_like(later) > 0, later == 0
        return torch.vstack([torch.hstack([later > 0, never]), torch.hstack([later >= 0, itself])])

    assert "are exchanged" in told("context_mask", wrong)


def test_a_mask_of_whole_numbers_hides_nothing_and_is_told():
    assert "no truth values" in told("context_mask", lambda n_pairs: mask_by_places(n_pairs).int())


def drawn(cut, chance):
    """A sampler that cuts each task at cut(f), with labels that are 1 where chance(f, …) says."""

    def wrong(family, n_tasks, *, n_support, n_query, generator):
        x = torch.randn(n_tasks, n_support + n_query, 2, generator=generator)
        f = family(x, generator)
        y = (chance(f.shape, generator=generator) < torch.sigmoid(8 * (f - cut(f)))).long()
        return Episode(x[:, :n_support], y[:, :n_support], x[:, n_support:], y[:, n_support:])

    return wrong


def test_a_family_that_is_cut_at_its_mean_is_told():
    wrong = drawn(lambda f: f.mean(1, keepdim=True), torch.rand)
    assert "cut at its mean" in told("sample_prior", wrong)


def test_a_normal_chance_is_told():
    wrong = drawn(lambda f: f.median(1, keepdim=True).values, torch.randn)
    assert "comes from N(0, 1)" in told("sample_prior", wrong)
