"""Carts ..."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from domain.access import VISITOR, Viewer
from domain.carts import CartChangedError
from domain.customers import Address
from models.database import Database
from services import cart_lines, cart_merge, carts, customer_data
from services.access import NotFoundError
from services.cart_lines import Wanted
from tests.factories import catalogue, people

BONN = Address(name="Ada", line1="1 Road", city="Bonn", postal_code="53111", country="DE")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


async def variant(connection: asyncpg.Connection) -> int:
    product = await catalogue.product(connection, await catalogue.merchant(connection))
    return await catalogue.variant(connection, product, prices={"USD": 1000})


async def made(database: Database, viewer: Viewer = VISITOR, *, now: datetime = NOW) -> tuple[int, Viewer]:
    """Make a cart; gives its id and who holds it."""
    async with database.transaction() as session:
        cart_id, token = await cart_lines.create(
            session, viewer=viewer, currency=None, default="USD", wanted=[], now=now
        )
    return cart_id, Viewer(customer_id=viewer.customer_id, cart_token=token)


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


async def test_that_begin_with_something_in_them_tell_first_that_they_are_there(
    database: Database, connection: asyncpg.Connection
) -> None:
    lamp, other = await variant(connection), await variant(connection)
    async with database.transaction() as session:
        cart_id, token = await cart_lines.create(
            session,
            viewer=VISITOR,
            currency=None,
            default="USD",
            wanted=[Wanted(lamp, 2), Wanted(other, 1), Wanted(lamp, 3)],
            now=NOW,
        )
    rows = await connection.fetch("SELECT variant_id, quantity, unit_price, added_at FROM cart_lines ORDER BY id")
    assert [tuple(row) for row in rows] == [(lamp, 5, 1000, NOW), (other, 1, 1000, NOW)]
    assert await connection.fetchval("SELECT version FROM carts") == 2
    events = await connection.fetch("SELECT type, subject_id, subject_version, data::text FROM events ORDER BY id")
    assert [tuple(row) for row in events] == [
        ("CART_CREATED", cart_id, 1, "{}"),
        ("CART_CHANGED", cart_id, 2, '{"what": "lines"}'),
    ]
    await put(database, cart_id, Viewer(cart_token=token), Wanted(lamp, 1), version=2)


async def test_take_codes_and_ways_of_sending_in_place_of_those_before(
    database: Database, connection: asyncpg.Connection
) -> None:
    cart_id, holder = await made(database)
    merchants = [await catalogue.merchant(connection) for _ in range(3)]
    # What was there and stays, what goes, what comes: also in another order, and nothing at all.
    for codes, new, chosen in (
        (["A", "B", "C"], ["A", "B", "C"], {merchants[0]: "standard", merchants[1]: "standard"}),
        (["D", "C", "A"], ["D"], {merchants[1]: "express", merchants[2]: "standard"}),
        ([], [], {}),
    ):
        await connection.execute("DELETE FROM delivery_methods")
        await connection.execute(
            "INSERT INTO delivery_methods (code, label, currency, price) VALUES ('express', 'Express', 'USD', 1)"
        )
        async with database.transaction() as session:
            cart = await carts.hold(session, viewer=holder, cart_id=cart_id)
            assert await carts.set_coupons(session, cart, codes=codes, now=NOW) == new
            await carts.set_delivery(
                session,
                cart,
                email="ada@example.com",
                address=BONN,
                method="standard",
                methods_of=chosen,
                now=NOW,
            )
        kept = await connection.fetch("SELECT code FROM cart_coupons ORDER BY position")
        assert [row["code"] for row in kept] == codes
        sent = await connection.fetch("SELECT merchant_id, method FROM cart_deliveries")
        assert {row["merchant_id"]: row["method"] for row in sent} == chosen
    assert await connection.fetchval("SELECT version FROM carts") == 7
