import numpy as np
import pytest
import torch
from sklearn import datasets

from metacourse.episodes import sample_episodes
from metacourse.tasks.balance import balanced, split_classes, without_copies
from metacourse.tasks.folders import alarm, load_own
from metacourse.tasks.glyphs import load_glyphs
from metacourse.tasks.series import load_people
from tests.tasks.hostile import noise, noisy_folder, save

PARTS = "train", "validation", "test"


def letters(root):
    """Eight letters of the glyphs as black ink on large white pages."""
    images = load_glyphs("validation").images[:8, :7]
    for c, of_class in enumerate(images):
        for e, image in enumerate(of_class):
            page = np.full((90, 70), 255, np.uint8)
            page[10:38, 20:48] = 255 - image.numpy()
            save(page, root / chr(97 + c) / f"{e}.png")
    return root


def test_a_folder_becomes_classes_that_episodes_are_drawn_from(tmp_path):
    own = load_own(noisy_folder(tmp_path))
    assert own.x.shape == (8, 8, 28, 28)
    assert own.x.dtype == torch.uint8
    how = {"n_way": 2, "n_shot": 1, "n_query": 5, "n_tasks": 3}
    tasks = sample_episodes(own.part("test"), **how, generator=torch.Generator().manual_seed(0))
    assert tasks.x_query.shape == (3, 10, 28, 28)


@pytest.mark.parametrize("n", [2, 6, 7, 8, 10, 25, 242])
def test_every_class_stands_in_one_part(n):
    splits = split_classes(n, seed=3)
    assert sorted(c for part in splits.values() for c in part) == list(range(n))
    sizes = [len(splits[part]) for part in PARTS]
    assert sizes == [0, 0, n] if n < 7 else min(sizes) >= 2 and sizes[2] >= 3


def test_a_split_is_that_of_its_seed():
    assert split_classes(20, 0) == split_classes(20, 0) != split_classes(20, 1)


@pytest.mark.parametrize(
    ("sizes", "n_kept", "n_each"),
    [
        ([8, 8, 8], 3, 8),
        ([5, 8, 9], 2, 8),  # five are too few
        ([6] + [100] * 10, 10, 100),  # one small class does not make the others small
        ([6] * 30 + [1000] * 2, 32, 6),  # two large ones do not make up for thirty
    ],
)
def test_each_class_gives_the_same_number(sizes, n_kept, n_each):
    kept, each = balanced({str(c): n for c, n in enumerate(sizes)}, 6)
    assert (len(kept), each) == (n_kept, n_each)


def test_too_few_classes_get_a_sentence(tmp_path):
    with pytest.raises(ValueError, match=r"two classes or more need 6 different examples.*class 0"):
        load_own(noisy_folder(tmp_path, n_classes=1))


def test_too_few_pictures_get_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="class 0: 3"):
        load_own(noisy_folder(tmp_path, n_each=3))


def test_copies_in_a_class_count_once_and_are_told(tmp_path):
    noisy_folder(tmp_path)
    save(noise(0), tmp_path / "class 0" / "copy.bmp")  # the same picture in another form
    own = load_own(tmp_path)
    assert own.leaks == []
    assert any("twice in a class, used once: 1 (class 0/copy.bmp)" in f for f in own.findings)


def test_a_picture_in_two_classes_is_a_leak_and_used_in_neither(tmp_path):
    noisy_folder(tmp_path)
    save(noise(0), tmp_path / "class 1" / "copy.png")
    own = load_own(tmp_path)
    assert own.leaks == [("class 0/0.png", "class 1/copy.png")]
    used = {example for of_class in own.examples for example in of_class}
    assert not used & {"class 0/0.png", "class 1/copy.png"}


def test_three_copies_in_two_classes_are_all_taken_out():
    same, other = torch.zeros(4), torch.ones(4)
    classes = {"a": {"1": same, "2": same, "3": other}, "b": {"4": same}}
    single, twins, leaks = without_copies(classes)
    assert single == {"a": {"3": other}, "b": {}}
    assert (twins, leaks) == (["2"], [("1", "4")])


