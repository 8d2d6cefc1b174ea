"""The outbox ..."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from domain.access import PartnerKind, PlatformRole, Scope, Viewer
from domain.events import NAMES, Audience, EventType, followed_by
from graph import event_catalogue
from models.database import Database
from services import outbox
from services.outbox import Happened
from tests.factories import catalogue, people, promotions

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 6, 1, tzinfo=UTC)


async def happen(connection: asyncpg.Connection, *subjects: int) -> None:
    changes = [(subject, 1) for subject in subjects]
    await outbox.append_many(connection, event_type="PRODUCT_CHANGED", subject_type="product", subjects=changes)


async def place(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("SELECT souk_place_events()"))


async def placed(connection: asyncpg.Connection) -> list[tuple[int, int]]:
    """Give the positions and the subjects of what is in the log, in its order."""
    rows = await connection.fetch("SELECT position, subject_id FROM events WHERE position > 0 ORDER BY position")
    return [tuple(row) for row in rows]


async def test_takes_no_event_that_is_not_in_the_catalogue(database: Database, connection: asyncpg.Connection) -> None:
    with pytest.raises(ValueError, match="SOMETHING_ELSE is an event that nobody knows"):
        async with database.transaction() as session:
            await outbox.append(session, "SOMETHING_ELSE", subject=("product", 1), version=1)
    with pytest.raises(ValueError, match=r"domain/events\.py"):
        await outbox.append_many(connection, event_type="OTHER", subject_type="product", subjects=[(1, 1)])
    with pytest.raises(ValueError, match=r"domain/events\.py"):
        async with database.transaction() as session:
            await outbox.append_each(session, "OTHER", subject_type="product", changes=[(1, 1, {})])
    assert await connection.fetchval("SELECT count(*) FROM events") == 0


def test_is_the_only_one_that_writes_events() -> None:
    for room in ("domain", "graph", "models", "resolvers", "search", "server", "services"):
        for path in (ROOT / room).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            writes = re.search(r"insert\(Event\)|INSERT INTO events\b|session\.add\(Event\(", source)
            assert not writes or path.name == "outbox.py", path


def test_has_its_catalogue_in_the_documents() -> None:
    document = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    assert document == event_catalogue.written(document)
    assert set(re.findall(r"^\| ([A-Z_]{4,}) \|", document, re.MULTILINE)) == NAMES


def test_is_followed_by_scope() -> None:
    def follows(*scopes: Scope) -> set[Audience]:
        viewer = Viewer(partner_id=1, partner_kind=PartnerKind.DELIVERY, scopes=frozenset(scopes))
        return {each.audience for each in followed_by(viewer)}

    kinds = {each.audience for each in EventType}
    assert follows(Scope.ORDERS_READ, Scope.TICKETS_READ) == set()
    assert follows(Scope.EVENTS_READ) == {Audience.PUBLIC}
    assert follows(*Scope) == kinds - {Audience.INTERNAL}
    assert followed_by(Viewer(account_id=1, platform=PlatformRole.ADMIN)) == frozenset(EventType)
    assert followed_by(Viewer(account_id=1, platform=PlatformRole.AGENT)) == frozenset()


async def test_numbers_events_as_they_commit(database: Database, connection: asyncpg.Connection) -> None:
    async with database.connection() as early, early.transaction():
        await happen(early, 1)
        await happen(connection, 2, 3)
        assert await place(connection) == 2
        assert await placed(connection) == [(1, 2), (2, 3)]
        async with database.connection() as late, late.transaction():
            await happen(late, 4)
            assert await place(connection) == 2
    assert await place(connection) == 4
    assert await placed(connection) == [(1, 2), (2, 3), (3, 1), (4, 4)]
    assert await place(connection) == 4


async def test_numbers_the_versions_of_a_subject_in_their_order(database: Database) -> None:
    """The second one has taken its transaction id first, and waits for the first one's row."""
    async with database.connection() as first, database.connection() as second:
        product = await catalogue.product(first, await catalogue.merchant(first))

        async def change(connection: asyncpg.Connection) -> None:
            bump = "UPDATE products SET version = version + 1 WHERE id = $1 RETURNING version"
            version = await connection.fetchval(bump, product)
            subjects = [(product, version)]
            await outbox.append_many(
                connection, event_type="PRODUCT_CHANGED", subject_type="product", subjects=subjects
            )

        async with second.transaction():
            await second.fetchval("SELECT pg_current_xact_id()")
            async with first.transaction():
                await change(first)
                waiting = asyncio.ensure_future(change(second))
                await asyncio.sleep(0.05)
            await waiting
        await place(first)
        rows = await first.fetch("SELECT subject_version FROM events WHERE subject_type = 'product' ORDER BY position")
        assert [row["subject_version"] for row in rows] == [2, 3]


