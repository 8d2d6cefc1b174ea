"""On which terms a cart is priced: deliveries, taxes, rates of points, whether a customer has bought before."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    and_,
    any_,
    column,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from domain.points import PLATFORM_PROGRAMME
from models.database import Row
from models.deliveries import DeliveryMethod
from models.membership import Membership, MembershipLevel, MembershipSpend
from models.points import PointsProgramme, PointsRate
from models.promotions import PromotionCustomer
from models.segments import CustomerSegment
from models.taxes import TaxRate, TaxRegion
from resolvers.loaders import membership
from resolvers.loaders.keysets import unnested_keys
from resolvers.loaders.lookups import Many, One, keys

PLATFORM = 0
"""The key of what is not a merchant's own but the platform's."""
DEFAULT_REGION = ""
"""The key of the region whose taxes hold until there is an address."""

METHODS = Many(
    select(
        func.coalesce(DeliveryMethod.merchant_id, PLATFORM).label("owner_id"),
        DeliveryMethod.code,
        DeliveryMethod.label,
        DeliveryMethod.currency,
        DeliveryMethod.price,
        DeliveryMethod.free_from,
        DeliveryMethod.countries,
        DeliveryMethod.tax_class,
    ).where(
        or_(
            DeliveryMethod.merchant_id == any_(keys()),
            and_(DeliveryMethod.merchant_id.is_(None), literal(PLATFORM) == any_(keys())),
        )
    ),
    key="owner_id",
    row=Row,
)
"""By merchant, and the platform's."""

_country = func.unnest(keys(Text)).table_valued(column("code", Text)).render_derived(name="wanted")
REGIONS = Many(
    select(
        _country.c.code.label("wanted"),
        TaxRegion.country,
        TaxRegion.region,
        TaxRegion.name,
        TaxRegion.inclusive,
        TaxRegion.per,
        TaxRegion.rounding,
        TaxRegion.is_default,
        func.array_agg(TaxRate.tax_class).label("classes"),
        func.array_agg(TaxRate.rate_bp).label("rates"),
    )
    .select_from(_country)
    .join(
        TaxRegion,
        or_(TaxRegion.country == _country.c.code, and_(_country.c.code == DEFAULT_REGION, TaxRegion.is_default)),
    )
    .outerjoin(TaxRate, TaxRate.region_id == TaxRegion.id)
    .group_by(_country.c.code, TaxRegion.id),
    key="wanted",
    row=Row,
)
"""By country, and the shop's own."""

RATES = One(
    select(
        func.coalesce(PointsRate.merchant_id, PLATFORM).label("owner_id"),
        PointsRate.earn_bp,
        PointsRate.burn_bp,
        PointsProgramme.currency,
    )
    .join(PointsProgramme, PointsProgramme.code == PointsRate.programme)
    .where(
        PointsRate.programme == PLATFORM_PROGRAMME,
        or_(
            PointsRate.merchant_id == any_(keys()),
            and_(PointsRate.merchant_id.is_(None), literal(PLATFORM) == any_(keys())),
        ),
    ),
    key="owner_id",
    row=Row,
)
"""What points are worth and earned for, by merchant, and everywhere else."""


def _shoppers() -> Select[tuple[object, ...]]:
    """Write what of each customer of `keys` decides about a price; who never spent stands where everybody begins."""
    customer, used = unnested_keys(), PromotionCustomer
    left = used.customer_limit - used.reserved - used.redeemed
    bought = exists().where(
        MembershipSpend.customer_id == customer.c.id, MembershipSpend.refunded < MembershipSpend.amount
    )
    has = or_(
        MembershipLevel.id == Membership.level_id,
        and_(Membership.customer_id.is_(None), MembershipLevel.threshold == 0),
    )
    return (
        select(
            customer.c.id.label("id"),
            MembershipLevel.id.label("level_id"),
            MembershipLevel.name.label("level_name"),
            MembershipLevel.threshold,
            MembershipLevel.discount_bp,
            MembershipLevel.free_shipping_from,
            MembershipLevel.points_multiplier_bp,
            MembershipLevel.currency,
            bought.label("bought"),
            membership.available(customer.c.id).label("available"),
            _array(CustomerSegment.segment, CustomerSegment.customer_id == customer.c.id).label("segments"),
            _array(used.promotion_id, used.customer_id == customer.c.id, used.promotion_id).label("counted"),
            _array(left, used.customer_id == customer.c.id, used.promotion_id).label("left"),
        )
        .select_from(customer)
        .outerjoin(Membership, Membership.customer_id == customer.c.id)
        .outerjoin(MembershipLevel, has)
    )


def _array(of: Any, which: ColumnElement[bool], order: Any = None) -> ScalarSelect[Any]:
    """Gather a column of another table's rows, in their order, as an array; empty if there are none."""
    gathered = of if order is None else aggregate_order_by(of, order)
    return select(func.coalesce(func.array_agg(gathered), literal([], ARRAY(of.type)))).where(which).scalar_subquery()


SHOPPERS = One(_shoppers(), key="id", row=Row)
"""The level, points, segments, first order and what is left of limited promotions of customers, by one statement."""
