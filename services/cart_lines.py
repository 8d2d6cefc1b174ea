"""What is put into a cart, changed, taken out, and saved for later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    DateTime,
    Integer,
    Text,
    and_,
    any_,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import carts as rules
from models.carts import Cart, CartLine
from models.database import Row, Statement, run
from models.products import Product
from models.variants import Variant, VariantPrice
from services import carts
from services.access import NotFoundError


class Wanted(NamedTuple):
    """So many pieces of a variant."""

    variant_id: int
    quantity: int


@dataclass(slots=True)
class Line:
    """A line as it is written: `unit_price` is in minor units of the cart's currency, None without a price in it."""

    variant_id: int
    quantity: int
    unit_price: int | None
    name: str
    saved: bool


_cart_id = bindparam("cart_id", type_=BigInteger)
_currency = bindparam("currency", type_=Text)
_keys = any_(bindparam("keys", type_=ARRAY(BigInteger)))
_price = and_(VariantPrice.variant_id == Variant.id, VariantPrice.currency == _currency)
_count = select(func.count()).where(CartLine.cart_id == _cart_id).scalar_subquery()
_OFFERS: Final = Statement(
    select(
        Variant.id,
        Product.name.label("product"),
        Variant.name.label("variant"),
        VariantPrice.amount,
        CartLine.quantity,
        CartLine.saved,
        _count.label("lines"),
    )
    .join(Product, Product.id == Variant.product_id)
    .outerjoin(VariantPrice, _price)
    .outerjoin(CartLine, and_(CartLine.cart_id == _cart_id, CartLine.variant_id == Variant.id))
    .where(Variant.id == _keys, Product.listed)
)
"""What variants that are sold are called and cost, the cart's lines of them, and how many lines it has."""
_LINES: Final = Statement(
    select(CartLine.id, CartLine.variant_id, CartLine.quantity, CartLine.saved, CartLine.name)
    .where(CartLine.cart_id == _cart_id)
    .order_by(CartLine.id)
)
_written = (
    func.unnest(
        bindparam("variant_ids", type_=ARRAY(BigInteger)),
        bindparam("quantities", type_=ARRAY(Integer)),
        bindparam("prices", type_=ARRAY(BigInteger)),
        bindparam("names", type_=ARRAY(Text)),
        bindparam("saved", type_=ARRAY(Boolean)),
    )
    .table_valued("variant_id", "quantity", "unit_price", "name", "saved")
    .render_derived(name="written")
)
_put = upsert(CartLine).from_select(
    [
        CartLine.cart_id,
        CartLine.variant_id,
        CartLine.quantity,
        CartLine.unit_price,
        CartLine.name,
        CartLine.saved,
        CartLine.added_at,
    ],
    select(_cart_id, *_written.c, bindparam("now", type_=DateTime(timezone=True))),
)
_PUT: Final = Statement(
    _put.on_conflict_do_update(
        index_elements=[CartLine.cart_id, CartLine.variant_id],
        set_={name: _put.excluded[name] for name in ("quantity", "unit_price", "name", "saved")},
    )
)
_counted = (
    func.unnest(bindparam("keys", type_=ARRAY(BigInteger)), bindparam("quantities", type_=ARRAY(Integer)))
    .table_valued("id", "quantity")
    .render_derived(name="counted")
)
_seen = (
    select(VariantPrice.amount)
    .join(Variant, Variant.id == VariantPrice.variant_id)
    .join(Product, Product.id == Variant.product_id)
    .where(Variant.id == CartLine.variant_id, Product.listed, VariantPrice.currency == _currency)
    .correlate(CartLine)
    .scalar_subquery()
)
_COUNTED: Final = Statement(
    update(CartLine)
    .where(CartLine.cart_id == _cart_id, CartLine.id == _counted.c.id)
    .values(quantity=_counted.c.quantity, unit_price=func.coalesce(_seen, CartLine.unit_price))
)
_OUT: Final = Statement(delete(CartLine).where(CartLine.cart_id == _cart_id, CartLine.id == _keys))
_SAVED: Final = Statement(
    update(CartLine)
    .where(CartLine.cart_id == _cart_id, CartLine.id == _keys)
    .values(saved=bindparam("is_saved", type_=Boolean))
)


