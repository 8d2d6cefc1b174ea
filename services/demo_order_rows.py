"""The rows of the demo's orders, some hundreds at a time: orders, payments, timelines, and the ledger."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from domain.order_placement import PlacedLine, PlacedPart
from domain.orders import NUMBER_PREFIX, OrderStatus
from domain.payments import PaymentMethod, PaymentStatus
from models.orders import Order, OrderEntry, OrderLine, OrderPart
from models.payments import Payment, ProviderCharge
from models.recordsets import Insert
from models.transactions import driver_of
from services import checkout, demo_order_sendings, ledger, settlement
from services.demo_order_makings import Made
from services.demo_order_sendings import CARRIER, Ids
from services.demo_order_shelves import CURRENCY
from services.gateways import payments_test

_HELD: Final = timedelta(minutes=15)
_ORDERS: Final = Insert(
    Order,
    "id number customer_id merchant_ids email locale address status status_reason currency tax_included subtotal"
    " discount shipping shipping_discount tax points_worth total paid refunded points_used points_earned price"
    " reserved_until placed_at paid_at closed_at version",
)
_PARTS: Final = Insert(
    OrderPart, " ".join(("id order_id status refunded shipping_refunded version", *PlacedPart._fields))
)
_LINES: Final = Insert(
    OrderLine,
    " ".join(("id order_id part_id fulfilled cancelled returned refunded points_returned", *PlacedLine._fields)),
)
_PAYMENTS: Final = Insert(
    Payment,
    "id order_id method provider reference key token currency amount status captured refunded attempts failure"
    " created_at answered_at",
)
_CHARGES: Final = Insert(ProviderCharge, "key token currency amount status refunded notices created_at")
_ENTRIES: Final = Insert(OrderEntry, "order_id merchant_id action from_status to_status data occurred_at")
_NUMBERS: Final = """
    SELECT ARRAY(SELECT nextval('orders_id_seq') FROM generate_series(1, $1::int)) AS orders,
        ARRAY(SELECT nextval('order_numbers') FROM generate_series(1, $1::int)) AS numbers,
        ARRAY(SELECT nextval('order_parts_id_seq') FROM generate_series(1, $2::int)) AS parts,
        ARRAY(SELECT nextval('order_lines_id_seq') FROM generate_series(1, $3::int)) AS lines,
        ARRAY(SELECT nextval('payments_id_seq') FROM generate_series(1, $1::int)) AS payments,
        ARRAY(SELECT nextval('fulfilments_id_seq') FROM generate_series(1, $4::int)) AS parcels
