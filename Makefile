# One page for people and for CI; `make help` lists it. Nothing here needs more than Python, a C compiler and make.
PORT ?= 8000
VENV ?= .venv
PYTHON ?=
T ?= tests
N ?= 20000
SEED ?= 1
UV ?= uv
IMAGE_PYTHON ?= 3.12

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
# Hashes for everything; nothing is compiled but durable-rules, and that with the build tools of the lock.
LOCKED := install --require-hashes --no-build-isolation --only-binary :all: --no-binary durable-rules
PYTHON_FILES := service tests

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help serve test examples screenshots approve canaries conformance check fix bench bench-serving screen screen-bench spark fairness hapi soak leak memory seeds kills kill-service fuzz mutate setup deploy-tools hooks knowledge trace codes units rules lock wheels clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

serve: $(VENV)/.project ## install what is missing, then serve on http://127.0.0.1:8000 (PORT= for another)
	@exec $(BIN)/mmn-cds serve --profile local --port $(PORT)

test: setup ## the whole test suite; T=tests/unit/engine for a part of it
	@$(BIN)/python -m pytest -n auto $(T)

examples: setup ## write the examples of the page anew, of patient folders and sample reports
	@$(BIN)/python -m tests.examples

screenshots: setup ## take the pictures of the page in docs/screenshots (needs Chromium)
	@$(BIN)/python -m tests.screenshots

approve: setup ## approve the wording of all cards as it is now; then read the difference
	@$(BIN)/python -m tests.approved_cards
	@$(BIN)/python -m tests.approved_pictures

canaries: setup ## choose the canary patients anew, with their answers; then read the difference
	@$(BIN)/python -m tests.canaries

conformance: setup ## write docs/conformance.md anew from the marks of the tests
	@$(BIN)/python -m tests.conformance_page

