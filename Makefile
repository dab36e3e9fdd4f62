# make scenarios   plays the whole suite on the fake and on the real binary
# make coverage    whether docs/coverage.md says what that run has shown of the protocol, and tests/fidelity has it recorded
# make test        the harness's own tests, lint, types, import contracts, and make compare
# make compare     whether the fake says what codex says, and codex what it said itself
# make bench       the speed table;  make nightly  everything long;  make clean  as after a fresh clone
#
# Each part prints how long it took and how long it may take on two cores (all of CI: 900 s). PYTHON=python3.12 chooses the Python,
# JOBS=8 how many plays run at once.

ifeq ($(OS),Windows_NT)
$(error turnproof plays on Linux and macOS; Windows is not supported)
endif

SHELL := /bin/bash
.DEFAULT_GOAL := scenarios
.DELETE_ON_ERROR:
# Parts share the cores with nobody: what runs in parallel is inside of them.
.NOTPARALLEL:

OUT := turnproof-out
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.turnproof-installed
PART := .ci/part
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
JOBS ?= $(shell echo $$(( $(CORES) > 7 ? 8 : $(CORES) + 1 )))

.PHONY: scenarios coverage test lint format types imports tests compare bench nightly clean FORCE

scenarios: $(STAMP)
	@$(PART) 'scenarios on fake and codex' 180 $(BIN)/pytest scenarios --target fake,codex --require-real \
		-n $(JOBS) --continue-on-collection-errors --junitxml $(OUT)/scenarios.xml
	@echo 'JUnit: $(OUT)/scenarios.xml; histories and stderr of every play: $(OUT)/latest'

coverage: $(STAMP)
	@$(PART) 'coverage of the protocol' 10 $(SHELL) -c \
		'$(BIN)/turnproof coverage --from $(OUT)/latest --check docs/coverage.md >$(OUT)/coverage.txt'
	@$(PART) 'recorded histories' 10 $(BIN)/python -m tests.fidelity.record --check $(OUT)/latest
	@echo 'table: $(OUT)/coverage.txt'

test: $(STAMP)
	@$(MAKE) --keep-going --no-print-directory lint format types imports tests compare

lint: $(STAMP)
	@$(PART) 'lint' 10 $(BIN)/ruff check

format: $(STAMP)
	@$(PART) 'format' 10 $(BIN)/ruff format --check

types: $(STAMP)
	@$(PART) 'types' 60 $(BIN)/pyright

imports: $(STAMP)
	@$(PART) 'import contracts' 20 $(BIN)/lint-imports --no-logo

tests: $(STAMP)
	@$(PART) "the harness's own tests" 480 $(BIN)/pytest -n $(JOBS) --junitxml $(OUT)/tests.xml
	@echo 'JUnit: $(OUT)/tests.xml'

# FROM=turnproof-out/latest takes the plays that `make scenarios` has just made. Two rounds of one target are three runs of the suite.
# What differs in one play of thousands, and in too few of three more, is told and fails the night, not the push.
compare: $(STAMP)
	@$(PART) 'the fake against codex' 180 $(BIN)/turnproof compare fake codex --again 3 --jobs $(JOBS) $(FROM:%=--from %)
	@$(PART) 'codex against itself' 240 $(BIN)/turnproof compare codex codex --rounds 2 --again 3 --jobs $(JOBS) $(FROM:%=--from %)

bench: $(STAMP)
	@$(PART) 'bench' 1800 $(BIN)/python -m bench

nightly: $(STAMP)
	@$(BIN)/python .ci/nightly.py --jobs $(JOBS)

# .ci/install does nothing when the environment is the one that is asked for; FORCE lets it look every time.
$(STAMP): FORCE
	@PYTHON='$(PYTHON)' .ci/install $(VENV) $(STAMP)

clean:
	rm -rf $(VENV) $(OUT) dist build .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
