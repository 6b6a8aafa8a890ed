# make lab        install the course into .venv and open your copy of it: metacourse lab
# make test       everything that CI runs; one step: make test-units, test-notebooks, …
# make test-device  what needs a CUDA device, and what it gains
# make test-colab   the notebooks with the versions of packages that Colab has, in an environment of their own
# make notebooks  execute the notebooks and write them in the form in which they are committed
# make web        build the web edition in build/web: metacourse web
# make weights    train the networks that ship with the course
# make format     mend what ruff can mend
# make lock       choose the tested versions, metacourse/constraints.txt, anew
# make clean      remove .venv and everything that the targets above left behind
#
# Another Python (3.11, 3.12 or 3.13):         make lab PYTHON=python3.12
# Another build of PyTorch (cpu, default, URL): make lab METACOURSE_TORCH=cpu
# Arguments for metacourse lab and JupyterLab:  make lab ARGS="--no-browser --port 8899"

VENV := .venv
BIN := $(VENV)/bin
RIGHT_VERSION := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(or $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c '$(RIGHT_VERSION)' 2>/dev/null && echo $$python && break; done),python3)
TESTED := metacourse tests tools benchmarks deploy notebooks conftest.py
PYTEST := $(BIN)/python -m pytest
NBVAL := $(PYTEST) --nbval-lax --nbval-cell-timeout=600 -n 2 --dist loadfile -p no:cacheprovider
STEPS := lint floors units notebooks solved browser
# Omniglot's files, if they lie beside the checkout; else chapter 04 looks in the cache and fetches them.
export METACOURSE_DATA ?= $(abspath $(wildcard ../shared/data))

.PHONY: lab test web notebooks weights format lock clean $(STEPS:%=test-%) test-device test-colab

# ---- installation: a stamp is written last, so a .venv without one is half-finished and made anew ----------------
CONSTRAINTS := metacourse/constraints.txt
LEARNER := $(VENV)/.installed
TESTER := $(VENV)/.installed-with-tests
WEB := metacourse/course/web/requirements.txt
RECORDED := METACOURSE_RECORDINGS="$(CURDIR)/build/recordings"

ifneq ($(wildcard $(LEARNER) $(TESTER)),)
ifneq ($(shell $(BIN)/python -I tools/installed.py >/dev/null 2>&1 && echo complete),complete)
$(shell rm -f $(LEARNER) $(TESTER))
endif
endif

define install
	@$(if $(shell $(PYTHON) -c '$(RIGHT_VERSION)' 2>/dev/null && echo right),,$(error metacourse needs \
	Python 3.11, 3.12 or 3.13; $(PYTHON) answers: $(or $(shell $(PYTHON) --version 2>&1; true),nothing)))
	@test -e $(LEARNER) || test -e $(TESTER) || $(PYTHON) -m venv --clear $(VENV)
	@rm -f $(LEARNER) $(TESTER)
	@torch=$$($(PYTHON) tools/torch_build.py) && PIP_USER=0 \
		$(BIN)/python -m pip install $$torch -c $(CONSTRAINTS) -e $(1)
	@touch $(2)
endef

$(LEARNER): pyproject.toml $(CONSTRAINTS)
	$(call install,".[lab]",$(LEARNER))

$(TESTER): pyproject.toml $(CONSTRAINTS) $(WEB)
	$(call install,".[test]" -r $(WEB),$(LEARNER) $(TESTER))

COLAB := build/colab
COLABS := tests/colab/constraints.txt
$(COLAB)/.installed: pyproject.toml $(COLABS)
	@$(PYTHON) -m venv --clear $(COLAB)
	@torch=$$($(PYTHON) tools/torch_build.py) && PIP_USER=0 \
		$(COLAB)/bin/python -m pip install $$torch -c $(COLABS) -e ".[gym]" nbval pytest-xdist
	@touch $@

# ---- the course --------------------------------------------------------------------------------------------------
lab: $(LEARNER)
	@$(BIN)/python -m metacourse lab $(ARGS)

notebooks: $(TESTER)
	@$(BIN)/python -m tools.notebooks notebooks/*.ipynb
	@$(BIN)/python -m tools.minutes notebooks/[0-9]*.ipynb
	@$(BIN)/python -m tools.cheat_sheet
	@$(BIN)/python -m tools.glossary
	@$(BIN)/python -m tools.plan

web: $(TESTER)
	@$(RECORDED) $(BIN)/python -m metacourse web --folder build/web $(ARGS)

weights: $(LEARNER)
	@$(BIN)/python -m metacourse.trained

# ---- tests -------------------------------------------------------------------------------------------------------
test: $(STEPS:%=test-%)
	@printf '\n== all steps passed ==\n'

test-lint: $(TESTER)
	@printf '\n== ruff check ==\n'
	@$(BIN)/ruff check $(TESTED)
	@printf '\n== ruff format --check ==\n'
	@$(BIN)/ruff format --check $(TESTED)

test-floors: $(TESTER)
	@printf '\n== import floors ==\n'
	@$(PYTEST) tests/test_floors.py

test-units: $(TESTER)
	@printf '\n== unit tests ==\n'
	@$(PYTEST) -n 2 --dist loadfile tests --ignore tests/test_floors.py --ignore tests/browser

test-notebooks: $(TESTER)
	@printf '\n== notebooks as committed ==\n'
	@$(RECORDED) $(NBVAL) notebooks

test-solved: $(TESTER)
	@printf '\n== notebooks with every exercise solved, every check passing, the package from its wheel ==\n'
	@rm -rf build/installed build/solved build/lib && PIP_USER=0 $(BIN)/python -m pip install -q --no-deps --no-build-isolation --target build/installed .
	@$(BIN)/python -m tools.solved notebooks/*.ipynb build/solved
	@PYTHONPATH="$(CURDIR)/build/installed" NBGRADER_EXECUTION=1 $(NBVAL) build/solved

test-browser: $(TESTER)
	@printf '\n== browser tests ==\n'
	@$(RECORDED) $(PYTEST) tests/browser

test-device: $(TESTER)
	@printf '\n== what needs a CUDA device, and what it gains ==\n'
	@$(PYTEST) -k cuda tests --ignore tests/browser --ignore tests/notebooks
	@$(BIN)/python -m benchmarks device

test-colab: $(COLAB)/.installed
	@printf '\n== notebooks with the versions of packages that Colab has ==\n'
	@$(patsubst $(BIN)/%,$(COLAB)/bin/%,$(NBVAL)) -W ignore notebooks

# ---- upkeep ------------------------------------------------------------------------------------------------------
format: $(TESTER)
	@$(BIN)/ruff check --fix $(TESTED)
	@$(BIN)/ruff format $(TESTED)

lock:
	@$(PYTHON) -m tools.lock

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
