"""Connections for tests that look at the tables themselves."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from models.database import Database


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
