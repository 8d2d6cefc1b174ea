"""Carts ..."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from domain.access import VISITOR, Viewer
from domain.carts import CartChangedError
from models.database import Database
from services import cart_lines, cart_merge, carts, customer_data
from services.access import NotFoundError
from services.cart_lines import Wanted
from tests.factories import catalogue, people

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


async def variant(connection: asyncpg.Connection) -> int:
    product = await catalogue.product(connection, await catalogue.merchant(connection))
    return await catalogue.variant(connection, product, prices={"USD": 1000})


async def made(database: Database, viewer: Viewer = VISITOR, *, now: datetime = NOW) -> tuple[int, Viewer]:
    """Make a cart; gives its id and who holds it."""
    async with database.transaction() as session:
        cart, token = await carts.create(session, viewer=viewer, currency=None, default="USD", now=now)
    return cart.id, Viewer(customer_id=viewer.customer_id, cart_token=token)


async def put(database: Database, cart_id: int, holder: Viewer, *wanted: Wanted, version: int | None = None) -> None:
    async with database.transaction() as session:
        cart = await carts.hold(session, viewer=holder, cart_id=cart_id, expected_version=version)
        await cart_lines.add(session, cart, wanted=wanted, now=NOW)


async def test_lose_nothing_when_twenty_put_something_in_at_once(
    database: Database, connection: asyncpg.Connection
) -> None:
    lamp, others = await variant(connection), [await variant(connection) for _ in range(20)]
    cart_id, holder = await made(database)
    await asyncio.gather(*(put(database, cart_id, holder, Wanted(lamp, 1), Wanted(each, 2)) for each in others))
    rows = await connection.fetch("SELECT variant_id, quantity FROM cart_lines")
    assert {row["variant_id"]: row["quantity"] for row in rows} == {lamp: 20, **dict.fromkeys(others, 2)}
    assert await connection.fetchval("SELECT version FROM carts") == 21
    versions = await connection.fetch("SELECT subject_version FROM events WHERE type = 'CART_CHANGED' ORDER BY 1")
    assert [row[0] for row in versions] == list(range(2, 22))


async def test_are_changed_by_one_of_two_who_expect_the_same_version(
    database: Database, connection: asyncpg.Connection
) -> None:
    lamp = await variant(connection)
    cart_id, holder = await made(database)
    answers = await asyncio.gather(
        *(put(database, cart_id, holder, Wanted(lamp, 1), version=1) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in answers) == ["CartChangedError", "NoneType"]
    with pytest.raises(CartChangedError, match="at version 2, not 1"):
        await put(database, cart_id, holder, Wanted(lamp, 1), version=1)
    assert await connection.fetchval("SELECT sum(quantity) FROM cart_lines") == 1


async def test_of_guests_are_merged_once_by_twins_at_once(database: Database, connection: asyncpg.Connection) -> None:
    lamp, customer = await variant(connection), await people.customer(connection)
    await made(database, customer)
    cart_id, holder = await made(database)
    await put(database, cart_id, holder, Wanted(lamp, 3))
    viewer = Viewer(account_id=customer.account_id, customer_id=customer.customer_id, cart_token=holder.cart_token)

    async def merge() -> None:
        async with database.transaction() as session:
            await cart_merge.merge(session, viewer=viewer, cart_id=cart_id, now=NOW)

    answers = await asyncio.gather(*(merge() for _ in range(5)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["NoneType", *["NotFoundError"] * 4]
    assert [tuple(row) for row in await connection.fetch("SELECT variant_id, quantity FROM cart_lines")] == [(lamp, 3)]


async def test_of_guests_are_swept_after_thirty_days_without_a_change(
    database: Database, connection: asyncpg.Connection
) -> None:
    customer = await people.customer(connection)
    old, _ = await made(database, now=NOW - 30 * DAY - timedelta(seconds=1))
    young, _ = await made(database, now=NOW - 30 * DAY)
    owned, _ = await made(database, customer, now=NOW - 365 * DAY)
    async with database.transaction() as session:
        assert await carts.sweep(session, now=NOW) == 1
        assert await carts.sweep(session, now=NOW) == 0
    assert {row[0] for row in await connection.fetch("SELECT id FROM carts")} == {young, owned}
    events = await connection.fetch("SELECT subject_id FROM events WHERE type = 'CART_ABANDONED'")
    assert [row[0] for row in events] == [old]


async def test_of_customers_are_swept_after_a_year_without_a_change(
    database: Database, connection: asyncpg.Connection
) -> None:
    customer = await people.customer(connection)
    await made(database, customer, now=NOW - 365 * DAY - timedelta(seconds=1))
    async with database.transaction() as session:
        assert await carts.sweep(session, now=NOW) == 1
    assert await connection.fetchval("SELECT count(*) FROM carts") == 0


async def test_are_none_for_a_customer_who_was_erased(database: Database, connection: asyncpg.Connection) -> None:
    customer = await people.customer(connection)
    guests, holder = await made(database)
    await connection.execute("UPDATE customers SET erased_at = now()")
    viewer = Viewer(customer_id=customer.customer_id, cart_token=holder.cart_token)
    with pytest.raises(NotFoundError):
        await made(database, viewer)
    with pytest.raises(NotFoundError):
        async with database.transaction() as session:
            await cart_merge.merge(session, viewer=viewer, cart_id=guests, now=NOW)
    assert [tuple(row) for row in await connection.fetch("SELECT id, customer_id FROM carts")] == [(guests, None)]


async def test_are_handed_out_and_forgotten_with_their_customer(
    database: Database, connection: asyncpg.Connection
) -> None:
    lamp, customer = await variant(connection), await people.customer(connection)
    cart_id, holder = await made(database, customer)
    await put(database, cart_id, holder, Wanted(lamp, 2))
    async with database.transaction() as session:
        found = await customer_data.export(session, viewer=customer)
        assert [(each["currency"], each["lines"][0]["quantity"]) for each in found["carts"]] == [("USD", 2)]
        await customer_data.erase(session, viewer=customer, now=NOW)
    assert await connection.fetchval("SELECT count(*) FROM cart_lines") == 0
