# make demo   the main job: both calibration specimens audited, one report
# make test   every check: lint, format, types, tests, selftest
# Both make their own virtual environment. Set PYTHON to choose an interpreter (3.11 or newer).

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := $(shell git ls-files '*.py' '*.yaml' '*.html' '*.css' '*.js' '*.safetensors' '*.json' '*.jinja' pyproject.toml 2>/dev/null)

export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: demo test lint types check browser clean

demo: $(VENV)/.demo
	$(BIN)/evenhand demo

test: $(VENV)/.dev lint types check
	$(BIN)/evenhand selftest

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	cd $(VENV) && bin/mypy --config-file ../pyproject.toml -p evenhand

check: $(VENV)/.dev browser
	$(BIN)/python -m pytest

# The report is opened in a real browser. Debian's is installed where that needs no password; elsewhere any chromium will do.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -qq -y chromium >/dev/null; } || \
	  echo "no chromium found: the browser tests will be skipped"

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("evenhand needs Python 3.11 or newer; set PYTHON=" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(VENV)/bin/python $(SOURCES) constraints.txt
	$(PIP) install -c constraints.txt '.[demo]'
	$(PIP) install --no-deps --force-reinstall .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python $(SOURCES) constraints.txt
	$(PIP) install -c constraints.txt '.[dev]'
	$(PIP) install --no-deps --force-reinstall .
	@touch $@ $(VENV)/.demo

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
