# Two commands matter: `make run` and `make test`. Both bring what they need; a second time they start at once.
PYTHON ?= python3.11
BIN := .venv/bin
LISTS := requirements-setup.txt requirements.txt
# Nothing may run a build script. Hashes are demanded of every file.
PINNED := --require-hashes --no-build-isolation --only-binary :all:
MISSING = $(strip $(if $(shell command -v chromium),,chromium) \
    $(if $(wildcard /usr/share/fonts/truetype/liberation*),,fonts-liberation) \
    $(if $(wildcard /usr/lib/postgresql/*/bin/initdb),,postgresql) $(if $(shell command -v redis-server),,redis-server))
ARGS ?=

.PHONY: help setup setup-test setup-traces run test test-all audit sbom model torture lint types bench lighthouse pictures bench-load bench-evidence bench-judgement quarter texts lock package-zendesk deployment-gmail clean
.DEFAULT_GOAL := help

help:  ## what there is
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*  ## /  make \1\t/' | expand -t 18

setup: .venv/installed  ## virtual environment with everything that running needs
setup-test: setup .venv/installed-dev debian-packages  ## the same for tests: pytest, ruff, mypy; Chromium, PostgreSQL, redis-server

setup-traces: setup  ## what sends traces to a collector of yours (OTEL_EXPORTER_OTLP_ENDPOINT)
	@.ci/install requirements-traces.txt "$(PINNED)"

run: setup  ## start Countersign with a local Zendesk and say where (make run ARGS="--port 9000")
	@exec $(BIN)/countersign run --sandbox $(ARGS)

test: setup-test  ## all tests but the slow ones
	@exec $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow" $(ARGS)

test-all: setup-test .venv-audit/installed  ## the slow ones too
	@exec $(BIN)/python -m pytest $(ARGS)

audit: .venv-audit/installed  ## attack it: every route by every role, the parsers by fuzzing (minutes)
	@.venv-audit/bin/bandit -q -ll -r app integrations sandbox
	@nice .venv-audit/bin/python -m tests.attack api $(ARGS)
	@$(BIN)/python -m pytest -q -n 2 -m slow tests/fuzz
	@.venv-audit/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r requirements.txt || \
	    { echo "The attacks above found nothing. Of the pinned versions pip-audit told a hole, or could not ask: its own line says which." >&2; exit 1; }

sbom: .venv-audit/installed  ## the list of all parts with their hashes, as CycloneDX, under dist/
	@mkdir -p dist && .venv-audit/bin/cyclonedx-py requirements requirements.txt --of JSON -o dist/sbom.cdx.json

model: .venv/installed-dev  ## every state of the sending protocol, and how it fails without each of its safeguards
	@exec $(BIN)/python -m tests.protocol $(ARGS)

torture: setup-test  ## kill and stop processes at 25 points, 40 times each; ARGS=storm: everything at once; goes on where it was broken off
	@exec $(BIN)/python -m tests.crash $(ARGS)

lint: .venv/installed-dev  ## formatting and ruff
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: .venv/installed-dev  ## mypy --strict
	@$(BIN)/mypy --strict app integrations sandbox

bench: setup-test  ## speed, each figure beside a floor measured in the same run
	@exec $(BIN)/python -m benchmarks $(ARGS)

lighthouse: setup-test .venv/lighthouse/installed  ## what Lighthouse 12 says of queue and settings, in the Chromium that is here (needs Node and npm)
	@exec $(BIN)/python -m benchmarks lighthouse

pictures: setup-test  ## the pictures in README and docs anew, from the tests that show the pages
	@exec env COUNTERSIGN_SCREENSHOTS=1 $(BIN)/python -m pytest -q tests/browser/test_finish.py tests/browser/test_sidebar.py tests/browser/test_gmail_panel.py -k "fit_for_everybody or one_public_reply or one_message_in_sent"

bench-load: setup-test  ## what messages and pages cost with 10,000 and 100,000 stored, on both databases (ARGS="--sizes 10000,1000000": 30 GB for two days)
	@exec $(BIN)/python -m benchmarks.growth $(ARGS)

bench-evidence: .venv/installed-dev  ## how often the evidence gate promotes wrongly when a team looks every day, against a naive bound
	@exec $(BIN)/python -m benchmarks evidence

bench-judgement: .venv/installed-dev  ## quality of triage, escalation, sources and checks on ../shared/data, cross-validated
	@exec $(BIN)/python -m benchmarks judgement $(ARGS)

quarter: .venv/installed-dev  ## the diary of a simulated quarter: automation is earned, goes wrong, is taken back (minutes)
	@exec $(BIN)/python -m tests.quarter

texts: .venv/installed-dev  ## bring the interface's catalogues up to its texts (a new language: make texts ARGS=fr)
	@$(BIN)/python -m tests.texts $(ARGS)

lock: .venv/installed-dev  ## pin requirements*.in again, newest first
	@for list in requirements requirements-dev requirements-setup requirements-audit requirements-traces; do $(BIN)/uv pip compile -q --upgrade --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --python-version 3.11 $$list.in -o $$list.txt || exit 1; done

package-zendesk: setup  ## the app for Zendesk as a zip under dist/ (make package-zendesk URL=https://your-server)
	@exec $(BIN)/python -m integrations.zendesk.package $(if $(URL),--url $(URL)) $(ARGS)

deployment-gmail: setup  ## what Google is told of the Gmail add-on (make deployment-gmail URL=https://your-server)
	@exec $(BIN)/python -m integrations.gmail.addon $(URL)

clean:  ## remove what make built; var/ (your data) stays
	rm -rf .venv .venv-audit dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- how ---------------------------------------------------------------------------------------------------------------
.venv/bin/pip:
	@.ci/venv $(PYTHON)

.venv/installed: $(LISTS) pyproject.toml | .venv/bin/pip
	@.ci/install requirements.txt "$(PINNED)"
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@.ci/install requirements-dev.txt "$(PINNED)"
	@touch $@

# What looks for holes stays out of the environment that is looked at.
.venv-audit/installed: requirements-audit.txt .venv/installed-dev
	@$(BIN)/uv venv -q --clear --python $(PYTHON) .venv-audit
	@for list in requirements-setup requirements requirements-dev requirements-audit; do \
	    $(BIN)/uv pip install -q --python .venv-audit $(PINNED) -r $$list.txt || exit 1; done
	@$(BIN)/uv pip install -q --python .venv-audit --no-deps --no-build-isolation -e .
	@touch $@

# npm runs no script of any package, and no browser comes with it; every file has its hash in the list.
.venv/lighthouse/installed: .ci/lighthouse/package-lock.json | .venv/installed
	@mkdir -p $(@D) && cp .ci/lighthouse/package.json .ci/lighthouse/package-lock.json .ci/lighthouse/.npmrc $(@D)
	@cd $(@D) && npm ci --silent --no-progress
	@touch $@

.PHONY: debian-packages
debian-packages:
	@$(if $(MISSING),.ci/debian-packages $(MISSING),true)
