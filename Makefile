# Every command of the project. `make demo` shows it working, `make test` is what CI runs.

VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input
PIP_INSTALL := $(PIP) install --quiet --root-user-action=ignore
# The first interpreter that is new enough and can make environments; `make setup PYTHON=…` names another. The
# distribution's own goes first: it is built with profile-guided optimisation and is a third faster than a plain build.
PYTHON ?= $(shell for p in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do \
	  $$p -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

.DEFAULT_GOAL := help
.PHONY: help setup native demo test test-inside test-outside check sim faults mutants bench fmt lock clean pages grafana

help:            ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: $(STAMP)  ## build .venv from the locked dependencies and compile (nothing to do when nothing changed)
	@$(MAKE) --no-print-directory native || echo "going on with the sources" >&2

$(STAMP): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV) \
	  || { echo "python3 cannot make virtual environments: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }
	$(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# Two minutes once, and after each change of the sources; NATIVE=no skips it, and then they run as they are.
NATIVE ?= yes
native: $(STAMP) ## compile the road of messages, where there is a C compiler with Python's headers
	@[ "$(NATIVE)" = no ] || $(BIN)/python -m gateway.native_build

demo: $(STAMP)   ## the whole gateway with simulated carriers and clients, until Ctrl-C (ARGS=--once: until all is final)
	$(BIN)/hongyan demo $(ARGS)

# Two at a time where there are two processors: what stays in its process or only starts PostgreSQL, and what starts
# daemons and peers; both take about as long.
# Processes that tests start are compiled, tests themselves are not; so the ways of a message are walked once more,
# compiled, but for suites that start processes or meet no compiled module.
INSIDE := tests/protocols tests/gateway tests/simulation tests/benchmarks tests/deployment tests/store tests/archive \
	  $(wildcard tests/test_*.py)
OUTSIDE := tests/scenarios tests/daemon tests/interop tests/faults tests/console
AGAIN := tests/simulation tests/gateway \
	  $(patsubst %,--ignore=tests/gateway/%,interfaces cli demo settings operations queries documents notices duties telemetry) \
	  tests/protocols/smpp tests/protocols/cmpp
test: setup check ## static checks and the whole test suite, the same as CI (ARGS="-k window": a part)
	@if [ -n "$(ARGS)" ]; then $(BIN)/python -m pytest $(ARGS); \
	  else $(MAKE) --no-print-directory --jobs=2 --output-sync=line test-inside test-outside; fi

test-inside:
	$(BIN)/python -m pytest -q $(INSIDE)
	@[ "$(NATIVE)" = no ] || [ ! -d gateway/_native ] || { echo "once more, compiled:"; \
	  HONGYAN_NATIVE=1 $(BIN)/python -m pytest -q -m "not sources" $(AGAIN); }

test-outside:
	$(BIN)/python -m pytest -q $(OUTSIDE)

check: $(STAMP)  ## style, types, layers, sizes and words
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q tests/test_tidy.py tests/test_words.py tests/test_papers.py

SEED ?=
sim: $(STAMP)    ## the swarm of the simulation with one seed (SEED=7), a range (SEED=100-199) or fresh ones
	HONGYAN_SEED=$(SEED) $(BIN)/python -m pytest -q tests/simulation/test_swarm.py $(ARGS)

LENGTH ?= short
faults: $(STAMP) ## faults on a real gateway, all of them or some (NAME=database), by a seed (SEED=7), LENGTH=night for long
	HONGYAN_SEED=$(SEED) HONGYAN_FAULTS=$(LENGTH) $(BIN)/python -m pytest -q -s tests/faults -k "$(NAME)" $(ARGS)

# Its tool stays beside .venv: nobody else needs it.
MUTMUT := build/mutants/site
mutants: $(STAMP) $(MUTMUT) ## change the code and see which tests notice (NAME=ledger, or of a path; LENGTH=all, SEED=7, ARGS=--again)
	PYTHONPATH=$(CURDIR)/$(MUTMUT) nice $(BIN)/python -m tests.mutants --length=$(LENGTH) --seed=$(SEED) $(NAME) $(ARGS)

$(MUTMUT): tests/mutants/requirements.lock
	$(PIP_INSTALL) --no-deps --require-hashes --upgrade --target $@ -r $<
	@touch $@

NAME =
bench: setup     ## one number a line, with unit, machine and commit (NAME=road: one of them; benchmarks/README.md)
	$(BIN)/python -m benchmarks $(NAME) $(ARGS)

fmt: $(STAMP)    ## sort imports and apply safe fixes; tables are aligned by hand, so nothing reflows the code
	$(BIN)/ruff check --fix .

pages: $(STAMP)  ## write docs/configuration.md, clauses.md, clients/ and protocols/*/wire.py anew from their tables
	$(BIN)/python -m protocols.generate
	mkdir -p build
	$(BIN)/python -m gateway.settings.reference > build/configuration.md && mv build/configuration.md docs/
	$(BIN)/python -m gateway.settings.clause_table docs > build/clauses.md && mv build/clauses.md docs/
	$(BIN)/python -m gateway.interfaces.client_pages.write_pages docs/clients
	$(BIN)/python -m gateway.telemetry.dashboard > build/hongyan.json && mv build/hongyan.json config/grafana/dashboards/

GRAFANA_HOME := $(DESTDIR)/var/lib/grafana/dashboards/hongyan
grafana:         ## provision Grafana on this machine with the dashboard and its Prometheus (DESTDIR=/elsewhere: below it)
	install -D -m 644 -t $(DESTDIR)/etc/grafana/provisioning/dashboards config/grafana/provisioning/dashboards/hongyan.yml
	install -D -m 644 -t $(DESTDIR)/etc/grafana/provisioning/datasources config/grafana/provisioning/datasources/hongyan.yml
	install -D -m 644 -t $(GRAFANA_HOME) config/grafana/dashboards/hongyan.json

COMPILE = CUSTOM_COMPILE_COMMAND="make lock" build/lock/bin/pip-compile --quiet --generate-hashes --allow-unsafe \
	  --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(UPGRADE)
lock:            ## write the lock files again from pyproject.toml (UPGRADE=--upgrade for newer versions)
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet pip-tools
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra test --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean:           ## remove what the commands made (the embedded database in state/ stays)
	rm -rf $(VENV) build gateway/_native .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -not -path './state/*' -prune -exec rm -rf {} +
