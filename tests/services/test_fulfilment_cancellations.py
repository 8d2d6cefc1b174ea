"""A parcel that is taken back ..."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, Viewer
from domain.errors import InvalidInput, Refusal
from domain.fulfilments import CancelRefusedError
from domain.order_actions import ActionError
from domain.order_refunds import RefundReason, Wanted
from domain.returns import ReturnAction, ReturnRefusedError
from models.database import Database
from services import (
    ledger_audit,
    order_audit,
    order_cancellations,
    order_refunds,
    returns,
    stock_audit,
    warehouses,
)
from services.access import NotFoundError
from services.stock_returns import PlaceGoneError
from tests.contents import everything
from tests.factories import bought as orders
from tests.factories import catalogue, people
from tests.factories.bought import NOW, Bought, Buying

LEVELS = "SELECT on_hand, reserved FROM stock_levels ORDER BY variant_id, warehouse_id"
STATES = """SELECT orders.status, array_agg(order_parts.status ORDER BY merchant_id) AS parts
            FROM orders JOIN order_parts ON order_id = orders.id GROUP BY orders.id"""


class Shop:
    """Ada has sold Bea three lamps at 29.90 and Bob a chair at 100.00, 5.90 for each delivery.

    One of the lamps is in Ada's first warehouse, two are in the second.
    """

    def __init__(self, ada: int, managers: list[Viewer], bea: Viewer, bought: Bought) -> None:
        self.ada, self.managers, self.bea, self.bought = ada, managers, bea, bought
        self.seller, self.order_id = managers[0], bought.order_id
        self.lamps, self.chair = bought.lines


@pytest.fixture
async def shop(database: Database, connection: asyncpg.Connection) -> Shop:
    ada, bob = await catalogue.merchant(connection), await catalogue.merchant(connection)
    managers = [await people.member(connection, each, MerchantRole.MANAGER) for each in (ada, bob)]
    bea = await people.customer(connection)
    lamp = await orders.piece(connection, ada, 2_990, 3, on_hand=1)
    await catalogue.stock(connection, lamp.variant_id, await catalogue.warehouse(connection, ada), 2)
    pieces = [lamp, await orders.piece(connection, bob, 10_000)]
    bought = await orders.buy(database, Buying(pieces, customer_id=bea.customer_id, shipping=590))
    return Shop(ada, managers, bea, bought)


async def states(connection: asyncpg.Connection) -> tuple[str, list[str]]:
    row = await connection.fetchrow(STATES)
    return row["status"], row["parts"]


async def add_up(connection: asyncpg.Connection) -> None:
    for audit in (order_audit.audit(connection, now=NOW), ledger_audit.audit(connection, now=NOW)):
        assert (await audit).findings == ()
    assert (await stock_audit.audit(connection)).findings == ()


async def refund(database: Database, shop: Shop, wanted: Wanted, *, restock: bool = False) -> None:
    async with orders.caring(database, shop.seller, shop.order_id) as (session, held):
        await order_refunds.refund(
            session,
            held,
            lines=[wanted],
            deliveries=[],
            reason=RefundReason.LOST,
            restock=restock,
            note=None,
            now=NOW,
        )


async def test_puts_its_pieces_back_where_they_have_left_and_keeps_them_for_the_order(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    levels = [tuple(row) for row in await connection.fetch(LEVELS)]
    assert levels == [(1, 1), (2, 2), (100, 1)]
    first = await orders.send(database, shop.seller, shop.order_id, lines=[(shop.lamps, 1)])
    second = await orders.send(database, shop.seller, shop.order_id, lines=[(shop.lamps, 2)])
    assert [tuple(row) for row in await connection.fetch(LEVELS)] == [(0, 0), (0, 0), (100, 1)]
    await orders.taken_back(database, shop.seller, second)
    assert [tuple(row) for row in await connection.fetch(LEVELS)] == [(0, 0), (2, 2), (100, 1)]
    await add_up(connection)
    await orders.taken_back(database, shop.seller, first)
    assert [tuple(row) for row in await connection.fetch(LEVELS)] == levels
    await add_up(connection)
    places = [row[0] for row in await connection.fetch("SELECT id FROM warehouses ORDER BY id LIMIT 2")]
    moved = await connection.fetch(
        """SELECT warehouse_id, kind, difference, on_hand, reference_type, reference_id, account_id
           FROM stock_movements WHERE kind LIKE 'SHIPMENT%' ORDER BY id"""
    )
    about = ("ORDER", shop.order_id, shop.seller.account_id)
    assert [tuple(row) for row in moved] == [
        (places[0], "SHIPMENT", -1, 0, *about),
        (places[1], "SHIPMENT", -2, 0, *about),
        (places[1], "SHIPMENT_CANCELLED", 2, 2, *about),
        (places[0], "SHIPMENT_CANCELLED", 1, 1, *about),
    ]
    # Nothing could be sold before, and nothing can be now.
    assert await connection.fetchval("SELECT count(*) FROM events WHERE type = 'STOCK_CHANGED'") == 1
    third = await orders.send(database, shop.seller, shop.order_id)
    assert await connection.fetchval("SELECT sum(quantity) FROM fulfilment_lines WHERE fulfilment_id = $1", third) == 3
    await add_up(connection)


async def test_lets_part_and_order_stand_where_their_pieces_do(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    first = await orders.send(database, shop.seller, shop.order_id, lines=[(shop.lamps, 1)])
    second = await orders.send(database, shop.seller, shop.order_id)
    chair = await orders.send(database, shop.managers[1], shop.order_id)
    assert await states(connection) == ("FULFILLED", ["FULFILLED", "FULFILLED"])
    await orders.taken_back(database, shop.seller, second, note="  The wrong label ")
    assert await states(connection) == ("PARTIALLY_FULFILLED", ["PARTIALLY_FULFILLED", "FULFILLED"])
    await orders.taken_back(database, shop.seller, first)
    assert await states(connection) == ("PARTIALLY_FULFILLED", ["READY", "FULFILLED"])
    await orders.taken_back(database, shop.managers[1], chair)
    assert await states(connection) == ("PAID", ["READY", "READY"])
    told = await connection.fetch("SELECT type FROM events WHERE subject_type = 'order' ORDER BY id")
    assert [row["type"] for row in told][2:] == [
        *("ORDER_PARTIALLY_FULFILLED", "FULFILMENT_CREATED", "INVOICE_ISSUED", "FULFILMENT_CREATED"),
        *("ORDER_FULFILLED", "FULFILMENT_CREATED", "INVOICE_ISSUED"),
        *("ORDER_PARTIALLY_FULFILLED", "FULFILMENT_CANCELLED", "FULFILMENT_CANCELLED"),
        *("ORDER_UNFULFILLED", "FULFILMENT_CANCELLED"),
    ]
    data = await connection.fetchval("SELECT data FROM events WHERE type = 'FULFILMENT_CANCELLED' ORDER BY id LIMIT 1")
    assert data == {
        "number": await connection.fetchval("SELECT number FROM orders"),
        "customer_id": shop.bea.customer_id,
        "merchant_ids": await connection.fetchval("SELECT merchant_ids FROM orders"),
        "merchant_id": shop.ada,
        "status": "PARTIALLY_FULFILLED",
        "fulfilment_id": second,
        "lines": [{"line_id": shop.lamps, "quantity": 2}],
        "note": "The wrong label",
    }
    entries = await connection.fetch(
        "SELECT action, from_status, to_status, account_id FROM order_entries ORDER BY id DESC LIMIT 3"
    )
    by = shop.managers[1].account_id
    assert [tuple(row) for row in entries] == [
        ("FULFILMENT_CANCELLED", None, None, by),
        ("UNFULFILLED", "PARTIALLY_FULFILLED", "PAID", by),
        ("PART_READY", "FULFILLED", "READY", by),
    ]
    mails = await connection.fetch("SELECT facts FROM mails WHERE template = 'order_shipment_cancelled' ORDER BY id")
    name = await connection.fetchval("SELECT name FROM order_lines WHERE id = $1", shop.lamps)
    assert [row["facts"]["pieces"] for row in mails][:2] == [f"  2 x {name}", f"  1 x {name}"]
    await add_up(connection)


async def test_may_have_been_the_only_one_of_an_order(database: Database, connection: asyncpg.Connection) -> None:
    ada = await catalogue.merchant(connection)
    packer = await people.member(connection, ada, MerchantRole.PACKER)
    order = await orders.buy(database, Buying([await orders.piece(connection, ada, 500)]))
    for _ in range(2):
        parcel = await orders.send(database, packer, order.order_id)
        assert await states(connection) == ("FULFILLED", ["FULFILLED"])
        await orders.taken_back(database, packer, parcel)
        assert await states(connection) == ("PAID", ["READY"])
    await add_up(connection)


async def test_leaves_its_invoice_which_a_refund_corrects(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    papers = "SELECT kind, total FROM invoices ORDER BY id"
    parcel = await orders.send(database, shop.seller, shop.order_id)
    invoices = await connection.fetch("TABLE invoices")
    assert [tuple(row) for row in await connection.fetch(papers)] == [("INVOICE", 3 * 2_990 + 590)]
    await orders.taken_back(database, shop.seller, parcel)
    again = await orders.send(database, shop.seller, shop.order_id, lines=[(shop.lamps, 1)])
    assert await connection.fetch("TABLE invoices") == invoices
    await orders.taken_back(database, shop.seller, again)
    async with orders.caring(database, shop.bea, shop.order_id) as (session, held):
        await order_cancellations.cancel(session, held, reason=None, merchant_id=None, now=NOW)
    assert await states(connection) == ("CANCELLED", ["CANCELLED", "CANCELLED"])
    # Bob has sent nothing, and has no invoice that a credit note could correct.
    assert [tuple(row) for row in await connection.fetch(papers)] == [
        ("INVOICE", 9_560),
        ("CREDIT_NOTE", 9_560),
    ]
    corrects = "SELECT corrects_id = (SELECT id FROM invoices WHERE kind = 'INVOICE') FROM invoices ORDER BY id DESC"
    assert await connection.fetchval(corrects) is True
    assert await connection.fetchval("SELECT sum(amount) FROM payment_refunds") == shop.bought.price.cost.total
    assert [tuple(row) for row in await connection.fetch(LEVELS)] == [(1, 0), (2, 0), (100, 0)]
    await add_up(connection)


async def test_is_not_waited_for_when_all_else_has_arrived(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    first = await orders.send(database, shop.seller, shop.order_id, lines=[(shop.lamps, 1)])
    second = await orders.send(database, shop.seller, shop.order_id, lines=[(shop.lamps, 2)])
    await orders.delivered(database, shop.bea, first)
    await orders.taken_back(database, shop.seller, second)
    assert await states(connection) == ("PARTIALLY_FULFILLED", ["PARTIALLY_FULFILLED", "READY"])
    late = NOW + timedelta(days=31)
    with pytest.raises(ReturnRefusedError, match="more than 30 days ago"):
        await orders.returning(database, shop.bea, shop.order_id, [(shop.lamps, 1)], now=late)
    await refund(database, shop, Wanted(shop.lamps, quantity=2))
    assert await states(connection) == ("PARTIALLY_FULFILLED", ["DELIVERED", "READY"])
    await add_up(connection)


async def taken_back_is_refused(
    database: Database,
    connection: asyncpg.Connection,
    parcel: int,
    *,
    viewer: Viewer,
    error: type[Refusal],
    note: str | None = None,
) -> dict[str, Any]:
    """Try to take a parcel back; gives the refusal's details, and sees that nothing has changed."""
    before = await everything(connection)
    with pytest.raises(error) as refused:
        await orders.taken_back(database, viewer, parcel, note=note)
    assert await everything(connection) == before
    return refused.value.extensions


