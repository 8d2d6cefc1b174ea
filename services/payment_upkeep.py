"""What time makes due of payments: the reconciler asks providers what became of them; orders that are not paid expire.

Each step may be ended at any moment, and several workers may take it: what was not committed is found again, and who
comes second finds nothing to do.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import asyncpg
import structlog

from domain import payments as rules
from domain.orders import OrderStatus
from domain.payments import PaymentStatus
from models.database import Database
from services import orders, payment_refunds, payments
from services.gateways.payments import ANSWER_WITHIN_S, Charge, Gateways, NoAnswerError, UnknownProviderError, Word

_log = structlog.get_logger(__name__)

Work = Callable[[], Awaitable[object]]

_BATCH: Final = 50
_AT_ONCE: Final = 8
"""For how many the providers are asked side by side: one that hangs must not hold up what others are asked for."""
_CLAIMED: Final = 2 * _AT_ONCE
"""How many payments are claimed at once, for 30 seconds: so few that each was asked about by then, even if all hang.

They are a CTE, which is read once: a subquery may be read for each row, and then finds others than before.
"""
_CLAIM: Final = """
    WITH due AS (
        SELECT id FROM payments WHERE check_at <= $1 ORDER BY check_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE payments SET attempts = payments.attempts + 1, check_at = $1::timestamptz + interval '30 seconds'
    FROM orders, due WHERE orders.id = payments.order_id AND payments.id = due.id
    RETURNING payments.id, payments.provider, payments.reference, payments.key, payments.token, payments.amount,
        payments.currency, payments.status, payments.attempts, payments.created_at, orders.number,
        orders.status AS order_status
"""
_OF_ORDER: Final = """
    SELECT payments.id, provider, reference, key, token, amount, payments.currency, payments.status, attempts,
        payments.created_at, number, orders.status AS order_status
    FROM payments JOIN orders ON orders.id = order_id
    WHERE order_id = $1 AND payments.status IN ('PENDING', 'AUTHORISED')
"""
_NEXT: Final = "UPDATE payments SET check_at = $2 WHERE id = $1 AND status = $3"
_OVERDUE: Final = """
    SELECT id FROM orders WHERE status = 'PENDING_PAYMENT' AND reserved_until <= $1 ORDER BY reserved_until LIMIT $2
"""
_REFUNDS: Final = "SELECT id FROM payment_refunds WHERE check_at <= $1 ORDER BY check_at LIMIT $2"


async def step(database: Database, gateways: Gateways, *, now: datetime) -> int:
    """Deal with some of what is due at `now`; gives how much, 0 when there is nothing left.

    Some of it is done side by side, and what fails is logged and passed over: so that nothing holds all else up.
    """
    async with database.connection() as connection:
        asked = await connection.fetch(_CLAIM, now, _CLAIMED)
        overdue = [row["id"] for row in await connection.fetch(_OVERDUE, now, _BATCH)]
        refunds = [row["id"] for row in await connection.fetch(_REFUNDS, now, _BATCH)]
    due: list[tuple[dict[str, int], Work]] = [
        ({"payment": each["id"]}, partial(reconcile, database, gateways, each, now=now)) for each in asked
    ]
    due += [
        ({"refund": each}, partial(payment_refunds.carry_out, database, gateways, refund_ids=[each]))
        for each in refunds
    ]
    late: list[tuple[dict[str, int], Work]] = [
        ({"order": each}, partial(expire, database, gateways, order_id=each, now=now)) for each in overdue
    ]
    return await _side_by_side(due) + await _side_by_side(late)


async def _side_by_side(work: Sequence[tuple[Mapping[str, int], Work]]) -> int:
    """Do each piece of work, of which it is said what it is about; gives how many did not fail."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def done(about: Mapping[str, int], do: Work) -> bool:
        async with places:
            return await _passed_over(do(), **about)

    return sum(await asyncio.gather(*(done(*each) for each in work)))


async def _passed_over(doing: Awaitable[object], **about: int) -> bool:
    try:
        await doing
    except Exception:  # noqa: BLE001 - one payment's failure is no other's
        _log.exception("payment_upkeep_failed", **about)
        return False
    return True


async def reconcile(database: Database, gateways: Gateways, payment: Mapping[str, Any], *, now: datetime) -> None:
    """Ask the provider what became of a payment, and hear its word.

    A charge that never reached it, because the process died before, is made now; one that was given up is called off.
    """
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            word = await _word(gateways, payment)
    except (NoAnswerError, TimeoutError, UnknownProviderError) as error:
        _log.warning("payment_without_answer", payment=payment["id"], reason=str(error))
        word = Word(payment["key"], None, is_final=False)
    await payments.hear(database, gateways, provider=payment["provider"], word=word)
    if payment["status"] in rules.WITHOUT_WORD and word.status not in {None, *rules.WITHOUT_WORD}:
        return  # that is settled
    is_over = word.is_final and word.status is not None and payment["status"] not in rules.WITHOUT_WORD
    if is_over or now - payment["created_at"] > rules.ASKED_FOR:
        check_at = None
    else:
        check_at = now + rules.pause(payment["attempts"])
    async with database.connection() as connection:
        await connection.execute(_NEXT, payment["id"], check_at, payment["status"])


async def _word(gateways: Gateways, payment: Mapping[str, Any]) -> Word:
    gateway, key = gateways.named(payment["provider"]), payment["key"]
    word = await gateway.status(key, payment["reference"])
    if payment["status"] not in rules.WITHOUT_WORD:  # it was given up
        return word if word.status is PaymentStatus.CAPTURED else await gateway.void(key, word.reference)
    waits = payment["order_status"] == OrderStatus.PENDING_PAYMENT
    if word.status is None and waits and payment["token"] is not None:
        charge = Charge(key, payment["token"], payment["amount"], payment["currency"], payment["number"])
        word = await gateway.authorise(charge)
    if word.status is PaymentStatus.AUTHORISED and waits:
        word = await gateway.capture(key, word.reference, amount=payment["amount"])
    return word


async def expire(database: Database, gateways: Gateways, *, order_id: int, now: datetime) -> None:
    """Let an order go whose time is over, unless its provider says that it is paid after all."""
    async with database.connection() as connection:
        open_payments: list[asyncpg.Record] = await connection.fetch(_OF_ORDER, order_id)
    for payment in open_payments:
        # Whatever is wrong with a provider, its orders do not hold their goods for ever.
        await _passed_over(reconcile(database, gateways, payment, now=now), payment=payment["id"])
    async with database.transaction() as session:
        order = await orders.hold(session, order_id)
        if order["status"] == OrderStatus.PENDING_PAYMENT and order["reserved_until"] <= now:
            await payments.abandon(
                session,
                order,
                OrderStatus.EXPIRED,
                action="EXPIRED",
                reason="It was not paid in time.",
                now=now,
            )


async def run(database: Database, gateways: Gateways, *, pause_s: float) -> None:
    """Look for what is due, for ever."""
    while True:
        if await step(database, gateways, now=datetime.now(UTC)) == 0:
            await asyncio.sleep(pause_s)
