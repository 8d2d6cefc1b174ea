"""Rows to documents: what the index holds of each product, category and merchant.

A product's document holds what search matches, filters, counts and sorts by, nothing that is only shown: a hit is an
id, and the product is read from Postgres.

| field | holds |
|---|---|
| `names.<locale>`, `descriptions.<locale>` | the texts of each locale |
| `merchant`, `merchant_name` | slug and name |
| `categories`, `category_names` | slugs from the root down; names in all locales |
| `skus`, `barcodes` | of all variants |
| `prices.<currency>` | the lowest price, minor units |
| `rating`, `rating_floor`, `rating_count` | average in ten-thousandths of a star; whole stars; reviews |
| `available` | whether any variant is in stock |
| `published_at` | seconds since 1970 |
| `values` | `key=value` of every filterable attribute |
| `codes` | of the numbers and dates among them, for range filters; see `code` |
| `numbers.<key>` | the same numbers, for the least and the greatest value of a facet |
| `texts` | values of the searchable attributes |
| `sorts.<key>` | values of the sortable attributes |

The engine looks at every field of the index in every query, 2 microseconds each: with a field for each of 5,341 real
attributes a query took 11.6 ms instead of 0.3 ms. So all values share one field, all codes another, and only the
`NUMBER_FIELDS_MAX` oldest attributes have a field in `numbers`: later ones are counted by value, without a range.
"""

import struct
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import asyncpg

from domain import reviews

Document = dict[str, Any]

_PRODUCTS = """
SELECT products.id, products.name, products.description, products.attributes,
    products.rating_score, products.rating_count,
    CASE WHEN isfinite(products.published_at) THEN extract(epoch FROM products.published_at)::bigint END
        AS published_at,
    merchants.slug AS merchant, merchants.name AS merchant_name,
    categories.slugs AS category_slugs, categories.names AS category_names,
    variants.skus, variants.barcodes, variants.available,
    (SELECT jsonb_object_agg(currency, min_amount) FROM product_prices WHERE product_id = products.id) AS prices,
    (SELECT jsonb_object_agg(locale, jsonb_build_array(name, description))
     FROM product_translations WHERE product_id = products.id) AS translations
FROM products
JOIN merchants ON merchants.id = products.merchant_id
LEFT JOIN LATERAL (
    SELECT array_agg(ancestor.slug ORDER BY cardinality(ancestor.path)) AS slugs,
        array_agg(ancestor.name ORDER BY cardinality(ancestor.path))
            || array(SELECT name FROM category_translations WHERE category_id = ANY (category.path)
                     ORDER BY locale, category_id) AS names
    FROM categories AS category JOIN categories AS ancestor ON ancestor.id = ANY (category.path)
    WHERE category.id = products.category_id
    GROUP BY category.id
) AS categories ON true
CROSS JOIN LATERAL (
    SELECT array_agg(variants.sku ORDER BY position, id) AS skus,
        array_agg(variants.barcode ORDER BY position, id) FILTER (WHERE barcode IS NOT NULL) AS barcodes,
        coalesce(bool_or(EXISTS (
            SELECT FROM stock_levels WHERE variant_id = variants.id AND on_hand > reserved
        )), false) AS available
    FROM variants WHERE product_id = products.id
) AS variants
WHERE products.id = ANY ($1::bigint[]) AND products.listed
"""
_ATTRIBUTES = """
SELECT id, key, kind, filterable, searchable, sortable,
    kind IN ('NUMBER', 'DATE') AND filterable AND (
        SELECT count(*) FROM (
            SELECT FROM attributes AS older
            WHERE older.id < attributes.id AND older.kind IN ('NUMBER', 'DATE') AND older.filterable LIMIT $2
        ) AS older
    ) < $2 AS has_field
FROM attributes WHERE key = ANY ($1::text[])
"""
_CATEGORIES = """
SELECT id, slug, name,
    (SELECT jsonb_object_agg(locale, name) FROM category_translations WHERE category_id = categories.id) AS translations
FROM categories WHERE id = ANY ($1::bigint[])
"""
_MERCHANTS = (
    "SELECT id, slug, name, description FROM merchants WHERE id = ANY ($1::bigint[]) AND merchants.state = 'ACTIVE'"
)

NUMBER_FIELDS_MAX = 200
RANGED_KINDS = ("NUMBER", "DATE")
_FLOAT32_MAX = 3.4028234663852886e38


