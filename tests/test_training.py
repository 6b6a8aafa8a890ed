import io
import math
import sys

import pytest
import torch
from safetensors.torch import save_file

from metacourse import training
from metacourse.training import Budget, compiled_step, gradient_step, learn, train

FOREVER = 1e6  # seconds


def start():
    generator = torch.Generator().manual_seed(0)
    params = {"w": torch.zeros(3, requires_grad=True), "b": torch.zeros(1, requires_grad=True)}
    return {
        "params": params,
        "optimizer": torch.optim.Adam(params.values(), lr=0.05),
        "generator": generator,
        "full": Budget(1, 1.0),
    }


def noisy_loss(params, generator):
    x = torch.randn(8, 3, generator=generator)
    error = x @ params["w"] + params["b"] - x @ torch.tensor([1.0, -2.0, 0.5]) - 1
    return error.square().mean()


noisy_step = gradient_step(noisy_loss)


def steps_then(n, event):
    """A step that trains n times, and then does what `event` does."""
    done = []

    def step(params, optimizer, generator):
        done.append(1)
        return event() if len(done) > n else noisy_step(params, optimizer, generator)

    return step


def interrupt():
    raise KeyboardInterrupt


def quick(steps, seconds=FOREVER):
    return Budget(steps, seconds)


def assert_same(first, second):
    assert first.losses == second.losses
    assert first.best_step == second.best_step
    assert all(torch.equal(first.params[name], second.params[name]) for name in first.params)


@pytest.mark.filterwarnings("default")  # torch's compiler has warnings of its own
def test_a_compiled_step_trains_as_the_plain_one_does():
    def draw(generator):
        return torch.randn(8, 3, generator=generator)

    def loss_fn(params, x):
        return (x @ params["w"] + params["b"] - x[:, 0] - 1).square().mean()

    plain = gradient_step(lambda params, generator: loss_fn(params, draw(generator)))
    compiled = compiled_step(loss_fn, draw)
    trainings = [train(step, **start(), quick=quick(20)) for step in (plain, compiled)]
    assert trainings[1].losses == pytest.approx(trainings[0].losses, rel=1e-4)
    for name, tensor in trainings[0].params.items():
        torch.testing.assert_close(trainings[1].params[name], tensor, rtol=1e-3, atol=1e-4)


def test_training_lowers_the_loss():
    result = train(noisy_step, **start(), quick=quick(300))
    assert len(result.losses) == 300
    assert sum(result.losses[-20:]) < 0.01 * sum(result.losses[:20])
    assert result.stopped == ""


def test_the_full_budget_is_the_other_one():
    settings = start() | {"full": Budget(7, FOREVER)}
    assert len(train(noisy_step, **settings, quick=quick(3), budget="full").losses) == 7


def test_an_unknown_budget_is_refused():
    with pytest.raises(ValueError, match="budget must be 'quick' or 'full', got 'huge'"):
        train(noisy_step, **start(), quick=quick(3), budget="huge")


def test_time_ends_a_training_as_well_as_steps(capsys):
    result = train(noisy_step, **start(), quick=quick(10**9, seconds=0.05))
    assert 0 < len(result.losses) < 10**9
    assert result.stopped == "out of time"
    assert f"Stopped at step {len(result.losses)}: out of time." in capsys.readouterr().out


def test_a_training_that_uses_up_its_steps_says_nothing(capsys):
    train(noisy_step, **start(), quick=quick(3))
    assert capsys.readouterr().out == ""


def test_the_bar_does_not_mix_with_what_a_script_prints(capsys):
    train(noisy_step, **start(), quick=quick(3))
    assert "0% |" in capsys.readouterr().err


def test_in_a_notebook_the_bar_is_text_that_does_not_look_like_an_error(monkeypatch, capsys):
    class OutStream(io.StringIO):
        __module__ = "ipykernel.iostream"

    monkeypatch.setattr(sys, "stdout", OutStream())
    train(noisy_step, **start(), quick=quick(3))
    assert "0% |" in sys.stdout.getvalue()
    assert capsys.readouterr().err == ""


