"""Kept promotions as facts of a price: which run now, which a code or a customer's wallet stands for, what is left.

The statements are also those of the API's loaders: a cart that is shown and one that is paid for see the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Text,
    any_,
    bindparam,
    case,
    cast,
    func,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from domain import coupons as rules
from domain import promotion_terms
from domain.coupons import Method, State
from domain.promotions import Promotion as Offer
from models.database import AnySelect
from models.inventory import StockLevel
from models.membership import MembershipLevel
from models.products import Product
from models.promotions import Coupon, Promotion, PromotionCounter, PromotionCustomer
from models.segments import CustomerSegment
from models.variants import Variant, VariantPrice

_gift_price = (
    select(VariantPrice.amount)
    .where(VariantPrice.variant_id == Promotion.gift_variant_id, VariantPrice.currency == Promotion.currencies[1])
    .correlate(Promotion)
    .scalar_subquery()
)
_gift_available = (
    select(cast(func.coalesce(func.sum(StockLevel.on_hand - StockLevel.reserved), 0), BigInteger))
    .where(StockLevel.variant_id == Promotion.gift_variant_id)
    .correlate(Promotion)
    .scalar_subquery()
)
TERMS: Final = (
    *Promotion.__table__.columns,
    MembershipLevel.name.label("level_name"),
    MembershipLevel.threshold.label("level_rank"),
    Variant.merchant_id.label("gift_merchant_id"),
    Product.name.label("gift_name"),
    _gift_price.label("gift_price"),
    case((Product.listed, _gift_available), else_=0).label("gift_available"),
)
"""The columns that `promotion_terms.promotion_of` reads. A level's rank is its threshold."""

_used = PromotionCounter.reserved + PromotionCounter.redeemed
_LEFT_IN_ALL: Final = func.least(
    # Of claimed ones the coupons were counted when they were claimed.
    case((Promotion.method != Method.CLAIM, PromotionCounter.total_limit - _used)),
    case((PromotionCounter.spent >= PromotionCounter.budget, 0)),
)


def terms(*more: ColumnElement[Any]) -> AnySelect:
    """Select promotions with all that a price needs, and `remaining`."""
    return (
        select(*TERMS, _LEFT_IN_ALL.label("remaining"), *more)
        .select_from(Promotion)
        .outerjoin(PromotionCounter, PromotionCounter.promotion_id == Promotion.id)
        .outerjoin(MembershipLevel, MembershipLevel.id == Promotion.level_id)
        .outerjoin(Variant, Variant.id == Promotion.gift_variant_id)
        .outerjoin(Product, Product.id == Variant.product_id)
    )


def _coupons() -> AnySelect:
    left = func.least(_LEFT_IN_ALL, Coupon.use_limit - Coupon.reserved - Coupon.redeemed)
    return (
        select(
            *TERMS,
            left.label("remaining"),
            Coupon.id.label("coupon_id"),
            Coupon.code.label("coupon_code"),
            Coupon.customer_id,
            Coupon.valid_until,
        )
        .select_from(Coupon)
        .join(Promotion, Promotion.id == Coupon.promotion_id)
        .outerjoin(PromotionCounter, PromotionCounter.promotion_id == Promotion.id)
        .outerjoin(MembershipLevel, MembershipLevel.id == Promotion.level_id)
        .outerjoin(Variant, Variant.id == Promotion.gift_variant_id)
        .outerjoin(Product, Product.id == Variant.product_id)
        .where(Promotion.state == State.ACTIVE)
    )


_now = bindparam("now", type_=DateTime(timezone=True))

_runs: Final = (
    Promotion.method == Method.AUTOMATIC,
    Promotion.state == State.ACTIVE,
    or_(Promotion.starts_at.is_(None), Promotion.starts_at <= _now),
    or_(Promotion.ends_at.is_(None), Promotion.ends_at > _now),
)
_has_code: Final = Coupon.code == any_(bindparam("keys", type_=ARRAY(Text)))
AUTOMATIC: Final = terms().where(*_runs).order_by(Promotion.id)
"""The automatic promotions that run at `now`."""
BY_CODE: Final = _coupons().where(_has_code).order_by(Coupon.id)
"""The coupons of active promotions with the codes `keys`, whosever they are; a code may be of several promotions."""
_no_coupon: Final = [null().label(name) for name in ("coupon_id", "coupon_code", "customer_id", "valid_until")]
_offered: Final = union_all(terms(*_no_coupon).where(*_runs), _coupons().where(_has_code))
OFFERED: Final = _offered.order_by(
    _offered.selected_columns["coupon_id"].asc().nulls_first(), _offered.selected_columns["id"]
)
"""What `AUTOMATIC` and `BY_CODE` find, by one statement; of the automatic ones `coupon_id` is None."""
IN_WALLETS: Final = (
    _coupons()
    .where(
        Coupon.customer_id == any_(bindparam("keys", type_=ARRAY(BigInteger))),
        Coupon.redeemed == 0,
        or_(Coupon.valid_until.is_(None), Coupon.valid_until > func.now()),
    )
    .order_by(Coupon.valid_until.asc().nulls_last(), Coupon.id)
)
"""The coupons of active promotions that the customers `keys` have claimed and can still use, those that end first."""
COUNTED: Final = select(
    PromotionCustomer.customer_id,
    PromotionCustomer.promotion_id,
    (PromotionCustomer.customer_limit - PromotionCustomer.reserved - PromotionCustomer.redeemed).label("left"),
).where(PromotionCustomer.customer_id == any_(bindparam("keys", type_=ARRAY(BigInteger))))
"""What is left of the promotions that have a limit for each customer, to the customers `keys`."""
SEGMENTS: Final = (
    select(CustomerSegment.customer_id, CustomerSegment.segment)
    .where(CustomerSegment.customer_id == any_(bindparam("keys", type_=ARRAY(BigInteger))))
    .order_by(CustomerSegment.customer_id, CustomerSegment.segment)
)
"""The segments of the customers `keys`."""


