# Slogan: `make run` starts it, `make test` tests it. Needs Python 3.11 or newer with pip or venv.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TESTS  ?= tests
ARTICLES ?=
PRODUCTS ?=

.PHONY: run test check smoke chaos demo-large constraints env-example clean help

help:                ## this list
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.run    ## start everything and print the address and the sign-in; Ctrl-C stops it
	@exec $(BIN)/slogan run

test: $(VENV)/.dev   ## the whole suite; TESTS=tests/schedule for a part
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(TESTS)

check: $(VENV)/.dev  ## lint, types of core and connectors, direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

smoke: $(VENV)/.run  ## from import to published posts in a fresh folder; ARTICLES= and PRODUCTS= name own data
	@ARTICLES="$(ARTICLES)" PRODUCTS="$(PRODUCTS)" $(BIN)/python -m benchmarks.smoke

chaos: $(VENV)/.dev  ## the failure matrix, COUNT=1000 posts a cell; CELLS=names for some
	@COUNT="$(COUNT)" CELLS="$(CELLS)" $(BIN)/python -m benchmarks.chaos

demo-large: $(VENV)/.run  ## a workspace of many posts, for looking at speed
	@$(BIN)/slogan demo --large

bench-%: $(VENV)/.run  ## print one figure: make bench-calendar runs benchmarks/calendar.py
	@$(BIN)/python -m benchmarks.$*

constraints: $(VENV)/.dev  ## write down the versions that are installed now
	@$(BIN)/python -m pip freeze --exclude-editable | grep -E '^[A-Za-z0-9._-]+==' > constraints.txt

env-example: $(VENV)/.run  ## write .env.example from the settings class
	@$(BIN)/python -m app.local.settings_file > .env.example

clean:               ## remove the environment and caches; data in var/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made once, and again when what it is made from has changed.
$(VENV)/.run: pyproject.toml constraints.txt .ci/environment
	@PYTHON="$(PYTHON)" VENV="$(VENV)" .ci/environment .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt .ci/environment
	@PYTHON="$(PYTHON)" VENV="$(VENV)" .ci/environment '.[dev]'
	@touch $@ $(VENV)/.run
