"""A guest's cart becomes part of the customer's who signs in."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import carts as rules
from domain.access import Viewer
from domain.carts import Merged, MergeOutcome
from domain.errors import InvalidInput
from models.carts import Cart, CartCoupon, CartDelivery, CartLine
from services import cart_lines, carts, customers, outbox


class Report(NamedTuple):
    """What became of a guest's cart: the customer's cart, each line, and the codes that found no room."""

    cart_id: int
    lines: Sequence[Merged]
    codes_left_out: Sequence[str]


async def merge(session: AsyncSession, *, viewer: Viewer, cart_id: int, now: datetime) -> Report:
    """Put a guest's cart, whose token the viewer holds, into the cart of the viewer's that was changed last.

    Without such a cart the guest's becomes the customer's, and its token opens it no more. Raises NotFoundError,
    InvalidInput for a cart that is the customer's already.
    """
    assert viewer.customer_id is not None  # noqa: S101 - the permission has seen to it
    await customers.present(session, customer_id=viewer.customer_id)
    own_id = await session.scalar(
        select(Cart.id)
        .where(Cart.customer_id == viewer.customer_id, Cart.order_id.is_(None))
        .order_by(Cart.changed_at.desc(), Cart.id.desc())
        .limit(1)
    )
    # In one order, so that two merges at once do not wait for each other.
    wanted = select(Cart.id).where(Cart.id.in_([each for each in (own_id, cart_id) if each is not None]))
    await session.scalars(wanted.order_by(Cart.id).with_for_update())
    guest = await carts.hold(session, viewer=viewer, cart_id=cart_id)
    if guest.customer_id is not None:
        raise InvalidInput("cartId: this cart is a customer's already; there is nothing to merge", field="cart_id")
    own = None if own_id is None else await session.get(Cart, own_id, populate_existing=True)
    if own is None:
        return await _adopt(session, guest, viewer, now=now)
    return await _join(session, own, guest, now=now)


async def _adopt(session: AsyncSession, guest: Cart, viewer: Viewer, *, now: datetime) -> Report:
    guest.customer_id, guest.token_hash = viewer.customer_id, None
    lines = await carts.lines_of(session, guest)
    await carts.changed(session, guest, what="customer", now=now)
    report = [
        Merged(line.variant_id, line.quantity, line.quantity, MergeOutcome.ADDED)
        for line in lines
        if line.variant_id is not None and not line.saved
    ]
    return Report(guest.id, report, [])


async def _join(session: AsyncSession, own: Cart, guest: Cart, *, now: datetime) -> Report:
    theirs = [line for line in await carts.lines_of(session, guest) if line.variant_id is not None]
    report = await _join_lines(session, own, theirs, now=now)
    left_out = await _join_codes(session, own, guest)
    if own.address is None and guest.address is not None:
        own.email, own.address, own.delivery_method = guest.email, guest.address, guest.delivery_method
        rows = await session.execute(
            select(CartDelivery.merchant_id, CartDelivery.method).where(CartDelivery.cart_id == guest.id)
        )
        chosen = [{"cart_id": own.id, "merchant_id": merchant_id, "method": method} for merchant_id, method in rows]
        await session.execute(delete(CartDelivery).where(CartDelivery.cart_id == own.id))
        if chosen:
            await session.execute(insert(CartDelivery), chosen)
    version, gone_id = guest.version + 1, guest.id
    await session.execute(delete(Cart).where(Cart.id == gone_id))
    session.expunge(guest)
    await outbox.append(session, "CART_MERGED", subject=("cart", gone_id), version=version, data={"into": own.id})
    await carts.changed(session, own, what="merge", now=now)
    return Report(own.id, report, left_out)


async def _join_lines(session: AsyncSession, own: Cart, theirs: Sequence[CartLine], *, now: datetime) -> list[Merged]:
    lines = {line.variant_id: line for line in await carts.lines_of(session, own)}
    before = {key: 0 if line.saved else line.quantity for key, line in lines.items() if key is not None}
    report = rules.merge(before, [(line.variant_id or 0, line.quantity) for line in theirs if not line.saved])
    offers = await cart_lines.offers(session, own, [line.variant_id or 0 for line in theirs])
    guests = {line.variant_id: line for line in theirs}
    kept = [(each.variant_id, each.quantity, False) for each in report if each.outcome is not MergeOutcome.LEFT_OUT]
    room = rules.LINES_MAX - len(lines.keys() | {variant_id for variant_id, _, _ in kept})
    later = [(line.variant_id or 0, line.quantity, True) for line in theirs if line.saved]
    kept += [each for each in later if each[0] not in lines][: max(room, 0)]
    for variant_id, quantity, saved in kept:
        line = lines.get(variant_id)
        if line is None:
            line = CartLine(cart_id=own.id, variant_id=variant_id, name=guests[variant_id].name, added_at=now)
            session.add(line)
        offer = offers.get(variant_id)
        line.quantity, line.saved = quantity, saved
        line.unit_price = None if offer is None else offer.unit_price
    await session.flush()
    return report


async def _join_codes(session: AsyncSession, own: Cart, guest: Cart) -> list[str]:
    mine, theirs = [
        list(
            await session.scalars(
                select(CartCoupon.code).where(CartCoupon.cart_id == cart.id).order_by(CartCoupon.position)
            )
        )
        for cart in (own, guest)
    ]
    together = list(dict.fromkeys([*mine, *theirs]))
    added = together[len(mine) : rules.COUPONS_MAX]
    if added:
        rows = [{"cart_id": own.id, "code": code, "position": len(mine) + at} for at, code in enumerate(added)]
        await session.execute(insert(CartCoupon), rows)
    return together[rules.COUPONS_MAX :]
