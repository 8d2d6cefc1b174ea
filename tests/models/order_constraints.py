"""What breaks the constraints of orders, payments, reserved stock and commissions: rows, and what spoils them."""

_SUMS = "subtotal, discount, shipping, shipping_discount, tax, points_worth, total, points_used, points_earned"

ROWS = f"""
INSERT INTO orders (number, token_hash, merchant_ids, email, locale, address, status, currency, tax_included, price,
        reserved_until, placed_at, {_SUMS}, paid)
    SELECT 'S1', sha256('a'), ARRAY[id], 'a@example.com', 'en', '{{}}', 'PAID', 'USD', false, '{{}}', now(), now(),
        1000, 100, 50, 0, 90, 40, 1000, 40, 10, 1000 FROM merchants;
INSERT INTO order_parts (order_id, merchant_id, status, delivery_method, delivery_label, tax_included, shipping_tax,
        platform_funding, platform_budget, merchant_budget, commission, {_SUMS})
    SELECT orders.id, merchants.id, 'READY', 'standard', 'Standard', false, 0, 50, 10, 0, 90,
        1000, 100, 50, 0, 90, 40, 1000, 40, 10 FROM orders, merchants;
INSERT INTO order_lines (order_id, part_id, merchant_id, sku, name, quantity, unit_price, tax_included, base, discount,
        net, tax, tax_rate_bp, points_used, points_worth, points_earned, total, platform_funding, commission)
    SELECT order_id, id, merchant_id, 'L-1', 'Lamp', 2, 500, false, 1000, 100, 900, 90, 1000, 40, 40, 10, 950, 50, 90
    FROM order_parts;
INSERT INTO order_entries (order_id, action) SELECT id, 'PLACED' FROM orders;
INSERT INTO payments (order_id, method, provider, reference, key, currency, amount, status, captured, created_at)
    SELECT id, 'PROVIDER', 'test', 'ch_1', 'k', 'USD', 1000, 'CAPTURED', 1000, now() FROM orders;
INSERT INTO payment_refunds (payment_id, key, amount, reason, status, created_at)
    SELECT id, 'r', 10, 'DAMAGED', 'PENDING', now() FROM payments;
INSERT INTO payment_notices (provider, notice) VALUES ('test', 'n');
INSERT INTO test_provider_charges (key, token, currency, amount, status, created_at)
    VALUES ('k', 'ok', 'USD', 1000, 'CAPTURED', now());
INSERT INTO test_provider_refunds (key, charge, amount, created_at) VALUES ('r', 'k', 10, now());
INSERT INTO stock_reservations (order_id, line_id, variant_id, warehouse_id, quantity)
    SELECT order_lines.order_id, order_lines.id, variants.id, warehouses.id, 2 FROM order_lines, variants, warehouses;
INSERT INTO commission_rules (merchant_id, rate_bp) SELECT id, 1000 FROM merchants;
"""  # noqa: S608 - written here

_AGAIN = "INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, (SELECT jsonb_agg(to_jsonb({table}) || {other}) FROM {table}))"  # noqa: E501


def _again(table: str, other: str) -> str:
    """Write a statement that inserts a table's row again, with these of its columns otherwise."""
    return _AGAIN.format(table=table, other=f"'{other}'::jsonb")


