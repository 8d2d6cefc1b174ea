"""Refunds: what goes back to the customer, and everything that goes back with it, in one transaction.

Money goes back by the payments it came from, points to their lots, earned points and the merchant's share are taken
back, pieces that were not sent are let go, others put back into stock. All of it is in the proportion of what is left,
so that any steps add up to the whole. Locks: the order, coupons, points, cards and credit, stock, the membership, and
last the series of credit notes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain import money
from domain import order_refunds as rules
from domain.coupons import ReservationState
from domain.errors import InvalidInput
from domain.ledger import Reference
from domain.order_actions import OrderAction
from domain.order_refunds import Refundable, Refunded, RefundReason, Shares, Wanted
from domain.orders import OrderStatus, PartStatus
from domain.settlement import Share
from models.order_refunds import Refund, RefundLine
from models.orders import OrderLine, OrderPart
from models.payments import PaymentRefund
from models.promotions import CouponReservation
from services import (
    coupons,
    invoices,
    mails,
    membership,
    order_holding,
    orders,
    payment_refunds,
    points,
    points_reservations,
    settlement,
    stock_reservations,
    stock_returns,
)
from services.order_holding import Held

_SHARES: Final = Shares._fields


@dataclass(frozen=True, slots=True)
class WantedDelivery:
    """What is to be refunded of a merchant's delivery: so much money, or None for all that is left of it."""

    merchant_id: int
    amount: int | None = None
    field: str = "shipping."


@dataclass(slots=True)
class Plan:
    """What a refund gives, before it is written: of which lines, and of which parts' deliveries; and why."""

    reason: RefundReason
    lines: list[Refunded] = field(default_factory=list)
    deliveries: dict[int, Shares] = field(default_factory=dict)
    """By the part's id."""
    restock: bool = False
    restocked: dict[int, int] = field(default_factory=dict)
    """Pieces, by line, that go back into stock with the refund."""
    come_back: Mapping[int, int] = field(default_factory=dict)
    """Pieces, by line, that have come back but were refunded before."""
    note: str | None = None
    return_id: int | None = None


async def refund(
    session: AsyncSession,
    held: Held,
    *,
    lines: Sequence[Wanted],
    deliveries: Sequence[WantedDelivery],
    reason: RefundReason,
    restock: bool,
    note: str | None,
    now: datetime,
) -> Refund:
    """Refund pieces or amounts of lines, and deliveries, of a held order; gives the refund.

    Pieces that were not sent yet will not be; of the others, `restock` puts those back into stock that have come back.
    Raises NotFoundError, ActionError, InvalidInput, RefundExceedsError.
    """
    plan = Plan(reason, restock=restock, note=rules.note(note))
    before = await refunded_before(session, held)
    for each in lines:
        line = held.line(each.line_id, field=f"{each.field}line_id")
        held.check(held.part(line.part_id), OrderAction.REFUND)
    plan.lines = rules.of_lines([left_of(line, before) for line in held.lines], lines)
    for wanted in deliveries:
        part = held.part_of(wanted.merchant_id, field=f"{wanted.field}merchant_id")
        held.check(part, OrderAction.REFUND)
        if part.id in plan.deliveries:
            raise InvalidInput(f"{wanted.field}merchantId: it stands twice", field=f"{wanted.field}merchant_id")
        left = delivery_left(held, part, before)
        plan.deliveries[part.id] = rules.of_delivery(left, wanted.amount, field=f"{wanted.field}amount")
    plan.deliveries = {part_id: given for part_id, given in plan.deliveries.items() if any(given)}
    if not plan.lines and not plan.deliveries:
        raise InvalidInput("lines: name what is to be refunded: lines, or what is left of a delivery", field="lines")
    return await carry_out(session, held, plan, now=now)


async def carry_out(session: AsyncSession, held: Held, plan: Plan, *, now: datetime) -> Refund:
    """Write a refund with all that follows from it."""
    before = await refunded_before(session, held)
    _count(held, plan)
    delivered = await order_holding.follow(session, held, now=now)
    _add_deliveries_of_cancelled(held, plan, before)
    refund, rows = await _write(session, held, plan, now=now)
    await _give_back(session, held, refund, rows, now=now)
    for merchant_id in sorted(delivered):
        await points.confirm(session, reference=orders.reference(held.known, part=orders.part_of(merchant_id)), now=now)
    restocked = await _move_stock(session, held, plan, now=now)
    for row in rows:
        row.restocked = restocked.get(row.line_id or 0, 0)
    session.add_all(rows)
    await session.flush()
    await _record(session, held, refund, now=now)
    said = {
        "refund_id": refund.id,
        "reason": plan.reason.value,
        "amount": money.format_amount(refund.amount, refund.currency),
        "currency": refund.currency,
        "points": refund.points,
        "merchant_ids": sorted({row.merchant_id for row in rows}),
    }
    await order_holding.changed(session, held, "REFUNDED", "ORDER_REFUNDED", now=now, data=said)
    await _mail(session, held, refund, now=now)
    await invoices.credit(session, held, refund, lines=rows, reason=plan.reason.value, now=now)
    return refund


