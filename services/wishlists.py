"""Wish lists: what a customer would like to have."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import carts as rules
from domain.access import Viewer
from domain.errors import InvalidInput
from models.carts import WishlistItem
from models.customers import Customer
from models.products import Product
from models.variants import Variant
from services import cart_lines, outbox
from services.access import NotFoundError
from services.cart_lines import Wanted
from services.carts import HeldCart


async def add(session: AsyncSession, *, viewer: Viewer, variant_id: int, now: datetime) -> int:
    """Wish for a variant; again changes nothing. Gives the item's id. Raises NotFoundError, InvalidInput."""
    customer = await session.get(Customer, viewer.customer_id, with_for_update=True)
    if customer is None or customer.erased_at is not None:
        raise NotFoundError("customer")
    listed = select(Variant.id).join(Product, Product.id == Variant.product_id)
    if await session.scalar(listed.where(Variant.id == variant_id, Product.listed)) is None:
        raise NotFoundError("variant", field="variant_id")
    mine = WishlistItem.customer_id == viewer.customer_id
    there = await session.scalar(select(WishlistItem.id).where(mine, WishlistItem.variant_id == variant_id))
    if there is not None:
        return there
    count = await session.scalar(select(func.count()).select_from(WishlistItem).where(mine))
    if (count or 0) >= rules.WISHES_MAX:
        raise InvalidInput(f"variantId: a wish list holds at most {rules.WISHES_MAX}; remove one first")
    added = await session.execute(
        upsert(WishlistItem)
        .values(customer_id=viewer.customer_id, variant_id=variant_id, added_at=now)
        .returning(WishlistItem.id)
    )
    item_id = added.scalar_one()
    await _tell(session, "WISHLIST_ITEM_ADDED", item_id, variant_id)
    return item_id


async def remove(session: AsyncSession, *, viewer: Viewer, item_id: int) -> int:
    """Wish for something no more; gives the variant's id. Raises NotFoundError."""
    gone = await session.execute(
        delete(WishlistItem)
        .where(WishlistItem.id == item_id, WishlistItem.customer_id == viewer.customer_id)
        .returning(WishlistItem.variant_id)
    )
    variant_id = gone.scalar_one_or_none()
    if variant_id is None:
        raise NotFoundError("wishlist item", field="item_id")
    await _tell(session, "WISHLIST_ITEM_REMOVED", item_id, variant_id)
    return variant_id


async def move(
    session: AsyncSession, cart: HeldCart, *, viewer: Viewer, item_id: int, quantity: int, now: datetime
) -> None:
    """Put a wish into a held cart and take it off the list. Raises NotFoundError, InvalidInput."""
    variant_id = await remove(session, viewer=viewer, item_id=item_id)
    await cart_lines.add(session, cart, wanted=[Wanted(variant_id, quantity)], now=now)


async def _tell(session: AsyncSession, event_type: str, item_id: int, variant_id: int) -> None:
    data = {"variant_id": variant_id}
    await outbox.append(session, event_type, subject=("wishlist_item", item_id), version=1, data=data)