def test_the_same_seed_gives_the_same_training():
    assert_same(*(train(noisy_step, **start(), quick=quick(25)) for _ in range(2)))


def test_the_best_parameters_are_those_that_validate_best():
    settings = start()
    seen = []

    def validate(params):
        seen.append(params["w"].detach().clone())
        return -abs(len(seen) - 2)  # the second check is the best

    result = train(noisy_step, **settings, quick=quick(20), validate=validate, check_every=5)
    assert len(seen) == 4
    assert result.best_step == 10
    assert torch.equal(result.params["w"], seen[1])


def test_without_validation_the_lowest_mean_loss_decides():
    losses = iter([5.0, 5.0, 1.0, 3.0, 4.0, 4.0])
    result = train(lambda *_: next(losses), **start(), quick=quick(6), check_every=2)
    assert result.best_step == 4


def test_fewer_steps_than_a_check_takes_are_checked_at_the_end():
    result = train(noisy_step, **start(), quick=quick(3), check_every=10)
    assert result.best_step == 3


def test_the_result_shares_no_memory_with_the_parameters_in_training():
    settings = start()
    result = train(noisy_step, **settings, quick=quick(10))
    assert result.params["w"].data_ptr() != settings["params"]["w"].data_ptr()
    assert not result.params["w"].requires_grad


def test_an_interrupt_returns_the_best_so_far_and_says_at_which_step(capsys):
    result = train(steps_then(13, interrupt), **start(), quick=quick(50), check_every=5)
    whole = train(noisy_step, **start(), quick=quick(10), check_every=5)
    assert_same(result._replace(losses=result.losses[:10]), whole)
    assert result.stopped == "interrupted"
    assert "Stopped at step 13: interrupted. Best so far: step 10." in capsys.readouterr().out


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_stops_and_names_the_step(capsys, bad):
    result = train(steps_then(7, lambda: bad), **start(), quick=quick(50), check_every=5)
    assert len(result.losses) == 7
    assert result.best_step == 5
    assert f"Stopped at step 7: the loss is {bad}." in capsys.readouterr().out


def test_stopped_before_the_first_check_the_start_is_the_best():
    result = train(steps_then(2, lambda: math.nan), **start(), quick=quick(50))
    assert result.best_step == 0
    assert (result.params["w"] == 0).all()


def test_parameters_that_are_not_finite_are_never_the_best():
    settings = start()

    def spoil():
        with torch.no_grad():
            settings["params"]["w"].fill_(math.nan)
        return 0.0  # the lowest loss of all

    result = train(steps_then(5, spoil), **settings, quick=quick(10), check_every=5)
    assert len(result.losses) == 10
    assert result.best_step == 5
    assert result.params["w"].isfinite().all()


@pytest.mark.parametrize("slow", ["validate", "watch"])
def test_an_interrupt_after_the_last_step_still_gives_a_result(monkeypatch, slow):
    monkeypatch.setattr(training, "SHOW_EVERY", FOREVER)  # watch is called at the end alone
    result = train(noisy_step, **start(), quick=quick(7), **{slow: lambda _: interrupt()})
    assert len(result.losses) == 7
    assert result.stopped == "interrupted"


def test_an_interrupted_training_shows_its_last_loss():
    shown = []
    train(steps_then(3, interrupt), **start(), quick=quick(9), watch=shown.extend)
    assert len(shown) == 3


def test_watching_gets_the_losses_while_training_and_at_the_end(monkeypatch):
    monkeypatch.setattr(training, "SHOW_EVERY", 0.0)
    lengths = []
    train(noisy_step, **start(), quick=quick(4), watch=lambda losses: lengths.append(len(losses)))
    assert lengths == [1, 2, 3, 4, 4]


def sgd(params):
    return torch.optim.SGD(params.values(), lr=0.01)


def adam(params):
    return torch.optim.Adam(params.values(), lr=0.05)


