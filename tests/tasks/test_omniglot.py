import hashlib
import io
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from metacourse.tasks import omniglot
from metacourse.tasks.omniglot import (
    RUNS,
    SHA256,
    SPLITS,
    OmniglotMissing,
    decode,
    find_file,
    load_omniglot,
    load_runs,
)

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "omniglot"
N_DRAWERS = 3


@pytest.fixture(scope="session")
def real_archives():
    archives = [REAL / name for name in SPLITS["small"]]
    if not all(archive.exists() for archive in archives):
        pytest.skip(f"the small Omniglot files are not in {REAL}")
    return archives


@pytest.fixture(scope="session")
def small(real_archives):
    return decode(real_archives)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache, no data folder, and nobody who answers."""
    monkeypatch.setenv("METACOURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("METACOURSE_DATA", raising=False)
    monkeypatch.setattr(omniglot, "URL", "http://127.0.0.1:9")  # discard: refuses
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between retries
    return tmp_path / "cache"


@pytest.fixture
def data(tmp_path, monkeypatch):
    """The folder that METACOURSE_DATA names."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("METACOURSE_DATA", str(folder))
    return folder


def png(*, width=30, height=40, mode="1"):
    """Omniglot's kind of bitmap: black ink on white, 105 × 105, here the frame of a window."""
    pixels = np.full((105, 105), 255, np.uint8)
    pixels[9 : 9 + height, 7 : 7 + width] = 0
    pixels[14 : 4 + height, 12 : 2 + width] = 255  # strokes of 5 pixels
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, "png")
    return file.getvalue()


def archive(split, names):
    """A zip file of the published form: its bytes."""
    file = io.BytesIO()
    with ZipFile(file, "w") as zipped:
        for name in names:
            zipped.writestr(f"{split}/{name}/", "")
            for drawer in range(N_DRAWERS):
                zipped.writestr(f"{split}/{name}/0001_{drawer + 1:02}.png", png(width=30 + drawer))
    return file.getvalue()


@pytest.fixture
def published(monkeypatch):
    """Small files that stand in for the published ones, by their names."""
    contents = {
        "images_background_small1.zip": ["Greek/character01", "Greek/character02"],
        "images_background_small2.zip": ["Greek/character01", "Tagalog/character01"],
        "images_background.zip": ["Futurama/character01"],
        "images_evaluation.zip": ["Atlantean/character01", "Avesta/character01"],
    }
    files = {name: archive(Path(name).stem, names) for name, names in contents.items()}
    known = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(omniglot, "SHA256", SHA256 | known)
    return files


class Server(ThreadingHTTPServer):
    """Serves what `answers` says: for a path the answers in turn, the last one for ever."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = {}
        self.asked = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.removeprefix("/")
        self.server.asked.append(path)
        answers = self.server.answers.get(path)
        if not answers:
            self.send_error(404)
            return
        content, promised = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(200)
        self.send_header("Content-Length", str(promised))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


def whole(content):
    return content, len(content)


def interrupted(content):
    """The connection ends after half of what was promised."""
    return content[: len(content) // 2], len(content)


def truncated(content):
    """Half a file that calls itself whole."""
    return whole(content[: len(content) // 2])


def corrupt(content):
    """One bit is another."""
    middle = len(content) // 2
    return whole(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])


@pytest.fixture
def server(monkeypatch, published):
    """A local stand-in for the authors' repository."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        server.answers = {name: [whole(content)] for name, content in published.items()}
        monkeypatch.setattr(omniglot, "URL", f"http://127.0.0.1:{server.server_port}")
        yield server
        server.shutdown()
        thread.join()


def names_of(data):
    return list(zip(data.alphabets, data.characters, strict=True))


def test_the_small_files_have_242_characters_of_eight_alphabets_by_20_drawers(small):
    assert small.images.shape == (242, 20, 28, 28)
    assert small.images.dtype == torch.uint8
    assert {name: small.alphabets.count(name) for name in small.alphabets} == {
        **{"Balinese": 24, "Early_Aramaic": 22, "Greek": 24, "Japanese_(katakana)": 47},
        **{"Korean": 40, "Latin": 26, "Sanskrit": 42, "Tagalog": 17},
    }


def test_no_character_is_there_twice(small):
    assert len(set(names_of(small))) == 242


def test_characters_stand_in_the_order_of_their_names(small):
    assert names_of(small) == sorted(names_of(small))
    assert small.characters[:2] == ["character01", "character02"]


def test_handwriting_is_framed_like_the_glyphs(small):
    ink = small.images.flatten(0, 1) > 0
    assert (small.images.flatten(2).amax(dim=2) > 200).all()
    assert not ink[:, :3].any()
    assert not ink[:, :, :3].any()
    rows, columns = ink.any(dim=2).int(), ink.any(dim=1).int()
    longer = torch.stack(
        [28 - side.argmax(dim=1) - side.flip(1).argmax(dim=1) for side in (rows, columns)]
    ).amax(dim=0)
    assert ((longer >= 18) & (longer <= 20)).all()


