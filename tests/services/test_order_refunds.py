"""A refund of an order ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from domain.errors import InvalidInput, Refusal
from domain.order_actions import ActionError
from domain.order_refunds import RefundExceedsError, RefundReason, Wanted
from domain.pricing_facts import Points, Rate
from models.database import Database
from models.order_refunds import Refund
from models.tables import metadata
from services import ledger_audit, order_cancellations, order_refunds
from services.access import NotFoundError
from services.order_refunds import WantedDelivery
from tests.factories import bought as orders
from tests.factories import catalogue, club, people
from tests.factories.bought import NOW, Bought, Buying


class Shop:
    """Ada and Bob sell; Bea has bought three lamps of Ada's and a chair of Bob's, 5.90 for each delivery."""

    def __init__(self, ada: int, bob: int, managers: dict[int, Viewer], bea: Viewer, bought: Bought) -> None:
        self.ada, self.bob, self.managers, self.bea, self.bought = ada, bob, managers, bea, bought


@pytest.fixture
async def shop(database: Database, connection: asyncpg.Connection) -> Shop:
    ada, bob = await catalogue.merchant(connection), await catalogue.merchant(connection)
    managers = {each: await people.member(connection, each, MerchantRole.MANAGER) for each in (ada, bob)}
    bea = await people.customer(connection)
    await club.points(connection, bea.customer_id or 0, 1_000)
    pieces = [await orders.piece(connection, ada, 2_990, 3), await orders.piece(connection, bob, 10_001)]
    # 1,000 points pay 10.00: 4.73 of the lamps, 5.27 of the chair. One is earned for each unit of money.
    points = Points(available=1_000, asked=1_000, burn=Rate(1, 1), earn=Rate(1, 100))
    bought = await orders.buy(database, Buying(pieces, customer_id=bea.customer_id, shipping=590, points=points))
    return Shop(ada, bob, managers, bea, bought)


async def give(
    database: Database,
    shop: Shop,
    viewer: Viewer,
    *,
    lines: list[Wanted],
    deliveries: list[WantedDelivery] | None = None,
    restock: bool = False,
) -> Refund:
    async with orders.caring(database, viewer, shop.bought.order_id) as (session, held):
        return await order_refunds.refund(
            session,
            held,
            lines=lines,
            deliveries=deliveries or [],
            reason=RefundReason.DAMAGED,
            restock=restock,
            note=None,
            now=NOW,
        )


async def books(connection: asyncpg.Connection) -> dict[tuple[str, int], int]:
    """Sum every account of money, and the customer's points."""
    rows = await connection.fetch(
        """SELECT kind, owner_id, sum(amount)::bigint AS amount FROM ledger_postings
           JOIN ledger_accounts ON ledger_accounts.id = account_id GROUP BY kind, owner_id HAVING sum(amount) <> 0"""
    )
    return {(row["kind"], row["owner_id"]): row["amount"] for row in rows}


async def everything(connection: asyncpg.Connection) -> dict[str, Any]:
    return {table.name: await connection.fetch(f'TABLE "{table.name}"') for table in metadata.sorted_tables}


