"""A module imports only from floors below its own; the imports are read, not run."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "metacourse"
PACKAGES = "tasks", "figures", "trained", "experiments", "widgets", "checks", "course"
FLOORS = {
    **dict.fromkeys(("episodes", "devices", "places"), 1),
    **dict.fromkeys(("training", "evaluation", "figures"), 3),
    "trained": 3.5,  # made with training and evaluation, used by widgets
    "experiments": 3.7,  # with what ships trained
    **dict.fromkeys(("widgets", "checks"), 4),
    "course": 5,
    "__main__": 6,  # calls the command
}  # the chapters' kernels, nets and tasks are floor 2
NOT_KERNELS = "nets", "tasks"
NO_PICTURES = "training", "evaluation", "trained", "experiments"
PICTURES = "matplotlib", "IPython"
CONTROLS = "ipywidgets", "anywidget"
# (module, what it may import although the floors forbid it): why
ALLOWED = {
    ("learned_optimisers", "lstm"): "a learned optimiser is the cell, which reads gradients",
    ("bayes", "linear_regression"): "a posterior is chapter 02's model with a prior",
    ("kernel_methods", "bayes"): "learned features have a learned prior",
    ("kernel_methods", "linear_regression"): "a weighted sum of labels is its matvec",
    ("online", "linear_regression"): "a leader is the optimum of chapter 02, of earlier tasks",
    ("online", "bayes"): "a prior is learned anew at every round",
    ("transformer", "attention"): "a transformer is layers of it",
    ("rl2", "bandits"): "a memory plays them, and beliefs say how likely a history is",
    ("rl2", "lstm"): "RL² is the cell, which reads rewards",
    ("personal", "bayes"): "what people are like is a prior, learned from them",
    ("walker", "bayes"): "what is believed of a gait is a posterior",
    ("chooser", "outlook"): "the first rule that holds is taken",
    ("tasks.languages", "words"): "languages are chosen by the words of their own",
    ("tasks.topics", "words"): "a sentence of two topics is a shared word; the encoder is a kernel",
    ("tasks.balance", "concepts"): "copies are found as chapter 01 finds them",
    ("tasks.folders", "concepts"): "the learner's own split rings chapter 01's alarm",
}


def name_of(path: Path) -> str:
    """`figures.style` for metacourse/figures/style.py, `tasks` for metacourse/tasks/__init__.py."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(source: str, package: str = "metacourse") -> list[str]:
    """The full names of all that a source imports, inside functions as well."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the package: from metacourse.x import y"
            inside = node.module in {package, *(f"{package}.{name}" for name in PACKAGES)}
            submodules = [f"{node.module}.{alias.name}" for alias in node.names]
            names += submodules if inside else [node.module]
    return names


def floor(module: str) -> float:
    return FLOORS.get(module.split(".")[0], 2)


def wrong_imports(module: str, imported: list[str]) -> list[str]:
    """Of the names that a module imports, those that its floor forbids."""
    return [name for name in imported if not may_import(module, name)]


def may_import(module: str, name: str) -> bool:
    library, _, inner = name.partition(".")
    if library in PICTURES:
        return floor(module) >= 3 and module.split(".")[0] not in NO_PICTURES
    if library in CONTROLS:
        return floor(module) >= 4
    if library != "metacourse":
        return True
    ours, theirs = module.split(".")[0], inner.split(".")[0]
    if ours == theirs and ours in PACKAGES:  # figures.maml may import figures.style
        return True
    if (module, inner) in ALLOWED or (module, theirs) in ALLOWED:
        return True
    # a kernel may be made of nets and tasks, but not of another kernel
    beside = floor(ours) == floor(theirs) == 2 and ours not in NOT_KERNELS and theirs in NOT_KERNELS
    return floor(theirs) < floor(ours) or beside


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_a_module_imports_only_from_floors_below(module):
    source = MODULES[module].read_text(encoding="utf-8")
    assert wrong_imports(module, imports(source)) == []


@pytest.mark.parametrize("module", ["", "tasks", "trained"])
def test_these_package_files_import_nothing(module):
    assert imports(MODULES[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "statement"),
    [
        ("episodes", "from metacourse.nets import mlp"),
        ("maml", "import matplotlib.pyplot as plt"),
        ("maml", "from metacourse import linear_regression"),
        ("tasks.lines", "import ipywidgets"),
        ("training", "from metacourse.figures.style import COLOURS"),
        ("training", "from matplotlib.figure import Figure"),
        ("figures.maml", "from metacourse.trained.embeddings import load_embedding"),
        ("trained.maml", "from matplotlib.figure import Figure"),
        ("lstm", "from metacourse.learned_optimisers import optimise"),
        ("figures.maml", "from metacourse.training import train"),
        ("figures.maml", "def f():\n    import ipywidgets"),
        ("widgets.maml", "from metacourse.checks import check"),
        ("checks.maml", "from metacourse.course import edition"),
        ("start_here", "from metacourse.course.edition import ours"),
    ],
)
def test_the_rule_finds_a_forbidden_import(module, statement):
    assert len(wrong_imports(module, imports(statement))) == 1


@pytest.mark.parametrize(
    ("module", "statement"),
    [
        ("maml", "import torch"),
        ("maml", "from metacourse.nets import mlp"),
        ("learned_optimisers", "from metacourse.lstm import cell"),
        ("figures.maml", "from metacourse import maml"),
        ("trained.maml", "from metacourse.trained.recipes import Recipe"),
        ("figures.maml", "from metacourse.figures.style import COLOURS"),
        ("widgets.maml", "from metacourse.figures import maml"),
        ("checks.maml", "from metacourse.checks.engine import diagnose"),
        ("course.command", "from metacourse.checks import progress"),
    ],
)
def test_the_rule_passes_an_allowed_import(module, statement):
    assert wrong_imports(module, imports(statement)) == []


def test_no_module_has_a_name_that_pytest_takes_for_a_test():
    """It would be loaded by pytest's own loader, and graded code would look changed."""
    names = [name.rpartition(".")[2] for name in MODULES]
    assert [name for name in names if name.startswith("test_") or name.endswith("_test")] == []
