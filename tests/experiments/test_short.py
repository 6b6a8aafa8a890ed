"""experiments.short: the short trainings of chapter 04."""

import pytest
import torch

from metacourse import siamese
from metacourse.experiments import short
from metacourse.nets import init_convnet


def weights(seed):
    return init_convnet(generator=torch.Generator().manual_seed(seed))


def spread(params, z, y, generator):
    """A loss that wants embeddings of length 0."""
    return z.square().mean()


def test_a_batch_has_one_image_of_each_of_30_classes_and_then_three_more(characters, generator):
    z, y = short.embed_batch(weights(0), characters, generator)
    assert z.shape == (120, 128)
    assert y[:30].sort().values.tolist() == list(range(30))
    assert y.bincount().tolist() == [4] * 30


def test_a_training_lowers_its_loss_and_leaves_its_images_alone(characters):
    before = characters.clone()
    run = short.learn(spread, characters, n_steps=3)
    assert run.losses[-1] < run.losses[0]
    assert len(run.losses) == 3
    assert torch.equal(characters, before)


def test_every_loss_of_a_seed_sees_the_same_start_and_the_same_batches(characters):
    firsts = [
        short.learn(loss, characters, n_steps=1, seed=2).losses[0]
        for loss in (short.all_pairs(3.0), short.triplet())
    ]
    again = short.learn(short.all_pairs(3.0), characters, n_steps=1, seed=2).losses[0]
    other = short.learn(short.all_pairs(3.0), characters, n_steps=1, seed=3).losses[0]
    z, y = short.embed_batch(weights(2), characters, torch.Generator().manual_seed(1002))
    expected = siamese.all_pairs_loss(z, y, temperature=3.0).item()
    assert firsts[0] == again == pytest.approx(expected, rel=1e-5)
    assert other != again


def test_parameters_of_the_loss_are_trained_too_and_are_not_overwritten(characters):
    run = short.learn(short.similarity, characters, extra=short.SIMILARITY, n_steps=2)
    assert run.params["bias"] != short.SIMILARITY["bias"]
    assert short.SIMILARITY["bias"] == 5


def test_checkpoints_begin_with_the_start_and_end_with_what_is_returned(characters):
    kept = {}
    run = short.learn(spread, characters, n_steps=2, checkpoints=kept)
    assert list(kept) == [0, 1, 2]
    assert all(torch.equal(kept[0][name], tensor) for name, tensor in weights(0).items())
    assert all(torch.equal(kept[2][name], tensor) for name, tensor in run.params.items())


LOSSES = (
    short.contrastive(),
    short.triplet(),
    short.hardest,
    short.semi_hard(),
    short.prototypical(3.0),
    short.all_pairs(3.0),
)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_less_where_classes_lie_apart(loss, generator):
    y = torch.arange(30).repeat(4)
    apart = 100.0 * torch.nn.functional.one_hot(y, 30) + 0.01 * torch.rand(120, 1)
    mixed = torch.rand(120, 30, generator=generator)
    assert loss({}, apart, y, generator) < 0.1 * loss({}, mixed, y, generator)


def test_distances_are_told_for_pairs_of_one_character_and_of_two(characters):
    same, different = short.letter_distances(weights(0), characters[:4])
    assert (len(same), len(different)) == (4 * 10, 6 * 25)
    assert same.median() < different.median()


def test_one_shot_answers_by_the_nearest_image_or_by_the_similarity(characters):
    nearest = short.one_shot(weights(0), characters)
    far_is_same = {"weight": torch.ones(128), "bias": torch.tensor(0.0)}
    assert short.one_shot(weights(0) | far_is_same, characters).mean < 0.2 < nearest.mean


def test_every_pair_meets_a_negative_of_another_class_each_of_them_in_time(generator):
    y = torch.tensor([0, 0, 1, 2])
    z = torch.tensor([[0.0], [0.0], [3.0], [5.0]])  # d² of class 0 to the others: 9 and 25
    found = {short.every_pair({}, z, y, generator).item() for _ in range(40)}
    assert found == {100 - 9.0, 100 - 25.0, 100 - 17.0}  # of two pairs: the one, the other, both
