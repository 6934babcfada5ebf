# Everything sets itself up: a virtual environment in .venv, from a package registry.
PYTHON ?= python3
# How many processes run the tests; one more than two processors, since end-to-end tests wait a good deal.
WORKERS ?= 3
BIN := .venv/bin
# Tests start many processes: without files of compiled modules, each of them compiles this code again.
unexport PYTHONDONTWRITEBYTECODE

# For every system and version that pyproject.toml allows; no address of a package index.
LOCKED := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

.PHONY: setup demo docs house pictures test quick check format lock clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

.venv/ready: pyproject.toml
	@echo "Setting up .venv (a minute or two, once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --progress-bar on -e '.[dev]'
	@touch $@

setup: .venv/ready ## the virtual environment

demo: .venv/ready ## a simulated data platform fails and is repaired, in under 90 seconds
	@$(BIN)/python -m demo

docs: .venv/ready ## the generated pages and schemas of docs/
	@$(BIN)/python -m cli.reference

house: .venv/ready ## the measures of the source: sizes, import cycles, names, and their limits
	@$(BIN)/python -m benchmarks.house

pictures: .venv/ready ## the pictures of README and docs/teams.md, from runs of the demo; needs Chromium and node
	@$(BIN)/python -m demo.pictures

test: .venv/ready ## the whole suite
	@$(BIN)/python -m pytest -n $(WORKERS)

quick: .venv/ready ## the unit tests that start no process and no server, in under a minute
	@$(BIN)/python -m pytest -n $(WORKERS) -m quick tests/unit

check: .venv/ready ## formatting, lint, types, import directions, migrations against models, shell scripts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hinomi rules check
	$(BIN)/hinomi db check --models
	$(BIN)/shellcheck .ci/run deploy.sh
	$(BIN)/shfmt -d -i 2 -ci deploy.sh

format: .venv/ready ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: .venv/ready ## the locked requirements of what is deployed, from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml $(LOCKED) -o deploy/requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra release $(LOCKED) -o deploy/requirements-release.txt

clean: ## forget the virtual environment and everything made
	rm -rf .venv .hinomi build dist *.egg-info
