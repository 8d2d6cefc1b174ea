"""Promotions: those that run, those that codes stand for, those in wallets; what is left of them."""

from models.database import Row, Statement
from resolvers.loaders.lookups import Many
from services import promotion_facts


class PromotionRow(Row):
    """A promotion with all that a price needs."""


class CouponRow(Row):
    """A coupon with its promotion."""


AUTOMATIC = Statement(promotion_facts.AUTOMATIC)
BY_CODE = Many(promotion_facts.BY_CODE, key="coupon_code", row=CouponRow)
"""Whosever they are: only for who asks `promotion_facts.usable` of each."""
IN_WALLETS = Many(promotion_facts.IN_WALLETS, key="customer_id", row=CouponRow)
COUNTED = Many(promotion_facts.COUNTED, key="customer_id", row=Row)
SEGMENTS = Many(promotion_facts.SEGMENTS, key="customer_id", row=Row)
