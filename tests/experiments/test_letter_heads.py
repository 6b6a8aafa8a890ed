"""experiments.letter_heads: penalties and warped copies that tasks of other scripts choose."""

import pytest
import torch
from torch.func import grad
from torch.nn import functional as F

from metacourse.experiments import letter_heads


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def task():
    return letter_heads.draw_tasks("train", 1, seeded())


def test_a_task_has_ten_letters_five_pictures_and_five_queries_of_each(task):
    assert task.x_support.shape == (1, 50, 196)
    assert task.y_support[0].bincount().tolist() == [5] * 10
    assert task.y_query[0].bincount().tolist() == [5] * 10


def test_without_strength_a_copy_is_the_picture(task):
    pictures = task.x_support[0]
    noise = torch.randn(50, 4, generator=seeded(1))
    copies = letter_heads.warped(pictures, torch.zeros(3), noise)
    torch.testing.assert_close(copies, pictures, atol=1e-5, rtol=0)


def test_a_shift_of_one_pixel_moves_the_ink_by_one_pixel():
    picture = torch.zeros(1, 14, 14)
    picture[0, 5, 6] = 1.0
    across = torch.tensor([[1.0, 0.0, 0.0, 0.0]])
    moved = letter_heads.warped(picture.flatten(1), torch.tensor([1.0, 0.0, 0.0]), across)
    assert moved.view(14, 14).argmax().item() == 5 * 14 + 5  # what is drawn lies one further right
    assert moved.sum().item() == pytest.approx(1.0, abs=1e-4)


def test_a_quarter_turn_turns_the_picture():
    picture = torch.zeros(1, 14, 14)
    picture[0, 2, 6:8] = 1.0  # above the middle
    turn = torch.tensor([[0.0, 0.0, torch.pi / 2, 0.0]])
    turned = letter_heads.warped(picture.flatten(1), torch.tensor([0.0, 1.0, 0.0]), turn)
    beside = turned.view(14, 14).nonzero()[:, 1].unique()
    assert set(beside.tolist()) <= {1, 2, 3, 10, 11, 12}
    assert turned.sum().item() == pytest.approx(2.0, abs=1e-4)  # nothing is lost


def test_a_larger_size_factor_shows_a_smaller_letter():
    picture = torch.ones(1, 196)
    bigger = torch.tensor([[0.0, 0.0, 0.0, 1.0]])
    shown = letter_heads.warped(picture, torch.tensor([0.0, 0.0, 0.7]), bigger)
    assert shown.sum() < 0.5 * picture.sum()


def test_the_loss_has_a_slope_along_all_that_is_told(task):
    told = {name: value.double() for name, value in letter_heads.told_at_first().items()}
    tasks = task._replace(x_support=task.x_support.double(), x_query=task.x_query.double())
    noise = letter_heads.draw_noise(1, 2, seeded(2)).double()

    def loss(told):
        return letter_heads.query_loss(told, tasks, noise)

    found = grad(loss)(told)
    for name, value in told.items():
        nudge = torch.zeros_like(value)
        nudge.view(-1)[0] = 1e-6
        up, down = (loss(told | {name: value + sign * nudge}) for sign in (1, -1))
        difference = (up - down) / 2e-6
        torch.testing.assert_close(found[name].view(-1)[0], difference, rtol=1e-3, atol=1e-7)


def test_without_copies_a_head_is_ridge_on_the_pixels(task):
    x, y, x_query, _ = (part[0] for part in task)
    told = letter_heads.told_at_first()
    scores = letter_heads.logits(told, x, y, x_query, letter_heads.draw_noise(1, 0, seeded())[0])
    inputs, targets = letter_heads.with_bias(x), F.one_hot(y, 10) - 0.1
    penalty = told["log penalty"].exp()
    head = torch.linalg.solve(
        inputs.T @ inputs / 50 + penalty * torch.eye(197), inputs.T @ targets / 50
    )
    expected = told["log scale"].exp() * letter_heads.with_bias(x_query) @ head
    torch.testing.assert_close(scores, expected, rtol=1e-3, atol=1e-3)


def test_learning_lowers_the_loss_on_tasks_of_its_own_kind(task):
    told = letter_heads.learned(n_copies=0, n_outer=30)
    tasks = letter_heads.draw_tasks("train", 40, seeded(5))
    noise = letter_heads.draw_noise(40, 0, seeded(6))
    first = letter_heads.told_at_first()
    assert letter_heads.query_loss(told, tasks, noise) < letter_heads.query_loss(
        first, tasks, noise
    )


def test_a_search_keeps_the_best_of_what_it_tried():
    told = letter_heads.searched(n_trials=3, n_tasks=2)
    assert 1e-3 <= told["log penalty"].exp() <= 1.0
    assert told["log strengths"].shape == (3,)
    generator = seeded()  # as the search draws
    tasks = letter_heads.draw_tasks("train", 2, generator)
    noise = letter_heads.draw_noise(2, letter_heads.N_COPIES, generator)
    u = torch.rand(4, 3, generator=generator)
    ends = letter_heads.RANGES.items()
    tried = {name: a * (b / a) ** row for (name, (a, b)), row in zip(ends, u, strict=True)}
    settings = [{name: tried[name][n] for name in tried} for n in range(3)]
    all_told = [letter_heads.told_as(setting) for setting in settings]
    shares = torch.stack([letter_heads.right(each, tasks, noise).mean() for each in all_told])
    torch.testing.assert_close(told, all_told[shares.argmax()])


def test_tasks_to_judge_on_do_not_depend_on_the_copies():
    one, two = (next(letter_heads.same_tasks("test", 25)) for _ in range(2))
    assert torch.equal(one.x_support, two.x_support)
    told = letter_heads.told_at_first()
    assert letter_heads.accuracies(told, n_copies=0, n_tasks=25).shape == (25,)
