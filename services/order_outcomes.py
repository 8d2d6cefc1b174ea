"""What becomes of an order that waits for its payment: it is paid, or it lets go of all that it holds."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from domain import money
from domain.orders import OrderStatus, PartStatus
from models.transactions import driver_of
from services import (
    coupons,
    mails,
    membership,
    orders,
    points_earned,
    points_reservations,
    settlement,
    stock_reservations,
)
from services.outbox import Happened, append_all

GRACE: Final = timedelta(minutes=10)
"""So much longer than the order itself its points and coupons are reserved: they are let go with it, not before."""

_FREE_CART: Final = """
    UPDATE carts SET order_id = NULL, version = version + 1, changed_at = $2 WHERE order_id = $1 RETURNING id, version
"""


async def pay(
    session: AsyncSession, order: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], *, now: datetime
) -> None:
    """Make a held order PAID: what it has reserved is used, what is owed for it is posted, and its merchants may send.

    `parts` are the order's, as `orders.parts` gives them. Raises OrderStateError unless it waits for its payment,
    ReservationGoneError of points or coupons that were let go.
    """
    about, customer_id = orders.reference(order), order["customer_id"]
    if parts[0]["has_coupons"]:
        # Whatever became of them: those that were let go cannot be used, and that is not to be passed over.
        await coupons.redeem(session, reference=about, now=now)
    if order["points_used"]:
        await points_reservations.redeem(session, reference=about, now=now)
    if customer_id is not None:
        earned = {
            orders.reference(order, part=orders.part_of(part["merchant_id"])): part["points_earned"] for part in parts
        }
        await points_earned.earn_all(session, customer_id=customer_id, points=earned, now=now)
        if order["total"]:
            await membership.record_spend(
                session,
                customer_id=customer_id,
                amount=order["total"],
                currency=order["currency"],
                reference=about,
                now=now,
            )
    await session.flush()
    await settlement.settle(
        session, order_id=order["id"], number=order["number"], currency=order["currency"], parts=parts, now=now
    )
    mail = mails.row(
        template="order_confirmed",
        recipient=order["email"],
        account_id=None,
        facts={
            "number": order["number"],
            "name": order["address"]["name"],
            "total": money.format_amount(order["total"], order["currency"]),
            "currency": order["currency"],
        },
        now=now,
    )
    await orders.move(session, order, OrderStatus.PAID, action="PAID", parts_to=PartStatus.READY, mail=mail, now=now)


async def let_go(
    session: AsyncSession,
    order: Mapping[str, Any],
    target: OrderStatus,
    *,
    action: str,
    reason: str,
    now: datetime,
    account_id: int | None = None,
) -> None:
    """Move a held order that is not paid into a state in which it holds nothing, and let go what it held.

    What gift cards and store credit have paid is given back by `services.payments`, which calls this.
    """
    driver, about = driver_of(session), orders.reference(order)
    if (await orders.parts(session, order["id"]))[0]["has_coupons"]:
        await coupons.release(session, reference=about, now=now)
    if order["points_used"]:
        await points_reservations.release(session, reference=about, now=now)
    await session.flush()
    await stock_reservations.release(session, order_id=order["id"], now=now)
    await orders.move(
        session,
        order,
        target,
        action=action,
        reason=reason,
        parts_to=PartStatus.CANCELLED,
        now=now,
        account_id=account_id,
    )
    freed = await driver.fetch(_FREE_CART, order["id"], now)
    told = [Happened("CART_CHANGED", ("cart", row["id"]), row["version"], {"what": "order"}) for row in freed]
    await append_all(driver, told)
