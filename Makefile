# `make run` and `make test` do all the set-up; the plain lines for Windows are in README.md.
ifeq ($(OS),Windows_NT)
PYTHON ?= python
BIN := .venv/Scripts
else
PYTHON ?= python3
BIN := .venv/bin
endif
PORT ?= 8501
# One worker more than cores, since browsers and sockets are waited for; a module's tests stay together, so that what
# they share is made once.
WORKERS = $(shell $(BIN)/python -c "import os; print(min((os.cpu_count() or 1) + 1, 5))")
PYTEST = $(BIN)/python -m pytest --dist loadscope --no-loadscope-reorder
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

# Compiled once, where the machine's settings say otherwise as well: each worker would compile all tests in every run.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test suite tables fast check bench bench-each screenshots requirements az clean

run: .venv/.runtime
	$(BIN)/streamlit run app.py --server.port $(PORT)

# The checks use one core for half a minute: the tests do not wait for them, and `make test` fails when either does.
test: .venv/.dev
	$(MAKE) -j 2 check suite

suite: .venv/.dev
	$(PYTEST) -n $(WORKERS)

# The suite again, with tables beside the flows of every store, however small: both ways give the same answers.
tables: .venv/.dev
	$(PYTEST) -n $(WORKERS) --tables

fast: .venv/.dev
	$(PYTEST) -n auto --maxprocesses 4 -m fast

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Figures beside their floors, written into docs/performance.md.
bench: .venv/.dev
	$(BIN)/python -m bench.figures

bench-each: .venv/.dev
	for script in bench/*.py bench/rules/*.py; do echo "== $$script"; PYTHONPATH=. $(BIN)/python $$script || exit 1; done

# docs/pages/*.png: the pages on the sample estate, light and dark.
screenshots: .venv/.dev
	$(BIN)/python tests/browser/shots.py --docs

requirements: .venv/.dev
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/$(COMPILE) --extra fast pyproject.toml -o requirements.txt
	$(BIN)/$(COMPILE) -c requirements.txt --group dev -o requirements-dev.txt

.venv/pyvenv.cfg:
	$(PYTHON) -m venv .venv

.venv/.runtime: requirements.txt | .venv/pyvenv.cfg
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.runtime
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

# azure-cli as it reads a command line, for the tests of our scripts; apart, as it pins what we need newer.
az: tools/az/.venv/.installed

tools/az/.venv/.installed: tools/az/requirements.txt
	$(PYTHON) -m venv tools/az/.venv
	tools/az/$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r tools/az/requirements.txt
	@touch $@

clean:
	rm -rf .venv build dist shots .mypy_cache .ruff_cache .pytest_cache .hypothesis
