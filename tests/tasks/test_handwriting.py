"""tasks.handwriting: Omniglot, or printed letters with a line that says so."""

import torch

from metacourse.tasks import handwriting
from metacourse.tasks.glyphs import Glyphs
from metacourse.tasks.omniglot import Omniglot, OmniglotMissing

IMAGES = torch.zeros(2, 20, 28, 28, dtype=torch.uint8)


def test_it_is_omniglots_small_sets_where_they_are(monkeypatch, capsys):
    found = Omniglot(IMAGES, ["Greek", "Latin"], ["character01", "character02"])
    monkeypatch.setattr(handwriting, "load_omniglot", {"small": found}.get)
    assert handwriting.load_handwriting() == (IMAGES, ["Greek", "Latin"], True)
    assert capsys.readouterr().out == ""


def test_without_them_it_is_redrawn_print_and_says_which_texts_to_skip(monkeypatch, capsys):
    def missing(split):
        raise OmniglotMissing("images_background_small1.zip could not be fetched.")

    found = Glyphs(IMAGES, ["Thai", "Thai"], ["ก", "ข"])
    monkeypatch.setattr(handwriting, "load_omniglot", missing)
    monkeypatch.setattr(handwriting, "load_written", {"test": found}.get)
    assert handwriting.load_handwriting() == (IMAGES, ["Thai", "Thai"], False)
    said = capsys.readouterr().out
    assert said.startswith("images_background_small1.zip could not be fetched. Instead")
    assert "✍" in said
