"""The exercises, quizzes and predictions of chapter 01."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from metacourse import concepts as kernel
from metacourse.checks.catalogue import Exercise, Mistake, Option, Question, whole_number

CHAPTER = "01 Concepts"
PREDICTIONS = ("pixels", "leak", "coverage", "head_start")


# sample_episode: the result is random, so facts about 100 tasks are compared.


def sample_episode_case(generator):
    """Images that each hold their own number, so that they tell where they came from."""
    n_classes, n_images = whole_number(6, 7, generator), whole_number(8, 10, generator)
    n_way, n_shot = whole_number(3, 5, generator), whole_number(1, 3, generator)
    numbers = torch.arange(n_classes * n_images, dtype=torch.float64)
    images_by_class = numbers.view(n_classes, n_images, 1, 1).repeat(1, 1, 2, 2)
    sizes = {"n_way": n_way, "n_shot": n_shot, "n_query": n_shot + 1}
    return {"images_by_class": images_by_class, **sizes, "generator": generator}


class Drawn(NamedTuple):
    """What B tasks drew: a label and a class per row, and how often each image came."""

    n_way: int
    n_shot: int
    y_support: Tensor  # (B, rows)
    y_query: Tensor
    classes_support: Tensor
    classes_query: Tensor
    support: Tensor  # (B, classes, images)
    query: Tensor


def facts_about_episodes(sample_episode, case):
    """Facts up to the first that does not hold, by which a mistake is known; then None."""
    state = case["generator"].get_state()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        torch.rand(1)  # no seed sets the state after a draw
        global_state = torch.get_rng_state()
        episodes = [sample_episode(**case) for _ in range(100)]
        kept = torch.equal(torch.get_rng_state(), global_state)
        torch.manual_seed(1)
        case["generator"].set_state(state)
        again = sample_episode(**case)
    drawn = read(episodes, case)
    facts = {
        **facts_about_size(drawn),
        **facts_about_labels(drawn),
        **facts_about_sets(drawn),
        **facts_about_order(drawn),
        "the same generator state gives the same task": all(map(torch.equal, again, episodes[0])),
        "the state of the global generator is left alone": kept,
        **facts_about_chance(drawn),
    }
    facts = {fact: v if isinstance(v, int) else bool(v) for fact, v in facts.items()}
    wrong = next((i for i, value in enumerate(facts.values()) if value is False), len(facts))
    return {fact: v if i <= wrong else None for i, (fact, v) in enumerate(facts.items())}


def read(episodes, case):
    """Decode the numbers in the images."""
    x_support, y_support, x_query, y_query = map(torch.stack, zip(*episodes, strict=True))
    shape = n_classes, n_images = case["images_by_class"].shape[:2]
    rows = [x.flatten(2)[:, :, 0].long() for x in (x_support, x_query)]
    classes = [numbers // n_images for numbers in rows]
    empty = torch.zeros(len(episodes), n_classes * n_images)
    counts = [empty.scatter_add(1, r, torch.ones(r.shape)).unflatten(1, shape) for r in rows]
    return Drawn(case["n_way"], case["n_shot"], y_support, y_query, *classes, *counts)


def facts_about_size(drawn):
    images = drawn.support + drawn.query
    n_first = int(images[0].sum(1).max())
    return {
        "rows of x_support (N·K)": drawn.classes_support.shape[1],
        "rows of x_query (N·Q)": drawn.classes_query.shape[1],
        "something is drawn": not (images[:, : drawn.n_way, :n_first] == 1).all(),
        "tasks differ from each other": len(images.unique(dim=0)) > 1,
        "tasks differ in their classes": len((images.sum(2) > 0).unique(dim=0)) > 1,
    }


def facts_about_labels(drawn):
    labels = torch.cat([drawn.y_support, drawn.y_query], 1)
    classes = torch.cat([drawn.classes_support, drawn.classes_query], 1)
    names = torch.arange(drawn.n_way)

    def holds_each(y):
        return (y.sort().values == names.repeat_interleave(y.shape[1] // drawn.n_way)).all()

    return {
        "labels have the dtype int64": labels.dtype == torch.int64,
        "labels are not the numbers of the classes": not (labels == classes).all(),
        "labels begin at 0, not at 1": not torch.equal(labels.unique(), names + 1),
        "y_support holds each of 0…N−1, K times": holds_each(drawn.y_support),
        "y_query holds each of 0…N−1, Q times": holds_each(drawn.y_query),
    }


def facts_about_sets(drawn):
    per_class, per_class_query = drawn.support.sum(2), drawn.query.sum(2)
    classes = per_class > 0
    shared = (drawn.support * drawn.query).sum(2) > 0
    return {
        "support and query hold the same classes": torch.equal(classes, per_class_query > 0),
        "the N classes of a task are different": (classes.sum(1) == drawn.n_way).all(),
        "each class has K support images": (per_class[classes] == drawn.n_shot).all(),
        "no image comes twice in one set": max(drawn.support.max(), drawn.query.max()) <= 1,
        "the slices of support and query do not overlap": not shared[classes].all(),
        "no image is in both sets": not shared.any(),
    }


def facts_about_order(drawn):
    labels = torch.cat([drawn.y_support, drawn.y_query], 1).long()
    classes = torch.cat([drawn.classes_support, drawn.classes_query], 1)
    meets = (labels[..., None] == torch.arange(drawn.n_way))[..., None]
    meets = (meets & (classes[..., None, None] == torch.arange(drawn.support.shape[1]))).any(1)

    def grouped(rows):
        return ((rows.diff(dim=1) != 0).sum(1) == drawn.n_way - 1).all()

    ordered = grouped(drawn.classes_query) and not grouped(drawn.y_query)
    return {
        "labels stand class by class if images do": not ordered,
        "one label stands for one class": (meets.sum(2) == 1).all(),
        "which class gets which label is random": (meets.int().argmax(2).diff(dim=1) < 0).any(),
    }


def facts_about_chance(drawn):
    images = drawn.support + drawn.query
    classes = images.sum(2).clamp(max=1)  # (B, classes)
    sets = images[classes > 0]  # (B·N, images), which images a class gave
    shares = drawn.support.sum(1) % drawn.n_way, drawn.query.sum(1) % drawn.n_way
    roles = drawn.support.sum((0, 1)) * drawn.query.sum((0, 1))
    return {
        "the last class is drawn at times": classes[:, -1].any(),
        "every class is drawn at times": classes.any(0).all(),
        "any two classes are at times in one task": (classes.mT @ classes > 0).all(),
        "a class gives other images to other tasks": len(sets.unique(dim=0)) > 1,
        "the last image of a class is drawn at times": sets[:, -1].any(),
        "every image of a class is drawn at times": sets.any(0).all(),
        "the first and the last image are at times in one task": (sets[:, 0] * sets[:, -1]).any(),
        "an image is at times support, at times query": (roles > 0).all(),
        "any two images of a class are at times in one task": (sets.mT @ sets > 0).all(),
        "the classes of a task give images of different places": all(s.any() for s in shares),
    }


def assemble(
    images_by_class, *, n_way, n_shot, n_query, generator, classes=None, places=None, labels=None
):
    """A right task but for the classes (N,), places (N, K + Q) or labels (N,) handed in."""
    n_classes, n_images = images_by_class.shape[:2]
    if classes is None:
        classes = torch.randperm(n_classes, generator=generator)[:n_way]
    if places is None:
        places = places_for(n_way, n_shot + n_query, n_images, generator)
    images = images_by_class[classes[:, None], places]
    labels = torch.arange(n_way) if labels is None else labels
    y_support, y_query = labels.repeat_interleave(n_shot), labels.repeat_interleave(n_query)
    return images[:, :n_shot].flatten(0, 1), y_support, images[:, n_shot:].flatten(0, 1), y_query


def places_for(n_way, n_drawn, n_images, generator):
    """Places of n_drawn different images, drawn for each class."""
    rows = [torch.randperm(n_images, generator=generator)[:n_drawn] for _ in range(n_way)]
    return torch.stack(rows)


def n_drawn(sizes):
    return sizes["n_shot"] + sizes["n_query"]


def swapped_counts(images_by_class, **sizes):
    counts = {"n_shot": sizes["n_query"], "n_query": sizes["n_shot"]}
    return kernel.sample_episode(images_by_class, **sizes | counts)


def nothing_drawn(images_by_class, **sizes):
    places = torch.arange(n_drawn(sizes)).expand(sizes["n_way"], -1)
    return assemble(images_by_class, **sizes, classes=torch.arange(sizes["n_way"]), places=places)


def seeded_inside(images_by_class, **sizes):
    generator = torch.Generator().manual_seed(0)
    return kernel.sample_episode(images_by_class, **sizes | {"generator": generator})


def first_classes(images_by_class, **sizes):
    return assemble(images_by_class, **sizes, classes=torch.arange(sizes["n_way"]))


def decimal_labels(images_by_class, **sizes):
    return assemble(images_by_class, **sizes, labels=torch.arange(float(sizes["n_way"])))


def original_labels(images_by_class, **sizes):
    classes = torch.randperm(len(images_by_class), generator=sizes["generator"])[: sizes["n_way"]]
    return assemble(images_by_class, **sizes, classes=classes, labels=classes)


def labels_from_one(images_by_class, **sizes):
    return assemble(images_by_class, **sizes, labels=torch.arange(sizes["n_way"]) + 1)


def other_query_classes(images_by_class, **sizes):
    support = kernel.sample_episode(images_by_class, **sizes)[:2]
    return *support, *kernel.sample_episode(images_by_class, **sizes)[2:]


def classes_with_replacement(images_by_class, **sizes):
    size = (sizes["n_way"],)
    classes = torch.randint(len(images_by_class), size, generator=sizes["generator"])
    return assemble(images_by_class, **sizes, classes=classes)


def images_with_replacement(images_by_class, **sizes):
    size = sizes["n_way"], n_drawn(sizes)
    places = torch.randint(images_by_class.shape[1], size, generator=sizes["generator"])
    return assemble(images_by_class, **sizes, places=places)


def overlapping_slices(images_by_class, **sizes):
    n_way, n_images = sizes["n_way"], images_by_class.shape[1]
    places = places_for(n_way, n_drawn(sizes), n_images, sizes["generator"])
    support, query = places[:, : sizes["n_shot"]], places[:, sizes["n_shot"] - 1 : -1]
    return assemble(images_by_class, **sizes, places=torch.cat([support, query], 1))


def overlapping_sets(images_by_class, **sizes):
    n_way, n_images = sizes["n_way"], images_by_class.shape[1]
    counts = sizes["n_shot"], sizes["n_query"]
    places = [places_for(n_way, count, n_images, sizes["generator"]) for count in counts]
    return assemble(images_by_class, **sizes, places=torch.cat(places, 1))


def repeated_labels(images_by_class, **sizes):
    task = kernel.sample_episode(images_by_class, **sizes)
    labels = torch.arange(sizes["n_way"])
    y_support, y_query = labels.repeat(sizes["n_shot"]), labels.repeat(sizes["n_query"])
    return task._replace(y_support=y_support, y_query=y_query)


def shuffled_apart(images_by_class, **sizes):
    task = kernel.sample_episode(images_by_class, **sizes)
    return [rows[torch.randperm(len(rows), generator=sizes["generator"])] for rows in task]


def sorted_classes(images_by_class, **sizes):
    classes = torch.randperm(len(images_by_class), generator=sizes["generator"])[: sizes["n_way"]]
    return assemble(images_by_class, **sizes, classes=classes.sort().values)


def generator_ignored(images_by_class, **sizes):
    generator = torch.default_generator
    return kernel.sample_episode(images_by_class, **sizes | {"generator": generator})


def global_seed(images_by_class, **sizes):
    torch.manual_seed(0)
    return kernel.sample_episode(images_by_class, **sizes)


def last_class_never(images_by_class, **sizes):
    return kernel.sample_episode(images_by_class[:-1], **sizes)


def neighbouring_classes(images_by_class, **sizes):
    generator, n_way = sizes["generator"], sizes["n_way"]
    start = torch.randint(len(images_by_class) - n_way + 1, (), generator=generator)
    classes = start + torch.randperm(n_way, generator=generator)
    return assemble(images_by_class, **sizes, classes=classes)


def first_images(images_by_class, **sizes):
    places = torch.arange(n_drawn(sizes)).expand(sizes["n_way"], -1)
    return assemble(images_by_class, **sizes, places=places)


def last_image_never(images_by_class, **sizes):
    return kernel.sample_episode(images_by_class[:, :-1], **sizes)


def neighbouring_images(images_by_class, **sizes):
    last, size = images_by_class.shape[1] - n_drawn(sizes), (sizes["n_way"], 1)
    starts = torch.randint(last + 1, size, generator=sizes["generator"])
    return assemble(images_by_class, **sizes, places=starts + torch.arange(n_drawn(sizes)))


def fixed_roles(images_by_class, **sizes):
    n_way, n_shot, n_images = sizes["n_way"], sizes["n_shot"], images_by_class.shape[1]
    half, generator = n_images // 2, sizes["generator"]
    support = places_for(n_way, n_shot, half, generator)
    query = places_for(n_way, sizes["n_query"], n_images - half, generator) + half
    return assemble(images_by_class, **sizes, places=torch.cat([support, query], 1))


def same_places(images_by_class, **sizes):
    n_way, n_images = sizes["n_way"], images_by_class.shape[1]
    places = places_for(1, n_drawn(sizes), n_images, sizes["generator"]).expand(n_way, -1)
    return assemble(images_by_class, **sizes, places=places)


# nearest_neighbour


def nearest_neighbour_case(generator):
    """uint8 images as they come from the data; fewer queries than support images."""
    n_support, n_query = whole_number(6, 8, generator), whole_number(4, 5, generator)
    images = torch.randint(0, 256, (n_support + n_query, 5, 5), generator=generator)
    x_support, x_query = images.to(torch.uint8).split([n_support, n_query])
    y_support = torch.randperm(n_support, generator=generator)
    return {"x_support": x_support, "y_support": y_support, "x_query": x_query}


def differences(x_support, x_query, dtype=torch.float32):
    """x − x_j for each query and support image: (Q, S, pixels)."""
    return x_query.to(dtype).flatten(1)[:, None] - x_support.to(dtype).flatten(1)


def farthest(x_support, y_support, x_query):
    return y_support[differences(x_support, x_query).square().sum(-1).argmax(1)]


def index_for_label(x_support, y_support, x_query):
    return differences(x_support, x_query).square().sum(-1).argmin(1)


def dot_product(x_support, y_support, x_query):
    return y_support[(x_query.flatten(1).float() @ x_support.flatten(1).float().T).argmax(1)]


def squared_in_uint8(x_support, y_support, x_query):
    wrapped = differences(x_support, x_query, torch.uint8)
    return y_support[(wrapped * wrapped).sum(-1).argmin(1)]


def subtracted_in_uint8(x_support, y_support, x_query):
    wrapped = differences(x_support, x_query, torch.uint8)
    return y_support[wrapped.float().square().sum(-1).argmin(1)]


def nearest_query(x_support, y_support, x_query):
    return y_support[differences(x_support, x_query).square().sum(-1).argmin(0)]


def signed_sum(x_support, y_support, x_query):
    return y_support[differences(x_support, x_query).sum(-1).argmin(1)]


def sum_of_absolutes(x_support, y_support, x_query):
    return y_support[differences(x_support, x_query).abs().sum(-1).argmin(1)]


def cosines(x_support, x_query):
    """(Q, S)."""
    support, query = x_support.flatten(1).float(), x_query.flatten(1).float()
    return F.normalize(query, dim=1) @ F.normalize(support, dim=1).T


def cosine(x_support, y_support, x_query):
    return y_support[cosines(x_support, x_query).argmax(1)]


def least_cosine(x_support, y_support, x_query):
    return y_support[cosines(x_support, x_query).argmin(1)]


def least_dot_product(x_support, y_support, x_query):
    return y_support[(x_query.flatten(1).float() @ x_support.flatten(1).float().T).argmin(1)]


def absolute_sum(x_support, y_support, x_query):
    return y_support[differences(x_support, x_query).sum(-1).abs().argmin(1)]


def absolute_in_uint8(x_support, y_support, x_query):
    return y_support[differences(x_support, x_query, torch.uint8).abs().sum(-1).argmin(1)]


def dot_product_in_uint8(x_support, y_support, x_query):
    return y_support[(x_query.flatten(1) @ x_support.flatten(1).T).argmax(1)]


# confidence_interval


def confidence_interval_case(generator):
    """Tasks of different difficulty, few enough that B and B − 1 differ."""
    n_tasks, n_queries = whole_number(6, 12, generator), whole_number(4, 8, generator)
    difficulty = torch.rand(n_tasks, 1, generator=generator, dtype=torch.float64)
    answers = torch.rand(n_tasks, n_queries, generator=generator, dtype=torch.float64)
    return {"correct": (answers > difficulty).double()}


def interval_in_words(confidence_interval, case):
    """Compared in single precision, so that 1.96 and 1.959964 agree."""
    mean, half_width = confidence_interval(**case)
    numbers = (torch.as_tensor(number).float() for number in (mean, half_width))
    return dict(zip(("the mean accuracy", "the half-width"), numbers, strict=True))


def interval(mean, spread, n, factor=1.96):
    return mean, factor * spread / n**0.5


def without_root_b(correct):
    a = correct.mean(1)
    return a.mean(), 1.96 * a.std()


def over_queries(correct):
    return interval(correct.mean(), correct.std(), correct.numel())


def tasks_counted_as_queries(correct):
    return interval(correct.mean(), correct.mean(1).std(), correct.numel())


def per_query_position(correct):
    return interval(correct.mean(), correct.mean(0).std(), correct.shape[1])


def variance(correct):
    a = correct.mean(1)
    return interval(a.mean(), a.var(), len(a))


def divided_by_b(correct):
    a = correct.mean(1)
    return a.mean(), 1.96 * a.std() / len(a)


def uncorrected(correct):
    a = correct.mean(1)
    return interval(a.mean(), a.std(correction=0), len(a))


def without_1_96(correct):
    a = correct.mean(1)
    return interval(a.mean(), a.std(), len(a), factor=1)


def full_width(correct):
    a = correct.mean(1)
    return interval(a.mean(), a.std(), len(a), factor=2 * 1.96)


def two_ends(correct):
    mean, half_width = kernel.confidence_interval(correct)
    return mean - half_width, mean + half_width


def binomial(correct):
    p = correct.mean()
    return interval(p, (p * (1 - p)).sqrt(), correct.numel())


def standard_deviation(correct):
    return correct.mean(), correct.mean(1).std()


def uncorrected_standard_error(correct):
    return interval(correct.mean(), correct.mean(1).std(correction=0), len(correct), factor=1)


def all_answers(correct):
    return correct.mean(), 1.96 * correct.std()


def answers_by_tasks(correct):
    return interval(correct.mean(), correct.std(), len(correct))


def root_of_queries(correct):
    return interval(correct.mean(), correct.mean(1).std(), correct.shape[1])


def squared(correct):
    return correct.mean(), 1.96 * correct.mean(1).var() / len(correct)


def two(correct):
    return interval(correct.mean(), correct.mean(1).std(), len(correct), factor=2)


def swapped_order(correct):
    return kernel.confidence_interval(correct)[::-1]


def percent(correct):
    mean, half_width = kernel.confidence_interval(correct)
    return 100 * mean, 100 * half_width


EXERCISES = {
    "sample_episode": Exercise(
        reference=kernel.sample_episode,
        cases=sample_episode_case,
        observe=facts_about_episodes,
        mistakes=(
            Mistake(
                swapped_counts,
                "K and Q are swapped: the support set holds n_shot images of each class, the "
                "query set n_query.",
            ),
            Mistake(
                nothing_drawn,
                "Nothing is drawn: these are the first images of the first N classes, every "
                "time. `torch.randperm` draws classes and images.",
            ),
            Mistake(
                seeded_inside,
                "Every task is the same: you make or seed a generator yourself, and it starts "
                "afresh at each call. Draw from the `generator` that is handed in, and do not "
                "seed it.",
            ),
            Mistake(
                first_classes,
                "It is always the same N classes. Draw N of all the classes for each task.",
            ),
            Mistake(
                decimal_labels,
                "The labels are not of the dtype int64, which a classification loss asks for. "
                "`torch.arange(n_way)` is.",
            ),
            Mistake(
                original_labels,
                "The labels are the class numbers of the data set. In a task they are 0…N−1, "
                "dealt out anew each time; otherwise a model could learn the classes by number.",
            ),
            Mistake(
                labels_from_one,
                "The labels run from 1 to N. They count from 0, as places do: 0…N−1, "
                "`torch.arange(n_way)`.",
            ),
            Mistake(
                other_query_classes,
                "Support and query hold different classes. Draw the N classes once and take the"
                " images of both sets from them.",
            ),
            Mistake(
                classes_with_replacement,
                "The classes are drawn with replacement, so one character can appear under two "
                "labels. `torch.randperm` draws without.",
            ),
            Mistake(
                images_with_replacement,
                "The images of a class are drawn with replacement, so one image can come twice "
                "in a task. `torch.randperm(n_images, generator=generator)[:n_shot + n_query]` "
                "draws without.",
            ),
            Mistake(
                overlapping_slices,
                "Every class has an image in both sets, for the two slices overlap. The support"
                " set is `[:n_shot]` of the images drawn, the query set all that comes after: "
                "`[n_shot:]`.",
            ),
            Mistake(
                overlapping_sets,
                "Support and query are drawn independently of each other, so one image can be "
                "in both, and its query is answered by looking it up. Draw K + Q images in one "
                "go and split them.",
            ),
            Mistake(
                repeated_labels,
                "`repeat` gives 0 1 2 0 1 2, but your images are ordered class by class: "
                "`repeat_interleave` gives 0 0 1 1 2 2.",
            ),
            Mistake(
                shuffled_apart,
                "Some images have the label of another class: images and labels are in "
                "different orders. Any order will do, if it is the same for both.",
            ),
            Mistake(
                sorted_classes,
                "The classes are sorted, so the class that comes first in the data set always "
                "gets the lower label. Keep the random order in which they were drawn.",
            ),
            Mistake(
                generator_ignored,
                "The `generator` is not handed on to every function that draws, so the same "
                "seed gives another task each time and no result can be repeated.",
            ),
            Mistake(
                global_seed,
                "The seed or state of torch's own, global generator is changed, on which other "
                "code may depend. Draw from `generator` alone.",
            ),
            Mistake(
                last_class_never,
                "The last class is never drawn. `torch.randperm(n)` ends at n − 1 already.",
            ),
            Mistake(
                neighbouring_classes,
                "Some pairs of classes never meet in a task, as when neighbours are cut out "
                "from a random start on. Draw any N: `torch.randperm`.",
            ),
            Mistake(
                first_images,
                "The classes are drawn, the images are not: a class always gives the same K + Q.",
            ),
            Mistake(
                last_image_never,
                "The last image of a class is never drawn. `torch.randperm(n)` ends at n − 1 "
                "already.",
            ),
            Mistake(
                neighbouring_images,
                "Some pairs of images never meet in a task, as when neighbours are cut out from"
                " a random start on. Draw any K + Q of a class: `torch.randperm`.",
            ),
            Mistake(
                fixed_roles,
                "Some images are only ever support images, or only ever queries. Draw K + Q of "
                "all images of the class, then split them.",
            ),
            Mistake(
                same_places,
                "All classes of a task give the images at the same places. If place 3 is the "
                "same font or the same hand in each class, the task is easier than it should "
                "be: draw for each class.",
            ),
        ),
        hints=(
            "Draw the classes first, without replacement. For each of them draw K + Q different "
            "images, then split them.",
            "`torch.randperm(n, generator=generator)[:k]` draws k different numbers out of n. The "
            "label of a class is its place among the drawn classes.",
            "With `classes` (N,) and `places` (N, K + Q), `images_by_class[classes[:, None], "
            "places]` is (N, K + Q, …). Cut it at `[:, :n_shot]` and `.flatten(0, 1)`; the labels "
            "are `torch.arange(n_way).repeat_interleave(n_shot)`.",
        ),
        remark="The order of the rows is yours to choose; who gets which label is not.",
    ),
    "nearest_neighbour": Exercise(
        reference=kernel.nearest_neighbour,
        cases=nearest_neighbour_case,
        mistakes=(
            Mistake(farthest, "This is the label of the farthest support image: `argmin`."),
            Mistake(
                index_for_label,
                "This is the row of the nearest support image. Its label is `y_support[nearest]`.",
            ),
            Mistake(
                dot_product,
                "This is the largest dot product. It grows with the amount of ink, so the boldest "
                "letter wins; the distance does not have this fault.",
            ),
            Mistake(
                squared_in_uint8,
                "The images are uint8 and so is your arithmetic, which wraps around at 256: 3 − 5 "
                "is 254, and 16 · 16 is 0. Turn the images into floats first.",
            ),
            Mistake(
                subtracted_in_uint8,
                "The difference is taken in uint8, where 3 − 5 is 254. Turn the images into floats "
                "before you subtract.",
            ),
            Mistake(
                nearest_query,
                "The minimum runs over the wrong axis: this finds the nearest query of each "
                "support image. Each query asks for its nearest support image.",
            ),
            Mistake(
                signed_sum,
                "Positive and negative differences cancel in this sum. Square them first.",
            ),
            Mistake(
                sum_of_absolutes,
                "This is the sum of absolute differences, a distance too, but not ‖x − x_j‖: the "
                "differences are squared before they are summed.",
            ),
            Mistake(
                cosine,
                "This is the largest cosine: it compares directions and leaves out how long the"
                " rows are. Take the smallest distance ‖x − x_j‖.",
            ),
            Mistake(
                least_dot_product,
                "This is the smallest dot product. Only a distance is small where images are "
                "alike: subtract, square and sum.",
            ),
            Mistake(
                least_cosine,
                "This is the smallest cosine, so the image least like the query wins. Take the "
                "smallest distance ‖x − x_j‖.",
            ),
            Mistake(
                absolute_sum,
                "The differences are summed first, so positive and negative ones cancel, and "
                "`abs` or a square comes too late. Square each difference, then sum.",
            ),
            Mistake(
                absolute_in_uint8,
                "`abs` comes too late: the difference is taken in uint8, where 3 − 5 is 254. "
                "Turn the images into floats before you subtract, and square the differences.",
            ),
            Mistake(
                dot_product_in_uint8,
                "This is the largest dot product, and in uint8, where 16 · 16 is 0. Turn the "
                "images into floats and take the smallest distance ‖x − x_j‖.",
            ),
        ),
        hints=(
            "Flatten each image to one row of numbers and make the rows floats. Then compare every "
            "query with every support image.",
            "`torch.cdist(query, support)` gives all distances at once, (queries, support images). "
            "Over which of the two axes is the nearest support image found?",
            "`nearest = torch.cdist(query, support).argmin(dim=1)` is a row of the support set for "
            "each query; `y_support[nearest]` is its label.",
        ),
    ),
    "confidence_interval": Exercise(
        reference=kernel.confidence_interval,
        cases=confidence_interval_case,
        observe=interval_in_words,
        mistakes=(
            Mistake(
                without_root_b,
                "This is 1.96 standard deviations: how much single tasks vary. The mean of B tasks "
                "varies less, by the standard error s/√B.",
            ),
            Mistake(
                over_queries,
                "This treats all queries as independent. Queries of one task share their "
                "classes and their support set: the task is the unit. Average within tasks first.",
            ),
            Mistake(
                tasks_counted_as_queries,
                "s is taken over tasks but divided by the root of the number of all queries. There "
                "are B independent values, so it is √B.",
            ),
            Mistake(
                per_query_position,
                "The average runs over the wrong axis: `mean(dim=0)` mixes all tasks and leaves "
                "one number per query position. `dim=1` gives one accuracy per task.",
            ),
            Mistake(
                variance,
                "This is the variance in the place of the standard deviation: `std`, not `var`.",
            ),
            Mistake(divided_by_b, "It is divided by B; the standard error is s/√B."),
            Mistake(
                uncorrected,
                "The standard deviation is divided by B rather than B − 1. The mean was estimated "
                "from the same B values, which makes this one a little too small.",
            ),
            Mistake(
                without_1_96,
                "This is one standard error, which holds about 68 % of the time. For 95 % it is "
                "1.96 of them.",
            ),
            Mistake(
                full_width,
                "This is the whole width of the interval. The number after ± is half of it.",
            ),
            Mistake(
                two_ends,
                "These are the two ends of the interval. What is asked for is its middle and its "
                "half-width: (mean, half-width).",
            ),
            Mistake(
                binomial,
                "This is √(p(1 − p)/n) over all queries, as if each were a toss of its own. "
                "Queries of one task share their classes and their support set: take s over the"
                " accuracies of the B tasks.",
            ),
            Mistake(
                standard_deviation,
                "This is the standard deviation of the tasks' accuracies. The half-width is "
                "1.96 · s/√B: 1.96 and √B are missing.",
            ),
            Mistake(
                uncorrected_standard_error,
                "1.96 is missing, and the standard deviation is divided by B rather than B − 1.",
            ),
            Mistake(
                all_answers,
                "This is 1.96 standard deviations of single answers. Average within tasks "
                "first, then take s over the B accuracies and divide it by √B.",
            ),
            Mistake(
                answers_by_tasks,
                "s is taken over single answers but divided by √B. Take it over the B "
                "accuracies of the tasks.",
            ),
            Mistake(
                root_of_queries,
                "s is divided by the root of the number of queries in a task. There are B "
                "independent values, so it is √B.",
            ),
            Mistake(
                squared,
                "The variance is divided by B, and its root was not taken: s/√B is the root of "
                "s²/B.",
            ),
            Mistake(two, "The factor is 2, a common rounding. The formula has 1.96."),
            Mistake(
                swapped_order,
                "The two numbers are right but in the other order: first the mean, then the "
                "half-width.",
            ),
            Mistake(
                percent,
                "These are percent. `correct` is 0 or 1, so leave both numbers as fractions, "
                "from 0 to 1.",
            ),
        ),
        hints=(
            "What was drawn independently of what? Turn `correct` into one number per task first.",
            "With one accuracy per task, the standard error of their mean is s/√B: `a.std()` "
            "divides by B − 1 as it should.",
            "`a = correct.mean(dim=1)`, and the half-width is `1.96 * a.std() / len(a) ** 0.5`.",
        ),
    ),
}

QUIZZES = {
    "myths": [
        Question(
            "An article files MAML under “model-based” in one place and “data-based” in another. "
            "Where does it belong?",
            (
                Option("Data-based", "MAML neither makes nor changes data."),
                Option(
                    "Model-based",
                    "Model-based methods adapt by running a network that has a memory. MAML works "
                    "with any network that gradient descent can train.",
                ),
                Option(
                    "Optimisation-based",
                    "Inside a task it takes gradient steps; across tasks it learns where they "
                    "start.",
                    correct=True,
                ),
                Option("Metric-based", "MAML compares no embeddings."),
            ),
        ),
        Question(
            "Who proposed MAML?",
            (
                Option(
                    "Finn, Abbeel and Levine, at UC Berkeley and OpenAI",
                    "In 2017, at ICML.",
                    correct=True,
                ),
                Option("DeepMind", "An often repeated slip; no author worked there."),
                Option(
                    "Schmidhuber, in 1987",
                    "His thesis is the earliest landmark on the timeline, and its method is "
                    "another one.",
                ),
                Option(
                    "Ravi and Larochelle",
                    "Theirs is the meta-LSTM of the same year, which learns the update "
                    "rule as well.",
                ),
            ),
        ),
        Question(
            "“Meta-learning is an ensemble of many small models, one for each task, with common "
            "tuning.” What is wrong?",
            (
                Option("Nothing", "Then a new task would find no model waiting for it."),
                Option(
                    "The models are not small",
                    "Size is not the point: the network of this chapter is small.",
                ),
                Option(
                    "They are tuned one by one",
                    "That would still be a set of models for known tasks.",
                ),
                Option(
                    "What is learned is one way of adapting, shared by all tasks",
                    "It is judged on tasks that did not exist when it was trained.",
                    correct=True,
                ),
            ),
        ),
        Question(
            "What does metric learning bring close together?",
            (
                Option("Similar tasks", "Tasks are never compared; images are."),
                Option(
                    "Samples of one class",
                    "And it pushes samples of different classes apart.",
                    correct=True,
                ),
                Option(
                    "The support and the query set",
                    "A query should be near one class of the support set and far from the others.",
                ),
                Option("All samples of one task", "Then no class could be told from another."),
            ),
        ),
        Question(
            "When did neural networks first learn a learning rule?",
            (
                Option("In the 2000s, with deep learning", "More than a decade late."),
                Option("In 2017, with MAML", "Far too late: look at the timeline."),
                Option(
                    "Around 1990",
                    "Bengio, Bengio and Cloutier 1990. Schmidhuber's thesis on learning to learn, "
                    "with evolved programs, is from 1987.",
                    correct=True,
                ),
            ),
        ),
        Question(
            "An LSTM reads the support set of a new task, then answers its queries. What changes "
            "while it reads?",
            (
                Option(
                    "Its weights: it updates its own parameters",
                    "They are frozen when the new task arrives. They were learned across tasks.",
                ),
                Option(
                    "Its state", "The memory holds what the task has shown so far.", correct=True
                ),
                Option("Its learning rate", "Nothing descends a gradient here."),
            ),
        ),
        Question(
            "“Take the gradient of the loss summed over all tasks”: why is this not meta-learning?",
            (
                Option(
                    "The loss is taken before adaptation",
                    "This is joint training, one model for all tasks at once. A meta-learner is "
                    "judged by its loss on query data after it has adapted to the support data.",
                    correct=True,
                ),
                Option("A sum is used in place of a mean", "They differ by a constant factor."),
                Option("Gradients cannot be summed over tasks", "They can, and MAML does so."),
            ),
        ),
    ],
    "self_check": [
        Question(
            "How many images does the support set of a 5-way 2-shot task with 3 queries per class "
            "hold?",
            (
                Option("2", "That is K, the number per class."),
                Option("10", "N · K = 5 · 2.", correct=True),
                Option("15", "That is the query set, N · Q."),
                Option("25", "That is support and query together."),
            ),
        ),
        Question(
            "Two networks were trained on the same characters: one pretrained, one meta-trained. "
            "What differed?",
            (
                Option(
                    "The number of classes",
                    "Both saw all training characters.",
                ),
                Option(
                    "The question they were trained to answer",
                    "One named the character among all of them; the other solved many small tasks "
                    "of the kind that the test asks.",
                    correct=True,
                ),
                Option("The test tasks", "All methods met the same kind of test task."),
            ),
        ),
        Question(
            "You choose a learning rate by accuracy on the test scripts and report that accuracy. "
            "What is it now?",
            (
                Option(
                    "Too high on average: the test has become a part of training",
                    "Choosing is learning. Validation scripts are there for it.",
                    correct=True,
                ),
                Option(
                    "Still honest, for no weight was trained on them",
                    "The learning rate was. Each choice by test accuracy fits the test a little.",
                ),
                Option("Too low", "The best of several noisy numbers errs upwards."),
            ),
        ),
        Question(
            "600 tasks with 25 queries each. Over how many independent values is the 95 % "
            "interval taken?",
            (
                Option("15,000", "Queries of one task share classes and support images."),
                Option("25", "That is the number of queries in one task."),
                Option("600", "Tasks are what was drawn independently.", correct=True),
            ),
        ),
        Question(
            "A prototypical network meets a new task. What changes inside the task?",
            (
                Option("The weights of its embedding", "They were learned across tasks and stay."),
                Option("Nothing at all", "Then it could not know the new classes."),
                Option(
                    "The prototypes: one mean embedding per class",
                    "Adapting is one forward pass and N averages.",
                    correct=True,
                ),
            ),
        ),
        Question(
            "What must be new in a meta-test task?",
            (
                Option("Only its images", "That would be an ordinary test set."),
                Option(
                    "Its classes",
                    "Whole scripts were kept back, so every class is one that nobody trained on.",
                    correct=True,
                ),
                Option("Its number of ways", "It may be the same; the classes may not."),
            ),
        ),
    ],
}
