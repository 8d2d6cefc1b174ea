"""What is put into a cart, changed, taken out, and saved for later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

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
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import carts as rules
from domain.access import Viewer
from models.carts import CartLine
from models.database import Row, Statement, run
from models.products import Product
from models.variants import Variant, VariantPrice
from services import carts, outbox
from services.access import NotFoundError
from services.carts import HeldCart


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
_COLUMNS: Final = [
    CartLine.cart_id,
    CartLine.variant_id,
    CartLine.quantity,
    CartLine.unit_price,
    CartLine.name,
    CartLine.saved,
    CartLine.added_at,
]
_now = bindparam("now", type_=DateTime(timezone=True))
_put = upsert(CartLine).from_select(_COLUMNS, select(_cart_id, *_written.c, _now))
_put = _put.on_conflict_do_update(
    index_elements=[CartLine.cart_id, CartLine.variant_id],
    set_={name: _put.excluded[name] for name in ("quantity", "unit_price", "name", "saved")},
)
_PUT: Final = Statement(_put)
_ADDED: Final = carts.changing(_put.cte("put"))
_told = outbox.appended("CART_CREATED", carts.MADE, subject_type="cart", data="nothing").cte("told")
_filled = select(_told.c.subject_id.label("id"), (_told.c.subject_version + 1).label("version")).cte("filled")
_MADE: Final = Statement(
    # The second event is written of what the first one has returned, so that it comes after it.
    outbox.appended("CART_CHANGED", _filled, subject_type="cart").add_cte(
        insert(CartLine).from_select(_COLUMNS, select(carts.MADE.c.id, *_written.c, _now)).cte("put")
    )
)
"""A cart at version 2: made, then filled."""
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
_recounted = (
    update(CartLine)
    .where(CartLine.cart_id == _cart_id, CartLine.id == _counted.c.id)
    .values(quantity=_counted.c.quantity, unit_price=func.coalesce(_seen, CartLine.unit_price))
)
_out = delete(CartLine).where(
    CartLine.cart_id == _cart_id, CartLine.id == any_(bindparam("gone", type_=ARRAY(BigInteger)))
)
_COUNTED: Final = carts.changing(_recounted.cte("recounted"), _out.cte("gone_lines"))
_saving = (
    update(CartLine)
    .where(CartLine.cart_id == _cart_id, CartLine.id == _keys)
    .values(saved=bindparam("is_saved", type_=Boolean))
)
_SAVED: Final = carts.changing(_saving.cte("saving"))


async def create(
    session: AsyncSession,
    *,
    viewer: Viewer,
    currency: str | None,
    default: str,
    wanted: Sequence[Wanted],
    now: datetime,
) -> tuple[int, str]:
    """Make a cart with its first pieces, of the viewer's customer if there is one; gives its id and its secret token.

    Its currency is the one that is asked for, else the customer's, else the shop's `default`. Raises NotFoundError for
    a customer who was erased and a variant that is not sold, InvalidInput for too many pieces or lines.
    """
    made = await carts.begin(session, viewer=viewer, currency=currency, default=default)
    if not wanted:
        return await carts.create(session, made, now=now), made.token
    lines = await _added(session, None, made.values["currency"], wanted)
    values = {**made.values, **_columns(lines), "data": carts.told("lines")}
    done: list[Row] = await run(session, _MADE, now=now, version=2, **values)
    return int(done[0][0]), made.token


async def add(session: AsyncSession, cart: HeldCart, *, wanted: Sequence[Wanted], now: datetime) -> None:
    """Put pieces into a held cart: on top of those of the same variant, back into it if they were saved for later.

    Raises NotFoundError for a variant that is not sold, InvalidInput for too many pieces or lines.
    """
    lines = await _added(session, cart.id, cart.currency, wanted)
    await carts.change(session, cart, _ADDED, what="lines", now=now, **_columns(lines))


async def _added(session: AsyncSession, cart_id: int | None, currency: str, wanted: Sequence[Wanted]) -> list[Line]:
    """Give the lines of these variants as they are when these pieces are in the cart, None a new one, as well."""
    for at, each in enumerate(wanted):
        rules.quantity(each.quantity, field=f"lines.{at}.quantity")
    there = await offers(session, cart_id, [each.variant_id for each in wanted], currency=currency)
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
    return list(lines.values())


async def put(session: AsyncSession, cart: HeldCart, lines: Sequence[Line], *, now: datetime) -> None:
    """Write lines of a held cart, one for each variant, in place of those that it has of the same."""
    if lines:
        await run(session, _PUT, cart_id=cart.id, now=now, **_columns(lines))


def _columns(lines: Sequence[Line]) -> dict[str, Any]:
    return {
        "variant_ids": [line.variant_id for line in lines],
        "quantities": [line.quantity for line in lines],
        "prices": [line.unit_price for line in lines],
        "names": [line.name for line in lines],
        "saved": [line.saved for line in lines],
    }


async def update_lines(
    session: AsyncSession, cart: HeldCart, *, quantities: Sequence[tuple[int, int]], now: datetime
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
    values = {"currency": cart.currency, "keys": list(kept), "quantities": list(kept.values()), "gone": list(gone)}
    await carts.change(session, cart, _COUNTED, what="lines", now=now, **values)


async def save(session: AsyncSession, cart: HeldCart, *, line_ids: Sequence[int], saved: bool, now: datetime) -> None:
    """Save lines for later, or put them back into the cart. Raises NotFoundError."""
    there = {line.id for line in await lines_of(session, cart)}
    for at, line_id in enumerate(line_ids):
        if line_id not in there:
            raise NotFoundError("cart line", field=f"line_ids.{at}")
    await carts.change(session, cart, _SAVED, what="saved", now=now, keys=list(line_ids), is_saved=saved)


async def lines_of(session: AsyncSession, cart: HeldCart) -> list[Row]:
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


async def offers(
    session: AsyncSession, cart_id: int | None, variant_ids: Sequence[int], *, currency: str
) -> dict[int, Offer]:
    """Find what the variants that are sold are called and cost in the currency, of the cart's; None is a new one."""
    rows: list[Row] = await run(session, _OFFERS, cart_id=cart_id, currency=currency, keys=list(variant_ids))
    return {
        variant_id: Offer(f"{product}, {variant}" if variant else product, amount, quantity or 0, bool(saved), lines)
        for variant_id, product, variant, amount, quantity, saved, lines in rows
    }