CASES: list[tuple[str, str]] = [
    ("ck_orders_status", "UPDATE orders SET status = 'GONE'"),
    ("ck_orders_currency", "UPDATE orders SET currency = 'usd'"),
    ("ck_orders_address", "UPDATE orders SET address = '[]'"),
    ("ck_orders_holder", "UPDATE orders SET token_hash = NULL, customer_id = NULL"),
    ("ck_orders_amounts", "UPDATE orders SET shipping_discount = -1"),
    ("ck_orders_total", "UPDATE orders SET total = total + 1, paid = 2000"),
    ("ck_orders_total", "UPDATE orders SET tax_included = true"),
    ("ck_orders_refunded", "UPDATE orders SET refunded = 1001"),
    ("ck_orders_points", "UPDATE orders SET points_used = -1"),
    ("ck_orders_merchant_ids", "UPDATE orders SET merchant_ids = '{}'"),
    ("uq_orders_number", _again("orders", '{"id": 0}')),
    (
        "uq_orders_cart_id",
        f"""INSERT INTO carts (token_hash, currency) VALUES (sha256('b'), 'USD');
            UPDATE orders SET cart_id = (SELECT max(id) FROM carts); {_again("orders", '{"id": 0, "number": "S2"}')}""",  # noqa: S608 - written here
    ),
    ("ck_order_parts_status", "UPDATE order_parts SET status = 'GONE'"),
    ("ck_order_parts_amounts", "UPDATE order_parts SET refunded = -1"),
    ("ck_order_parts_total", "UPDATE order_parts SET points_worth = 41"),
    ("ck_order_parts_refunded", "UPDATE order_parts SET refunded = 1001"),
    ("ck_order_parts_settlement", "UPDATE order_parts SET commission = -1"),
    ("ck_order_parts_settlement", "UPDATE order_parts SET platform_budget = 51"),
    ("uq_order_parts_order_id_merchant_id", _again("order_parts", '{"id": 0}')),
    ("fk_order_lines_part_id_order_id_merchant_id", "UPDATE order_lines SET merchant_id = merchant_id + 1"),
    ("ck_order_lines_quantity", "UPDATE order_lines SET quantity = 0, base = 0, discount = 0, net = 0, total = 50"),
    ("ck_order_lines_net", "UPDATE order_lines SET base = 1001, net = 901, total = 951"),
    ("ck_order_lines_total", "UPDATE order_lines SET total = 951"),
    ("ck_order_lines_amounts", "UPDATE order_lines SET platform_funding = -1"),
    ("ck_order_lines_fulfilled", "UPDATE order_lines SET fulfilled = 2, cancelled = 1"),
    ("ck_order_lines_returned", "UPDATE order_lines SET fulfilled = 1, returned = 2"),
    ("ck_order_lines_refunded", "UPDATE order_lines SET refunded = 951"),
    ("ck_order_lines_points_returned", "UPDATE order_lines SET points_returned = 41"),
    ("ck_payments_method", "UPDATE payments SET method = 'CASH'"),
    ("ck_payments_status", "UPDATE payments SET status = 'LOST', captured = 0"),
    ("ck_payments_currency", "UPDATE payments SET currency = ''"),
    ("ck_payments_amount", "UPDATE payments SET amount = 0, captured = 0"),
    ("ck_payments_captured", "UPDATE payments SET captured = 1001"),
    ("ck_payments_captured", "UPDATE payments SET captured = 999"),
    ("ck_payments_captured", "UPDATE payments SET captured = 1001, unasked = 2, refunded = 2"),
    ("ck_payments_captured", "UPDATE payments SET status = 'PENDING'"),
    ("ck_payments_unasked", "UPDATE payments SET captured = 1010, unasked = 10, refunded = 9"),
    ("ck_payments_unasked", "UPDATE payments SET captured = 999, unasked = -1"),
    ("ck_payments_captured_currency", "UPDATE payments SET captured_currency = 'EUR'"),
    (
        "ck_payments_captured_currency",
        "UPDATE payments SET unasked = 1000, refunded = 1000, captured_currency = currency",
    ),
    (
        "ck_payments_captured_currency",
        "UPDATE payments SET unasked = 1000, refunded = 1000, captured_currency = 'eur'",
    ),
    ("ck_payments_refunded", "UPDATE payments SET refunded = 1001"),
    ("uq_payments_key", _again("payments", '{"id": 0, "reference": "ch_2"}')),
    ("uq_payments_provider_reference", _again("payments", '{"id": 0, "key": "k2"}')),
    ("ck_payment_refunds_status", "UPDATE payment_refunds SET status = 'LOST'"),
    ("ck_payment_refunds_amount", "UPDATE payment_refunds SET amount = 0"),
    ("uq_payment_refunds_key", _again("payment_refunds", '{"id": 0}')),
    ("pk_payment_notices", "INSERT INTO payment_notices (provider, notice) VALUES ('test', 'n')"),
    ("ck_test_provider_charges_amounts", "UPDATE test_provider_charges SET refunded = 1001"),
    ("ck_test_provider_charges_notices", "UPDATE test_provider_charges SET notices = -1"),
    ("ck_test_provider_refunds_amount", "UPDATE test_provider_refunds SET amount = 0"),
    ("ck_stock_reservations_quantity", "UPDATE stock_reservations SET quantity = 0"),
    ("ck_stock_reservations_units", "UPDATE stock_reservations SET shipped = 2, released = 1"),
    ("uq_stock_reservations_line_id_warehouse_id", _again("stock_reservations", '{"id": 0}')),
    ("ck_commission_rules_rate_bp", "UPDATE commission_rules SET rate_bp = 10001"),
    ("uq_commission_rules_merchant_id_category_id", _again("commission_rules", '{"id": 0}')),
]
