"""Connections for tests that look at the tables themselves."""

import asyncio
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from models.connections import IDLE_S
from models.database import Database
from tests.models.pools import Pool


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection; what is written through it is committed statement by statement."""
    async with database.connection() as connection:
        yield connection


@pytest.fixture
async def other(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A second connection, for what happens at the same time."""
    async with database.connection() as connection:
        yield connection


@pytest.fixture
async def watching(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A third connection, to see who waits for whom."""
    async with database.connection() as connection:
        yield connection


@pytest.fixture
async def pools(database_url: str) -> AsyncIterator[Callable[..., Pool]]:
    made: list[Pool] = []

    def make(size: int, idle_s: float = IDLE_S) -> Pool:
        made.append(Pool(database_url, size=size, idle_s=idle_s))
        return made[-1]

    yield make
    for pool in made:
        async with asyncio.timeout(10):
            await pool.close()
        assert all(connection.is_closed() for connection in pool.opened)
