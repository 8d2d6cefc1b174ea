"""Returns: asked for by the customer, approved or rejected by the merchant, received there and refunded; withdrawn."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import order_refunds as refund_rules
from domain import returns as rules
from domain.access import Permission, Viewer
from domain.errors import InvalidInput
from domain.fulfilments import FulfilmentStatus
from domain.order_actions import Actor, OrderAction
from domain.order_refunds import RefundReason, Wanted
from domain.returns import OPEN, ReturnAction, ReturnReason, ReturnStatus
from models.fulfilments import Fulfilment, FulfilmentLine
from models.orders import OrderPart
from models.returns import Return, ReturnLine
from services import access, order_holding, order_refunds, stock_returns
from services.access import NotFoundError
from services.order_holding import Held
from services.order_refunds import Plan

_WHY: Mapping[ReturnReason, RefundReason] = {
    ReturnReason.DAMAGED: RefundReason.DAMAGED,
    ReturnReason.WRONG_ITEM: RefundReason.WRONG_ITEM,
    ReturnReason.NOT_AS_DESCRIBED: RefundReason.NOT_AS_DESCRIBED,
}


async def request(
    session: AsyncSession,
    held: Held,
    *,
    lines: Sequence[tuple[int, int]],
    reason: ReturnReason,
    note: str | None,
    now: datetime,
) -> int:
    """Ask to send pieces of one merchant's part of a held order back; gives the return's id.

    Raises NotFoundError, ActionError, InvalidInput, ReturnRefusedError.
    """
    if not lines:
        raise InvalidInput("lines: name at least one", field="lines")
    part = held.part(held.line(lines[0][0], field="lines.0.line_id").part_id)
    held.check(part, OrderAction.REQUEST_RETURN)
    open_pieces = await underway(session, part)
    delivered_at = await _delivered_at(session, part)
    known = {line.id: line for line in held.of(part)}
    seen: set[int] = set()
    for at, (line_id, quantity) in enumerate(lines):
        field = f"lines.{at}.line_id"
        line = held.line(line_id, field=field)
        if line.id not in known:
            raise InvalidInput(f"lines.{at}.lineId: it is another merchant's; ask each by itself", field=field)
        if line_id in seen:
            raise InvalidInput(f"lines.{at}.lineId: this line stands twice", field=field)
        seen.add(line_id)
        rules.check_pieces(
            quantity,
            fulfilled=line.fulfilled,
            returned=line.returned,
            underway=open_pieces.get(line_id, 0),
            field=f"lines.{at}.quantity",
        )
        rules.check_window(delivered_at.get(line_id), now=now, field=f"lines.{at}.lineId")
    made = await session.execute(
        insert(Return)
        .values(
            order_id=part.order_id,
            part_id=part.id,
            merchant_id=part.merchant_id,
            status=ReturnStatus.REQUESTED,
            reason=reason,
            note=rules.note(note),
            requested_at=now,
        )
        .returning(Return.id)
    )
    return_id: int = made.scalar_one()
    await session.execute(
        insert(ReturnLine),
        [{"return_id": return_id, "line_id": line_id, "quantity": quantity} for line_id, quantity in lines],
    )
    said = {
        "return_id": return_id,
        "reason": reason.value,
        "lines": [{"line_id": line_id, "quantity": quantity} for line_id, quantity in lines],
    }
    await order_holding.changed(session, held, "RETURN_REQUESTED", now=now, merchant_id=part.merchant_id, data=said)
    return return_id


async def decide(
    session: AsyncSession,
    *,
    viewer: Viewer,
    return_id: int,
    action: ReturnAction,
    note: str | None,
    now: datetime,
) -> Held:
    """Approve a return, or reject it with a reason; gives the order. Raises NotFoundError, ReturnStateError."""
    held, found = await _held(session, viewer=viewer, return_id=return_id)
    after = rules.after(ReturnStatus(found.status), action)
    found.decision = rules.note(note, required=action is ReturnAction.REJECT)
    found.status, found.decided_at = after.value, now
    found.version += 1
    await order_holding.changed(
        session,
        held,
        f"RETURN_{after.value}",
        now=now,
        merchant_id=found.merchant_id,
        data={"return_id": return_id, **({"note": found.decision} if found.decision else {})},
    )
    return held


async def cancel(session: AsyncSession, *, viewer: Viewer, return_id: int, note: str | None, now: datetime) -> Held:
    """Withdraw a return that has not come: by its customer, or who may refund the part; gives the order.

    Its pieces can be asked for again. Raises NotFoundError, ReturnStateError, InvalidInput.
    """
    held, found = await order_holding.hold_of(session, Return, return_id, viewer=viewer, noun="return")
    if held.actors_at(held.part(found.part_id)).isdisjoint({Actor.HOLDER, Actor.REFUNDER}):
        raise NotFoundError("return", field="return_id")
    after = rules.after(ReturnStatus(found.status), ReturnAction.CANCEL)
    why = rules.note(note)
    found.status, found.cancelled_at = after.value, now
    found.version += 1
    await order_holding.changed(
        session,
        held,
        "RETURN_CANCELLED",
        now=now,
        merchant_id=found.merchant_id,
        data={"return_id": return_id, **({"note": why} if why else {})},
    )
    return held


async def receive(
    session: AsyncSession,
    *,
    viewer: Viewer,
    return_id: int,
    lines: Sequence[tuple[int, int]] | None,
    restock: bool,
    delivery_amount: Callable[[str], int | None],
    now: datetime,
) -> tuple[int, int | None]:
    """Take what was sent back, all of it unless `lines` says, and refund it; gives the order's id and the refund's.

    `delivery_amount` says, in the order's currency, what is refunded of the delivery beside it. Where nothing was left
    to refund there is no refund. Raises NotFoundError, ReturnStateError, InvalidInput, RefundExceedsError.
    """
    held, found = await _held(session, viewer=viewer, return_id=return_id)
    after = rules.after(ReturnStatus(found.status), ReturnAction.RECEIVE)
    received = await _received(session, found, lines)
    found.status, found.received_at = after.value, now
    found.version += 1
    counted = {line.id: min(received.get(line.id, 0), line.fulfilled - line.returned) for line in held.lines}
    for line in held.lines:
        line.returned += counted[line.id]
    await session.flush()
    said = {
        "return_id": return_id,
        "lines": [{"line_id": line_id, "quantity": quantity} for line_id, quantity in received.items()],
        "restocked": restock,
    }
    await order_holding.changed(session, held, "RETURN_RECEIVED", now=now, merchant_id=found.merchant_id, data=said)
    amount = delivery_amount(held.order.currency)
    refund_id = await _refund(session, held, found, counted, restock=restock, delivery_amount=amount, now=now)
    return held.order.id, refund_id


async def _refund(
    session: AsyncSession,
    held: Held,
    found: Return,
    received: Mapping[int, int],
    *,
    restock: bool,
    delivery_amount: int | None,
    now: datetime,
) -> int | None:
    """Refund what has come back and was not refunded before; the rest of it is only put back into stock.

    Pieces that a refund has said to have come back already are not among the `received` ones.
    """
    before = await order_refunds.refunded_before(session, held)
    left = {line.id: order_refunds.left_of(line, before) for line in held.lines}
    refundable = {line_id: min(units, left[line_id].sent_left) for line_id, units in received.items()}
    wanted = [Wanted(line_id, quantity=units, sent=True) for line_id, units in refundable.items() if units]
    plan = Plan(_WHY.get(ReturnReason(found.reason), RefundReason.RETURNED), restock=restock, return_id=found.id)
    plan.lines = refund_rules.of_lines(list(left.values()), wanted)
    if delivery_amount is not None:
        part = held.part(found.part_id)
        given = refund_rules.of_delivery(
            order_refunds.delivery_left(held, part, before), delivery_amount, field="shipping_amount"
        )
        plan.deliveries = {part.id: given}
    again = {line_id: units - refundable[line_id] for line_id, units in received.items()}
    plan.come_back = {line_id: units for line_id, units in again.items() if units}
    if plan.lines or plan.deliveries:
        return (await order_refunds.carry_out(session, held, plan, now=now)).id
    if restock and plan.come_back:
        await stock_returns.put_back(session, viewer=held.viewer, order_id=held.order.id, lines=plan.come_back, now=now)
    return None


async def _received(session: AsyncSession, found: Return, lines: Sequence[tuple[int, int]] | None) -> dict[int, int]:
    """Count what has come of a return, line by line. Raises NotFoundError, InvalidInput."""
    rows = {
        row.line_id: row
        for row in await session.scalars(
            select(ReturnLine).where(ReturnLine.return_id == found.id).order_by(ReturnLine.line_id)
        )
    }
    wanted = [(row.line_id, row.quantity) for row in rows.values()] if lines is None else lines
    for at, (line_id, quantity) in enumerate(wanted):
        row = rows.get(line_id)
        if row is None:
            raise NotFoundError("line of the return", field=f"lines.{at}.line_id")
        if row.received or not 0 < quantity <= row.quantity:
            raise InvalidInput(
                f"lines.{at}.quantity: 1 to {row.quantity} can have come, and each line stands once",
                field=f"lines.{at}.quantity",
            )
        row.received = quantity
    if not wanted:
        raise InvalidInput("lines: name what has come, or reject the return", field="lines")
    return {line_id: row.received for line_id, row in rows.items() if row.received}


async def underway(session: AsyncSession, part: OrderPart) -> dict[int, int]:
    """Count the pieces of each line that stand in open returns."""
    rows = await session.execute(
        select(ReturnLine.line_id, func.sum(ReturnLine.quantity))
        .join(Return, Return.id == ReturnLine.return_id)
        .where(Return.part_id == part.id, Return.status.in_([each.value for each in OPEN]))
        .group_by(ReturnLine.line_id)
    )
    return {line_id: int(units) for line_id, units in rows}


async def _delivered_at(session: AsyncSession, part: OrderPart) -> dict[int, datetime | None]:
    """Say when the last parcel of each line was delivered; None while one is underway."""
    rows = await session.execute(
        select(
            FulfilmentLine.line_id,
            func.max(Fulfilment.delivered_at),
            func.bool_and(Fulfilment.status == FulfilmentStatus.DELIVERED),
        )
        .join(Fulfilment, Fulfilment.id == FulfilmentLine.fulfilment_id)
        .where(Fulfilment.part_id == part.id, Fulfilment.status != FulfilmentStatus.CANCELLED)
        .group_by(FulfilmentLine.line_id)
    )
    return {line_id: at if everything else None for line_id, at, everything in rows}


async def _held(session: AsyncSession, *, viewer: Viewer, return_id: int) -> tuple[Held, Return]:
    """Lock a return's order, and read the return then. Raises NotFoundError unless the viewer may refund its part."""
    held, found = await order_holding.hold_of(session, Return, return_id, viewer=viewer, noun="return")
    access.require(viewer, Permission.ORDERS_REFUND, merchant_id=found.merchant_id, noun="return", field="return_id")
    return held, found
