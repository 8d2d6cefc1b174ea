"""Carts: made, found again by who holds them, given coupons, points and a delivery, swept when they are abandoned."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import delete, exists, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import accounts, deliveries
from domain import carts as rules
from domain import customers as people
from domain.access import Viewer
from domain.carts import CartChangedError
from domain.checkout import CartOrderedError
from domain.customers import Address
from domain.errors import InvalidInput
from domain.orders import OrderStatus
from models.carts import Cart, CartCoupon, CartDelivery, CartLine
from models.deliveries import DeliveryMethod
from models.merchants import Merchant
from models.orders import Order
from services import access, customers, outbox
from services.access import NotFoundError

_SWEPT_AT_ONCE: Final = 1_000


class Made(NamedTuple):
    """A new cart and its secret token, which is known only now."""

    cart: Cart
    token: str


async def create(session: AsyncSession, *, viewer: Viewer, currency: str | None, default: str, now: datetime) -> Made:
    """Make an empty cart, of the viewer's customer if there is one.

    Its currency is the one that is asked for, else the customer's, else the shop's `default`. Raises NotFoundError for
    a customer who was erased.
    """
    if viewer.customer_id is not None:
        preferred = await customers.present(session, customer_id=viewer.customer_id)
        currency = currency or preferred
    token = secrets.token_urlsafe(32)
    cart = Cart(
        customer_id=viewer.customer_id,
        token_hash=access.cart_token_hash(token),
        currency=currency or default,
        points_asked=0,
        version=1,
        changed_at=now,
    )
    session.add(cart)
    await session.flush()
    await outbox.append(session, "CART_CREATED", subject=("cart", cart.id), version=1)
    return Made(cart, token)


async def hold(
    session: AsyncSession, *, viewer: Viewer, cart_id: int, expected_version: int | None = None, field: str = "cart_id"
) -> Cart:
    """Lock a cart of the viewer's: whoever changes it waits here.

    Raises NotFoundError, CartChangedError, CartOrderedError for one that an order was made of.
    """
    cart = await session.get(Cart, cart_id, with_for_update=True, populate_existing=True)
    if cart is None or not access.sees_cart(viewer, {"customer_id": cart.customer_id, "token_hash": cart.token_hash}):
        raise NotFoundError("cart", field=field)
    if expected_version is not None and expected_version != cart.version:
        raise CartChangedError(expected=expected_version, found=cart.version)
    if cart.order_id is not None:
        order = await session.get_one(Order, cart.order_id, populate_existing=True)
        raise CartOrderedError(
            order_id=order.id, number=order.number, pending=order.status == OrderStatus.PENDING_PAYMENT
        )
    return cart


async def changed(session: AsyncSession, cart: Cart, *, what: str, now: datetime) -> None:
    """Count a change of a held cart, and tell of it."""
    cart.version += 1
    cart.changed_at = now
    await session.flush()
    await outbox.append(session, "CART_CHANGED", subject=("cart", cart.id), version=cart.version, data={"what": what})


async def set_coupons(session: AsyncSession, cart: Cart, *, codes: Sequence[str], now: datetime) -> None:
    """Make these the cart's coupons, whether there are such or not: the price says what becomes of each."""
    await _set_codes(session, cart, rules.codes(codes))
    await changed(session, cart, what="coupons", now=now)


async def _set_codes(session: AsyncSession, cart: Cart, codes: Sequence[str]) -> None:
    await session.execute(delete(CartCoupon).where(CartCoupon.cart_id == cart.id))
    if codes:
        rows = [{"cart_id": cart.id, "code": code, "position": at} for at, code in enumerate(codes)]
        await session.execute(insert(CartCoupon), rows)


async def set_points(session: AsyncSession, cart: Cart, *, points: int, now: datetime) -> None:
    """Ask for so many points to be used: the price says how many can be."""
    cart.points_asked = rules.points(points)
    await changed(session, cart, what="points", now=now)


async def set_delivery(
    session: AsyncSession,
    cart: Cart,
    *,
    email: str,
    address: Address,
    method: str,
    methods_of: Mapping[int, str],
    now: datetime,
) -> None:
    """Say where a cart is sent and how; `methods_of` some merchants differ. Raises InvalidInput for no such method."""
    known = await _known_methods(session, {method, *methods_of.values()})
    if method not in known:
        raise _no_method(method, field="method")
    for at, (merchant_id, code) in enumerate(methods_of.items()):
        if code not in known:
            raise _no_method(code, field=f"merchants.{at}.method")
        if not await session.scalar(select(exists().where(Merchant.id == merchant_id, Merchant.state == "ACTIVE"))):
            raise NotFoundError("merchant", field=f"merchants.{at}.merchant_id")
    cart.email = accounts.email(email)
    cart.address = people.columns(address)
    cart.delivery_method = method
    await session.execute(delete(CartDelivery).where(CartDelivery.cart_id == cart.id))
    if methods_of:
        rows = [{"cart_id": cart.id, "merchant_id": key, "method": code} for key, code in methods_of.items()]
        await session.execute(insert(CartDelivery), rows)
    await changed(session, cart, what="delivery", now=now)


async def _known_methods(session: AsyncSession, codes: set[str]) -> set[str]:
    asked = codes - {deliveries.STANDARD}
    if not asked:
        return {deliveries.STANDARD}
    found = await session.scalars(select(DeliveryMethod.code).distinct().where(DeliveryMethod.code.in_(asked)))
    return {deliveries.STANDARD, *found}


def _no_method(code: str, *, field: str) -> InvalidInput:
    return InvalidInput(
        f"method: nobody sends by {code[:40]!r}; take a code of the cart's deliveryOptions, such as standard",
        field=field,
    )


async def sweep(session: AsyncSession, *, now: datetime) -> int:
    """Delete carts that nobody has touched for long, guests' after 30 days, some at once; gives how many."""
    due = (
        select(Cart.id)
        .where(
            Cart.changed_at < now - rules.ABANDONED_AFTER,
            or_(Cart.customer_id.is_(None), Cart.changed_at < now - rules.FORGOTTEN_AFTER),
        )
        .order_by(Cart.changed_at)
        .limit(_SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    ids = list(await session.scalars(due))
    if not ids:
        return 0
    gone = await session.execute(delete(Cart).where(Cart.id.in_(ids)).returning(Cart.id, Cart.version))
    rows = gone.all()
    for cart_id, version in rows:
        await outbox.append(session, "CART_ABANDONED", subject=("cart", cart_id), version=version + 1)
    return len(rows)


async def lines_of(session: AsyncSession, cart: Cart) -> list[CartLine]:
    """Give the lines of a held cart, the oldest first."""
    found = await session.scalars(
        select(CartLine)
        .where(CartLine.cart_id == cart.id)
        .order_by(CartLine.id)
        .execution_options(populate_existing=True)
    )
    return list(found)
