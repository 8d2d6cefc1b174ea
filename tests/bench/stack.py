"""What is measured: engines of our own in a directory that is deleted afterwards, and server processes."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
from prometheus_client.parser import text_string_to_metric_families

from server import migrate
from server.children import Program
from server.config import variable_of
from server.data_directory import DataDirectory
from server.engines import loopback
from server.engines.meilisearch import EmbeddedMeilisearch
from server.engines.postgres import EmbeddedPostgres
from server.supervisor import Supervisor
from tests.bench import processes, reference
from tests.bench.child import PROJECT


@dataclass(frozen=True, slots=True)
class Configuration:
    """A way to run the server: a name for the table, and what stands between `python -m` and the command."""

    name: str
    module: tuple[str, ...]


SOUK = Configuration("souk", ("server",))
REFERENCE = Configuration("reference", ("tests.bench.reference",))
SHORT_REFERENCE = Configuration("reference-short", ("tests.bench.reference", reference.SHORT))


def configurations() -> dict[str, Configuration]:
    """Give the ways there are to run the server, by name."""
    short = [SHORT_REFERENCE] if reference.has_short_resolvers() else []
    return {each.name: each for each in (SOUK, REFERENCE, *short)}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server process."""

    pid: int
    port: int
    log: Path

    async def statements(self, operation: str) -> tuple[float, float]:
        """Return how many requests for an operation it has answered so far, and with how many SQL statements."""
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://{loopback.HOST}:{self.port}/metrics")
        values = {
            sample.name: sample.value
            for family in text_string_to_metric_families(answer.raise_for_status().text)
            for sample in family.samples
            if sample.labels.get("operation") == operation
        }
        name = "souk_graphql_request_statements"
        return values.get(f"{name}_count", 0.0), values.get(f"{name}_sum", 0.0)


@dataclass(frozen=True, slots=True)
class Stack:
    """Running engines, as durable as in production."""

    directory: DataDirectory
    supervisor: Supervisor
    database_url: str
    meili_url: str
    meili_key: str

    @property
    def environ(self) -> dict[str, str]:
        """Our environment, with the engines' addresses."""
        addresses = {"database_url": self.database_url, "meili_url": self.meili_url, "meili_key": self.meili_key}
        ours = {name: value for name, value in os.environ.items() if not name.startswith("SOUK_")}
        return {**ours, **{variable_of(name): value for name, value in addresses.items()}, "PYTHONPATH": str(PROJECT)}

    def engines_cpu_s(self) -> dict[str, float]:
        """Return the CPU seconds that each engine has used so far."""
        return {name: processes.cpu_s(self._pid(name)) for name in ("postgres", "meilisearch")}

    async def new_database(self, name: str) -> str:
        """Make a migrated, empty database beside the first one and return its address."""
        connection = await asyncpg.connect(self.database_url)
        await connection.execute(f'CREATE DATABASE "{name}"')
        await connection.close()
        url = self.database_url.rpartition("/")[0] + f"/{name}"
        await migrate.upgrade(url)
        return url

    @asynccontextmanager
    async def server(self, configuration: Configuration) -> AsyncIterator[Server]:
        """Run a server of a configuration until the block ends; one of each may run at a time."""
        name = f"server-{configuration.name}"
        port, log = loopback.free_port(), self.directory.logs / f"{name}.log"
        program = Program(
            name=name,
            argv=(sys.executable, "-m", *configuration.module, "serve", "--port", str(port)),
            environ=self.environ,
            pid_file=self.directory.pids / name,
            log=log,
        )

        async def ready() -> bool:
            try:
                async with httpx.AsyncClient() as client:
                    return (await client.get(f"http://{loopback.HOST}:{port}/readyz")).is_success
            except httpx.TransportError:
                return False

        await self.supervisor.start(program, ready=ready)
        try:
            yield Server(self._pid(name), port, log)
        finally:
            await self.supervisor.stop(name)

    def _pid(self, name: str) -> int:
        return int((self.directory.pids / name).read_text(encoding="ascii"))


@asynccontextmanager
async def running(supervisor: Supervisor | None = None) -> AsyncIterator[Stack]:
    """Start Postgres, migrated, and Meilisearch; stop them and delete their data when the block ends."""
    supervisor = supervisor or Supervisor()
    with _directory() as directory, directory.hold():
        postgres, meilisearch = EmbeddedPostgres(directory), EmbeddedMeilisearch(directory)
        try:
            await asyncio.gather(postgres.start(supervisor), meilisearch.start(supervisor))
            await migrate.upgrade(postgres.url)
            yield Stack(directory, supervisor, postgres.url, meilisearch.url, meilisearch.key)
        finally:
            await supervisor.stop()


@contextmanager
def _directory() -> Iterator[DataDirectory]:
    with tempfile.TemporaryDirectory(prefix="souk-bench-") as path:
        yield DataDirectory(Path(path))
