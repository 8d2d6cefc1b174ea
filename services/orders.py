"""Orders: held under lock, moved from state to state, with the timeline and the events that tell of it.

Whoever changes an order locks it first, then all else that it has to do with.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from domain import orders as rules
from domain.ledger import Reference
from domain.order_placement import Placed
from domain.orders import RELEASED, OrderStatus, PartStatus
from models.orders import Order, OrderEntry, OrderLine, OrderPart
from models.payments import Payment
from models.recordsets import Insert, hexadecimal, together, written
from models.transactions import driver_of
from services import mails, outbox
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
_PAYMENTS: Final = Insert(
    Payment,
    "id order_id method provider key token currency amount status captured refunded attempts check_at created_at"
    " answered_at",
)
_HELD: Final = """
    orders.id, number, cart_id, customer_id, token_hash, merchant_ids, email, locale, address, orders.status,
    orders.currency, total, paid, orders.refunded, points_used, points_earned, reserved_until, placed_at, paid_at,
    version
"""
_HOLD: Final = f"SELECT {_HELD} FROM orders WHERE id = $1 FOR NO KEY UPDATE"  # noqa: S608 - ours
_HOLD_PAID_BY: Final = f"""
    SELECT {_HELD}, payments.id AS payment_id, payments.status AS payment_status, payments.amount AS payment_amount,
        payments.currency AS payment_currency, payments.attempts AS payment_attempts,
        payments.captured AS payment_captured, payments.captured_currency AS payment_captured_currency,
        payments.unasked AS payment_unasked
    FROM payments JOIN orders ON orders.id = payments.order_id WHERE payments.key = $1 AND payments.provider = $2
    FOR NO KEY UPDATE OF orders, payments
"""  # noqa: S608 - ours
"""Postgres gives of rows that are locked what they are after the wait, and of no others: so both are locked."""


def parts_of(order_id: str, *also: str) -> str:
    """Write the SELECT of an order's parts, by merchant, for statements that do more, and what each is to say `also`.

    `order_id` is a parameter, such as `$1`. Each says whether the order has, or had, coupons reserved.
    """
    has_coupons = f"""EXISTS (
        SELECT FROM coupon_reservations WHERE reference_type = 'ORDER' AND reference_id = {order_id}
    ) AS has_coupons"""
    columns = ", ".join(("*", has_coupons, *also))
    return f"SELECT {columns} FROM order_parts WHERE order_id = {order_id} ORDER BY merchant_id"  # noqa: S608 - ours


_PARTS_OF: Final = parts_of("$1")
_MOVE: Final = together(
    """UPDATE orders SET status = $2, status_reason = coalesce($3, status_reason), version = version + 1,
        paid_at = CASE WHEN $2 = 'PAID' THEN $4 ELSE paid_at END,
        closed_at = CASE WHEN $5 THEN $4 ELSE closed_at END
    WHERE id = $1""",
    """UPDATE order_parts SET status = $6, version = version + 1
    WHERE order_id = $1 AND $6::text IS NOT NULL AND status = 'PENDING'""",
    _ENTRIES.given("$7"),
    outbox.EVENTS.given("$8"),
    mails.MAILS.given("$9"),
    outbox.WAKE,
)
_PLACE: Final = together(
    _ORDERS.given("$1"),
    _PARTS.given("$2"),
    _LINES.given("$3"),
    _PAYMENTS.given("$4"),
    _ENTRIES.given("$5"),
    outbox.EVENTS.given("$6"),
    "UPDATE carts SET order_id = $8, version = version + 1, changed_at = $9 WHERE id = $7",
    outbox.WAKE,
)
_CLOSED: Final = frozenset({*RELEASED, OrderStatus.DELIVERED})


def reference(order: Mapping[str, Any], *, part: str = "") -> Reference:
    """Name an order, or a part of it, to the ledger, the points and the coupons."""
    return Reference("ORDER", order["id"], part=part, number=order["number"])


def part_of(merchant_id: int) -> str:
    """Name a merchant's part in references."""
    return f"merchant {merchant_id}"


async def hold(session: AsyncSession, order_id: int, *, field: str = "order_id") -> asyncpg.Record:
    """Lock an order until the transaction ends; gives its columns. Raises NotFoundError."""
    found = await driver_of(session).fetchrow(_HOLD, order_id)
    if found is None:
        raise NotFoundError("order", field=field)
    return found


async def hold_paid_by(session: AsyncSession, *, key: str, provider: str) -> asyncpg.Record | None:
    """Lock the order that a payment is of, and the payment, by the payment's key; None if there is no such payment.

    Beside the order's columns it has some of the payment's, as `payment_`.
    """
    return await driver_of(session).fetchrow(_HOLD_PAID_BY, key, provider)


