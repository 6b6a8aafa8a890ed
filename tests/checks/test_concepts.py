"""Chapter 01's exercises: right answers written differently (for test_all_exercises), stubs."""

import pytest
import torch

from metacourse.checks import concepts as chapter
from metacourse.checks import diagnose
from metacourse.episodes import Episode, sample_episodes


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


ALTERNATIVES = {
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


STUBS = (stub_episode, stub_neighbour, stub_interval)


@pytest.mark.parametrize(("name", "stub"), list(zip(chapter.EXERCISES, STUBS, strict=True)))
def test_an_untouched_stub_is_not_attempted(name, stub):
    assert diagnose(chapter.EXERCISES[name], stub).state == "unattempted"


SAMPLER = chapter.EXERCISES["sample_episode"]


@pytest.mark.parametrize("sampler", [SAMPLER.reference, *ALTERNATIVES["sample_episode"]])
def test_the_facts_about_right_samplers_do_not_depend_on_luck(sampler):
    for seed in range(100, 110):
        case = SAMPLER.cases(torch.Generator().manual_seed(seed))
        facts = SAMPLER.observe(sampler, case)
        assert all(facts.values()), facts


def test_no_fact_is_told_after_the_first_that_does_not_hold(generator):
    facts = SAMPLER.observe(chapter.overlapping_sets, SAMPLER.cases(generator))
    assert facts["no image comes twice in one set"] is True
    assert facts["no image is in both sets"] is False
    assert set(list(facts.values())[list(facts).index("no image is in both sets") + 1 :]) == {None}


def test_the_check_of_a_sampler_leaves_the_global_generator_alone(generator):
    before = torch.get_rng_state()
    SAMPLER.observe(chapter.global_seed, SAMPLER.cases(generator))
    assert torch.equal(before, torch.get_rng_state())


def labels_without_the_generator(images_by_class, **sizes):
    return chapter.assemble(images_by_class, **sizes, labels=torch.randperm(sizes["n_way"]))


def queries_without_the_generator(images_by_class, **sizes):
    task = chapter.kernel.sample_episode(images_by_class, **sizes)
    order = torch.randperm(len(task.y_query))
    return task._replace(x_query=task.x_query[order], y_query=task.y_query[order])


def reseeds_what_it_was_given(images_by_class, **sizes):
    sizes["generator"].manual_seed(0)
    return chapter.kernel.sample_episode(images_by_class, **sizes)


def own_generator(images_by_class, **sizes):
    return chapter.kernel.sample_episode(
        images_by_class, **sizes | {"generator": torch.Generator()}
    )


def seeds_and_uses_the_global_generator(images_by_class, **sizes):
    torch.manual_seed(0)
    return chapter.generator_ignored(images_by_class, **sizes)


def both_slices_from_the_start(images_by_class, *, n_way, n_shot, n_query, generator):
    places = chapter.places_for(n_way, n_query, images_by_class.shape[1], generator)
    return chapter.assemble(
        images_by_class,
        n_way=n_way,
        n_shot=n_shot,
        n_query=n_query,
        generator=generator,
        places=torch.cat([places[:, :n_shot], places], 1),
    )


def queries_drawn_with_replacement(images_by_class, **sizes):
    task = chapter.kernel.sample_episode(images_by_class, **sizes)
    x_query = task.x_query.unflatten(0, (sizes["n_way"], -1)).clone()
    x_query[:, 1] = x_query[:, 0]
    return task._replace(x_query=x_query.flatten(0, 1))


def sorted_places(images_by_class, **sizes):
    n_way, n_drawn = sizes["n_way"], chapter.n_drawn(sizes)
    drawn = chapter.places_for(n_way, n_drawn, images_by_class.shape[1], sizes["generator"])
    return chapter.assemble(images_by_class, **sizes, places=drawn.sort(1).values)


def image_by_image(images_by_class, **sizes):
    task = chapter.kernel.sample_episode(images_by_class, **sizes)
    x_query = task.x_query.unflatten(0, (sizes["n_way"], -1)).transpose(0, 1)
    return task._replace(x_query=x_query.flatten(0, 1))


def all_off_by_one(images_by_class, **sizes):
    return chapter.last_class_never(images_by_class[:, :-1], **sizes)


def absolute_sum_squared(x_support, y_support, x_query):
    differences = chapter.differences(x_support, x_query)
    return y_support[differences.sum(-1).square().argmin(1)]


def spread_of_all_queries(correct):
    return correct.mean(), 1.96 * correct.std(correction=0) / correct.numel() ** 0.5


@pytest.mark.parametrize(
    ("name", "function", "mistake"),
    [
        ("sample_episode", labels_without_the_generator, chapter.generator_ignored),
        ("sample_episode", queries_without_the_generator, chapter.generator_ignored),
        ("sample_episode", reseeds_what_it_was_given, chapter.seeded_inside),
        ("sample_episode", own_generator, chapter.seeded_inside),
        ("sample_episode", seeds_and_uses_the_global_generator, chapter.seeded_inside),
        ("sample_episode", both_slices_from_the_start, chapter.overlapping_slices),
        ("sample_episode", queries_drawn_with_replacement, chapter.images_with_replacement),
        ("sample_episode", sorted_places, chapter.fixed_roles),
        ("sample_episode", image_by_image, chapter.shuffled_apart),
        ("sample_episode", all_off_by_one, chapter.last_class_never),
        ("nearest_neighbour", absolute_sum_squared, chapter.absolute_sum),
        ("confidence_interval", spread_of_all_queries, chapter.binomial),
    ],
)
def test_another_form_of_a_mistake_has_the_same_name(name, function, mistake):
    exercise = chapter.EXERCISES[name]
    why = next(known.why for known in exercise.mistakes if known.function is mistake)
    assert diagnose(exercise, function).sentence == why


def test_too_few_queries_are_told_by_the_form_of_the_result():
    def queries_in_all(images_by_class, **sizes):
        task = chapter.kernel.sample_episode(images_by_class, **sizes)
        n_query = sizes["n_query"]
        return task._replace(x_query=task.x_query[:n_query], y_query=task.y_query[:n_query])

    assert "`result.x_query` has the shape" in diagnose(SAMPLER, queries_in_all).sentence


def test_a_wrong_half_width_is_told_with_both_numbers():
    def one_sided(correct):
        return correct.mean(), 1.645 * correct.mean(1).std() / len(correct) ** 0.5

    report = diagnose(chapter.EXERCISES["confidence_interval"], one_sided)
    assert report.sentence == "This is not as it should be: the half-width."
    assert [name for name, _ in report.facts] == ["`correct`", "yours", "needed"]
