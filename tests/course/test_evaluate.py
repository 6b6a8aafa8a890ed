"""The command `evaluate`: what it reads, writes and says."""

import re
from html.parser import HTMLParser

import pytest
import torch

from metacourse.course.command import main
from metacourse.course.evaluate import report_card
from metacourse.course.evaluate.advice import signed
from metacourse.experiments import own_methods, own_training
from metacourse.tasks import cache
from tests.tasks.hostile import noise, noisy_folder, save


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    monkeypatch.setenv("METACOURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "unkept", {})
    monkeypatch.setattr(own_methods, "N_TASKS", 60)
    monkeypatch.setattr(own_methods, "N_SLOW_TASKS", 10)
    monkeypatch.setattr(own_training, "STEPS", (1,))
    monkeypatch.setattr(own_methods, "EMBEDDINGS", ("pretrained", "maml"))


def evaluate(folder, into, *more):
    return main(["evaluate", str(folder), "--into", str(into), "--seconds", "0", *more])


def table(path, *, header="x,y,label", n_classes=8, spread=3.0):
    generator = torch.Generator().manual_seed(0)
    lines = [header]
    for c in range(n_classes):
        middle = spread * torch.randn(2, generator=generator)
        for point in (middle + torch.randn(12, 2, generator=generator)).tolist():
            lines.append(",".join([*(f"{value:.4f}" for value in point), f"<b>{c}</b>"]))
    path.write_text("\n".join(lines))
    return path


class Reader(HTMLParser):
    """What stands in a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def words(path):
    return " ".join(Reader(path.read_text(encoding="utf-8")).text.split())


def test_pictures_of_noise_get_a_card_that_says_nothing_is_better_than_chance(tmp_path, capsys):
    assert evaluate(noisy_folder(tmp_path / "noise"), tmp_path / "out") == 0
    page = tmp_path / "out" / "noise-report.html"
    assert "Nothing is better than chance" in words(page)
    said = capsys.readouterr().out
    assert "Nothing is better than chance" in said
    assert f"written: {page}" in said


def test_a_leak_rings_on_the_card(tmp_path):
    noisy_folder(tmp_path / "leaky")
    save(noise(0), tmp_path / "leaky" / "class 3" / "copy.png")
    evaluate(tmp_path / "leaky", tmp_path)
    said = words(tmp_path / "leaky-report.html")
    assert "Leak: 1 pictures stand in two classes" in said
    assert "class 0/0.png = class 3/copy.png" in said
    assert "Say which is right" in said


def test_the_page_needs_nothing_else_and_describes_every_picture(tmp_path):
    evaluate(noisy_folder(tmp_path / "noise"), tmp_path)
    page = (tmp_path / "noise-report.html").read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:)|url\(|@import|https?://', page)
    tags = Reader(page).tags
    pictures = [attrs for tag, attrs in tags if tag == "img"]
    assert pictures
    assert all(attrs["alt"] for attrs in pictures)
    assert all(attrs["aria-label"] for tag, attrs in tags if tag == "svg")
    assert ("meta", "viewport") in {(tag, attrs.get("name")) for tag, attrs in tags}


def test_names_of_classes_are_no_html(tmp_path):
    evaluate(table(tmp_path / "t.csv"), tmp_path)
    tags = [tag for tag, _ in Reader((tmp_path / "t.csv-report.html").read_text("utf-8")).tags]
    assert "<b>0</b>" in words(tmp_path / "t.csv-report.html")
    assert tags.count("b") < 10


def test_the_same_data_give_the_same_page(tmp_path):
    table(tmp_path / "t.csv")
    pages = []
    for name in ("one", "two"):
        evaluate(tmp_path / "t.csv", tmp_path / name)
        pages.append((tmp_path / name / "t.csv-report.html").read_bytes())
    assert pages[0] == pages[1]


def test_a_cell_shows_the_card(tmp_path):
    card = report_card(table(tmp_path / "t.csv"), seconds=0)
    assert str(card).endswith("guessing gives 50%.")
    assert str(card) in card._repr_html_()
    assert not list(tmp_path.glob("*.html"))


def test_a_folder_with_one_table_is_that_table(tmp_path):
    (tmp_path / "data").mkdir()
    evaluate(table(tmp_path / "data" / "t.csv").parent, tmp_path)
    assert (tmp_path / "t.csv-report.html").exists()


def test_a_folder_and_a_table_of_one_name_have_a_card_each(tmp_path):
    evaluate(noisy_folder(tmp_path / "noise"), tmp_path)
    evaluate(table(tmp_path / "noise.csv"), tmp_path)
    assert "Report card: noise.csv" in words(tmp_path / "noise.csv-report.html")
    assert "Report card: noise.csv" not in words(tmp_path / "noise-report.html")


@pytest.mark.parametrize("option", ["--class", "--person"])
def test_a_folder_of_pictures_is_not_asked_for_a_column(tmp_path, capsys, option):
    assert evaluate(noisy_folder(tmp_path / "noise"), tmp_path, option, "tribe") == 2
    assert "only a CSV file has columns" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_seconds_that_are_none_are_named_as_they_were_given(tmp_path, seconds):
    with pytest.raises(ValueError, match=f"seconds must be 0 or more, got {seconds}"):
        report_card(table(tmp_path / "t.csv"), seconds=seconds)


def test_a_difference_below_nothing_has_a_minus_and_an_exponent_its_own():
    assert [signed(value, ".2g") for value in (-0.4, 0.4, 4e-5)] == ["−0.4", "+0.4", "+4e-05"]


def test_another_column_can_be_that_of_the_classes(tmp_path):
    table(tmp_path / "t.csv", header="x,y,tribe")
    assert evaluate(tmp_path / "t.csv", tmp_path, "--class", "Tribe") == 0


def people(path):
    generator = torch.Generator().manual_seed(0)
    level = torch.randn(20, 1, generator=generator)
    values = level + 0.2 * torch.randn(20, 7, generator=generator)
    lines = [f"{p},{day},{values[p, day]:.3f}" for p in range(20) for day in range(7)]
    path.write_text("\n".join(["subject,day,pain", *lines]))
    return path


def test_a_table_of_people_gets_a_card_of_errors(tmp_path):
    assert evaluate(people(tmp_path / "p.csv"), tmp_path) == 0
    said = words(tmp_path / "p.csv-report.html")
    assert "20 people with 7 points each: pain by day" in said
    assert "own mean, shrunk by a learned prior" in said


@pytest.mark.parametrize(
    ("make", "more", "said"),
    [
        (lambda root: root / "nowhere", [], "nowhere: no such folder or file"),
        (lambda root: root, [], "needs a folder for each class"),
        (lambda root: table(root / "t.csv", header="a,b,c"), [], "needs a column of classes"),
        (lambda root: table(root / "t.csv"), ["--class", "kind"], "no column 'kind'"),
        (lambda root: table(root / "t.csv"), ["--person", "label"], "2 classes|one or two|7 or"),
        (lambda root: table(root / "t.csv"), ["--seconds", "-1"], "seconds must be 0 or more"),
        (lambda root: table(root / "t.csv", n_classes=1), [], "two classes or more need 6"),
    ],
)
def test_what_cannot_be_evaluated_gets_one_sentence(tmp_path, capsys, make, more, said):
    (tmp_path / "data").mkdir()
    status = evaluate(make(tmp_path / "data"), tmp_path / "out", *more)
    if status == 0:  # series in the order of their lines
        assert "--person" in more
        return
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("metacourse: ")
    assert re.search(said, line)


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_computed(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert evaluate(tmp_path / "nowhere.csv", tmp_path) == 1
    capsys.readouterr()
    table(tmp_path / "t.csv")
    assert evaluate(tmp_path / "t.csv", tmp_path / "file" / "out") == 1
    output = capsys.readouterr()
    assert str(tmp_path / "file") in output.err
    assert output.out == ""
