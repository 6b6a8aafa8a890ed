import pytest
import torch

from metacourse.devices import best_device, compiled, describe


@pytest.fixture(autouse=True)
def no_override(monkeypatch):
    monkeypatch.delenv("METACOURSE_DEVICE", raising=False)


def pretend(monkeypatch, *, cuda, mps):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2 if cuda else 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_cuda_comes_before_mps_and_mps_before_the_cpu(monkeypatch, cuda, mps, expected):
    pretend(monkeypatch, cuda=cuda, mps=mps)
    assert best_device() == torch.device(expected)


@pytest.mark.parametrize("name", ["cpu", "cuda:1"])
def test_the_environment_variable_overrides_the_choice(monkeypatch, name):
    pretend(monkeypatch, cuda=True, mps=False)
    monkeypatch.setenv("METACOURSE_DEVICE", name)
    assert best_device() == torch.device(name)


@pytest.mark.parametrize("name", ["tpu", "cuda"])
def test_a_device_that_is_not_here_is_refused_with_those_that_are(monkeypatch, name):
    pretend(monkeypatch, cuda=False, mps=True)
    monkeypatch.setenv("METACOURSE_DEVICE", name)
    with pytest.raises(ValueError, match=f"METACOURSE_DEVICE is '{name}'.*: mps, cpu"):
        best_device()


def test_an_empty_environment_variable_is_no_override(monkeypatch):
    pretend(monkeypatch, cuda=False, mps=True)
    monkeypatch.setenv("METACOURSE_DEVICE", "")
    assert best_device() == torch.device("mps")


def test_one_line_says_what_was_chosen(monkeypatch):
    pretend(monkeypatch, cuda=False, mps=False)
    n_threads = torch.get_num_threads()
    assert describe() == f"cpu ({n_threads} threads), chosen automatically"


def test_the_line_says_that_the_environment_variable_chose(monkeypatch):
    monkeypatch.setenv("METACOURSE_DEVICE", "cpu")
    assert describe().endswith("chosen by METACOURSE_DEVICE")


def double(x):
    return 2 * x


def test_a_function_that_compiles_gives_the_same_numbers(monkeypatch, capsys):
    monkeypatch.setattr(torch, "compile", lambda function, **_: lambda x: function(x).clone())
    fast = compiled(double)
    assert [fast(torch.tensor(3.0)).item() for _ in range(2)] == [6, 6]
    assert capsys.readouterr().out.count("Compiling") == 1


def test_a_function_that_cannot_be_compiled_runs_as_it_is_and_a_line_says_so(monkeypatch, capsys):
    def no_compiler(*_):
        raise RuntimeError("no C++ compiler")

    monkeypatch.setattr(torch, "compile", lambda function, **_: no_compiler)
    fast = compiled(double)
    assert [fast(torch.tensor(3.0)).item() for _ in range(2)] == [6, 6]
    assert capsys.readouterr().out.count("Not compiled (RuntimeError)") == 1


def test_a_mistake_in_the_function_itself_is_not_taken_for_a_missing_compiler(monkeypatch, capsys):
    monkeypatch.setattr(torch, "compile", lambda function, **_: function)
    with pytest.raises(KeyError):
        compiled(lambda params: params["weight"])({})
    assert "Not compiled" not in capsys.readouterr().out
