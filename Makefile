# Every target sets itself up: `make up` and `make test` work on a fresh clone with python3 >= 3.11, make and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: up test test-postgres15 test-browser faults faults-proof hostile bench check format lock clean
.DEFAULT_GOAL := up

up: $(VENV)/.installed
	@exec $(BIN)/python -m stack up

test: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest $(ARGS)

# The oldest PostgreSQL that production may have, where its binaries are found (Debian: postgresql-15).
POSTGRES15 ?= /usr/lib/postgresql/15/bin
test-postgres15: $(VENV)/.installed-dev
	@TEST_POSTGRES_BIN=$(POSTGRES15) $(BIN)/python -m pytest $(or $(ARGS),tests/isolation tests/test_conventions.py tests/test_message_flow.py tests/test_turns.py tests/test_deliveries.py tenants_app)

test-browser: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -m browser tests/browser $(ARGS)

# Real processes killed, paused and cut off while people write: ARGS=points or ARGS=histories for a part. SEED=n plays a run
# again, HISTORIES=n and MESSAGES=n make it longer, FAULTS_JSON=file writes the report as JSON.
faults: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.faults $(ARGS)

# That the checker of these runs finds bugs: ten, each brought into the running product.
faults-proof: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.faults proof $(ARGS)

# Attacks on the product: scripts against the sandbox. ARGS=escaping for one area, ARGS=escaping/mount for one script.
hostile: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.hostile $(ARGS)

# Beside peers, in one run: ROWS="ingest latency" chooses, and `make bench ARGS=--help` names them.
bench: $(VENV)/.installed-bench
	@$(BIN)/python -m benchmarks $(ROWS) $(ARGS)

check: $(VENV)/.installed-dev
	@sh ./.ci/check

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Makes the locked requirements anew from pyproject.toml. The files name no index host, so that any mirror serves them.
UV_COMPILE := uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --quiet pyproject.toml
lock: $(VENV)/.installed-dev
	$(BIN)/$(UV_COMPILE) -o requirements.txt
	$(BIN)/$(UV_COMPILE) --group dev -c requirements.txt -o requirements-dev.txt
	$(BIN)/$(UV_COMPILE) --group bench -c requirements.txt -c requirements-dev.txt -o requirements-bench.txt

$(VENV)/.installed: requirements.txt .ci/install
	@sh ./.ci/install $(PYTHON) $(VENV) requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements.txt .ci/install
	@sh ./.ci/install $(PYTHON) $(VENV) requirements-dev.txt
	@touch $(VENV)/.installed $@

$(VENV)/.installed-bench: requirements-bench.txt requirements.txt .ci/install
	@sh ./.ci/install $(PYTHON) $(VENV) requirements-bench.txt
	@touch $(VENV)/.installed $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
