"""The set-based writes of an import: a staged batch into the catalogue's tables, touching only rows that differ."""

from typing import NamedTuple

import asyncpg

from services import outbox, stock_movements
from services.feeds.opening import RefusedRow, excerpt


class WrittenBatch(NamedTuple):
    """How many of a batch's products were new and how many changed."""

    created: int
    updated: int


_SEEN = """
INSERT INTO import_seen (merchant_id, external_id, line)
SELECT merchant_id, external_id, line FROM import_products ORDER BY line
ON CONFLICT DO NOTHING
"""

_DUPLICATES = """
SELECT staged.line, 'externalId' AS field, staged.external_id AS value,
       'stands twice in the file, first in line ' || seen.line AS reason
FROM import_products staged JOIN import_seen seen USING (merchant_id, external_id)
WHERE seen.line <> staged.line
"""

_MATCH_PRODUCTS = """
UPDATE import_products staged SET product_id = product.id, created = false
FROM products product
WHERE (product.merchant_id, product.external_id) = (staged.merchant_id, staged.external_id)
"""

_SLUG_CONFLICTS = """
SELECT line, 'slug' AS field, slug AS value, 'belongs to another product' AS reason
FROM (
    SELECT staged.line, staged.slug, staged.slug_given, staged.product_id, product.id AS owner_id,
           row_number() OVER (
               PARTITION BY staged.slug ORDER BY (product.id = staged.product_id) DESC NULLS LAST, staged.line
           ) AS claim
    FROM import_products staged LEFT JOIN products product USING (slug) WHERE staged.slug_given
) AS claims
WHERE owner_id <> coalesce(product_id, 0) OR claim > 1
"""

_SKU_CONFLICTS = """
SELECT line, 'variants[' || position || '].sku' AS field, sku AS value,
       'is the SKU of another product of the merchant' || coalesce(' (' || owner || ')', '') AS reason
FROM (
    SELECT variant.line, variant.position, variant.sku, product.product_id, taken.product_id AS owner_id,
           owner.external_id AS owner,
           row_number() OVER (
               PARTITION BY variant.merchant_id, variant.sku
               ORDER BY (taken.product_id = product.product_id) DESC NULLS LAST, variant.line
           ) AS claim
    FROM import_variants variant JOIN import_products product USING (line)
        LEFT JOIN variants taken ON (taken.merchant_id, taken.sku) = (variant.merchant_id, variant.sku)
        LEFT JOIN products owner ON owner.id = taken.product_id
) AS claims
WHERE owner_id <> coalesce(product_id, 0) OR claim > 1
"""

# Warehouses that are not closed meanwhile stay open until the write.
_LOCK_WAREHOUSES = """
SELECT FROM warehouses WHERE (merchant_id, code) IN (SELECT merchant_id, warehouse FROM import_stock)
ORDER BY id FOR KEY SHARE
"""

# The levels are locked in the order that checkouts use, so that what is reserved cannot grow before the write.
_LOCK_STOCK = """
SELECT FROM stock_levels WHERE variant_id IN (
    SELECT variants.id FROM variants JOIN import_products staged ON staged.product_id = variants.product_id
)
ORDER BY variant_id, warehouse_id FOR UPDATE
"""

_STOCK_CONFLICTS = """
SELECT staged.line, 'stock' AS field, stock.on_hand::text AS value,
       'SKU ' || stock.sku || ' has ' || level.reserved || ' units promised to orders' AS reason
FROM import_stock stock JOIN import_products staged USING (line)
    JOIN variants ON (variants.product_id, variants.sku) = (staged.product_id, stock.sku)
    JOIN warehouses ON (warehouses.merchant_id, warehouses.code) = (staged.merchant_id, stock.warehouse)
    JOIN stock_levels level ON (level.variant_id, level.warehouse_id) = (variants.id, warehouses.id)
WHERE stock.on_hand < level.reserved
UNION ALL
SELECT staged.line, 'stock', stock.warehouse, 'the warehouse is closed'
FROM import_stock stock JOIN import_products staged USING (line)
    JOIN warehouses ON (warehouses.merchant_id, warehouses.code) = (staged.merchant_id, stock.warehouse)
WHERE stock.on_hand > 0 AND NOT warehouses.active
UNION ALL
SELECT staged.line, 'variants', variants.sku, 'the variant is missing, but units of it are promised to orders'
FROM import_products staged JOIN variants ON variants.product_id = staged.product_id
WHERE NOT EXISTS (SELECT FROM import_variants WHERE (line, sku) = (staged.line, variants.sku))
  AND EXISTS (SELECT FROM stock_levels WHERE variant_id = variants.id AND reserved > 0)
"""

