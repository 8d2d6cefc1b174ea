"""What breaks the constraints of carts, deliveries and taxes: rows of each kind, and the statements that spoil them."""

ROWS = """
INSERT INTO carts (customer_id, token_hash, currency) SELECT id, sha256('a'), 'USD' FROM customers;
INSERT INTO cart_lines (cart_id, variant_id, quantity, unit_price, name, added_at)
    SELECT carts.id, variants.id, 1, 100, 'Lamp', now() FROM carts, variants;
INSERT INTO cart_coupons (cart_id, code, position) SELECT id, 'A', 0 FROM carts;
INSERT INTO cart_deliveries (cart_id, merchant_id, method) SELECT carts.id, merchants.id, 'standard' FROM carts, merchants;
INSERT INTO wishlist_items (customer_id, variant_id, added_at) SELECT customers.id, variants.id, now() FROM customers, variants;
INSERT INTO delivery_methods (code, label, currency, price) VALUES ('standard', 'Standard', 'USD', 100);
INSERT INTO tax_regions (country, name, inclusive, is_default) VALUES ('DE', 'VAT', true, true);
INSERT INTO tax_rates (region_id, tax_class, rate_bp) SELECT id, 'standard', 1900 FROM tax_regions;
"""  # noqa: E501 - SQL reads best unbroken

CASES: list[tuple[str, str]] = [
    ("ck_products_tax_class", "UPDATE products SET tax_class = ''"),
    ("ck_carts_currency", "UPDATE carts SET currency = 'usd'"),
    ("ck_carts_token_hash", "UPDATE carts SET token_hash = 'a'"),
    ("ck_carts_holder", "UPDATE carts SET token_hash = NULL, customer_id = NULL"),
    ("ck_carts_address", "UPDATE carts SET address = '[]'"),
    ("ck_carts_delivery_method", "UPDATE carts SET delivery_method = 'By air'"),
    ("ck_carts_points_asked", "UPDATE carts SET points_asked = -1"),
    ("uq_carts_token_hash", "INSERT INTO carts (token_hash, currency) VALUES (sha256('a'), 'USD')"),
    ("ck_cart_lines_quantity", "UPDATE cart_lines SET quantity = 0"),
    ("ck_cart_lines_quantity", "UPDATE cart_lines SET quantity = 1000"),
    ("ck_cart_lines_unit_price", "UPDATE cart_lines SET unit_price = -1"),
    (
        "uq_cart_lines_cart_id_variant_id",
        """INSERT INTO cart_lines (cart_id, variant_id, quantity, name, added_at)
           SELECT cart_id, variant_id, 2, name, added_at FROM cart_lines""",
    ),
    ("ck_cart_coupons_code", "UPDATE cart_coupons SET code = ''"),
    ("ck_cart_coupons_position", "UPDATE cart_coupons SET position = 20"),
    ("ck_cart_deliveries_method", "UPDATE cart_deliveries SET method = ''"),
    (
        "uq_wishlist_items_customer_id_variant_id",
        """INSERT INTO wishlist_items (customer_id, variant_id, added_at)
           SELECT customer_id, variant_id, now() FROM wishlist_items""",
    ),
    ("ck_delivery_methods_code", "UPDATE delivery_methods SET code = 'By air'"),
    ("ck_delivery_methods_currency", "UPDATE delivery_methods SET currency = ''"),
    ("ck_delivery_methods_price", "UPDATE delivery_methods SET price = -1"),
    ("ck_delivery_methods_free_from", "UPDATE delivery_methods SET free_from = -1"),
    ("ck_delivery_methods_countries", "UPDATE delivery_methods SET countries = '{}'"),
    (
        "uq_delivery_methods_merchant_id_code_currency",
        "INSERT INTO delivery_methods (code, label, currency, price) VALUES ('standard', 'Other', 'USD', 1)",
    ),
    ("ck_tax_regions_country", "UPDATE tax_regions SET country = 'Germany'"),
    ("ck_tax_regions_region", "UPDATE tax_regions SET region = 'ca'"),
    ("ck_tax_regions_per", "UPDATE tax_regions SET per = 'per_day'"),
    ("ck_tax_regions_rounding", "UPDATE tax_regions SET rounding = 'down'"),
    (
        "uq_tax_regions_country_region",
        "INSERT INTO tax_regions (country, name, inclusive) VALUES ('DE', 'MwSt', true)",
    ),
    (
        "uq_tax_regions_is_default",
        "INSERT INTO tax_regions (country, name, inclusive, is_default) VALUES ('FR', 'TVA', true, true)",
    ),
    ("ck_tax_rates_rate_bp", "UPDATE tax_rates SET rate_bp = -1"),
]
