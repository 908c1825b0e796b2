# The project's verbs. Each does its own set-up first, once: `make demo` on a fresh machine is enough.
# Options go in ARGS: make demo ARGS="--days 2", make test ARGS="-k rate_limit"; one benchmark alone
# is named by BENCH: make bench BENCH=rate_limit ARGS="--processes 2".

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# Many tests wait for a clock or another process: three at a time keep two cores busy. A file's
# tests stay together, as they share what it sets up. Files run in the order of their names, which
# begins with the longest ones; by default those of few tests, which are the longest, come last.
WORKERS ?= 3

.DEFAULT_GOAL := help
.PHONY: help demo test lint format ui bench docs

help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */  make \1\t/' | expand -t 15

demo: $(READY) ## deliver generated events to a HubSpot account on this machine, and show the verdicts
	@$(BIN)/hubspot-pipeline demo $(ARGS)

test: $(READY) ## run the tests
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(READY) ## check style, types and the import rules
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY) ## put the code into the one format
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

ui: $(READY) ## open Dagster's UI over a HubSpot account on this machine; Ctrl-C stops both
	@$(BIN)/hubspot-pipeline ui $(ARGS)

bench: $(READY) ## measure throughput, memory and the use of the rate limit
	@for script in benchmarks/$(or $(BENCH),[a-z]*).py; do echo "== $$script"; $(BIN)/python $$script $(ARGS) || exit 1; done

docs: $(READY) ## check that the pages' links lead somewhere and that their examples run
	@$(BIN)/pytest tests/docs $(ARGS)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || command -v uv >/dev/null || { \
	  echo "This needs Python 3.11 or newer ($(PYTHON) is older); name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Setting up $(VENV) (once, a minute or two) ..."
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --allow-existing --python '>=3.11' $(VENV) && \
	  uv pip install --quiet --python $(BIN)/python -r requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps -e .; \
	else \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .; \
	fi
	@touch $@
