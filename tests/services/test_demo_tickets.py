"""The demo shop's desk ..."""

from datetime import UTC, datetime

import asyncpg

from domain.access import PlatformRole
from models.database import Database
from services import demo_tickets
from tests.factories import people

NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)
CUSTOMER, AGENT = "customer@demo.example", "agent@demo.example"


async def load(database: Database) -> bool:
    return await demo_tickets.load(database, customer_email=CUSTOMER, agent_email=AGENT, currency="USD", now=NOW)


async def test_has_tickets_at_every_stage_an_agent_articles_and_macros(
    database: Database, connection: asyncpg.Connection
) -> None:
    await people.customer(connection, email=CUSTOMER)
    agent = await people.staff(connection, PlatformRole.AGENT)
    await connection.execute("UPDATE accounts SET email = $2 WHERE id = $1", agent.account_id, AGENT)
    assert await load(database) is True
    assert await load(database) is False
    rows = await connection.fetch("SELECT state, priority, score FROM tickets ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("RESOLVED", "NORMAL", 5),
        ("AWAITING_CUSTOMER", "NORMAL", None),
        ("INVESTIGATING", "HIGH", None),
        ("NEW", "NORMAL", None),
        ("NEW", "NORMAL", None),
    ]
    counts = {
        table: await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - named here
        for table in ("articles", "ticket_macros", "ticket_agents", "segments", "segment_snapshots")
    }
    assert counts == {
        "articles": 4,
        "ticket_macros": 3,
        "ticket_agents": 1,
        "segments": 1,
        "segment_snapshots": 1,
    }


async def test_is_set_up_without_the_demo_accounts_too(database: Database, connection: asyncpg.Connection) -> None:
    assert await load(database) is True
    assert await connection.fetchval("SELECT count(*) FROM tickets") == 0
    assert await connection.fetchval("SELECT count(*) FROM articles") == 4
