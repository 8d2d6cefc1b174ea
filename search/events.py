"""Reading the event log for the index: what changed since a position, and the positions themselves."""

from typing import NamedTuple

import asyncpg

BATCH_SIZE = 5_000

# Above the oldest running transaction smaller positions may still appear: reading stops below it.
_READ = """
SELECT transaction_id::text AS transaction_id, id, subject_type, subject_id FROM events
WHERE (transaction_id, id) > ($1::text::xid8, $2) AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY transaction_id, id
LIMIT $3
"""
_STORE = """
INSERT INTO event_consumers (name, transaction_id, event_id) VALUES ($1, $2::text::xid8, $3)
ON CONFLICT (name) DO UPDATE
SET transaction_id = excluded.transaction_id, event_id = excluded.event_id, updated_at = now()
"""


class Position(NamedTuple):
    """A place in the event log: everything up to it has been dealt with."""

    transaction_id: str
    event_id: int


class Batch(NamedTuple):
    """Events in a row: the ids they are about by kind of subject, the position behind them, their number."""

    subjects: dict[str, list[int]]
    end: Position
    length: int


async def now(connection: asyncpg.Connection) -> Position:
    """Find the position below which everything is committed: what is read from now on has seen all of that."""
    return Position(await connection.fetchval("SELECT pg_snapshot_xmin(pg_current_snapshot())::text"), 0)


async def read(connection: asyncpg.Connection, after: Position) -> Batch | None:
    """Read the next events after a position, each subject once; None when there are none yet."""
    rows = await connection.fetch(_READ, after.transaction_id, after.event_id, BATCH_SIZE)
    if not rows:
        return None
    subjects: dict[str, dict[int, None]] = {}
    for row in rows:
        subjects.setdefault(row["subject_type"], {})[row["subject_id"]] = None
    return Batch(
        subjects={kind: list(ids) for kind, ids in subjects.items()},
        end=Position(rows[-1]["transaction_id"], rows[-1]["id"]),
        length=len(rows),
    )


async def stored(connection: asyncpg.Connection, consumer: str) -> Position | None:
    """Find how far a consumer has come; None if it has never been anywhere."""
    row = await connection.fetchrow(
        "SELECT transaction_id::text AS transaction_id, event_id FROM event_consumers WHERE name = $1", consumer
    )
    return None if row is None else Position(row["transaction_id"], row["event_id"])


async def store(connection: asyncpg.Connection, consumer: str, position: Position) -> None:
    """Remember how far a consumer has come."""
    await connection.execute(_STORE, consumer, position.transaction_id, position.event_id)


async def forget_others(connection: asyncpg.Connection, consumer: str, *, family: str) -> None:
    """Forget how far the consumers got whose names begin with `family`, apart from this one."""
    await connection.execute("DELETE FROM event_consumers WHERE starts_with(name, $2) AND name <> $1", consumer, family)
