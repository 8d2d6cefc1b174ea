# `make run` and `make test` do everything from a fresh clone: Python 3.11+, make and npm are all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test check format lock bench audit clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.run engines graphiql ## start everything and serve GraphiQL; ARGS="--port 8001" passes options to `souk up`
	@$(BIN)/souk up $(ARGS)

lock: ## compile the hashed lock files anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --extra build pyproject.toml -o requirements.lock -q
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock -q
