"""Payments of orders: asked for at the provider, and moved on by its word, whoever brings it and however often.

The word comes as the answer to our call, by notification, or because we asked (`payment_upkeep`). Each is heard the
same way: the order is locked, then its payment, and `domain.payments.verdict` says what the word means.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import asyncpg
import structlog
from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import payments as rules
from domain.orders import OrderStatus
from domain.payments import PaymentStatus, Verdict
from models.database import Database, Row, Statement, tried
from models.orders import Order
from models.payments import Payment
from models.transactions import driver_of
from services import order_outcomes, orders, payment_mismatches, payment_refunds
from services.coupons import ReservationGoneError as CouponsGoneError
from services.gateways.payments import ANSWER_WITHIN_S, Charge, Gateways, NoAnswerError, Word
from services.points_reservations import ReservationGoneError as PointsGoneError

_log = structlog.get_logger(__name__)

_TO_ASK: Final = Statement(
    select(
        *(Payment.provider, Payment.key, Payment.token, Payment.amount, Payment.currency, Payment.status),
        *(Payment.failure, Order.number),
    )
    .join(Order, Order.id == Payment.order_id)
    .where(Payment.id == bindparam("payment_id", type_=BigInteger))
)
_OTHERS_OPEN: Final = """(
    SELECT count(*) FROM payments WHERE order_id = $7 AND id <> $1 AND status IN ('PENDING', 'AUTHORISED')
) AS others_open"""
_MOVE: Final = f"""
    WITH moved AS (
        UPDATE payments SET status = $2, reference = coalesce($3, reference), failure = $4, check_at = $5, token = NULL,
            captured = CASE WHEN $2 = 'CAPTURED' THEN amount ELSE captured END, answered_at = $6
        WHERE id = $1 RETURNING order_id, captured
    ), paid AS (
        UPDATE orders SET paid = paid + captured FROM moved WHERE orders.id = order_id AND captured > 0
    )
    {orders.parts_of("$7", _OTHERS_OPEN)}
"""  # noqa: S608 - all of it is ours
"""Move a payment of a held order; gives the order's parts, which say how many other payments are still open."""
_STILL: Final = "UPDATE payments SET reference = coalesce($2, reference), check_at = $3 WHERE id = $1"
_GIVE_UP: Final = """
    UPDATE payments SET status = 'VOIDED', check_at = $2
    WHERE order_id = $1 AND status IN ('PENDING', 'AUTHORISED')
"""


class Standing(NamedTuple):
    """Where a payment stands, and why it does not pay the order, as customers may read it; None if it may."""

    status: PaymentStatus
    failure: str | None = None


async def ask(database: Database, gateways: Gateways, *, payment_id: int) -> Standing:
    """Call the provider for a payment that has no answer yet, and hear its word; gives where it stands then.

    Without an answer in time the payment stays as it is: the provider is asked again later. Raises
    DatabaseUnavailableError; then the worker asks.
    """
    payment = await _asked_for(database, payment_id)
    standing = Standing(PaymentStatus(payment["status"]), payment["failure"])
    if standing.status is not PaymentStatus.PENDING or payment["token"] is None:
        return standing
    gateway = gateways.named(payment["provider"])
    charge = Charge(payment["key"], payment["token"], payment["amount"], payment["currency"], payment["number"])
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            word = await gateway.authorise(charge)
            if word.status is PaymentStatus.AUTHORISED:
                word = await gateway.capture(charge.key, word.reference, amount=charge.amount)
    except (NoAnswerError, TimeoutError):
        _log.warning("payment_without_answer", provider=gateway.name, payment=payment_id)
        return standing
    await hear(database, gateways, provider=gateway.name, word=word)
    if word.status is PaymentStatus.CAPTURED and not word.is_of(charge.amount, charge.currency):
        payment = await _asked_for(database, payment_id)
        return Standing(PaymentStatus(payment["status"]), payment["failure"])
    return Standing(word.status or standing.status, word.failure)


async def _asked_for(database: Database, payment_id: int) -> Row:
    payments: list[Row] = await database.fetch(_TO_ASK, payment_id=payment_id)
    return payments[0]


async def receive(
    database: Database, gateways: Gateways, *, provider: str, headers: Mapping[str, str], body: bytes
) -> None:
    """Take a notification in: any number of times, it counts once. Raises InvalidNoticeError, UnknownProviderError."""
    notice = gateways.named(provider).notice(headers, body)
    if notice.word is not None:
        await hear(database, gateways, provider=provider, word=notice.word, notice=notice.id)


async def hear(database: Database, gateways: Gateways, *, provider: str, word: Word, notice: str | None = None) -> None:
    """Hear a provider's word, in a transaction of its own, and give back at once what came too late."""
    if due := await tried(lambda: _taken_in(database, provider, word, notice)):
        await payment_refunds.carry_out(database, gateways, refund_ids=due)


async def _taken_in(database: Database, provider: str, word: Word, notice: str | None) -> list[int]:
    try:
        return await _once(database, provider, word, notice, is_gone=False)
    except (CouponsGoneError, PointsGoneError):
        # What was reserved for it was let go meanwhile: it cannot be fulfilled at the price that was paid.
        return await _once(database, provider, word, notice, is_gone=True)


