"""What the rules of segments speak of, as SQL over a customer, and the rules translated to conditions on it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Numeric,
    Text,
    any_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    not_,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import aliased

from domain.rules import Operator, Rule
from domain.segments import WINDOW
from models import rules
from models.categories import Category
from models.customers import Customer, CustomerAddress
from models.database import BASE_CURRENCY
from models.membership import Membership, MembershipLevel, MembershipSpend
from models.orders import Order, OrderLine

NOW: Final = bindparam("now", type_=DateTime(timezone=True))
_CURRENCY: Final = bindparam(BASE_CURRENCY, type_=Text)

_BOUGHT = (
    MembershipSpend.customer_id == Customer.id,
    MembershipSpend.currency == _CURRENCY,
    MembershipSpend.spent_at > NOW - WINDOW,
    MembershipSpend.refunded < MembershipSpend.amount,
)
_Above = aliased(Category)
_CATEGORIES = (
    select(_Above.slug)
    .join(Category, _Above.id == any_(Category.path))
    .join(OrderLine, OrderLine.category_id == Category.id)
    .join(Order, Order.id == OrderLine.order_id)
    .where(Order.customer_id == Customer.id, Order.paid_at.is_not(None))
    .correlate(Customer)
)
_WITH_REGION = CustomerAddress.country + "-" + CustomerAddress.region
_REGIONS = (
    select(func.unnest(func.array_remove(array([CustomerAddress.country, _WITH_REGION]), null())).label("region"))
    .where(CustomerAddress.customer_id == Customer.id)
    .correlate(Customer)
)

FACTS: Final[Mapping[str, ColumnElement[Any]]] = MappingProxyType(
    {
        "spend": select(func.coalesce(func.sum(MembershipSpend.amount - MembershipSpend.refunded), 0))
        .where(*_BOUGHT)
        .correlate(Customer)
        .scalar_subquery(),
        "orders": select(func.count()).where(*_BOUGHT).correlate(Customer).scalar_subquery(),
        "days_since_order": select(
            cast(func.floor(func.extract("epoch", NOW - func.max(MembershipSpend.spent_at)) / 86_400), Numeric)
        )
        .where(
            MembershipSpend.customer_id == Customer.id,
            MembershipSpend.spent_at <= NOW,
            MembershipSpend.refunded < MembershipSpend.amount,
        )
        .correlate(Customer)
        .scalar_subquery(),
        "category": func.array(_CATEGORIES.distinct().scalar_subquery()),
        "level": select(MembershipLevel.name)
        .join(Membership, Membership.level_id == MembershipLevel.id)
        .where(Membership.customer_id == Customer.id)
        .correlate(Customer)
        .scalar_subquery(),
        "region": func.array(_REGIONS.distinct().scalar_subquery()),
        "marketing_consent": Customer.marketing_consent_at.is_not(None),
    }
)
"""Each fact by its name. The statement has the parameters `now` and `base_currency`."""


def condition(rule: Rule) -> ColumnElement[bool]:
    """Translate a checked rule."""
    return rules.condition(rule, _comparison)


def _comparison(field: str, operator: Operator, value: Any) -> ColumnElement[bool]:
    fact = FACTS[field]
    match field:
        case "marketing_consent":
            return fact if value else not_(fact)
        case "spend" | "orders" | "days_since_order":
            return rules.ordered(fact, operator, value)
    one_of = any_(literal(list(value) if operator is Operator.ONE_OF else [value], ARRAY(Text)))
    if field == "level":
        return fact == one_of
    found = (_CATEGORIES if field == "category" else _REGIONS).subquery()
    return exists(select(literal(1)).select_from(found).where(found.c[0] == one_of))
