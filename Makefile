# `make run` and `make test` do everything from a fresh clone: Python 3.11+, make and npm are all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
PIP := $(BIN)/pip install -q --disable-pip-version-check --root-user-action=ignore --no-compile
# Who forbids Python to keep what it compiled has each of the many processes compile everything anew: 1.5 s of CPU a start.
export PYTHONDONTWRITEBYTECODE :=
NPM_CI := npm ci --no-audit --no-fund --ignore-scripts --no-update-notifier --loglevel=error >/dev/null
# What is installed in parallel; each part leaves a stamp and is made again when what it is made from changes.
PARALLEL := $(MAKE) --no-print-directory -j4

.DEFAULT_GOAL := help
.PHONY: help run test check format schema lock bench proof audit engines graphiql ready ready-dev clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## start everything and serve GraphiQL; ARGS="--port 8001" passes options to `souk up`
	@$(PARALLEL) ready
	@$(BIN)/souk up $(ARGS)

test: ## run the tests on a Postgres and a Meilisearch of their own; ARGS="-k money" passes options to pytest
	@$(PARALLEL) ready-dev
	@$(BIN)/pytest -n 2 --dist worksteal $(ARGS)

check: ## formatting, lint, types, layers, the printed schema and permissions, the migrations
	@$(PARALLEL) ready-dev
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/souk schema --check
	$(BIN)/souk permissions --check
	$(BIN)/pytest tests/server/test_migrations.py

format: $(VENV)/.dev ## format the code and fix what lint can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schema: $(VENV)/.run ## print graph/ to graph/schema.graphql, who may what and follow which events to docs/
	$(BIN)/souk schema --write
	$(BIN)/souk permissions --write

lock: ## compile the hashed lock files anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-strip-extras --no-emit-index-url --extra build pyproject.toml -o requirements.lock -q
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-strip-extras --no-emit-index-url --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock -q

bench: ## measure the operations of the API; see docs/benchmarks.md
	@$(PARALLEL) ready-dev
	$(BIN)/python -m tests.bench $(ARGS)

proof: ## prove the checkout under load and kill -9, about five minutes; see docs/proof.md
	@$(PARALLEL) ready-dev
	$(BIN)/python -m tests.proof $(ARGS)

audit: ## hold HTTP and WebSocket to the audits of graphql-http and graphql-ws
	@$(PARALLEL) ready-dev
	$(BIN)/pytest tests/server/transport/test_http_audit.py -v

clean: ## take away everything that was installed or built; the data in .souk stays
	rm -rf $(VENV) server/engines/node_modules server/graphiql/node_modules server/graphiql/dist tests/*/node_modules

ready: $(VENV)/.run engines graphiql
	@:

ready-dev: $(VENV)/.dev engines graphiql tests/audit/node_modules/.stamp tests/browser/node_modules/.stamp
	@:

engines: server/engines/node_modules/.stamp ## fetch the Meilisearch binary

graphiql: server/graphiql/dist/.stamp ## bundle GraphiQL

$(VENV)/.run: requirements.lock pyproject.toml
	@echo "Installing Python packages"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo "Installing Python packages for development"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# The npm packages of a directory, as its lock file says.
%/node_modules/.stamp: %/package-lock.json
	@echo "Installing npm packages of $*"
	@cd $* && $(NPM_CI)
	@touch $@

server/graphiql/dist/.stamp: server/graphiql/node_modules/.stamp $(shell find server/graphiql/source server/graphiql/build.mjs)
	@echo "Bundling GraphiQL"
	@cd server/graphiql && npm run --silent build
	@touch $@
