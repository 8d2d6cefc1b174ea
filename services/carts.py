"""Carts: made, found again by who holds them, given coupons, points and a delivery, swept when they are abandoned."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    LargeBinary,
    Text,
    all_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
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
from models.carts import Cart, CartCoupon, CartDelivery
from models.database import Row, Statement, run
from models.deliveries import DeliveryMethod
from models.merchants import Merchant
from models.orders import Order
from services import access, customers, outbox
from services.access import NotFoundError

_SWEPT_AT_ONCE: Final = 1_000

# Carts are changed more than anything else: each change is one statement with its event, compiled once.
_cart_id = bindparam("cart_id", type_=BigInteger)
_now = bindparam("now", type_=DateTime(timezone=True))


def changing(*also: CTE, tell: Sequence[ColumnElement[Any]] = (), **values: Any) -> Statement:
    """Change a held cart, count it, and tell of it, all that it takes `also`; for `change`.

    What `also` writes and what `tell` reads for the answer is of the same moment: neither sees what the other does.
    """
    counted = update(Cart).where(Cart.id == _cart_id).values(version=Cart.version + 1, changed_at=_now, **values)
    written = outbox.appended(
        "CART_CHANGED", counted.returning(Cart.id, Cart.version).cte("changed"), subject_type="cart"
    )
    return Statement(written.returning(*tell).add_cte(*also))


_code = (
    func.unnest(bindparam("codes", type_=ARRAY(Text)), bindparam("positions", type_=ARRAY(Integer)))
    .table_valued("code", "position")
    .render_derived(name="given")
)
_codes_in = upsert(CartCoupon).from_select(
    [CartCoupon.cart_id, CartCoupon.code, CartCoupon.position], select(_cart_id, _code.c.code, _code.c.position)
)
_codes_in = _codes_in.on_conflict_do_update(
    index_elements=[CartCoupon.cart_id, CartCoupon.code], set_={"position": _codes_in.excluded.position}
)
_codes_out = delete(CartCoupon).where(
    CartCoupon.cart_id == _cart_id, CartCoupon.code != all_(bindparam("codes", type_=ARRAY(Text)))
)
_codes_before = select(func.array_agg(CartCoupon.code)).where(CartCoupon.cart_id == _cart_id).scalar_subquery()
_delivery = (
    func.unnest(bindparam("merchant_ids", type_=ARRAY(BigInteger)), bindparam("methods", type_=ARRAY(Text)))
    .table_valued("merchant_id", "method")
    .render_derived(name="chosen")
)
_deliveries_in = upsert(CartDelivery).from_select(
    [CartDelivery.cart_id, CartDelivery.merchant_id, CartDelivery.method],
    select(_cart_id, _delivery.c.merchant_id, _delivery.c.method),
)
_deliveries_in = _deliveries_in.on_conflict_do_update(
    index_elements=[CartDelivery.cart_id, CartDelivery.merchant_id], set_={"method": _deliveries_in.excluded.method}
)
_deliveries_out = delete(CartDelivery).where(
    CartDelivery.cart_id == _cart_id,
    CartDelivery.merchant_id != all_(bindparam("merchant_ids", type_=ARRAY(BigInteger))),
)

_CHANGED: Final = changing()
_POINTS_SET: Final = changing(points_asked=bindparam("points", type_=BigInteger))
_COUPONS_SET: Final = changing(
    _codes_in.cte("codes_in"),
    _codes_out.cte("codes_out"),
    tell=[func.coalesce(_codes_before, literal([], ARRAY(Text))).label("before")],
)
_DELIVERY_SET: Final = changing(
    _deliveries_in.cte("deliveries_in"),
    _deliveries_out.cte("deliveries_out"),
    email=bindparam("email", type_=Text),
    address=bindparam("address", type_=JSONB),
    delivery_method=bindparam("method", type_=Text),
)
MADE: Final = (
    insert(Cart)
    .values(
        customer_id=bindparam("customer_id", type_=BigInteger),
        token_hash=bindparam("token_hash", type_=LargeBinary),
        currency=bindparam("currency", type_=Text),
        version=bindparam("version", type_=BigInteger),
        changed_at=_now,
    )
    .returning(Cart.id, literal(1, BigInteger).label("version"))
    .cte("made")
)
"""A cart at some `version`, made at the first."""
_MADE: Final = Statement(outbox.appended("CART_CREATED", MADE, subject_type="cart"))
_HELD: Final = Statement(select(*Cart.__table__.columns).where(Cart.id == _cart_id).with_for_update())
_CODES_SET: Final = Statement(_codes_in.add_cte(_codes_out.cte("codes_out")))
_METHODS_SET: Final = Statement(_deliveries_in.add_cte(_deliveries_out.cte("deliveries_out")))


class HeldCart(Row):
    """A cart under lock, with all its columns as they were when it was locked; it is changed by the functions here."""


class Made(NamedTuple):
    """A new cart, as it is written, and its secret token, which is known only now."""

    values: Mapping[str, Any]
    token: str


async def begin(session: AsyncSession, *, viewer: Viewer, currency: str | None, default: str) -> Made:
    """Think of an empty cart, of the viewer's customer if there is one: it is yet to be written, as `MADE`.

    Its currency is the one that is asked for, else the customer's, else the shop's `default`. Raises NotFoundError for
    a customer who was erased.
    """
    if viewer.customer_id is not None:
        preferred = await customers.present(session, customer_id=viewer.customer_id)
        currency = currency or preferred
    token = secrets.token_urlsafe(32)
    values = {
        "customer_id": viewer.customer_id,
        "token_hash": access.cart_token_hash(token),
        "currency": currency or default,
    }
    return Made(values, token)


async def create(session: AsyncSession, made: Made, *, now: datetime) -> int:
    """Write a cart that has nothing in it; gives its id."""
    done: list[Row] = await run(session, _MADE, now=now, version=1, **made.values)
    return int(done[0][0])


async def hold(
    session: AsyncSession, *, viewer: Viewer, cart_id: int, expected_version: int | None = None, field: str = "cart_id"
) -> HeldCart:
    """Lock a cart of the viewer's: whoever changes it waits here.

    Raises NotFoundError, CartChangedError, CartOrderedError for one that an order was made of.
    """
    cart = await locked(session, cart_id)
    if cart is None or not access.sees_cart(viewer, cart):
        raise NotFoundError("cart", field=field, hint=", or was its token not sent as the header Cart-Token")
    if expected_version is not None and expected_version != cart.version:
        raise CartChangedError(expected=expected_version, found=cart.version)
    if cart.order_id is not None:
        order = await session.get_one(Order, cart.order_id, populate_existing=True)
        raise CartOrderedError(
            order_id=order.id, number=order.number, pending=order.status == OrderStatus.PENDING_PAYMENT
        )
    return cart


async def locked(session: AsyncSession, cart_id: int) -> HeldCart | None:
    """Lock a cart, whoever's it is; None if there is none."""
    found = await run(session, _HELD, HeldCart, cart_id=cart_id)
    return found[0] if found else None


