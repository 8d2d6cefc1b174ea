"""A server's memory ..."""

import json
import subprocess
import sys
from collections.abc import Iterator

import httpx
import psutil
import pytest

from tests.factories.followers import ServerProcess, environ_of

# What other commands draw, migrate or load with, and the client of a provider that is not configured.
HEAVY = {"alembic", "httpx", "jinja2", "mako", "pygments", "rich", "stripe"}

# Measured: 117, and 134 with the modules above.
READY_MB_MAX = 128


@pytest.fixture
def server(database_url: str, engines: dict[str, str]) -> Iterator[ServerProcess]:
    server = ServerProcess(environ_of(engines, database_url))
    server.wait_until_ready()
    yield server
    server.stop()


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_holds_no_module_that_none_of_its_requests_needs(command: str) -> None:
    code = f"import json, sys, server.cli, server.cli_{command}; print(json.dumps(list(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)  # noqa: S603
    modules = set(json.loads(found.stdout))
    assert "structlog" in modules
    assert modules & HEAVY == set()
    assert [name for name in modules if name.startswith(("services.demo", "services.gateways.payments_stripe"))] == []


@pytest.mark.process
def test_stays_below_its_ceiling_when_it_is_ready(server: ServerProcess) -> None:
    assert httpx.get(f"http://127.0.0.1:{server.port}/readyz", timeout=10).json()["status"] == "ready"
    assert psutil.Process(server.process.pid).memory_info().rss / 2**20 < READY_MB_MAX
