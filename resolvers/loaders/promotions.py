"""Promotions: those that run, those that codes stand for, those in wallets; what is left of them."""

from sqlalchemy import ARRAY, BigInteger, Boolean, ScalarSelect, Text, any_, bindparam, func, or_, select

from domain.coupons import ReservationState
from models.database import Row, Statement
from models.membership import MembershipLevel
from models.products import Product
from models.promotions import Coupon, CouponReservation, Promotion, PromotionCounter
from models.variants import Variant
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import Many, One, keys
from services import access, promotion_facts


class PromotionRow(Row):
    """A promotion with all that a price needs, and the coupon that stands for it if it has one."""


class CouponRow(Row):
    """A coupon with its promotion."""


class CampaignRow(Row):
    """A promotion as those see it who run it."""


OFFERED = Statement(promotion_facts.OFFERED)
"""The coupons are whosever they are: only for who asks `promotion_facts.usable` of each."""
IN_WALLETS = Many(promotion_facts.IN_WALLETS, key="customer_id", row=CouponRow)

_CAMPAIGNS = (
    select(*promotion_facts.TERMS, Promotion.version)
    .outerjoin(MembershipLevel, MembershipLevel.id == Promotion.level_id)
    .outerjoin(Variant, Variant.id == Promotion.gift_variant_id)
    .outerjoin(Product, Product.id == Variant.product_id)
)
_VISIBLE = (
    or_(
        bindparam("everywhere", type_=Boolean), Promotion.merchant_id == any_(bindparam("own", type_=ARRAY(BigInteger)))
    ),
    Promotion.state == func.coalesce(bindparam("state", type_=Text), Promotion.state),
)
BY_ID = One(_CAMPAIGNS.where(Promotion.id == any_(keys())), key="id", row=CampaignRow, seen_by=access.sees_promotion)
VISIBLE = Keyset(
    _CAMPAIGNS.where(*_VISIBLE), order=(Promotion.id,), descending=True, row=CampaignRow, name="promotions"
)
COUNT_VISIBLE = Statement(select(func.count()).select_from(Promotion).where(*_VISIBLE))

CODES = Keyset(
    select(Coupon.id, Coupon.code, Coupon.use_limit, Coupon.reserved, Coupon.redeemed).where(
        Coupon.customer_id.is_(None)
    ),
    order=(Coupon.id,),
    row=Row,
    name="promotion-codes",
    parent=Coupon.promotion_id,
)
CODES_COUNT = One(
    select(Coupon.promotion_id, func.count().label("count"))
    .where(Coupon.promotion_id == any_(keys()), Coupon.customer_id.is_(None))
    .group_by(Coupon.promotion_id),
    key="promotion_id",
    row=Row,
)


def _uses(state: ReservationState) -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(CouponReservation.promotion_id == Promotion.id, CouponReservation.state == state)
        .scalar_subquery()
    )


# From the rows, not the counters: promotions without limits keep none.
USES = One(
    select(
        Promotion.id,
        _uses(ReservationState.RESERVED).label("reserved"),
        _uses(ReservationState.REDEEMED).label("redeemed"),
        select(func.count())
        .where(Coupon.promotion_id == Promotion.id, Coupon.customer_id.is_not(None))
        .scalar_subquery()
        .label("claimed"),
        func.coalesce(PromotionCounter.spent, 0).label("spent"),
    )
    .outerjoin(PromotionCounter, PromotionCounter.promotion_id == Promotion.id)
    .where(Promotion.id == any_(keys())),
    key="id",
    row=Row,
)
