"""Words as n-grams: counts, what is shared, tf-idf, and naive Bayes with a prior."""

from collections import Counter

import pytest
import torch
from torch.func import vmap

from metacourse import personal, words
from tests.lstm_problems import assert_same, randn, seeded

TEXTS = "anna", "nana", "otto"


def counts(*shape, seed=0):
    return torch.randint(0, 4, shape, generator=seeded(seed)).double()


def shares(n, seed=0):
    return randn(n, seed=seed).softmax(0)


def test_a_word_is_cut_into_pieces_with_its_ends_marked():
    found = words.ngram_counts("anna", 2)
    assert found == {"^a": 1, "an": 1, "nn": 1, "na": 1, "a$": 1}


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_a_text_of_m_letters_has_m_plus_3_minus_n_pieces_of_n(n):
    assert words.ngram_counts("banana", n).total() == 9 - n


def test_a_text_shorter_than_a_piece_has_none():
    assert words.ngram_counts("", 3) == {}


def test_a_piece_has_a_letter():
    with pytest.raises(ValueError, match="n must be 1 or more, got 0"):
        words.ngram_counts("anna", 0)


def test_all_counts_are_those_of_one_two_and_three_letters():
    expected = Counter()
    for n in (1, 2, 3):
        expected.update(words.ngram_counts("otto", n))
    assert words.all_counts("otto") == expected


def test_a_vocabulary_has_the_pieces_of_most_texts_and_ties_by_alphabet():
    assert words.vocabulary(TEXTS, 5) == ["$", "^", "a", "a$", "an"]


def test_count_vectors_hold_each_texts_counts_and_nothing_of_other_pieces():
    found = words.count_vectors(TEXTS, ["n", "tt", "x"])
    assert found.tolist() == [[2, 0, 0], [2, 0, 0], [0, 1, 0]]


def test_shared_words_are_those_of_two_languages_and_a_word_counts_once():
    lists = {"one": ["sun", "day", "sun", "moon"], "two": ["mond", "day"], "three": []}
    cleaned = words.remove_shared_words(lists)
    assert cleaned == {"one": ["sun", "moon"], "two": ["mond"], "three": []}
    assert lists["one"] == ["sun", "day", "sun", "moon"]


def test_a_piece_that_all_texts_have_tells_less_than_nothing_and_a_rare_one_most():
    x = torch.tensor([[1.0, 0, 0], [2, 3, 0], [1, 0, 0], [1, 1, 0]]).double()
    found = words.inverse_document_frequency(x)
    assert found.exp().tolist() == pytest.approx([4 / 5, 4 / 3, 4])


def test_tf_idf_has_length_one_and_the_ratios_of_its_definition():
    x, idf = counts(3, 6) + 1, randn(6, seed=1).abs()
    found = words.tf_idf(x, idf)
    assert_same(found.square().sum(-1), torch.ones(3).double())
    assert_same(found[1, 2] / found[1, 4], x[1, 2] / x[1, 4] * idf[2] / idf[4])


def test_tf_idf_of_a_text_without_known_pieces_is_zero():
    assert words.tf_idf(torch.zeros(2, 4), torch.ones(4)).abs().sum() == 0


def test_cosines_are_those_of_weighed_counts():
    told, query, weights = counts(3, 6) + 1, counts(2, 6, seed=1) + 1, randn(6, seed=2)
    found = words.cosine_scores(told, query, weights)
    expected = torch.cosine_similarity((query * weights)[:, None], told * weights, dim=-1)
    assert_same(found, expected)


def test_cosines_have_gradients_for_their_weights():
    told, query = counts(3, 6) + 1, counts(2, 6, seed=1) + 1
    weights = randn(6, seed=2).requires_grad_()
    assert torch.autograd.gradcheck(lambda w: words.cosine_scores(told, query, w), weights)


