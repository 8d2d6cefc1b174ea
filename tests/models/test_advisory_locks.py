"""An advisory lock ..."""

import asyncio

import asyncpg
import pytest

from models import advisory_locks
from models.advisory_locks import Lock
from models.database import Database
from tests.models.locks import blocked


@pytest.mark.parametrize(
    ("first", "second", "waits"),
    [
        ("alone", "alone", True),
        ("alone", "shared", True),
        ("shared", "alone", True),
        ("shared", "shared", False),
        ("of a", "of a", True),
        ("of a", "of b", False),
        ("of a", "alone", False),
    ],
)
async def test_is_waited_for_until_its_transaction_ends(
    database: Database, connection: asyncpg.Connection, first: str, second: str, *, waits: bool
) -> None:
    async def locked(how: str, has: asyncio.Event, leave: asyncio.Event) -> None:
        async with database.transaction() as session:
            if how == "shared":
                await advisory_locks.share(session, Lock.SEGMENT_CODES)
            else:
                await advisory_locks.take(session, Lock.SEGMENT_CODES, of=how[3:] if how.startswith("of ") else None)
            has.set()
            await leave.wait()

    has, leave, at_once = asyncio.Event(), asyncio.Event(), asyncio.Event()
    at_once.set()
    holding = asyncio.create_task(locked(first, has, leave))
    await has.wait()
    waiting = asyncio.create_task(locked(second, asyncio.Event(), at_once))
    assert await blocked(connection, waiting) is waits
    leave.set()
    await asyncio.gather(holding, waiting)


async def test_that_is_tried_is_anothers_until_the_block_ends(database: Database) -> None:
    async with advisory_locks.held(database, Lock.SEARCH_REBUILD):
        async with advisory_locks.tried(database, Lock.SEARCH_REBUILD) as second:
            assert second is None
        async with advisory_locks.tried(database, Lock.SEARCH_FOLLOW) as other:
            assert other is not None
    async with advisory_locks.tried(database, Lock.SEARCH_REBUILD) as third:
        assert third is not None
