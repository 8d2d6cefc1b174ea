"""Customers who wait until a variant can be bought again."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Viewer
from domain.errors import InvalidInput
from models.customers import Customer
from models.inventory import StockAlert, StockLevel
from models.products import Product
from models.variants import Variant
from services.access import NotFoundError

ALERTS_MAX: Final = 100
"""For how many variants a customer may wait."""


async def set_alert(session: AsyncSession, *, viewer: Viewer, variant_id: int, now: datetime) -> None:
    """Let the viewer have a mail when a variant can be bought again; a second time changes nothing.

    Raises NotFoundError, InvalidInput for one that can be bought now.
    """
    # Locks the customer: two at once cannot both be the last one, and nobody waits who is being erased.
    customer = await session.get(Customer, viewer.customer_id, with_for_update=True)
    if customer is None or customer.erased_at is not None:
        raise NotFoundError("customer")
    available = select(func.coalesce(func.sum(StockLevel.on_hand - StockLevel.reserved), 0)).where(
        StockLevel.variant_id == Variant.id
    )
    found = await session.execute(
        select(available.scalar_subquery().label("available"))
        .select_from(Variant)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id == variant_id, Product.listed)
    )
    units = found.scalar_one_or_none()
    if units is None:
        raise NotFoundError("variant", field="variant_id")
    if units > 0:
        raise InvalidInput("variantId: it can be bought now; there is nothing to wait for", field="variant_id")
    mine = StockAlert.customer_id == viewer.customer_id
    others = await session.scalar(
        select(func.count()).select_from(StockAlert).where(mine, StockAlert.variant_id != variant_id)
    )
    if (others or 0) >= ALERTS_MAX:
        raise InvalidInput(f"variantId: you wait for {ALERTS_MAX} already; remove one first", field="variant_id")
    await session.execute(
        upsert(StockAlert)
        .values(customer_id=viewer.customer_id, variant_id=variant_id, set_at=now)
        .on_conflict_do_nothing()
    )


async def remove(session: AsyncSession, *, viewer: Viewer, variant_id: int) -> None:
    """Wait for a variant no more. Raises NotFoundError."""
    gone = await session.execute(
        delete(StockAlert)
        .where(StockAlert.customer_id == viewer.customer_id, StockAlert.variant_id == variant_id)
        .returning(StockAlert.id)
    )
    if gone.scalar_one_or_none() is None:
        raise NotFoundError("alert", field="variant_id")
