"""On which terms a cart is priced: deliveries, taxes, rates of points, whether a customer has bought before.

They are columns of a cart's row and of its lines', documents of what other tables hold: a statement of its own for each
would cost more than what it reads.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from domain.points import PLATFORM_PROGRAMME
from models.carts import Cart
from models.database import Row
from models.deliveries import DeliveryMethod
from models.membership import Membership, MembershipLevel, MembershipSpend
from models.points import PointsProgramme, PointsRate
from models.promotions import PromotionCustomer
from models.segments import CustomerSegment
from models.taxes import TaxRate, TaxRegion
from resolvers.loaders import membership
from resolvers.loaders.documents import document, documents
from resolvers.loaders.keysets import unnested_keys
from resolvers.loaders.lookups import One


def methods(of: ColumnElement[bool]) -> ScalarSelect[Any]:
    """Write the ways of sending of whom `of` says, as a list of documents."""
    columns = ("merchant_id", "code", "label", "currency", "price", "free_from", "countries", "tax_class")
    each = document({name: getattr(DeliveryMethod, name) for name in columns})
    return select(documents(each, order=DeliveryMethod.id)).where(of).scalar_subquery()


PLATFORM_METHODS = methods(DeliveryMethod.merchant_id.is_(None))


def rates(of: ColumnElement[bool]) -> ColumnElement[Any]:
    """Write what points are earned for and worth to whom `of` says, as a document; None to guests, who have none."""
    columns = {"earn_bp": PointsRate.earn_bp, "burn_bp": PointsRate.burn_bp, "currency": PointsProgramme.currency}
    found = (
        select(document(columns))
        .select_from(PointsRate)
        .join(PointsProgramme, PointsProgramme.code == PointsRate.programme)
        .where(PointsRate.programme == PLATFORM_PROGRAMME, of)
        .scalar_subquery()
    )
    return case((Cart.customer_id.is_not(None), found))


PLATFORM_RATES = rates(PointsRate.merchant_id.is_(None))
"""What holds wherever a merchant has no rates of its own."""


def _regions() -> ScalarSelect[Any]:
    rates_of = (
        select(func.jsonb_object_agg(TaxRate.tax_class, TaxRate.rate_bp))
        .where(TaxRate.region_id == TaxRegion.id)
        .correlate(TaxRegion)
        .scalar_subquery()
    )
    columns = ("country", "region", "name", "inclusive", "per", "rounding", "is_default")
    each = document({**{name: getattr(TaxRegion, name) for name in columns}, "rates": rates_of})
    here = or_(TaxRegion.country == Cart.address["country"].astext, and_(Cart.address.is_(None), TaxRegion.is_default))
    return select(documents(each, order=TaxRegion.id)).where(here).correlate(Cart).scalar_subquery()


REGIONS = _regions()
"""Where which taxes are raised in the country that a cart is sent to, or the shop's own."""


def _shopper(customer: FromClause) -> dict[str, Any]:
    used, customer_id = PromotionCustomer, customer.c.id
    left = used.customer_limit - used.reserved - used.redeemed
    bought = exists().where(
        MembershipSpend.customer_id == customer_id, MembershipSpend.refunded < MembershipSpend.amount
    )
    return {
        "id": customer_id,
        "level_id": MembershipLevel.id,
        "level_name": MembershipLevel.name,
        "threshold": MembershipLevel.threshold,
        "discount_bp": MembershipLevel.discount_bp,
        "free_shipping_from": MembershipLevel.free_shipping_from,
        "points_multiplier_bp": MembershipLevel.points_multiplier_bp,
        "currency": MembershipLevel.currency,
        "bought": bought,
        "available": membership.available(customer_id),
        "segments": _array(CustomerSegment.segment, CustomerSegment.customer_id == customer_id),
        "counted": _array(used.promotion_id, used.customer_id == customer_id, used.promotion_id),
        "left": _array(left, used.customer_id == customer_id, used.promotion_id),
    }


def _standing(selected: Select[*tuple[Any, ...]], customer: FromClause) -> Select[*tuple[Any, ...]]:
    """Join the level of each customer; who never spent stands where everybody begins."""
    has = or_(
        MembershipLevel.id == Membership.level_id,
        and_(Membership.customer_id.is_(None), MembershipLevel.threshold == 0),
    )
    return (
        selected.select_from(customer)
        .outerjoin(Membership, Membership.customer_id == customer.c.id)
        .outerjoin(MembershipLevel, has)
    )


def _array(of: Any, which: ColumnElement[bool], order: Any = None) -> ScalarSelect[Any]:
    """Gather a column of another table's rows, in their order, as an array; empty if there are none."""
    gathered = of if order is None else aggregate_order_by(of, order)
    return select(func.coalesce(func.array_agg(gathered), literal([], ARRAY(of.type)))).where(which).scalar_subquery()


def _shoppers() -> Select[*tuple[Any, ...]]:
    customer = unnested_keys()
    return _standing(select(*(column.label(name) for name, column in _shopper(customer).items())), customer)


SHOPPERS = One(_shoppers(), key="id", row=Row)
"""The level, points, segments, first order and what is left of limited promotions of customers, by one statement."""


def _shopper_of_cart() -> ColumnElement[Any]:
    customer = select(Cart.customer_id.label("id")).correlate(Cart).subquery("shopper")
    found = _standing(select(document(_shopper(customer))), customer).limit(1).correlate(Cart)
    return case((Cart.customer_id.is_not(None), found.scalar_subquery()))


SHOPPER = _shopper_of_cart()
"""What `SHOPPERS` finds of a cart's customer, as a document; None of a guest's."""
