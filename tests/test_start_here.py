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


@pytest.fixture
def versions(monkeypatch):
    """The versions that are installed: those of the constraints unless a test says otherwise."""
    found = start_here.tested_versions()
    monkeypatch.setattr(start_here, "installed", lambda name: found[name])
    return found


def test_each_package_that_the_checkout_asks_for_has_a_tested_version(monkeypatch):
    def not_installed(name):
        raise start_here.metadata.PackageNotFoundError

    monkeypatch.setattr(start_here.metadata, "requires", not_installed)
    needed = start_here.lower_bounds()
    assert "jinja2" in needed
    assert needed.keys() <= start_here.tested_versions().keys()


def test_the_packages_that_run_this_test_will_do():
    assert start_here.check_packages().remedy == ""


def test_packages_in_the_tested_versions_are_counted(versions):
    finding = start_here.check_packages()
    assert finding.found == f"{len(start_here.lower_bounds())} in the tested versions"
    assert finding.remedy == ""


@pytest.mark.parametrize("version", ["2.99.1", "2.99.0a0", "2.99"])
def test_another_version_than_the_tested_one_is_a_note_and_no_fault(versions, version):
    tested = versions["torch"]
    versions["torch"] = version
    finding = start_here.check_packages()
    assert finding.found == f"other than tested: torch {version} (tested {tested})"
    assert finding.remedy == ""


@pytest.mark.parametrize("version", ["0.9", "missing"])
def test_a_package_that_is_too_old_or_missing_gets_a_remedy(versions, version):
    versions["torch"] = version
    finding = start_here.check_packages()
    assert finding.found == f"missing or too old: torch {version}"
    assert "make lab" in finding.remedy


def test_a_package_that_is_not_installed_is_missing():
    assert start_here.installed("no-such-package") == "missing"


@pytest.mark.parametrize(
    ("version", "floor", "below"),
    [
        ("2.9", "2.11", True),
        ("2.11.0", "2.11", False),
        ("10.0", "9.5", False),
        ("2.11rc1", "2.11", False),
    ],
)
def test_versions_are_compared_number_by_number(version, floor, below):
    assert start_here.is_below(version, floor) is below


def test_what_is_needed_is_read_from_the_installed_package(monkeypatch):
    lines = ["torch<3,>=2.11", "numpy>=2.1", 'jupyterlab>=4.6; extra == "lab"']
    monkeypatch.setattr(start_here.metadata, "requires", lambda name: lines)
    assert start_here.lower_bounds() == {"torch": "2.11", "numpy": "2.1"}


def test_in_a_checkout_that_is_not_installed_it_is_read_from_pyproject(monkeypatch):
    def requires(name):
        raise start_here.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(start_here.metadata, "requires", requires)
    needed = start_here.lower_bounds()
    assert needed["torch"] == "2.11"
    assert "jupyterlab" not in needed


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
    assert "install it again" in finding.remedy
