"""Of the deliveries that wait for webhooks ..."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ClauseElement, Executable

from domain.access import PlatformRole, Viewer
from models.database import Database
from services import outbox, webhook_deliveries, webhooks
from services.gateways.webhooks import Outcome
from services.webhook_deliveries import Claimed
from tests.factories import catalogue, people

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ADMIN = Viewer(account_id=1, platform=PlatformRole.ADMIN)
TAKEN, FAILED = Outcome(200, ""), Outcome(503, "The receiver answered 503.")

FILL = """
INSERT INTO webhook_deliveries
    (webhook_id, event_id, subject_type, subject_id, position, pending_since, due_at, is_head)
SELECT $1, n, 'product', n % $3, n, $4, $4, n <= $3 FROM generate_series(1, $2::int) AS n
"""
WRONG_HEADS = """
SELECT id FROM (
    SELECT id, is_head, state = 'PENDING' AND row_number() OVER (
        PARTITION BY webhook_id, subject_type, subject_id, state = 'PENDING' ORDER BY position, id
    ) = 1 AS is_first FROM webhook_deliveries
) AS marked WHERE is_head <> is_first
"""


class Explain(Executable, ClauseElement):
    """A statement's plan, with what it read."""

    inherit_cache = False

    def __init__(self, statement: Any) -> None:
        self.statement = statement


@compiles(Explain)
def _explained(element: Explain, compiler: Any, **given: Any) -> str:
    return f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {compiler.process(element.statement, **given)}"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)


@pytest.fixture
async def connection(database: Database) -> Any:
    async with database.connection() as connection:
        yield connection


async def hooked(connection: asyncpg.Connection) -> int:
    viewer = await people.partner(connection)
    made = await catalogue.insert(
        connection,
        "webhooks",
        partner_id=viewer.partner_id,
        url="https://partner.example/",
        document="subscription { events { id } }",
        scopes=["EVENTS_READ"],
        position=0,
    )
    return int(made["id"])


async def claimed(database: Database, *, now: datetime = NOW, limit: int = 20) -> list[Claimed]:
    async with database.transaction() as session:
        return await webhook_deliveries.claim(session, now=now, limit=limit)


async def settle(database: Database, each: Claimed, outcome: Outcome, *, now: datetime = NOW) -> None:
    async with database.transaction() as session:
        await webhook_deliveries.settle(session, each, outcome, began=now, now=now)


async def plan(session: AsyncSession) -> dict[str, Any]:
    found = await session.scalar(Explain(webhook_deliveries.claimable(now=NOW, limit=20, busy=())))  # type: ignore[call-overload]
    return dict((json.loads(found) if isinstance(found, str) else found)[0])


@pytest.mark.parametrize("subjects", [1, 50, 20_000])
async def test_those_that_may_go_are_found_without_a_look_at_the_others(
    database: Database, connection: asyncpg.Connection, subjects: int
) -> None:
    await connection.execute(FILL, await hooked(connection), 20_000, subjects, NOW)
    await connection.execute("ANALYZE webhook_deliveries")
    async with database.transaction() as session:
        found = await plan(session)
    read = list(nodes(found["Plan"]))
    assert "ix_webhook_deliveries_head_due" in {node.get("Index Name") for node in read}
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in read) <= min(subjects, 50)
    assert found["Plan"]["Shared Hit Blocks"] + found["Plan"]["Shared Read Blocks"] < 400
    assert len(await claimed(database)) == min(subjects, 20)


async def test_one_of_each_subject_goes_at_a_time_whatever_becomes_of_them(
    database: Database, connection: asyncpg.Connection
) -> None:
    await connection.execute(FILL, await hooked(connection), 6, 2, NOW)
    first, second = await claimed(database)
    assert (first.event_id, second.event_id) == (1, 2)
    assert await claimed(database) == []
    await settle(database, first, TAKEN)
    await settle(database, second, FAILED)
    (third,) = await claimed(database)
    assert third.event_id == 3
    assert await connection.fetch(WRONG_HEADS) == []
    later = NOW + timedelta(days=3)
    await settle(database, third, FAILED, now=later)  # given up, and the webhook with it
    assert await connection.fetchval("SELECT state FROM webhook_deliveries WHERE event_id = 3") == "DEAD"
    assert await connection.fetch(WRONG_HEADS) == []
    async with database.transaction() as session:
        await webhooks.send_again(session, viewer=ADMIN, delivery_id=third.delivery_id, now=later)
    assert await connection.fetchval("SELECT is_head FROM webhook_deliveries WHERE event_id = 3")
    assert await connection.fetch(WRONG_HEADS) == []


async def test_those_of_new_events_stand_behind_those_that_wait(
    database: Database, connection: asyncpg.Connection
) -> None:
    await hooked(connection)
    lamp, chair = [await catalogue.product(connection, await catalogue.merchant(connection)) for _ in range(2)]
    for subjects in ([(lamp, 1), (lamp, 2)], [(chair, 1), (lamp, 3)]):
        await outbox.append_many(connection, event_type="PRODUCT_CHANGED", subject_type="product", subjects=subjects)
        async with database.transaction() as session:
            await webhook_deliveries.spread(session, now=NOW)
        assert await connection.fetch(WRONG_HEADS) == []
    heads = await connection.fetch("SELECT subject_id FROM webhook_deliveries WHERE is_head ORDER BY 1")
    assert [row["subject_id"] for row in heads] == sorted([lamp, chair])


async def test_those_whose_events_are_gone_make_way_some_at_a_time(
    database: Database, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connection.execute(FILL, await hooked(connection), 10, 2, NOW)
    await connection.execute("INSERT INTO event_log (last_position, pruned_position) VALUES (10, 5)")
    monkeypatch.setattr(webhook_deliveries, "FORGOTTEN_AT_ONCE", 3)
    left = []
    more = True
    while more:
        async with database.transaction() as session:
            more = await webhook_deliveries.forget(session, now=NOW)
        left.append(await connection.fetchval("SELECT count(*) FROM webhook_deliveries"))
        assert await connection.fetch(WRONG_HEADS) == []
    assert left == [7, 5]