async def changed(session: AsyncSession, cart: HeldCart, *, what: str, now: datetime) -> None:
    """Count a change of a held cart, and tell of it."""
    await change(session, cart, _CHANGED, what=what, now=now)


async def change(
    session: AsyncSession, cart: HeldCart, statement: Statement, *, what: str, now: datetime, **values: Any
) -> Row:
    """Change a held cart by a statement that `changing` has made; gives what that tells."""
    done: list[Row] = await run(session, statement, cart_id=cart.id, now=now, data=told(what), **values)
    return done[0]


def told(what: str) -> str:
    """Write what is told of a change."""
    return orjson.dumps({"what": what}).decode()


async def set_coupons(session: AsyncSession, cart: HeldCart, *, codes: Sequence[str], now: datetime) -> list[str]:
    """Make these the cart's coupons, whether there are such or not: the price says what becomes of each.

    Gives those that it had not.
    """
    wanted = rules.codes(codes)
    done = await change(session, cart, _COUPONS_SET, what="coupons", now=now, **_ordered(wanted))
    return [code for code in wanted if code not in done["before"]]


async def set_codes(session: AsyncSession, cart: HeldCart, codes: Sequence[str]) -> None:
    """Write a held cart's codes, in their order, in place of those that it has."""
    await run(session, _CODES_SET, cart_id=cart.id, **_ordered(codes))


def _ordered(codes: Sequence[str]) -> dict[str, Any]:
    return {"codes": list(codes), "positions": list(range(len(codes)))}


async def set_points(session: AsyncSession, cart: HeldCart, *, points: int, now: datetime) -> None:
    """Ask for so many points to be used: the price says how many can be."""
    await change(session, cart, _POINTS_SET, what="points", now=now, points=rules.points(points))


async def set_delivery(
    session: AsyncSession,
    cart: HeldCart,
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
    values = {"email": accounts.email(email), "address": _written(address), "method": method}
    await change(session, cart, _DELIVERY_SET, what="delivery", now=now, **values, **_chosen(methods_of))


def _written(address: Address) -> str:
    return orjson.dumps(people.columns(address)).decode()


async def set_methods(session: AsyncSession, cart: HeldCart, methods_of: Mapping[int, str]) -> None:
    """Write by which methods some merchants send a held cart's goods, in place of those that it has."""
    await run(session, _METHODS_SET, cart_id=cart.id, **_chosen(methods_of))


def _chosen(methods_of: Mapping[int, str]) -> dict[str, Any]:
    return {"merchant_ids": list(methods_of), "methods": list(methods_of.values())}


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
