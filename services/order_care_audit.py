"""What the audit of orders looks at once they are paid: parcels, refunds, invoices."""

from collections.abc import Mapping
from typing import Final

CHECKS: Final[Mapping[str, str]] = {
    "What was sent of each line is in parcels": """
        SELECT format('line %s: %s sent, %s in parcels', id, fulfilled, coalesce(sent, 0)) FROM order_lines
        LEFT JOIN (SELECT line_id, sum(quantity) AS sent FROM fulfilment_lines GROUP BY line_id) AS sums ON line_id = id
        WHERE fulfilled <> coalesce(sent, 0)""",
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
