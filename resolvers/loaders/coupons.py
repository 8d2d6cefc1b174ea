"""Coupons: customers' wallets, and what can be claimed."""

from sqlalchemy import BigInteger, any_, bindparam, cast, exists, func, or_, select

from domain.coupons import Method, State
from models.database import AnySelect, Row, Statement
from models.products import Product
from models.promotions import Coupon, Promotion, PromotionCounter
from models.segments import CustomerSegment
from models.variants import Variant
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import One, keys
from services import access


class WalletRow(Row):
    """A claimed coupon with what it gives."""


class OfferRow(Row):
    """A promotion whose coupons can be claimed."""


BENEFIT = (
    Promotion.benefit,
    Promotion.percent_bp,
    Promotion.maximum,
    Promotion.amount,
    Promotion.step_spends,
    Promotion.step_saves,
    Promotion.buy_quantity,
    Promotion.get_quantity,
    Promotion.times,
    Promotion.gift_quantity,
    Promotion.currencies,
    Product.name.label("gift_name"),
)
"""What the types of discounts read."""

_WALLET = (
    select(
        Coupon.id,
        Coupon.code,
        Coupon.customer_id,
        Coupon.reserved,
        Coupon.redeemed,
        Coupon.valid_until,
        Coupon.claimed_at,
        Promotion.title,
        Promotion.state,
        Promotion.merchant_id,
        Promotion.starts_at,
        *BENEFIT,
    )
    .join(Promotion, Promotion.id == Coupon.promotion_id)
    .outerjoin(Variant, Variant.id == Promotion.gift_variant_id)
    .outerjoin(Product, Product.id == Variant.product_id)
    .where(Coupon.customer_id.is_not(None))
)
BY_ID = One(_WALLET.where(Coupon.id == any_(keys())), key="id", row=WalletRow, seen_by=access.sees_customer)
WALLET = Keyset(_WALLET, order=(Coupon.id,), descending=True, row=WalletRow, name="coupons", parent=Coupon.customer_id)
WALLET_COUNT = One(
    select(Coupon.customer_id, func.count().label("count"))
    .where(Coupon.customer_id == any_(keys()))
    .group_by(Coupon.customer_id),
    key="customer_id",
    row=Row,
)


def _offers() -> AnySelect:
    """Select what can be claimed now."""
    left = PromotionCounter.total_limit - PromotionCounter.claimed
    return (
        select(
            Promotion.id,
            Promotion.title,
            Promotion.merchant_id,
            Promotion.customer_limit,
            Promotion.claim_until,
            Promotion.starts_at,
            Promotion.ends_at,
            Promotion.valid_days,
            left.label("remaining"),
            *BENEFIT,
        )
        .outerjoin(PromotionCounter, PromotionCounter.promotion_id == Promotion.id)
        .outerjoin(Variant, Variant.id == Promotion.gift_variant_id)
        .outerjoin(Product, Product.id == Variant.product_id)
        .where(*_CLAIMABLE)
    )


_CLAIMABLE = (
    Promotion.method == Method.CLAIM,
    Promotion.state == State.ACTIVE,
    or_(Promotion.claim_from.is_(None), Promotion.claim_from <= func.now()),
    or_(Promotion.claim_until.is_(None), Promotion.claim_until > func.now()),
    or_(Promotion.ends_at.is_(None), Promotion.ends_at > func.now()),
)
_FOR_ALL = Promotion.segments == cast([], Promotion.segments.type)
_FOR_CUSTOMER = or_(
    _FOR_ALL,
    exists().where(
        CustomerSegment.customer_id == bindparam("customer_id", type_=BigInteger),
        CustomerSegment.segment == any_(Promotion.segments),
    ),
)

OFFER_BY_ID = One(_offers().where(_FOR_ALL, Promotion.id == any_(keys())), key="id", row=OfferRow)
"""Those that everybody may claim: what is for a segment is found in its list alone."""
OFFERS = Keyset(
    _offers().where(_FOR_CUSTOMER), order=(Promotion.id,), descending=True, row=OfferRow, name="coupon-offers"
)
OFFERS_COUNT = Statement(select(func.count()).select_from(Promotion).where(*_CLAIMABLE, _FOR_CUSTOMER))
