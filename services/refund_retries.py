"""Refunds that a provider has refused, tried again by staff.

What the provider said no to did not happen, so it is asked anew, with a key of its own: the old one would be answered
with the old no. What has no answer yet may have happened; that keeps its key, and is the worker's to ask for.
"""

import secrets
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain import money
from domain.errors import Refusal
from domain.order_actions import Actor
from models.transactions import driver_of
from services import order_holding
from services.order_holding import Held

_log = structlog.get_logger(__name__)

_REFUSED: Final = """
    SELECT refused.id, refused.amount, refused.failure, whose.merchant_ids,
        coalesce(payments.captured_currency, payments.currency) AS currency
    FROM payment_refunds AS refused JOIN payments ON payments.id = refused.payment_id
    CROSS JOIN LATERAL (
        SELECT array_agg(DISTINCT merchant_id ORDER BY merchant_id) AS merchant_ids
        FROM refund_lines WHERE refund_lines.refund_id = refused.refund_id
    ) AS whose
    WHERE payments.order_id = $1 AND refused.status = 'FAILED' ORDER BY refused.id FOR NO KEY UPDATE OF refused
"""
_AGAIN: Final = """
    UPDATE payment_refunds SET status = 'PENDING', key = $2, reference = NULL, failure = NULL, attempts = 0,
        check_at = $3, answered_at = NULL
    WHERE id = $1
"""


class NothingRefusedError(Refusal):
    """No provider has refused to give back money of an order that is the viewer's to refund."""

    code = "INVALID_STATE"

    def __init__(self, status: str) -> None:
        super().__init__(
            "No refund of the order is FAILED, or none that you may refund; what is PENDING is asked for by itself",
            status=status,
        )


async def retry(session: AsyncSession, held: Held, *, now: datetime) -> None:
    """Let the provider be asked again for all that it has refused to give back of a held order.

    A merchant's staff does so for refunds that have something of its part; money that belongs to no refund, such as a
    late payment, is for who may refund every part. The sums that were promised stay as they are, so no more goes back
    than was paid. Raises NothingRefusedError.
    """
    mine = {part.merchant_id for part in held.parts if Actor.REFUNDER in held.actors_at(part)}
    everybody = {part.merchant_id for part in held.parts}
    driver = driver_of(session)
    refused = [
        row
        for row in await driver.fetch(_REFUSED, held.order.id)
        if (mine & set(row["merchant_ids"]) if row["merchant_ids"] else mine == everybody)
    ]
    if not refused:
        raise NothingRefusedError(held.order.status)
    for row in refused:
        _log.info("refund_tried_again", refund=row["id"], refused_because=row["failure"])
        await driver.execute(_AGAIN, row["id"], secrets.token_hex(16), now)
    for currency in sorted({row["currency"] for row in refused}):
        rows = [row for row in refused if row["currency"] == currency]
        said = {
            "amount": money.format_amount(sum(row["amount"] for row in rows), currency),
            "currency": currency,
            "payment_refund_ids": [row["id"] for row in rows],
            "merchant_ids": sorted(set().union(*(row["merchant_ids"] or everybody for row in rows))),
        }
        await order_holding.changed(session, held, "REFUND_RETRIED", "ORDER_REFUND_RETRIED", now=now, data=said)
