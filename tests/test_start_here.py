"""The machine's check-up of chapter 00 finds what is amiss and says what to do."""

import pytest
import torch

from metacourse import start_here


def test_the_mean_squared_error_of_a_hand_made_example():
    answers, y = torch.tensor([1.0, 4.0]), torch.tensor([1.0, 1.0])
    assert start_here.mean_squared_error(answers, y).item() == 4.5


@pytest.mark.parametrize(
    ("version", "fine"), [("3.11.7", True), ("3.13.0", True), ("3.10.2", False), ("3.14.1", False)]
)
def test_only_the_supported_pythons_are_fine(version, fine):
    finding = start_here.check_python(version)
    assert finding.found == version
    assert (finding.remedy == "") is fine


def test_the_packages_that_run_this_test_are_the_tested_ones():
    assert start_here.check_packages().remedy == ""


def test_a_package_of_another_version_is_named(monkeypatch):
    monkeypatch.setattr(start_here.metadata, "version", lambda name: "0.0.1")
    finding = start_here.check_packages()
    assert "torch 0.0.1" in finding.found
    assert "make lab" in finding.remedy


def test_a_missing_package_is_named(monkeypatch):
    def version(name):
        raise start_here.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(start_here.metadata, "version", version)
    assert "torch missing" in start_here.check_packages().found


def test_a_local_build_of_torch_is_the_same_version(monkeypatch):
    monkeypatch.setattr(start_here.metadata, "version", lambda name: "2.13.0+cpu")
    assert start_here.installed("torch") == "2.13.0"


def test_an_impossible_device_gets_a_remedy(monkeypatch):
    monkeypatch.setenv("METACOURSE_DEVICE", "abacus")
    assert "METACOURSE_DEVICE" in start_here.check_device().remedy


@pytest.mark.parametrize(("speed", "fine"), [(2.0, True), (1.0, True), (0.1, False)])
def test_a_slow_machine_is_told_so(monkeypatch, speed, fine):
    monkeypatch.setattr(start_here, "gigaflops", lambda seconds: speed * start_here.LAPTOP)
    assert (start_here.check_speed().remedy == "") is fine


def test_missing_fonts_get_a_remedy(monkeypatch):
    def load_glyphs(split):
        raise FileNotFoundError("DejaVuSans.ttf")

    monkeypatch.setattr(start_here, "load_glyphs", load_glyphs)
    finding = start_here.check_letters()
    assert "DejaVuSans.ttf" in finding.found
    assert "make lab" in finding.remedy
