"""Chapter 01's exercises: right answers written differently (for test_all_exercises), wrong ones
as learners write them."""

from collections import Counter
from itertools import islice

import pytest
import torch

from metacourse import concepts
from metacourse.checks import concepts as chapter
from metacourse.checks import diagnose, find, slips
from metacourse.checks.engine import draw
from metacourse.checks.outcomes import outcome
from metacourse.episodes import Episode, sample_episodes

SAMPLER = find("EXERCISES", "concepts.sample_episode")


def batch_of_one(images_by_class, *, n_way, n_shot, n_query, generator):
    batch = sample_episodes(
        images_by_class,
        n_way=n_way,
        n_shot=n_shot,
        n_query=n_query,
        n_tasks=1,
        generator=generator,
    )
    return Episode(*(tensor[0] for tensor in batch))


def class_by_class(images_by_class, *, n_way, n_shot, n_query, generator):
    sets = ([], [], [], [])
    for label, c in enumerate(torch.randperm(len(images_by_class), generator=generator)[:n_way]):
        images = images_by_class[c]
        images = images[torch.randperm(len(images), generator=generator)]
        for place, image in enumerate(images[: n_shot + n_query]):
            kind = 0 if place < n_shot else 2
            sets[kind].append(image)
            sets[kind + 1].append(label)
    x_support, y_support, x_query, y_query = sets
    labels = torch.tensor(y_support), torch.tensor(y_query)
    return torch.stack(x_support), labels[0], torch.stack(x_query), labels[1]


def neighbour_in_a_loop(x_support, y_support, x_query):
    labels = []
    for query in x_query.double():
        squares = [(query - image).square().sum() for image in x_support.double()]
        labels.append(y_support[torch.stack(squares).argmin()])
    return torch.stack(labels)


def interval_by_hand(correct):
    n_tasks, n_queries = correct.shape
    accuracies = correct.sum(1) / n_queries
    mean = accuracies.sum() / n_tasks
    squares = ((accuracies - mean) ** 2).sum() / (n_tasks - 1)
    return mean, 1.96 * (squares / n_tasks) ** 0.5


def interval_of_numbers(correct):
    return tuple(float(value) for value in interval_by_hand(correct))


def interval_with_exact_quantile(correct):
    accuracies = correct.mean(1)
    return accuracies.mean(), 1.959964 * accuracies.std() / len(accuracies) ** 0.5


def split_by_hand(images_by_class, *, n_way, n_shot, n_query, generator):
    sets = ([], [], [], [])
    for label, c in enumerate(torch.randperm(len(images_by_class), generator=generator)[:n_way]):
        order = torch.randperm(images_by_class.shape[1], generator=generator)
        for image in images_by_class[c][order[:n_shot]]:
            for shift in (1, 0, -1):
                sets[0].append(torch.roll(image, shift, 1))
                sets[1].append(label)
        for image in images_by_class[c][order[n_shot : n_shot + n_query]]:
            sets[2].append(image)
            sets[3].append(label)
    x_support, y_support, x_query, y_query = sets
    labels = torch.tensor(y_support), torch.tensor(y_query)
    return torch.stack(x_support), labels[0], torch.stack(x_query), labels[1]


ALTERNATIVES = {
    "sample_augmented": (split_by_hand,),
    "sample_episode": (batch_of_one, class_by_class),
    "nearest_neighbour": (neighbour_in_a_loop,),
    "confidence_interval": (
        interval_by_hand,
        interval_of_numbers,
        interval_with_exact_quantile,
    ),
}


def stub_episode(images_by_class, *, n_way, n_shot, n_query, generator): ...


def stub_neighbour(x_support, y_support, x_query): ...


def stub_interval(correct): ...


def stub_augmented(images_by_class, *, n_way, n_shot, n_query, generator): ...


STUBS = (stub_episode, stub_neighbour, stub_interval, stub_augmented)


