"""Who names which image of a class rightly, and what is left of a sequence in a state."""

import torch

from metacourse.experiments import letter_sequences as sequences
from metacourse.trained.lstm import RECIPES, sample_sequences


def test_what_is_right_is_counted_by_the_image_of_its_class():
    y = torch.tensor([[0, 1, 2, 3, 4, 4, 3, 2, 1, 0]])
    right = torch.tensor([[True] * 5 + [False] * 4 + [True]])
    found = sequences.by_instance(right, y)
    assert found.shape == (1, 2)
    torch.testing.assert_close(found, torch.tensor([[1.0, 0.2]], dtype=torch.float64))


def test_means_know_nothing_of_a_class_before_they_were_told_of_it(clouds, generator):
    x, y = sample_sequences(clouds, n_shot=4, n_tasks=50, generator=generator)
    first, *others = sequences.right_by_means(x, y).mean(0)
    assert first < 0.1  # they name a class that was told, at the very first image class 0
    assert min(others) > 0.9


def test_a_mean_is_that_of_the_images_before():
    x = torch.tensor([[[0.0], [100.0], [200.0], [300.0], [400.0], [60.0], [90.0]]])
    y = torch.tensor([[0, 1, 2, 3, 4, 0, 0]])
    # 60 is nearer to 100, class 1, than to 0; 90 is nearer to 100 than to 30, the mean of class 0
    told = torch.cat([y, torch.tensor([[1, 2, 3, 4, 1, 2, 3, 4]])], dim=1)
    more = torch.tensor([[100.0], [200], [300], [400], [100], [200], [300], [400]])[None]
    found = sequences.right_by_means(torch.cat([x, more], dim=1), told)
    assert found[0].tolist() == [0.2, 0.8, 0.8]  # first: the very first image is called 0


def test_states_of_the_same_deal_differ_by_images_and_order_only(clouds, generator):
    params = RECIPES["letters"].start(generator)
    deals = torch.tensor([[0, 1, 2, 3, 4], [4, 3, 2, 1, 0]])
    one, same = (
        sequences.states_of_deals(params, clouds[:5], deals, torch.Generator().manual_seed(0))
        for _ in range(2)
    )
    assert one.shape == (2, 48)
    assert torch.equal(one, same)
    assert not torch.allclose(one[0], one[1])