async def add(session: AsyncSession, cart: Cart, *, wanted: Sequence[Wanted], now: datetime) -> None:
    """Put pieces into a held cart: on top of those of the same variant, back into it if they were saved for later.

    Raises NotFoundError for a variant that is not sold, InvalidInput for too many pieces or lines.
    """
    for at, each in enumerate(wanted):
        rules.quantity(each.quantity, field=f"lines.{at}.quantity")
    there = await offers(session, cart, [each.variant_id for each in wanted])
    lines: dict[int, Line] = {}
    for at, each in enumerate(wanted):
        if (offer := there.get(each.variant_id)) is None:
            raise NotFoundError("variant", field=f"lines.{at}.variant_id")
        line = lines.get(each.variant_id)
        if line is None:
            already = 0 if offer.saved else offer.quantity
            line = lines[each.variant_id] = Line(each.variant_id, already, offer.unit_price, offer.name, saved=False)
        line.quantity = rules.quantity(line.quantity + each.quantity, field=f"lines.{at}.quantity")
    before = max((offer.lines for offer in there.values()), default=0)
    rules.check_lines(before + sum(not offer.quantity for offer in there.values()), field="lines")
    await put(session, cart, list(lines.values()), now=now)
    await carts.changed(session, cart, what="lines", now=now)


async def put(session: AsyncSession, cart: Cart, lines: Sequence[Line], *, now: datetime) -> None:
    """Write lines of a held cart, one for each variant, in place of those that it has of the same."""
    if lines:
        await run(
            session,
            _PUT,
            cart_id=cart.id,
            variant_ids=[line.variant_id for line in lines],
            quantities=[line.quantity for line in lines],
            prices=[line.unit_price for line in lines],
            names=[line.name for line in lines],
            saved=[line.saved for line in lines],
            now=now,
        )


async def update_lines(
    session: AsyncSession, cart: Cart, *, quantities: Sequence[tuple[int, int]], now: datetime
) -> None:
    """Set how many pieces lines have, (line id, quantity), 0 to remove; what they cost now counts as seen.

    Raises NotFoundError, InvalidInput.
    """
    there = {line.id for line in await lines_of(session, cart)}
    kept: dict[int, int] = {}
    gone: set[int] = set()
    for at, (line_id, quantity) in enumerate(quantities):
        rules.quantity(quantity, field=f"lines.{at}.quantity", least=0)
        if line_id not in there or line_id in gone:
            raise NotFoundError("cart line", field=f"lines.{at}.line_id")
        if quantity == 0:
            gone.add(line_id)
            kept.pop(line_id, None)
        else:
            kept[line_id] = quantity
    if kept:
        ids, counts = list(kept), list(kept.values())
        await run(session, _COUNTED, cart_id=cart.id, currency=cart.currency, keys=ids, quantities=counts)
    if gone:
        await run(session, _OUT, cart_id=cart.id, keys=list(gone))
    await carts.changed(session, cart, what="lines", now=now)


async def save(session: AsyncSession, cart: Cart, *, line_ids: Sequence[int], saved: bool, now: datetime) -> None:
    """Save lines for later, or put them back into the cart. Raises NotFoundError."""
    there = {line.id for line in await lines_of(session, cart)}
    for at, line_id in enumerate(line_ids):
        if line_id not in there:
            raise NotFoundError("cart line", field=f"line_ids.{at}")
    await run(session, _SAVED, cart_id=cart.id, keys=list(line_ids), is_saved=saved)
    await carts.changed(session, cart, what="saved", now=now)


async def lines_of(session: AsyncSession, cart: Cart) -> list[Row]:
    """Give the lines of a held cart, the oldest first: id, variant_id, quantity, saved, name."""
    return await run(session, _LINES, cart_id=cart.id)


class Offer(NamedTuple):
    """What a variant is called and costs, in minor units of a cart's currency; None without a price in it.

    `quantity` and `saved` are those of the cart's line of it, 0 if there is none. The cart has so many `lines`.
    """

    name: str
    unit_price: int | None
    quantity: int
    saved: bool
    lines: int


async def offers(session: AsyncSession, cart: Cart, variant_ids: Sequence[int]) -> dict[int, Offer]:
    """Find what the variants that are sold are called and cost in the cart's currency."""
    rows: list[Row] = await run(session, _OFFERS, cart_id=cart.id, currency=cart.currency, keys=list(variant_ids))
    return {
        variant_id: Offer(f"{product}, {variant}" if variant else product, amount, quantity or 0, bool(saved), lines)
        for variant_id, product, variant, amount, quantity, saved, lines in rows
    }
