"""What is put into a cart, changed, taken out, and saved for later."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import carts as rules
from models.carts import Cart, CartLine
from models.products import Product
from models.variants import Variant, VariantPrice
from services import carts
from services.access import NotFoundError


class Wanted(NamedTuple):
    """So many pieces of a variant."""

    variant_id: int
    quantity: int


async def add(session: AsyncSession, cart: Cart, *, wanted: Sequence[Wanted], now: datetime) -> None:
    """Put pieces into a held cart: on top of those of the same variant, back into it if they were saved for later.

    Raises NotFoundError for a variant that is not sold, InvalidInput for too many pieces or lines.
    """
    for at, each in enumerate(wanted):
        rules.quantity(each.quantity, field=f"lines.{at}.quantity")
    lines = {line.variant_id: line for line in await carts.lines_of(session, cart)}
    there = await offers(session, cart, [each.variant_id for each in wanted])
    for at, each in enumerate(wanted):
        if (offer := there.get(each.variant_id)) is None:
            raise NotFoundError("variant", field=f"lines.{at}.variant_id")
        line = lines.get(each.variant_id)
        if line is None:
            line = lines[each.variant_id] = CartLine(
                cart_id=cart.id, variant_id=each.variant_id, quantity=0, name=offer.name, saved=False, added_at=now
            )
            session.add(line)
        already = 0 if line.saved else line.quantity
        line.quantity = rules.quantity(already + each.quantity, field=f"lines.{at}.quantity")
        line.unit_price, line.name, line.saved = offer.unit_price, offer.name, False
    rules.check_lines(len(lines), field="lines")
    await carts.changed(session, cart, what="lines", now=now)


async def update(session: AsyncSession, cart: Cart, *, quantities: Sequence[tuple[int, int]], now: datetime) -> None:
    """Set how many pieces lines have, (line id, quantity), 0 to remove; what they cost now counts as seen.

    Raises NotFoundError, InvalidInput.
    """
    lines = {line.id: line for line in await carts.lines_of(session, cart)}
    there = await offers(session, cart, [line.variant_id for line in lines.values() if line.variant_id is not None])
    gone: set[int] = set()
    for at, (line_id, quantity) in enumerate(quantities):
        rules.quantity(quantity, field=f"lines.{at}.quantity", least=0)
        line = lines.get(line_id)
        if line is None or line_id in gone:
            raise NotFoundError("cart line", field=f"lines.{at}.line_id")
        if quantity == 0:
            gone.add(line_id)
            await session.delete(line)
            continue
        line.quantity = quantity
        if (offer := there.get(line.variant_id or 0)) is not None:
            line.unit_price = offer.unit_price
    await carts.changed(session, cart, what="lines", now=now)


async def save(session: AsyncSession, cart: Cart, *, line_ids: Sequence[int], saved: bool, now: datetime) -> None:
    """Save lines for later, or put them back into the cart. Raises NotFoundError."""
    lines = {line.id: line for line in await carts.lines_of(session, cart)}
    for at, line_id in enumerate(line_ids):
        if line_id not in lines:
            raise NotFoundError("cart line", field=f"line_ids.{at}")
        lines[line_id].saved = saved
    await carts.changed(session, cart, what="saved", now=now)


class Offer(NamedTuple):
    """What a variant is called and costs, in minor units of a cart's currency; None without a price in it."""

    name: str
    unit_price: int | None


async def offers(session: AsyncSession, cart: Cart, variant_ids: Sequence[int]) -> dict[int, Offer]:
    """Find what the variants that are sold are called and cost in the cart's currency."""
    rows = await session.execute(
        select(Variant.id, Product.name, Variant.name, VariantPrice.amount)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(VariantPrice, (VariantPrice.variant_id == Variant.id) & (VariantPrice.currency == cart.currency))
        .where(Variant.id.in_(variant_ids), Product.listed)
    )
    return {
        variant_id: Offer(f"{product}, {variant}" if variant else product, amount)
        for variant_id, product, variant, amount in rows
    }