@pytest.mark.parametrize("make_optimizer", [adam, sgd])
@pytest.mark.parametrize("steps", [0, 7, 10])
def test_resumed_is_uninterrupted_bit_for_bit(tmp_path, steps, make_optimizer):
    def settings():
        fresh = start()
        return fresh | {"optimizer": make_optimizer(fresh["params"]), "check_every": 5}

    path = tmp_path / "run.safetensors"
    train(noisy_step, **settings(), quick=quick(steps), checkpoint=path)
    resumed = train(noisy_step, **settings(), quick=quick(23), checkpoint=path)
    assert_same(resumed, train(noisy_step, **settings(), quick=quick(23)))


def test_an_interrupted_training_resumes_from_the_step_where_it_stopped(tmp_path):
    path = tmp_path / "run.safetensors"
    train(steps_then(8, interrupt), **start(), quick=quick(20), checkpoint=path)
    resumed = train(steps_then(12, interrupt), **start(), quick=quick(20), checkpoint=path)
    assert_same(resumed, train(noisy_step, **start(), quick=quick(20)))


def test_a_training_is_saved_on_the_way(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "SAVE_EVERY", 0.0)
    path = tmp_path / "run.safetensors"
    train(steps_then(8, lambda: math.nan), **start(), quick=quick(20), checkpoint=path)
    resumed = train(noisy_step, **start(), quick=quick(20), checkpoint=path)
    assert_same(resumed, train(noisy_step, **start(), quick=quick(20)))


@pytest.mark.parametrize("damage", ["empty", "truncated", "nonsense", "no metadata", "no numbers"])
def test_a_damaged_checkpoint_is_refused_by_name(tmp_path, damage):
    path = tmp_path / "run.safetensors"
    train(noisy_step, **start(), quick=quick(5), checkpoint=path)
    if damage.startswith("no "):
        tensors = {"params/w": torch.zeros(3)}
        save_file(tensors, path, {"format": "pt"} if damage == "no numbers" else None)
    else:
        contents = {"empty": b"", "truncated": path.read_bytes()[:300], "nonsense": b"nonsense"}
        path.write_bytes(contents[damage])
    with pytest.raises(ValueError, match=r"checkpoint run.safetensors is damaged"):
        train(noisy_step, **start(), quick=quick(9), checkpoint=path)


def test_a_save_that_fails_leaves_the_old_checkpoint_whole(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    train(noisy_step, **start(), quick=quick(5), checkpoint=path)
    before = path.read_bytes()

    def half_written(target, content):
        target.write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.write_bytes", half_written)
    with pytest.raises(KeyboardInterrupt):
        train(noisy_step, **start(), quick=quick(9), checkpoint=path)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [before]


@pytest.mark.parametrize("place", ["full disk", "no folder"])
def test_a_training_that_cannot_be_saved_goes_on_and_says_so_once(
    tmp_path, monkeypatch, capsys, place
):
    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(training, "SAVE_EVERY", 0.0)
    path = tmp_path / "file" / "run.safetensors"
    if place == "full disk":
        monkeypatch.setattr("pathlib.Path.write_bytes", full)
    else:
        (tmp_path / "file").touch()
    result = train(noisy_step, **start(), quick=quick(20), checkpoint=path)
    assert_same(result, train(noisy_step, **start(), quick=quick(20)))
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"The training cannot be saved in {path} (")
    assert line.endswith("; it goes on.")


def test_an_interrupted_training_that_cannot_be_saved_gives_its_result(tmp_path, capsys):
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "run.safetensors"
    result = train(steps_then(8, interrupt), **start(), quick=quick(20), checkpoint=path)
    assert result.stopped == "interrupted"
    assert "cannot be saved" in capsys.readouterr().out


def test_a_training_that_can_be_saved_again_is_saved(tmp_path, monkeypatch):
    def full_until_the_end(self, content):
        if self.parent != tmp_path and len(failed) < 5:
            failed.append(self)
            raise OSError(28, "No space left on device")
        return write_bytes(self, content)

    failed, write_bytes = [], type(tmp_path).write_bytes
    monkeypatch.setattr(training, "SAVE_EVERY", 0.0)
    monkeypatch.setattr("pathlib.Path.write_bytes", full_until_the_end)
    path = tmp_path / "run.safetensors"
    train(noisy_step, **start(), quick=quick(12), checkpoint=path)
    assert len(failed) == 5
    resumed = train(noisy_step, **start(), quick=quick(20), checkpoint=path)
    assert_same(resumed, train(noisy_step, **start(), quick=quick(20)))