check: setup ## what CI runs: format, lint, types, import contracts, YAML, knowledge, lock, tests
	@$(BIN)/ruff format --check --quiet $(PYTHON_FILES) || { echo "Formatting differs: make fix"; exit 1; }
	@$(BIN)/ruff check --quiet $(PYTHON_FILES)
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/yamllint --strict .
	@! grep -nE '://|^[[:space:]]*-[^-]|^[[:space:]]*--[^h]' requirements/*.txt || { echo "The lock holds hashes only: no URL, no option"; exit 1; }
	@$(PIP) check
	@$(BIN)/mmn-cds knowledge check
	@$(MAKE) --no-print-directory test

fix: setup ## format, and correct what can be corrected
	@$(BIN)/ruff format $(PYTHON_FILES)
	@$(BIN)/ruff check --fix $(PYTHON_FILES)

bench: setup ## the benchmarks, as ratios to a bare Flask echo; fails over a floor; BENCH_JSON=file also writes the figures
	@$(BIN)/python -m tests.bench.run

fairness: setup ## heaviest calls of one issuer beside ordinary ones of another; fails when those wait over a second
	@$(BIN)/python -m tests.bench.fairness

hapi: ## build HAPI JPA, for the tests against a FHIR server by somebody else (needs Java 17 and Maven)
	@mvn --quiet --batch-mode --file tests/hapi/pom.xml compile

soak: setup ## MINUTES=30 RATE=30: steady load with a tenth of faults; memory, descriptors, p99; MINUTES=1 to try it
	@$(BIN)/python -m tests.bench.soak --minutes $(MINUTES) --rate $(RATE)
soak: MINUTES = 30
soak: RATE = 30

seeds: setup screen ## N=10000 SEED=13: that many changed charts; whoever reaches a class or gets a card must be kept by screening
	@$(BIN)/python -m tests.population.seeds_hold $(N) $(SEED)
seeds: N = 10000
seeds: SEED = 13

kills: setup screen ## N=50: a screening run killed at that many random moments must end with the same result
	@$(BIN)/python -m tests.population.kills $(N)
kills: N = 50

leak: setup ## N=20000: that many calls of all kinds in one process; fails when more is held after them than caches may take
	@$(BIN)/python -m tests.bench.leak --calls $(N)

memory: setup ## do 512 MiB hold two workers under wrong, heavy and large requests? Linux only
	@$(BIN)/python -m tests.bench.memory

kill-service: setup ## KILLS=200 STORES="sqlite postgresql": SIGKILLs of a service; nothing is lost, nothing takes effect twice
	@for store in $(STORES); do $(BIN)/python -m tests.killing --kills $(KILLS) --store $$store || exit 1; done
kill-service: KILLS = 200
kill-service: STORES = sqlite postgresql

fuzz: setup ## N=20000 SEED=1: that many wrong requests to a running server; no 5xx, no hang, no restart
	@$(BIN)/python -m tests.fuzz.run --requests $(N) --seed $(SEED)

mutate: setup ## N=60 SEED=1: that many small changes to rules, thresholds and card policy; lists what no test sees
	@$(BIN)/python -m tests.mutation.run --sample $(N) --seed $(SEED)
mutate: N = 60

bench-serving: setup ## compare servers with the real application; SERVERS=DIR is an environment with the others
	@SERVERS="$(SERVERS)" $(BIN)/python tests/bench/serving.py

deploy-tools: .deploy-tools/.made ## Helm, Compose and the schemas of Kubernetes, with which the tests lint deploy/; 500 MB

.deploy-tools/.made: requirements/deploy.txt
	@$(if $(filter /%,$(firstword $(FOUND))),,$(error $(FOUND)))
	@"$(FOUND)" -m venv --clear .deploy-tools
	@.deploy-tools/bin/python -m pip --disable-pip-version-check --no-input -qq install --require-hashes \
		--only-binary :all: -r requirements/deploy.txt
	@touch $@

screen: $(VENV)/.screen ## the extra for screening a population (DuckDB, 67 MB), for `mmn-cds screen` and its tests

spark: $(VENV)/.spark ## the extra for screening on a cluster (PySpark, 0.8 GB; needs Java 17), for its tests

screen-bench: setup screen ## screening measured: pass 1 against orjson on the same bytes, memory, core hours for a million
	@$(BIN)/python -m tests.bench.screening

setup: $(VENV)/.project $(VENV)/.tools ## the virtual environment with the locked packages and tools

hooks: setup ## opt in to the git hooks of .pre-commit-config.yaml
	@$(BIN)/pre-commit install --hook-type pre-commit --hook-type pre-push

knowledge: $(VENV)/.project ## load and cross-check all YAML; errors name file and key
	@$(BIN)/mmn-cds knowledge check

trace: $(VENV)/.project ## regenerate docs/traceability.md from the knowledge
	@$(BIN)/mmn-cds knowledge trace > docs/traceability.md.new && mv docs/traceability.md.new docs/traceability.md

codes: setup ## check the codes of fhir_mappings/ against public tables and check digits; regenerate docs/codes.md
	@$(BIN)/python -m tests.codes

units: setup ## write the table of UCUM's units anew; then read the difference
	@$(BIN)/python -m tests.ucum_table

rules: $(VENV)/.project ## ID=mmn.conduction_block.definite: one rule in words, with thresholds, sources and cases
	@$(BIN)/mmn-cds knowledge show $(ID)

lock: ## resolve the lock anew from pyproject.toml (needs uv; UPGRADE=--upgrade takes newer versions)
	@command -v $(UV) >/dev/null || { echo "uv is missing. Make it with: python3 -m venv DIR && DIR/bin/pip install uv; then make lock UV=DIR/bin/uv"; exit 1; }
	@$(RESOLVE) pyproject.toml --group build --group dev $(UPGRADE) -o requirements/dev.txt
	@$(RESOLVE) pyproject.toml -c requirements/dev.txt $(UPGRADE) -o requirements/run.txt
	@$(RESOLVE) --group pyproject.toml:build -c requirements/dev.txt $(UPGRADE) -o requirements/build.txt
	@$(RESOLVE) --group pyproject.toml:deploy -c requirements/dev.txt $(UPGRADE) -o requirements/deploy.txt
	@$(RESOLVE) pyproject.toml --extra screen -c requirements/dev.txt $(UPGRADE) -o requirements/screen.txt
	@$(RESOLVE) pyproject.toml --extra spark -c requirements/screen.txt -c requirements/dev.txt $(UPGRADE) -o requirements/spark.txt
RESOLVE = $(UV) pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate

wheels: $(VENV)/.locked ## fill wheels/, so that the image builds without a registry (IMAGE_PYTHON=3.12)
	@$(PIP) download --no-deps --require-hashes --no-build-isolation --only-binary :all: --no-binary durable-rules \
		--python-version $(IMAGE_PYTHON) -d wheels -r requirements/build.txt -r requirements/run.txt

clean: ## delete the virtual environment, caches and build results (the store under var/ stays)
	@rm -rf $(VENV) build dist .coverage .hypothesis .grimp_cache .mypy_cache .pytest_cache .ruff_cache
	@find service tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --- Installation: three stamps, so that a second run does nothing. A new lock makes the environment anew. ---

# The path of a Python that will do, or the one line that says what is missing.
FOUND = $(shell .ci/find-python $(PYTHON) 2>&1)

# No cache for run.txt: pip may hold a durable-rules built without the flag that Python 3.13 needs (docs/decisions/0003).
$(VENV)/.locked: requirements/build.txt requirements/run.txt
	@$(if $(filter /%,$(firstword $(FOUND))),,$(error $(FOUND)))
	@echo "Making $(VENV) with $$("$(FOUND)" -V); once, about a minute"
	@"$(FOUND)" -m venv --clear $(VENV)
	@$(PIP) $(LOCKED) -r requirements/build.txt
	@CPPFLAGS="$$CPPFLAGS -DPyEval_CallObject=PyObject_CallObject" $(PIP) $(LOCKED) --no-cache-dir -r requirements/run.txt
	@$(BIN)/python -c 'import durable.engine' || \
		{ echo "durable-rules was built but cannot be imported by $$($(BIN)/python -V): try another with make PYTHON=python3.12"; exit 1; }
	@touch $@

$(VENV)/.project: $(VENV)/.locked pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.screen: $(VENV)/.locked requirements/screen.txt
	@$(PIP) $(LOCKED) -r requirements/screen.txt
	@touch $@

# PySpark is published as source only; it is Python and jars, and nothing of it is compiled.
$(VENV)/.spark: $(VENV)/.screen requirements/spark.txt
	@$(PIP) $(LOCKED) --no-binary pyspark -r requirements/spark.txt
	@touch $@

$(VENV)/.tools: $(VENV)/.locked requirements/dev.txt
	@echo "Adding the test and lint tools; once"
	@$(PIP) $(LOCKED) -r requirements/dev.txt
	@touch $@
