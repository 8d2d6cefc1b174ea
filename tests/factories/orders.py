"""What orders are made of, and orders as they stand in the tables."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import asyncpg

from services import access
from tests.factories.catalogue import insert

_numbers = count(1)

PLACED_AT = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = "the token of the cart"
_SUMS = {
    "subtotal": 100,
    "discount": 0,
    "shipping": 0,
    "shipping_discount": 0,
    "tax": 0,
    "points_worth": 0,
    "total": 100,
    "points_used": 0,
    "points_earned": 0,
}
_STEP = {"kind": "BASE", "label": "Lamp", "amount": 100, "applied": True, "reason": "1 at 1.00", "promotion_id": None}
_NONE = (
    "discount",
    "tax",
    "tax_rate_bp",
    "points_used",
    "points_worth",
    "points_earned",
    "platform_funding",
    "commission",
)


async def order(
    connection: asyncpg.Connection,
    merchant_id: int,
    variant_id: int,
    *,
    customer_id: int | None = None,
    **columns: Any,
) -> dict[str, int]:
    """Insert a paid order of one piece of a variant at 1.00; gives the ids of the order, its payment, part and line."""
    defaults: dict[str, object] = {
        "number": f"T{next(_numbers)}",
        "customer_id": customer_id,
        "token_hash": access.cart_token_hash(TOKEN),
        "merchant_ids": [merchant_id],
        "email": "ada@example.com",
        "locale": "en",
        "address": {"name": "Ada", "line1": "1 Road", "city": "Bonn", "postal_code": "53111", "country": "DE"},
        "status": "PAID",
        "currency": "USD",
        "tax_included": True,
        "price": {"trace": [_STEP]},
        "paid": 100,
        "reserved_until": PLACED_AT,
        "placed_at": PLACED_AT,
        "paid_at": PLACED_AT,
    }
    row = await insert(connection, "orders", **{**defaults, **_SUMS, **columns})
    payment = await insert(
        connection,
        "payments",
        order_id=row["id"],
        method="PROVIDER",
        provider="test",
        key=f"k{row['id']}",
        currency="USD",
        amount=row["total"],
        status="CAPTURED",
        captured=row["total"],
        created_at=PLACED_AT,
    )
    return {"Order": row["id"], "Payment": payment["id"], **await _part(connection, row["id"], merchant_id, variant_id)}


async def part(connection: asyncpg.Connection, order_id: int, merchant_id: int, variant_id: int) -> dict[str, int]:
    """Add one more piece at 1.00 to an order, from another merchant; gives the ids of the part and its line."""
    await connection.execute(
        """UPDATE orders SET merchant_ids = merchant_ids || $2::bigint, subtotal = subtotal + 100, total = total + 100,
                  paid = paid + 100 WHERE id = $1""",
        order_id,
        merchant_id,
    )
    await connection.execute(
        "UPDATE payments SET amount = amount + 100, captured = captured + 100 WHERE order_id = $1", order_id
    )
    return await _part(connection, order_id, merchant_id, variant_id)


async def _part(connection: asyncpg.Connection, order_id: int, merchant_id: int, variant_id: int) -> dict[str, int]:
    made = await insert(
        connection,
        "order_parts",
        order_id=order_id,
        merchant_id=merchant_id,
        status="READY",
        delivery_method="standard",
        delivery_label="Standard",
        tax_included=True,
        **_SUMS,
        **dict.fromkeys(("shipping_tax", "platform_funding", "platform_budget", "merchant_budget", "commission"), 0),
    )
    line = await insert(
        connection,
        "order_lines",
        order_id=order_id,
        part_id=made["id"],
        merchant_id=merchant_id,
        variant_id=variant_id,
        sku="L-1",
        name="Lamp",
        quantity=1,
        unit_price=100,
        tax_included=True,
        base=100,
        net=100,
        total=100,
        **dict.fromkeys(_NONE, 0),
    )
    return {"OrderPart": made["id"], "OrderLine": line["id"]}


async def care(connection: asyncpg.Connection, of: dict[str, int], merchant_id: int) -> dict[str, int]:
    """Insert a parcel, a return, a refund and an invoice of an order; gives their ids."""
    part: dict[str, object] = {"order_id": of["Order"], "part_id": of["OrderPart"], "merchant_id": merchant_id}
    fulfilment = await insert(connection, "fulfilments", **part, status="SHIPPED", shipped_at=PLACED_AT)
    wanted = await insert(connection, "returns", **part, status="REQUESTED", reason="DAMAGED", requested_at=PLACED_AT)
    refund = await insert(
        connection,
        "refunds",
        order_id=of["Order"],
        reason="DAMAGED",
        currency="USD",
        amount=1,
        points=0,
        created_at=PLACED_AT,
    )
    shares = dict.fromkeys(("tax", "points", "points_worth", "points_earned", "platform_funding", "commission"), 0)
    await insert(
        connection, "refund_lines", **part, refund_id=refund["id"], line_id=of["OrderLine"], amount=1, **shares
    )
    invoice = await insert(
        connection,
        "invoices",
        **part,
        kind="INVOICE",
        year=2026,
        sequence=next(_numbers),
        number="INV-2026-000001",
        currency="USD",
        total=100,
        content={},
        issued_at=PLACED_AT,
    )
    return {
        "Fulfilment": fulfilment["id"],
        "Return": wanted["id"],
        "Refund": refund["id"],
        "Invoice": invoice["id"],
    }
