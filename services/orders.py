"""Orders: held under lock, moved from state to state, with the timeline and the events that tell of it.

Whoever changes an order locks it first, then all else that it has to do with.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from domain import orders as rules
from domain.ledger import Reference
from domain.order_placement import Placed
from domain.orders import RELEASED, OrderStatus
from models.database import driver_of
from models.orders import Order, OrderEntry, OrderLine, OrderPart
from models.recordsets import Insert, hexadecimal
from services import outbox
from services.access import NotFoundError
from services.outbox import Happened

_ORDERS: Final = Insert(
    Order,
    "id number cart_id customer_id token_hash merchant_ids email locale address status currency tax_included subtotal"
    " discount shipping shipping_discount tax points_worth total paid refunded points_used points_earned price"
    " reserved_until placed_at version",
)
_PARTS: Final = Insert(
    OrderPart,
    "id order_id status merchant_id delivery_method delivery_label tax_included subtotal discount shipping"
    " shipping_discount tax shipping_tax points_worth total refunded shipping_refunded points_used points_earned"
    " platform_funding platform_budget merchant_budget commission version",
)
_LINES: Final = Insert(
    OrderLine,
    "id order_id part_id merchant_id variant_id product_id category_id sku name quantity unit_price is_gift"
    " tax_included base discount discounts net tax tax_rate_bp points_used points_worth points_earned total"
    " platform_funding commission fulfilled cancelled returned refunded points_returned",
)
_ENTRIES: Final = Insert(OrderEntry, "order_id merchant_id account_id action from_status to_status data occurred_at")
_HOLD: Final = """
    SELECT id, number, cart_id, customer_id, token_hash, merchant_ids, email, locale, address, status, currency, total,
        paid, refunded, points_used, points_earned, reserved_until, placed_at, paid_at, version
    FROM orders WHERE id = $1 FOR NO KEY UPDATE
"""
_PART_COLUMNS: Final = "SELECT * FROM order_parts WHERE order_id = $1 ORDER BY merchant_id"
_MOVE: Final = """
    UPDATE orders SET status = $2, status_reason = coalesce($3, status_reason), version = version + 1,
        paid_at = CASE WHEN $2 = 'PAID' THEN $4 ELSE paid_at END,
        closed_at = CASE WHEN $5 THEN $4 ELSE closed_at END
    WHERE id = $1 RETURNING version
"""
_CLOSED: Final = frozenset({*RELEASED, OrderStatus.DELIVERED})


def reference(order: Mapping[str, Any], *, part: str = "") -> Reference:
    """Name an order, or a part of it, to the ledger, the points and the coupons."""
    return Reference("ORDER", order["id"], part=part, number=order["number"])


def part_of(merchant_id: int) -> str:
    """Name a merchant's part in references."""
    return f"merchant {merchant_id}"


async def hold(session: AsyncSession, order_id: int, *, field: str = "order_id") -> asyncpg.Record:
    """Lock an order until the transaction ends; gives its columns. Raises NotFoundError."""
    found = await (await driver_of(session)).fetchrow(_HOLD, order_id)
    if found is None:
        raise NotFoundError("order", field=field)
    return found


async def parts(session: AsyncSession, order_id: int) -> list[asyncpg.Record]:
    """Give the parts of a held order, by merchant."""
    found: list[asyncpg.Record] = await (await driver_of(session)).fetch(_PART_COLUMNS, order_id)
    return found


async def move(
    session: AsyncSession,
    order: Mapping[str, Any],
    target: OrderStatus,
    *,
    action: str,
    now: datetime,
    reason: str | None = None,
    account_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> int:
    """Move a held order into a state, with an entry and the event ORDER_<action>; gives its version then.

    Raises OrderStateError where it cannot go there.
    """
    driver = await driver_of(session)
    before = OrderStatus(order["status"])
    rules.moved(before, target)
    version: int = await driver.fetchval(_MOVE, order["id"], target.value, reason, now, target in _CLOSED)
    said = {**(data or {}), **({} if reason is None else {"reason": reason})}
    await entry(session, order["id"], action, now=now, account_id=account_id, change=(before, target), data=said)
    await announce(session, order, f"ORDER_{action}", version=version, data=said)
    return version


async def announce(
    session: AsyncSession,
    order: Mapping[str, Any],
    event_type: str,
    *,
    version: int,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Append an event about an order; it names the number, whose it is and who sells."""
    await outbox.append_all(await driver_of(session), [happened(order, event_type, version=version, data=data)])


def happened(
    order: Mapping[str, Any], event_type: str, *, version: int, data: Mapping[str, Any] | None = None
) -> Happened:
    """Write an event about an order."""
    about = {
        "number": order["number"],
        "customer_id": order["customer_id"],
        "merchant_ids": list(order["merchant_ids"]),
        **(data or {}),
    }
    return Happened(event_type, ("order", order["id"]), version, about)


async def entry(
    session: AsyncSession,
    order_id: int,
    action: str,
    *,
    now: datetime,
    merchant_id: int | None = None,
    account_id: int | None = None,
    change: tuple[str | None, str] | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write a line of an order's timeline; `change` is from which state to which, if it was one."""
    before, after = change or (None, None)
    row = {
        "order_id": order_id,
        "merchant_id": merchant_id,
        "account_id": account_id,
        "action": action,
        "from_status": before,
        "to_status": after,
        "data": dict(data or {}),
        "occurred_at": now,
    }
    await _ENTRIES.run(await driver_of(session), [row])


async def insert(
    session: AsyncSession,
    order: Mapping[str, Any],
    placed: Placed,
    *,
    part_ids: Sequence[int],
    line_ids: Sequence[int],
) -> None:
    """Write a new order, which waits for its payment, with its parts and lines."""
    driver = await driver_of(session)
    row = {**order, "token_hash": hexadecimal(order["token_hash"]), "paid": 0, "refunded": 0, "version": 1}
    await _ORDERS.run(driver, [row])
    by_merchant = {part.merchant_id: part_id for part, part_id in zip(placed.parts, part_ids, strict=True)}
    await _PARTS.run(
        driver,
        [
            {
                **part._asdict(),
                "id": part_id,
                "order_id": order["id"],
                "status": "PENDING",
                "refunded": 0,
                "shipping_refunded": 0,
                "version": 1,
            }
            for part, part_id in zip(placed.parts, part_ids, strict=True)
        ],
    )
    fresh = dict.fromkeys(("fulfilled", "cancelled", "returned", "refunded", "points_returned"), 0)
    await _LINES.run(
        driver,
        [
            {
                **line._asdict(),
                **fresh,
                "id": line_id,
                "order_id": order["id"],
                "part_id": by_merchant[line.merchant_id],
            }
            for line, line_id in zip(placed.lines, line_ids, strict=True)
        ],
    )
