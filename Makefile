# Each target creates the virtual environment .venv first, from the package index of pip: uv installs and compiles on all
# processors, in half the time, and pip installs where uv cannot.

# Of the Pythons of the same version on the PATH, a much faster one wins: the tests take a sixth longer with a slow one.
PYTHON ?= $(shell .ci/fastest_python)
# How many processes run the tests: two more than two processors, since tests wait a third of the time for a server, a
# process or a lease. The variable has no name that functions-framework reads too, such as WORKERS: make hands it on to
# every process.
PROCESSES ?= 4
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
# Tests start many processes: without files of compiled modules, each of them compiles this code again.
unexport PYTHONDONTWRITEBYTECODE

# Locked for every system and Python version that pyproject.toml allows, without the address of a package index.
LOCKED := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

VENDORED := htmx.org@2.0.8:dist/htmx.min.js:htmx.min.js htmx.org@2.0.8:LICENSE:htmx.LICENSE.txt \
	uplot@1.6.32:dist/uPlot.iife.min.js:uplot.min.js uplot@1.6.32:dist/uPlot.min.css:uplot.min.css uplot@1.6.32:LICENSE:uplot.LICENSE.txt

.PHONY: setup demo docs vendor house pictures test quick check format lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

.venv/ready: pyproject.toml
	@echo "Setting up .venv (a minute or two, once)"
	@python="$(PYTHON)"; \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is required: make PYTHON=python3.12 …"; exit 1; }; \
		"$$python" -m venv .venv
	@$(PIP) uv
	@export UV_DEFAULT_INDEX="$${PIP_INDEX_URL:-$$($(BIN)/pip config get global.index-url 2>/dev/null)}"; \
		$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode -e '.[dev]' || $(PIP) -e '.[dev]'
	@touch $@

setup: .venv/ready ## create the virtual environment

demo: .venv/ready ## run a simulated data platform that fails and is repaired, in under 90 seconds; KEEP=1 keeps it, with its dashboard
	@$(BIN)/python -m demo $(if $(KEEP),--keep)

docs: .venv/ready ## write the generated pages and schemas of docs/
	@$(BIN)/python -m cli.reference

house: .venv/ready ## measure the source: sizes, import cycles, names; fails when a limit is exceeded
	@$(BIN)/python -m benchmarks.house

pictures: .venv/ready ## draw the pictures of README and docs/, most of them from runs of the demo; needs Chromium and node
	@$(BIN)/python -m demo.pictures

vendor: ## copy the scripts of the dashboard from the npm registry
	@cd $$(mktemp -d) && for each in $(VENDORED); do \
		package=$${each%%:*} rest=$${each#*:} && mkdir -p "$$package" && \
		{ [ -f "$$package.tgz" ] || mv "$$(npm pack --silent "$$package")" "$$package.tgz"; } && \
		tar xzf "$$package.tgz" -C "$$package" && \
		cp "$$package/package/$${rest%%:*}" "$(CURDIR)/dashboard/static/vendor/$${rest##*:}" || exit 1; \
	done

test: .venv/ready ## run the whole suite
	@$(BIN)/python -m pytest -n $(PROCESSES)

quick: .venv/ready ## run the quick unit tests: no process, no server, in under a minute
	@$(BIN)/python -m pytest -n auto -m quick tests/unit

check: .venv/ready ## check formatting, lint, types, import directions, migrations against models, shell scripts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hinomi rules check
	$(BIN)/hinomi handlers test --all
	$(BIN)/hinomi db check --models
	$(BIN)/shellcheck .ci/run .ci/fastest_python deploy.sh
	$(BIN)/shfmt -d -i 2 -ci .ci/fastest_python deploy.sh

format: .venv/ready ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: .venv/ready ## lock the requirements of the deployed code, from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml $(LOCKED) -o deploy/requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra release $(LOCKED) -o deploy/requirements-release.txt
	$(BIN)/uv pip compile pyproject.toml --extra apprise -c deploy/requirements.txt $(LOCKED) -o deploy/requirements-apprise.txt

clean: ## delete the virtual environment and everything generated
	rm -rf .venv .hinomi build dist *.egg-info
