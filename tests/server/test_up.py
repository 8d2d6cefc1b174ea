"""`souk up` ..."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
import pytest

from server.data_directory import DataDirectory
from server.engines import meilisearch
from server.engines.postgres import EmbeddedPostgres
from server.supervisor import Supervisor
from server.up import _engines as start_engines

# Bounds in seconds for whole process trees: the best of three tries, as others on the machine count against them.
pytestmark = [pytest.mark.process, pytest.mark.flaky(reruns=2)]

# What a kill leaves behind must never keep the next start from working: no second try for that.
once = pytest.mark.flaky(reruns=0)


class Up:
    """A `souk up` on a free port, ready when this is made."""

    def __init__(self, data_dir: Path, demo: tuple[str, ...] = ("--no-demo",)) -> None:
        self.data_dir = data_dir
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [*SOUK, "up", "--port", "0", *demo, "--data-dir", str(data_dir)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"Souk is ready: (http://127.0.0.1:\d+)", line):
                self.url = found[1]
                break
        else:
            self._let_go()
            pytest.fail("it ended before it was ready")

    def processes(self) -> list[psutil.Process]:
        """Whatever runs below it, and itself."""
        itself = psutil.Process(self.process.pid)
        return [itself, *itself.children(recursive=True)]

    def child(self, name: str) -> psutil.Process:
        return psutil.Process(int((self.data_dir / "pids" / name).read_text()))

    def readiness(self) -> tuple[int, dict[str, Any]]:
        answer = httpx.get(f"{self.url}/readyz", timeout=10)
        body = answer.json()
        return answer.status_code, {"status": body["status"], **{n: c["state"] for n, c in body["checks"].items()}}

    def stop(self) -> int:
        """Send SIGTERM; return the exit code, which must come within ten seconds."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        finally:
            self._let_go()

    def _let_go(self) -> None:
        """Leave nothing behind that Python would warn of in the middle of another test."""
        assert self.process.stdout is not None
        self.process.stdout.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


