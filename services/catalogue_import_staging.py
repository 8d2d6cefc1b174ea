"""Where a batch of records waits inside Postgres: temporary tables, filled by COPY, that the set-based writes read.

Every row names the line of its record, which is the record's key inside the batch.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import asyncpg

from domain.catalogue_records import ProductRecord
from domain.slugs import slugify

_TABLES = {
    "import_products": """line integer, merchant_id bigint, external_id text, category_id bigint, slug text,
        slug_given boolean, slug_suffix text, name text, description text, status text, published_at timestamptz,
        media jsonb, options jsonb, attributes jsonb, translated boolean, product_id bigint, created boolean""",
    "import_variants": """line integer, merchant_id bigint, sku text, position integer, name text, option_values jsonb,
        weight_grams integer, barcode text, product_id bigint, variant_id bigint""",
    "import_prices": """line integer, merchant_id bigint, sku text, currency text, amount bigint, compare_at bigint,
        product_id bigint, variant_id bigint""",
    "import_stock": """line integer, merchant_id bigint, sku text, warehouse text, on_hand integer,
        product_id bigint, variant_id bigint""",
    "import_translations": "line integer, locale text, name text, description text, product_id bigint",
}
_FILLED_LATER = frozenset({"product_id", "variant_id", "created"})
_SEEN = "merchant_id bigint, external_id text, line integer, PRIMARY KEY (merchant_id, external_id)"


@dataclass(slots=True)
class StagedProduct:
    """A record whose merchant, category and attributes have been found or made."""

    line: int
    record: ProductRecord
    merchant_id: int
    category_id: int | None
    attributes: dict[str, Any]


async def create(connection: asyncpg.Connection) -> None:
    """Make the temporary tables on this connection; `import_seen` lives as long as a file, the others as a batch."""
    for table, columns in _TABLES.items():
        await connection.execute(f"CREATE TEMPORARY TABLE {table} ({columns})")
    await connection.execute(f"CREATE TEMPORARY TABLE import_seen ({_SEEN})")


async def drop(connection: asyncpg.Connection) -> None:
    """Remove the temporary tables, so that the connection goes back to its pool as it came."""
    await connection.execute(f"DROP TABLE IF EXISTS {', '.join([*_TABLES, 'import_seen'])}")


async def forget_seen(connection: asyncpg.Connection) -> None:
    """Begin a new file: its external ids are compared among themselves only."""
    await connection.execute("TRUNCATE import_seen")


async def fill(connection: asyncpg.Connection, products: list[StagedProduct]) -> None:
    """Replace the batch's tables by these products."""
    await connection.execute(f"TRUNCATE {', '.join(_TABLES)}")
    await _copy(connection, "import_products", (_product_row(product) for product in products))
    await _copy(connection, "import_variants", _variant_rows(products))
    await _copy(connection, "import_prices", _price_rows(products))
    await _copy(connection, "import_stock", _stock_rows(products))
    await _copy(connection, "import_translations", _translation_rows(products))
    await connection.execute(f"ANALYZE {', '.join(_TABLES)}")


async def discard(connection: asyncpg.Connection, lines: list[int]) -> None:
    """Take refused records out of the batch."""
    for table in _TABLES:
        await connection.execute(f"DELETE FROM {table} WHERE line = ANY($1)", lines)  # noqa: S608  a table of ours


async def _copy(connection: asyncpg.Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    columns = [column.split()[0] for column in _TABLES[table].split(",")]
    await connection.copy_records_to_table(
        table, records=rows, columns=[column for column in columns if column not in _FILLED_LATER]
    )


def _product_row(product: StagedProduct) -> tuple[Any, ...]:
    record = product.record
    # The suffix sets products of one name apart. Made from the key, it is the same at every import of the file.
    key = f"{product.merchant_id} {record.external_id}".encode()
    suffix = hashlib.blake2s(key, digest_size=5).hexdigest()
    return (
        product.line,
        product.merchant_id,
        record.external_id,
        product.category_id,
        record.slug or slugify(record.name) or f"product-{suffix}",
        record.slug is not None,
        suffix,
        record.name,
        record.description,
        record.status,
        record.published_at,
        record.media,
        record.options,
        product.attributes,
        record.translations is not None,
    )


def _variant_rows(products: list[StagedProduct]) -> Iterable[tuple[Any, ...]]:
    for product in products:
        for position, variant in enumerate(product.record.variants):
            yield (
                product.line,
                product.merchant_id,
                variant.sku,
                position,
                variant.name,
                [{"name": name, "value": value} for name, value in variant.option_values.items()],
                variant.weight_grams,
                variant.barcode,
            )


def _price_rows(products: list[StagedProduct]) -> Iterable[tuple[Any, ...]]:
    for product in products:
        for variant in product.record.variants:
            for price in variant.prices:
                yield product.line, product.merchant_id, variant.sku, price.currency, price.amount, price.compare_at


def _stock_rows(products: list[StagedProduct]) -> Iterable[tuple[Any, ...]]:
    for product in products:
        for variant in product.record.variants:
            for warehouse, on_hand in variant.stock.items():
                yield product.line, product.merchant_id, variant.sku, warehouse, on_hand


def _translation_rows(products: list[StagedProduct]) -> Iterable[tuple[Any, ...]]:
    for product in products:
        for locale, translation in (product.record.translations or {}).items():
            yield product.line, locale, translation.name, translation.description