def test_the_alarm_of_chapter_01_rings_for_a_copy_across_parts(tmp_path):
    own = load_own(noisy_folder(tmp_path))
    assert alarm(own) == []
    x = own.x.clone()
    x[own.splits["test"][0], 3] = x[own.splits["train"][1], 2]
    assert alarm(own._replace(x=x)) == [(3, 8 + 2)]


def test_black_letters_on_white_pages_become_letters_as_the_course_knows_them(tmp_path):
    own = load_own(letters(tmp_path))
    assert own.x[..., 0].max() == 0  # a dark ground
    height, width = ((own.x > 128).any(axis).sum(-1) for axis in (-1, -2))
    assert (torch.maximum(height, width) >= 17).all()  # as large as the glyphs
    assert sum("plain ground" in f or "exchanged" in f for f in own.findings) == 2


def test_photographs_are_shown_whole_and_as_they_are(tmp_path):
    own = load_own(noisy_folder(tmp_path))
    assert own.findings == []
    assert (own.x != own.x.flatten(2)[..., :1, None]).flatten(2).any(2).all()


def wine(path):
    data = datasets.load_wine()
    rows = [
        ",".join(map(str, [*x, data.target_names[y]]))
        for x, y in zip(data.data, data.target, strict=True)
    ]
    path.write_text("\n".join([",".join([*data.feature_names, "class"]), *rows]))
    return path


def test_a_table_becomes_classes_of_vectors(tmp_path):
    own = load_own(wine(tmp_path / "wine.csv"))
    assert own.kind == "vectors"
    assert own.x.shape == (3, 48, 13)
    assert own.splits == {"train": [], "validation": [], "test": [0, 1, 2]}
    assert own.findings == ["not needed, as each class gives 48: 34"]


def test_a_table_without_classes_gets_a_sentence(tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,2\n")
    with pytest.raises(ValueError, match="needs a column of classes, one of class, label"):
        load_own(tmp_path / "t.csv")


def test_a_table_without_numbers_gets_a_sentence(tmp_path):
    (tmp_path / "t.csv").write_text("x,class\none,a\ntwo,b\n")
    with pytest.raises(ValueError, match="needs columns of numbers"):
        load_own(tmp_path / "t.csv")


def people(path, lines):
    path.write_text("\n".join(["person,day,value", *lines]))
    return path


def test_series_are_put_in_the_order_of_time(tmp_path):
    lines = [f"p{p},{day},{10 * p + day}" for day in (3, 1, 2) for p in range(8)]
    found = load_people(people(tmp_path / "t.csv", lines))
    assert found.time.tolist() == [[1, 2, 3]] * 8
    assert found.y[2].tolist() == [21, 22, 23]
    assert found.what == ("day", "value")
    assert sorted(p for part in found.splits.values() for p in part) == list(range(8))


def test_people_with_few_points_are_left_out_and_told(tmp_path):
    lines = [f"p{p},{day},{p * day}" for p in range(8) for day in range(5)] + ["late,1,2"]
    found = load_people(people(tmp_path / "t.csv", lines))
    assert len(found.names) == 8
    assert found.findings == ["persons with fewer points: 1 (late)"]


@pytest.mark.parametrize(
    ("header", "said"),
    [("a,b", "needs a column of persons"), ("person,a,b,c", "one or two columns of numbers")],
)
def test_series_of_another_form_get_a_sentence(tmp_path, header, said):
    n = header.count(",") + 1
    rows = [",".join(str(7 * r + 3 * c * r) for c in range(n)) for r in range(20)]
    (tmp_path / "t.csv").write_text("\n".join([header, *rows]))
    with pytest.raises(ValueError, match=said):
        load_people(tmp_path / "t.csv")