async def _once(database: Database, provider: str, word: Word, notice: str | None, *, is_gone: bool) -> list[int]:
    async with database.transaction() as session:
        return await heard(session, provider=provider, word=word, notice=notice, now=datetime.now(UTC), is_gone=is_gone)


async def heard(
    session: AsyncSession,
    *,
    provider: str,
    word: Word,
    now: datetime,
    notice: str | None = None,
    is_gone: bool = False,
) -> list[int]:
    """Move a payment and its order by the provider's word; gives the ids of the refunds that are to be carried out.

    A `notice` that was dealt with before, or a word that tells nothing new, changes nothing. With `is_gone` the order
    is let go instead of paid.
    """
    driver = driver_of(session)
    if notice is not None and await driver.fetchval(_NOTE, provider, notice, now) is None:
        return []
    order = await orders.hold_paid_by(session, key=word.key, provider=provider)
    said = word.status
    if order is None or said is None:
        return []
    before, payment_id, amount = PaymentStatus(order["payment_status"]), order["payment_id"], order["payment_amount"]
    if said is PaymentStatus.PENDING and before is said:
        await driver.execute(_STILL, payment_id, word.reference, now + rules.pause(order["payment_attempts"]))
        return []
    if said is PaymentStatus.CAPTURED and word.amount is not None and word.amount <= 0:
        said, word = PaymentStatus.DECLINED, replace(word, failure="nothing was taken")
    elif said is PaymentStatus.CAPTURED and (before is said or not word.is_of(amount, order["payment_currency"])):
        return await _unasked(session, order, word, now=now)
    verdict = rules.verdict(payment=before, word=said, order=OrderStatus(order["status"]))
    if verdict is Verdict.NOTHING:
        return []
    check_at = now if said is PaymentStatus.AUTHORISED else None
    moved = (payment_id, said.value, word.reference, word.failure, check_at, now)
    parts = await driver.fetch(_MOVE, *moved, order["id"])
    return await _follow(session, order, parts, verdict, word, now=now, is_gone=is_gone)


_NOTE: Final = """
    INSERT INTO payment_notices (provider, notice, received_at) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING RETURNING notice
"""


async def _follow(
    session: AsyncSession,
    order: asyncpg.Record,
    parts: Sequence[asyncpg.Record],
    verdict: Verdict,
    word: Word,
    *,
    now: datetime,
    is_gone: bool,
) -> list[int]:
    amount = {"amount": order["payment_amount"], "currency": order["payment_currency"]}
    match verdict:
        case Verdict.PAID if is_gone:
            due = await abandon(
                session,
                order,
                OrderStatus.EXPIRED,
                action="EXPIRED",
                reason="What was reserved for it was let go before it was paid.",
                now=now,
            )
            await orders.entry(session, order["id"], "LATE_PAYMENT_REFUNDED", now=now, data=amount)
            return due
        case Verdict.PAID:
            if not parts[0]["others_open"]:
                await order_outcomes.pay(session, order, parts, now=now)
            return []
        case Verdict.FAILED:
            reason = word.failure or "the payment was not made"
            return await abandon(
                session, order, OrderStatus.PAYMENT_FAILED, action="PAYMENT_FAILED", reason=reason, now=now
            )
        case Verdict.LATE:
            await orders.entry(session, order["id"], "PAID_LATE", now=now, data=amount)
            due = await payment_refunds.give_back_all(session, order, reason="LATE_PAYMENT", now=now)
            await orders.entry(session, order["id"], "LATE_PAYMENT_REFUNDED", now=now, data=amount)
            return due
    return []


async def _unasked(session: AsyncSession, order: asyncpg.Record, word: Word, *, now: datetime) -> list[int]:
    """Take in what was not asked for, so that it goes back; an order that waits for the payment lets go."""
    taken = await payment_mismatches.take_in(session, order, word, now=now)
    if taken is None:
        return []
    if taken.failure is None or order["status"] != OrderStatus.PENDING_PAYMENT:
        return [taken.refund_id]
    due = await abandon(
        session,
        {**order, "version": taken.version},
        OrderStatus.PAYMENT_FAILED,
        action="PAYMENT_FAILED",
        reason=taken.failure,
        now=now,
    )
    return [taken.refund_id, *due]


async def abandon(
    session: AsyncSession,
    order: Mapping[str, Any],
    target: OrderStatus,
    *,
    action: str,
    reason: str,
    now: datetime,
    account_id: int | None = None,
) -> list[int]:
    """Let a held order that is not paid go: what it holds is freed, what was paid for it already is given back.

    Its open payments are given up; the provider is told of it by the reconciler. Gives the ids of the refunds that are
    written: `payment_refunds.carry_out` after the commit does those that a provider has to do.
    """
    driver = driver_of(session)
    await driver.execute(_GIVE_UP, order["id"], now)
    await order_outcomes.let_go(session, order, target, action=action, reason=reason, now=now, account_id=account_id)
    return await payment_refunds.give_back_all(session, order, reason=action, now=now)
