"""An order in each state allows what the table of actions says, and refuses the rest without changing anything."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NoReturn

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import MerchantRole, Viewer
from domain.errors import Refusal
from domain.fulfilments import Parcel
from domain.order_refunds import RefundReason, Wanted
from domain.orders import OrderStatus
from domain.returns import ReturnReason
from models.database import Database
from models.tables import metadata
from services import (
    fulfilment_cancellations,
    fulfilments,
    order_cancellations,
    order_holding,
    order_refunds,
    payments,
    returns,
)
from services.order_holding import Held
from tests.factories import bought as orders
from tests.factories import catalogue, people
from tests.factories.bought import NOW, Bought, Buying

Doing = Callable[[AsyncSession, Held, Bought], Awaitable[Any]]


async def cancel(session: AsyncSession, held: Held, _: Bought) -> None:
    await order_cancellations.cancel(session, held, reason="no more", merchant_id=None, now=NOW)


async def fulfil(session: AsyncSession, held: Held, _: Bought) -> None:
    await fulfilments.create(session, held, merchant_id=None, lines=None, parcel=Parcel(), now=NOW)


async def last_parcel(session: AsyncSession, held: Held) -> int:
    found = await (await session.connection()).exec_driver_sql(
        "SELECT coalesce(max(id), 0) FROM fulfilments WHERE order_id = $1", (held.order.id,)
    )
    return int(found.scalar_one())


async def confirm(session: AsyncSession, held: Held, _: Bought) -> None:
    parcel = await last_parcel(session, held)
    await fulfilments.confirm(session, viewer=held.viewer, fulfilment_id=parcel, now=NOW)


async def take_back(session: AsyncSession, held: Held, _: Bought) -> None:
    parcel = await last_parcel(session, held)
    await fulfilment_cancellations.cancel(session, viewer=held.viewer, fulfilment_id=parcel, note=None, now=NOW)


async def refund(session: AsyncSession, held: Held, bought: Bought) -> None:
    await order_refunds.refund(
        session,
        held,
        lines=[Wanted(bought.lines[0], amount=1)],
        deliveries=[],
        reason=RefundReason.GOODWILL,
        restock=False,
        note=None,
        now=NOW,
    )


async def send_back(session: AsyncSession, held: Held, bought: Bought) -> None:
    await returns.request(session, held, lines=[(bought.lines[0], 1)], reason=ReturnReason.UNWANTED, note=None, now=NOW)


ACTIONS: Final[dict[tuple[str, str], Doing]] = {
    ("customer", "CANCEL"): cancel,
    ("customer", "FULFIL"): fulfil,
    ("customer", "CANCEL_FULFILMENT"): take_back,
    ("customer", "CONFIRM_DELIVERY"): confirm,
    ("customer", "REFUND"): refund,
    ("customer", "REQUEST_RETURN"): send_back,
    ("manager", "CANCEL"): cancel,
    ("manager", "FULFIL"): fulfil,
    ("manager", "CANCEL_FULFILMENT"): take_back,
    ("manager", "CONFIRM_DELIVERY"): confirm,
    ("manager", "REFUND"): refund,
    ("manager", "REQUEST_RETURN"): send_back,
    ("packer", "CANCEL"): cancel,
    ("packer", "FULFIL"): fulfil,
    ("packer", "CANCEL_FULFILMENT"): take_back,
    ("packer", "CONFIRM_DELIVERY"): confirm,
    ("packer", "REFUND"): refund,
    ("packer", "REQUEST_RETURN"): send_back,
}
# Written down by hand. In PARTIALLY_FULFILLED two of three pieces were sent; what is delivered is not confirmed again.
ALLOWED: Final = {
    OrderStatus.PENDING_PAYMENT: {("customer", "CANCEL")},
    OrderStatus.PAID: {
        ("customer", "CANCEL"),
        ("manager", "CANCEL"),
        ("manager", "FULFIL"),
        ("manager", "REFUND"),
        ("packer", "FULFIL"),
    },
    OrderStatus.PARTIALLY_FULFILLED: {
        ("customer", "CONFIRM_DELIVERY"),
        ("customer", "REQUEST_RETURN"),
        ("manager", "FULFIL"),
        ("manager", "CANCEL_FULFILMENT"),
        ("manager", "CONFIRM_DELIVERY"),
        ("manager", "REFUND"),
        ("packer", "FULFIL"),
        ("packer", "CANCEL_FULFILMENT"),
        ("packer", "CONFIRM_DELIVERY"),
    },
    OrderStatus.FULFILLED: {
        ("customer", "CONFIRM_DELIVERY"),
        ("customer", "REQUEST_RETURN"),
        ("manager", "CANCEL_FULFILMENT"),
        ("manager", "CONFIRM_DELIVERY"),
        ("manager", "REFUND"),
        ("packer", "CANCEL_FULFILMENT"),
        ("packer", "CONFIRM_DELIVERY"),
    },
    OrderStatus.DELIVERED: {("customer", "REQUEST_RETURN"), ("manager", "REFUND")},
    OrderStatus.CANCELLED: set(),
    OrderStatus.PAYMENT_FAILED: set(),
    OrderStatus.EXPIRED: set(),
}


async def bring(database: Database, status: OrderStatus, bought: Bought, manager: Viewer, customer: Viewer) -> None:
    """Bring an order that waits for its payment into a state."""
    if status in {OrderStatus.PAYMENT_FAILED, OrderStatus.EXPIRED}:
        async with orders.caring(database, customer, bought.order_id) as (session, held):
            await payments.abandon(session, held.known, status, action=status.value, reason="no money", now=NOW)
        return
    if status is OrderStatus.PENDING_PAYMENT:
        return
    await orders.pay(database, bought.order_id)
    if status is OrderStatus.CANCELLED:
        async with orders.caring(database, customer, bought.order_id) as (session, held):
            await cancel(session, held, bought)
    if status is OrderStatus.PARTIALLY_FULFILLED:
        await orders.send(database, manager, bought.order_id, lines=[(bought.lines[0], 2)])
    if status in {OrderStatus.FULFILLED, OrderStatus.DELIVERED}:
        parcel = await orders.send(database, manager, bought.order_id)
        if status is OrderStatus.DELIVERED:
            await orders.delivered(database, manager, parcel)


class Undone(Exception):  # noqa: N818 - it is no error
    """Takes back what was tried."""


def undo() -> NoReturn:
    raise Undone


@pytest.mark.parametrize("status", OrderStatus)
async def test_all_actions(database: Database, connection: asyncpg.Connection, status: OrderStatus) -> None:
    ada = await catalogue.merchant(connection)
    viewers = {
        "customer": await people.customer(connection),
        "manager": await people.member(connection, ada, MerchantRole.MANAGER),
        "packer": await people.member(connection, ada, MerchantRole.PACKER),
    }
    customer = viewers["customer"]
    pieces = [await orders.piece(connection, ada, 2_990, 3)]
    bought = await orders.buy(database, Buying(pieces, customer_id=customer.customer_id, shipping=590, paid=False))
    await bring(database, status, bought, viewers["manager"], customer)
    found = await connection.fetchrow("SELECT status FROM orders")
    assert found["status"] == status
    before = {table.name: await connection.fetch(f'TABLE "{table.name}"') for table in metadata.sorted_tables}
    for (role, action), do in ACTIONS.items():
        code = None
        try:
            async with database.transaction() as session:
                held = await order_holding.hold(session, viewer=viewers[role], order_id=bought.order_id)
                await do(session, held, bought)
                undo()
        except Refusal as refusal:
            code = refusal.code
        except Undone:
            pass
        if (role, action) in ALLOWED[status]:
            assert code is None, (role, action)
        else:
            assert code in {"INVALID_STATE", "NOT_FOUND"}, (role, action, code)
            # A parcel that there is not is nobody's, and its customer's is another one's to take back; all else is
            # refused for the state.
            assert code == "INVALID_STATE" or action in {"CONFIRM_DELIVERY", "CANCEL_FULFILMENT"}
    assert {table.name: await connection.fetch(f'TABLE "{table.name}"') for table in metadata.sorted_tables} == before
