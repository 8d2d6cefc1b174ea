"""The audit of orders: every sum is added up again from the rows that it is made of, in one snapshot."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from services import audits, order_care_audit
from services.audits import Finding

EXPIRY_GRACE: Final = timedelta(minutes=5)
"""So much longer than its time an order may wait: the worker looks every second, but it may have been away."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What was looked at, how much of each, and what was found; nothing found is how it must be."""

    orders: int
    lines: int
    payments: int
    findings: tuple[Finding, ...]


_CHECKS: Final = {
    "Each part is the sum of its lines and its delivery": """
        SELECT format('part %s of order %s', parts.id, parts.order_id) FROM order_parts AS parts
        LEFT JOIN (
            SELECT part_id, sum(base) AS base, sum(discount) AS discount, sum(tax) AS tax, sum(total) AS total,
                sum(points_worth) AS points_worth, sum(points_used) AS points_used, sum(points_earned) AS points_earned,
                sum(commission) AS commission, sum(platform_funding) AS platform_funding
            FROM order_lines GROUP BY part_id
        ) AS lines ON lines.part_id = parts.id
        WHERE (parts.subtotal, parts.discount, parts.tax, parts.points_worth, parts.points_used, parts.points_earned,
               parts.commission, parts.total)
            IS DISTINCT FROM
              (lines.base, lines.discount, lines.tax + parts.shipping_tax, lines.points_worth, lines.points_used,
               lines.points_earned, lines.commission,
               lines.total + parts.shipping + CASE WHEN parts.tax_included THEN 0 ELSE parts.shipping_tax END)
            OR parts.platform_funding < lines.platform_funding""",
    "Each order is the sum of its parts": """
        SELECT format('order %s', number) FROM orders
        LEFT JOIN (
            SELECT order_id, array_agg(merchant_id ORDER BY merchant_id) AS merchant_ids, sum(subtotal) AS subtotal,
                sum(discount) AS discount, sum(shipping) AS shipping, sum(shipping_discount) AS shipping_discount,
                sum(tax) AS tax, sum(points_worth) AS points_worth, sum(total) AS total,
                sum(points_used) AS points_used, sum(points_earned) AS points_earned
            FROM order_parts GROUP BY order_id
        ) AS parts ON parts.order_id = orders.id
        WHERE (orders.merchant_ids, orders.subtotal, orders.discount, orders.shipping, orders.shipping_discount,
               orders.tax, orders.points_worth, orders.total, orders.points_used, orders.points_earned)
            IS DISTINCT FROM
              (parts.merchant_ids, parts.subtotal, parts.discount, parts.shipping, parts.shipping_discount,
               parts.tax, parts.points_worth, parts.total, parts.points_used, parts.points_earned)""",
    "Each trace adds up to the total": """
        SELECT format('order %s', number) FROM orders
        WHERE total <> (SELECT coalesce(sum((step->>'amount')::bigint), 0)
                        FROM jsonb_array_elements(price->'trace') AS step)""",
    "Payments ask for what the order costs, and bring in what it was paid": """
        SELECT format('order %s: %s paid, %s captured', number, paid, coalesce(sums.captured, 0)) FROM orders
        LEFT JOIN (
            SELECT order_id, sum(amount) AS amount, sum(captured - unasked) AS captured,
                sum(refunded - unasked) AS refunded
            FROM payments GROUP BY order_id
        ) AS sums ON sums.order_id = orders.id
        WHERE (total, paid, orders.refunded)
            <> (coalesce(sums.amount, 0), coalesce(sums.captured, 0), coalesce(sums.refunded, 0))""",
    "Refunds of a payment are what it gives back": """
        SELECT format('payment %s: %s, refunds of %s', payments.id, refunded, coalesce(sums.amount, 0)) FROM payments
        LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM payment_refunds GROUP BY payment_id) AS sums
            ON sums.payment_id = payments.id
        WHERE refunded <> coalesce(sums.amount, 0)""",
    "An order is paid or has let go": """
        SELECT format('order %s is %s: %s of %s paid', number, status, paid, total) FROM orders
        WHERE CASE status
            WHEN 'PENDING_PAYMENT' THEN paid_at IS NOT NULL OR (paid >= total AND total > 0)
            WHEN 'EXPIRED' THEN paid_at IS NOT NULL OR paid <> refunded
            WHEN 'PAYMENT_FAILED' THEN paid_at IS NOT NULL OR paid <> refunded
            WHEN 'CANCELLED' THEN paid <> refunded
            ELSE paid_at IS NULL OR paid < total END""",
    "What has let go holds nothing": """
        SELECT format('order %s is %s', number, status) FROM orders
        WHERE status IN ('CANCELLED', 'EXPIRED', 'PAYMENT_FAILED') AND (
            EXISTS (SELECT FROM stock_reservations WHERE order_id = orders.id AND quantity > shipped + released)
            OR EXISTS (SELECT FROM coupon_reservations WHERE reference_type = 'ORDER' AND reference_id = orders.id
                       AND state = 'RESERVED')
            OR EXISTS (SELECT FROM points_reservations WHERE reference_type = 'ORDER' AND reference_id = orders.id
                       AND state = 'RESERVED')
            OR (paid_at IS NULL AND EXISTS (SELECT FROM carts WHERE order_id = orders.id)))""",
    "No order waits beyond its time": """
        SELECT format('order %s, until %s', number, reserved_until) FROM orders
        WHERE status = 'PENDING_PAYMENT' AND reserved_until < $1""",
    "Each part of a paid order is settled": """
        SELECT format('part %s of order %s: %s owed, %s posted', parts.id, number, owed, coalesce(posted, 0))
        FROM (
            SELECT *, total + platform_funding + merchant_budget - tax - commission AS owed FROM order_parts
        ) AS parts JOIN orders ON orders.id = order_id
        LEFT JOIN (
            SELECT reference_id, reference_part, sum(amount) AS posted FROM ledger_transactions AS moved
            JOIN ledger_postings ON transaction_id = moved.id JOIN ledger_accounts ON ledger_accounts.id = account_id
            WHERE reason = 'ORDER_SETTLED' AND kind = 'MERCHANT_PAYABLE' GROUP BY 1, 2
        ) AS sums ON reference_id = order_id AND reference_part = 'merchant ' || merchant_id
        WHERE coalesce(posted, 0) <> CASE WHEN paid_at IS NULL THEN 0 ELSE owed END""",
}
_COUNTS: Final = """
    SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM order_lines) AS lines,
        (SELECT count(*) FROM payments) AS payments
"""


async def audit(connection: asyncpg.Connection, *, now: datetime) -> Audit:
    """Look at all orders; takes a few seconds a hundred thousand."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        counted = await connection.fetchrow(_COUNTS)
        checks = {**_CHECKS, **order_care_audit.CHECKS}
        return Audit(**counted, findings=await audits.findings(connection, checks, now - EXPIRY_GRACE))
