"""Taking back parcels that were made by mistake: what is in them is to be sent again, from where it has left."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import fulfilments as rules
from domain import order_refunds as refund_rules
from domain.access import Permission, Viewer
from domain.fulfilments import FulfilmentStatus
from domain.order_actions import OrderAction
from models.fulfilments import FulfilmentLine
from models.orders import OrderPart
from services import access, fulfilments, order_holding, order_refunds, returns, stock_returns
from services.order_holding import Held


async def cancel(session: AsyncSession, *, viewer: Viewer, fulfilment_id: int, note: str | None, now: datetime) -> Held:
    """Take a parcel back that was made by mistake, until it is delivered; gives the order.

    Its pieces are to be sent again, from where they have left; part and order stand where their pieces do then. An
    invoice that was written stays: what is sent next writes none, what is refunded a credit note. Raises NotFoundError,
    ActionError, InvalidInput, CancelRefusedError, PlaceGoneError.
    """
    held, fulfilment = await fulfilments.hold(session, viewer=viewer, fulfilment_id=fulfilment_id)
    access.require(
        viewer,
        Permission.ORDERS_FULFIL,
        merchant_id=fulfilment.merchant_id,
        noun="fulfilment",
        field="fulfilment_id",
    )
    fulfilments.check(held, fulfilment, OrderAction.CANCEL_FULFILMENT, FulfilmentStatus.CANCELLED)
    why = refund_rules.note(note)
    part = held.part(fulfilment.part_id)
    back = await _unsend(session, held, part, fulfilment_id)
    fulfilment.status, fulfilment.cancelled_at = FulfilmentStatus.CANCELLED, now
    fulfilment.version += 1
    await session.flush()
    await order_holding.follow(session, held, now=now)
    await stock_returns.take_back(
        session, viewer=viewer, order_id=held.order.id, fulfilment_id=fulfilment_id, field="fulfilment_id"
    )
    said = {
        "fulfilment_id": fulfilment_id,
        "lines": [{"line_id": line_id, "quantity": quantity} for line_id, quantity in back],
        **({"note": why} if why else {}),
    }
    await order_holding.changed(session, held, "FULFILMENT_CANCELLED", now=now, merchant_id=part.merchant_id, data=said)
    await fulfilments.mail(session, held, "order_shipment_cancelled", back, now=now)
    return held


async def _unsend(session: AsyncSession, held: Held, part: OrderPart, fulfilment_id: int) -> list[tuple[int, int]]:
    """Count what is in a parcel as not sent; gives how many pieces of which line. Raises CancelRefusedError."""
    rows = await session.execute(
        select(FulfilmentLine.line_id, FulfilmentLine.quantity)
        .where(FulfilmentLine.fulfilment_id == fulfilment_id)
        .order_by(FulfilmentLine.line_id)
    )
    pieces = [(line_id, quantity) for line_id, quantity in rows]
    before = await order_refunds.refunded_before(session, held)
    underway = await returns.underway(session, part)
    known = {line.id: line for line in held.of(part)}
    for line_id, quantity in pieces:
        line = known[line_id]
        line.fulfilled -= rules.taken_back(
            quantity,
            unrefunded=order_refunds.left_of(line, before).sent_left,
            unreturned=line.fulfilled - line.returned - underway.get(line_id, 0),
            field="fulfilment_id",
        )
    return pieces