@dataclass(frozen=True, slots=True)
class Shopper:
    """What of a customer decides about coupons: who it is, None for a guest; its segments; what is left to it."""

    customer_id: int | None
    segments: frozenset[str] = frozenset()
    left: Mapping[int, int] | None = None
    """By promotion, of those with a limit for each customer that the customer has used before."""


def usable(row: Mapping[str, Any], shopper: Shopper) -> bool:
    """Tell whether a coupon exists for a shopper: others' coupons, and those for other segments, do not."""
    own = row["customer_id"] is None or row["customer_id"] == shopper.customer_id
    return own and _invited(row, shopper)


def _invited(row: Mapping[str, Any], shopper: Shopper) -> bool:
    return not row["segments"] or bool(shopper.segments.intersection(row["segments"]))


def offer(row: Mapping[str, Any], shopper: Shopper, *, code: str | None = None) -> Offer:
    """Make a row the promotion that a price is computed with."""
    left = row["customer_limit"]
    if row["method"] == Method.CLAIM:
        left = None
    elif left is not None and shopper.left is not None:
        left = shopper.left.get(row["id"], left)
    return promotion_terms.promotion_of(
        row,
        remaining=row["remaining"],
        remaining_for_customer=left,
        code=code,
        valid_until=None if code is None else row["valid_until"],
    )


def offers(
    shopper: Shopper,
    *,
    automatic: Sequence[Mapping[str, Any]],
    named: Sequence[Mapping[str, Any]],
    claimed: Sequence[Mapping[str, Any]] = (),
) -> list[Offer]:
    """Choose the promotions of one cart: each once, and of several coupons of one the first that can be used.

    `named` are those whose codes are in the cart, `claimed` what else is in the customer's wallet.
    """
    chosen = {row["id"]: offer(row, shopper) for row in automatic if _invited(row, shopper)}
    for row in sorted(named, key=_used_up) + sorted(claimed, key=_used_up):
        if row["id"] not in chosen and usable(row, shopper):
            chosen[row["id"]] = offer(row, shopper, code=row["coupon_code"])
    return list(chosen.values())


def _used_up(row: Mapping[str, Any]) -> bool:
    return row["remaining"] is not None and row["remaining"] <= 0


@dataclass(frozen=True, slots=True)
class Found:
    """A coupon that a code stands for."""

    coupon_id: int
    promotion_id: int
    title: str


async def find(
    session: AsyncSession, *, codes: Sequence[str], customer_id: int | None, now: datetime
) -> dict[str, tuple[Found, ...]]:
    """Tell for each code which coupons it stands for, for this customer; none for a code that there is not.

    What runs no more, is another customer's or for another segment is not told from what does not exist. A code may be
    of several promotions, such as two merchants' that chose the same.
    """
    shopper = await shopper_of(session, customer_id=customer_id)
    plain = {code: rules.normalise(code) for code in codes}
    found: dict[str, list[Found]] = {code: [] for code in plain.values()}
    for row in await _rows(session, BY_CODE, keys=list(found)):
        if usable(row, shopper) and rules.runs(state=row["state"], starts_at=None, ends_at=row["ends_at"], now=now):
            found[row["coupon_code"]].append(Found(row["coupon_id"], row["id"], row["title"]))
    return {code: tuple(found[kept]) for code, kept in plain.items()}


async def applicable(
    session: AsyncSession, *, customer_id: int | None, codes: Sequence[str], now: datetime
) -> list[Offer]:
    """Give the promotions that the price of a customer's cart with these codes depends on, as the session sees them."""
    shopper = await shopper_of(session, customer_id=customer_id)
    return offers(
        shopper,
        automatic=await _rows(session, AUTOMATIC, now=now),
        named=await _rows(session, BY_CODE, keys=[rules.normalise(code) for code in codes]) if codes else (),
    )


async def shopper_of(session: AsyncSession, *, customer_id: int | None) -> Shopper:
    """Read what of a customer decides about coupons."""
    if customer_id is None:
        return Shopper(None)
    segments = await _rows(session, SEGMENTS, keys=[customer_id])
    counted = await _rows(session, COUNTED, keys=[customer_id])
    return Shopper(
        customer_id,
        frozenset(row["segment"] for row in segments),
        {row["promotion_id"]: row["left"] for row in counted},
    )


async def _rows(session: AsyncSession, statement: AnySelect, **parameters: Any) -> list[Mapping[str, Any]]:
    return [dict(row) for row in (await session.execute(statement, parameters)).mappings()]