def test_the_drawings_of_a_character_look_more_alike_than_those_of_others(small):
    pixels = small.images.flatten(2).float()
    pixels = torch.nn.functional.normalize(pixels - pixels.mean(dim=2, keepdim=True), dim=2)
    first, second = pixels[:, :10].mean(dim=1), pixels[:, 10:].mean(dim=1)
    right = (first @ second.T).argmax(dim=1) == torch.arange(len(first))
    assert right.float().mean() > 0.8


def test_the_real_files_in_the_data_folder_load_and_the_next_time_the_array(
    real_archives, small, cache, monkeypatch
):
    monkeypatch.setenv("METACOURSE_DATA", str(REAL.parent))  # its folder omniglot has them
    assert torch.equal(load_omniglot("small").images, small.images)
    monkeypatch.delenv("METACOURSE_DATA")
    again = load_omniglot("small")
    assert torch.equal(again.images, small.images)
    assert again[1:] == small[1:]
    assert [path.suffix for path in cache.iterdir()] == [".safetensors"]


def test_the_real_files_come_whole_over_a_network(real_archives, server, monkeypatch):
    monkeypatch.setattr(omniglot, "SHA256", SHA256)
    for path in real_archives:
        server.answers[path.name] = [whole(path.read_bytes())]
        assert find_file(path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("inside", ["", "omniglot"])
def test_a_file_in_the_data_folder_or_its_folder_omniglot_is_used(inside, data, published):
    folder = data / inside
    folder.mkdir(exist_ok=True)
    path = folder / "images_background.zip"
    path.write_bytes(published[path.name])
    assert find_file(path.name) == path


@pytest.mark.parametrize(
    ("split", "names"),
    [
        (
            "small",
            [("Greek", "character01"), ("Greek", "character02"), ("Tagalog", "character01")],
        ),
        ("background", [("Futurama", "character01")]),
        ("evaluation", [("Atlantean", "character01"), ("Avesta", "character01")]),
    ],
)
def test_a_split_is_fetched_and_has_the_characters_of_its_files(split, names, server):
    fetched = load_omniglot(split)
    assert names_of(fetched) == names
    assert fetched.images.shape == (len(names), N_DRAWERS, 28, 28)


def test_a_split_is_fetched_and_decoded_once(server, monkeypatch):
    first = load_omniglot("small")
    monkeypatch.setattr(omniglot, "decode", None)
    assert torch.equal(load_omniglot("small").images, first.images)
    assert server.asked == list(SPLITS["small"])


def test_a_download_shows_its_progress(server, capfd):
    find_file("images_background.zip")
    assert "100%" in capfd.readouterr().err


@pytest.mark.parametrize("damage", [interrupted, truncated, corrupt])
def test_a_download_that_goes_wrong_is_repeated(damage, server, published):
    name = "images_evaluation.zip"
    server.answers[name] = [damage(published[name]), whole(published[name])]
    assert find_file(name).read_bytes() == published[name]
    assert server.asked == [name, name]


@pytest.mark.parametrize("damage", [interrupted, truncated, corrupt])
def test_a_download_that_always_goes_wrong_is_refused_and_leaves_nothing(
    damage, server, published, cache
):
    name = "images_evaluation.zip"
    server.answers[name] = [damage(published[name])]
    with pytest.raises(OmniglotMissing, match=name):
        find_file(name)
    assert len(server.asked) == 1 + omniglot.RETRIES
    assert list(cache.iterdir()) == []


def test_a_download_that_is_another_file_is_refused(server, published):
    server.answers["images_background.zip"] = [whole(published["images_evaluation.zip"])]
    with pytest.raises(OmniglotMissing, match=r"images_background\.zip.*does not match"):
        find_file("images_background.zip")


@pytest.mark.parametrize("damage", [truncated, corrupt])
@pytest.mark.parametrize("where", ["data", "cache"])
def test_a_damaged_file_is_named_and_fetched_again(where, damage, server, published, data, cache):
    name = "images_evaluation.zip"
    path = {"data": data, "cache": cache}[where] / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(damage(published[name])[0])
    with pytest.warns(UserWarning, match=f"{where}/{name} is damaged, incomplete or another"):
        found = find_file(name)
    assert found == cache / name
    assert found.read_bytes() == published[name]


def test_a_file_of_the_learner_is_never_changed(server, published, data):
    path = data / "images_evaluation.zip"
    path.write_bytes(b"my own")
    with pytest.warns(UserWarning, match="is damaged"):
        find_file(path.name)
    assert path.read_bytes() == b"my own"


def test_swapped_files_are_told_apart(server, published, data):
    first, second = SPLITS["small"]
    (data / first).write_bytes(published[second])
    with pytest.warns(UserWarning, match=f"{first} holds {second}; it is not used"):
        assert find_file(first).read_bytes() == published[first]


def test_a_tilde_in_the_variable_is_the_home_folder(data, published, tmp_path, monkeypatch):
    name = "images_background.zip"
    (data / name).write_bytes(published[name])
    monkeypatch.setattr("os.path.expanduser", lambda path: str(path).replace("~", str(tmp_path)))
    monkeypatch.setenv("METACOURSE_DATA", "~/data")
    assert find_file(name) == data / name


def test_without_a_home_folder_the_characters_are_missing_and_the_message_says_why(monkeypatch):
    for variable in ("METACOURSE_DATA", "METACOURSE_CACHE"):
        monkeypatch.setenv(variable, "~nobody-is-called-this/data")
    with pytest.raises(OmniglotMissing, match=r"Go on without it.* \(there is no home folder"):
        load_omniglot("small")


def test_without_a_home_folder_for_the_cache_the_data_folder_is_used(data, published, monkeypatch):
    (data / "images_background.zip").write_bytes(published["images_background.zip"])
    monkeypatch.setenv("METACOURSE_CACHE", "~nobody-is-called-this/cache")
    assert load_omniglot("background").alphabets == ["Futurama"]


def test_a_file_that_nobody_may_read_is_named_and_fetched(server, published, data, monkeypatch):
    def forbidden(path):
        if path == str(data / name):
            raise PermissionError(13, "Permission denied")
        return file_hash(path)

    name, file_hash = "images_evaluation.zip", omniglot.pooch.file_hash
    (data / name).write_bytes(published[name])
    monkeypatch.setattr(omniglot.pooch, "file_hash", forbidden)
    with pytest.warns(UserWarning, match=f"{name} cannot be read .Permission denied.; it is not"):
        assert find_file(name).read_bytes() == published[name]


def test_a_good_file_is_found_behind_a_damaged_one(data, published):
    name = "images_background.zip"
    (data / "omniglot").mkdir()
    (data / name).write_bytes(b"")
    (data / "omniglot" / name).write_bytes(published[name])
    with pytest.warns(UserWarning, match="is damaged"):
        assert find_file(name) == data / "omniglot" / name


def test_without_a_network_the_message_says_what_to_do():
    with pytest.raises(OmniglotMissing) as caught:
        load_omniglot("small")
    message = str(caught.value)
    first = SPLITS["small"][0]
    assert message.startswith(f"{first} is not on this computer and could not be fetched")
    for part in ("Go on without it", f"download http://127.0.0.1:9/{first}", "METACOURSE_DATA"):
        assert part in message


def test_a_missing_page_is_reported_as_missing(server):
    server.answers.clear()
    with pytest.raises(OmniglotMissing, match="404"):
        load_omniglot("evaluation")


def test_what_is_missing_is_an_os_error():
    assert issubclass(OmniglotMissing, OSError)


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="one of small, background, evaluation; got 'test'"):
        load_omniglot("test")