async def products(connection: asyncpg.Connection, ids: Sequence[int], *, locale: str) -> list[Document]:
    """Make the documents of those of the products that are listed, by two statements; `locale` is the base locale."""
    rows = await connection.fetch(_PRODUCTS, ids)
    keys = {key for row in rows for key in row["attributes"]}
    attributes = {row["key"]: row for row in await connection.fetch(_ATTRIBUTES, list(keys), NUMBER_FIELDS_MAX)}
    return [_product(row, attributes, locale) for row in rows]


async def categories(connection: asyncpg.Connection, ids: Sequence[int], *, locale: str) -> list[Document]:
    """Make the documents of categories."""
    return [
        {"id": row["id"], "slug": row["slug"], "names": {locale: row["name"]} | (row["translations"] or {})}
        for row in await connection.fetch(_CATEGORIES, ids)
    ]


async def merchants(connection: asyncpg.Connection, ids: Sequence[int]) -> list[Document]:
    """Make the documents of those of the merchants that are active."""
    return [dict(row) for row in await connection.fetch(_MERCHANTS, ids)]


def day_number(text: str) -> int:
    """Turn a day (2026-01-31) into a number that the engine can compare: the days since the year 1."""
    return date.fromisoformat(text).toordinal()


def day_text(number: float) -> str:
    """Write the day that `day_number` numbered."""
    return date.fromordinal(int(number)).isoformat()


def pair(key: str, value: str | float) -> str:
    """Write an attribute's value as the index holds it in `values`."""
    return f"{key}={value_text(value)}"


def value_text(value: str | float) -> str:
    """Write a value as clients see it: true and false, 17 and 17.5, any text as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def folded(value: str) -> str:
    """Write a value as the engine compares it: values that differ only in case are one."""
    return unicodedata.normalize("NFKD", value.strip()).lower()


def code(attribute_id: int, number: float) -> int:
    """Write a number of an attribute as one integer, so that the numbers of all attributes share a field.

    The attribute's id (20 bits) stands above the number as a 32-bit float whose bits are arranged to sort as the
    numbers do: codes of one attribute compare like its numbers, to seven digits, and the engine's 64-bit float holds
    them exactly.
    """
    bits: int = struct.unpack(">I", struct.pack(">f", max(-_FLOAT32_MAX, min(number, _FLOAT32_MAX))))[0]
    ordered = bits ^ (0xFFFF_FFFF if bits >> 31 else 0x8000_0000)
    return (attribute_id % 2**20) << 32 | ordered


def _product(row: Mapping[str, Any], attributes: Mapping[str, Mapping[str, Any]], locale: str) -> Document:
    translations = row["translations"] or {}
    document = {
        "id": row["id"],
        "names": {locale: row["name"]} | {other: name for other, (name, _) in translations.items()},
        "descriptions": {locale: row["description"]}
        | {other: description for other, (_, description) in translations.items() if description},
        "merchant": row["merchant"],
        "merchant_name": row["merchant_name"],
        "categories": row["category_slugs"] or [],
        "category_names": row["category_names"] or [],
        "skus": row["skus"] or [],
        "barcodes": row["barcodes"] or [],
        "prices": row["prices"] or {},
        "rating": row["rating_score"],
        "rating_floor": row["rating_score"] // reviews.SCORE_UNITS,
        "rating_count": row["rating_count"],
        "available": row["available"],
        "published_at": row["published_at"],
    }
    return document | _attributes(row["attributes"], attributes)


def _attributes(values: Mapping[str, Any], attributes: Mapping[str, Mapping[str, Any]]) -> Document:
    pairs: list[str] = []
    codes: list[int] = []
    numbers: dict[str, float] = {}
    texts: list[str] = []
    sorts: dict[str, Any] = {}
    for key, value in values.items():
        attribute = attributes.get(key)
        entries = [entry for entry in (value if isinstance(value, list) else [value]) if not _is_blank(entry)]
        if attribute is None or not entries:
            continue
        numbers_of = [day_number(entry) if attribute["kind"] == "DATE" else entry for entry in entries]
        if attribute["filterable"]:
            pairs += [pair(key, entry) for entry in entries]
            if attribute["kind"] in RANGED_KINDS:
                codes += [code(attribute["id"], number) for number in numbers_of]
            if attribute["has_field"]:
                numbers[key] = numbers_of[0]
        if attribute["searchable"]:
            texts += [entry for entry in entries if isinstance(entry, str)]
        if attribute["sortable"]:
            sorts[key] = numbers_of[0]
    return {"values": pairs, "codes": codes, "numbers": numbers, "texts": texts, "sorts": sorts}


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