def test_a_folder_for_a_checkpoint_is_refused_by_name(tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(ValueError, match=r"checkpoint run cannot be read \(Is a dir|\(Permission"):
        train(noisy_step, **start(), quick=quick(5), checkpoint=tmp_path / "run")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w": torch.zeros(4, requires_grad=True)}, r"w is \(3,\) there and \(4,\) here"),
        ({"c": torch.zeros(2, requires_grad=True)}, r"c is None there and \(2,\) here"),
    ],
)
def test_a_checkpoint_of_another_shape_is_refused_by_name(tmp_path, change, message):
    path = tmp_path / "run.safetensors"
    train(noisy_step, **start(), quick=quick(5), checkpoint=path)
    other = start()
    other["params"] |= change
    with pytest.raises(ValueError, match=message):
        train(noisy_step, **other, quick=quick(5), checkpoint=path)


def recorded_rates(settings, **limits):
    """The rate of each step of a training with `one_cycle`."""
    rates = []
    training.one_cycle(settings["optimizer"], lr=0.1, n_steps=30)
    settings["optimizer"].register_step_post_hook(
        lambda optimizer, *_: rates.append(optimizer.param_groups[0]["lr"])
    )
    train(noisy_step, **settings, **limits)
    return rates


def test_one_cycle_rises_to_the_rate_and_falls_to_nothing():
    rates = recorded_rates(start(), quick=quick(30))
    assert max(rates) == rates[10] == pytest.approx(0.1, rel=2e-3)
    assert rates[:11] == sorted(rates[:11])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 0.01 * max(rates)


def test_one_cycle_goes_on_where_a_checkpoint_left_it(tmp_path):
    whole = recorded_rates(start(), quick=quick(30))
    halves = [
        recorded_rates(start(), quick=quick(n), checkpoint=tmp_path / "half") for n in (12, 30)
    ]
    assert halves[0] + halves[1] == whole


def test_a_short_training_lowers_the_loss_repeats_with_its_seed_and_leaves_its_start_alone():
    begun = {"w": torch.zeros(3), "b": torch.zeros(1)}
    first, again = (learn(noisy_loss, begun, lr=0.3, n_steps=60) for _ in range(2))
    assert first.losses[-1] < 0.1 * first.losses[0]
    assert first.losses == again.losses
    assert (begun["w"] == 0).all()


def test_a_short_training_cuts_its_gradients():
    """The rate is that of Adam, for which a gradient's length counts in its first step only."""

    def lengths(params, generator):
        return 1e6 * params["w"].sum() + (params["b"] ** 2).sum()

    begun = {"w": torch.zeros(1), "b": torch.ones(1)}
    cut = learn(lengths, begun, lr=0.1, n_steps=30, clip=1e-6).params
    whole = learn(lengths, begun, lr=0.1, n_steps=30, clip=math.inf).params
    torch.testing.assert_close(cut["w"], whole["w"], rtol=1e-2, atol=1e-2)
    assert (cut["b"] - whole["b"]).abs() > 1e-3


def test_only_a_full_training_with_a_label_is_kept_and_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    begun = {"w": torch.zeros(3), "b": torch.zeros(1)}
    learn(noisy_loss, begun, lr=0.3, n_steps=5, label="short")
    assert list(tmp_path.iterdir()) == []
    learn(noisy_loss, begun, lr=0.3, n_steps=5, label="long", budget="full")
    assert [path.name for path in tmp_path.iterdir()] == ["long.checkpoint"]
    capsys.readouterr()
    learn(noisy_loss, begun, lr=0.3, n_steps=5, label="long", budget="full")
    assert "Going on from long.checkpoint" in capsys.readouterr().out