@pytest.mark.parametrize("damage", ["truncated", "nonsense", "another file", "no names", "no JSON"])
def test_a_broken_array_is_decoded_anew(damage, server, cache):
    first = load_omniglot("evaluation")
    (path,) = cache.glob("*.safetensors")
    broken = {
        "another file": {"format": "pt"},
        "no names": None,
        "no JSON": {"alphabets": "[", "characters": "["},
    }
    if damage in broken:
        images = torch.zeros(2, dtype=torch.uint8)
        save_file({"images": images}, path, broken[damage])
    else:
        path.write_bytes(path.read_bytes()[:500] if damage == "truncated" else b"nonsense")
    again = load_omniglot("evaluation")
    assert torch.equal(again.images, first.images)
    assert again[1:] == first[1:]


def test_another_recipe_reads_no_older_array(server, monkeypatch, cache):
    load_omniglot("evaluation")
    monkeypatch.setattr(omniglot, "RECIPE", omniglot.RECIPE + 1)
    load_omniglot("evaluation")
    assert len(list(cache.glob("*.safetensors"))) == 2


def test_a_cache_that_cannot_be_written_stops_nobody_who_has_the_files(
    tmp_path, data, published, monkeypatch
):
    name = "images_background.zip"
    (data / name).write_bytes(published[name])
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("METACOURSE_CACHE", str(tmp_path / "file"))
    assert load_omniglot("background").alphabets == ["Futurama"]


