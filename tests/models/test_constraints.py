"""The tables refuse ..."""

from typing import Any

import asyncpg
import pytest
from sqlalchemy import CheckConstraint

from models.tables import metadata
from tests.factories import catalogue
from tests.models import people_constraints

# One row of each kind, which the cases below try to spoil.
_ROWS = """
INSERT INTO merchants (slug, name) VALUES ('ada', 'Ada');
INSERT INTO categories (slug, name) VALUES ('lamps', 'Lamps');
INSERT INTO attributes (key, label, kind) VALUES ('size', 'Size', 'NUMBER'), ('colour', 'Colour', 'TEXT');
INSERT INTO collections (slug, name, rule) VALUES ('new', 'New', '{"all": []}');
INSERT INTO products (merchant_id, slug, name) SELECT id, 'lamp', 'Lamp' FROM merchants;
INSERT INTO variants (product_id, merchant_id, sku, weight_grams) SELECT id, merchant_id, 'L-1', 500 FROM products;
INSERT INTO variant_prices (variant_id, product_id, currency, amount, compare_at)
    SELECT id, product_id, 'USD', 1000, 1200 FROM variants;
INSERT INTO warehouses (merchant_id, code, name) SELECT id, 'W', 'W' FROM merchants;
INSERT INTO stock_levels (variant_id, warehouse_id, on_hand, reserved)
    SELECT variants.id, warehouses.id, 5, 2 FROM variants, warehouses;
INSERT INTO reviews (product_id, rating, author_name) SELECT id, 4, 'Bob' FROM products;
INSERT INTO search_synonyms (term, synonyms) VALUES ('sofa', '{couch}');
INSERT INTO search_pins (query, product_id, position) SELECT 'lamp', id, 1 FROM products;
"""

CASES: list[tuple[str, str]] = [
    ("ck_merchants_state", "UPDATE merchants SET state = 'GONE'"),
    *[
        (f"ck_{table}_slug", f"UPDATE {table} SET slug = '{slug}'")  # noqa: S608 - written here
        for table in ("merchants", "categories", "collections", "products")
        for slug in ("", "Lamp", "a b", "-a", "a-", "a--b", "lämpe", "a/b", "a\nb")
    ],
    ("ck_attributes_kind", "UPDATE attributes SET kind = 'COLOUR', unit = NULL"),
    ("ck_attributes_key", "UPDATE attributes SET key = 'Screen size' WHERE key = 'size'"),
    ("ck_attributes_unit", "UPDATE attributes SET unit = 'in' WHERE key = 'colour'"),
    ("ck_attributes_allowed_values", "UPDATE attributes SET kind = 'ENUMERATION'"),
    ("ck_attributes_allowed_values", "UPDATE attributes SET allowed_values = '{red}'"),
    ("ck_products_status", "UPDATE products SET status = 'GONE'"),
    ("ck_products_published_at", "UPDATE products SET status = 'PUBLISHED'"),
    ("ck_products_rating", "UPDATE products SET rating_count = -1"),
    ("ck_products_rating", "UPDATE products SET rating_sum = 0"),
    ("ck_products_rating", "UPDATE products SET rating_sum = 6"),
    ("ck_products_documents", "UPDATE products SET options = '{}'"),
    ("ck_products_documents", "UPDATE products SET media = '\"a.png\"'"),
    ("ck_products_documents", "UPDATE products SET attributes = '[]'"),
    ("ck_merchant_ratings_rating", "UPDATE merchant_ratings SET rating_count = -1"),
    ("ck_merchant_ratings_rating", "UPDATE merchant_ratings SET rating_sum = 6"),
    ("ck_variants_option_values", "UPDATE variants SET option_values = '{}'"),
    ("ck_variants_weight_grams", "UPDATE variants SET weight_grams = -1"),
    ("ck_variant_prices_amount", "UPDATE variant_prices SET amount = -1"),
    ("ck_variant_prices_compare_at", "UPDATE variant_prices SET compare_at = amount"),
    ("ck_variant_prices_compare_at", "UPDATE variant_prices SET amount = 1200"),
    ("ck_variant_prices_currency", "UPDATE variant_prices SET currency = 'usd'"),
    ("ck_product_prices_range", "UPDATE product_prices SET min_amount = -1"),
    ("ck_product_prices_range", "UPDATE product_prices SET min_amount = max_amount + 1"),
    ("ck_stock_levels_units", "UPDATE stock_levels SET reserved = 6"),
    ("ck_stock_levels_units", "UPDATE stock_levels SET on_hand = 1"),
    ("ck_stock_levels_units", "UPDATE stock_levels SET reserved = -1"),
    ("ck_reviews_rating", "UPDATE reviews SET rating = 0"),
    ("ck_reviews_rating", "UPDATE reviews SET rating = 6"),
    ("ck_reviews_state", "UPDATE reviews SET state = 'GONE'"),
    ("ck_search_synonyms_synonyms", "UPDATE search_synonyms SET synonyms = '{}'"),
    ("ck_search_pins_position", "UPDATE search_pins SET position = 0"),
    ("ck_search_pins_position", "UPDATE search_pins SET position = 101"),
    ("uq_variants_merchant_id_sku", "INSERT INTO variants (product_id, merchant_id, sku) TABLE copied"),
    ("uq_merchants_slug", "INSERT INTO merchants (slug, name) VALUES ('ada', 'Another')"),
    (
        "uq_warehouses_merchant_id_code",
        "INSERT INTO warehouses (merchant_id, code, name) SELECT id, 'W', '' FROM merchants",
    ),
    ("fk_variants_product_id_merchant_id", "UPDATE variants SET merchant_id = merchant_id + 1"),
    ("fk_variant_prices_variant_id_product_id", "UPDATE variant_prices SET product_id = product_id + 1"),
    ("fk_products_merchant_id", "DELETE FROM merchants"),
    *people_constraints.CASES,
]


@pytest.mark.parametrize(("constraint", "statement"), CASES)
async def test_what_breaks_a_constraint(connection: asyncpg.Connection, constraint: str, statement: str) -> None:
    await connection.execute(_ROWS + people_constraints.ROWS)
    copied = "WITH copied AS (SELECT product_id, merchant_id, sku FROM variants) "
    before = await everything(connection)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        await connection.execute(copied + statement if "copied" in statement else statement)
    assert caught.value.constraint_name == constraint
    assert await everything(connection) == before


async def everything(connection: asyncpg.Connection) -> dict[str, Any]:
    return {table.name: await connection.fetch(f'TABLE "{table.name}"') for table in metadata.sorted_tables}


def test_in_every_check_that_the_models_state() -> None:
    stated = {
        f"ck_{table.name}_{constraint.name}".replace(f"ck_{table.name}_ck_{table.name}_", f"ck_{table.name}_")
        for table in metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    assert stated == {constraint for constraint, _ in CASES if constraint.startswith("ck_")}


async def test_two_products_of_one_external_id_in_one_merchant_only(connection: asyncpg.Connection) -> None:
    ada, bob = await catalogue.merchant(connection), await catalogue.merchant(connection)
    await catalogue.product(connection, ada, external_id="1")
    await catalogue.product(connection, bob, external_id="1")
    with pytest.raises(asyncpg.UniqueViolationError):
        await catalogue.product(connection, ada, external_id="1")
    assert await connection.fetchval("SELECT count(*) FROM products") == 2
