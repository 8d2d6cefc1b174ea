"""Advisory locks: what has no row of its own to be locked by. All their numbers stand here, so that no two are alike.

Another version of the program may run beside this one: a number stays what it is. Triggers and functions of the
database (`migrations/`) lock by the hash of a text, which meets none of these.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum, unique
from typing import Final

import asyncpg
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.database import Database

_PAUSE_S: Final = 0.05


@unique
class Lock(IntEnum):
    """What only one at a time may do."""

    MIGRATION = 7_236_151
    """Two starters must not migrate at once: the second waits, and then finds nothing to do."""
    ADMINISTRATORS = 7_236_152
    """Who takes administrators away: two at once must not take the last two."""
    TICKETS_BY_LOAD = 7_236_153
    """Who hands a ticket out by load: two at once must not both give the last place."""
    MACRO_TITLES = 7_236_154
    """Who writes a macro: two at once must not both take a title."""
    SEGMENT_CODES = 7_236_155
    """Who names a segment: two at once must not both take a code."""
    CATEGORY_TREE = 7_236_156
    """A move writes the paths of all that is below, in no order that others could keep to."""
    SEARCH_PINS = 7_236_157
    """Who sets the pins of one query."""
    CATALOGUE_IMPORT = 7_526_761
    """Held for the length of an import."""
    SEARCH_FOLLOW = 0x736F_756B_0001
    """Held while the live index is written to and the position in the event log moves with it."""
    SEARCH_REBUILD = 0x736F_756B_0002
    """Held for the length of a rebuild of the index."""


async def take(session: AsyncSession, lock: Lock, *, of: str | None = None) -> None:
    """Wait for a lock, or for that of one thing of many by its name, and hold it until the transaction ends."""
    key = (lock.value,) if of is None else (lock.value, func.hashtext(of))
    await session.execute(select(func.pg_advisory_xact_lock(*key)))


async def share(session: AsyncSession, lock: Lock) -> None:
    """Wait until nobody holds a lock alone, and let nobody before the transaction ends; others may share it."""
    await session.execute(select(func.pg_advisory_xact_lock_shared(lock.value)))


@asynccontextmanager
async def held(database: Database, lock: Lock) -> AsyncIterator[asyncpg.Connection]:
    """Wait for a lock and lend the connection that holds it."""
    while True:
        async with tried(database, lock) as connection:
            if connection is not None:
                yield connection
                return
        await asyncio.sleep(_PAUSE_S)


@asynccontextmanager
async def tried(database: Database, lock: Lock) -> AsyncIterator[asyncpg.Connection | None]:
    """Lend the connection that holds a lock, or None if another process has the lock."""
    async with database.connection() as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock.value):
            yield None
            return
        try:
            yield connection
        finally:
            if not connection.is_closed():  # a lost connection has lost the lock as well
                await connection.execute("SELECT pg_advisory_unlock($1)", lock.value)