"""


async def write(session: AsyncSession, made: Sequence[Made], *, now: datetime) -> None:
    """Write orders with all that belongs to them."""
    if not made:
        return
    driver = driver_of(session)
    numbered = list(zip(made, await _numbered(driver, made), strict=True))
    await _ORDERS.run(driver, [_order(order, ids) for order, ids in numbered])
    parts = [row for order, ids in numbered for row in _parts(order, ids)]
    await _PARTS.run(driver, parts)
    await _LINES.run(driver, [row for order, ids in numbered for row in _lines(order, ids)])
    payments = [_payment(order, ids) for order, ids in numbered]
    await _PAYMENTS.run(driver, payments)
    await _CHARGES.run(driver, [_charge(row) for row in payments])
    await _ENTRIES.run(driver, [row for order, ids in numbered for row in _entries(order, ids)])
    await demo_order_sendings.write(driver, numbered)
    entries = [
        entry
        for order, ids in numbered
        if order.is_paid
        for entry in settlement.entries(
            order_id=ids.order,
            number=ids.number,
            currency=CURRENCY,
            parts=[part._asdict() for part in order.placed.parts],
            at=order.placed_at,
        )
    ]
    await ledger.post_all(session, entries, now=now)


async def _numbered(driver: asyncpg.Connection, made: Sequence[Made]) -> list[Ids]:
    row = await driver.fetchrow(
        _NUMBERS,
        len(made),
        sum(len(order.placed.parts) for order in made),
        sum(len(order.placed.lines) for order in made),
        sum(len(order.sent) for order in made),
    )
    parts, lines, parcels = iter(row["parts"]), iter(row["lines"]), iter(row["parcels"])
    return [
        Ids(
            order_id,
            f"{NUMBER_PREFIX}{number}",
            payment_id,
            {part.merchant_id: next(parts) for part in order.placed.parts},
            [next(lines) for _ in order.placed.lines],
            {each.merchant_id: next(parcels) for each in order.sent},
        )
        for order, order_id, number, payment_id in zip(
            made, row["orders"], row["numbers"], row["payments"], strict=True
        )
    ]


def _order(order: Made, ids: Ids) -> dict[str, Any]:
    cost = order.price.cost
    steps = 1 + order.is_paid + len(order.sent) + sum(each.delivered_at is not None for each in order.sent)
    return {
        "id": ids.order,
        "number": ids.number,
        "customer_id": order.shopper.customer_id,
        "merchant_ids": list(ids.parts),
        "email": order.shopper.email,
        "locale": "en",
        "address": order.address,
        "status": order.status,
        "status_reason": order.reason,
        "currency": CURRENCY,
        "tax_included": order.price.tax_included,
        "subtotal": cost.subtotal,
        "discount": cost.discount,
        "shipping": cost.shipping,
        "shipping_discount": cost.shipping_discount,
        "tax": cost.tax,
        "points_worth": cost.points,
        "total": cost.total,
        "paid": cost.total if order.is_paid else 0,
        "refunded": 0,
        "points_used": 0,
        "points_earned": 0,
        "price": checkout.frozen(order.price, order.price.trace),
        "reserved_until": order.placed_at + _HELD,
        "placed_at": order.placed_at,
        "paid_at": order.placed_at if order.is_paid else None,
        "closed_at": order.closed_at,
        "version": steps if order.is_paid else 2,
    }


def _parts(order: Made, ids: Ids) -> Iterable[dict[str, Any]]:
    for part in order.placed.parts:
        row = {**part._asdict(), "id": ids.parts[part.merchant_id], "order_id": ids.order}
        yield {**row, "status": order.parts[part.merchant_id], "refunded": 0, "shipping_refunded": 0, "version": 1}


def _lines(order: Made, ids: Ids) -> Iterable[dict[str, Any]]:
    sent = {each.merchant_id for each in order.sent}
    nothing = dict.fromkeys(("cancelled", "returned", "refunded", "points_returned"), 0)
    for line, line_id in zip(order.placed.lines, ids.lines, strict=True):
        fulfilled = line.quantity if line.merchant_id in sent else 0
        row = {**line._asdict(), **nothing, "fulfilled": fulfilled, "id": line_id}
        yield {**row, "order_id": ids.order, "part_id": ids.parts[line.merchant_id]}


def _payment(order: Made, ids: Ids) -> dict[str, Any]:
    status = {
        OrderStatus.PAYMENT_FAILED: PaymentStatus.DECLINED,
        OrderStatus.EXPIRED: PaymentStatus.VOIDED,
    }.get(order.status, PaymentStatus.CAPTURED)
    key = f"demo{ids.payment:028d}"
    return {
        "id": ids.payment,
        "order_id": ids.order,
        "method": PaymentMethod.PROVIDER,
        "provider": payments_test.NAME,
        "reference": key,
        "key": key,
        "token": "ok" if order.is_paid else "declined",
        "currency": CURRENCY,
        "amount": order.price.cost.total,
        "status": status,
        "captured": order.price.cost.total if order.is_paid else 0,
        "refunded": 0,
        "attempts": 1,
        "failure": order.reason if status is PaymentStatus.DECLINED else None,
        "created_at": order.placed_at,
        "answered_at": order.placed_at,
    }


def _charge(payment: dict[str, Any]) -> dict[str, Any]:
    """Write what the test provider has in its own books."""
    kept = {name: payment[name] for name in ("key", "token", "currency", "amount", "status", "created_at")}
    return {**kept, "refunded": 0, "notices": 0}


def _entries(order: Made, ids: Ids) -> Iterable[dict[str, Any]]:
    """Tell the order's timeline."""
    waiting = OrderStatus.PENDING_PAYMENT
    first = OrderStatus.PAID if order.is_paid else order.status
    yield _entry(ids, "PLACED", order.placed_at, change=(None, waiting))
    data = {} if order.reason is None else {"reason": order.reason}
    decided_at = order.placed_at if order.is_paid else order.closed_at
    yield _entry(ids, first.value, decided_at, change=(waiting, first), data=data)
    for each in order.sent:
        said = {"fulfilment_id": ids.parcels[each.merchant_id], "carrier": CARRIER}
        yield _entry(ids, "FULFILMENT_CREATED", each.shipped_at, merchant_id=each.merchant_id, data=said)
        if each.delivered_at is not None:
            yield _entry(ids, "FULFILMENT_DELIVERED", each.delivered_at, merchant_id=each.merchant_id, data=said)


def _entry(
    ids: Ids,
    action: str,
    at: datetime | None,
    *,
    merchant_id: int | None = None,
    change: tuple[str | None, str] = (None, ""),
    data: dict[str, Any] | None = None,
) -> dict[str, Any]:
    before, after = change
    return {
        "order_id": ids.order,
        "merchant_id": merchant_id,
        "action": action,
        "from_status": before,
        "to_status": after or None,
        "data": data or {},
        "occurred_at": at,
    }
