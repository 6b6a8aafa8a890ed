"""The exercises, quizzes and predictions of chapter 01."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: F401  (for the programs)

from metacourse import concepts
from metacourse.checks.chance import UNTOLD, from_one_state
from metacourse.checks.exercise import Exercise, gets_an_edge, whole_number
from metacourse.checks.versions import facts_about_versions, sample_augmented_case

CHAPTER = "01 Concepts"

PREDICTIONS = ("pixels", "five_shots", "coverage", "leak", "head_start")

N_TASKS = 40  # that a sampler draws of each case


def sample_episode_case(generator):
    """Images that each hold their own number, so that they tell where they came from; so few
    classes and images that 40 tasks leave nothing to luck."""
    n_way, n_shot = whole_number(4, 5, generator), whole_number(1, 3, generator)
    n_classes, n_images = n_way + 2, 2 * n_shot + whole_number(3, 4, generator)
    numbers = torch.arange(n_classes * n_images, dtype=torch.float64)
    images_by_class = numbers.view(n_classes, n_images, 1, 1).repeat(1, 1, 2, 2)
    sizes = {"n_way": n_way, "n_shot": n_shot, "n_query": n_shot + 1}
    return {"images_by_class": images_by_class, **sizes, "generator": generator}


class Drawn(NamedTuple):
    """What B tasks drew: a label and a class per row, and how often each image came."""

    n_way: int
    n_drawn: int  # K + Q
    first: int  # 1 if the support labels run from 1 to N, else 0
    y_support: Tensor  # (B, rows)
    y_query: Tensor
    classes_support: Tensor
    classes_query: Tensor
    support: Tensor  # (B, classes, images)
    query: Tensor


def facts_about_episodes(sample_episode, case):
    """Facts by which a mistake, or two of them, are known.

    A false fact leaves others to luck, or decides them: those are UNTOLD, and so are all that come
    after the second false one. What is left is the same for whatever makes these mistakes.
    """

    def draw():
        return sample_episode(**case)

    many = from_one_state(case["generator"], lambda: [draw() for _ in range(N_TASKS)], draw)
    episodes, again, kept = many
    drawn = read(episodes, case)
    repeated = all(map(torch.equal, again, episodes[0]))
    tree = {
        "the images keep their shape": (
            episodes[0][0].shape[1:] == case["images_by_class"].shape[2:],
        ),
        **facts_about_size(drawn),
        **facts_about_labels(drawn),
        **facts_about_sets(drawn),
        **facts_about_order(drawn),
        "the same generator state gives the same task": (repeated,),
        "the state of the global generator is left alone": (
            kept,
            "tasks differ from each other",
            "the same generator state gives the same task",
        ),
        **facts_about_chance(drawn),
    }
    facts, n_false = {}, 0
    for fact, (value, *needs) in tree.items():
        told = n_false < 2 and all(facts[need] is True for need in needs)
        facts[fact] = (value if isinstance(value, int) else bool(value)) if told else UNTOLD
        n_false += facts[fact] is False
    return facts


def read(episodes, case):
    """Decode the numbers in the images."""
    x_support, y_support, x_query, y_query = map(torch.stack, zip(*episodes, strict=True))
    shape = n_classes, n_images = case["images_by_class"].shape[:2]
    rows = [x.flatten(2)[:, :, 0].long() for x in (x_support, x_query)]
    classes = [numbers // n_images for numbers in rows]
    first = torch.equal(y_support.long().unique(), torch.arange(case["n_way"]) + 1)
    empty = torch.zeros(len(episodes), n_classes * n_images)
    counts = [empty.scatter_add(1, r, torch.ones(r.shape)).unflatten(1, shape) for r in rows]
    n_drawn = case["n_shot"] + case["n_query"]
    return Drawn(case["n_way"], n_drawn, int(first), y_support, y_query, *classes, *counts)


# Each fact: whether it holds, then the facts without which it says nothing.


def facts_about_size(drawn):
    """How many images are drawn, and whether there is any variety in them."""
    images = drawn.support + drawn.query
    classes = images.sum(2) > 0
    n_first = int((images[0] > 0).sum(1).max())
    return {
        "rows of x_support (N·K)": (drawn.classes_support.shape[1],),
        "rows of x_query (N·Q)": (drawn.classes_query.shape[1],),
        "something is drawn": (not (images[:, : drawn.n_way, :n_first] > 0).all(),),
        "tasks differ from each other": ((images != images[0]).any(), "something is drawn"),
        "tasks differ in their classes": (
            (classes != classes[0]).any(),
            "tasks differ from each other",
        ),
    }


def facts_about_labels(drawn):
    """Which labels there are, and what they have to do with the images."""
    labels = torch.cat([drawn.y_support, drawn.y_query], 1)
    numbered = drawn.y_support.max() >= drawn.n_way
    numbered = numbered and (drawn.y_support == drawn.classes_support).all()
    names, rows = torch.arange(drawn.n_way), torch.arange(drawn.y_query.shape[1])
    own = len(rows) > drawn.n_way and (drawn.y_query.sort().values == rows).all()

    def holds_each(y):
        each = names.repeat_interleave(y.shape[1] // drawn.n_way)
        return (y.sort().values == each + drawn.first).all()

    def in_groups(counts):
        per_class = counts.sum(2)
        return (per_class % (per_class.sum(1, keepdim=True) // drawn.n_way) == 0).all()

    return {
        "labels have the dtype int64": (labels.dtype == torch.int64,),
        "labels are not the numbers of the classes": (not numbered,),
        "labels begin at 0, not at 1": (drawn.first == 0,),
        "the images of a set are K, or Q, of each class": (
            in_groups(drawn.support) and in_groups(drawn.query),
            "tasks differ from each other",
        ),
        "images of a class share a label": (not own,),
        "y_support holds each of 0…N−1, K times": (
            holds_each(drawn.y_support),
            "images of a class share a label",
            "labels are not the numbers of the classes",
            "the images of a set are K, or Q, of each class",
        ),
        "y_query holds each of 0…N−1, Q times": (
            holds_each(drawn.y_query),
            "y_support holds each of 0…N−1, K times",
        ),
    }


def facts_about_sets(drawn):
    """What is in the support sets and in the query sets, and in both."""
    classes = drawn.support.sum(2) > 0
    shared = (drawn.support * drawn.query).sum(2) > 0
    return {
        "support and query hold the same classes": (
            torch.equal(classes, drawn.query.sum(2) > 0),
            "the images of a set are K, or Q, of each class",
        ),
        "the N classes of a task are different": (
            (classes.sum(1) == drawn.n_way).all(),
            "the images of a set are K, or Q, of each class",
        ),
        "no image comes twice in one set": (
            max(drawn.support.max(), drawn.query.max()) <= 1,
            "the N classes of a task are different",
        ),
        "the slices of support and query do not overlap": (
            not shared[classes].all(),
            "no image comes twice in one set",
            "support and query hold the same classes",
        ),
        "no image is in both sets": (
            not shared.any(),
            "the slices of support and query do not overlap",
        ),
    }


def facts_about_order(drawn):
    """In which order the images of a task stand."""
    labels = torch.cat([drawn.y_support, drawn.y_query], 1).long() - drawn.first
    classes = torch.cat([drawn.classes_support, drawn.classes_query], 1)
    meets = (labels[..., None] == torch.arange(drawn.n_way))[..., None]
    meets = (meets & (classes[..., None, None] == torch.arange(drawn.support.shape[1]))).any(1)

    def grouped(rows):
        return ((rows.diff(dim=1) != 0).sum(1) == drawn.n_way - 1).all()

    def repeated(classes, y):
        periodic = torch.equal(y[:, drawn.n_way :], y[:, : -drawn.n_way])
        return grouped(classes) and periodic and not grouped(y)

    mixed = repeated(drawn.classes_support, drawn.y_support)
    mixed = mixed or repeated(drawn.classes_query, drawn.y_query)
    return {
        "labels stand class by class if images do": (
            not mixed,
            "y_query holds each of 0…N−1, Q times",
            "the N classes of a task are different",
        ),
        "one label stands for one class": (
            (meets.sum(2) == 1).all(),
            "labels stand class by class if images do",
            "support and query hold the same classes",
        ),
        "which class gets which label is random": (
            (meets.int().argmax(2).diff(dim=1) < 0).any(),
            "one label stands for one class",
            "tasks differ in their classes",
        ),
    }


def facts_about_chance(drawn):
    """Whether chance is everywhere where it should be, and even."""
    images = drawn.support + drawn.query
    classes = images.sum(2).clamp(max=1)  # (B, classes)
    sets = images[classes > 0]  # (B·N, images), which images a class gave
    shares = drawn.support.sum(1) % drawn.n_way, drawn.query.sum(1) % drawn.n_way
    roles = drawn.support.sum((0, 1)) * drawn.query.sum((0, 1))
    return {
        "the last class is drawn at times": (classes[:, -1].any(), "tasks differ in their classes"),
        "every class is drawn at times": (
            classes.any(0).all(),
            "the last class is drawn at times",
        ),
        "any two classes are at times in one task": (
            (classes.mT @ classes > 0).all(),
            "every class is drawn at times",
        ),
        "a class gives other images to other tasks": (
            (sets != sets[0]).any() or (sets > 0).sum(1).min() > drawn.n_drawn,
            "the N classes of a task are different",
            "support and query hold the same classes",
        ),
        "the last image of a class is drawn at times": (
            sets[:, -1].any(),
            "a class gives other images to other tasks",
        ),
        "every image of a class is drawn at times": (
            sets.any(0).all(),
            "the last image of a class is drawn at times",
        ),
        "the images of the classes of a task are of different places": (
            sum(shares).any(),
            "a class gives other images to other tasks",
        ),
        "the first and the last image are at times in one task": (
            (sets[:, 0] * sets[:, -1]).any(),
            "every image of a class is drawn at times",
            "the images of the classes of a task are of different places",
            "no image is in both sets",
        ),
        "an image is at times support, at times query": (
            (roles > 0).all(),
            "the first and the last image are at times in one task",
        ),
        "any two images of a class are at times in one task": (
            (sets.mT @ sets > 0).all(),
            "an image is at times support, at times query",
        ),
        "support images, and queries, are of different places": (
            all(share.any() for share in shares),
            "an image is at times support, at times query",
        ),
    }


def nearest_neighbour_case(generator):
    """uint8 images as they come from the data, several of a class; fewer queries than images."""
    n_support, n_query = whole_number(6, 8, generator), whole_number(4, 5, generator)
    n_query = 1 if gets_an_edge(generator) else n_query
    images = torch.randint(0, 256, (n_support + n_query, 5, 5), generator=generator)
    x_support, x_query = images.to(torch.uint8).split([n_support, n_query])
    y_support = (torch.arange(n_support) % 3)[torch.randperm(n_support, generator=generator)]
    return {"x_support": x_support, "y_support": y_support, "x_query": x_query}


def of_one_query(case):
    return len(case["x_query"]) == 1


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


QUIZZES = ("recall", "self_check", "recall_b", "myths", "self_check_b")

EXERCISES = {
    "sample_episode": Exercise(
        concepts.sample_episode, sample_episode_case, observe=facts_about_episodes
    ),
    "nearest_neighbour": Exercise(
        concepts.nearest_neighbour, nearest_neighbour_case, edge=of_one_query
    ),
    "confidence_interval": Exercise(
        concepts.confidence_interval, confidence_interval_case, observe=interval_in_words
    ),
    "sample_augmented": Exercise(
        concepts.sample_augmented, sample_augmented_case, observe=facts_about_versions
    ),
}
