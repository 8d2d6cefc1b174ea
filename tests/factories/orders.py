"""What orders are made of, and orders as they stand in the tables."""

from datetime import UTC, datetime
from itertools import count

import asyncpg

from tests.factories.catalogue import insert

_numbers = count(1)

PLACED_AT = datetime(2026, 1, 1, tzinfo=UTC)


async def order(
    connection: asyncpg.Connection,
    merchant_id: int,
    variant_id: int,
    *,
    customer_id: int | None = None,
    **columns: object,
) -> dict[str, int]:
    """Insert a paid order of one piece of a variant at 1.00; gives the ids of the order, its part and its line."""
    defaults: dict[str, object] = {
        "number": f"T{next(_numbers)}",
        "customer_id": customer_id,
        "token_hash": b"0" * 32,
        "merchant_ids": [merchant_id],
        "email": "ada@example.com",
        "locale": "en",
        "address": {"name": "Ada", "line1": "1 Road", "city": "Bonn", "postal_code": "53111", "country": "DE"},
        "status": "PAID",
        "currency": "USD",
        "tax_included": True,
        "price": {"trace": []},
        "paid": 100,
        "reserved_until": PLACED_AT,
        "placed_at": PLACED_AT,
        "paid_at": PLACED_AT,
    }
    sums = {"subtotal": 100, "discount": 0, "shipping": 0, "shipping_discount": 0, "tax": 0, "points_worth": 0}
    points = {"points_used": 0, "points_earned": 0}
    row = await insert(connection, "orders", **{**defaults, **sums, **points, "total": 100, **columns})
    part = await insert(
        connection,
        "order_parts",
        order_id=row["id"],
        merchant_id=merchant_id,
        status="READY",
        delivery_method="standard",
        delivery_label="Standard",
        tax_included=True,
        **{**sums, **points, "total": 100},
        shipping_tax=0,
        platform_funding=0,
        platform_budget=0,
        merchant_budget=0,
        commission=0,
    )
    line = await insert(
        connection,
        "order_lines",
        order_id=row["id"],
        part_id=part["id"],
        merchant_id=merchant_id,
        variant_id=variant_id,
        sku="L-1",
        name="Lamp",
        quantity=1,
        unit_price=100,
        tax_included=True,
        base=100,
        discount=0,
        net=100,
        tax=0,
        tax_rate_bp=0,
        **points,
        points_worth=0,
        total=100,
        platform_funding=0,
        commission=0,
    )
    return {"Order": row["id"], "OrderPart": part["id"], "OrderLine": line["id"]}
