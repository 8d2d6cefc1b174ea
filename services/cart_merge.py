"""A guest's cart becomes part of the customer's who signs in."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain import carts as rules
from domain.access import Viewer
from domain.carts import Merged, MergeOutcome
from domain.errors import InvalidInput
from models.carts import Cart, CartCoupon, CartDelivery
from models.database import Row
from services import cart_lines, carts, customers, outbox
from services.cart_lines import Line
from services.carts import HeldCart


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
    own = None if own_id is None else await carts.locked(session, own_id)
    if own is None or own.order_id is not None:  # it may have been ordered while we waited
        return await _adopt(session, guest, viewer, now=now)
    return await _join(session, own, guest, now=now)


async def _adopt(session: AsyncSession, guest: HeldCart, viewer: Viewer, *, now: datetime) -> Report:
    await session.execute(
        update(Cart).where(Cart.id == guest.id).values(customer_id=viewer.customer_id, token_hash=None)
    )
    lines = await cart_lines.lines_of(session, guest)
    await carts.changed(session, guest, what="customer", now=now)
    report = [
        Merged(line.variant_id, line.quantity, line.quantity, MergeOutcome.ADDED)
        for line in lines
        if line.variant_id is not None and not line.saved
    ]
    return Report(guest.id, report, [])


async def _join(session: AsyncSession, own: HeldCart, guest: HeldCart, *, now: datetime) -> Report:
    theirs = [line for line in await cart_lines.lines_of(session, guest) if line.variant_id is not None]
    report = await _join_lines(session, own, theirs, now=now)
    left_out = await _join_codes(session, own, guest)
    if own.address is None and guest.address is not None:
        values = {"email": guest.email, "address": guest.address, "delivery_method": guest.delivery_method}
        await session.execute(update(Cart).where(Cart.id == own.id).values(**values))
        chosen = await session.execute(
            select(CartDelivery.merchant_id, CartDelivery.method).where(CartDelivery.cart_id == guest.id)
        )
        await carts.set_methods(session, own, {each.merchant_id: each.method for each in chosen})
    await session.execute(delete(Cart).where(Cart.id == guest.id))
    data = {"into": own.id}
    await outbox.append(session, "CART_MERGED", subject=("cart", guest.id), version=guest.version + 1, data=data)
    await carts.changed(session, own, what="merge", now=now)
    return Report(own.id, report, left_out)


async def _join_lines(session: AsyncSession, own: HeldCart, theirs: Sequence[Row], *, now: datetime) -> list[Merged]:
    mine = {line.variant_id: line for line in await cart_lines.lines_of(session, own)}
    before = {key: 0 if line.saved else line.quantity for key, line in mine.items() if key is not None}
    report = rules.merge(before, [(line.variant_id, line.quantity) for line in theirs if not line.saved])
    offers = await cart_lines.offers(session, own.id, [line.variant_id for line in theirs], currency=own.currency)
    kept = [(each.variant_id, each.quantity, False) for each in report if each.outcome is not MergeOutcome.LEFT_OUT]
    room = rules.LINES_MAX - len(mine.keys() | {variant_id for variant_id, _, _ in kept})
    later = [(line.variant_id, line.quantity, True) for line in theirs if line.saved]
    kept += [each for each in later if each[0] not in mine][: max(room, 0)]
    names = {line.variant_id: line.name for line in (*theirs, *mine.values())}
    lines = [
        Line(key, quantity, offers[key].unit_price if key in offers else None, names[key], saved)
        for key, quantity, saved in kept
    ]
    await cart_lines.put(session, own, lines, now=now)
    return report


async def _join_codes(session: AsyncSession, own: HeldCart, guest: HeldCart) -> list[str]:
    mine, theirs = [
        list(
            await session.scalars(
                select(CartCoupon.code).where(CartCoupon.cart_id == cart.id).order_by(CartCoupon.position)
            )
        )
        for cart in (own, guest)
    ]
    together = list(dict.fromkeys([*mine, *theirs]))
    await carts.set_codes(session, own, together[: rules.COUPONS_MAX])
    return together[rules.COUPONS_MAX :]
