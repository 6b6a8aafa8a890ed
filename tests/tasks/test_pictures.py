import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from metacourse.tasks import pictures
from metacourse.tasks.pictures import Unusable, find_pictures, read_picture, read_pictures
from tests.tasks.hostile import noise, save


def bar(width=40, height=60):
    """A white ground with a black bar in its left half."""
    pixels = np.full((height, width), 255, np.uint8)
    pixels[5:-5, 5:12] = 0
    return pixels


def test_a_picture_becomes_28_by_28_with_its_ground_at_the_sides(tmp_path):
    save(bar(), tmp_path / "a.png")
    found = read_picture(tmp_path / "a.png")
    assert found.whole.shape == found.drawing.shape == (28, 28)
    assert found.ground == 255
    assert (found.whole[:, [0, -1]] == 255).all()
    assert found.is_plain
    assert not found.is_coloured


def test_a_drawing_is_cut_out_and_put_in_the_middle(tmp_path):
    save(bar(), tmp_path / "a.png")
    drawing = read_picture(tmp_path / "a.png").drawing
    rows = (drawing < 128).any(1).nonzero()[0]
    assert len(rows) == pictures.LETTER
    assert abs(rows.mean() - 13.5) <= 0.5


def test_a_turned_photograph_stands_as_its_camera_says(tmp_path):
    image, exif = Image.fromarray(bar()), Image.Exif()
    exif[0x0112] = 3  # upside down
    image.rotate(180).save(tmp_path / "turned.png", exif=exif)
    image.save(tmp_path / "upright.png")
    turned, upright = (read_picture(tmp_path / f"{name}.png") for name in ("turned", "upright"))
    assert (turned.whole == upright.whole).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
def test_every_mode_shows_the_same_bar(tmp_path, mode):
    image = Image.fromarray(bar())
    if mode == "I;16":
        image = Image.fromarray(bar().astype(np.uint16) * 257)
    image = image if image.mode == mode else image.convert("RGB").convert("L").convert(mode)
    image.save(tmp_path / "a.tif")
    assert (read_picture(tmp_path / "a.tif").drawing < 128).sum() == pytest.approx(60, abs=40)


def test_transparent_means_white(tmp_path):
    pixels = np.zeros((30, 30, 4), np.uint8)  # transparent black
    pixels[10:20, 10:20, 3] = 255
    save(pixels, tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png").ground == 255


def test_colour_is_told(tmp_path):
    save(np.dstack([noise(1), noise(2), noise(3)]), tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png").is_coloured


def bomb(path, side):
    """A PNG that claims a size in its first bytes and holds nearly nothing."""
    header = struct.pack(">2I5B", side, side, 8, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )
    )


BROKEN = {
    "empty.png": lambda path: path.write_bytes(b""),
    "text.jpg": lambda path: path.write_bytes(b"not a picture"),
    "half.png": lambda path: path.write_bytes(png_bytes(path)[:90]),
    "link.png": lambda path: path.symlink_to("nowhere"),
    "folder.png": lambda path: path.mkdir(),
    "pipe.png": os.mkfifo,
}


def png_bytes(path) -> bytes:
    save(noise(0, 40), path)
    return path.read_bytes()


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_counted_and_named(tmp_path, name):
    save(noise(1), tmp_path / "a" / "good.png")
    BROKEN[name](tmp_path / "a" / name)
    found = read_pictures(tmp_path)
    assert list(found.classes["a"]) == ["a/good.png"]
    if name != "folder.png":  # a folder without pictures is no class
        assert found.left_out == {"broken": [f"a/{name}"]}


@pytest.mark.parametrize("side", [10_000, 60_000])
def test_a_bomb_is_left_out_before_it_is_unpacked(tmp_path, side):
    bomb(tmp_path / "bomb.png", side)
    with pytest.raises(Unusable, match="more than 89 million pixels"):
        read_picture(tmp_path / "bomb.png")


def test_a_picture_of_one_colour_says_nothing(tmp_path):
    save(np.full((20, 20), 200, np.uint8), tmp_path / "a.png")
    with pytest.raises(Unusable, match="of one colour"):
        read_picture(tmp_path / "a.png")


def test_a_picture_of_one_row_can_be_read(tmp_path):
    save(noise(5, 300)[:1], tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png").whole.shape == (28, 28)


def test_classes_are_the_folders_that_hold_pictures_at_any_depth(tmp_path):
    for name in ("Greek/alpha", "Greek/beta", "Latin"):
        save(noise(1), tmp_path / name / "a.png")
    assert list(find_pictures(tmp_path)[0]) == ["Greek/alpha", "Greek/beta", "Latin"]


def test_train_and_test_folders_are_one_class(tmp_path):
    for seed, name in enumerate(("train/cat", "Test/cat", "train/dog")):
        save(noise(seed), tmp_path / name / "a.png")
    found, _ = find_pictures(tmp_path)
    assert {name: len(files) for name, files in found.items()} == {"cat": 2, "dog": 1}


def test_hidden_files_and_links_to_folders_are_left_alone(tmp_path):
    save(noise(1), tmp_path / "a" / "x.png")
    for hidden in (".git/y.png", "a/.y.png", "__MACOSX/y.png"):
        save(noise(2), tmp_path / hidden)
    (tmp_path / "a" / "round").symlink_to(tmp_path)
    found, left_out = find_pictures(tmp_path)
    assert {name: len(files) for name, files in found.items()} == {"a": 1}
    assert left_out == {"links to folders, which are not followed": ["a/round"]}


def test_other_files_and_pictures_without_a_class_are_named(tmp_path):
    save(noise(1), tmp_path / "a" / "x.png")
    save(noise(1), tmp_path / "x.png")
    (tmp_path / "a" / "photo.heic").touch()
    assert find_pictures(tmp_path)[1] == {
        "beside the folders of the classes": ["x.png"],
        "no pictures in a form that is read here": ["a/photo.heic"],
    }


def test_odd_names_can_be_shown(tmp_path):
    save(noise(1), tmp_path / "a\nb <i>" / "x.png")
    odd = os.fsencode(tmp_path) + b"/\xff"
    os.mkdir(odd)
    os.rename(tmp_path / "a\nb <i>" / "x.png", odd + b"/x.png")
    save(noise(2), tmp_path / "a\nb <i>" / "y.png")
    names = list(find_pictures(tmp_path)[0])
    assert names == ["a b <i>", "\\udcff"]
    assert [name.encode() for name in names] == [b"a b <i>", b"\\udcff"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "it is empty"),
        (["notes.txt"], "a folder for each class.*txt: 1"),
        (["a.png"], "has pictures, but needs a folder"),
    ],
)
def test_a_folder_without_classes_gets_a_sentence(tmp_path, files, said):
    for name in files:
        save(noise(1), tmp_path / "x.png")
        (tmp_path / "x.png").rename(tmp_path / name)
    with pytest.raises(ValueError, match=said):
        read_pictures(tmp_path)


def test_of_a_large_class_some_are_read_the_same_ones_for_a_seed(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "MOST", 5)
    for n in range(12):
        save(noise(n), tmp_path / "a" / f"{n:02}.png")
    first, again, other = (list(read_pictures(tmp_path, seed=s).classes["a"]) for s in (0, 0, 1))
    assert len(first) == 5
    assert first == again != other
    assert len(read_pictures(tmp_path).left_out["beyond 5 of a class"]) == 7
