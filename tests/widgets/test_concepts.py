"""Chapter 01's widgets: the game counts right, the inspector's alarm and score are true."""

import pytest
import torch

from metacourse.episodes import sample_episodes
from metacourse.widgets.concepts import CLASS, IMAGE, N_ROUNDS, Game, episode_widget, game_widget
from tests.widgets.sweep import sweep


@pytest.fixture
def images(generator):
    return torch.randint(0, 256, (10, 12, 28, 28), generator=generator).to(torch.uint8)


@pytest.fixture
def tasks(images, generator):
    return sample_episodes(images, n_way=5, n_shot=1, n_query=1, n_tasks=4, generator=generator)


@pytest.fixture
def game(tasks):
    """A machine that is always right against one that always says the first letter."""
    truths = tasks.y_query[:, 0]
    knows, first = ("knows", truths), ("says 1", torch.zeros(4, dtype=torch.long))
    return Game(tasks, {"meta_trained": knows, "pixels": first})


def truth(game):
    return int(game.tasks.y_query[game.round, 0])


@pytest.fixture
def inspector(images):
    return episode_widget(images[:8], images[8:].flatten(0, 1), n_tasks=6)


def test_the_score_counts_right_and_wrong_answers(game):
    places = []
    for right in (True, False, True):
        places.append(truth(game))
        game.answer(truth(game) if right else (truth(game) + 1) % 5)
        game.next_round()
    assert game.scores()["learner"] == ("You", 2)
    assert game.scores()["meta_trained"] == ("knows", 3)
    assert game.scores()["pixels"] == ("says 1", places.count(0))


def test_a_second_answer_in_a_round_does_not_count(game):
    game.answer((truth(game) + 1) % 5)
    game.answer(truth(game))
    assert game.scores()["learner"] == ("You", 0)


def test_a_round_must_be_answered_before_the_next(game):
    game.next_round()
    assert game.view["round"] == 1


@pytest.mark.parametrize("place", [-1, 5, None, "1", 1.5])
def test_an_answer_that_is_no_place_is_ignored(game, place):
    game.receive({"answer": place})
    assert game.answers == []


def test_the_answer_is_not_given_away_before_it_is_asked_for(game):
    assert (game.view["truth"], game.view["scores"]) == (-1, [])
    game.receive({"answer": truth(game)})
    assert game.view["truth"] == truth(game)
    assert "Right" in game.view["message"]


def test_a_wrong_answer_is_told_the_right_number(game):
    game.answer((truth(game) + 1) % 5)
    assert f"It is {truth(game) + 1}." in game.view["message"]


def test_the_game_ends_after_its_last_round(game):
    for _ in range(6):
        game.answer(0)
        game.next_round()
    assert len(game.answers) == 4
    assert game.view["round"] == 4
    assert "last round" in game.view["message"]


def test_before_the_first_answer_the_machines_are_scored_on_all_rounds(game):
    assert game.scores()["meta_trained"] == ("knows", 4)
    assert "learner" not in game.scores()


def test_the_letter_that_is_shown_in_the_right_place_is_of_the_same_class(images, tasks, game):
    support, query = game._letters()
    place = {bytes(image.numpy().tobytes()): c for c in range(10) for image in images[c]}
    assert place[support[truth(game)].numpy().tobytes()] == place[query.numpy().tobytes()]


def test_without_a_kernel_the_game_shows_a_picture_with_alt_text(game):
    data, _ = game._repr_mimebundle_()
    assert "five letters" in data["text/plain"]
    assert data["text/html"].count("<img") == 1


def test_the_machines_of_the_course_are_better_than_guessing(images):
    game = game_widget(images // 8 + images[:, :1] // 2)
    assert len(game.tasks.x_query) == N_ROUNDS
    assert {role: right > 30 for role, (_, right) in game.scores().items()} == {
        "pixels": True,
        "meta_trained": True,
    }


def test_every_control_of_the_inspector_changes_the_picture(inspector):
    sweep(inspector)


def test_an_honest_task_raises_no_alarm(inspector):
    assert "no alarm" in inspector.readout


@pytest.mark.parametrize(
    ("leak", "alarm"),
    [(IMAGE, "1 of 15 queries copied from"), (CLASS, "3 of 15 queries seen in training")],
)
def test_a_leak_raises_the_alarm_and_the_score(inspector, leak, alarm):
    inspector.controls["leak"].value = leak
    assert alarm in inspector.readout
    assert alarm in inspector.alt_text
    reported, honest = (float(part.split("%")[0]) for part in inspector.readout.split(": ")[2:])
    assert reported > honest
