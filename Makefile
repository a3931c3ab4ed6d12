# `make run` and `make test` do all the set-up on a fresh machine.
PYTHON ?= python3
# What is tested: this tree, or with WHEEL=dist/NAME.whl that wheel, in a venv of its own.
WHEEL ?=
VENV := $(if $(WHEEL),.venv-wheel,.venv)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ARGS ?=
# Much of the suite waits for servers, so there may be more workers than cores.
WORKERS ?= 3
# With a wheel, neither pytest nor a subprocess may find the package in this folder.
PYTEST := -m pytest $(if $(WHEEL),-o pythonpath=) -n $(WORKERS) --dist worksteal
export FEDMSG_EXPORTER_WHEEL := $(WHEEL)
ifdef WHEEL
export PYTHONSAFEPATH := 1
endif

.PHONY: run test coverage lint format docs man bench dashboards preview build rpm clean

## The exporter on its embedded simulation of the bus, at http://127.0.0.1:10450/
run: $(VENV)/run
	exec $(BIN)/fedmsg-exporter run --source simulation $(ARGS)

## All tests, with a real RabbitMQ and a real Prometheus (installed if missing)
test: $(VENV)/dev
	sh harness/install.sh
	FEDMSG_EXPORTER_REQUIRE_SERVERS=1 $(BIN)/python $(PYTEST) $(ARGS)

## All tests, with the coverage of lines and branches, subprocesses included; about twice as slow
coverage: $(VENV)/dev
	sh harness/install.sh
	$(BIN)/coverage erase
	FEDMSG_EXPORTER_REQUIRE_SERVERS=1 $(BIN)/coverage run $(PYTEST) $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

## Linters, spelling and types
lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/validate-pyproject pyproject.toml
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

## The documentation as a site in build/site/; every warning and every broken link is an error
docs: $(VENV)/docs
	$(BIN)/sphinx-build --fail-on-warning --keep-going --fresh-env --nitpicky \
		--conf-dir docs --builder html . build/site

## The man pages in build/man/, from the commands' --help
man: $(VENV)/run
	$(BIN)/python -m tools.manpages build/man

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

## The RPM in build/rpm/, of this tree under the spec's version; needs rpmbuild
SPEC := deploy/rpm/fedmsg-exporter.spec
RPMFLAGS ?=
rpm: $(VENV)/dev
	SETUPTOOLS_SCM_PRETEND_VERSION=$$(sed -n 's/^Version: *//p' $(SPEC)) \
		$(BIN)/python -m build --no-isolation --sdist --outdir build/rpm/SOURCES
	rpmbuild -bb --define '_topdir $(CURDIR)/build/rpm' $(RPMFLAGS) $(SPEC)

clean:
	rm -rf .venv .venv-wheel build dist .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Debian ships python3 without venv; a stamp file for each set of packages.
$(VENV)/bin/python:
	sh tools/venv.sh "$(PYTHON)" $(VENV)

$(VENV)/run: $(VENV)/bin/python pyproject.toml
	$(PIP) -e .
	touch $@

ifdef WHEEL
# The .pth puts tests, benchmarks and tools on the path, after the installed package.
$(VENV)/dev: $(VENV)/bin/python $(WHEEL)
	$(PIP) '$(WHEEL)[dev]'
	$(PIP) --force-reinstall --no-deps $(WHEEL)
	echo '$(CURDIR)' > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/tree.pth"
	touch $@
else
$(VENV)/dev: $(VENV)/bin/python pyproject.toml
	$(PIP) -e '.[dev]'
	touch $@ $(VENV)/run
endif

$(VENV)/docs: $(VENV)/bin/python pyproject.toml
	$(PIP) -e '.[docs]'
	touch $@ $(VENV)/run

$(VENV)/preview: $(VENV)/dev
	$(PIP) -e '.[preview]'
	touch $@
