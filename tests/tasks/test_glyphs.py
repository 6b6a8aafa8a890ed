import unicodedata

import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from metacourse.tasks import glyphs
from metacourse.tasks.glyphs import SPLITS, build_glyphs, load_glyphs, warp

N_DRAWERS = 3


@pytest.fixture(scope="module")
def built():
    return build_glyphs(N_DRAWERS)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("METACOURSE_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def builds(built, monkeypatch):
    """Stands in for the slow drawing; counts how often it was asked for."""
    asked = []
    monkeypatch.setattr(glyphs, "build_glyphs", lambda n: asked.append(n) or built)
    return asked


def bars(n=1):
    """Upright bars, one per image, 6 pixels wide and 20 high."""
    images = torch.zeros(n, 40, 40, dtype=torch.uint8)
    images[:, 10:30, 17:23] = 255
    return images


def test_shapes_follow_the_number_of_drawers(built):
    for part in built.values():
        assert part.images.shape == (len(part.characters), N_DRAWERS, 28, 28)
        assert part.images.dtype == torch.uint8
        assert len(part.scripts) == len(part.characters)


def test_no_script_is_in_two_splits():
    scripts = [script for split in SPLITS.values() for script in split]
    assert len(set(scripts)) == len(scripts)


@pytest.mark.parametrize("split", SPLITS)
def test_every_script_of_a_split_is_there_and_no_other(built, split):
    assert set(built[split].scripts) == set(SPLITS[split])


@pytest.mark.parametrize(("split", "fewest"), [("train", 700), ("validation", 50), ("test", 150)])
def test_a_split_has_characters_enough(built, split, fewest):
    assert len(built[split].characters) >= fewest


def test_no_character_is_there_twice(built):
    characters = [character for part in built.values() for character in part.characters]
    assert len(set(characters)) == len(characters)


def test_of_characters_that_look_alike_the_first_is_kept(built):
    characters = {character for part in built.values() for character in part.characters}
    latin, greek, cyrillic = "AΑА"
    assert latin in characters
    assert not {greek, cyrillic} & characters


def test_no_test_character_looks_like_a_training_character(built):
    faces = [glyphs._open_face(face) for face in glyphs.FACES[:1]]

    def pixels(split):
        drawn = [next(glyphs._draw(c, faces), None) for c in built[split].characters]
        images = torch.stack(
            [torch.from_numpy(image.copy()) for image in drawn if image is not None]
        )
        images = F.avg_pool2d(images[:, None].float(), 2).flatten(1)
        return F.normalize(images - images.mean(dim=1, keepdim=True), dim=1)

    assert (pixels("train") @ pixels("test").T).max() <= glyphs.TWINS


def test_every_character_is_an_unaccented_letter_of_its_script(built):
    for part in built.values():
        for script, character in zip(part.scripts, part.characters, strict=True):
            assert unicodedata.name(character).startswith(script)
            assert unicodedata.category(character).startswith("L")
            assert unicodedata.decomposition(character) == ""


def test_every_image_has_ink_on_an_empty_ground(built):
    for part in built.values():
        assert (part.images.flatten(2).amax(dim=2) > 120).all()
        assert (part.images == 0).flatten(2).float().mean(dim=2).min() > 0.3


def test_the_drawers_of_a_character_differ(built):
    images = built["test"].images
    assert (images[:, 0] != images[:, 1]).flatten(1).any(dim=1).all()


def test_the_same_images_are_built_every_time(built):
    again = build_glyphs(N_DRAWERS)
    for split in SPLITS:
        assert torch.equal(again[split].images, built[split].images)


def test_loading_gives_what_was_built_and_then_reads_the_cache(cache, builds, built):
    first, second = load_glyphs("test", n_drawers=N_DRAWERS), load_glyphs("test", n_drawers=3)
    assert builds == [N_DRAWERS]
    for loaded in (first, second):
        assert torch.equal(loaded.images, built["test"].images)
        assert loaded[1:] == built["test"][1:]
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize(
    "damage", ["truncated", "nonsense", "another file", "no metadata", "no JSON"]
)
def test_a_broken_cache_is_built_anew(cache, builds, built, damage):
    load_glyphs("test", n_drawers=N_DRAWERS)
    (path,) = cache.iterdir()
    broken = {"another file": {"format": "pt"}, "no metadata": None, "no JSON": {"validation": "{"}}
    if damage in broken:
        save_file({"weight": torch.zeros(2)}, path, broken[damage])
    else:
        path.write_bytes(path.read_bytes()[:5000] if damage == "truncated" else b"nonsense")
    loaded = load_glyphs("validation", n_drawers=N_DRAWERS)
    assert torch.equal(loaded.images, built["validation"].images)
    load_glyphs("validation", n_drawers=N_DRAWERS)
    assert builds == [N_DRAWERS, N_DRAWERS]


def test_another_recipe_reads_no_older_cache(cache, builds, monkeypatch):
    load_glyphs("test", n_drawers=N_DRAWERS)
    monkeypatch.setattr(glyphs, "RECIPE", glyphs.RECIPE + 1)
    load_glyphs("test", n_drawers=N_DRAWERS)
    assert len(builds) == 2


def test_a_cache_that_cannot_be_written_stops_nobody(tmp_path, builds, built, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("METACOURSE_CACHE", str(tmp_path / "file"))
    assert torch.equal(load_glyphs("test", n_drawers=3).images, built["test"].images)


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="one of train, validation, test; got 'meta-test'"):
        load_glyphs("meta-test")


def test_the_same_seed_warps_alike_and_every_image_differently():
    first, again = (warp(bars(4), torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(first, again)
    assert len({image.numpy().tobytes() for image in first}) == 4


def test_a_warp_keeps_shape_dtype_and_the_ink_inside():
    warped = warp(bars(200), torch.Generator().manual_seed(0))
    assert warped.shape == (200, 40, 40)
    assert warped.dtype == torch.uint8
    assert warped[:, [0, -1]].max() == 0
    assert warped[:, :, [0, -1]].max() == 0


def test_thickness_makes_strokes_thicker_and_thinner():
    thickness = torch.tensor([-1.0, 0.0, 1.0])[:, None, None]
    ink = glyphs._thicken(bars(3), thickness).sum(dim=(1, 2))
    assert ink[0] < ink[1] < ink[2]
    assert ink[1] == 6 * 20 * 255
