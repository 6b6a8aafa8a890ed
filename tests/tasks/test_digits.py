import torch
from sklearn import datasets

from metacourse.tasks.digits import load_digits


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