@pytest.mark.parametrize(("name", "stub"), list(zip(chapter.EXERCISES, STUBS, strict=True)))
def test_an_untouched_stub_is_not_attempted(name, stub):
    assert diagnose(find("EXERCISES", f"concepts.{name}"), stub).state == "unattempted"


# sample_episode: facts about 40 tasks


def program_with(*patches):
    """The right sampler with some of its text changed, each place of it once."""
    source = SAMPLER.text.program
    for old, new in patches:
        assert source.count(old) == 1
        source = source.replace(old, new)
    return slips.build(source, SAMPLER.namespace)


@pytest.mark.parametrize("sampler", [SAMPLER.reference, *ALTERNATIVES["sample_episode"]])
def test_the_facts_about_right_samplers_do_not_depend_on_luck(sampler):
    for seed in range(100, 120):
        case = SAMPLER.cases(torch.Generator().manual_seed(seed))
        facts = SAMPLER.observe(sampler, case)
        assert not {False, chapter.UNTOLD} & set(facts.values()), facts


def facts_with_another_seed(function, case, seed):
    return SAMPLER.observe(function, case | {"generator": torch.Generator().manual_seed(seed)})


@pytest.mark.parametrize("number", range(len(SAMPLER.text.slips)))
def test_the_facts_about_wrong_samplers_do_not_depend_on_luck(number):
    slip = SAMPLER.text.slips[number]
    function = slips.build(slip.apply(SAMPLER.text.program), SAMPLER.namespace)
    for case in draw(SAMPLER)[:2]:
        try:
            facts = [facts_with_another_seed(function, case, seed) for seed in range(6)]
        except (IndexError, ValueError, RuntimeError):  # sizes exchanged, a result in another form
            continue
        assert facts.count(facts[0]) == len(facts)
        assert list(facts[0].values()).count(False) <= 1


def test_what_a_false_fact_leaves_to_luck_is_not_told(generator):
    overlapping = program_with(("images[:, n_shot:]", "images[:, :n_query]"))
    facts = SAMPLER.observe(overlapping, SAMPLER.cases(generator))
    assert facts["no image comes twice in one set"] is True
    assert facts["the slices of support and query do not overlap"] is False
    assert facts["no image is in both sets"] == chapter.UNTOLD
    assert facts["the last class is drawn at times"] is True


def test_no_fact_is_told_after_the_second_that_does_not_hold(generator):
    three = program_with(
        ("torch.arange(n_way)", "torch.arange(1.0, n_way + 1)"),
        ("randperm(n_classes,", "randperm(n_classes - 1,"),
    )
    facts = list(SAMPLER.observe(three, SAMPLER.cases(generator)).values())
    assert facts.count(False) == 2
    second = [place for place, value in enumerate(facts) if value is False][1]
    assert set(facts[second + 1 :]) == {chapter.UNTOLD}


def seeds_the_global_generator(images_by_class, **sizes):
    torch.manual_seed(0)
    return concepts.sample_episode(images_by_class, **sizes)


def test_the_check_of_a_sampler_leaves_the_global_generator_alone(generator):
    before = torch.get_rng_state()
    SAMPLER.observe(seeds_the_global_generator, SAMPLER.cases(generator))
    assert torch.equal(before, torch.get_rng_state())


def labels_without_the_generator(images_by_class, **sizes):
    task = concepts.sample_episode(images_by_class, **sizes)
    labels = torch.randperm(sizes["n_way"])
    return task._replace(y_support=labels[task.y_support], y_query=labels[task.y_query])


def queries_without_the_generator(images_by_class, **sizes):
    task = concepts.sample_episode(images_by_class, **sizes)
    order = torch.randperm(len(task.y_query))
    return task._replace(x_query=task.x_query[order], y_query=task.y_query[order])


def generator_for_the_classes_alone(images_by_class, **sizes):
    classes = torch.randperm(len(images_by_class), generator=sizes["generator"])
    sizes["generator"] = torch.default_generator
    task = concepts.sample_episode(images_by_class[classes[: sizes["n_way"]]], **sizes)
    return task


