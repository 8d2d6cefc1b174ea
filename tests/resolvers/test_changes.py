"""Who waits for a change ..."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from models.database import Database
from resolvers.changes import Changes
from services import outbox


@pytest.fixture
async def changes(database: Database) -> AsyncIterator[Changes]:
    """Changes that are being followed."""
    changes = Changes(database)
    with changes.of("nothing", 0) as flag:
        task = asyncio.create_task(changes.run())
        await flag.wait()  # the first look wakes everybody
    yield changes
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def happen(connection: asyncpg.Connection, *subjects: int) -> None:
    await outbox.append_many(
        connection,
        event_type="PRODUCT_CHANGED",
        subject_type="product",
        subjects=[(subject, 1) for subject in subjects],
    )


async def woken(flag: asyncio.Event) -> bool:
    """Wait for the flag; long, since the machine may be crowded."""
    with suppress(TimeoutError):
        await asyncio.wait_for(flag.wait(), 30)
    return flag.is_set()


async def test_is_woken_by_the_subject_and_by_no_other(changes: Changes, connection: asyncpg.Connection) -> None:
    with changes.of("product", 1) as first, changes.of("product", 2) as second, changes.of("merchant", 1) as merchant:
        await happen(connection, 2)
        assert await woken(second)
        assert (first.is_set(), merchant.is_set()) == (False, False)


async def test_is_woken_once_however_much_happened_meanwhile(changes: Changes, connection: asyncpg.Connection) -> None:
    with changes.of("product", 1) as flag, changes.of("product", 2) as last:
        for _ in range(20):
            await happen(connection, 1)
        await happen(connection, 2)
        assert await woken(last)
        assert flag.is_set()
        flag.clear()
        await happen(connection, 1)
        assert await woken(flag)


async def test_is_not_woken_by_what_was_rolled_back(changes: Changes, connection: asyncpg.Connection) -> None:
    with changes.of("product", 1) as undone, changes.of("product", 2) as done:
        transaction = connection.transaction()
        await transaction.start()
        await happen(connection, 1)
        await transaction.rollback()
        await happen(connection, 2)
        assert await woken(done)
        assert not undone.is_set()


async def test_misses_nothing_when_transactions_commit_out_of_order(
    changes: Changes, connection: asyncpg.Connection, other: asyncpg.Connection
) -> None:
    with changes.of("product", 1) as early, changes.of("product", 2) as late:
        async with connection.transaction():
            await happen(connection, 1)  # takes the smaller id ...
            await happen(other, 2)  # ... and commits behind this one, which does not wait for it
            assert await woken(late)
            assert not early.is_set()
        assert await woken(early)
        order = await connection.fetch("SELECT subject_id, position FROM events ORDER BY id")
        assert [tuple(row) for row in order] == [(1, 2), (2, 1)]


@pytest.mark.parametrize("follows", [True, False])
async def test_has_placed_what_happened_while_nobody_waited(
    changes: Changes, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, *, follows: bool
) -> None:
    monkeypatch.setattr("resolvers.changes.POLL_S", 60.0)
    unplaced = "SELECT count(*) FROM events WHERE position IS NULL"
    with changes.of("product", 2) as flag:  # the pause that follows is a long one
        await happen(connection, 2)
        assert await woken(flag)
    for _ in range(50):  # a look that was asked for while somebody waited may be under way
        await happen(connection, 1)
        await asyncio.sleep(0.2)
        if await connection.fetchval(unplaced):
            break
    assert await connection.fetchval(unplaced)
    with changes.followed() if follows else changes.of("product", 3):
        async with asyncio.timeout(30):
            while await connection.fetchval(unplaced):  # noqa: ASYNC110 - it is Postgres that knows
                await asyncio.sleep(0.01)
    with changes.of("product", 4) as last:
        await happen(connection, 4)
        assert await woken(last)


async def test_is_forgotten_afterwards(changes: Changes) -> None:
    with changes.of("product", 1), changes.of("product", 1):
        assert len(changes._waiters["product", 1]) == 2  # noqa: SLF001 - what is left behind shows nowhere else
    assert not changes._waiters  # noqa: SLF001 - likewise


async def test_is_woken_by_the_first_look_at_the_log(database: Database, connection: asyncpg.Connection) -> None:
    changes = Changes(database)
    with changes.of("product", 1) as flag:
        await happen(connection, 1)  # before anybody follows the log
        task = asyncio.create_task(changes.run())
        assert await woken(flag)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_is_woken_by_what_happened_while_the_connection_was_lost(
    changes: Changes, connection: asyncpg.Connection
) -> None:
    with changes.of("product", 1) as flag:
        lost = await connection.fetch(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'souk'"""
        )
        assert lost
        await happen(connection, 1)
        assert await woken(flag)
