import torch

from metacourse.siamese import prototypes, prototypical_logits


def test_a_prototype_is_the_mean_of_its_class():
    z = torch.tensor([[1.0, 0.0], [5.0, 5.0], [3.0, 2.0]])
    y = torch.tensor([1, 0, 1])
    torch.testing.assert_close(prototypes(z, y, 2), torch.tensor([[5.0, 5.0], [2.0, 1.0]]))


def test_logits_are_negative_squared_distances():
    z_query = torch.tensor([[0.0, 0.0], [1.0, 2.0]])
    centres = torch.tensor([[3.0, 4.0], [1.0, 2.0], [0.0, 1.0]])
    expected = torch.tensor([[-25.0, -5.0, -1.0], [-8.0, 0.0, -2.0]])
    torch.testing.assert_close(prototypical_logits(z_query, centres), expected)


def test_a_batch_of_tasks_is_the_tasks_one_by_one():
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(3, 8, 5, generator=generator)
    y = torch.stack([torch.randperm(8, generator=generator) % 4 for _ in range(3)])
    z_query = torch.randn(3, 6, 5, generator=generator)
    batched = prototypical_logits(z_query, prototypes(z, y, 4))
    for task in range(3):
        alone = prototypical_logits(z_query[task], prototypes(z[task], y[task], 4))
        torch.testing.assert_close(batched[task], alone)


def test_both_are_differentiable():
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(4, 3, dtype=torch.float64, generator=generator, requires_grad=True)
    q = torch.randn(2, 3, dtype=torch.float64, generator=generator, requires_grad=True)
    y = torch.tensor([0, 1, 1, 0])
    assert torch.autograd.gradcheck(
        lambda z, q: prototypical_logits(q, prototypes(z, y, 2)), (z, q)
    )