async def test_numbers_each_once_however_many_place_at_once(database: Database, connection: asyncpg.Connection) -> None:
    async def write(writer: int) -> None:
        async with database.connection() as own:
            for number in range(20):
                await happen(own, writer * 100 + number)
                await place(own)

    await asyncio.gather(*map(write, range(6)))
    await place(connection)
    log = await placed(connection)
    assert [position for position, _ in log] == list(range(1, 121))
    assert {subject for _, subject in log} == {writer * 100 + number for writer in range(6) for number in range(20)}
    for writer in range(6):
        own = [subject for _, subject in log if subject // 100 == writer]
        assert own == sorted(own)


async def test_knows_whose_part_of_an_order_and_whose_review_an_event_is_about(connection: asyncpg.Connection) -> None:
    ada, bob = await catalogue.merchant(connection), await catalogue.merchant(connection)
    review = await connection.fetchval(
        """INSERT INTO reviews (product_id, rating, title, body, author_name) VALUES ($1, 5, 'Fine', 'Fine.', 'Eve')
           RETURNING id""",
        await catalogue.product(connection, bob),
    )
    happened = [
        (Happened("INVOICE_ISSUED", ("order", 1), 2, {"merchant_id": ada}), [ada]),
        (Happened("ORDER_REFUNDED", ("order", 1), 3, {"merchant_ids": [bob]}), [bob]),
        (Happened("ORDER_PAID", ("order", 1), 4), []),  # there is no such order
        (Happened("REVIEW_WRITTEN", ("review", review), 1), [bob]),
    ]
    await outbox.append_all(connection, [each for each, _ in happened])
    await place(connection)
    rows = await connection.fetch("SELECT merchant_ids FROM events ORDER BY id")
    assert [row["merchant_ids"] for row in rows] == [merchants for _, merchants in happened]


async def test_knows_whose_an_event_is(connection: asyncpg.Connection) -> None:
    ada, bob = await catalogue.merchant(connection), await catalogue.merchant(connection)
    partner = await people.partner(connection, bob)
    everybodys = await people.partner(connection)
    promotion = await promotions.promotion(connection, merchant_id=ada, method="CODE", state="DRAFT")
    subjects = [
        ("product", await catalogue.product(connection, ada), [ada]),
        ("merchant", bob, [bob]),
        ("partner", partner.partner_id, [bob]),
        ("partner", everybodys.partner_id, []),
        ("promotion", promotion, [ada]),
        ("category", 1, []),
        ("product", 999_999_999, []),
    ]
    for noun, key, _ in subjects:
        await outbox.append_many(connection, event_type="PRODUCT_CHANGED", subject_type=noun, subjects=[(key or 0, 1)])
    await place(connection)
    rows = await connection.fetch("SELECT merchant_ids FROM events ORDER BY id")
    assert [row["merchant_ids"] for row in rows] == [merchants for _, _, merchants in subjects]


async def test_forgets_what_is_older_than_thirty_days(database: Database, connection: asyncpg.Connection) -> None:
    await happen(connection, 1, 2, 3)
    await place(connection)
    for subject, days in ((1, 40), (2, 31), (3, 29)):
        await connection.execute(
            "UPDATE events SET occurred_at = $2 WHERE subject_id = $1", subject, NOW - timedelta(days=days)
        )
    await happen(connection, 4)  # not placed yet: nobody has been told of it
    await connection.execute("UPDATE events SET occurred_at = $1 WHERE position IS NULL", NOW - timedelta(days=50))
    for pruned in (2, 0):
        async with database.transaction() as session:
            assert await outbox.prune(session, now=NOW) == pruned
    assert await place(connection) == 4
    assert await placed(connection) == [(3, 3), (4, 4)]
    assert tuple(await connection.fetchrow("SELECT last_position, pruned_position FROM event_log")) == (4, 2)
