"""Appending to the event log, in the transaction of the change that the event tells of."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import asyncpg
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.events import Event
from models.recordsets import Insert

CHANNEL = "souk_events"
"""The NOTIFY channel that wakes the log's readers. It carries no data: they read the log."""


async def append(
    session: AsyncSession,
    event_type: str,
    *,
    subject: tuple[str, int],
    version: int,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Append one event about a subject (its type and id) at its version, and wake the readers at commit."""
    subject_type, subject_id = subject
    await session.execute(
        insert(Event).values(
            type=event_type,
            subject_type=subject_type,
            subject_id=subject_id,
            subject_version=version,
            data=dict(data or {}),
        )
    )
    await wake(session)


async def wake(session: AsyncSession) -> None:
    """Wake the log's readers when the transaction commits."""
    await session.execute(select(func.pg_notify(CHANNEL, "")))


class Happened(NamedTuple):
    """One event, as `append_all` takes many: about a subject (its type and id) at its version."""

    type: str
    subject: tuple[str, int]
    version: int
    data: Mapping[str, Any] = MappingProxyType({})


_EVENTS: Final = Insert(Event, "type subject_type subject_id subject_version data")


async def append_all(connection: asyncpg.Connection, events: Iterable[Happened]) -> None:
    """Append events of any types, in their order, in one statement, and wake the readers at commit."""
    rows = [
        {
            "type": each.type,
            "subject_type": each.subject[0],
            "subject_id": each.subject[1],
            "subject_version": each.version,
            "data": dict(each.data),
        }
        for each in events
    ]
    if rows:
        await _EVENTS.run(connection, rows)
        await connection.execute("SELECT pg_notify($1, '')", CHANNEL)


async def append_many(
    connection: asyncpg.Connection,
    *,
    event_type: str,
    subject_type: str,
    subjects: Iterable[tuple[int, int]],
) -> None:
    """Append one event for each (subject id, subject version), in one statement, and wake the readers at commit."""
    pairs = list(subjects)
    if not pairs:
        return
    await connection.execute(
        """INSERT INTO events (type, subject_type, subject_id, subject_version)
           SELECT $1, $2, subject.id, subject.version
           FROM unnest($3::bigint[], $4::bigint[]) AS subject (id, version)""",
        event_type,
        subject_type,
        [subject_id for subject_id, _ in pairs],
        [version for _, version in pairs],
    )
    await connection.execute("SELECT pg_notify($1, '')", CHANNEL)
