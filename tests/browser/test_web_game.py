"""Chapter 01's game in a page without a kernel: rounds, messages and scores are Python's."""

import pytest
import torch

from metacourse.episodes import sample_episodes
from metacourse.widgets.concepts import N_RECORDED, Game, picture_url
from tests.browser.static_page import opened_page, written


def new_game(n_rounds):
    """Random images; one machine always says the first letter, the other always the third."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (10, 4, 28, 28), generator=generator).to(torch.uint8)
    sizes = {"n_way": 5, "n_shot": 1, "n_query": 1, "n_tasks": n_rounds}
    tasks = sample_episodes(images, **sizes, generator=generator)
    says = {name: torch.full((n_rounds,), n) for name, n in (("first", 0), ("third", 2))}
    return Game(tasks, {name: (f"says {name}", answers) for name, answers in says.items()})


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return written(tmp_path_factory.mktemp("game"), {"game": new_game(4).record()})


@pytest.fixture
def page(browser, path):
    with opened_page(browser, path) as found:
        found.locator("[data-live]").wait_for()
        yield found


def told(page):
    """What the page says: the message without its round, and the scores."""
    message = page.locator(".message").inner_text().partition(". ")[2]
    return message, page.locator(".bar span").inner_text().split("   ·   ")


def told_by(game):
    return game.view["message"], game.view["scores"] or [""]


def test_messages_and_scores_are_pythons_in_every_round(page):
    game = new_game(4)
    for round_, place in enumerate((0, 4, 2, 1)):
        assert page.locator(".message").inner_text().startswith(f"Round {round_ + 1} of 4. ")
        assert told(page) == told_by(game)
        page.locator(".row button").nth(place).click()
        game.answer(place)
        assert told(page) == told_by(game)
        assert page.locator(".row button.right").count() == 1
        page.get_by_role("button", name="Next round").click()
        game.next_round()
    assert "last round" in told(page)[0]


def test_it_is_played_with_the_keys(page):
    page.locator(".metacourse-game").focus()
    page.keyboard.press("3")
    assert "The others said" in told(page)[0]
    page.keyboard.press("Enter")
    assert page.locator(".message").inner_text().startswith("Round 2 of 4. ")


def test_the_pictures_of_a_round_are_those_of_its_task(page):
    game = new_game(4)
    shown = page.locator(".metacourse-game img")
    for _ in range(2):
        sources = shown.evaluate_all("(images) => images.map((each) => each.src)")
        letters, query = game._letters()
        assert sources == [picture_url(image, times=1) for image in (query, *letters)]
        page.locator(".metacourse-game").focus()
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        game.answer(0)
        game.next_round()


def test_a_second_answer_and_a_round_too_early_are_ignored(page):
    page.locator(".metacourse-game").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("2")
    before = told(page)
    page.keyboard.press("5")
    assert told(page) == before
    assert page.locator(".message").inner_text().startswith("Round 1 of 4. ")


def test_of_a_long_game_the_first_rounds_are_recorded():
    recording = new_game(40).record()
    assert len(recording["data"]["rounds"]) == N_RECORDED
    assert all("last round" in text for text in recording["data"]["rounds"][-1]["messages"])


def test_without_scripts_a_round_stands_there(browser, path):
    with opened_page(browser, path, java_script_enabled=False) as page:
        assert page.get_by_role("img", name="A round of the game").is_visible()
        assert page.get_by_text("Which of the five").is_visible()
        assert page.get_by_text("Run this cell").count() == 0
