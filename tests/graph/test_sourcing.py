"""What is ordered comes ..."""

from datetime import UTC, datetime
from functools import partial

import asyncpg
import pytest

from domain.access import Viewer
from models.database import Database
from services import stock_reservations, stock_returns
from tests.factories import catalogue
from tests.factories.small_shop import SmallShop
from tests.graph import orders
from tests.graph.carts import line
from tests.graph.conftest import Api
from tests.graph.orders import checkout, filled


@pytest.fixture
async def places(connection: asyncpg.Connection, shop: SmallShop) -> tuple[int, int]:
    """Two warehouses of Ada's, in France and in Germany, each with five lamps of both sizes."""
    await orders.terms(connection)
    rows = await connection.fetch("SELECT id FROM warehouses WHERE merchant_id = $1 ORDER BY id", shop.ada)
    near, far = (row["id"] for row in rows)
    for place in (near, far):
        await catalogue.stock(connection, shop.large, place, 5)
    await connection.execute("UPDATE stock_levels SET on_hand = 5, reserved = 0")
    await connection.execute("UPDATE warehouses SET country = 'FR', priority = 1, code = 'paris' WHERE id = $1", near)
    await connection.execute("UPDATE warehouses SET country = 'DE', priority = 9, code = 'bonn' WHERE id = $1", far)
    return near, far


async def reserved(connection: asyncpg.Connection) -> list[tuple[int, int, int, str]]:
    rows = await connection.fetch(
        """SELECT variant_id, warehouse_id, quantity - released, reason FROM stock_reservations
           WHERE released < quantity ORDER BY id"""
    )
    return [tuple(row) for row in rows]


async def test_from_the_warehouse_in_the_country_of_the_address_with_the_reason(
    api: Api, places: tuple[int, int], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    await checkout(api, await filled(api, line(shop.small, 2), line(shop.large, 1)))
    reason = (
        "From bonn (DE, priority 9): one parcel, and the first warehouse in the order of preference "
        "(DE first, then by priority) that has everything."
    )
    assert await reserved(connection) == [(shop.small, places[1], 2, reason), (shop.large, places[1], 1, reason)]


async def test_from_elsewhere_if_that_is_one_parcel_and_from_no_closed_warehouse(
    api: Api, places: tuple[int, int], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    near, far = places
    await connection.execute(
        "UPDATE stock_levels SET on_hand = 0 WHERE (variant_id, warehouse_id) = ($1, $2)", shop.large, far
    )
    await checkout(api, await filled(api, line(shop.small, 1), line(shop.large, 1)))
    assert {place for _, place, _, _ in await reserved(connection)} == {near}
    await checkout(api, await filled(api, line(shop.small, 5)), key="another")
    assert {place for _, place, _, _ in (await reserved(connection))[2:]} == {far}
    await checkout(api, await filled(api, line(shop.small, 4)), key="a third")
    assert {place for _, place, _, _ in (await reserved(connection))[3:]} == {near}
    answer = await checkout(api, await filled(api, line(shop.small, 1)), key="a fourth")
    assert [error["code"] for error in answer["userErrors"]] == ["INSUFFICIENT_STOCK"]


async def test_and_leaves_a_movement_that_names_the_order_when_it_is_sent(
    api: Api, places: tuple[int, int], shop: SmallShop, connection: asyncpg.Connection, database: Database
) -> None:
    await checkout(api, await filled(api, line(shop.small, 3)))
    order = await connection.fetchrow("SELECT order_id, id FROM order_lines")
    async with database.transaction() as session:
        await stock_reservations.ship(
            session, order_id=order["order_id"], lines={order["id"]: 2}, viewer=Viewer(account_id=7)
        )
    moved = await connection.fetch(
        """SELECT variant_id, warehouse_id, difference, on_hand, reference_type, reference_id, account_id
           FROM stock_movements WHERE kind = 'SHIPMENT'"""
    )
    assert [tuple(row) for row in moved] == [(shop.small, places[1], -2, 3, "ORDER", order["order_id"], 7)]


async def test_and_goes_back_there_unless_the_warehouse_was_closed(
    api: Api, places: tuple[int, int], shop: SmallShop, connection: asyncpg.Connection, database: Database
) -> None:
    await checkout(api, await filled(api, line(shop.small, 2)))
    order = await connection.fetchrow("SELECT order_id, id FROM order_lines")
    sent = {order["id"]: 1}
    put_back = partial(
        stock_returns.put_back,
        viewer=Viewer(account_id=7),
        order_id=order["order_id"],
        lines=sent,
        now=datetime.now(UTC),
    )
    async with database.transaction() as session:
        await stock_reservations.ship(session, order_id=order["order_id"], lines={order["id"]: 2})
        assert await put_back(session) == sent
    await connection.execute("UPDATE warehouses SET active = false WHERE id = $1", places[1])
    async with database.transaction() as session:
        assert await put_back(session) == {}
    moved = await connection.fetch("SELECT kind, difference FROM stock_movements WHERE kind <> 'OTHER' ORDER BY id")
    assert [tuple(row) for row in moved] == [("SHIPMENT", -2), ("RETURN", 1)]
