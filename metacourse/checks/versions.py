"""What the check of `concepts.sample_augmented` looks at: which version of which picture is where.

A version is told by its shift: (0, 1) is one pixel to the right.
"""

import torch

from metacourse.checks.chance import UNTOLD
from metacourse.checks.exercise import whole_number

LEFT, OWN, RIGHT = (0, -1), (0, 0), (0, 1)
VERTICAL, BY_TWO = {(-1, 0), (1, 0)}, {(0, -2), (0, 2)}
SHIFTS = LEFT, OWN, RIGHT, *VERTICAL, *BY_TWO
N_TASKS = 40  # that a sampler draws of each case


def sample_augmented_case(generator):
    """Pictures with ink at their right edge, each with its own number as ink."""
    n_way, n_shot, n_query = 4, whole_number(2, 3, generator), whole_number(1, 2, generator)
    shape = n_classes, n_images = n_way + 2, 3 * n_shot + n_query + 1
    images = torch.zeros(*shape, 4, 6, dtype=torch.float64)
    images[:, :, 1, 2:4] = 1 + torch.arange(n_classes * n_images).view(*shape, 1)
    images[:, :, 2, 5] = 1
    sizes = {"n_way": n_way, "n_shot": n_shot, "n_query": n_query}
    return {"images_by_class": images, **sizes, "generator": generator}


def facts_about_versions(sample_augmented, case):
    """Facts by which a mistake is known; after the first false one nothing is told."""
    state = case["generator"].get_state()
    tasks = [sample_augmented(**case) for _ in range(N_TASKS)]
    case["generator"].set_state(state)
    again = sample_augmented(**case)
    same = all(map(torch.equal, again, tasks[0]))
    known = places(case["images_by_class"])
    rows = [read(task, known) for task in tasks]
    facts, holds = {}, True
    tree = {**facts_about_rows(tasks, rows, case), **facts_about_draws(rows, same)}
    for fact, value in tree.items():
        facts[fact] = value if holds else UNTOLD
        holds = holds and value is not False
    return facts


def places(images_by_class):
    """Where each version of each picture comes from: {its bytes: (class, image, shift)}."""
    return {
        image.roll(shift, dims=(-2, -1)).numpy().tobytes(): (c, i, shift)
        for c, of_class in enumerate(images_by_class)
        for i, image in enumerate(of_class)
        for shift in SHIFTS
    }


def read(task, known):
    """The rows of a task's sets as (label, class, image, shift); None for an unknown picture."""
    pairs = zip(task[::2], task[1::2], strict=True)
    return [
        [
            (label, *known.get(image.numpy().tobytes(), (None, None, None)))
            for image, label in zip(images.double().contiguous(), labels.tolist(), strict=False)
        ]
        for images, labels in pairs
    ]


def facts_about_rows(tasks, rows, case):
    """What stands in the two sets."""
    n_way, n_shot = case["n_way"], case["n_shot"]
    both = [support + query for support, query in rows]
    moves = {shift for support, _ in rows for *_, shift in support}
    pictures = [{(c, i) for _, c, i, _ in support} for support, _ in rows]
    return {
        "rows of x_support (3·N·K)": len(tasks[0][0]),
        "rows of y_support (3·N·K)": len(tasks[0][1]),
        "rows of x_query (N·Q)": len(tasks[0][2]),
        "every picture is known, perhaps moved": all(s is not None for t in both for *_, s in t),
        "no picture is moved up or down": not VERTICAL & moves,
        "no picture is moved by two pixels": not BY_TWO & moves,
        "support pictures as they are": OWN in moves,
        "support pictures moved left": LEFT in moves,
        "support pictures moved right": RIGHT in moves,
        "support and query hold the same N classes": all(
            len({c for _, c, *_ in support}) == n_way
            and {c for _, c, *_ in support} >= {c for _, c, *_ in query}
            for support, query in rows
        ),
        "one label stands for one class": all(
            len({(y, c) for y, c, *_ in t}) == len({c for _, c, *_ in t}) for t in both
        ),
        "the support set holds K pictures of each class": all(
            len(drawn) == n_way * n_shot for drawn in pictures
        ),
        "no version of a query is in the support set": not any(
            (c, i) in drawn
            for drawn, (_, query) in zip(pictures, rows, strict=True)
            for _, c, i, _ in query
        ),
        "queries are as they are": all(s == OWN for _, query in rows for *_, s in query),
    }


def facts_about_draws(rows, same):
    """Whether chance is where it should be."""
    return {
        "the same generator state gives the same task": same,
        "tasks differ from each other": any(task != rows[0] for task in rows),
    }
