"""An operation's context over a database, without a search engine."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from models.database import Database, counting
from resolvers.changes import Changes
from resolvers.context import Context
from search.client import Meilisearch
from search.indexes import Indexes
from search.querying import SearchEngine


@pytest.fixture
def context(database: Database) -> Iterator[Context]:
    engine = Meilisearch("http://127.0.0.1:9", "")  # nobody asks it anything
    yield Context(
        database=database,
        search=SearchEngine(engine, Indexes.named(), locale="en"),
        changes=Changes(database),
        currency="USD",
        locale="en",
        statements=counting(),
        secret_key="a key for tests, which is long enough",
    )
    engine.close()


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection for what the test itself writes."""
    async with database.connection() as connection:
        yield connection


@pytest.fixture
async def other(database: Database) -> AsyncIterator[Any]:
    """A second connection, for what happens at the same time."""
    async with database.connection() as connection:
        yield connection
