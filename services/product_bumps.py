"""Telling of many products at once that something of them has changed: their versions, and one event each."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.products import Product
from services import outbox


async def bump(
    session: AsyncSession,
    product_ids: Collection[int],
    *,
    now: datetime,
    event_type: str = "PRODUCT_CHANGED",
    data: Mapping[int, Sequence[Mapping[str, Any]]] | None = None,
) -> None:
    """Count the products' versions up and append an event for each, or one for each entry of its `data`.

    Without products nothing happens.
    """
    if not product_ids:
        return
    of_these = Product.id == any_(literal(sorted(product_ids), ARRAY(BigInteger)))
    # In one order, so that two who change many do not wait in a circle.
    await session.execute(select(Product.id).where(of_these).order_by(Product.id).with_for_update(key_share=True))
    bumped = await session.execute(
        update(Product)
        .where(of_these)
        .values(version=Product.version + 1, updated_at=now)
        .returning(Product.id, Product.version)
    )
    rows = sorted(bumped.all(), key=lambda row: row.id)
    await outbox.append_each(
        session,
        event_type,
        subject_type="product",
        changes=[(row.id, row.version, each) for row in rows for each in (data or {}).get(row.id, [{}])],
    )
