# Everything sets itself up: a machine with Python 3.11 and make is enough.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup run test check bench soak format clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(STAMP)

# A paper session in a simulated market: no file, no network, no service.
run: setup
	$(BIN)/quantum-trader run --policy docs/examples/first-run.toml

test: setup
	$(BIN)/python -m pytest --quiet

# What must be green at every commit.
check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --quiet

bench: setup
	$(BIN)/python -m benchmarks

# The long storms: the same tests as in `make test`, with every seed of theirs.
soak: setup
	QT_STORM=1 $(BIN)/python -m pytest --quiet -m 'not unit'

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
