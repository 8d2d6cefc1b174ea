"""Tickets, each by one call; what a test does not care about is filled in."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import asyncpg

from domain import sla
from tests.factories.catalogue import insert

_numbers = count(1)

OPENED_AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""A Monday."""


async def ticket(connection: asyncpg.Connection, customer_id: int | None, **columns: Any) -> int:
    """Insert a ticket with a message and its first step, that nothing is promised of."""
    opened_at = columns.setdefault("opened_at", OPENED_AT)
    defaults = {"kind": "COMPLAINT", "priority": "NORMAL", "state": "NEW", "subject": "It is broken"}
    defaults |= {"changed_at": opened_at, "due_at": sla.NEVER}
    row = await insert(connection, "tickets", customer_id=customer_id, **{**defaults, **columns})
    await message(connection, row["id"])
    await insert(
        connection,
        "ticket_steps",
        ticket_id=row["id"],
        action="OPEN",
        party="CUSTOMER",
        to_state=row["state"],
        occurred_at=opened_at,
    )
    return int(row["id"])


async def message(connection: asyncpg.Connection, ticket_id: int, **columns: Any) -> int:
    defaults = {"party": "CUSTOMER", "body": "Please help.", "created_at": OPENED_AT}
    return int((await insert(connection, "ticket_messages", ticket_id=ticket_id, **{**defaults, **columns}))["id"])


async def attachment(connection: asyncpg.Connection, ticket_id: int, **more: Any) -> int:
    """Insert a file that has come."""
    columns = {"party": "CUSTOMER", "file_name": "a.png", "media_type": "image/png", "state": "ARRIVED"}
    columns |= {"size_bytes": 4, "key": f"tickets/{ticket_id}/{next(_numbers)}", "created_at": OPENED_AT}
    row = await insert(connection, "ticket_attachments", ticket_id=ticket_id, **{**columns, **more})
    return int(row["id"])


async def macro(connection: asyncpg.Connection) -> int:
    columns = {"title": f"Macro {next(_numbers)}", "body": "Thanks.", "action": "REPLY", "changed_at": OPENED_AT}
    return int((await insert(connection, "ticket_macros", **columns))["id"])


async def article(connection: asyncpg.Connection, **columns: Any) -> int:
    defaults = {"title": f"Article {next(_numbers)}", "body": "Read this.", "published": True, "changed_at": OPENED_AT}
    return int((await insert(connection, "articles", **{**defaults, **columns}))["id"])
