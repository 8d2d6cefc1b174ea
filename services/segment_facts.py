"""What the rules of segments speak of, as SQL over a customer, and the rules translated to conditions on it."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    DateTime,
    Numeric,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    literal_column,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import aliased

from domain.rules import All, AnyOf, Condition, Not, Operator, Rule
from domain.segments import WINDOW
from models.categories import Category
from models.customers import Customer, CustomerAddress
from models.database import BASE_CURRENCY
from models.membership import Membership, MembershipLevel, MembershipSpend
from models.orders import Order, OrderLine

# Not true() and false(): SQLAlchemy would shorten what holds one of them, and a parameter could go missing.
_TRUE, _FALSE = literal_column("true", Boolean()), literal_column("false", Boolean())
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
    """Translate a checked rule. As in `domain.rules.matches`, NULL counts as false before NOT turns it round."""
    match rule:
        case All(parts):
            return and_(_TRUE, *map(condition, parts))
        case AnyOf(parts):
            return or_(_FALSE, *map(condition, parts))
        case Not(part):
            return not_(condition(part))
        case Condition(field, operator, value):
            return func.coalesce(_comparison(field, operator, value), _FALSE)


def _comparison(field: str, operator: Operator, value: Any) -> ColumnElement[bool]:
    fact = FACTS[field]
    match field:
        case "marketing_consent":
            return fact if value else not_(fact)
        case "spend" | "orders" | "days_since_order":
            bound = literal(Decimal(str(value)), Numeric)
            if operator is Operator.AT_LEAST:
                return fact >= bound
            return fact <= bound if operator is Operator.AT_MOST else fact == bound
    one_of = any_(literal(list(value) if operator is Operator.ONE_OF else [value], ARRAY(Text)))
    if field == "level":
        return fact == one_of
    found = (_CATEGORIES if field == "category" else _REGIONS).subquery()
    return exists(select(literal(1)).select_from(found).where(found.c[0] == one_of))
