"""Money that is given back: written with what caused it, over the order's payments, then done.

The provider's payment comes first, then store credit, then gift cards. What is ours to give (credit, cards) is given in
the same transaction; what the provider has to do is asked of it afterwards, until it has said yes or no.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
import structlog
from sqlalchemy import BigInteger, DateTime, bindparam, func, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain import ledger as accounts
from domain import payments as rules
from domain.errors import InvalidInput
from domain.ledger import AccountKind, Reference
from domain.payments import PaymentMethod, PaymentRefundStatus
from models.database import Database, Row, Statement
from models.payments import Payment, PaymentRefund
from models.transactions import driver_of
from services import gift_cards, orders, store_credit
from services.gateways.payments import ANSWER_WITHIN_S, Gateways, NoAnswerError, Payback, UnknownProviderError

_log = structlog.get_logger(__name__)

_LEFT: Final = """
    SELECT id, method, currency, captured - refunded AS left FROM payments
    WHERE order_id = $1 AND captured > refunded
    ORDER BY array_position('{PROVIDER,STORE_CREDIT,GIFT_CARD}', method), id DESC FOR NO KEY UPDATE
"""
_COUNT: Final = "UPDATE payments SET refunded = refunded + $2 WHERE id = $1"
_COUNT_ORDER: Final = "UPDATE orders SET refunded = refunded + $2 WHERE id = $1"
_WRITE: Final = """
    INSERT INTO payment_refunds (payment_id, key, amount, reason, status, check_at, created_at, answered_at)
    VALUES ($1, $2, $3, $4, $5, CASE WHEN $5 = 'PENDING' THEN $6::timestamptz END, $6,
            CASE WHEN $5 <> 'PENDING' THEN $6::timestamptz END)
    RETURNING id
"""
_TO_DO: Final = Statement(
    update(PaymentRefund)
    .where(
        PaymentRefund.id == bindparam("refund_id", type_=BigInteger),
        PaymentRefund.status == PaymentRefundStatus.PENDING.value,
        Payment.id == PaymentRefund.payment_id,
    )
    .values(attempts=PaymentRefund.attempts + 1, check_at=bindparam("next_at", type_=DateTime(timezone=True)))
    .returning(
        PaymentRefund.key,
        PaymentRefund.amount,
        Payment.provider,
        Payment.key.label("charge_key"),
        Payment.reference.label("charge_reference"),
        Payment.order_id,
        func.coalesce(Payment.captured_currency, Payment.currency).label("currency"),
    )
)
_DONE: Final = """
    UPDATE payment_refunds SET status = $2, reference = $3, failure = $4, check_at = NULL, answered_at = $5
    WHERE id = $1 AND status = 'PENDING' AND key = $6 RETURNING amount
"""


async def give_back(
    session: AsyncSession, order: Mapping[str, Any], *, amount: int, reason: str, now: datetime
) -> list[int]:
    """Give back an amount of what a held order was paid with; gives the ids of all that is written for it.

    `reason` is a name such as CUSTOMER_CANCELLED. Those that a provider has to do are done by `carry_out` after the
    commit, or else by the worker. Raises InvalidInput for more than what was paid and not given back yet.
    """
    driver = driver_of(session)
    left, made = amount, []
    for payment in await driver.fetch(_LEFT, order["id"]):
        if some := min(left, payment["left"]):
            made.append(await _give_some(session, order, payment, some, reason=reason, now=now))
            left -= some
    if left:
        raise InvalidInput(f"amount: {amount} cannot be given back; at most {amount - left} can", field="amount")
    await driver.execute(_COUNT_ORDER, order["id"], amount)
    return made


async def give_back_all(session: AsyncSession, order: Mapping[str, Any], *, reason: str, now: datetime) -> list[int]:
    """Give back all that a held order was paid with and not given back yet; gives the ids of what is written for it."""
    driver = driver_of(session)
    left = sum(payment["left"] for payment in await driver.fetch(_LEFT, order["id"]))
    return await give_back(session, order, amount=left, reason=reason, now=now) if left else []


async def _give_some(
    session: AsyncSession,
    order: Mapping[str, Any],
    payment: asyncpg.Record,
    amount: int,
    *,
    reason: str,
    now: datetime,
) -> int:
    driver, method = driver_of(session), PaymentMethod(payment["method"])
    status = PaymentRefundStatus.PENDING if method is PaymentMethod.PROVIDER else PaymentRefundStatus.SUCCEEDED
    await driver.execute(_COUNT, payment["id"], amount)
    refund_id = await write(driver, payment_id=payment["id"], amount=amount, reason=reason, status=status, now=now)
    because = Reference("PAYMENT_REFUND", refund_id, number=order["number"])
    if method is PaymentMethod.GIFT_CARD:
        await gift_cards.give_back(session, paid=paid_by(payment["id"]), amount=amount, reference=because, now=now)
    elif method is PaymentMethod.STORE_CREDIT:
        await store_credit.give(
            session,
            customer_id=order["customer_id"],
            amount=amount,
            currency=payment["currency"],
            reference=because,
            now=now,
            source=accounts.platform(AccountKind.PAYMENTS, payment["currency"]),
        )
    return refund_id


async def write(
    driver: asyncpg.Connection,
    *,
    payment_id: int,
    amount: int,
    reason: str,
    now: datetime,
    status: PaymentRefundStatus = PaymentRefundStatus.PENDING,
) -> int:
    """Write that an amount goes back, which the payment counts as refunded already; gives its id."""
    written: int = await driver.fetchval(_WRITE, payment_id, secrets.token_hex(16), amount, reason, status.value, now)
    return written


def paid_by(payment_id: int) -> Reference:
    """Name a payment to what it was paid with."""
    return Reference("PAYMENT", payment_id)


async def carry_out(database: Database, gateways: Gateways, *, refund_ids: Sequence[int]) -> None:
    """Let providers give back what is still to be done of these; what gets no answer is asked for again later.

    Raises DatabaseUnavailableError; then the worker does it.
    """
    for refund_id in refund_ids:
        await _carry_out(database, gateways, refund_id)


async def _carry_out(database: Database, gateways: Gateways, refund_id: int) -> None:
    now = datetime.now(UTC)
    found: list[Row] = await database.fetch(_TO_DO, refund_id=refund_id, next_at=now + rules.pause(5))
    if not found:
        return
    (row,) = found
    payback = Payback(row["key"], row["charge_key"], row["charge_reference"], row["amount"])
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            word = await gateways.named(row["provider"]).refund(payback)
    except (NoAnswerError, TimeoutError, UnknownProviderError) as error:
        _log.warning("refund_without_answer", provider=row["provider"], refund=refund_id, reason=str(error))
        return
    if word.status is PaymentRefundStatus.PENDING:
        return
    async with database.transaction() as session:
        order = await orders.hold(session, row["order_id"])
        driver = driver_of(session)
        # Staff may have tried again meanwhile, with another key: then this is no word of that.
        amount = await driver.fetchval(
            _DONE, refund_id, word.status.value, word.reference, word.failure, now, row["key"]
        )
        if amount is not None:
            action = "MONEY_RETURNED" if word.status is PaymentRefundStatus.SUCCEEDED else "MONEY_NOT_RETURNED"
            said = {"amount": amount, "currency": row["currency"], "payment_refund_id": refund_id}
            await orders.entry(session, order["id"], action, now=now, data=said)
