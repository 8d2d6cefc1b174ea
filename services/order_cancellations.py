"""Cancelling: an order that is not paid lets go what it holds, a paid one that was not sent gets everything back."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain import order_actions
from domain import order_refunds as rules
from domain.order_actions import Actor, OrderAction
from domain.order_refunds import RefundReason
from domain.orders import OrderStatus, PartStatus
from models.orders import OrderPart
from services import order_refunds, payments
from services.order_holding import Held
from services.order_refunds import Plan


async def cancel(
    session: AsyncSession, held: Held, *, reason: str | None, merchant_id: int | None, now: datetime
) -> None:
    """Cancel a held order, or one merchant's part of it.

    Its customer cancels the whole before anything is sent, staff the parts that they may refund. Raises ActionError,
    NotFoundError, InvalidInput.
    """
    said = rules.note(reason)
    status = OrderStatus(held.order.status)
    if Actor.HOLDER in held.actors and merchant_id is None:
        order_actions.check_order(status, held.actors, OrderAction.CANCEL)
        if status is OrderStatus.PENDING_PAYMENT:
            await payments.abandon(
                session,
                held.known,
                OrderStatus.CANCELLED,
                action="CANCELLED",
                reason=said or "cancelled by its customer",
                now=now,
                account_id=held.viewer.account_id,
            )
            return
        parts = [part for part in held.parts if part.status == PartStatus.READY]
    else:
        parts = _parts(held, merchant_id)
    await _cancel(session, held, parts, note=said, now=now)
    if held.order.status == OrderStatus.CANCELLED:
        # As long as other merchants' parts live, why one of them sends nothing stands at its refund alone.
        held.order.status_reason = said or held.order.status_reason
        await session.flush()


def _parts(held: Held, merchant_id: int | None) -> list[OrderPart]:
    """Choose the parts that staff cancels: the one that is named, or all that are the viewer's to cancel."""
    if merchant_id is not None:
        part = held.part_of(merchant_id, field="merchant_id")
        held.check(part, OrderAction.CANCEL)
        return [part]
    parts = [part for part in held.parts if held.may(part, OrderAction.CANCEL)]
    if not parts:
        for part in held.parts:
            if held.actors_at(part):
                held.check(part, OrderAction.CANCEL)
    return parts


async def _cancel(
    session: AsyncSession, held: Held, parts: list[OrderPart], *, note: str | None, now: datetime
) -> None:
    """Refund all that is left of parts of which nothing was sent; the deliveries go with it."""
    before = await order_refunds.refunded_before(session, held)
    lines = [order_refunds.left_of(line, before) for part in parts for line in held.of(part)]
    plan = Plan(
        RefundReason.CANCELLED,
        lines=[rules.everything(line) for line in lines if line.pieces_left or any(line.left)],
        note=note,
    )
    await order_refunds.carry_out(session, held, plan, now=now)
