"""Advisory locks: one process at a time writes to the live index, and one at a time rebuilds it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from models.database import Database

FOLLOW = 0x736F_756B_0001
"""Held while the live index is written to and the position in the event log moves with it."""
REBUILD = 0x736F_756B_0002
"""Held for the length of a rebuild."""

_PAUSE_S = 0.05


@asynccontextmanager
async def held(database: Database, lock: int) -> AsyncIterator[asyncpg.Connection]:
    """Wait for a lock and lend the connection that holds it."""
    while True:
        async with tried(database, lock) as connection:
            if connection is not None:
                yield connection
                return
        await asyncio.sleep(_PAUSE_S)


@asynccontextmanager
async def tried(database: Database, lock: int) -> AsyncIterator[asyncpg.Connection | None]:
    """Lend the connection that holds a lock, or None if another process has the lock."""
    async with database.connection() as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock):
            yield None
            return
        try:
            yield connection
        finally:
            if not connection.is_closed():  # a lost connection has lost the lock as well
                await connection.execute("SELECT pg_advisory_unlock($1)", lock)