async def parts(session: AsyncSession, order_id: int) -> list[asyncpg.Record]:
    """Give the parts of a held order, by merchant; each says whether the order has, or had, coupons reserved."""
    found: list[asyncpg.Record] = await driver_of(session).fetch(_PARTS_OF, order_id)
    return found


async def move(  # noqa: PLR0913 - what goes with the move goes in its statement
    session: AsyncSession,
    order: Mapping[str, Any],
    target: OrderStatus,
    *,
    action: str,
    now: datetime,
    reason: str | None = None,
    account_id: int | None = None,
    parts_to: PartStatus | None = None,
    mail: Mapping[str, Any] | None = None,
) -> int:
    """Move a held order into a state, with an entry and the event ORDER_<action>; gives its version then.

    Its PENDING parts go to `parts_to`, and a `mail` is requested, as `mails.row` writes it. Raises OrderStateError
    where it cannot go there.
    """
    before, version = OrderStatus(order["status"]), int(order["version"]) + 1
    rules.moved(before, target)
    if parts_to is not None:
        rules.part_moved(PartStatus.PENDING, parts_to)
    said = {} if reason is None else {"reason": reason}
    told = happened(order, f"ORDER_{action}", version=version, data=said)
    line = _entry(order["id"], action, now=now, account_id=account_id, change=(before, target), data=said)
    await driver_of(session).execute(
        _MOVE,
        order["id"],
        target.value,
        reason,
        now,
        target in _CLOSED,
        parts_to and parts_to.value,
        written([line]),
        written(outbox.rows([told])),
        written([] if mail is None else [mail]),
    )
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
    await outbox.append_all(driver_of(session), [happened(order, event_type, version=version, data=data)])


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


async def entry(session: AsyncSession, order_id: int, action: str, *, now: datetime, **about: Any) -> None:
    """Write a line of an order's timeline; `about` as `_entry` takes it."""
    await _ENTRIES.run(driver_of(session), [_entry(order_id, action, now=now, **about)])


def _entry(
    order_id: int,
    action: str,
    *,
    now: datetime,
    merchant_id: int | None = None,
    account_id: int | None = None,
    change: tuple[str | None, str] | None = None,
    data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Make a line of a timeline, about one merchant's part if one is named; `change` is from which state to which."""
    before, after = change or (None, None)
    return {
        "order_id": order_id,
        "merchant_id": merchant_id,
        "account_id": account_id,
        "action": action,
        "from_status": before,
        "to_status": after,
        "data": dict(data or {}),
        "occurred_at": now,
    }


class New(NamedTuple):
    """An order that is to be written, with the ids that its rows get."""

    order: Mapping[str, Any]
    placed: Placed
    payments: Sequence[Mapping[str, Any]]
    part_ids: Sequence[int]
    line_ids: Sequence[int]


_FRESH_PART: Final = {"status": PartStatus.PENDING, "refunded": 0, "shipping_refunded": 0, "version": 1}
_FRESH_LINE: Final = dict.fromkeys(("fulfilled", "cancelled", "returned", "refunded", "points_returned"), 0)


async def place(session: AsyncSession, new: New, *, cart_id: int, cart_version: int, now: datetime) -> None:
    """Write a new order, which waits for its payment, and say of its cart (which is held) that it is ordered."""
    order, order_id = new.order, new.order["id"]
    row = {**order, "token_hash": hexadecimal(order["token_hash"]), "refunded": 0, "version": 1}
    part_ids = {part.merchant_id: part_id for part, part_id in zip(new.placed.parts, new.part_ids, strict=True)}
    parts = [
        {**part._asdict(), **_FRESH_PART, "id": part_ids[part.merchant_id], "order_id": order_id}
        for part in new.placed.parts
    ]
    lines = [
        {
            **line._asdict(),
            **_FRESH_LINE,
            "id": line_id,
            "order_id": order_id,
            "part_id": part_ids[line.merchant_id],
        }
        for line, line_id in zip(new.placed.lines, new.line_ids, strict=True)
    ]
    amount = {"total": order["total"], "currency": order["currency"]}
    events = [
        happened(order, "ORDER_PLACED", version=1, data=amount),
        Happened("CART_CHANGED", ("cart", cart_id), cart_version + 1, {"what": "order"}),
    ]
    await driver_of(session).execute(
        _PLACE,
        written([row]),
        written(parts),
        written(lines),
        written(new.payments),
        written([_entry(order_id, "PLACED", now=now, change=(None, order["status"]))]),
        written(outbox.rows(events)),
        cart_id,
        order_id,
        now,
    )
