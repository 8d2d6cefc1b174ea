"""Connections for tests of the use cases."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from models.database import Database


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection for what the test itself writes and looks at."""
    async with database.connection() as connection:
        yield connection
