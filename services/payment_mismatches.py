"""Payments of which the provider has taken another amount than was asked, or another currency.

What an order has not asked for is no payment of it: what was truly taken is recorded with the payment as `unasked`, and
promised back in the same transaction. See decision 0043.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain import payments as rules
from domain.money import Money
from models.transactions import driver_of
from services import orders, payment_refunds
from services.gateways.payments import Word

_log = structlog.get_logger(__name__)

REASON: Final = "PAYMENT_MISMATCHED"

_TAKE_IN: Final = """
    UPDATE payments SET status = 'CAPTURED', reference = coalesce($3, reference), token = NULL, check_at = NULL,
        failure = CASE WHEN captured = 0 THEN $4 ELSE failure END, captured = captured + $2, unasked = unasked + $2,
        refunded = refunded + $2, captured_currency = nullif($5, currency), answered_at = $6
    WHERE id = $1
"""
_COUNT: Final = "UPDATE orders SET version = version + 1 WHERE id = $1"


class Taken(NamedTuple):
    """What was recorded: the refund to be carried out, the order's version then, and why the order is not paid by it.

    `failure` is None where the payment pays its order all the same: only what is too much goes back.
    """

    refund_id: int
    version: int
    failure: str | None


async def take_in(session: AsyncSession, order: Mapping[str, Any], word: Word, *, now: datetime) -> Taken | None:
    """Record what a provider has taken of a payment that was not asked for, and promise it back.

    `order` is held with its payment, as `orders.hold_paid_by` gives them. None if the word tells of nothing new.
    """
    asked = Money(order["payment_amount"], order["payment_currency"])
    known = Money(order["payment_captured"], order["payment_captured_currency"] or asked.currency)
    said = known if word.amount is None else Money(word.amount, word.currency or asked.currency)
    if known.amount and said.currency != known.currency:
        _log.error("payment_of_two_currencies", payment=order["payment_id"], known=str(known), said=str(said))
        return None
    if said.amount <= known.amount:
        return None
    found = rules.Mismatch(asked=asked, known=known, said=said)
    _log.error(
        "payment_of_another_amount", payment=order["payment_id"], asked=str(asked), known=str(known), said=str(said)
    )
    return await _recorded(session, order, found, word.reference, now=now)


async def _recorded(
    session: AsyncSession, order: Mapping[str, Any], found: rules.Mismatch, reference: str | None, *, now: datetime
) -> Taken:
    driver, payment_id, version = driver_of(session), order["payment_id"], int(order["version"]) + 1
    more = found.more
    await driver.execute(_TAKE_IN, payment_id, more.amount, reference, found.failure, more.currency, now)
    refund_id = await payment_refunds.write(driver, payment_id=payment_id, amount=more.amount, reason=REASON, now=now)
    await driver.execute(_COUNT, order["id"])
    said = {"payment_id": payment_id, "note": found.note, **found.amounts()}
    await orders.entry(session, order["id"], "PAYMENT_MISMATCHED", now=now, data=said)
    await orders.announce(session, order, "ORDER_PAYMENT_MISMATCHED", version=version, data=said)
    pays = order["payment_captured"] > order["payment_unasked"]
    return Taken(refund_id, version, None if pays else found.failure)
