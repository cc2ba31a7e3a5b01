# Everything runs in .venv, which is made here from the pinned requirements files.
# Needed on the machine: make and Python 3.11 with its venv module, nothing else.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
BIN := .venv/bin
# Where there is no Node, the tests that judge by JavaScript clients are skipped.
NPM := $(shell command -v npm)
APPS := gateway merchants notifications paycenter transactions
# For the oldest 3.11, which needs a package that later ones do without (Debian 12 has 3.11.2).
COMPILE := $(BIN)/uv pip compile --quiet --no-header --python-version 3.11
WALKS := $(addprefix tests/browser/test_,onboarding.py refunding.py worklists.py handbook_pages.py)
EXEC := $(BIN)/python -m paycenter.local exec --

.DEFAULT_GOAL := help
.PHONY: help run demo test lint audit typecheck bench scaling stories soak handbook requirements clean

help: ## Show this list
	@echo "make ... (arguments for pytest: make test ARGS='-k refund')"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: .venv/local ## Run the whole payment center with simulated channels, until Ctrl-C
	@$(BIN)/python -m paycenter.local run

demo: .venv/local ## Tell the story of one order, beside a running `make run`
	@$(BIN)/python -m paycenter.local demo

test: .venv/dev $(if $(NPM),tests/peers/node_modules) ## Run the tests on a database and a broker of their own
	@$(EXEC) $(BIN)/pytest $(ARGS)

handbook: .venv/dev ## Take the handbook's pictures anew, by walking through the pages with Chromium
	@HANDBOOK_IMAGES=docs/handbook/images $(EXEC) $(BIN)/pytest -q -m slow $(WALKS)

lint: .venv/dev ## Check style, imports and security
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	@# Weak hashes, SQL and HTML from strings: ruff's S303, S608 and S308, which every place answers to.
	$(BIN)/bandit --quiet --recursive --severity-level medium --skip B303,B308,B608,B703 $(APPS)

audit: .venv/dev ## Look for packages with known vulnerabilities
	$(BIN)/pip-audit --requirement requirements.txt --disable-pip --no-deps --progress-spinner off

typecheck: .venv/dev ## Check types, strictly
	@$(EXEC) $(BIN)/mypy .

bench: .venv/dev ## Measure payments per second on this machine
	@$(EXEC) $(BIN)/python -m tests.benchmarks $(ARGS)

scaling: .venv/dev ## Show several machines and a database that dies (root, Debian's PostgreSQL, nginx)
	@$(BIN)/python -m tests.scaling $(ARGS)

stories: .venv/dev ## Tell fifty times as many random stories as the tests do, to look for a counterexample
	@$(BIN)/python -m paycenter.local exec -- $(BIN)/pytest -q -n 2 --hypothesis-profile=long \
		tests/transactions/test_repeat_rule_properties.py

soak: .venv/dev ## Break a center under load for half an hour (ARGS=5: minutes) and count every fen
	@$(BIN)/python -m tests.soak $(ARGS)

requirements: .venv/dev ## Pin the versions of all packages again, from pyproject.toml
	$(BIN)/pip install --quiet uv==0.13.9
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) --extra local -c requirements.txt pyproject.toml -o requirements-local.txt
	$(COMPILE) --extra local --extra dev -c requirements-local.txt pyproject.toml -o requirements-dev.txt

clean: ## Delete the virtual environment and all local data
	@$(PYTHON) -m paycenter.local clean
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

tests/peers/node_modules: tests/peers/package.json
	npm install --prefix tests/peers --no-audit --no-fund --loglevel=error
	@touch $@

.venv/local: requirements-local.txt | .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.venv/dev: requirements-dev.txt | .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -r $<
	@touch $@ .venv/local

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 is needed and was not found. Debian: apt-get install python3.11" \
	       "python3.11-venv; elsewhere: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing. Debian: apt-get install python3.11-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv
