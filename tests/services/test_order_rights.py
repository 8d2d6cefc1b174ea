"""Staff of a merchant, even by code that forgets to ask, writes nothing of ..."""
# ruff: noqa: S608 - the tables and columns are named here

from dataclasses import dataclass

import asyncpg
import pytest
from sqlalchemy.orm.exc import StaleDataError

from domain.access import MerchantRole, Permission, PlatformRole, Viewer
from models.database import Database
from services import access, order_holding
from services.access import NotFoundError
from tests.contents import everything
from tests.factories import bought, catalogue, people
from tests.factories.bought import Buying

CHANGED = {
    "orders": "version",
    "order_parts": "version",
    "order_lines": "fulfilled",
    "stock_reservations": "reason",
    "payments": "attempts",
    "payment_refunds": "attempts",
    "fulfilments": "version",
    "returns": "version",
    "return_lines": "received",
}
"""The tables of orders, with a column of each that changes."""
WRITTEN_ONCE = ("fulfilment_lines", "fulfilment_sources", "order_entries", "invoices", "refund_lines", "refunds")


@dataclass(frozen=True)
class Shop:
    """Ada has sold something that was sent and has come back; then she and Bob have sold something together."""

    ada: int
    bob: int
    carl: int
    together: int


@pytest.fixture
async def shop(database: Database, connection: asyncpg.Connection) -> Shop:
    ada, bob, carl = [await catalogue.merchant(connection) for _ in range(3)]
    bea = await people.customer(connection)
    await bought.taken_care_of(database, connection, ada, bea.customer_id or 0)
    pieces = [await bought.piece(connection, ada, 2_990, 3), await bought.piece(connection, bob, 10_000)]
    together = await bought.buy(database, Buying(pieces, customer_id=bea.customer_id, shipping=590))
    return Shop(ada, bob, carl, together.order_id)


async def become(connection: asyncpg.Connection, merchant: int) -> None:
    """Hold the rest of the transaction to a merchant, as the gate does."""
    await connection.execute(
        "SELECT set_config('souk.merchants', $1, true), set_config('role', 'souk_app', true)", f"{{{merchant}}}"
    )


async def test_tables_of_orders_for_want_of_a_policy(connection: asyncpg.Connection) -> None:
    """Each is named here, so that a new one is not forgotten."""
    rows = await connection.fetch(
        """SELECT DISTINCT pg_class.oid::regclass::text AS name, relrowsecurity FROM pg_class
           LEFT JOIN pg_constraint ON conrelid = pg_class.oid AND contype = 'f'
           WHERE pg_class.oid = 'orders'::regclass OR confrelid = ANY ($1::text[]::regclass[])""",
        [*CHANGED, *WRITTEN_ONCE],
    )
    of_customers = {"carts", "tickets"}
    assert {row["name"]: row["relrowsecurity"] for row in rows} == {
        **dict.fromkeys((*CHANGED, *WRITTEN_ONCE), True),
        **dict.fromkeys(of_customers, False),
    }


@pytest.mark.parametrize("table", [*CHANGED, *WRITTEN_ONCE])
async def test_an_order_that_it_has_no_part_in(connection: asyncpg.Connection, shop: Shop, table: str) -> None:
    count, before = await connection.fetchval(f"SELECT count(*) FROM {table}"), await everything(connection)
    assert count > 0
    async with connection.transaction():
        await become(connection, shop.carl)
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == count
        if table in CHANGED:
            column = CHANGED[table]
            assert await connection.execute(f"UPDATE {table} SET {column} = {column}") == "UPDATE 0"
        assert await connection.execute(f"DELETE FROM {table}") == "DELETE 0"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with connection.transaction():
                await connection.execute(f"INSERT INTO {table} TABLE {table}")
    assert await everything(connection) == before


@pytest.mark.parametrize("table", CHANGED)
async def test_the_parts_of_others(connection: asyncpg.Connection, shop: Shop, table: str) -> None:
    """What is of an order as a whole is written by all who have a part in it."""
    of_bob = {
        "orders": "id = $1",
        "order_parts": "order_id = $1 AND merchant_id = $2",
        "order_lines": "order_id = $1 AND merchant_id = $2",
        "stock_reservations": "order_id = $1 AND line_id IN (SELECT id FROM order_lines WHERE merchant_id = $2)",
        "payments": "order_id = $1",
    }.get(table)
    column = CHANGED[table]
    expected = 0
    if of_bob is not None:
        of_bob = f"SELECT count(*) FROM {table} WHERE {of_bob} AND $2::bigint > 0"
        expected = await connection.fetchval(of_bob, shop.together, shop.bob)
        assert 0 < expected < await connection.fetchval(f"SELECT count(*) FROM {table}")
    async with connection.transaction():
        await become(connection, shop.bob)
        assert await connection.execute(f"UPDATE {table} SET {column} = {column}") == f"UPDATE {expected}"


async def test_what_happened_to_the_parts_of_others(connection: asyncpg.Connection, shop: Shop) -> None:
    said = "INSERT INTO order_entries (order_id, merchant_id, action) VALUES ($1, $2, 'NOTE')"
    async with connection.transaction():
        await become(connection, shop.bob)
        for merchant_id in (shop.bob, None):
            assert await connection.execute(said, shop.together, merchant_id) == "INSERT 0 1"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with connection.transaction():
                await connection.execute(said, shop.together, shop.ada)


async def overwrite(database: Database, viewer: Viewer, shop: Shop, *, whose: int) -> None:
    """Change a part of the order in common in a transaction of staff, without asking whose it is."""
    async with database.transaction() as session:
        viewer = await access.admit(session, viewer, Permission.ORDERS_FULFIL)
        held = await order_holding.hold(session, viewer=viewer, order_id=shop.together)
        assert [part.merchant_id for part in held.parts] == [shop.ada, shop.bob]
        next(part for part in held.parts if part.merchant_id == whose).version += 1
        held.order.version += 1
        await session.flush()


async def test_another_part_by_a_service_that_takes_it_for_its_own(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    packer = await people.member(connection, shop.bob, MerchantRole.PACKER)
    before = await everything(connection)
    with pytest.raises(StaleDataError):
        await overwrite(database, packer, shop, whose=shop.ada)
    assert await everything(connection) == before
    await overwrite(database, packer, shop, whose=shop.bob)
    await overwrite(database, await people.staff(connection, PlatformRole.ADMIN), shop, whose=shop.ada)
    versions = "SELECT array_agg(version ORDER BY merchant_id) FROM order_parts WHERE order_id = $1"
    assert await connection.fetchval(versions, shop.together) == [3, 3]


async def test_an_order_that_is_none_of_its_business_whatever_it_says(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    packer = await people.member(connection, shop.carl, MerchantRole.PACKER)
    with pytest.raises(NotFoundError):
        await overwrite(database, packer, shop, whose=shop.ada)
