"""Rows of the catalogue, each by one call; what a test does not care about is filled in."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import asyncpg

_numbers = count(1)

PUBLISHED_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


async def insert(connection: asyncpg.Connection, table: str, **columns: Any) -> asyncpg.Record:
    """Insert one row and return it as the database has it."""
    names = ", ".join(columns)
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    return await connection.fetchrow(
        f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING *",  # noqa: S608 - written by tests alone
        *columns.values(),
    )


async def _id(connection: asyncpg.Connection, table: str, **columns: Any) -> int:
    row = await insert(connection, table, **columns)
    return int(row["id"])


async def merchant(connection: asyncpg.Connection, **columns: Any) -> int:
    slug = columns.setdefault("slug", f"merchant-{next(_numbers)}")
    return await _id(connection, "merchants", **{"name": slug.title(), **columns})


async def category(connection: asyncpg.Connection, parent_id: int | None = None, **columns: Any) -> int:
    slug = columns.setdefault("slug", f"category-{next(_numbers)}")
    return await _id(connection, "categories", parent_id=parent_id, **{"name": slug.title(), **columns})


async def product(connection: asyncpg.Connection, merchant_id: int, **columns: Any) -> int:
    """Insert a published product without variants."""
    slug = columns.setdefault("slug", f"product-{next(_numbers)}")
    defaults = {"name": slug.title(), "status": "PUBLISHED", "published_at": PUBLISHED_AT}
    return await _id(connection, "products", merchant_id=merchant_id, **{**defaults, **columns})


async def variant(
    connection: asyncpg.Connection, product_id: int, *, prices: dict[str, int] | None = None, **columns: Any
) -> int:
    """Insert a variant with its prices: {"USD": 1990}."""
    merchant_id = await connection.fetchval("SELECT merchant_id FROM products WHERE id = $1", product_id)
    columns.setdefault("sku", f"SKU-{next(_numbers)}")
    variant_id = await _id(connection, "variants", product_id=product_id, merchant_id=merchant_id, **columns)
    for currency, amount in (prices or {}).items():
        await price(connection, variant_id, currency, amount)
    return variant_id


async def price(
    connection: asyncpg.Connection, variant_id: int, currency: str, amount: int, compare_at: int | None = None
) -> None:
    product_id = await connection.fetchval("SELECT product_id FROM variants WHERE id = $1", variant_id)
    await insert(
        connection,
        "variant_prices",
        variant_id=variant_id,
        product_id=product_id,
        currency=currency,
        amount=amount,
        compare_at=compare_at,
    )


async def warehouse(connection: asyncpg.Connection, merchant_id: int) -> int:
    code = f"W{next(_numbers)}"
    return await _id(connection, "warehouses", merchant_id=merchant_id, code=code, name=code)


async def stock(
    connection: asyncpg.Connection, variant_id: int, warehouse_id: int, on_hand: int, reserved: int = 0
) -> None:
    await insert(
        connection,
        "stock_levels",
        variant_id=variant_id,
        warehouse_id=warehouse_id,
        on_hand=on_hand,
        reserved=reserved,
    )


async def review(connection: asyncpg.Connection, product_id: int, rating: int, **columns: Any) -> int:
    columns.setdefault("author_name", "Ada")
    return await _id(connection, "reviews", product_id=product_id, rating=rating, **columns)
