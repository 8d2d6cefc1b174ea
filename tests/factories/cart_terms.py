"""Deliveries, taxes and rates of points for carts, each by one call."""

from datetime import UTC, datetime

import asyncpg

from tests.factories.catalogue import insert


async def method(connection: asyncpg.Connection, price: int, **columns: object) -> int:
    """Insert a way of sending of the platform's, in USD unless told otherwise."""
    defaults: dict[str, object] = {"code": "standard", "label": "Standard", "currency": "USD"}
    return int((await insert(connection, "delivery_methods", price=price, **{**defaults, **columns}))["id"])


async def region(
    connection: asyncpg.Connection, country: str, rates: dict[str, int], *, inclusive: bool, **columns: object
) -> int:
    """Insert where which taxes are raised, in basis points by tax class."""
    defaults: dict[str, object] = {"name": "VAT" if inclusive else "Sales tax"}
    row = await insert(connection, "tax_regions", country=country, inclusive=inclusive, **{**defaults, **columns})
    for tax_class, rate_bp in rates.items():
        await insert(connection, "tax_rates", region_id=row["id"], tax_class=tax_class, rate_bp=rate_bp)
    return int(row["id"])


async def rates(connection: asyncpg.Connection, *, earn_bp: int = 100, burn_bp: int = 10_000) -> None:
    """Let points be earned and paid with: by default one for each unit of money, worth a hundredth of one."""
    await connection.execute(
        "INSERT INTO points_programmes (code, name, currency) VALUES ('SOUK', 'Points', 'USD') ON CONFLICT DO NOTHING"
    )
    await insert(connection, "points_rates", programme="SOUK", earn_bp=earn_bp, burn_bp=burn_bp)


async def line(connection: asyncpg.Connection, cart_id: int, variant_id: int, quantity: int = 1) -> int:
    """Insert a line that was put in without a price."""
    row = await insert(
        connection,
        "cart_lines",
        cart_id=cart_id,
        variant_id=variant_id,
        quantity=quantity,
        name="Text",
        added_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return int(row["id"])


async def wish(connection: asyncpg.Connection, customer_id: int, variant_id: int) -> int:
    """Insert a wish."""
    added_at = datetime(2026, 1, 1, tzinfo=UTC)
    row = await insert(connection, "wishlist_items", customer_id=customer_id, variant_id=variant_id, added_at=added_at)
    return int(row["id"])