def test_a_pooled_prior_is_the_share_of_each_piece_with_half_of_one_more():
    x = torch.tensor([[[1.0, 0, 2]], [[0.0, 0, 3]]]).double()
    found = words.pooled_prior(x)
    assert found.tolist() == pytest.approx([1.5 / 7.5, 0.5 / 7.5, 5.5 / 7.5])
    assert found.sum().item() == pytest.approx(1)


def test_probabilities_of_pieces_sum_to_one_whatever_was_told():
    found = words.gram_probabilities(counts(2, 3, 5), shares(5), strength=2.0)
    assert_same(found.sum(-1), torch.ones(2, 3).double())


def test_nothing_told_leaves_the_prior_and_much_told_the_shares():
    prior, told = shares(5), counts(1, 5) + 1
    nothing = words.gram_probabilities(torch.zeros(1, 5).double(), prior, strength=3.0)
    assert_same(nothing[0], prior)
    much = words.gram_probabilities(1e9 * told, prior, strength=3.0)
    torch.testing.assert_close(much, told / told.sum(), rtol=1e-7, atol=1e-7)


def test_a_probability_is_the_mean_of_all_shares_by_how_likely_they_make_what_was_told():
    """Two pieces, a Beta prior, the integral on a grid (MacKay & Peto 1995, Eq. 8)."""
    told, prior, strength = torch.tensor([[3.0, 1.0]]).double(), torch.tensor([0.3, 0.7]), 5.0
    p = (torch.arange(200_000, dtype=torch.float64) + 0.5) / 200_000
    a, b = 3 + strength * 0.3, 1 + strength * 0.7
    log_weights = (a - 1) * p.log() + (b - 1) * (1 - p).log()
    expected = log_weights.softmax(0) @ p
    found = words.gram_probabilities(told, prior.double(), strength=strength)[0, 0]
    assert found.item() == pytest.approx(expected.item(), abs=1e-7)


def test_a_probability_of_a_piece_is_a_shrunk_mean_of_its_zeros_and_ones():
    told, prior = torch.tensor([[2.0, 1.0, 0.0]]).double(), torch.tensor([0.5, 0.2, 0.3]).double()
    found = words.gram_probabilities(told, prior, strength=4.0)[0, 0]
    ones = torch.tensor([1.0, 1.0, 0.0]).double()
    expected = personal.shrunk_mean(ones, mean=0.5, spread=0.25, noise=1.0)
    assert found.item() == pytest.approx(expected.item())


@pytest.mark.parametrize("strength", [0.0, -1.0, float("nan")])
def test_a_prior_has_a_strength(strength):
    with pytest.raises(ValueError, match="strength must be positive"):
        words.gram_probabilities(counts(2, 5), shares(5), strength=strength)


def test_told_and_prior_are_about_the_same_pieces():
    with pytest.raises(ValueError, match=r"one G, got \(2, 5\) and \(4,\)"):
        words.gram_probabilities(counts(2, 5), shares(4), strength=1.0)


def test_scores_are_sums_over_the_pieces_of_a_question():
    told, query, prior = counts(3, 5), counts(2, 5, seed=1), shares(5)
    p = words.gram_probabilities(told, prior, strength=2.0)
    found = words.naive_bayes_log_scores(told, query, prior, strength=2.0)
    for q in range(2):
        for n in range(3):
            product = torch.stack([p[n, g] ** query[q, g] for g in range(5)]).prod()
            assert found[q, n].exp().item() == pytest.approx(product.item())


def test_tasks_one_after_the_other_are_all_at_once():
    told, query, prior = counts(4, 3, 5), counts(4, 2, 5, seed=1), shares(5)
    one = vmap(lambda t, q: words.naive_bayes_log_scores(t, q, prior, strength=2.0))
    found = words.naive_bayes_log_scores(told, query, prior, strength=2.0)
    assert_same(one(told, query), found)


def test_gradients_of_scores_are_those_of_finite_differences():
    told, query = counts(3, 5), counts(2, 5, seed=1)
    prior = shares(5).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda p: words.naive_bayes_log_scores(told, query, p, strength=2.0), prior
    )