async def test_is_so_once_and_not_after_its_delivery(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    parcel = await orders.send(database, shop.seller, shop.order_id, lines=[(shop.lamps, 1)])
    await orders.taken_back(database, shop.seller, parcel)
    trying: dict[str, Any] = {"viewer": shop.seller, "error": ActionError}
    assert await taken_back_is_refused(database, connection, parcel, **trying) == {
        "code": "INVALID_STATE",
        "status": "CANCELLED",
    }
    with pytest.raises(ActionError, match="fulfilment is CANCELLED"):
        await orders.delivered(database, shop.bea, parcel)
    other = await orders.send(database, shop.seller, shop.order_id, lines=[(shop.lamps, 1)])
    await orders.delivered(database, shop.bea, other)
    assert await taken_back_is_refused(database, connection, other, **trying) == {
        "code": "INVALID_STATE",
        "status": "DELIVERED",
    }


async def test_is_its_senders_to_take_back(database: Database, connection: asyncpg.Connection, shop: Shop) -> None:
    parcel = await orders.send(database, shop.seller, shop.order_id)
    for viewer in (shop.bea, shop.managers[1], Viewer(), await people.customer(connection)):
        details = await taken_back_is_refused(database, connection, parcel, viewer=viewer, error=NotFoundError)
        assert details == {"code": "NOT_FOUND", "field": "fulfilment_id"}
    details = await taken_back_is_refused(
        database, connection, parcel, viewer=shop.seller, error=InvalidInput, note="x" * 501
    )
    assert details["field"] == "note"


@pytest.mark.parametrize("restock", [False, True])
async def test_holds_nothing_that_was_refunded(
    database: Database, connection: asyncpg.Connection, shop: Shop, *, restock: bool
) -> None:
    parcel = await orders.send(database, shop.seller, shop.order_id, lines=[(shop.lamps, 2)])
    other = await orders.send(database, shop.seller, shop.order_id)
    # Of three pieces that were sent one is refunded, in whatever parcel it was: two can be sent again.
    await refund(database, shop, Wanted(shop.lamps, quantity=1), restock=restock)
    await refund(database, shop, Wanted(shop.lamps, amount=100))
    await orders.taken_back(database, shop.seller, parcel)
    trying: dict[str, Any] = {"viewer": shop.seller, "error": CancelRefusedError}
    assert await taken_back_is_refused(database, connection, other, **trying) == {
        "code": "CANCEL_REFUSED",
        "available": 0,
        "field": "fulfilment_id",
    }
    await add_up(connection)


async def test_holds_nothing_that_is_asked_to_be_sent_back(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    parcel = await orders.send(database, shop.seller, shop.order_id)
    return_id = await orders.returning(database, shop.bea, shop.order_id, [(shop.lamps, 1)])
    trying: dict[str, Any] = {"viewer": shop.seller, "error": CancelRefusedError}
    refused = {"code": "CANCEL_REFUSED", "available": 2, "field": "fulfilment_id"}
    assert await taken_back_is_refused(database, connection, parcel, **trying) == refused
    deciding: dict[str, Any] = {"viewer": shop.seller, "return_id": return_id, "now": NOW}
    async with database.transaction() as session:
        await returns.decide(session, action=ReturnAction.APPROVE, note=None, **deciding)
    assert await taken_back_is_refused(database, connection, parcel, **trying) == refused
    async with database.transaction() as session:
        await returns.cancel(session, note=None, **deciding)
    await orders.taken_back(database, shop.seller, parcel)
    assert await states(connection) == ("PAID", ["READY", "READY"])
    await add_up(connection)


async def test_needs_the_place_that_it_has_left(database: Database, connection: asyncpg.Connection, shop: Shop) -> None:
    parcel = await orders.send(database, shop.seller, shop.order_id)
    place = await connection.fetchval("SELECT min(id) FROM warehouses")
    closing: dict[str, Any] = {"viewer": shop.seller, "warehouse_id": place, "expected_version": None}
    async with database.transaction() as session:
        await warehouses.close(session, **closing)
    trying: dict[str, Any] = {"viewer": shop.seller, "error": PlaceGoneError}
    refused = {"code": "CONFLICT", "field": "fulfilment_id"}
    assert await taken_back_is_refused(database, connection, parcel, **trying) == refused
    async with database.transaction() as session:
        await warehouses.reopen(session, **closing)
    await connection.execute("DELETE FROM stock_levels WHERE warehouse_id = $1", place)
    assert await taken_back_is_refused(database, connection, parcel, **trying) == refused


async def ended(*attempts: Any) -> list[str]:
    """Try things at once; gives how each ended."""
    answers = await asyncio.gather(*attempts, return_exceptions=True)
    for answer in answers:
        if answer is not None and not isinstance(answer, Refusal):
            raise answer
    return ["done" if answer is None else answer.code for answer in answers]


async def many(database: Database, connection: asyncpg.Connection, ada: int) -> list[tuple[Bought, int]]:
    """Buy eight orders of two pieces and send them; gives them with their parcels."""
    packer = await people.member(connection, ada, MerchantRole.PACKER)
    piece = await orders.piece(connection, ada, 500, 2)
    bought = [await orders.buy(database, Buying([piece], shipping=100)) for _ in range(8)]
    return [(order, await orders.send(database, packer, order.order_id)) for order in bought]


async def test_is_either_delivered_or_taken_back(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    for at, (order, parcel) in enumerate(await many(database, connection, shop.ada)):
        attempts = [
            orders.taken_back(database, shop.seller, parcel),
            orders.delivered(database, shop.seller, parcel),
        ]
        outcomes = await ended(*attempts) if at % 2 else (await ended(*attempts[::-1]))[::-1]
        assert sorted(outcomes) == ["INVALID_STATE", "done"]
        row = await connection.fetchrow(
            """SELECT fulfilments.status, orders.status AS order, fulfilled FROM fulfilments
               JOIN orders ON orders.id = order_id JOIN order_lines USING (order_id) WHERE order_id = $1""",
            order.order_id,
        )
        taken = outcomes[0] == "done"
        assert tuple(row) == (("CANCELLED", "PAID", 0) if taken else ("DELIVERED", "DELIVERED", 2))
    await add_up(connection)


async def test_is_taken_back_by_one_of_those_who_try_at_once(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    for _, parcel in await many(database, connection, shop.ada):
        outcomes = await ended(*(orders.taken_back(database, shop.seller, parcel) for _ in range(3)))
        assert sorted(outcomes) == ["INVALID_STATE", "INVALID_STATE", "done"]
    assert await connection.fetchval("SELECT count(*) FROM fulfilments WHERE status = 'CANCELLED'") == 8
    await add_up(connection)


async def test_is_either_refunded_as_sent_or_taken_back(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    for order, parcel in await many(database, connection, shop.ada):
        asking = Shop(shop.ada, shop.managers, shop.bea, Bought(order.order_id, [order.lines[0], 0], order.price))
        outcomes = await ended(
            orders.taken_back(database, shop.seller, parcel),
            refund(database, asking, Wanted(order.lines[0], quantity=1)),
        )
        line = await connection.fetchrow("SELECT fulfilled, cancelled FROM order_lines WHERE id = $1", order.lines[0])
        # What is refunded after it was taken back is not sent any more.
        assert (outcomes, tuple(line)) in [(["done", "done"], (0, 1)), (["CANCEL_REFUSED", "done"], (2, 0))]
    await add_up(connection)


async def test_meets_a_warehouse_that_closes_and_neither_waits_for_ever(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    place = await connection.fetchval("SELECT min(id) FROM warehouses")

    async def close() -> None:
        async with database.transaction() as session:
            await warehouses.close(session, viewer=shop.seller, warehouse_id=place, expected_version=None)

    parcel = await orders.send(database, shop.seller, shop.order_id)
    outcomes = await ended(orders.taken_back(database, shop.seller, parcel), close())
    assert sorted(outcomes) == ["CONFLICT", "done"]
    on_hand = await connection.fetchval("SELECT on_hand FROM stock_levels WHERE warehouse_id = $1", place)
    assert (outcomes[0] == "done", on_hand) in [(True, 1), (False, 0)]
    await add_up(connection)
