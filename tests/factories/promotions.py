"""Promotions and coupons, each by one call; what a test does not care about is filled in."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import asyncpg

from tests.factories.catalogue import insert

_numbers = count(1)

CLAIMED_AT = datetime(2026, 1, 1, tzinfo=UTC)


async def promotion(connection: asyncpg.Connection, **columns: Any) -> int:
    """Insert an active automatic promotion of 10 %, of the platform unless a merchant is named, with its counter."""
    if (merchant_id := columns.get("merchant_id")) is not None:
        columns.setdefault("merchant_ids", [merchant_id])
        columns.setdefault("platform_share_bp", 0)
    if columns.setdefault("benefit", "PERCENTAGE") == "PERCENTAGE":
        columns.setdefault("percent_bp", 1_000)
    if columns.setdefault("method", "AUTOMATIC") == "CLAIM":
        columns.setdefault("customer_limit", 1)
    defaults = {"title": f"Promotion {next(_numbers)}", "state": "ACTIVE", "platform_share_bp": 10_000}
    row = await insert(connection, "promotions", **{**defaults, **columns})
    if row["state"] != "DRAFT" and (row["total_limit"] is not None or row["budget"] is not None):
        await insert(
            connection,
            "promotion_counters",
            promotion_id=row["id"],
            total_limit=row["total_limit"],
            budget=row["budget"],
        )
    return int(row["id"])


async def code(connection: asyncpg.Connection, promotion_id: int, code: str = "SPRING", **columns: Any) -> int:
    """Insert a code that may be passed on."""
    return int((await insert(connection, "coupons", promotion_id=promotion_id, code=code, **columns))["id"])


async def claimed_id(connection: asyncpg.Connection, customer_id: int) -> int:
    """Insert a coupon that a customer has claimed, of a promotion of its own, and give its id."""
    code = await claimed(connection, await promotion(connection, method="CLAIM"), customer_id)
    return int(await connection.fetchval("SELECT id FROM coupons WHERE code = $1", code))


async def claimed(connection: asyncpg.Connection, promotion_id: int, customer_id: int, **columns: Any) -> str:
    """Insert a coupon that a customer has claimed, and give its code."""
    columns.setdefault("code", f"MINE-{next(_numbers)}")
    columns.setdefault("claimed_at", CLAIMED_AT)
    await insert(connection, "coupons", promotion_id=promotion_id, customer_id=customer_id, use_limit=1, **columns)
    return str(columns["code"])
