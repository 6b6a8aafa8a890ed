"""The page of all methods, on a few tasks."""

import pytest
import torch

from metacourse import seeds
from metacourse.evaluation import confidence_interval
from metacourse.experiments import one_page as page
from metacourse.trained.embeddings import embed, load_embedding
from metacourse.trained.recipes import load_weights

FEW = {"n_tasks": 4}
WHOLE = page.characters


@pytest.fixture(autouse=True)
def few_images(monkeypatch):
    """Only some characters of each data set, so that it takes a second."""
    monkeypatch.setattr(page, "characters", lambda data: WHOLE(data)[:10])
    page.seen.cache_clear()
    page.training_mean.cache_clear()
    yield
    page.seen.cache_clear()
    page.training_mean.cache_clear()


def test_an_unknown_data_set_is_refused():
    with pytest.raises(LookupError, match="no data set 'faces'"):
        WHOLE("faces")


@pytest.mark.parametrize("data", ["print", "digits"])
def test_images_are_framed_alike_enough_of_each_class(data):
    images = page.characters(data)
    assert (images.dtype, images.shape[2:]) == (torch.uint8, (28, 28))
    assert images.shape[1] >= 8
    assert images.amax() == 255


def test_enlarged_digits_keep_their_ink_in_the_middle():
    digit = torch.zeros(1, 1, 8, 8, dtype=torch.uint8)
    digit[..., 3:5, 3:5] = 255
    large = page.enlarged(digit)
    assert large[..., 12:16, 12:16].float().mean() > 200
    assert large[..., :4, :].sum() == large[..., :, 24:].sum() == 0


def test_what_is_seen_is_the_embedding_or_the_images_themselves():
    images = page.characters("digits")
    torch.testing.assert_close(
        page.seen("pretrained", "digits"), embed(load_embedding("pretrained"), images)
    )
    assert torch.equal(page.seen("", "digits"), images)


@pytest.mark.parametrize("name", page.methods())
def test_every_method_answers_better_than_by_guessing(name):
    accuracies = page.accuracies(page.methods()[name], "digits", **FEW)
    assert accuracies.shape == (4,)
    assert accuracies.mean() > 0.3


@pytest.mark.parametrize("name", ["naming, SimpleShot", "naming, linear probe", "prototypes"])
def test_what_compares_can_have_any_number_of_ways(name):
    found = page.accuracies(page.methods()[name], "print", n_way=8, n_shot=2, **FEW)
    assert found.mean() > 0.5


def test_the_numbers_of_a_row_are_those_of_its_weights():
    rows = page.methods()
    encoder = page.size(load_embedding("pretrained"))
    assert rows["prototypes"].learned == encoder == 28192
    assert rows["LSTM memory"].learned == encoder + page.size(load_weights("letters"))
    assert rows["LSTM memory"].changed == 96
    assert rows["transformer"].learned == encoder + page.size(load_weights("lettering"))
    assert rows["transformer"].changed == 2 * 5 * 64  # a key and a value for each image
    assert rows["MAML's start, learned gates"].learned == rows["MAML"].learned + 14


def test_the_page_tells_the_interval_of_a_method_that_answers_at_once(monkeypatch):
    monkeypatch.setitem(page.TASKS, "n_tasks", 8)
    correct = page.accuracies(page.methods()["prototypes"], "digits")
    assert page.on_the_page("prototypes", "digits") == confidence_interval(correct)


@pytest.mark.parametrize("data", ["print", "redrawn print", "handwriting", "digits"])
@pytest.mark.parametrize("name", page.BEFOREHAND)
def test_the_page_tells_the_table_of_a_method_that_takes_minutes(name, data):
    told = page.on_the_page(name, data)
    percent = seeds.values("one_page", f"the page, {data} (%)")[name]
    half_width = seeds.values("one_page", f"the page, {data}, ± over tasks (%)")[name]
    assert [100 * told.mean] == pytest.approx(percent)
    assert [100 * told.half_width] == pytest.approx(half_width)
    assert 0.7 < told.mean < 1
    assert told.half_width < 0.02


def test_the_handwriting_has_no_alphabet_whose_print_was_trained_on():
    alphabets = page.load_omniglot("small").alphabets
    assert len(WHOLE("handwriting")) == sum(name not in ("Greek", "Latin") for name in alphabets)
