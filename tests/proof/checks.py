"""What must hold when all is quiet: each check counts what breaks it, by SQL of its own, and must come to zero."""

from datetime import UTC, datetime
from typing import Final

import asyncpg

from services import ledger_audit, order_audit, stock_audit

CHECKS: Final = {
    "orders that are neither paid nor released": """
        SELECT count(*) FROM orders WHERE status = 'PENDING_PAYMENT'""",
    "units sold beyond stock": """
        SELECT coalesce(sum(greatest(-on_hand, reserved - on_hand, 0)), 0) FROM stock_levels""",
    "stock levels whose reserved units are not those of orders": """
        SELECT count(*) FROM stock_levels LEFT JOIN (
            SELECT variant_id, warehouse_id, sum(quantity - shipped - released) AS units FROM stock_reservations
            GROUP BY variant_id, warehouse_id) AS promised USING (variant_id, warehouse_id)
        WHERE reserved <> coalesce(units, 0)""",
    "stock levels that are not the sum of their movements": """
        SELECT count(*) FROM stock_levels LEFT JOIN (
            SELECT variant_id, warehouse_id, sum(difference) AS units FROM stock_movements
            GROUP BY variant_id, warehouse_id) AS moved USING (variant_id, warehouse_id)
        WHERE on_hand <> coalesce(units, 0)""",
    "released orders that still hold stock": """
        SELECT count(*) FROM stock_reservations JOIN orders ON orders.id = order_id
        WHERE quantity > shipped + released AND status IN ('CANCELLED', 'PAYMENT_FAILED', 'EXPIRED')""",
    "coupons reserved beyond their time": """
        SELECT count(*) FROM coupon_reservations WHERE state = 'RESERVED'""",
    "points reserved beyond their time": """
        SELECT count(*) FROM points_reservations WHERE state = 'RESERVED'""",
    "orders charged otherwise at the provider than in our books": """
        SELECT count(*) FROM (
            SELECT sum(payments.captured) AS charged, sum(payments.refunded) AS refunded,
                coalesce(sum(charge.amount) FILTER (WHERE charge.status = 'CAPTURED'), 0) AS charged_there,
                coalesce(sum(charge.refunded), 0) AS refunded_there
            FROM payments LEFT JOIN test_provider_charges AS charge USING (key)
            WHERE method = 'PROVIDER' GROUP BY order_id) AS sums
        WHERE charged <> charged_there OR refunded <> refunded_there""",
    "charges at the provider without a payment of ours": """
        SELECT count(*) FROM test_provider_charges AS charge WHERE status = 'CAPTURED'
            AND NOT EXISTS (SELECT FROM payments WHERE payments.key = charge.key)""",
    "paid orders that have taken in other than their total": """
        SELECT count(*) FROM orders WHERE paid_at IS NOT NULL AND (paid <> total OR total - refunded <> (
            SELECT coalesce(sum(captured - refunded), 0) FROM payments WHERE order_id = orders.id))""",
    "money kept for orders that were released": """
        SELECT count(*) FROM payments JOIN orders ON orders.id = order_id
        WHERE paid_at IS NULL AND captured <> payments.refunded""",
    "refunds above what was captured": """
        SELECT count(*) FROM payments WHERE refunded > captured
            OR refunded <> (SELECT coalesce(sum(amount), 0) FROM payment_refunds
                            WHERE payment_id = payments.id AND payment_refunds.status <> 'FAILED')""",
    "refunds that the provider has not done": """
        SELECT count(*) FROM payment_refunds WHERE status = 'PENDING'""",
    "carts with more than one order that is paid": """
        SELECT count(*) FROM (SELECT 1 FROM orders WHERE paid_at IS NOT NULL GROUP BY cart_id
            HAVING count(*) > 1) AS twice""",
    "orders whose total is not that of their parts": """
        SELECT count(*) FROM orders WHERE (total, subtotal, discount, shipping, tax, points_worth,
            CASE WHEN paid_at IS NULL THEN 0 ELSE refunded END  -- what cards gave back of one that failed is no part's
        ) <> (
            SELECT coalesce(sum(part.total), 0), coalesce(sum(part.subtotal), 0), coalesce(sum(part.discount), 0),
                   coalesce(sum(part.shipping), 0), coalesce(sum(part.tax), 0), coalesce(sum(part.points_worth), 0),
                   coalesce(sum(part.refunded), 0)
            FROM order_parts AS part WHERE order_id = orders.id)""",
    "parts whose total is not that of their lines and delivery": """
        SELECT count(*) FROM order_parts AS part
        JOIN (SELECT part_id, sum(base) AS base, sum(discount) AS discount, sum(tax) AS tax, sum(total) AS total,
                     sum(commission) AS commission, sum(refunded) AS refunded
              FROM order_lines GROUP BY part_id) AS sums ON part_id = part.id
        WHERE part.subtotal <> sums.base OR part.tax <> sums.tax + part.shipping_tax
           OR part.commission <> sums.commission OR part.refunded <> sums.refunded + part.shipping_refunded
           OR part.total <> sums.total + part.shipping
                + CASE WHEN part.tax_included THEN 0 ELSE part.shipping_tax END""",
    "currencies in which the ledger does not add up to zero": """
        SELECT count(*) FROM (SELECT 1 FROM ledger_postings GROUP BY currency HAVING sum(amount) <> 0) AS wrong""",
    "transactions of the ledger that do not add up to zero": """
        SELECT count(*) FROM (SELECT 1 FROM ledger_postings GROUP BY transaction_id, currency
            HAVING sum(amount) <> 0) AS wrong""",
    "balances that are not the sum of their postings": """
        SELECT count(*) FROM ledger_accounts AS account WHERE balance IS NOT NULL AND (balance < 0 OR balance <> (
            SELECT coalesce(sum(amount), 0) FROM ledger_postings WHERE account_id = account.id))""",
    "paid orders that were not told exactly once": """
        SELECT count(*) FROM orders WHERE paid_at IS NOT NULL AND 1 <> (
            SELECT count(*) FROM events WHERE subject_type = 'order' AND subject_id = orders.id
                AND type = 'ORDER_PAID')""",
    "orders with a version that no event tells of": """
        SELECT count(*) FROM orders WHERE version <> (
            SELECT count(DISTINCT subject_version) FROM events
            WHERE subject_type = 'order' AND subject_id = orders.id AND subject_version <= version)""",
}


