# `make run` and `make test` are all a fresh machine needs; both build .venv when it is missing
# or older than the lock files.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= $(or $(SHAPVIZ_PORT),8501)
STORE ?= $(or $(SHAPVIZ_STORE),.store)
# More of `shapviz serve`, such as --no-demos.
OPTIONS ?=

export TF_CPP_MIN_LOG_LEVEL ?= 2
# Tests start the program some forty times, which would compile all of it each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: build run test test-all sweep check format bench lock clean chromium postgresql

# The environment alone: nothing is started.
build: $(VENV)/.run

run: build
	$(BIN)/python -m shapviz serve --port $(PORT) --store $(STORE) $(OPTIONS)

test: $(VENV)/.test chromium postgresql check
	$(BIN)/python -m pytest

# What `make test` leaves out because it is long.
test-all: $(VENV)/.test chromium postgresql
	$(BIN)/python -m pytest -m slow
	$(MAKE) sweep

# Every public name of Keras, and the applications.
sweep: $(VENV)/.test
	$(BIN)/python -m pytest -m sweep --dist worksteal tests/coverage

check: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.test
	for script in benchmarks/*.py; do \
		$(BIN)/python -m benchmarks.$$(basename $$script .py) || exit 1; done

# The browser tests drive the system's Chromium; it is installed where that is allowed, and the
# tests say so where it is not.
chromium:
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 \
	|| command -v google-chrome >/dev/null 2>&1 || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
			apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
		else echo "No Chromium here: the browser tests will say that they were skipped."; fi; }

# The tests of a shared catalogue start a server of their own from the system's PostgreSQL.
postgresql:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
			apt-get update -qq && apt-get install -y -qq postgresql >/dev/null; \
		else echo "No PostgreSQL here: the tests of a shared catalogue will say that they were skipped."; fi; }

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and "shapviz needs Python 3.11 to 3.13; run make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

$(VENV)/.test: requirements-test.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.txt
	touch $@

# Lock files carry no index addresses.
UV := uv pip compile pyproject.toml --universal --python-version 3.11 --no-header --quiet \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
lock:
	$(UV) --extra app -o requirements.txt
	$(UV) --extra app --extra test -c requirements.txt -o requirements-test.txt
	$(UV) --extra gpu -c requirements.txt -o requirements-gpu.txt
	$(UV) --extra app --extra postgresql --extra s3 -c requirements.txt -o requirements-shared.txt

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
