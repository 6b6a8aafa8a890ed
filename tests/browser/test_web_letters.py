"""Draw your own, in a page without a kernel: framing, network, answers and map are Python's."""

from functools import partial

import pytest
import torch
from torch import Generator

from metacourse.nets import convnet
from metacourse.tasks.framing import frame_strokes
from metacourse.trained.embeddings import load_embedding
from metacourse.widgets.letters import INVENTED, another_hand, example_strokes, letters_widget
from tests.browser.static_page import opened_page, written

ODD = {
    "a dot": [[[0.5, 0.5]]],
    "a dot of two points": [[[0.1, 0.1], [0.1, 0.1]]],
    "a point twice in a line": [[[0.2, 0.2], [0.2, 0.2], [0.8, 0.4]]],
    "a corner": [[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]], [[0.3, 0.3]]],
    "a speck": [[[0.5, 0.5], [0.5003, 0.5001]]],
    "a level line": [[[0.1, 0.4], [0.9, 0.4]]],
}
LOOK = """([drawings, { network, sizes }]) => {
    const blocks = network.blocks.map((block) => Object.fromEntries(
        Object.entries(block).map(([name, value]) => [name, metacourse.numbers(value)])));
    return drawings.map((drawing) => {
        const image = metacourse.network.frame(drawing, sizes);
        const z = metacourse.network.embed(image, { ...network, blocks });
        return [[...image], [...z]];
    });
}"""
# What a learner does, in the order of the buttons and of the pad: [what, with what].
ACTS = """([recording, acts]) => {
    const made = (state) => ({ state, get: (name) => state[name],
                               set: (values) => Object.assign(state, values) });
    const blocks = recording.network.blocks.map((block) => Object.fromEntries(
        Object.entries(block).map(([name, value]) => [name, metacourse.numbers(value)])));
    const network = { ...recording.network, blocks };
    const [pad, board] = [made({ ...recording.pad }), made({ ...recording.board })];
    const letters = new metacourse.Letters({ ...recording, network }, pad, board);
    letters.begin(recording.document);
    const does = {
        choose: (place) => { board.set({ chosen: place }); letters.chosen(); },
        draw: (strokes) => { pad.set({ strokes }); letters.drawn(); },
        submit: (strokes) => { does.draw([]); letters.submitted(strokes); },
        press: (what) => letters.receive({ do: what }),
    };
    return acts.map(([what, how]) => {
        does[what](how);
        const { view, letters: shown, chosen } = board.state;
        return { ...view, question: view.question !== "", chosen, shots: shown.map((s) => s.length),
                 strokes: pad.state.strokes, submit: pad.state.submit, label: pad.state.label };
    });
}"""


@pytest.fixture(scope="module")
def params():
    return load_embedding("handwriting")


def new_letters(params, **how):
    return letters_widget(partial(convnet, params), temperature=10.0, **how)


@pytest.fixture(scope="module")
def recording(params):
    return new_letters(params).record()


@pytest.fixture(scope="module")
def path(recording, tmp_path_factory):
    return written(tmp_path_factory.mktemp("letters"), {"letters": recording})


@pytest.fixture
def page(browser, path):
    with opened_page(browser, path, viewport={"width": 1366, "height": 900}) as found:
        found.locator("[data-live] canvas").wait_for()
        yield found


def hands(n, seed):
    """Drawings of the invented letters by other hands, letter after letter."""
    generator = Generator().manual_seed(seed)
    return [another_hand(INVENTED[k % len(INVENTED)], generator) for k in range(n)]


# the network --------------------------------------------------------------------------------------


def test_a_framed_drawing_is_pythons_pixel_by_pixel(page, recording):
    drawings = [*hands(30, seed=1), *ODD.values()]
    found = page.evaluate(LOOK, [drawings, recording])
    for (image, _), drawing in zip(found, drawings, strict=True):
        assert image == frame_strokes(drawing).flatten().tolist()


def test_embeddings_are_pythons_and_the_nearest_of_seventy_drawings_never_changes(
    page, recording, params
):
    drawings = hands(70, seed=2)
    found = torch.tensor([z for _, z in page.evaluate(LOOK, [drawings, recording])])
    z = convnet(params, torch.stack([frame_strokes(drawing) for drawing in drawings]))
    assert (found - z).abs().max() < 1e-3
    nearest = [
        torch.cdist(each, each).fill_diagonal_(torch.inf).argmin(1).tolist() for each in (found, z)
    ]
    assert nearest[0] == nearest[1]


# the game -----------------------------------------------------------------------------------------


def play(widget, acts):
    """What Python's widget shows after each of the acts."""
    does = {
        "choose": widget.choose,
        "draw": lambda strokes: setattr(widget.pad, "strokes", strokes),
        "submit": lambda strokes: widget.pad.receive({"submit": strokes}),
        "press": lambda what: widget.receive({"do": what}),
    }
    for what, how in acts:
        does[what](how)
        board, pad = widget.board, widget.pad
        yield board.view | {
            "question": board.view["question"] != "",
            "chosen": board.chosen,
            "shots": [len(urls) for urls in board.letters],
            "strokes": pad.strokes,
            "submit": pad.submit,
            "label": pad.label,
        }


def assert_alike(found, wanted):
    numbers = {"squares": 0.02, "shares": 1e-3, "scale": 0.05}
    for name, value in wanted.items():
        if name in numbers:
            assert found[name] == pytest.approx(value, abs=numbers[name])
        elif name != "map":
            assert found[name] == value, name
    for name in ("shots", "prototypes", "question"):
        assert len(found["map"][name]) == len(wanted["map"][name])


