"""Appending to the event log, in the transaction of the change that the event tells of."""

from collections.abc import Iterable

import asyncpg

CHANNEL = "souk_events"
"""The NOTIFY channel that wakes the log's readers. It carries no data: they read the log."""


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
