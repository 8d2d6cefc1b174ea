"""The worker posts events to webhooks ..."""

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain import webhooks as rules
from domain.access import PlatformRole, Scope, Viewer
from graph import ids
from models.database import Database
from resolvers import events
from services import outbox, webhook_deliveries, webhooks
from services.gateways.webhooks import Outcome
from tests.factories import catalogue
from tests.factories.receivers import Receiver
from tests.server.webhooks import KEY, connection, delivering, happen, hooked, receiver, settled

__all__ = ["connection", "receiver"]  # fixtures

NOW = datetime(2026, 6, 1, tzinfo=UTC)


async def test_answered_with_the_document_and_signed(
    database: Database, connection: asyncpg.Connection, receiver: Receiver
) -> None:
    product = await catalogue.product(connection, await catalogue.merchant(connection), slug="lamp")
    await happen(connection, product, 1)  # before there was a webhook
    webhook = await hooked(database, connection, receiver.url)
    await happen(connection, product, 2)
    async with delivering(database):
        await receiver.until(1)
        (delivery,) = await settled(connection, 1)
    (posted,) = receiver.posted
    event_id = await connection.fetchval("SELECT id FROM events WHERE subject_version = 2")
    assert posted.id == ids.encode("Event", event_id)
    assert json.loads(posted.body) == {
        "data": {
            "events": {
                "id": posted.id,
                "type": "PRODUCT_CHANGED",
                "subjectId": ids.encode("Product", product),
                "subjectVersion": 2,
                "subject": {"slug": "lamp"},
            }
        }
    }
    assert posted.headers["content-type"] == "application/json"
    assert abs(int(posted.headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60
    assert posted.is_signed_with(rules.written(rules.secret(KEY, webhook_id=webhook, number=1)))
    assert not posted.is_signed_with(rules.written(rules.secret(KEY, webhook_id=webhook, number=2)))
    assert (delivery["state"], delivery["attempts"]) == ("DELIVERED", 1)
    attempt = await connection.fetchrow("SELECT status, error FROM webhook_attempts")
    assert tuple(attempt) == (200, "")


async def test_signed_with_the_old_secret_as_well_after_a_rotation(
    database: Database, connection: asyncpg.Connection, receiver: Receiver
) -> None:
    webhook = await hooked(database, connection, receiver.url)
    await connection.execute("UPDATE webhooks SET secret_number = 2, secret_rotated_at = now()")
    product = await catalogue.product(connection, await catalogue.merchant(connection))
    await happen(connection, product, 1)
    async with delivering(database):
        await receiver.until(1)
    await connection.execute("UPDATE webhooks SET secret_rotated_at = now() - interval '25 hours'")
    await happen(connection, product, 2)
    async with delivering(database):
        await receiver.until(2)
    old, new = (rules.written(rules.secret(KEY, webhook_id=webhook, number=number)) for number in (1, 2))
    assert [posted.is_signed_with(new) for posted in receiver.posted] == [True, True]
    assert [posted.is_signed_with(old) for posted in receiver.posted] == [True, False]


async def test_of_its_merchant_types_and_scopes_alone(
    database: Database, connection: asyncpg.Connection, receiver: Receiver
) -> None:
    ada, bob = await catalogue.merchant(connection), await catalogue.merchant(connection)
    lamp, chair = await catalogue.product(connection, ada), await catalogue.product(connection, bob)
    await hooked(database, connection, receiver.url, merchant=bob, types=["PRODUCT_CHANGED"])
    await happen(connection, lamp, 1)
    for event_type, subject in (("STOCK_CHANGED", ("product", chair)), ("CART_CREATED", ("cart", 1))):
        async with database.transaction() as session:
            await outbox.append(session, event_type, subject=subject, version=1)
    await happen(connection, chair, 2)
    async with delivering(database):
        await receiver.until(1)
        await asyncio.sleep(0.1)
    assert [posted.event["subjectVersion"] for posted in receiver.posted] == [2]


async def test_until_each_is_taken_in_the_order_of_its_subject(
    database: Database, connection: asyncpg.Connection, receiver: Receiver
) -> None:
    """The receiver fails every third time and is away for a while, and two workers are at it, one of them killed."""
    draw = random.Random(7)  # noqa: S311 - no secret
    receiver.answer = lambda _: (500 if draw.random() < 0.3 else 200, "")
    merchant = await catalogue.merchant(connection)
    products = [await catalogue.product(connection, merchant) for _ in range(4)]
    await hooked(database, connection, receiver.url)
    for version in range(1, 11):
        for product in products:
            await happen(connection, product, version)
    async with delivering(database, workers=1):
        await receiver.until(10)
    # What that worker had claimed is held by its lease.
    await connection.execute("UPDATE webhook_deliveries SET leased_until = now() WHERE leased_until IS NOT NULL")
    async with delivering(database, workers=2):
        await settled(connection, 40)
    taken = [(posted.event["subjectId"], posted.event["subjectVersion"]) for posted in receiver.taken]
    first_time = list(dict.fromkeys(taken))
    assert len(first_time) == 40
    for product in products:
        own = [version for subject, version in first_time if subject == ids.encode("Product", product)]
        assert own == list(range(1, 11))
    assert len(receiver.posted) > 45
    by_event: dict[str, set[str]] = {}
    for posted in receiver.posted:
        by_event.setdefault(posted.event["id"], set()).add(posted.id)
    assert all(each == {event} for event, each in by_event.items())


async def test_and_gives_up_after_three_days(database: Database, connection: asyncpg.Connection) -> None:
    await hooked(database, connection, "http://127.0.0.1:9/events")
    product = await catalogue.product(connection, await catalogue.merchant(connection))
    await happen(connection, product, 1)
    later = NOW + timedelta(days=3)
    failed = Outcome(503, "The receiver answered 503.")

    async def attempt(now: datetime) -> tuple[Any, ...]:
        async with database.transaction() as session:
            await webhook_deliveries.spread(session, now=now)
            (claimed,) = await webhook_deliveries.claim(session, now=now, limit=10)
            assert await webhook_deliveries.claim(session, now=now, limit=10) == []  # it is held by its lease
        async with database.transaction() as session:
            await webhook_deliveries.settle(session, claimed, failed, began=now, now=now)
        row = await connection.fetchrow("SELECT state, attempts, due_at FROM webhook_deliveries")
        return tuple(row)

    assert await attempt(NOW) == ("PENDING", 1, NOW + timedelta(seconds=5))
    due = NOW + timedelta(seconds=5)
    assert await attempt(due) == ("PENDING", 2, due + timedelta(seconds=30))
    assert (await attempt(later))[:2] == ("DEAD", 3)
    state = await connection.fetchrow("SELECT state, state_reason FROM webhooks")
    expected = "Nothing could be delivered since 2026-06-01 00:00 UTC: The receiver answered 503."
    assert tuple(state) == ("DISABLED", expected)
    async with database.transaction() as session:
        await webhook_deliveries.forget(session, now=datetime.now(UTC) + timedelta(days=31))
    assert await connection.fetchval("SELECT count(*) FROM webhook_attempts") == 0


@pytest.mark.parametrize(
    ("status", "location", "error", "state"),
    [
        (410, "", "The receiver answered 410.", "DISABLED"),
        (302, "http://127.0.0.1:1/elsewhere", "Redirects are not followed", "ENABLED"),
        (404, "", "The receiver answered 404.", "ENABLED"),
    ],
)
async def test_a_test_once(
    database: Database,
    connection: asyncpg.Connection,
    receiver: Receiver,
    status: int,
    location: str,
    error: str,
    state: str,
) -> None:
    receiver.answer = lambda _: (status, location)
    webhook = await hooked(database, connection, receiver.url)
    owner = await connection.fetchval("SELECT partner_id FROM webhooks")
    viewer = Viewer(partner_id=owner, scopes=frozenset({Scope.EVENTS_READ}))
    async with database.transaction() as session:
        await webhooks.test(session, viewer=viewer, webhook_id=webhook, now=datetime.now(UTC))
    async with delivering(database):
        (delivery,) = await settled(connection, 1)
    (posted,) = receiver.posted
    assert json.loads(posted.body) == {"data": {"events": None}, "extensions": {"test": True}}
    assert posted.id == ids.encode("WebhookDelivery", delivery["id"])
    assert delivery["state"] == "DEAD"
    assert error in await connection.fetchval("SELECT error FROM webhook_attempts")
    assert await connection.fetchval("SELECT state FROM webhooks") == state


async def test_also_while_events_come_without_a_break(
    database: Database, connection: asyncpg.Connection, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hooked(database, connection, receiver.url)
    product = await catalogue.product(connection, await catalogue.merchant(connection))
    await happen(connection, product, 1)
    versions, spread = count(2), webhook_deliveries.spread

    async def busy(session: AsyncSession, *, now: datetime) -> bool:
        await outbox.append(session, "PRODUCT_CHANGED", subject=("product", product), version=next(versions))
        return await spread(session, now=now)

    monkeypatch.setattr(webhook_deliveries, "spread", busy)
    async with delivering(database):
        assert [row["state"] for row in await settled(connection, 1)][:1] == ["DELIVERED"]


async def test_nothing_of_an_event_whose_time_was_over(
    database: Database, connection: asyncpg.Connection, receiver: Receiver
) -> None:
    """It waited behind an address that was disabled for long."""
    webhook = await hooked(database, connection, receiver.url)
    await happen(connection, await catalogue.product(connection, await catalogue.merchant(connection)), 1)
    async with database.transaction() as session:
        await webhook_deliveries.spread(session, now=NOW)
        await outbox.prune(session, now=datetime.now(UTC) + timedelta(days=31))
    async with delivering(database), asyncio.timeout(30):
        while not await connection.fetchval("SELECT count(*) FROM webhook_attempts"):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)
    assert receiver.posted == []
    assert await connection.fetchval("SELECT error FROM webhook_attempts LIMIT 1") == "The event is not kept any more."
    async with database.transaction() as session:
        test = await webhooks.test(
            session, viewer=Viewer(account_id=1, platform=PlatformRole.ADMIN), webhook_id=webhook, now=NOW
        )
        await webhook_deliveries.forget(session, now=datetime.now(UTC))
    assert [row["id"] for row in await connection.fetch("SELECT id FROM webhook_deliveries")] == [test]


async def test_again_what_could_not_be_answered(
    database: Database, connection: asyncpg.Connection, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hooked(database, connection, receiver.url)
    await happen(connection, await catalogue.product(connection, await catalogue.merchant(connection)), 1)
    broken = [ConnectionError("Postgres was away") for _ in range(4)]

    def type_name(noun: str) -> str:
        if broken:
            raise broken.pop()
        return noun.title()

    monkeypatch.setattr(events, "type_name", type_name)
    async with delivering(database):
        await settled(connection, 1)
    assert [json.loads(each.body)["data"]["events"]["type"] for each in receiver.posted] == ["PRODUCT_CHANGED"]
    errors = await connection.fetch("SELECT error FROM webhook_attempts ORDER BY id")
    assert errors[0]["error"].startswith("The document was not answered: ")
    assert errors[-1]["error"] == ""
