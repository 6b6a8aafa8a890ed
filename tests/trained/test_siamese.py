import torch

from metacourse.trained.siamese import sample_written, written_letters

CPU = torch.device("cpu")


def test_turned_letters_are_classes_of_their_own(letters, characters):
    images, _ = written_letters(CPU)
    assert images.shape == (128, 16, 28, 28)
    assert torch.equal(images[32], characters[0].rot90(1, (1, 2)))


def test_four_images_of_each_of_thirty_classes_are_drawn(letters, generator):
    images, labels = sample_written(generator)
    assert labels.tolist() == [n for n in range(30) for _ in range(4)]
    classes, _ = written_letters(CPU)
    for four in images.split(4):
        same = (classes[:, None] == four[:, None]).all(dim=(3, 4))  # (classes, 4, 16)
        assert same.any(dim=2).all(dim=1).any()