FIRST, SECOND, AGAIN, QUESTION = hands(9, seed=3)[:2] + hands(9, seed=4)[:2]
GAMES = {
    "the first letters": [
        ("submit", []),
        ("draw", FIRST),
        ("submit", FIRST),
        ("submit", SECOND),
        ("choose", 5),
        ("draw", AGAIN),
        ("submit", AGAIN),
        ("choose", 0),
        ("submit", AGAIN),
        ("choose", 5),
        ("draw", QUESTION),
        ("choose", 1),
        ("press", "remove"),
        ("press", "remove"),
        ("choose", 5),
    ],
    "the example": [
        ("press", "example"),
        *[("press", "draw")] * 3,
        ("submit", example_strokes()["questions"][3]),
        ("draw", QUESTION),
        ("submit", QUESTION),
        ("press", "restart"),
        ("press", "restart"),
        ("press", "back"),
        ("press", "remove"),
        ("choose", 4),
        ("press", "remove"),
        ("press", "example"),
        ("press", "nothing of that name"),
    ],
    "a question first": [
        ("choose", 5),
        ("draw", QUESTION),
        ("submit", QUESTION),
        ("choose", 2),
        ("submit", FIRST),
        ("submit", SECOND),
        ("choose", 5),
    ],
}


@pytest.mark.parametrize("acts", GAMES.values(), ids=GAMES)
def test_answers_and_readouts_are_pythons_after_every_act(page, recording, params, acts):
    found = page.evaluate(ACTS, [recording, acts])
    for each, wanted in zip(found, play(new_letters(params), acts), strict=True):
        assert_alike(each, wanted)


def test_the_map_is_pythons(page, recording, params):
    acts = [("press", "example"), ("choose", 1), *[("submit", each) for each in (FIRST, SECOND)]]
    found = page.evaluate(ACTS, [recording, acts])
    for each, wanted in zip(found, play(new_letters(params), acts), strict=True):
        for name in ("shots", "prototypes"):
            for place, other in zip(each["map"][name], wanted["map"][name], strict=True):
                assert place == pytest.approx(other, abs=0.01)
        assert each["map"]["question"] == pytest.approx(wanted["map"]["question"], abs=0.01)


def test_what_has_no_room_is_told_as_python_tells_it(page, recording, params):
    acts = [("choose", 1), ("submit", SECOND), ("choose", 1), *[("submit", SECOND)] * 100]
    found = page.evaluate(ACTS, [recording, acts])
    *_, wanted = play(new_letters(params), acts)
    assert "there is no room" in wanted["readout"]
    assert_alike(found[-1], wanted)


def test_another_hand_with_the_same_luck_draws_as_pythons_does(page):
    for seed, letter in enumerate(INVENTED):
        n = 8 + 2 * len(letter)
        luck = torch.rand(n, generator=Generator().manual_seed(seed)).tolist()
        found = page.evaluate(
            """([strokes, luck]) => metacourse.network.anotherHand(strokes,
                (low, high) => low + (high - low) * luck.shift())""",
            [letter, luck],
        )
        drawn = another_hand(letter, Generator().manual_seed(seed))
        for stroke, other in zip(found, drawn, strict=True):
            assert torch.tensor(stroke) == pytest.approx(torch.tensor(other), abs=1e-3)


# the page -----------------------------------------------------------------------------------------


def draw(page, strokes):
    """Draw with the mouse."""
    box, mouse = page.locator("canvas").bounding_box(), page.mouse
    for stroke in strokes:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        mouse.move(*places[0])
        mouse.down()
        for place in places[1:]:
            mouse.move(*place)
        mouse.up()


def test_letters_are_drawn_and_one_is_recognised(page):
    for place, letter in enumerate(INVENTED[:5]):
        draw(page, letter)
        page.get_by_role("button", name=f"Add to letter {place + 1}").click()
    assert page.get_by_role("radio", name="Question").is_checked()
    draw(page, hands(4, seed=5)[3])
    page.get_by_text("Nearest is letter 4 ").wait_for()
    assert page.locator(".bar.nearest .name").inner_text() == "▶ 4"


def test_all_of_it_works_with_the_keys(page):
    page.get_by_role("button", name="Load an example").press("Enter")
    page.get_by_text("Question 1 of 10: nearest is letter ").wait_for()
    page.get_by_role("button", name="Draw for me").press("Enter")
    page.get_by_text("Question 2 of 10: nearest is letter ").wait_for()
    page.get_by_role("radio", name="Question").press("ArrowUp")
    page.get_by_role("button", name="Add to letter 5").press("Enter")
    assert page.get_by_text("2 shots").is_visible()
    page.get_by_role("button", name="Start over").press("Enter")
    page.get_by_text("Invent a letter").wait_for()


def test_any_letter_can_be_drawn_for_the_reader(page):
    for place in range(5):
        page.get_by_role("radio", name=f"Letter {place + 1}").check()
        page.get_by_role("button", name="Draw for me").click()
        page.get_by_role("button", name=f"Add to letter {place + 1}").click()
        assert page.get_by_text("1 shot", exact=True).count() == place + 1


def test_an_embedding_that_does_not_ship_is_refused():
    made = letters_widget(lambda images: images.flatten(1).float()[:, :3])
    with pytest.raises(ValueError, match="handwriting"):
        made.record()


def test_without_scripts_an_example_stands_there(browser, path):
    with opened_page(browser, path, java_script_enabled=False) as page:
        assert page.get_by_role("img", name="5 invented letters").is_visible()
        assert page.get_by_text("Run this cell").count() == 0
