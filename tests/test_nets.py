import pytest
import torch
from torch.func import grad, vmap

from metacourse.nets import (
    channels_last,
    convnet,
    flatten,
    init_convnet,
    init_mlp,
    mlp,
    unflatten,
)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def images(n=4):
    return torch.rand(n, 28, 28, generator=generator(1))


def test_the_convnet_embeds_an_image_in_128_numbers():
    assert convnet(init_convnet(generator=generator()), images()).shape == (4, 128)


@pytest.mark.parametrize(("n_filters", "n_blocks", "size"), [(8, 2, 8 * 49), (16, 5, 16)])
def test_filters_and_blocks_give_the_size_of_the_embedding(n_filters, n_blocks, size):
    params = init_convnet(n_filters=n_filters, n_blocks=n_blocks, generator=generator())
    assert convnet(params, images()).shape == (4, size)


def test_an_embedding_does_not_depend_on_the_other_images():
    params = init_convnet(generator=generator())
    together = convnet(params, images())
    alone = torch.cat([convnet(params, image[None]) for image in images()])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


def test_integers_from_0_to_255_are_scaled_to_1():
    params = init_convnet(generator=generator())
    integers = (images() * 255).to(torch.uint8)
    assert torch.equal(convnet(params, integers), convnet(params, integers.float() / 255))


def test_the_convnet_takes_one_set_of_parameters_per_task_under_vmap():
    sets = [init_convnet(n_filters=8, generator=generator(seed)) for seed in range(3)]
    x = torch.rand(3, 2, 28, 28, generator=generator())
    stacked = {name: torch.stack([params[name] for params in sets]) for name in sets[0]}
    one_by_one = torch.stack([convnet(params, task) for params, task in zip(sets, x, strict=True)])
    torch.testing.assert_close(vmap(convnet)(stacked, x), one_by_one, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    "init", [lambda g: init_convnet(generator=g), lambda g: init_mlp([3, 2], g)]
)
def test_the_seed_decides_the_parameters(init):
    first, again, other = init(generator(0)), init(generator(0)), init(generator(1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_every_parameter_of_the_convnet_receives_a_gradient():
    params = {name: p.requires_grad_() for name, p in init_convnet(generator=generator()).items()}
    convnet(params, images()).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in params.values())


def test_an_mlp_starts_with_weights_and_biases_uniform_within_one_over_the_root_of_its_inputs():
    params = init_mlp([400, 300, 1], generator())
    for name, limit in (
        ("layer0.weight", 1 / 20),
        ("layer0.bias", 1 / 20),
        ("layer1.weight", 300**-0.5),
    ):
        shares = torch.quantile(
            params[name].flatten()[:100_000] / limit, torch.tensor([0.01, 0.5, 0.99])
        )
        torch.testing.assert_close(shares, torch.tensor([-0.98, 0.0, 0.98]), atol=0.15, rtol=0)
        assert params[name].abs().max() <= limit


def test_an_mlp_of_two_layers_is_the_formula():
    params = init_mlp([3, 5, 2], generator())
    x = torch.randn(4, 7, 3, generator=generator(1))
    w0, b0, w1, b1 = params.values()
    expected = (x @ w0.T + b0).clamp(min=0) @ w1.T + b1
    torch.testing.assert_close(mlp(params, x), expected)


def test_the_last_layer_of_an_mlp_has_no_relu():
    assert (
        mlp(init_mlp([2, 8, 3], generator()), torch.randn(50, 2, generator=generator(1))) < 0
    ).any()


def test_channels_last_in_memory_changes_neither_embeddings_nor_gradients():
    params = {name: value.double() for name, value in init_convnet(generator=generator()).items()}

    def gradient(arrange):
        return grad(lambda p: convnet(arrange(p), images().double()).square().sum())(params)

    usual, other = gradient(dict), gradient(channels_last)
    for name in params:
        torch.testing.assert_close(usual[name], other[name])


def test_a_flat_vector_holds_one_tensor_after_the_other():
    params = {"a": torch.tensor([[1.0, 2.0], [3.0, 4.0]]), "b": torch.tensor(5.0)}
    params["c"] = torch.tensor([[6.0, 8.0], [7.0, 9.0]]).T  # not contiguous
    assert flatten(params).tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]


def test_unflattening_undoes_flattening():
    params = init_convnet(n_filters=8, generator=generator()) | {"scalar": torch.tensor(3.0)}
    again = unflatten(flatten(params), params)
    assert list(again) == list(params)
    for name, tensor in params.items():
        assert torch.equal(again[name], tensor)


def test_unflattening_takes_shapes_and_names_from_the_other_parameters_not_numbers():
    like = {"z": torch.ones(2, 2), "a": torch.ones(1)}
    params = unflatten(torch.arange(5.0), like)
    assert {name: tensor.tolist() for name, tensor in params.items()} == {
        "z": [[0.0, 1.0], [2.0, 3.0]],
        "a": [4.0],
    }


def test_gradients_flow_through_the_vector():
    params = init_mlp([3, 4, 2], generator())
    x = torch.randn(5, 3, generator=generator(1))

    def loss(params):
        return mlp(params, x).square().sum()

    of_vector = grad(lambda vector: loss(unflatten(vector, params)))(flatten(params))
    torch.testing.assert_close(of_vector, flatten(grad(loss)(params)))


def test_vectors_of_many_tasks_are_mapped_by_vmap():
    params = init_mlp([3, 2], generator())
    vectors = torch.randn(4, 8, generator=generator(1))
    many = vmap(lambda vector: unflatten(vector, params))(vectors)
    for task in range(4):
        one = unflatten(vectors[task], params)
        assert all(torch.equal(many[name][task], one[name]) for name in params)
    assert torch.equal(vmap(flatten)(many), vectors)