def bert(n_layers=2, n_features=6, n_hidden=10, n_tokens=20):
    """Weights of a small BERT, all different."""
    shapes = {
        "embeddings.word_embeddings.weight": (n_tokens, n_features),
        "embeddings.position_embeddings.weight": (9, n_features),
        "embeddings.token_type_embeddings.weight": (2, n_features),
        "embeddings.LayerNorm": (n_features,),
    }
    for layer in range(n_layers):
        name = f"encoder.layer.{layer}"
        for part in ("query", "key", "value"):
            shapes[f"{name}.attention.self.{part}"] = n_features, n_features
        shapes[f"{name}.attention.output.dense"] = n_features, n_features
        shapes[f"{name}.attention.output.LayerNorm"] = (n_features,)
        shapes[f"{name}.intermediate.dense"] = n_hidden, n_features
        shapes[f"{name}.output.dense"] = n_features, n_hidden
        shapes[f"{name}.output.LayerNorm"] = (n_features,)
    params = {}
    for seed, (name, shape) in enumerate(shapes.items()):
        if name.endswith("embeddings.weight"):
            params[name] = randn(*shape, seed=seed)
        else:
            params[f"{name}.weight"] = randn(*shape, seed=seed)
            params[f"{name}.bias"] = randn(shape[0], seed=100 + seed)
    return params


def torchs_layer(params, number, n_features=6, n_hidden=10, n_heads=3):
    """The same layer as PyTorch has it."""
    of = {"dim_feedforward": n_hidden, "activation": "gelu", "batch_first": True, "dropout": 0.0}
    layer = torch.nn.TransformerEncoderLayer(n_features, n_heads, layer_norm_eps=1e-12, **of)
    name = f"encoder.layer.{number}"
    ours = {"self_attn.in_proj": "attention.self"}
    ours |= {"self_attn.out_proj": "attention.output.dense", "norm1": "attention.output.LayerNorm"}
    ours |= {"linear1": "intermediate.dense", "linear2": "output.dense"}
    ours |= {"norm2": "output.LayerNorm"}
    state = {}
    for theirs, part in ours.items():
        for kind in ("weight", "bias"):
            if part == "attention.self":
                three = [params[f"{name}.{part}.{of}.{kind}"] for of in ("query", "key", "value")]
                state[f"{theirs}_{kind}"] = torch.cat(three)
            else:
                state[f"{theirs}.{kind}"] = params[f"{name}.{part}.{kind}"]
    layer = layer.double()
    layer.load_state_dict(state)
    return layer


def test_sentence_embeddings_are_those_of_pytorchs_layers_and_a_mean_over_tokens():
    params = bert()
    ids = torch.randint(0, 20, (2, 5), generator=seeded())
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    z = params["embeddings.word_embeddings.weight"][ids]
    z = z + params["embeddings.position_embeddings.weight"][:5]
    z = z + params["embeddings.token_type_embeddings.weight"][0]
    norm = (params[f"embeddings.LayerNorm.{kind}"] for kind in ("weight", "bias"))
    z = torch.nn.functional.layer_norm(z, (6,), *norm, eps=1e-12)
    for number in range(2):
        z = torchs_layer(params, number)(z, src_key_padding_mask=mask == 0)
    expected = torch.stack([z[0].mean(0), z[1, :3].mean(0)])
    found = words.sentence_embeddings(params, ids, mask, n_heads=3)
    torch.testing.assert_close(found, expected / expected.norm(dim=-1, keepdim=True))


def test_what_stands_behind_the_end_of_a_sentence_changes_nothing():
    params, mask = bert(), torch.tensor([[1, 1, 1, 0, 0]])
    embed = [
        words.sentence_embeddings(params, torch.tensor([[4, 7, 2, *rest]]), mask, n_heads=3)
        for rest in ((0, 0), (9, 13))
    ]
    assert_same(*embed)
