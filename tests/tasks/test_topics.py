"""tasks.topics: sentences of chatbots' topics, and an encoder, without the packages that have them
and, where they are installed, with them."""

from types import SimpleNamespace

import pytest
import torch

from metacourse.tasks import topics
from tests.test_words import bert

needs_the_extra = pytest.mark.skipif(not topics.installed(), reason=topics.NEEDED)
TALKS = """
categories: [sports]
conversations:
- ["Do you play chess?", Sometimes.]
- ["do you play chess", No.]
- [" CRICKET ", It is long.]
- ["?!", "What?"]
- [[a, b], never]
"""


class Letters:
    """Stands in for the tokenizer: a token a letter, padded to the longest."""

    def encode_batch(self, sentences):
        longest = max(map(len, sentences))
        return [
            SimpleNamespace(
                ids=[ord(letter) % 20 for letter in sentence.ljust(longest)],
                attention_mask=[int(n < len(sentence)) for n in range(longest)],
            )
            for sentence in sentences
        ]


def test_sentences_are_what_people_say_first_each_once():
    assert topics.sentences_of(TALKS) == ["cricket", "do you play chess"]


def test_without_the_extra_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(topics, "PACKAGES", ("no_such_package",))
    assert not topics.installed()
    for load in (topics.load_topics, topics.load_encoder):
        with pytest.raises(ImportError, match=r"metacourse\[topics\]"):
            load()


def test_topics_of_fifteen_sentences_or_more_are_read_but_for_mixed_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(topics, "_folder", lambda *_: tmp_path)
    for name, n in {"sports": 15, "tech_support": 20, "food": 14, "trivia": 50}.items():
        talks = "\n".join(f"- [{name} {i}, answer]" for i in range(n))
        (tmp_path / f"{name}.yml").write_text(f"conversations:\n{talks}\n", encoding="utf-8")
    found = topics.load_topics()
    assert {name: len(of) for name, of in found.items()} == {"sports": 15, "tech support": 20}


def test_a_sentence_of_two_topics_is_in_neither(tmp_path, monkeypatch):
    monkeypatch.setattr(topics, "_folder", lambda *_: tmp_path)
    for name in ("sports", "science"):
        talks = "\n".join(f"- [{name} {i}, answer]" for i in range(15)) + "\n- [hello, hi]"
        (tmp_path / f"{name}.yml").write_text(f"conversations:\n{talks}\n", encoding="utf-8")
    assert all("hello" not in of for of in topics.load_topics().values())


def test_sentences_are_encoded_in_parts_as_at_once():
    params = {name: tensor.float() for name, tensor in bert().items()}
    encoder = topics.Encoder(params, 3, Letters())
    sentences = ["ab", "abcdef", "a", "xyz", "hello"]
    found = topics.encode(encoder, sentences, at_once=2)
    torch.testing.assert_close(found, topics.encode(encoder, sentences))
    torch.testing.assert_close(found.norm(dim=-1), torch.ones(5))


@needs_the_extra
def test_the_encoder_puts_a_kitten_beside_a_cat():
    z = topics.encode(topics.load_encoder(), ["a cat", "a kitten", "a tax form"])
    alike = z @ z.mT
    assert alike[0, 1] > 0.6 > 0.4 > alike[0, 2]


@needs_the_extra
def test_there_are_nine_topics():
    found = topics.load_topics()
    assert len(found) == 9
    assert min(map(len, found.values())) >= topics.FEWEST