async def broken(connection: asyncpg.Connection) -> dict[str, int]:
    """Count what breaks each check, and what `souk doctor` finds in ledger, orders and stock."""
    found = {name: int(await connection.fetchval(statement)) for name, statement in CHECKS.items()}
    now = datetime.now(UTC)
    audits = [
        await ledger_audit.audit(connection, now=now),
        await order_audit.audit(connection, now=now),
        await stock_audit.audit(connection),
    ]
    return found | {"checks of souk doctor that fail": sum(len(audit.findings) for audit in audits)}


async def quiet(connection: asyncpg.Connection) -> bool:
    """Say whether nothing is under way any more."""
    return not await connection.fetchval(
        """SELECT EXISTS (SELECT FROM orders WHERE status = 'PENDING_PAYMENT')
               OR EXISTS (SELECT FROM payment_refunds WHERE status = 'PENDING')
               OR EXISTS (SELECT FROM payments WHERE check_at IS NOT NULL)
               OR EXISTS (SELECT FROM coupon_reservations WHERE state = 'RESERVED')
               OR EXISTS (SELECT FROM points_reservations WHERE state = 'RESERVED')"""
    )


async def deadlocks(connection: asyncpg.Connection) -> int:
    """Count the deadlocks that Postgres has had to break since it was started."""
    await connection.execute("SELECT pg_stat_force_next_flush()")
    return int(await connection.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
