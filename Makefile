# The project's commands. A fresh clone needs Python 3.11 to 3.13, make and git; everything else goes into .venv.
.DEFAULT_GOAL := help
.SUFFIXES:
.PHONY: help run demo test chaos test-pythons check fmt proto bench bench-quick lock clean

# The first of these that runs, is in range and can make a venv: each is run, since a shim may exist without working.
USABLE := import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,\
	$(shell $(p) -c '$(USABLE)' 2>/dev/null && echo $(p))))

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt
INSTALLED := $(VENV)/.installed
ARGS ?=

help:  ## List the commands
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{printf "make %-13s %s\n", $$1, $$2}'

run: $(INSTALLED)  ## Start the exchange and its adapters on their fixed ports; data in ./var
	@$(BIN)/exchange up $(ARGS)

demo: $(INSTALLED)  ## Run sample leads through a whole exchange (LEADS=file.jsonl, JSON=1, POSTGRES=1)
	@$(BIN)/python -m examples.demo $(if $(LEADS),--leads '$(LEADS)') $(if $(JSON),--json) $(if $(POSTGRES),--postgres) $(ARGS)

test: $(INSTALLED)  ## Run every test (ARGS='tests/market -k floor'); installs PostgreSQL by apt where it may
	@$(BIN)/python -m tools.postgres
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

MINUTES ?= 10

chaos: $(INSTALLED)  ## Kill and cut everything at random under load, then account for each lead (MINUTES=10, SEED=…)
	@$(BIN)/python -m tools.postgres
	@$(BIN)/python -m tests.chaos --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(ARGS)

# PYENV_VERSION lets pyenv's shims of these names run; elsewhere it means nothing.
test-pythons:  ## Run every test on each supported Python that this machine has
	@for v in 3.11 3.12 3.13; do \
		export PYENV_VERSION=$$v; \
		if python$$v -c '$(USABLE)' 2>/dev/null; \
		then echo "== Python $$v"; $(MAKE) --no-print-directory test PYTHON=python$$v VENV=build/python$$v || exit 1; \
		else echo "== Python $$v is not on this machine"; fi; \
	done

check: $(INSTALLED)  ## Check format, lint, types, import rules and contract; what CI runs first
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m tools.contract
	@$(BIN)/python -m tools.proto --check

fmt: $(INSTALLED)  ## Format, and fix what lint can fix
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

proto: $(INSTALLED)  ## Generate the contract's Python
	@$(BIN)/python -m tools.proto

bench: $(INSTALLED)  ## Run the benchmark suite; writes build/bench.json and a page, build/bench.html
	@$(BIN)/python -m benchmarks $(ARGS)

bench-quick: $(INSTALLED)  ## Run the benchmark suite in its short form
	@$(BIN)/python -m benchmarks --quick $(ARGS)

lock:  ## Renew constraints.txt with the newest versions that pyproject.toml allows
	@rm -rf build/lock && $(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@{ sed '/^$$/q' constraints.txt; \
		build/lock/bin/python -m pip freeze --all --exclude pip --exclude-editable; } > build/lock/new
	@mv build/lock/new constraints.txt

clean:  ## Remove what these commands made, except ./var
	@rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The build backends come first and pinned, so that packages are built with them and not in environments of their own.
$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo 'No Python 3.11 to 3.13 found; name one: make PYTHON=…' >&2; exit 1; }
	@echo 'Installing into $(VENV)' >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --upgrade hatchling setuptools
	@$(PIP) --no-build-isolation -e '.[dev]'
	@touch $@