async def refunded_before(session: AsyncSession, held: Held) -> Sequence[RefundLine]:
    """Read what was refunded of a held order."""
    return (
        await session.scalars(select(RefundLine).where(RefundLine.order_id == held.order.id).order_by(RefundLine.id))
    ).all()


def left_of(line: OrderLine, before: Sequence[RefundLine]) -> Refundable:
    """Say what is left of a line after the refunds before."""
    mine = [row for row in before if row.line_id == line.id]
    whole = Shares(
        amount=line.total,
        tax=line.tax,
        points=line.points_used,
        points_worth=line.points_worth,
        points_earned=line.points_earned,
        platform_funding=line.platform_funding,
        commission=line.commission,
    )
    return Refundable(
        line.id,
        quantity=line.quantity,
        fulfilled=line.fulfilled,
        cancelled=line.cancelled,
        refunded=sum(row.quantity for row in mine),
        left=whole.less(rules.total(map(_shares, mine))),
    )


def delivery_left(held: Held, part: OrderPart, before: Sequence[RefundLine]) -> Shares:
    """Say what is left of a part's delivery; the platform's funding that no line has is the delivery's."""
    whole = Shares(
        amount=part.shipping + (0 if part.tax_included else part.shipping_tax),
        tax=part.shipping_tax,
        platform_funding=part.platform_funding - sum(line.platform_funding for line in held.of(part)),
    )
    return whole.less(rules.total(_shares(row) for row in before if row.part_id == part.id and row.line_id is None))


def _count(held: Held, plan: Plan) -> None:
    """Count on the lines what a refund does to their pieces and sums."""
    known = {line.id: line for line in held.lines}
    for each in plan.lines:
        line = known[each.line_id]
        line.cancelled += each.unsent
        line.refunded += each.shares.amount
        line.points_returned += each.shares.points
        sent = each.quantity - each.unsent
        if plan.return_id is None:
            # What has come back before was put into stock then, if it was.
            sent = min(sent, line.fulfilled - line.returned)
            line.returned += sent if plan.restock else 0
        if plan.restock and sent:
            plan.restocked[line.id] = sent


def _add_deliveries_of_cancelled(held: Held, plan: Plan, before: Sequence[RefundLine]) -> None:
    """Give back the delivery of parts of which nothing was sent and nothing will be."""
    refunded = {each.line_id for each in plan.lines}
    touched = {line.part_id for line in held.lines if line.id in refunded}
    for part in held.parts:
        left = delivery_left(held, part, before)
        if part.id in touched and part.status == PartStatus.CANCELLED and any(left):
            plan.deliveries[part.id] = left


async def _write(session: AsyncSession, held: Held, plan: Plan, *, now: datetime) -> tuple[Refund, list[RefundLine]]:
    """Write the refund, and prepare its lines; the sums of part and order go with them."""
    order = held.order
    shares = rules.total([*(each.shares for each in plan.lines), *plan.deliveries.values()])
    refund = Refund(
        order_id=order.id,
        return_id=plan.return_id,
        reason=plan.reason,
        note=plan.note,
        currency=order.currency,
        amount=shares.amount,
        points=shares.points,
        created_at=now,
    )
    session.add(refund)
    known = {line.id: line for line in held.lines}
    for each in plan.lines:
        held.part(known[each.line_id].part_id).refunded += each.shares.amount
    for part_id, given in plan.deliveries.items():
        part = held.part(part_id)
        part.refunded += given.amount
        part.shipping_refunded += given.amount
    await session.flush()
    rows = [_row(refund, held.part(known[each.line_id].part_id), each.shares, each) for each in plan.lines]
    rows += [_row(refund, held.part(part_id), given, None) for part_id, given in sorted(plan.deliveries.items())]
    return refund, rows


def _row(refund: Refund, part: OrderPart, shares: Shares, of: Refunded | None) -> RefundLine:
    return RefundLine(
        refund_id=refund.id,
        order_id=part.order_id,
        part_id=part.id,
        merchant_id=part.merchant_id,
        line_id=None if of is None else of.line_id,
        quantity=0 if of is None else of.quantity,
        cancelled=0 if of is None else of.unsent,
        **shares._asdict(),
    )


