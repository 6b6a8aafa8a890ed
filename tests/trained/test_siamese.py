import torch
from torch.nn import functional as F

from metacourse.trained.siamese import TEMPERATURE, all_pairs_loss, sample_written, written_letters

CPU = torch.device("cpu")


def test_the_loss_over_all_pairs_is_that_of_a_task_for_each_pair(generator):
    z, y = torch.randn(6, 4, generator=generator).double(), torch.tensor([0, 1, 1, 0, 2, 1])
    losses = []
    for i, j in ((0, 3), (3, 0), (1, 2), (2, 1), (1, 5), (5, 1), (2, 5), (5, 2)):
        support = torch.cat([z[j : j + 1], z[y != y[i]]])
        logits = -(support - z[i]).square().sum(dim=1) / TEMPERATURE
        losses.append(F.cross_entropy(logits, torch.tensor(0)))
    torch.testing.assert_close(all_pairs_loss(z, y), torch.stack(losses).mean())


def test_the_loss_over_all_pairs_vanishes_when_classes_are_far_apart():
    z, y = torch.tensor([[0.0], [0.1], [90.0], [90.1]]), torch.tensor([0, 0, 1, 1])
    assert all_pairs_loss(z, y) < 1e-9


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