def reseeds_what_it_was_given(images_by_class, **sizes):
    sizes["generator"].manual_seed(0)
    return concepts.sample_episode(images_by_class, **sizes)


def own_generator(images_by_class, **sizes):
    return concepts.sample_episode(images_by_class, **sizes | {"generator": torch.Generator()})


def seeds_and_uses_the_global_generator(images_by_class, **sizes):
    torch.manual_seed(0)
    sizes["generator"] = torch.default_generator
    return concepts.sample_episode(images_by_class, **sizes)


overlapping_slices = program_with(("images[:, n_shot:]", "images[:, n_shot - 1:-1]"))
sorted_places = program_with(("n_shot + n_query]", "n_shot + n_query].sort(1).values"))
places_for_all_classes = program_with(("[classes[:, None], places]", "[classes][:, places[-1]]"))


def from_pools(images_by_class, pool, *, n_way, n_shot, n_query, generator):
    """A task whose support images of a class come from the places of `pool`, its queries from the
    others."""
    labels, rows = torch.arange(n_way), ([], [])
    for c in torch.randperm(len(images_by_class), generator=generator)[:n_way]:
        for chosen, places, count in zip(rows, (pool, ~pool), (n_shot, n_query), strict=True):
            places = places.nonzero()[:, 0]
            order = torch.randperm(len(places), generator=generator)[:count]
            chosen.append(images_by_class[c, places[order]])
    x_support, x_query = map(torch.cat, rows)
    return x_support, labels.repeat_interleave(n_shot), x_query, labels.repeat_interleave(n_query)


