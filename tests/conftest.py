"""One Postgres and one Meilisearch for a run of the tests, a database of its own for each worker."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import hypothesis
import pytest
from sqlalchemy import delete

from models.database import Database
from models.tables import metadata
from server import migrate
from server.config import Settings


class Engines:
    """Both engines, as a child process that ends with us; `addresses` starts it at the first use."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._addresses: dict[str, str] = {}

    @property
    def addresses(self) -> dict[str, str]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "server.engines.throwaway"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            assert self._process.stdout is not None
            line = self._process.stdout.readline()
            assert line, "the engines did not start; what they said is above"
            self._addresses = json.loads(line)
            asyncio.run(migrate.upgrade(self._addresses["database_url"]))
        return self._addresses

    def stop(self) -> None:
        if self._process is not None:
            self._process.communicate()  # closes its standard input, which ends it
            self._process = None


_ENGINES = pytest.StashKey[Engines]()


# A deadline would fail a test for what else the machine does; what must be quick is measured where it is said.
hypothesis.settings.register_profile("souk", deadline=None)
hypothesis.settings.load_profile("souk")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_ENGINES] = Engines()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_ENGINES].stop()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker the addresses of the engines, which the controller starts once for all of them."""
    node.workerinput["engines"] = node.config.stash[_ENGINES].addresses


@pytest.fixture(scope="session")
def engines(request: pytest.FixtureRequest) -> dict[str, str]:
    """The engines' addresses: `database_url` (a migrated, empty database: the template), `meili_url`, `meili_key`."""
    workerinput = getattr(request.config, "workerinput", None)
    return workerinput["engines"] if workerinput else request.config.stash[_ENGINES].addresses


@dataclass(frozen=True)
class Databases:
    """Makes databases as copies of the migrated template."""

    template_url: str

    def url(self, name: str) -> str:
        return self.template_url.rsplit("/", 1)[0] + f"/{name}"

    def create(self, name: str) -> str:
        """Make the database `name` anew, migrated and empty, and return its address."""
        template = self.template_url.rsplit("/", 1)[1]
        asyncio.run(self._run(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        return self.url(name)

    def drop(self, name: str) -> None:
        asyncio.run(self._run(f'DROP DATABASE "{name}" WITH (FORCE)'))

    async def _run(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        for statement in statements:
            await connection.execute(statement)
        await connection.close()


@pytest.fixture(scope="session")
def databases(engines: dict[str, str]) -> Databases:
    return Databases(engines["database_url"])


@pytest.fixture(scope="session")
def worker_name(request: pytest.FixtureRequest) -> str:
    """The xdist worker's name, "main" without xdist."""
    workerinput = getattr(request.config, "workerinput", None)
    return str(workerinput["workerid"]) if workerinput else "main"


@pytest.fixture(scope="session")
def database_url(databases: Databases, worker_name: str) -> Iterator[str]:
    """The address of this worker's database."""
    yield databases.create(f"test_{worker_name}")
    databases.drop(f"test_{worker_name}")


# Without triggers, foreign keys included, the order of the tables is free and nothing that may only grow objects. The
# function keeps its plans, and its connection what it knows of the tables: a new one takes twenty times as long.
_SWEEP = f"""
    SET session_replication_role = replica;
    CREATE FUNCTION pg_temp.sweep() RETURNS void LANGUAGE plpgsql AS $$
    BEGIN {";".join(str(delete(table)) for table in metadata.sorted_tables)}; END $$"""


class Broom:
    """Sweeps a database clean, from a connection and an event loop of its own."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._url = url
        self._connection: asyncpg.Connection | None = None

    def sweep(self) -> None:
        self._loop.run_until_complete(self._sweep())

    def close(self) -> None:
        if self._connection is not None:
            self._loop.run_until_complete(self._connection.close())
        self._loop.close()

    async def _sweep(self) -> None:
        if self._connection is None or self._connection.is_closed():  # a test may have ended it
            self._connection = await asyncpg.connect(self._url)
            await self._connection.execute(_SWEEP)
        await self._connection.execute("SELECT pg_temp.sweep()")


@pytest.fixture(scope="session")
def broom(database_url: str) -> Iterator[Broom]:
    broom = Broom(database_url)
    yield broom
    broom.close()


@pytest.fixture
def swept(broom: Broom) -> Iterator[None]:
    """Sweep this worker's database after the test, when its connections are closed."""
    yield
    broom.sweep()


@pytest.fixture
async def database(database_url: str, swept: None) -> AsyncIterator[Database]:  # noqa: ARG001 - for what it does after
    """An open Database on this worker's own database, empty before the test and swept after it."""
    database = await Database.open(database_url)
    yield database
    await database.close()


@dataclass(frozen=True)
class Meili:
    """A Meilisearch server and the prefix that the names of this test's indexes must begin with."""

    url: str
    key: str
    prefix: str


@pytest.fixture(scope="session")
def meili_client(engines: dict[str, str]) -> Iterator[httpx.Client]:
    """A client of Meilisearch for what is done between the tests: to make one takes 20 ms, to ask 1 ms."""
    headers = {"Authorization": f"Bearer {engines['meili_key']}"}
    with httpx.Client(base_url=engines["meili_url"], headers=headers) as client:
        yield client


@pytest.fixture
def meili(engines: dict[str, str], worker_name: str, meili_client: httpx.Client) -> Iterator[Meili]:
    """A running Meilisearch; the indexes under its prefix are deleted after the test."""
    meili = Meili(engines["meili_url"], engines["meili_key"], f"test_{worker_name}_")
    yield meili
    indexes = meili_client.get("/indexes", params={"limit": 1000}).raise_for_status().json()["results"]
    mine = [index["uid"] for index in indexes if index["uid"].startswith(meili.prefix)]
    tasks = [meili_client.delete(f"/indexes/{uid}").raise_for_status().json()["taskUid"] for uid in mine]
    for task in tasks:
        while meili_client.get(f"/tasks/{task}").raise_for_status().json()["status"] in {"enqueued", "processing"}:
            time.sleep(0.01)


@pytest.fixture
def settings(database_url: str, engines: dict[str, str]) -> Settings:
    """Settings as the process has them, on this worker's database and the shared Meilisearch."""
    environ = {
        "DATABASE_URL": database_url,
        "MEILI_URL": engines["meili_url"],
        "MEILI_KEY": engines["meili_key"],
        "SOUK_SECRET_KEY": "a key for tests, which is long enough",
    }
    return Settings.from_env(environ)