async def test_of_all_in_steps_leaves_nothing_in_the_books(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    lamps, chair = shop.bought.lines
    paid = await books(connection)
    assert paid["PAYMENTS", 1] == -shop.bought.price.cost.total == -19_151
    ada = shop.managers[shop.ada]
    first = await give(database, shop, ada, lines=[Wanted(lamps, quantity=1)])
    second = await give(database, shop, ada, lines=[Wanted(lamps, amount=1_000)])
    third = await give(database, shop, ada, lines=[Wanted(lamps, quantity=2)])
    # 89.70 - 4.73 = 84.97 for three: 28.32; 10.00; the rest, and the delivery of a part that will not be sent.
    assert [refund.amount for refund in (first, second, third)] == [2_832, 1_000, 8_497 - 3_832 + 590]
    assert sum(refund.points for refund in (first, second, third)) == 473
    part = await connection.fetchrow("SELECT * FROM order_parts WHERE merchant_id = $1", shop.ada)
    assert (part["status"], part["refunded"], part["shipping_refunded"]) == ("CANCELLED", 9_087, 590)
    left = await books(connection)
    assert ("MERCHANT_PAYABLE", shop.ada) not in left
    assert ("TAX_PAYABLE", shop.ada) not in left
    assert left["MERCHANT_PAYABLE", shop.bob] == paid["MERCHANT_PAYABLE", shop.bob]

    last = await give(database, shop, shop.managers[shop.bob], lines=[Wanted(chair, quantity=1)])
    assert (last.amount, last.points) == (10_001 - 527 + 590, 527)
    # All that is left are the points as they were given.
    assert await books(connection) == {("POINTS_ISSUED", 1): -1_000, ("POINTS_AVAILABLE", shop.bea.customer_id): 1_000}
    order = await connection.fetchrow("SELECT status, paid, refunded, total FROM orders")
    assert tuple(order) == ("CANCELLED", 19_151, 19_151, 19_151)
    assert await connection.fetchval("SELECT sum(amount) FROM payment_refunds") == 19_151
    assert await connection.fetchval("SELECT sum(reserved) FROM stock_levels") == 0
    assert await connection.fetchval("SELECT amount - refunded FROM membership_spend") == 0
    assert (await ledger_audit.audit(connection, now=NOW)).findings == ()


async def test_of_what_was_sent_puts_it_back_into_stock_if_it_has_come_back(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    lamps, _ = shop.bought.lines
    ada = shop.managers[shop.ada]
    await orders.send(database, ada, shop.bought.order_id)
    assert await connection.fetchval("SELECT sum(on_hand) FROM stock_levels WHERE on_hand < 100") == 97
    await give(database, shop, ada, lines=[Wanted(lamps, quantity=1)])
    await give(database, shop, ada, lines=[Wanted(lamps, quantity=2)], restock=True)
    levels = await connection.fetch("SELECT on_hand, reserved FROM stock_levels ORDER BY variant_id")
    assert [tuple(row) for row in levels] == [(99, 0), (100, 1)]
    rows = await connection.fetch("SELECT quantity, cancelled, restocked FROM refund_lines ORDER BY id")
    assert [tuple(row) for row in rows] == [(1, 0, 0), (2, 0, 2)]
    line = await connection.fetchrow(
        "SELECT fulfilled, cancelled, returned, refunded, total FROM order_lines WHERE id = $1", lamps
    )
    assert tuple(line) == (3, 0, 2, 8_497, 8_497)
    # It was sent and stays so, and so does the delivery's price.
    assert await connection.fetchval("SELECT status FROM order_parts WHERE merchant_id = $1", shop.ada) == "FULFILLED"


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ([Wanted(0, quantity=4)], RefundExceedsError),
        ([Wanted(0, amount=8_498)], RefundExceedsError),
        ([Wanted(0, quantity=1), Wanted(0, quantity=1)], InvalidInput),
        ([Wanted(1, quantity=1)], NotFoundError),
        ([Wanted(0, quantity=1), Wanted(9_999, quantity=1)], NotFoundError),
        ([], InvalidInput),
    ],
)
async def test_that_is_refused_changes_nothing(
    database: Database, connection: asyncpg.Connection, shop: Shop, wanted: list[Wanted], refusal: type[Refusal]
) -> None:
    known = dict(enumerate(shop.bought.lines))
    lines = [Wanted(known.get(each.line_id, 9_999), each.quantity, each.amount) for each in wanted]
    before = await everything(connection)
    with pytest.raises(refusal):
        await give(database, shop, shop.managers[shop.ada], lines=lines)
    assert await everything(connection) == before


async def test_of_a_delivery_is_its_merchants_to_give(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    ada = shop.managers[shop.ada]
    before = await everything(connection)
    with pytest.raises(NotFoundError):
        await give(database, shop, ada, lines=[], deliveries=[WantedDelivery(shop.bob)])
    with pytest.raises(RefundExceedsError):
        await give(database, shop, ada, lines=[], deliveries=[WantedDelivery(shop.ada, 591)])
    assert await everything(connection) == before
    assert (await give(database, shop, ada, lines=[], deliveries=[WantedDelivery(shop.ada, 100)])).amount == 100
    agent = await people.staff(connection, PlatformRole.AGENT)
    both = [WantedDelivery(shop.ada), WantedDelivery(shop.bob, 90)]
    assert (await give(database, shop, agent, lines=[], deliveries=both)).amount == 490 + 90
    parts = await connection.fetch("SELECT refunded, shipping_refunded FROM order_parts ORDER BY id")
    assert [tuple(row) for row in parts] == [(590, 590), (90, 90)]


async def test_is_cancelling_where_nothing_was_sent(
    database: Database, connection: asyncpg.Connection, shop: Shop
) -> None:
    async with orders.caring(database, shop.managers[shop.bob], shop.bought.order_id) as (session, held):
        await order_cancellations.cancel(session, held, reason="sold out", merchant_id=None, now=NOW)
    statuses = await connection.fetch("SELECT status FROM order_parts ORDER BY id")
    assert [row["status"] for row in statuses] == ["READY", "CANCELLED"]
    assert tuple(await connection.fetchrow("SELECT status, refunded FROM orders")) == ("PAID", 10_001 - 527 + 590)
    await orders.send(database, shop.managers[shop.ada], shop.bought.order_id)
    before = await everything(connection)
    for viewer in (shop.bea, *shop.managers.values()):

        async def cancel(viewer: Viewer = viewer) -> None:
            async with orders.caring(database, viewer, shop.bought.order_id) as (session, held):
                await order_cancellations.cancel(session, held, reason=None, merchant_id=None, now=NOW)

        with pytest.raises(ActionError):
            await cancel()
    assert await everything(connection) == before