def two_halves(images_by_class, **sizes):
    n_images = images_by_class.shape[1]
    return from_pools(images_by_class, torch.arange(n_images) < n_images // 2, **sizes)


def the_same_support_places(images_by_class, **sizes):
    n_images = images_by_class.shape[1]
    order = torch.randperm(n_images, generator=sizes["generator"])
    return from_pools(images_by_class, order < sizes["n_shot"], **sizes)


def queries_drawn_with_replacement(images_by_class, **sizes):
    task = concepts.sample_episode(images_by_class, **sizes)
    x_query = task.x_query.unflatten(0, (sizes["n_way"], -1)).clone()
    x_query[:, 1] = x_query[:, 0]
    return task._replace(x_query=x_query.flatten(0, 1))


def image_by_image(images_by_class, **sizes):
    task = concepts.sample_episode(images_by_class, **sizes)
    x_query = task.x_query.unflatten(0, (sizes["n_way"], -1)).transpose(0, 1)
    return task._replace(x_query=x_query.flatten(0, 1))


def labels_shuffled_apart(images_by_class, **sizes):
    task = concepts.sample_episode(images_by_class, **sizes)
    order = torch.randperm(len(task.y_support), generator=sizes["generator"])
    return task._replace(y_support=task.y_support[order])


def ranks_as_labels(images_by_class, **sizes):
    classes = torch.randperm(len(images_by_class), generator=sizes["generator"])[: sizes["n_way"]]
    task = concepts.sample_episode(images_by_class[classes.sort().values], **sizes)
    drawn = (task.x_support.flatten(1)[:: sizes["n_shot"], 0] // images_by_class.shape[1]).long()
    ranks = drawn.argsort().argsort()
    return task._replace(y_support=ranks[task.y_support], y_query=ranks[task.y_query])


def shuffled_first_classes(images_by_class, **sizes):
    return concepts.sample_episode(images_by_class[: sizes["n_way"]], **sizes)


def shuffled_first_images(images_by_class, **sizes):
    n_drawn = sizes["n_shot"] + sizes["n_query"]
    return concepts.sample_episode(images_by_class[:, :n_drawn], **sizes)


def images_first(images_by_class, **sizes):
    x_support, y_support, x_query, y_query = concepts.sample_episode(images_by_class, **sizes)
    return x_support, x_query, y_support, y_query


@pytest.mark.parametrize(
    ("sampler", "beginning"),
    [
        (labels_without_the_generator, "The `generator` is not handed on"),
        (queries_without_the_generator, "The `generator` is not handed on"),
        (generator_for_the_classes_alone, "The `generator` is not handed on"),
        (reseeds_what_it_was_given, "Every task is the same"),
        (own_generator, "Every task is the same"),
        (seeds_and_uses_the_global_generator, "Every task is the same"),
        (seeds_the_global_generator, "The seed or state of torch's own"),
        (overlapping_slices, "Every class has an image in both sets"),
        (queries_drawn_with_replacement, "The images of a class are drawn with replacement"),
        (sorted_places, "Some images are only ever support images"),
        (two_halves, "Some images are only ever support images"),
        (places_for_all_classes, "All classes of a task give the images at the same places."),
        (image_by_image, "Some images have the label of another class"),
        (labels_shuffled_apart, "Some images have the label of another class"),
        (ranks_as_labels, "The classes are sorted"),
        (shuffled_first_classes, "It is always the same N classes."),
        (shuffled_first_images, "The classes are drawn, the images are not"),
        (images_first, "Both image tensors come first"),
    ],
)
def test_a_wrong_sampler_has_its_name_however_it_is_written(sampler, beginning):
    assert diagnose(SAMPLER, sampler).sentence.startswith(beginning)


def all_off_by_one(images_by_class, **sizes):
    return concepts.sample_episode(images_by_class[:-1, :-1], **sizes)


def labels_from_one_and_overlapping(images_by_class, **sizes):
    task = overlapping_slices(images_by_class, **sizes)
    return task[0], task[1] + 1, task[2], task[3] + 1


def decimal_and_seeded(images_by_class, **sizes):
    task = own_generator(images_by_class, **sizes)
    return task._replace(y_support=task.y_support.float(), y_query=task.y_query.float())


@pytest.mark.parametrize(
    ("sampler", "one", "other"),
    [
        (all_off_by_one, "The last class is never drawn.", "The last image of a class is never"),
        (labels_from_one_and_overlapping, "The labels run from 1 to N.", "has an image in both"),
        (decimal_and_seeded, "The labels are not of the dtype int64", "Every task is the same"),
    ],
)
def test_two_slips_of_a_sampler_are_named_together(sampler, one, other):
    sentence = diagnose(SAMPLER, sampler, patience=60).sentence
    assert sentence.startswith("Two things at once.")
    assert one in sentence
    assert other in sentence


def effect(source):
    """What a program does, on the first two cases."""
    function = slips.build(source, SAMPLER.namespace)
    return [str(outcome(SAMPLER, function, case)) for case in draw(SAMPLER)[:2]]


TOGETHER = ("Nothing is drawn", "Every task is the same", "The support set holds `n_query`")


def test_two_slips_of_a_sampler_are_not_told_by_a_third():
    """It is told by one of the two alone, or by what the two are together."""
    told = [(effect(variant.source), variant.why) for variant in slips.singles(SAMPLER.text)]
    for pair in islice(slips.pairs(SAMPLER.text), 0, None, 12):
        found = effect(pair.source)
        first = next((why for does, why in told if does == found), pair.why)
        assert first in pair.why or first.startswith(TOGETHER), (first, pair.why)


def test_another_wrong_sampler_is_told_by_the_first_fact_that_does_not_hold():
    report = diagnose(SAMPLER, the_same_support_places, patience=0)
    fact = "support images, and queries, are of different places"
    assert report.sentence == f"This is not as it should be: {fact}."
    assert report.facts[:2] == (("yours", "False"), ("needed", "True"))


def test_too_few_queries_are_told_by_the_form_of_the_result():
    def queries_in_all(images_by_class, **sizes):
        task = concepts.sample_episode(images_by_class, **sizes)
        n_query = sizes["n_query"]
        return task._replace(x_query=task.x_query[:n_query], y_query=task.y_query[:n_query])

    assert "`result.x_query` has the shape" in diagnose(SAMPLER, queries_in_all).sentence


# nearest_neighbour and confidence_interval


def distances_of(x_support, x_query):
    return torch.cdist(x_query.flatten(1).double(), x_support.flatten(1).double())


def absolute_sum_squared(x_support, y_support, x_query):
    differences = x_query.flatten(1).double()[:, None] - x_support.flatten(1)
    return y_support[differences.sum(-1).square().argmin(1)]


def class_means(x_support, y_support, x_query):
    classes = y_support.unique()
    rows = x_support.flatten(1).float()
    means = torch.stack([rows[y_support == n].mean(0) for n in classes])
    return classes[torch.cdist(x_query.flatten(1).float(), means).argmin(1)]


def class_sums(x_support, y_support, x_query):
    sums = torch.zeros(3, 5, 5).index_add(0, y_support, x_support.to(torch.get_default_dtype()))
    return distances_of(sums, x_query).argmin(1)


def nearest_class_on_average(x_support, y_support, x_query):
    distances = distances_of(x_support, x_query)
    return torch.stack([distances[:, y_support == n].mean(1) for n in range(3)]).argmin(0)


def nearest_class_in_all(x_support, y_support, x_query):
    distances = distances_of(x_support, x_query)
    return torch.stack([distances[:, y_support == n].sum(1) for n in range(3)]).argmin(0)


def dict_of_images(x_support, y_support, x_query):
    images = dict(zip(y_support.tolist(), x_support.double(), strict=True))
    squares = [
        {label: ((query - image) ** 2).sum() for label, image in images.items()}
        for query in x_query.double()
    ]
    return torch.tensor([min(each, key=each.get) for each in squares])


def one_image_of_each(x_support, y_support, x_query):
    first = torch.stack([(y_support == n).nonzero()[0, 0] for n in range(3)])
    return distances_of(x_support[first], x_query).argmin(1)


def three_vote(x_support, y_support, x_query):
    order = distances_of(x_support, x_query).argsort(1)[:, :3]
    return torch.tensor([Counter(row.tolist()).most_common(1)[0][0] for row in y_support[order]])


def largest_difference(x_support, y_support, x_query):
    rows = x_support.flatten(1).double(), x_query.flatten(1).double()
    return y_support[torch.cdist(rows[1], rows[0], p=float("inf")).argmin(1)]


def in_int16(x_support, y_support, x_query):
    differences = x_query.flatten(1).short()[:, None] - x_support.flatten(1).short()
    return y_support[(differences**2).sum(-1).argmin(1)]


def cdist_of_uint8(x_support, y_support, x_query):
    return y_support[torch.cdist(x_query.flatten(1), x_support.flatten(1)).argmin(1)]


def best_kept_over_queries(x_support, y_support, x_query):
    best, labels = float("inf"), []
    for query in x_query.double():
        for image, y in zip(x_support.double(), y_support, strict=True):
            distance = (query - image).norm()
            if distance < best:
                best, label = distance, y
        labels.append(label)
    return torch.stack(labels)


def versions_before_the_split(images_by_class, **sizes):
    moved = [images_by_class, torch.roll(images_by_class, 1, -1), images_by_class.roll(-1, -1)]
    return concepts.sample_episode(torch.cat(moved, 1), **sizes)


def versions_of_all(images_by_class, **sizes):
    task = concepts.sample_augmented(images_by_class, **sizes)
    moved = [task.x_query.roll(shift, dims=-1) for shift in (0, 1, -1)]
    return task._replace(x_query=torch.cat(moved), y_query=task.y_query.repeat(3))


def spread_of_all_queries(correct):
    return correct.mean(), 1.96 * correct.std(correction=0) / correct.numel() ** 0.5


def with_factor(factor):
    def interval(correct):
        accuracies = correct.mean(1)
        return accuracies.mean(), factor(len(correct)) * accuracies.std() / len(correct) ** 0.5

    return interval


def student_t(n_tasks):
    from scipy import stats

    return float(stats.t.ppf(0.975, n_tasks - 1))


def precedence(correct):
    return correct.mean(), 1.96 * correct.mean(1).std() / len(correct) ** 1 / 2


def median(correct):
    return torch.quantile(correct.mean(1), 0.5), concepts.confidence_interval(correct)[1]


def counts(correct):
    return concepts.confidence_interval(correct * correct.shape[1])


@pytest.mark.parametrize(
    ("name", "function", "beginning"),
    [
        ("nearest_neighbour", absolute_sum_squared, "The differences are summed first"),
        ("nearest_neighbour", class_means, "A query gets the class whose mean image is nearest."),
        ("nearest_neighbour", class_sums, "The images of a class are added up"),
        ("nearest_neighbour", nearest_class_on_average, "A query gets the class whose images are"),
        ("nearest_neighbour", nearest_class_in_all, "The distances to all images of a class are"),
        ("nearest_neighbour", dict_of_images, "Only the last image of each class is looked at"),
        ("nearest_neighbour", one_image_of_each, "Only the first image of each class is looked at"),
        ("nearest_neighbour", three_vote, "The three nearest images vote."),
        ("nearest_neighbour", largest_difference, "The distance is that of the one pixel"),
        ("nearest_neighbour", in_int16, "The images are int16"),
        ("nearest_neighbour", cdist_of_uint8, "`torch.cdist` takes floats only"),
        ("nearest_neighbour", best_kept_over_queries, "A later query is answered only if"),
        ("sample_augmented", versions_before_the_split, "This is `leaky_sampler` as it was"),
        ("sample_augmented", versions_of_all, "The queries come in three versions"),
        ("confidence_interval", spread_of_all_queries, "This is √(p(1 − p)/n) over all queries"),
        ("confidence_interval", with_factor(student_t), "In place of 1.96 stands the quantile"),
        ("confidence_interval", with_factor(lambda n: 2.5758), "The factor is 2.576"),
        ("confidence_interval", with_factor(lambda n: 1.645), "The factor is 1.645"),
        ("confidence_interval", precedence, "It is divided by 2B"),
        ("confidence_interval", median, "The first number is the median"),
        ("confidence_interval", counts, "These are numbers of right answers"),
    ],
)
def test_a_slip_has_its_name_however_it_is_written(name, function, beginning):
    assert diagnose(find("EXERCISES", f"concepts.{name}"), function).sentence.startswith(beginning)


def row_number_in_uint8(x_support, y_support, x_query):
    differences = x_query.flatten(1)[:, None] - x_support.flatten(1)
    return (differences**2).sum(-1).argmin(1)


def queries_without_1_96(correct):
    return correct.mean(), correct.std() / correct.numel() ** 0.5


@pytest.mark.parametrize(
    ("name", "function", "one", "other"),
    [
        ("nearest_neighbour", row_number_in_uint8, "The images are uint8", "This is the row of"),
        (
            "confidence_interval",
            queries_without_1_96,
            "This treats all queries as independent.",
            "This is one standard error",
        ),
    ],
)
def test_two_slips_are_named_together(name, function, one, other):
    sentence = diagnose(find("EXERCISES", f"concepts.{name}"), function, patience=60).sentence
    assert sentence.startswith("Two things at once.")
    assert one in sentence
    assert other in sentence


def test_a_wrong_half_width_is_told_with_both_numbers():
    report = diagnose(find("EXERCISES", "concepts.confidence_interval"), with_factor(lambda n: 1.8))
    assert report.sentence == "This is not as it should be: the half-width."
    assert [name for name, _ in report.facts] == ["yours", "needed", "called with"]
