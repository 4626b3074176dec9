# Two commands do everything, set-up included: make demo, make test.
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.locked

.PHONY: demo test check fix soak bench parts lock charts help

demo: parts  ## the main job on real parts; KEEP=1 leaves it running, HELM=1 lets Helm install the operator
	$(BIN)/python -m tests.lab.demo $(if $(KEEP),--keep) $(if $(HELM),--helm)

test: check parts  ## everything: format, lint, types, imports, and all tests
	$(BIN)/pytest -n 2 --dist loadfile

check: $(STAMP)  ## format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(STAMP)  ## format, and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

soak: parts  ## a month of 300 devices in a quarter of an hour, and what must be true of it
	$(BIN)/python -m tests.soak

bench: parts  ## speed and memory, beside the raw ceiling
	$(BIN)/python -m tests.bench

parts: $(STAMP)
	$(BIN)/python -m tests.lab.parts

$(STAMP): requirements-dev.txt pyproject.toml
	@echo "setting up $(VENV)"
	python3.11 -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

LOCK := --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --strip-extras --allow-unsafe
lock: $(STAMP)  ## lock the dependencies anew
	$(BIN)/pip-compile $(LOCK) --output-file requirements.txt pyproject.toml
	$(BIN)/pip-compile $(LOCK) --extra charts --extra dev --output-file requirements-dev.txt pyproject.toml
	cd tools && ../$(BIN)/pip-compile $(LOCK) --output-file go-requirements.txt go-requirements.in
	cd tools && ../$(BIN)/pip-compile $(LOCK) --output-file build-requirements.txt build-requirements.in

charts: $(STAMP)  ## write what the charts have from crds/ and values.yaml
	$(BIN)/python tools/charts.py

help:  ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST)
