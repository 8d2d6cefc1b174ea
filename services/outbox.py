"""Appending to the event log, in the transaction of the change that the event tells of."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import takewhile
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import asyncpg
import orjson
from sqlalchemy import CTE, BigInteger, Text, bindparam, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from domain.events import NAMES, RETENTION
from models.database import Statement, run
from models.events import Event, EventLog
from models.recordsets import Insert, together, written

CHANNEL: Final = "souk_events"
"""The NOTIFY channel that wakes the log's readers. It carries no data: they read the log."""
PLACED: Final = "souk_events_placed"
"""The NOTIFY channel that says that events have been given their positions, by `souk_place_events()`."""

_PRUNED_AT_ONCE: Final = 10_000
_WOKEN: Final = func.pg_notify(CHANNEL, "")
_APPEND: Final = Statement(
    insert(Event)
    .values(
        type=bindparam("type", type_=Text),
        subject_type=bindparam("subject_type", type_=Text),
        subject_id=bindparam("subject_id", type_=BigInteger),
        subject_version=bindparam("subject_version", type_=BigInteger),
        data=bindparam("data", type_=JSONB),
    )
    .returning(_WOKEN)
)
_WAKE: Final = Statement(select(_WOKEN))


async def append(
    session: AsyncSession,
    event_type: str,
    *,
    subject: tuple[str, int],
    version: int,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Append one event about a subject (its type and id) at its version, and wake the readers at commit.

    Raises ValueError for a type that `domain/events.py` does not know.
    """
    _check(event_type)
    subject_type, subject_id = subject
    await run(
        session,
        _APPEND,
        type=event_type,
        subject_type=subject_type,
        subject_id=subject_id,
        subject_version=version,
        data=orjson.dumps(dict(data or {})).decode(),
    )


def appended(event_type: str, changed: CTE, *, subject_type: str, data: str = "data") -> ReturningInsert[Any]:
    """Write a change and its event as one statement: `changed` writes, and returns `id` and `version`.

    The event's data is the parameter that `data` names, JSON's text. Returns the subject's id and version. Raises
    ValueError as `append` does.
    """
    _check(event_type)
    told = select(
        literal(event_type, Text),
        literal(subject_type, Text),
        changed.c.id,
        changed.c.version,
        bindparam(data, "{}", type_=JSONB),
    )
    columns = [Event.type, Event.subject_type, Event.subject_id, Event.subject_version, Event.data]
    return insert(Event).from_select(columns, told).returning(Event.subject_id, Event.subject_version, _WOKEN)


async def wake(session: AsyncSession) -> None:
    """Wake the log's readers when the transaction commits."""
    await run(session, _WAKE)


class Happened(NamedTuple):
    """One event, as `append_all` takes many: about a subject (its type and id) at its version."""

    type: str
    subject: tuple[str, int]
    version: int
    data: Mapping[str, Any] = MappingProxyType({})


EVENTS: Final = Insert(Event, "type subject_type subject_id subject_version data")
"""For statements that write more than events: with `rows`, and `WAKE` at their end."""
WAKE: Final = f"SELECT pg_notify('{CHANNEL}', '')"


def each_of(rows: str, event_type: str, *, subject_type: str, version: int | str, data: str) -> str:
    """Write the INSERT of an event for each of `rows` (what follows FROM, with their order), and wake the readers.

    A row's `id` is the subject's; `data`, and `version` unless it is the same for all, are SQL of its columns. For
    statements that write more than events. Raises ValueError as `append` does.
    """
    _check(event_type)
    return f"""INSERT INTO events (type, subject_type, subject_id, subject_version, data)
        SELECT '{event_type}', '{subject_type}', id, {version}, {data} FROM {rows}
        RETURNING pg_notify('{CHANNEL}', '')"""  # noqa: S608 - all of it is ours


def rows(events: Iterable[Happened]) -> list[dict[str, Any]]:
    """Write events as rows. Raises ValueError as `append` does."""
    found: list[dict[str, Any]] = [
        {
            "type": each.type,
            "subject_type": each.subject[0],
            "subject_id": each.subject[1],
            "subject_version": each.version,
            "data": dict(each.data),
        }
        for each in events
    ]
    for row in found:
        _check(row["type"])
    return found


async def append_all(connection: asyncpg.Connection, events: Iterable[Happened]) -> None:
    """Append events of any types, in their order, in one statement, and wake the readers at commit.

    Raises ValueError as `append` does.
    """
    if found := rows(events):
        await connection.execute(_APPEND_ALL, written(found))


_APPEND_ALL: Final = together(EVENTS.given("$1"), WAKE)


async def append_many(
    connection: asyncpg.Connection,
    *,
    event_type: str,
    subject_type: str,
    subjects: Iterable[tuple[int, int]],
) -> None:
    """Append one event for each (subject id, subject version), in one statement, and wake the readers at commit.

    Raises ValueError as `append` does.
    """
    _check(event_type)
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


async def append_each(
    session: AsyncSession,
    event_type: str,
    *,
    subject_type: str,
    changes: Iterable[tuple[int, int, Mapping[str, Any]]],
) -> None:
    """Append one event for each (subject id, subject version, data), and wake the readers at commit.

    Raises ValueError as `append` does.
    """
    _check(event_type)
    rows = [
        {
            "type": event_type,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "subject_version": version,
            "data": dict(data),
        }
        for subject_id, version, data in changes
    ]
    if rows:
        await session.execute(insert(Event), rows)
        await wake(session)


async def prune(session: AsyncSession, *, now: datetime) -> int:
    """Delete some of the events that were kept long enough, the oldest first, and say how many."""
    kept_since = now - RETENTION
    oldest = await session.execute(
        select(Event.position, Event.occurred_at)
        .where(Event.position.is_not(None))
        .order_by(Event.position)
        .limit(_PRUNED_AT_ONCE)
    )
    positions = [row.position for row in takewhile(lambda row: row.occurred_at < kept_since, oldest)]
    if positions:
        # In one transaction with the deletion: whoever reads on from before it is told so, and misses nothing unawares.
        await session.execute(update(EventLog).values(pruned_position=positions[-1]))
        await session.execute(delete(Event).where(Event.position <= positions[-1]))
    return len(positions)


def _check(event_type: str) -> None:
    if event_type not in NAMES:
        raise ValueError(f"{event_type} is an event that nobody knows: add it to domain/events.py")
