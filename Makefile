# `make run` and `make test` do all the set-up on a fresh machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# Much of the suite waits for servers, so there may be more workers than cores.
WORKERS ?= 3

.PHONY: run test lint format bench dashboards preview build clean

## The exporter on its embedded simulation of the bus, at http://127.0.0.1:10450/
run: $(VENV)/run
	exec $(BIN)/fedmsg-exporter run --source simulation $(ARGS)

## All tests, with a real RabbitMQ and a real Prometheus (installed if missing)
test: $(VENV)/dev
	sh harness/install.sh
	FEDMSG_EXPORTER_REQUIRE_SERVERS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

## Linter and types
lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

## The exporter beside its peers, a few minutes
bench: $(VENV)/dev
	sh harness/install.sh
	$(BIN)/python -m benchmarks.drain

## The dashboards' files, written anew from tools/dashboards
dashboards: $(VENV)/dev
	$(BIN)/python -m tools.dashboards

## The dashboards as PNGs in preview/, drawn without Grafana from two simulated weeks
preview: $(VENV)/preview
	sh harness/install.sh
	$(BIN)/python -m tools.preview

## Wheel and sdist in dist/
build: $(VENV)/dev
	$(BIN)/python -m build

clean:
	rm -rf $(VENV) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Debian ships python3 without venv; a stamp file for each set of packages.
$(VENV)/bin/python:
	sh tools/venv.sh "$(PYTHON)" $(VENV)

$(VENV)/run: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/dev: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@ $(VENV)/run

$(VENV)/preview: $(VENV)/dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[preview]'
	touch $@
