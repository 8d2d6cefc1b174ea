"""Rules over products (`domain.products.RULE_VOCABULARY`), translated to SQL conditions."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    any_,
    bindparam,
    case,
    exists,
    literal,
    not_,
    or_,
    select,
)

from domain import reviews
from domain.rules import Operator, Rule
from models import rules
from models.categories import Category, ProductCategory
from models.inventory import StockLevel
from models.merchants import Merchant
from models.products import Product, ProductPrice
from models.variants import Variant

HAS_STOCK = exists().where(
    Variant.product_id == Product.id, StockLevel.variant_id == Variant.id, StockLevel.on_hand > StockLevel.reserved
)
"""At least one variant has a unit that is not promised to anyone."""

_PRICE = (
    select(ProductPrice.min_amount)
    .where(ProductPrice.product_id == Product.id, ProductPrice.currency == bindparam("base_currency", type_=Text))
    .correlate(Product)  # and not the prices that the list itself may be joined with, to be sorted by
    .scalar_subquery()
)
_merchant_slug = select(Merchant.slug).where(Merchant.id == Product.merchant_id).scalar_subquery()
_RATING = case((Product.rating_count > 0, Product.rating_score / float(reviews.SCORE_UNITS)))


def condition(rule: Rule) -> ColumnElement[bool]:
    """Translate a checked rule; where it speaks of `price` the statement has a `base_currency` parameter."""
    return rules.condition(rule, _comparison)


def _comparison(field: str, operator: Operator, value: Any) -> ColumnElement[bool]:
    # An array, not IN: that would be written out only when SQLAlchemy itself runs the statement.
    values = literal(list(value) if operator is Operator.ONE_OF else [value], ARRAY(Text))
    one_of = any_(values)
    match field:
        case "category":
            membership = exists().where(
                ProductCategory.product_id == Product.id,
                ProductCategory.category_id == Category.id,
                Category.slug == one_of,
            )
            return membership.correlate(Product)
        case "merchant":
            return _merchant_slug == one_of
        case "available":
            return HAS_STOCK if value else not_(HAS_STOCK)
        case "price":
            return rules.ordered(_PRICE, operator, value)
        case "rating":
            return rules.ordered(_RATING, operator, value)
    attribute = Product.attributes[field.removeprefix("attributes.")]
    # The second part finds a text in a list; the first one numbers and booleans, by the text that JSON has for them.
    return or_(attribute.astext == one_of, attribute.has_any(values))