def test_finding_good_files_warns_of_nothing(data, published):
    (data / "images_background.zip").write_bytes(published["images_background.zip"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        find_file("images_background.zip")


N_RUNS, N_WAY = 2, 4
ANSWERS = [[2, 0, 3, 1], [1, 1, 0, 3]]  # the class of each test item of each run


@pytest.fixture
def runs(tmp_path):
    """A folder of the form of all_runs.zip; class c is 25 + 10 c pixels wide."""
    folder = tmp_path / "all_runs"
    for run, answers in enumerate(ANSWERS):
        name = f"run{run + 1:02}"
        for kind in ("training", "test"):
            (folder / name / kind).mkdir(parents=True)
        for label in range(N_WAY):
            path = folder / name / "training" / f"class{label + 1:02}.png"
            path.write_bytes(png(width=25 + 10 * label, mode="L"))
        for item, label in enumerate(answers):
            path = folder / name / "test" / f"item{item + 1:02}.png"
            path.write_bytes(png(width=25 + 10 * label, mode="1"))
        lines = [
            f"{name}/test/item{item + 1:02}.png {name}/training/class{label + 1:02}.png\n"
            for item, label in enumerate(answers)
        ]
        (folder / name / "class_labels.txt").write_text("".join(lines))
    return folder


def zip_of(folder, path, prefix=""):
    with ZipFile(path, "w") as zipped:
        for file in sorted(folder.rglob("*")):
            zipped.write(file, prefix + file.relative_to(folder).as_posix())
    return path


def test_runs_are_a_batch_of_tasks_with_the_answers_of_the_list(runs):
    tasks = load_runs(runs)
    assert tasks.x_support.shape == tasks.x_query.shape == (N_RUNS, N_WAY, 28, 28)
    assert tasks.x_support.dtype == tasks.x_query.dtype == torch.uint8
    assert tasks.y_support.tolist() == [[0, 1, 2, 3]] * N_RUNS
    assert tasks.y_query.tolist() == ANSWERS


def test_a_query_of_a_run_stands_beside_its_label(runs):
    tasks = load_runs(runs)
    for x_support, x_query, y_query in zip(
        tasks.x_support, tasks.x_query, tasks.y_query, strict=True
    ):
        assert torch.equal(x_query, x_support[y_query])


@pytest.mark.parametrize("prefix", ["", "all_runs/"])
def test_runs_in_a_zip_file_are_those_in_the_folder(prefix, runs, tmp_path):
    zipped = load_runs(zip_of(runs, tmp_path / "runs.zip", prefix))
    for part, expected in zip(zipped, load_runs(str(runs)), strict=True):
        assert torch.equal(part, expected)


def test_what_a_mac_adds_to_a_zip_file_is_left_out(runs, tmp_path):
    path = zip_of(runs, tmp_path / "runs.zip")
    with ZipFile(path, "a") as zipped:
        zipped.writestr("__MACOSX/run01/training/._class01.png", b"")
        zipped.writestr("__MACOSX/run01/._class_labels.txt", b"")
    assert torch.equal(load_runs(path).x_support, load_runs(runs).x_support)


def test_runs_are_found_in_the_data_folder(runs, data, monkeypatch):
    path = zip_of(runs, data / RUNS)
    known = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(omniglot, "SHA256", SHA256 | {RUNS: known})
    assert load_runs().y_query.tolist() == ANSWERS


def test_the_runs_are_found_in_the_data_folder(runs, data, monkeypatch):
    path = zip_of(runs, data / RUNS)
    known = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(omniglot, "SHA256", SHA256 | {RUNS: known})
    assert load_runs().y_query.tolist() == ANSWERS


def test_the_runs_are_not_fetched(server, cache):
    with pytest.raises(OmniglotMissing, match=f"{RUNS} is not on this computer. .* download http"):
        load_runs()
    assert not cache.exists()


def test_a_folder_without_runs_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"runs with a class_labels\.txt, .* has none"):
        load_runs(tmp_path)


def test_a_broken_zip_file_of_runs_is_refused(runs, tmp_path):
    path = zip_of(runs, tmp_path / "runs.zip")
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"whole zip file, got .*runs\.zip"):
        load_runs(path)


@pytest.mark.parametrize(
    "line",
    [
        "run01/test/item09.png run01/training/class01.png",
        "run01/test/item01.png run01/training/class09.png",
        "run01/test/item01.png run01/test/item02.png",
        "run01/test/item01.png",
    ],
)
def test_a_line_that_names_no_test_and_training_image_is_refused(line, runs):
    (runs / "run01" / "class_labels.txt").write_text(line)
    with pytest.raises(ValueError, match=f"run01/class_labels.txt .* got '{line}'"):
        load_runs(runs)


def test_runs_of_several_sizes_are_refused(runs):
    labels = runs / "run02" / "class_labels.txt"
    labels.write_text("\n".join(labels.read_text().splitlines()[:3]))
    with pytest.raises(ValueError, match="runs of one size"):
        load_runs(runs)
