"""What breaks the constraints of warehouses, thresholds, alerts and of the movement that `test_constraints` leaves."""

ROWS = """
INSERT INTO stock_thresholds (variant_id, merchant_id, threshold) SELECT id, merchant_id, 5 FROM variants;
INSERT INTO stock_alerts (customer_id, variant_id, set_at)
    SELECT customers.id, variants.id, now() FROM customers, variants;
"""

CASES: list[tuple[str, str]] = [
    ("ck_warehouses_country", "UPDATE warehouses SET country = 'de'"),
    ("ck_warehouses_priority", "UPDATE warehouses SET priority = 0"),
    ("ck_warehouses_priority", "UPDATE warehouses SET priority = 1001"),
    ("ck_stock_movements_kind", "TRIGGERS OFF; UPDATE stock_movements SET kind = 'LOST'"),
    ("ck_stock_movements_units", "TRIGGERS OFF; UPDATE stock_movements SET difference = 0"),
    ("ck_stock_movements_units", "TRIGGERS OFF; UPDATE stock_movements SET on_hand = -1"),
    ("ck_stock_movements_reference", "TRIGGERS OFF; UPDATE stock_movements SET reference_id = 1"),
    ("ck_stock_thresholds_threshold", "UPDATE stock_thresholds SET threshold = 0"),
    ("ck_stock_thresholds_supply", "UPDATE stock_thresholds SET supply = 'FINE'"),
    (
        "uq_stock_alerts_customer_id_variant_id",
        """INSERT INTO stock_alerts (customer_id, variant_id, set_at)
           SELECT customer_id, variant_id, set_at FROM stock_alerts""",
    ),
]
