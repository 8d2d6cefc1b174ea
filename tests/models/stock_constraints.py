"""What breaks the constraints of warehouses and of the movement that the level of `test_constraints` leaves behind."""

CASES: list[tuple[str, str]] = [
    ("ck_warehouses_country", "UPDATE warehouses SET country = 'de'"),
    ("ck_warehouses_priority", "UPDATE warehouses SET priority = 0"),
    ("ck_warehouses_priority", "UPDATE warehouses SET priority = 1001"),
    ("ck_stock_movements_kind", "TRIGGERS OFF; UPDATE stock_movements SET kind = 'LOST'"),
    ("ck_stock_movements_units", "TRIGGERS OFF; UPDATE stock_movements SET difference = 0"),
    ("ck_stock_movements_units", "TRIGGERS OFF; UPDATE stock_movements SET on_hand = -1"),
    ("ck_stock_movements_reference", "TRIGGERS OFF; UPDATE stock_movements SET reference_id = 1"),
]
