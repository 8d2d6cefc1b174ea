"""What breaks the constraints of fulfilments, returns, refunds and invoices: rows, and what spoils them."""

ROWS = """
INSERT INTO fulfilments (order_id, part_id, merchant_id, status, shipped_at)
    SELECT order_id, id, merchant_id, 'SHIPPED', now() FROM order_parts;
INSERT INTO fulfilment_lines (fulfilment_id, line_id, quantity)
    SELECT fulfilments.id, order_lines.id, 1 FROM fulfilments, order_lines;
INSERT INTO fulfilment_sources (fulfilment_id, line_id, warehouse_id, quantity)
    SELECT fulfilment_id, line_id, warehouses.id, 1 FROM fulfilment_lines, warehouses;
INSERT INTO returns (order_id, part_id, merchant_id, status, reason, requested_at)
    SELECT order_id, id, merchant_id, 'REQUESTED', 'DAMAGED', now() FROM order_parts;
INSERT INTO return_lines (return_id, line_id, quantity) SELECT returns.id, order_lines.id, 1 FROM returns, order_lines;
INSERT INTO refunds (order_id, reason, currency, amount, points, created_at)
    SELECT id, 'DAMAGED', 'USD', 10, 1, now() FROM orders;
INSERT INTO refund_lines (refund_id, order_id, part_id, merchant_id, line_id, quantity, amount, tax, points,
        points_worth, points_earned, platform_funding, commission)
    SELECT refunds.id, order_lines.order_id, part_id, merchant_id, order_lines.id, 1, 10, 1, 1, 1, 0, 0, 1
    FROM refunds, order_lines;
INSERT INTO invoice_series (merchant_id, kind, year, last) SELECT id, 'INVOICE', 2026, 1 FROM merchants;
INSERT INTO invoices (order_id, part_id, merchant_id, kind, year, sequence, number, currency, total, content, issued_at)
    SELECT order_id, id, merchant_id, 'INVOICE', 2026, 1, 'INV-2026-000001', 'USD', 1000, '{}', now() FROM order_parts;
"""

_NOTE = """INSERT INTO invoices (order_id, part_id, merchant_id, kind, year, sequence, number, refund_id, corrects_id,
        currency, total, content, issued_at)
    SELECT invoices.order_id, part_id, merchant_id, {kind}, year, {sequence}, 'X', {refund}, {corrects}, 'USD', 1,
        '{{}}', now() FROM invoices, refunds"""


def _note(
    kind: str = "CREDIT_NOTE", sequence: int = 2, refund: str = "refunds.id", corrects: str = "invoices.id"
) -> str:
    return _NOTE.format(kind=f"'{kind}'", sequence=sequence, refund=refund, corrects=corrects)


CASES: list[tuple[str, str]] = [
    ("ck_fulfilments_status", "UPDATE fulfilments SET status = 'GONE'"),
    ("ck_fulfilments_delivered_at", "UPDATE fulfilments SET status = 'DELIVERED'"),
    ("ck_fulfilments_delivered_at", "UPDATE fulfilments SET delivered_at = now()"),
    ("ck_fulfilments_cancelled_at", "UPDATE fulfilments SET status = 'CANCELLED'"),
    ("ck_fulfilments_cancelled_at", "UPDATE fulfilments SET cancelled_at = now()"),
    ("fk_fulfilments_part_id_order_id_merchant_id", "UPDATE fulfilments SET merchant_id = 0"),
    ("ck_fulfilment_lines_quantity", "TRIGGERS OFF; UPDATE fulfilment_lines SET quantity = 0"),
    ("ck_fulfilment_sources_quantity", "TRIGGERS OFF; UPDATE fulfilment_sources SET quantity = 0"),
    ("ck_returns_status", "UPDATE returns SET status = 'GONE', decided_at = now()"),
    ("ck_returns_reason", "UPDATE returns SET reason = 'BORED'"),
    ("ck_returns_decided_at", "UPDATE returns SET status = 'APPROVED'"),
    ("ck_returns_received_at", "UPDATE returns SET status = 'RECEIVED', decided_at = now()"),
    ("ck_returns_cancelled_at", "UPDATE returns SET status = 'CANCELLED'"),
    ("ck_returns_cancelled_at", "UPDATE returns SET cancelled_at = now()"),
    ("ck_return_lines_quantity", "UPDATE return_lines SET quantity = 0"),
    ("ck_return_lines_quantity", "UPDATE return_lines SET received = 2"),
    ("ck_refunds_reason", "TRIGGERS OFF; UPDATE refunds SET reason = 'BORED'"),
    ("ck_refunds_amounts", "TRIGGERS OFF; UPDATE refunds SET amount = -1"),
    ("ck_refunds_amounts", "TRIGGERS OFF; UPDATE refunds SET points = -1"),
    ("ck_refund_lines_quantity", "TRIGGERS OFF; UPDATE refund_lines SET cancelled = 1, restocked = 1"),
    ("ck_refund_lines_quantity", "TRIGGERS OFF; UPDATE refund_lines SET quantity = -1"),
    ("ck_refund_lines_delivery", "TRIGGERS OFF; UPDATE refund_lines SET line_id = NULL"),
    ("ck_refund_lines_amounts", "TRIGGERS OFF; UPDATE refund_lines SET commission = -1"),
    ("ck_invoice_series_kind", "UPDATE invoice_series SET kind = 'RECEIPT'"),
    ("ck_invoice_series_last", "UPDATE invoice_series SET last = -1"),
    ("ck_invoices_kind", _note("RECEIPT", refund="NULL", corrects="NULL")),
    ("ck_invoices_sequence", _note(sequence=0)),
    ("ck_invoices_refund", _note(refund="NULL", corrects="NULL")),
    ("ck_invoices_refund", _note("INVOICE")),
    ("ck_invoices_refund", _note(corrects="NULL")),
    ("ck_invoices_currency", "TRIGGERS OFF; UPDATE invoices SET currency = 'usd'"),
    ("ck_invoices_total", "TRIGGERS OFF; UPDATE invoices SET total = -1"),
    ("uq_invoices_part_id", _note("INVOICE", refund="NULL", corrects="NULL")),
    ("uq_invoices_merchant_id_kind_year_sequence", _note("INVOICE", sequence=1, refund="NULL", corrects="NULL")),
]

WRITTEN_ONCE: list[tuple[str, str]] = [
    ("ck_fulfilment_lines_append_only", "UPDATE fulfilment_lines SET quantity = 2"),
    ("ck_fulfilment_sources_append_only", "UPDATE fulfilment_sources SET quantity = 2"),
    ("ck_fulfilment_sources_append_only", "DELETE FROM fulfilment_sources"),
    ("ck_refunds_append_only", "UPDATE refunds SET amount = 11"),
    ("ck_refunds_append_only", "DELETE FROM refunds"),
    ("ck_refund_lines_append_only", "UPDATE refund_lines SET amount = 11"),
    ("ck_invoices_append_only", "UPDATE invoices SET content = '{\"total\": 1}'"),
]
"""What would change what is written once."""
