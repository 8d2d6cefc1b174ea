"""What the audit of orders looks at once they are paid: where they stand, parcels, refunds, invoices."""

from collections.abc import Mapping
from typing import Final

CHECKS: Final[Mapping[str, str]] = {
    "What was sent of each line is in parcels that were not taken back": """
        SELECT format('line %s: %s sent, %s in parcels', id, fulfilled, coalesce(sent, 0)) FROM order_lines
        LEFT JOIN (
            SELECT line_id, sum(quantity) AS sent FROM fulfilment_lines JOIN fulfilments ON id = fulfilment_id
            WHERE status <> 'CANCELLED' GROUP BY line_id
        ) AS sums ON line_id = id
        WHERE fulfilled <> coalesce(sent, 0)""",
    "What is in each parcel has left warehouses": """
        SELECT format('parcel %s, line %s: %s in it, %s left', fulfilment_id, line_id, quantity, coalesce(units, 0))
        FROM fulfilment_lines LEFT JOIN (
            SELECT fulfilment_id, line_id, sum(quantity) AS units FROM fulfilment_sources GROUP BY 1, 2
        ) AS sums USING (fulfilment_id, line_id)
        WHERE quantity <> coalesce(units, 0)""",
    "No more of a line was refunded as sent than was sent": """
        SELECT format('line %s: %s sent, %s refunded', id, fulfilled, units) FROM order_lines
        JOIN (
            SELECT line_id, sum(quantity - cancelled) AS units FROM refund_lines GROUP BY line_id
        ) AS back ON line_id = id
        WHERE units > fulfilled""",
    "Each part stands where its pieces do": """
        SELECT format('part %s of order %s is %s', part.id, order_id, status) FROM order_parts AS part
        JOIN (
            SELECT part_id, sum(fulfilled) AS sent, sum(quantity - fulfilled - cancelled) AS unsent
            FROM order_lines GROUP BY part_id
        ) AS pieces ON pieces.part_id = part.id
        LEFT JOIN (
            SELECT part_id, count(*) AS underway FROM fulfilments WHERE status = 'SHIPPED' GROUP BY part_id
        ) AS parcels ON parcels.part_id = part.id
        WHERE CASE status
            WHEN 'READY' THEN sent > 0 OR unsent = 0
            WHEN 'PARTIALLY_FULFILLED' THEN sent = 0 OR unsent = 0
            WHEN 'FULFILLED' THEN sent = 0 OR unsent > 0 OR underway IS NULL
            WHEN 'DELIVERED' THEN sent = 0 OR unsent > 0 OR underway IS NOT NULL
            ELSE sent > 0 END""",
    "Each paid order stands where its parts do": """
        SELECT format('order %s is %s', number, status) FROM orders
        JOIN (
            SELECT order_id, count(*) AS living, count(*) FILTER (WHERE status = 'READY') AS ready,
                count(*) FILTER (WHERE status = 'DELIVERED') AS delivered,
                count(*) FILTER (WHERE status IN ('FULFILLED', 'DELIVERED')) AS sent
            FROM order_parts WHERE status <> 'CANCELLED' GROUP BY order_id
        ) AS parts ON order_id = id
        WHERE paid_at IS NOT NULL AND status <> CASE
            WHEN delivered = living THEN 'DELIVERED'
            WHEN sent = living THEN 'FULFILLED'
            WHEN ready = living THEN 'PAID'
            ELSE 'PARTIALLY_FULFILLED' END""",
    "Each refund is the sum of its lines, and of the money that payments give back for it": """
        SELECT format('refund %s: %s and %s points', id, refunds.amount, refunds.points) FROM refunds
        LEFT JOIN (
            SELECT refund_id, sum(amount) AS amount, sum(points) AS points FROM refund_lines GROUP BY refund_id
        ) AS lines ON lines.refund_id = id
        LEFT JOIN (
            SELECT refund_id, sum(amount) AS amount FROM payment_refunds GROUP BY refund_id
        ) AS money ON money.refund_id = id
        WHERE (refunds.amount, refunds.points, refunds.amount)
            <> (coalesce(lines.amount, 0), coalesce(lines.points, 0), coalesce(money.amount, 0))""",
    "Each line has given back what its refunds say, and no more than it had": """
        SELECT format('line %s', id) FROM order_lines AS line
        JOIN (
            SELECT line_id, sum(quantity) AS quantity, sum(cancelled) AS cancelled, sum(amount) AS amount,
                sum(tax) AS tax, sum(points) AS points, sum(points_worth) AS points_worth,
                sum(points_earned) AS points_earned, sum(platform_funding) AS platform_funding,
                sum(commission) AS commission
            FROM refund_lines GROUP BY line_id
        ) AS back ON back.line_id = line.id
        WHERE (line.cancelled, line.refunded, line.points_returned) <> (back.cancelled, back.amount, back.points)
            OR back.quantity > line.quantity OR back.tax > line.tax OR back.points_worth > line.points_worth
            OR back.points_earned > line.points_earned OR back.platform_funding > line.platform_funding
            OR back.commission > line.commission""",
    "What was given back of all of a line is all that it had": """
        SELECT format('line %s', id) FROM order_lines AS line
        JOIN (
            SELECT line_id, sum(quantity) AS quantity, sum(amount) AS amount, sum(tax) AS tax, sum(points) AS points,
                sum(points_worth) AS points_worth, sum(points_earned) AS points_earned,
                sum(platform_funding) AS platform_funding, sum(commission) AS commission
            FROM refund_lines GROUP BY line_id
        ) AS back ON back.line_id = line.id AND back.quantity = line.quantity
        WHERE (line.total, line.tax, line.points_used, line.points_worth, line.points_earned, line.platform_funding,
               line.commission)
            <> (back.amount, back.tax, back.points, back.points_worth, back.points_earned, back.platform_funding,
                back.commission)""",
    "Each part has given back what its refunds say": """
        SELECT format('part %s of order %s: %s', id, part.order_id, refunded) FROM order_parts AS part
        LEFT JOIN (
            SELECT part_id, sum(amount) AS amount, sum(amount) FILTER (WHERE line_id IS NULL) AS delivery
            FROM refund_lines GROUP BY part_id
        ) AS back ON back.part_id = part.id
        WHERE (refunded, shipping_refunded) <> (coalesce(amount, 0), coalesce(delivery, 0))""",
    "The numbers of invoices and credit notes have no gap": """
        SELECT format('merchant %s, %s of %s: %s numbers, the last is %s', merchant_id, kind, year, count, last)
        FROM (
            SELECT merchant_id, kind, year, count(*) AS count, max(sequence) AS highest FROM invoices
            GROUP BY merchant_id, kind, year
        ) AS numbers
        FULL JOIN invoice_series USING (merchant_id, kind, year)
        WHERE (count, highest) IS DISTINCT FROM (last::bigint, last)""",
    "What was invoiced of a part less its credit notes is what is kept": """
        SELECT format('part %s of order %s', part.id, part.order_id) FROM order_parts AS part
        JOIN (
            SELECT part_id, sum(CASE kind WHEN 'INVOICE' THEN invoices.total ELSE -invoices.total END) AS kept
            FROM invoices GROUP BY part_id
        ) AS papers ON papers.part_id = part.id
        WHERE kept <> part.total - part.refunded""",
}
"""Queries of one column by what must hold: the cases in which it does not."""
