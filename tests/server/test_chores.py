"""The worker's chores ..."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from models.database import Database
from server import chores
from server.chores import Chore
from services import idempotency


async def test_go_on_at_once_in_other_transactions_while_there_is_more(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions: list[int] = []
    over = asyncio.Event()

    async def do(session: Any, *, now: datetime) -> bool:
        assert now <= datetime.now(UTC)
        sessions.append(await session.scalar(text("SELECT pg_current_xact_id()::text::bigint")))
        if len(sessions) == 3:
            over.set()
        return len(sessions) < 3

    monkeypatch.setattr(chores, "CHORES", (Chore("three", 3_600, do),))
    task = asyncio.ensure_future(chores.loops(database)["three"]())
    async with asyncio.timeout(10):
        await over.wait()
    await asyncio.sleep(0.1)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert len(set(sessions)) == len(sessions) == 3


async def test_forget_keys_some_at_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "FORGOTTEN_AT_ONCE", 2)
    now = datetime.now(UTC)
    async with database.connection() as connection:
        await fill(connection, now)
        answers = []
        for _ in range(2):
            async with database.transaction() as session:
                answers.append(await idempotency.forget(session, now=now))
        assert answers == [True, False]
        assert [row["key"] for row in await connection.fetch("SELECT key FROM idempotency_keys")] == ["new"]


async def fill(connection: asyncpg.Connection, now: datetime) -> None:
    await connection.executemany(
        "INSERT INTO idempotency_keys (scope, key, fingerprint, created_at) VALUES ('account:1', $1, sha256('f'), $2)",
        [(name, now - timedelta(days=31)) for name in "abc"] + [("new", now)],
    )
