import pytest
import torch
from sklearn import datasets

from metacourse.tasks.digits import load_digits, split_digits


def test_there_are_174_images_of_each_digit():
    assert load_digits().shape == (10, 174, 8, 8)


def test_ink_is_255_on_0():
    digits = load_digits()
    assert digits.dtype == torch.uint8
    assert (digits.min().item(), digits.max().item()) == (0, 255)


def test_an_image_stands_under_its_own_digit():
    source = datasets.load_digits()
    for digit in range(10):
        first = torch.from_numpy(source.images[source.target == digit][0])
        torch.testing.assert_close(
            load_digits()[digit, 0] / 255 * 16, first.float(), atol=0.04, rtol=0
        )


def test_no_image_is_in_two_splits():
    splits = [split_digits(name) for name in ("train", "validation", "test")]
    assert [split.shape[1] for split in splits] == [100, 37, 37]
    images = torch.cat([split.flatten(0, 1) for split in splits])
    assert len(images.unique(dim=0)) == 1740


def test_the_images_of_a_split_stand_under_their_own_digit():
    for digit, images in enumerate(split_digits("test")):
        known = load_digits()[digit].flatten(1) / 255
        assert all((image == known).all(dim=1).any() for image in images)


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="split must be one of train, validation, test"):
        split_digits("all")