async def _give_back(
    session: AsyncSession, held: Held, refund: Refund, rows: Sequence[RefundLine], *, now: datetime
) -> None:
    """Give back coupons, points and money as they came, and take back what was earned and settled."""
    order, about = held.order, orders.reference(held.known)
    because = Reference("REFUND", refund.id, number=order.number)
    cancelled = order.status == OrderStatus.CANCELLED
    budgets = cancelled and bool(await session.scalar(_coupons_of(order.id)))
    if budgets:
        await coupons.give_back(session, redeemed=about, now=now)
    if refund.points:
        await points_reservations.give_back(session, redeemed=about, points=refund.points, reference=because, now=now)
    for merchant_id, shares in _by_merchant(rows).items():
        if shares.points_earned and order.customer_id is not None:
            part = orders.part_of(merchant_id)
            await points.revoke(
                session,
                earned=orders.reference(held.known, part=part),
                points=shares.points_earned,
                reference=Reference("REFUND", refund.id, part=part, number=order.number),
                now=now,
            )
    if refund.amount:
        await _pay_back(session, held, refund, now=now)
    await _settle(session, held, refund, rows, budgets=budgets, now=now)


async def _record(session: AsyncSession, held: Held, refund: Refund, *, now: datetime) -> None:
    """Take what was refunded off what the member has spent; after the stock, as a purchase counts it."""
    if refund.amount and held.order.customer_id is not None:
        await membership.record_refund(
            session,
            spent=orders.reference(held.known),
            amount=refund.amount,
            reference=Reference("REFUND", refund.id, number=held.order.number),
            now=now,
        )


async def _pay_back(session: AsyncSession, held: Held, refund: Refund, *, now: datetime) -> None:
    """Give the money back by the payments it came from."""
    await session.flush()
    made = await payment_refunds.give_back(session, held.known, amount=refund.amount, reason=refund.reason, now=now)
    await session.execute(update(PaymentRefund).where(PaymentRefund.id.in_(made)).values(refund_id=refund.id))
    await session.refresh(held.order, ["refunded"])


async def _settle(
    session: AsyncSession, held: Held, refund: Refund, rows: Sequence[RefundLine], *, budgets: bool, now: datetime
) -> None:
    """Take back from the merchants and the platform what was settled; with `budgets`, what these have paid."""
    order = held.order
    shares = {
        merchant_id: Share(each.amount, each.tax, each.commission, each.platform_funding)
        for merchant_id, each in _by_merchant(rows).items()
    }
    for part in held.parts if budgets else ():
        shares[part.merchant_id] = shares.get(part.merchant_id, Share(0, 0, 0, 0))._replace(
            platform_budget=part.platform_budget, merchant_budget=part.merchant_budget
        )
    await session.flush()
    await settlement.take_back(
        session, refund_id=refund.id, number=order.number, currency=order.currency, shares=shares, now=now
    )


async def _move_stock(session: AsyncSession, held: Held, plan: Plan, *, now: datetime) -> Mapping[int, int]:
    """Let go what will not be sent, and put back what was; gives how many pieces of which line are for sale again."""
    unsent = {each.line_id: each.unsent for each in plan.lines if each.unsent}
    if unsent:
        await stock_reservations.release(session, order_id=held.order.id, lines=unsent, now=now)
    back = Counter(plan.come_back) + Counter(plan.restocked) if plan.restock else {}
    placed = {}
    if back:
        placed = await stock_returns.put_back(session, viewer=held.viewer, order_id=held.order.id, lines=back, now=now)
    return {line_id: units for line_id, units in plan.restocked.items() if line_id in placed}


async def _mail(session: AsyncSession, held: Held, refund: Refund, *, now: datetime) -> None:
    order = held.order
    given = [f"{money.format_amount(refund.amount, refund.currency)} {refund.currency}"] if refund.amount else []
    given += [f"{refund.points} points"] if refund.points else []
    if given:
        await mails.request(
            session,
            template="order_refunded",
            recipient=order.email,
            account_id=None,
            facts={"number": order.number, "name": order.address["name"], "given": " and ".join(given)},
            now=now,
        )


def _coupons_of(order_id: int) -> Select[tuple[bool]]:
    """Ask whether an order has made use of promotions."""
    used = select(CouponReservation.id).where(
        CouponReservation.reference_type == "ORDER",
        CouponReservation.reference_id == order_id,
        CouponReservation.state == ReservationState.REDEEMED,
    )
    return select(used.exists())


def _by_merchant(rows: Sequence[RefundLine]) -> dict[int, Shares]:
    found: dict[int, Shares] = {}
    for row in sorted(rows, key=lambda each: each.merchant_id):
        found[row.merchant_id] = found.get(row.merchant_id, Shares()).plus(_shares(row))
    return found


def _shares(row: RefundLine) -> Shares:
    return Shares(*(getattr(row, name) for name in _SHARES))