SOUK = (sys.executable, "-m", "server")
READY = (200, {"status": "ready", "postgres": "up", "migrations": "up", "meilisearch": "up"})


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    """One for a test that ends it."""
    started = Up(tmp_path / "data")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One for all the tests that leave it running."""
    started = Up(tmp_path_factory.mktemp("souk") / "data")
    yield started
    started.stop()


def eventually(holds: Callable[[], bool], *, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return holds()


def souk(*arguments: str) -> tuple[int, str]:
    """Run a command that is refused; return its exit code and what it said, on one line."""
    ended = subprocess.run(  # noqa: S603 - our own command
        [*SOUK, *arguments], capture_output=True, text=True, timeout=30, check=False
    )
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stderr.strip()


def test_ends_within_ten_seconds_of_sigterm_and_leaves_no_process(up: Up) -> None:
    processes = up.processes()
    assert {process.name() for process in processes} >= {"postgres", "meilisearch"}
    assert up.stop() == 0
    assert [process for process in processes if process.is_running()] == []


def test_finds_demo_products_as_soon_as_it_is_ready(tmp_path: Path) -> None:
    up = Up(tmp_path / "data", demo=("--demo-products", "40"))
    try:
        answer = httpx.post(f"{up.url}/graphql", json={"query": '{ productSearch(query: "") { totalCount } }'}).json()
        names = _signed_in(up)
    finally:
        assert up.stop() == 0
    assert answer["data"] == {"productSearch": {"totalCount": 40}}
    people = ["Cleo Customer", "Mara Merchant", "Mila Manager", "Pavel Packer", "Arun Agent", "Adil Admin"]
    assert names == [*people, ["ENTER", "EVENTS_READ"]]


def _signed_in(up: Up) -> list[Any]:
    """Sign in by each of the demo accounts with the clients' own document, and ask by the partner's key."""
    document = (Path(__file__).parents[1] / "graph" / "documents" / "sign_in.graphql").read_text()
    names: list[Any] = []
    for account in json.loads((up.data_dir / "demo-accounts.json").read_text()):
        if "apiKey" in account:
            headers = {"Authorization": f"Bearer {account['apiKey']}"}
            query = {"query": "{ viewer { permissions } }"}
            viewer = httpx.post(f"{up.url}/graphql", json=query, headers=headers).json()["data"]["viewer"]
            names.append(viewer["permissions"][:2])
            continue
        variables = {"email": account["email"], "password": account["password"]}
        answer = httpx.post(f"{up.url}/graphql", json={"query": document, "variables": variables}).json()
        names.append(answer["data"]["sessionCreate"]["session"]["viewer"]["customer"]["displayName"])
    return names


@once
def test_leaves_no_process_when_it_is_killed_itself(up: Up) -> None:
    processes = up.processes()
    up.process.kill()
    up.process.wait(5)
    psutil.wait_procs(processes, timeout=10)
    assert [process for process in processes if process.is_running()] == []


@once
async def test_finds_its_data_after_everything_was_killed(up: Up) -> None:
    assert up.readiness() == READY
    await _write(up, "lamp-shop")
    for process in up.processes():  # first itself, so that it starts none of them again
        with contextlib.suppress(psutil.NoSuchProcess):  # they end with their parents
            process.kill()
    up.process.wait(5)
    again = Up(up.data_dir)
    try:
        assert again.readiness() == READY
        assert await _slugs(again) == ["lamp-shop"]
    finally:
        assert again.stop() == 0


def test_refuses_a_data_directory_in_use_and_disturbs_nothing(running: Up) -> None:
    code, said = souk("up", "--port", "0", "--data-dir", str(running.data_dir))
    assert code == 1
    assert said == (
        f"souk: The data directory {running.data_dir} is in use by another `souk up`:"
        " stop that one, or choose another directory with --data-dir."
    )
    assert running.readiness() == READY


def test_refuses_a_port_in_use_and_starts_nothing(running: Up, tmp_path: Path) -> None:
    port = running.url.rsplit(":", 1)[1]
    code, said = souk("up", "--port", port, "--data-dir", str(tmp_path / "other"))
    assert code == 1
    assert said == (
        f"souk: Port {port} of 127.0.0.1 is taken: choose another with --port, or end the process that listens there."
    )
    assert list((tmp_path / "other" / "pids").iterdir()) == []


def test_says_that_search_is_down_and_goes_on_without_it(running: Up) -> None:
    meilisearch = running.child("meilisearch")
    meilisearch.suspend()
    try:
        assert running.readiness() == (200, READY[1] | {"status": "degraded", "meilisearch": "down"})
    finally:
        meilisearch.resume()
    assert running.readiness() == READY


@pytest.mark.parametrize("name", ["meilisearch", "postgres", "server", "worker"])
def test_starts_again_what_dies(running: Up, name: str) -> None:
    died = running.child(name)
    died.kill()
    assert eventually(lambda: _runs_anew(running, died, name), within_s=10)
    assert eventually(lambda: _answers_ready(running), within_s=15)


def _runs_anew(up: Up, died: psutil.Process, name: str) -> bool:
    try:
        return up.child(name) != died
    except (psutil.NoSuchProcess, ValueError):  # not yet, or its file is just being written
        return False


def _answers_ready(up: Up) -> bool:
    try:
        return up.readiness() == READY
    except httpx.HTTPError:
        return False


def test_keeps_passwords_from_other_users_and_command_lines(running: Up) -> None:
    secrets = [(running.data_dir / name).read_text() for name in ("postgres.password", "meilisearch.key")]
    for name in ("postgres.password", "meilisearch.key", "engines.json", "demo-accounts.json"):
        assert oct((running.data_dir / name).stat().st_mode & 0o777) == "0o600"
    for name in ("postgres", "meilisearch", "logs"):
        assert oct((running.data_dir / name).stat().st_mode & 0o777) == "0o700"
    for process in running.processes():
        assert not any(secret in argument for secret in secrets for argument in process.cmdline())


def test_says_what_is_wrong_with_an_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(os.environ, "DATABASE_URL", "postgresql://souk:hidden@127.0.0.1:1/souk")
    code, said = souk("up", "--port", "0", "--data-dir", str(tmp_path / "data"))
    assert code == 1
    assert re.fullmatch(r"souk: No Postgres answers at 127.0.0.1:1 \(.*\): start it, .*\.", said, re.DOTALL)
    assert "hidden" not in said


async def test_says_that_there_is_no_meilisearch_and_starts_no_postgres(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(meilisearch, "_FROM_NPM", tmp_path / "nothing")
    monkeypatch.setenv("PATH", str(tmp_path))
    for address in ("DATABASE_URL", "MEILI_URL"):
        monkeypatch.delenv(address, raising=False)
    begun: list[object] = []  # the call counts: a coroutine that nobody awaits complains
    monkeypatch.setattr(EmbeddedPostgres, "start", lambda postgres, _: begun.append(postgres))
    directory = DataDirectory(tmp_path / "data")
    with directory.hold(), pytest.raises(meilisearch.NoMeilisearchError, match="run `make engines`"):
        await start_engines(Supervisor(), directory)
    assert begun == []


async def _connect(up: Up) -> asyncpg.Connection:
    return await asyncpg.connect(json.loads((up.data_dir / "engines.json").read_text())["database_url"])


async def _write(up: Up, slug: str) -> None:
    connection = await _connect(up)
    await connection.execute("INSERT INTO merchants (slug, name) VALUES ($1, 'Lamp Shop')", slug)
    await connection.close()


async def _slugs(up: Up) -> list[str]:
    connection = await _connect(up)
    try:
        return [row["slug"] for row in await connection.fetch("SELECT slug FROM merchants")]
    finally:
        await connection.close()
