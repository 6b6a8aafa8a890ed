import pytest
import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse.tasks import pens
from metacourse.tasks.framing import PEN, frame_strokes
from metacourse.tasks.glyphs import LETTER, SPLITS, load_glyphs
from metacourse.tasks.pens import (
    _bend,
    _move_strokes,
    load_written,
    thin,
    trace,
    write,
    write_glyphs,
)

SIZE = 56
LOW, HIGH = (SIZE - LETTER) // 2, (SIZE + LETTER) // 2  # the ink's box, [LOW, HIGH)


def blank(n: int = 1) -> Tensor:
    return torch.zeros(n, SIZE, SIZE, dtype=torch.uint8)


def bar() -> Tensor:
    image = blank()
    image[:, LOW:HIGH, 26:30] = 255
    return image


def plus() -> Tensor:
    image = bar()
    image[:, 26:30, LOW:HIGH] = 255
    return image


def ring() -> Tensor:
    y, x = torch.meshgrid(torch.arange(SIZE) - 27.5, torch.arange(SIZE) - 27.5, indexing="ij")
    radius = (x**2 + y**2).sqrt()
    return ((radius < 19) & (radius > 15)).to(torch.uint8)[None] * 255


def two_bars() -> Tensor:
    image = blank()
    image[:, LOW:HIGH, 15:19] = 255
    image[:, LOW:HIGH, 35:39] = 255
    return image


def blobs(generator: Generator, n: int = 40) -> Tensor:
    """Shapes with pieces and holes of many sizes: (n, 32, 32) bool."""
    rough = torch.randn(n, 1, 32, 32, generator=generator)
    return F.avg_pool2d(rough, 5, 1, 2)[:, 0] > 0


def n_pieces(image: Tensor, *, diagonals: bool) -> int:
    """How many pieces of True an image (H, W) has, counted by flooding them one by one."""
    steps = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    steps += [(1, 1), (1, -1), (-1, 1), (-1, -1)] if diagonals else []
    left, pieces = set(map(tuple, image.nonzero().tolist())), 0
    while left:
        pieces, flood = pieces + 1, [left.pop()]
        while flood:
            row, column = flood.pop()
            around = {(row + dy, column + dx) for dy, dx in steps} & left
            left -= around
            flood += around
    return pieces


def box(image: Tensor) -> tuple[list[int], list[int]]:
    """The first and the last row and column with ink."""
    rows, columns = image.any(dim=1).nonzero()[:, 0], image.any(dim=0).nonzero()[:, 0]
    return [int(rows[0]), int(rows[-1])], [int(columns[0]), int(columns[-1])]


def test_thinning_neither_cuts_nor_loses_nor_joins_a_piece(generator):
    for before in blobs(generator):
        after = thin(before[None])[0]
        assert n_pieces(after, diagonals=True) == n_pieces(before, diagonals=True)


def test_thinning_neither_closes_nor_opens_a_hole(generator):
    for before in blobs(generator):
        before, after = (F.pad(image, (1, 1, 1, 1)) for image in (before, thin(before[None])[0]))
        assert n_pieces(~after, diagonals=False) == n_pieces(~before, diagonals=False)


def test_thinning_only_takes_ink_away_and_does_all_of_it_at_once(generator):
    before = blobs(generator)
    after = thin(before)
    assert not (after & ~before).any()
    assert torch.equal(thin(after), after)


def test_a_thinned_bar_is_a_line_one_pixel_wide_and_nearly_as_long():
    line = thin(bar() > 0)[0]
    assert line.sum(dim=1).max() == 1
    assert LETTER - 4 <= line.sum() <= LETTER


def test_thinning_one_image_does_not_depend_on_the_others(generator):
    images = blobs(generator, 5)
    assert torch.equal(thin(images)[3], thin(images[3:4])[0])


def test_thinning_does_not_change_its_input(generator):
    images = blobs(generator, 2)
    before = images.clone()
    thin(images)
    assert torch.equal(images, before)


@pytest.mark.parametrize(("draw", "n_strokes"), [(bar, 1), (ring, 1), (two_bars, 2), (plus, 4)])
def test_a_letter_has_as_many_strokes_as_its_lines_between_crossings(draw, n_strokes):
    (letter,) = trace(draw())
    assert letter.stroke.unique().tolist() == list(range(n_strokes))


def test_the_arms_of_a_plus_are_strokes_of_their_own():
    (letter,) = trace(plus())
    tips = [letter.points[:, axis].argsort()[place] for axis in (0, 1) for place in (0, -1)]
    assert len({int(letter.stroke[tip]) for tip in tips}) == 4


def test_the_points_run_along_the_middle_of_the_ink_without_gaps():
    (letter,) = trace(bar())
    x, y = letter.points.T * LETTER / 2
    assert x.abs().max() <= 1
    assert y.abs().max() == pytest.approx(LETTER / 2, abs=3)
    assert y.sort().values.diff().max() < 0.501


