"""The exercises, quizzes and predictions of chapter 01."""

import torch

from metacourse import concepts as kernel
from metacourse.checks.catalogue import Exercise, Mistake, Option, Question

CHAPTER = "01 Concepts"
PREDICTIONS = ("pixels", "leak", "coverage", "head_start")


def draw(low, high, generator):
    """A whole number from low to high."""
    return int(torch.randint(low, high + 1, (), generator=generator))


# sample_episode: the result is random, so facts about 30 tasks are compared.


def sample_episode_case(generator):
    """Images that each hold their own number, so that they tell where they came from."""
    n_classes, n_images, n_shot = (
        draw(6, 9, generator),
        draw(8, 11, generator),
        draw(1, 3, generator),
    )
    numbers = torch.arange(n_classes * n_images, dtype=torch.float64)
    images_by_class = numbers.view(n_classes, n_images, 1, 1).repeat(1, 1, 2, 2)
    sizes = {"n_way": draw(3, 5, generator), "n_shot": n_shot, "n_query": n_shot + 1}
    return {"images_by_class": images_by_class, **sizes, "generator": generator}


def facts_about_episodes(sample_episode, case):
    n_classes, n_images = case["images_by_class"].shape[:2]
    n_way, n_shot, n_query = case["n_way"], case["n_shot"], case["n_query"]
    state = case["generator"].get_state()
    episodes = [sample_episode(**case) for _ in range(30)]
    case["generator"].set_state(state)
    again = sample_episode(**case)
    numbers = [torch.cat([e[0], e[2]]).flatten(1)[:, 0].long() for e in episodes]
    labels = [torch.cat([e[1], e[3]]).tolist() for e in episodes]
    classes = [(drawn // n_images).tolist() for drawn in numbers]
    named = [sorted(set(zip(y, c, strict=True))) for y, c in zip(labels, classes, strict=True)]
    in_order = [[c for _, c in pairs] == sorted(c for _, c in pairs) for pairs in named]
    rows = torch.cat(numbers)

    def holds_each(y, times):
        return y.tolist().count(0) == times and sorted(y.tolist()) == sorted(
            [*range(n_way)] * times
        )

    return {
        "shape of x_support": tuple(episodes[0][0].shape),
        "shape of x_query": tuple(episodes[0][2].shape),
        "y_support holds each of 0…N−1, K times": all(holds_each(e[1], n_shot) for e in episodes),
        "y_query holds each of 0…N−1, Q times": all(holds_each(e[3], n_query) for e in episodes),
        "the N classes of a task are different": all(len(set(c)) == n_way for c in classes),
        "no image comes twice in a task": all(len(n.unique()) == len(n) for n in numbers),
        "one label stands for one class": all(len(pairs) == n_way for pairs in named),
        "which class gets which label is random": not all(in_order),
        "every class is drawn sooner or later": len((rows // n_images).unique()) == n_classes,
        "every image of a class is drawn at times": len((rows % n_images).unique()) == n_images,
        "the same generator state gives the same task": torch.equal(again[0], episodes[0][0]),
    }


def assemble(images_by_class, classes, places, n_shot, labels=None):
    """Support and query from chosen classes (N,) and places (N, K + Q) within them."""
    images = images_by_class[classes[:, None], places]
    labels = torch.arange(len(classes)) if labels is None else labels
    y_support = labels.repeat_interleave(n_shot)
    y_query = labels.repeat_interleave(places.shape[1] - n_shot)
    x_support, x_query = images[:, :n_shot].flatten(0, 1), images[:, n_shot:].flatten(0, 1)
    return x_support, y_support, x_query, y_query


def places_for(n_way, n_drawn, n_images, generator):
    return torch.stack([torch.randperm(n_images, generator=generator)[:n_drawn]] * n_way)


def overlapping_sets(images_by_class, *, n_way, n_shot, n_query, generator):
    n_classes, n_images = images_by_class.shape[:2]
    classes = torch.randperm(n_classes, generator=generator)[:n_way]
    support = places_for(n_way, n_shot, n_images, generator)
    query = places_for(n_way, n_query, n_images, generator)
    return assemble(images_by_class, classes, torch.cat([support, query], dim=1), n_shot)


def classes_with_replacement(images_by_class, *, n_way, n_shot, n_query, generator):
    n_classes, n_images = images_by_class.shape[:2]
    classes = torch.randint(n_classes, (n_way,), generator=generator)
    places = places_for(n_way, n_shot + n_query, n_images, generator)
    return assemble(images_by_class, classes, places, n_shot)


def original_labels(images_by_class, *, n_way, n_shot, n_query, generator):
    n_classes, n_images = images_by_class.shape[:2]
    classes = torch.randperm(n_classes, generator=generator)[:n_way]
    places = places_for(n_way, n_shot + n_query, n_images, generator)
    return assemble(images_by_class, classes, places, n_shot, labels=classes)


def sorted_classes(images_by_class, *, n_way, n_shot, n_query, generator):
    n_classes, n_images = images_by_class.shape[:2]
    classes = torch.randperm(n_classes, generator=generator)[:n_way].sort().values
    places = places_for(n_way, n_shot + n_query, n_images, generator)
    return assemble(images_by_class, classes, places, n_shot)


def swapped_counts(images_by_class, *, n_way, n_shot, n_query, generator):
    return kernel.sample_episode(
        images_by_class, n_way=n_way, n_shot=n_query, n_query=n_shot, generator=generator
    )


def first_classes(images_by_class, *, n_way, n_shot, n_query, generator):
    places = places_for(n_way, n_shot + n_query, images_by_class.shape[1], generator)
    return assemble(images_by_class, torch.arange(n_way), places, n_shot)


def first_images(images_by_class, *, n_way, n_shot, n_query, generator):
    classes = torch.randperm(len(images_by_class), generator=generator)[:n_way]
    places = torch.arange(n_shot + n_query).expand(n_way, -1)
    return assemble(images_by_class, classes, places, n_shot)


def generator_ignored(images_by_class, *, n_way, n_shot, n_query, generator):
    return kernel.sample_episode(
        images_by_class,
        n_way=n_way,
        n_shot=n_shot,
        n_query=n_query,
        generator=torch.default_generator,
    )


# nearest_neighbour


def nearest_neighbour_case(generator):
    """uint8 images as they come from the data; fewer queries than support images."""
    n_support, n_query = draw(6, 8, generator), draw(4, 5, generator)
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


# confidence_interval


def confidence_interval_case(generator):
    """Tasks of different difficulty, few enough that T and T − 1 differ."""
    n_tasks, n_queries = draw(6, 12, generator), draw(4, 8, generator)
    difficulty = torch.rand(n_tasks, 1, generator=generator, dtype=torch.float64)
    answers = torch.rand(n_tasks, n_queries, generator=generator, dtype=torch.float64)
    return {"correct": (answers > difficulty).double()}


def interval(mean, spread, n, factor=1.96):
    return mean, factor * spread / n**0.5


def without_root_t(correct):
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


def divided_by_t(correct):
    a = correct.mean(1)
    return a.mean(), 1.96 * a.std() / len(a)


def divided_by_n(correct):
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


EXERCISES = {
    "sample_episode": Exercise(
        reference=kernel.sample_episode,
        cases=sample_episode_case,
        observe=facts_about_episodes,
        mistakes=(
            Mistake(
                overlapping_sets,
                "Support and query are drawn independently of each other, so one image can be in "
                "both, and its query is answered by looking it up. Draw K + Q images in one go "
                "and split them.",
            ),
            Mistake(
                classes_with_replacement,
                "The classes are drawn with replacement, so one character can appear under two "
                "labels. `torch.randperm` draws without.",
            ),
            Mistake(
                original_labels,
                "The labels are the class numbers of the data set. In a task they are 0…N−1, "
                "dealt out anew each time; otherwise a model could learn the classes by number.",
            ),
            Mistake(
                sorted_classes,
                "The classes are sorted, so the class that comes first in the data set always gets "
                "the lower label. Keep the random order in which they were drawn.",
            ),
            Mistake(
                swapped_counts,
                "K and Q are swapped: the support set holds n_shot images of each class, the query "
                "set n_query.",
            ),
            Mistake(
                first_classes,
                "It is always the first N classes: every task is the same task. Draw N of all the "
                "classes.",
            ),
            Mistake(
                first_images,
                "The classes are drawn, the images are not: it is always the first K + Q of a "
                "class, always in the same roles.",
            ),
            Mistake(
                generator_ignored,
                "The `generator` is not handed on to the functions that draw, so the same seed "
                "gives another task each time and no result can be repeated.",
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
        mistakes=(
            Mistake(
                without_root_t,
                "This is 1.96 standard deviations: how much single tasks vary. The mean of T tasks "
                "varies less, by the standard error s/√T.",
            ),
            Mistake(
                over_queries,
                "This treats all T·Q queries as independent. Queries of one task share their "
                "classes and their support set: the task is the unit. Average within tasks first.",
            ),
            Mistake(
                tasks_counted_as_queries,
                "s is taken over tasks but divided by the root of the number of all queries. There "
                "are T independent values, so it is √T.",
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
            Mistake(divided_by_t, "It is divided by T; the standard error is s/√T."),
            Mistake(
                divided_by_n,
                "The standard deviation is divided by T rather than T − 1. The mean was estimated "
                "from the same T values, which makes this one a little too small.",
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
        ),
        hints=(
            "What was drawn independently of what? Turn `correct` into one number per task first.",
            "With one accuracy per task, the standard error of their mean is s/√T: `a.std()` "
            "divides by T − 1 as it should.",
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
                    "His thesis is the earliest landmark of learning to learn, and its method is "
                    "another one.",
                ),
                Option(
                    "Ravi and Larochelle",
                    "Theirs is the LSTM meta-learner of the same year, which learns the update "
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
            "When did neural networks and learning to learn first meet?",
            (
                Option("In the 2000s, with deep learning", "More than a decade late."),
                Option("In 2017, with MAML", "Thirty years late: look at the timeline."),
                Option(
                    "Between 1987 and 1990",
                    "Schmidhuber 1987; Bengio, Bengio and Cloutier 1990.",
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