_UPDATE_PRODUCTS = """
UPDATE products product
SET category_id = staged.category_id, name = staged.name, description = staged.description, status = staged.status,
    slug = CASE WHEN staged.slug_given THEN staged.slug ELSE product.slug END,
    published_at = coalesce(
        staged.published_at, product.published_at, CASE staged.status WHEN 'PUBLISHED' THEN now() END
    ),
    media = staged.media, options = staged.options, attributes = staged.attributes
FROM import_products staged
WHERE product.id = staged.product_id AND (
    product.category_id, product.name, product.description, product.status, product.slug, product.published_at,
    product.media, product.options, product.attributes
) IS DISTINCT FROM (
    staged.category_id, staged.name, staged.description, staged.status,
    CASE WHEN staged.slug_given THEN staged.slug ELSE product.slug END,
    coalesce(staged.published_at, product.published_at, CASE staged.status WHEN 'PUBLISHED' THEN now() END),
    staged.media, staged.options, staged.attributes
)
RETURNING product.id AS product_id
"""

_INSERT_PRODUCTS = """
INSERT INTO products (merchant_id, external_id, category_id, slug, name, description, status, published_at, media,
                      options, attributes)
SELECT merchant_id, external_id, category_id,
       CASE WHEN slug_given OR (
           row_number() OVER (PARTITION BY slug ORDER BY slug_given DESC, line) = 1
           AND NOT EXISTS (SELECT FROM products WHERE products.slug = staged.slug)
       ) THEN slug ELSE slug || '-' || slug_suffix END,
       name, description, status, coalesce(published_at, CASE status WHEN 'PUBLISHED' THEN now() END), media, options,
       attributes
FROM import_products staged WHERE product_id IS NULL ORDER BY line
"""

_MATCH_NEW_PRODUCTS = """
UPDATE import_products staged SET product_id = product.id, created = true
FROM products product
WHERE staged.product_id IS NULL
  AND (product.merchant_id, product.external_id) = (staged.merchant_id, staged.external_id)
"""

_DELETE_VARIANTS = """
DELETE FROM variants USING import_products staged
WHERE variants.product_id = staged.product_id AND NOT staged.created
  AND NOT EXISTS (SELECT FROM import_variants WHERE (line, sku) = (staged.line, variants.sku))
RETURNING variants.product_id
"""

_MATCH_VARIANTS = """
UPDATE import_variants staged SET product_id = product.product_id, variant_id = variants.id
FROM import_products product LEFT JOIN variants ON variants.product_id = product.product_id
WHERE product.line = staged.line AND variants.sku = staged.sku
"""

_UPDATE_VARIANTS = """
UPDATE variants
SET position = staged.position, name = staged.name, option_values = staged.option_values,
    weight_grams = staged.weight_grams, barcode = staged.barcode
FROM import_variants staged
WHERE variants.id = staged.variant_id AND (
    variants.position, variants.name, variants.option_values, variants.weight_grams, variants.barcode
) IS DISTINCT FROM (staged.position, staged.name, staged.option_values, staged.weight_grams, staged.barcode)
RETURNING variants.product_id
"""

_INSERT_VARIANTS = """
INSERT INTO variants (product_id, merchant_id, sku, position, name, option_values, weight_grams, barcode)
SELECT product.product_id, staged.merchant_id, sku, position, staged.name, option_values, weight_grams, barcode
FROM import_variants staged JOIN import_products product USING (line)
WHERE staged.variant_id IS NULL ORDER BY line, position
RETURNING product_id
"""

_MATCH_TO_VARIANTS = """
UPDATE {table} staged SET product_id = variants.product_id, variant_id = variants.id
FROM variants WHERE (variants.merchant_id, variants.sku) = (staged.merchant_id, staged.sku)
"""

_DELETE_PRICES = """
DELETE FROM variant_prices USING import_variants staged, import_products product
WHERE variant_prices.variant_id = staged.variant_id AND product.line = staged.line AND NOT product.created
  AND NOT EXISTS (
      SELECT FROM import_prices WHERE (line, sku, currency) = (staged.line, staged.sku, variant_prices.currency)
  )
RETURNING variant_prices.product_id
"""

_UPDATE_PRICES = """
UPDATE variant_prices SET amount = staged.amount, compare_at = staged.compare_at
FROM import_prices staged
WHERE (variant_prices.variant_id, variant_prices.currency) = (staged.variant_id, staged.currency)
  AND (variant_prices.amount, variant_prices.compare_at) IS DISTINCT FROM (staged.amount, staged.compare_at)
RETURNING variant_prices.product_id
"""

_INSERT_PRICES = """
INSERT INTO variant_prices (variant_id, product_id, currency, amount, compare_at)
SELECT variant_id, product_id, currency, amount, compare_at FROM import_prices staged
WHERE NOT EXISTS (
    SELECT FROM variant_prices price WHERE (price.variant_id, price.currency) = (staged.variant_id, staged.currency)
)
RETURNING product_id
"""

_INSERT_WAREHOUSES = """
INSERT INTO warehouses (merchant_id, code, name)
SELECT DISTINCT merchant_id, warehouse, initcap(warehouse) FROM import_stock
ON CONFLICT (merchant_id, code) DO NOTHING
"""

