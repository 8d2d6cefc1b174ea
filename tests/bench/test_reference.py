"""The reference ..."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from models.database import Database
from server.config import Settings
from server.engines import loopback
from tests.bench import reference
from tests.bench.child import PROJECT
from tests.bench.stack import REFERENCE, SHORT_REFERENCE, SOUK, Configuration, configurations
from tests.bench.workload import Workload
from tests.factories import small_shop

SEEN = """
from graph import operations
from graph.schema import schema

assert operations.execute is operations.execute_by_core
types = schema._schema.type_map
print({field.resolve.__qualname__.partition(".")[0] for field in types["Product"].fields.values()})
"""


def run(code: str) -> str:
    """Run Python of a process that may become the reference; give what it prints, or the end of its complaint."""
    ran = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)  # noqa: S603 - the tests' own code
    return ran.stdout or ran.stderr[-300:]


@asynccontextmanager
async def serving(configuration: Configuration, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Run a configuration's server over the tests' engines."""
    port = loopback.free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *configuration.module, "serve", "--port", str(port)),
        env={
            **os.environ,
            "DATABASE_URL": settings.database_url,
            "MEILI_URL": settings.meili_url,
            "MEILI_KEY": settings.meili_key,
        },
        cwd=PROJECT,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://{loopback.HOST}:{port}") as client:
            async with asyncio.timeout(60):
                while not await _ready(client):  # noqa: ASYNC110 - what we wait for is in another process
                    await asyncio.sleep(0.05)
            yield client
    finally:
        process.terminate()
        await process.wait()


async def _ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).is_success
    except httpx.TransportError:
        return False


async def answer(configuration: Configuration, settings: Settings, document: str, **variables: Any) -> Any:
    query = Workload(document, []).text
    async with serving(configuration, settings) as client:
        return (await client.post("/graphql", json={"query": query, "variables": variables})).json()


@pytest.mark.process
async def test_answers_by_graphql_core_as_souk_answers(database: Database, settings: Settings) -> None:
    async with database.connection() as connection:
        await small_shop.fill(connection)
    ours, theirs = [await answer(each, settings, "product", slug="lamp") for each in (SOUK, REFERENCE)]
    assert ours["data"]["product"]["variants"]["nodes"][0]["price"] == {"amount": "29.90", "currency": "USD"}
    assert theirs == ours


def test_resolves_every_field_as_strawberry_does() -> None:
    seen = run(f"from tests.bench import reference\nreference.install()\n{SEEN}")
    assert seen == "{'GraphQLCoreConverter'}\n"


@pytest.mark.skipif(not reference.has_short_resolvers(), reason="there are none")
def test_keeps_short_resolvers_only_when_it_is_told_to() -> None:
    assert "_related" in run(f"from tests.bench import reference\nreference.install(short=True)\n{SEEN}")
    assert SHORT_REFERENCE.name in configurations()


def test_never_runs_the_breadth_first_executor() -> None:
    code = (
        "import asyncio\nfrom tests.bench import reference\nreference.install()\n"
        "from graph.execution.running import Prepared\nasyncio.run(Prepared.execute(None))"
    )
    assert "RuntimeError: the reference must answer by graphql-core" in run(code)


def test_refuses_to_begin_when_the_schema_is_made_already() -> None:
    code = "import graph.schema\nfrom tests.bench import reference\nreference.install()"
    assert "RuntimeError: the schema is made already" in run(code)
