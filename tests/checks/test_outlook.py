"""The exercises of notebook 11b: right answers written differently (for test_all_exercises), wrong
ones as learners write them."""

import torch

from metacourse.checks import diagnose
from metacourse.checks.catalogue import find
from metacourse.evaluation import confidence_interval

# Right answers, written differently --------------------------------------------------------------


def by_leaving_early(rules, situation):
    for number, rule in enumerate(rules):
        holds = True
        for question in rule:
            if situation[question] not in rule[question]:
                holds = False
                break
        if holds:
            return number
    return None


def by_listing(rules, situation):
    holding = [{q: situation[q] for q in rule if situation[q] in rule[q]} for rule in rules]
    return [len(rule) == len(held) for rule, held in zip(rules, holding, strict=True)].index(True)


def by_masks(values, group, *, n_groups):
    member = torch.nn.functional.one_hot(group, n_groups).to(values.dtype)
    n = member.sum(0)
    mean = values @ member / n
    square = (values**2) @ member / n
    return mean, 1.96 * ((square - mean**2) * n / (n - 1) / n).sqrt()


def by_a_loop_of_points(values, group, *, n_groups):
    lists = [[] for _ in range(n_groups)]
    for value, number in zip(values, group.tolist(), strict=True):
        lists[number].append(value)
    each = [torch.stack(numbers) for numbers in lists]
    means = torch.stack([numbers.mean() for numbers in each])
    reaches = [1.96 * (numbers.var() / len(numbers)).sqrt() for numbers in each]
    return means, torch.stack(reaches)


def by_einsum(x, y, *, rank):
    moments = torch.einsum("bs,bsd,bse->de", y**2, x, x)
    values, vectors = torch.linalg.eigh(moments)
    return vectors[:, values.argsort(descending=True)[:rank]]


def by_svd(x, y, *, rank):
    rows = x.reshape(-1, x.shape[-1]) * y.reshape(-1, 1)
    return torch.linalg.svd(rows, full_matrices=False).Vh[:rank].mT


ALTERNATIVES = {
    "first_match": [by_leaving_early, by_listing],
    "by_group": [by_masks, by_a_loop_of_points],
    "shared_subspace": [by_einsum, by_svd],
}


# Wrong answers, as learners write them -----------------------------------------------------------


def told(name, function):
    report = diagnose(find("EXERCISES", f"outlook.{name}"), function)
    assert report.state == "failed", report
    return report.sentence


def test_a_rule_that_holds_by_one_condition_is_told():
    def wrong(rules, situation):
        for number, rule in enumerate(rules):
            if any(situation[question] in allowed for question, allowed in rule.items()):
                return number

    assert "All of them must" in told("first_match", wrong)


def test_intervals_by_the_number_of_all_values_are_told():
    def wrong(values, group, *, n_groups):
        own = [values[group == number] for number in range(n_groups)]
        means = torch.stack([part.mean() for part in own])
        return means, torch.stack([1.96 * part.std() / len(values) ** 0.5 for part in own])

    assert "as narrow as if all values" in told("by_group", wrong)


def test_the_smallest_directions_are_told():
    def wrong(x, y, *, rank):
        weighted = (x * y[..., None]).flatten(0, 1)
        return torch.linalg.eigh(weighted.mT @ weighted).eigenvectors[:, :rank]

    assert "upwards" in told("shared_subspace", wrong)


def test_moments_of_single_labels_are_told():
    def wrong(x, y, *, rank):
        moments = torch.einsum("bs,bsd,bse->de", y, x, x)
        return torch.linalg.eigh(moments).eigenvectors[:, -rank:]

    assert "cancel" in told("shared_subspace", wrong)


def test_the_narrowest_rule_in_place_of_the_first_is_told():
    def wrong(rules, situation):
        holding = [i for i, r in enumerate(rules) if all(situation[q] in r[q] for q in r)]
        return max(holding, key=lambda number: len(rules[number]))

    assert "the most conditions" in told("first_match", wrong)


def test_the_ends_of_intervals_are_told():
    def wrong(values, group, *, n_groups):
        own = [values[group == number] for number in range(n_groups)]
        means = torch.stack([part.mean() for part in own])
        reaches = torch.stack([1.96 * part.std() / len(part) ** 0.5 for part in own])
        return means - reaches, means + reaches

    assert "two ends" in told("by_group", wrong)


def test_student_s_intervals_are_told():
    def wrong(values, group, *, n_groups):
        found = [confidence_interval(values[group == number]) for number in range(n_groups)]
        means, reaches = torch.tensor(found, dtype=values.dtype).mT
        return means, reaches

    assert "Student" in told("by_group", wrong)


def test_a_basis_in_rows_is_told():
    def wrong(x, y, *, rank):
        return torch.linalg.svd((y[..., None] * x).flatten(0, 1)).Vh[:rank]

    assert "stands in rows" in told("shared_subspace", wrong)
