# What to do with this checkout. Everything is installed into .venv; system packages come by tools/system-packages.sh.
# Variables: PYTHON (the interpreter to begin with, default python3), ARGS (passed on to pytest, the benchmarks, accept),
# CONSOLE (0: the demo ends without the console).

PYTHON ?= python3
CONSOLE ?= 1
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
DEMO_LAKE := build/demo-lake
export PYTHON

.DELETE_ON_ERROR:
.PHONY: help demo demo-es test lint fuzz bench bench-lake bench-es bench-console accept kernels lock clean

help: ## print this list (default)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.run ## replay the bundled captures into a fresh lake, print what was found, run the console on it (CONSOLE=0: not)
	@rm -rf $(DEMO_LAKE)
ifeq ($(CONSOLE),0)
	@$(BIN)/wanglou demo --lake $(DEMO_LAKE)
else
	@$(BIN)/wanglou demo --lake $(DEMO_LAKE) --shift-to now
	@exec $(BIN)/wanglou serve --store $(DEMO_LAKE) --site pcaps/park.yaml --demo
endif

demo-es: $(VENV)/.dev ## the same on a real Elasticsearch, fetched and run for as long as it takes
	@tools/system-packages.sh elasticsearch
	@$(BIN)/python -m tools.elasticsearch $(BIN)/wanglou demo

# Without tshark, mosquitto, chromium, PostgreSQL and a JDK the tests that need them skip and say so, or fail where CI is set.
test: $(VENV)/.dev ## run all tests (ARGS="tests/parsers -x" for some)
	@tools/system-packages.sh dissect broker browser postgres elasticsearch || true
	@$(BIN)/wanglou kernels
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

lint: $(VENV)/.dev ## check style, format, types, spelling and the rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/wanglou rules check

fuzz: $(VENV)/.dev ## fuzz every parser, half an hour in all (ARGS="modbus --seconds 600" for one)
	@$(BIN)/python -m tools.fuzz --total 1800 $(ARGS)

bench: $(VENV)/.dev ## measure against Suricata and tshark on the same files
	@tools/system-packages.sh dissect suricata
	@$(BIN)/python -m bench $(ARGS)

bench-es: $(VENV)/.dev ## measure bulk writing to Elasticsearch against the bare client
	@tools/system-packages.sh elasticsearch
	@$(BIN)/python -m bench.elastic $(ARGS)

bench-lake: $(VENV)/.dev ## measure the lake on a day of 100,000,000 transactions
	@$(BIN)/python -m bench.lake $(ARGS)

bench-console: $(VENV)/.dev ## measure the console's pages over 1,000,000 alerts, alone and with 50 users
	@tools/system-packages.sh browser
	@$(BIN)/python -m bench.console_http $(ARGS)

accept: $(VENV)/.dev ## run every acceptance check in full, or those of ARGS, and write docs/acceptance.md (two hours)
	@tools/system-packages.sh dissect broker browser postgres elasticsearch suricata
	@$(BIN)/python -m tools.accept $(ARGS)

kernels: $(VENV)/.run ## compile the kernels now instead of at first use
	@$(BIN)/wanglou kernels

lock: $(VENV)/.dev ## lock the versions of all requirements anew (ARGS=--upgrade for the newest)
	@PYTHON=$(BIN)/python tools/lock.sh $(ARGS)

clean: ## remove all that make made, the environment too; lakes elsewhere stay
	rm -rf $(VENV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -path ./.git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: each is newer than what it was made from once its step has succeeded as a whole.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"Wanglou needs Python 3.11 or newer, $(PYTHON) is %d.%d: name one with make PYTHON=..." % sys.version_info[:2])'
	@tools/system-packages.sh base
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements.txt pyproject.toml tools/vendor.py tools/vendor.txt
	@echo "Installing what Wanglou needs into $(VENV) ..."
	@$(PIP) --require-hashes --requirement requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(BIN)/python tools/vendor.py
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@echo "Installing what tests and checks need into $(VENV) ..."
	@$(PIP) --require-hashes --requirement requirements-dev.txt
	@touch $@