def test_letters_are_traced_one_by_one():
    together = trace(torch.cat([bar(), plus(), two_bars()]))
    for letter, draw in zip(together, (bar, plus, two_bars), strict=True):
        (alone,) = trace(draw())
        torch.testing.assert_close(letter.points, alone.points)
        assert torch.equal(letter.stroke, alone.stroke)


def test_an_image_without_ink_is_refused_and_numbered():
    with pytest.raises(ValueError, match="ink in every image, number 1 has none"):
        trace(torch.cat([bar(), blank()]))


@pytest.mark.parametrize("images", [bar()[0], bar().float()])
def test_images_of_another_shape_or_type_are_refused(images):
    with pytest.raises(ValueError, match=r"images needs shape \(n, H, W\) and dtype uint8, got"):
        trace(images)


def test_a_hand_of_no_strength_only_frames_the_letter(generator):
    line = frame_strokes([[(0, 0), (0, 1)], [(-0.5, 0.5), (0.5, 0.5)]])
    (written,) = write(trace(plus()), generator, strength=0.0)
    assert (written.int() - line.int()).abs().max() < 128  # half a pixel of 56 at the edges
    assert (written.int() - line.int()).abs().float().mean() < 3


@pytest.mark.parametrize("draw", [bar, plus, ring, two_bars])
def test_what_is_written_is_framed(draw, generator):
    for image in write(trace(draw()) * 50, generator):
        rows, columns = box(image > 20)
        assert 18 <= max(rows[1] - rows[0], columns[1] - columns[0]) + 1 <= 21
        for first, last in (rows, columns):
            assert first + last == pytest.approx(27, abs=1)


def test_the_ink_of_a_line_is_as_thick_as_the_pens(generator):
    ink = write(trace(bar()) * 400, generator).float().sum(dim=(1, 2)) / 255 * 4
    assert (ink / LETTER).mean() == pytest.approx(PEN, rel=0.1)


def test_the_same_seed_writes_alike_and_every_hand_differently():
    letters = trace(plus()) * 4
    first, again = (write(letters, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(first, again)
    assert len({image.numpy().tobytes() for image in first}) == 4


def test_more_strength_changes_more():
    letters = trace(plus()) * 200
    printed, a_little, a_lot = (
        write(letters, torch.Generator().manual_seed(0), strength=strength).float()
        for strength in (0.0, 0.3, 1.0)
    )
    assert (a_little - printed).abs().mean() < 0.8 * (a_lot - printed).abs().mean()


def test_strokes_move_by_themselves(generator):
    (letter,) = trace(two_bars())
    moved = _move_strokes(letter.points, letter.stroke, torch.ones(2), generator)
    left, right = ((moved - letter.points)[letter.stroke == bar].mean(dim=0) for bar in (0, 1))
    assert (left - right).abs().max() > 0.01


def test_a_stroke_stays_straight_when_it_moves(generator):
    (letter,) = trace(bar())
    moved = _move_strokes(letter.points, letter.stroke, torch.ones(1), generator)
    assert torch.linalg.svdvals(moved - moved.mean(dim=0))[1] < 1e-4
    bent = _bend(letter.points, torch.zeros_like(letter.stroke), torch.ones(1), generator)
    assert torch.linalg.svdvals(bent - bent.mean(dim=0))[1] > 1e-2


def test_written_glyphs_are_the_characters_of_the_split(generator):
    written = write_glyphs("validation", generator, n_drawers=3)
    printed = load_glyphs("validation")
    assert written.characters == printed.characters
    assert written.scripts == printed.scripts
    assert written.images.shape == (len(printed.characters), 3, 28, 28)
    assert written.images.dtype == torch.uint8
    assert written.images.flatten(2).amax(dim=2).min() > 120


def test_a_written_character_looks_more_like_its_print_than_like_others(generator):
    written = write_glyphs("validation", generator, n_drawers=4).images[:, 0].flatten(1).float()
    printed = load_glyphs("validation").images.flatten(2).float()
    rows = [F.normalize(x - x.mean(-1, keepdim=True), dim=-1) for x in (written, printed)]
    alike = torch.einsum("ip,jdp->ijd", *rows).amax(dim=2)
    own = alike.diagonal().mean()
    assert own > (alike.sum() - alike.trace()) / (len(alike) ** 2 - len(alike)) + 0.15


def test_an_unknown_split_is_refused(generator):
    with pytest.raises(ValueError, match=f"one of {', '.join(SPLITS)}; got 'meta-test'"):
        write_glyphs("meta-test", generator)


def test_written_letters_are_written_once_and_then_read(tmp_path, monkeypatch):
    monkeypatch.setenv("METACOURSE_CACHE", str(tmp_path))
    first = load_written("validation", n_drawers=2)
    monkeypatch.setattr(pens, "write_glyphs", None)
    again = load_written("validation", n_drawers=2)
    assert torch.equal(first.images, again.images)
    assert (again.scripts, again.characters) == (first.scripts, first.characters)


def test_there_are_no_written_letters_of_an_unknown_split():
    with pytest.raises(ValueError, match="split must be one of"):
        load_written("letters")