_UPDATE_STOCK = """
UPDATE stock_levels level SET on_hand = stock.on_hand
FROM (
    SELECT staged.variant_id, staged.product_id, warehouses.id AS warehouse_id, staged.on_hand
    FROM import_stock staged
        JOIN warehouses ON (warehouses.merchant_id, warehouses.code) = (staged.merchant_id, staged.warehouse)
) AS stock
WHERE (level.variant_id, level.warehouse_id) = (stock.variant_id, stock.warehouse_id)
  AND level.on_hand <> stock.on_hand
RETURNING stock.product_id
"""

_INSERT_STOCK = """
WITH added AS (
    INSERT INTO stock_levels (variant_id, warehouse_id, on_hand)
    SELECT staged.variant_id, warehouses.id, staged.on_hand
    FROM import_stock staged
        JOIN warehouses ON (warehouses.merchant_id, warehouses.code) = (staged.merchant_id, staged.warehouse)
    WHERE NOT EXISTS (
        SELECT FROM stock_levels level WHERE (level.variant_id, level.warehouse_id) = (staged.variant_id, warehouses.id)
    )
    ORDER BY staged.variant_id, warehouses.id
    RETURNING variant_id
)
SELECT product_id FROM added JOIN variants ON variants.id = added.variant_id
"""

_MATCH_TRANSLATIONS = """
UPDATE import_translations staged SET product_id = product.product_id
FROM import_products product WHERE product.line = staged.line
"""

_DELETE_TRANSLATIONS = """
DELETE FROM product_translations USING import_products staged
WHERE product_translations.product_id = staged.product_id AND staged.translated AND NOT staged.created
  AND NOT EXISTS (
      SELECT FROM import_translations WHERE (line, locale) = (staged.line, product_translations.locale)
  )
RETURNING product_translations.product_id
"""

_UPSERT_TRANSLATIONS = """
INSERT INTO product_translations (product_id, locale, name, description)
SELECT product_id, locale, name, description FROM import_translations
ON CONFLICT (product_id, locale) DO UPDATE SET name = excluded.name, description = excluded.description
WHERE (product_translations.name, product_translations.description) <> (excluded.name, excluded.description)
RETURNING product_id
"""

# A column that has just been filled is all NULL to the planner, which then joins by loops over the whole batch.
_ANALYZE_PRODUCTS = "ANALYZE import_products (product_id)"
_ANALYZE_VARIANTS = "ANALYZE import_variants (variant_id), import_prices (variant_id), import_stock (variant_id)"

_CREATED = "SELECT product_id FROM import_products WHERE created"

_BUMP = """
UPDATE products SET version = version + 1, updated_at = now() WHERE id = ANY($1) RETURNING id, version
"""

_STEPS = (
    _UPDATE_PRODUCTS,
    _INSERT_PRODUCTS,
    _MATCH_NEW_PRODUCTS,
    _ANALYZE_PRODUCTS,
    _DELETE_VARIANTS,
    _MATCH_VARIANTS,
    _UPDATE_VARIANTS,
    _INSERT_VARIANTS,
    _MATCH_VARIANTS,
    _MATCH_TO_VARIANTS.format(table="import_prices"),
    _MATCH_TO_VARIANTS.format(table="import_stock"),
    _ANALYZE_VARIANTS,
    _DELETE_PRICES,
    _UPDATE_PRICES,
    _INSERT_PRICES,
    _INSERT_WAREHOUSES,
    _UPDATE_STOCK,
    _INSERT_STOCK,
    _MATCH_TRANSLATIONS,
    _DELETE_TRANSLATIONS,
    _UPSERT_TRANSLATIONS,
)
"""In order; those that return rows return the `product_id` of what they changed."""


async def refusals(connection: asyncpg.Connection) -> list[RefusedRow]:
    """Match the staged batch with the catalogue and answer the records that cannot go in, at most one reason each."""
    await connection.execute(_SEEN)
    found = await connection.fetch(_DUPLICATES)
    await connection.execute(_MATCH_PRODUCTS)
    await connection.execute(_ANALYZE_PRODUCTS)
    await connection.fetch(_LOCK_WAREHOUSES)
    await connection.fetch(_LOCK_STOCK)
    for conflicts in (_SLUG_CONFLICTS, _SKU_CONFLICTS, _STOCK_CONFLICTS):
        found += await connection.fetch(conflicts)
    first = {row["line"]: row for row in reversed(found)}
    return [RefusedRow(line, row["field"], excerpt(row["value"]), row["reason"]) for line, row in sorted(first.items())]


async def write(connection: asyncpg.Connection) -> WrittenBatch:
    """Write the staged batch and append one PRODUCT_CHANGED event for each product that is new or differs."""
    changed: set[int] = set()
    await stock_movements.because_of_import(connection)
    for step in _STEPS:
        changed.update(row["product_id"] for row in await connection.fetch(step))
    created = {row["product_id"] for row in await connection.fetch(_CREATED)}
    updated = await connection.fetch(_BUMP, sorted(changed - created)) if changed - created else []
    await outbox.append_many(
        connection,
        event_type="PRODUCT_CHANGED",
        subject_type="product",
        subjects=[
            *((product_id, 1) for product_id in sorted(created)),
            *((row["id"], row["version"]) for row in updated),
        ],
    )
    return WrittenBatch(len(created), len(updated))
