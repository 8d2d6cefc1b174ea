"""Lists of products: every combination of filters, order and parent, each compiled once and kept."""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Text,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.orm import InstrumentedAttribute

from domain.rules import Rule
from models.categories import Category, ProductCategory
from models.database import AnySelect, Row, Statement
from models.merchants import Merchant
from models.products import Product, ProductPrice
from resolvers.loaders import product_rules
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import One, keys
from resolvers.loaders.products import CARD, ProductRow

S = TypeVar("S", bound="AnySelect")


class Order(Enum):
    """How a list of products is sorted; ties are broken by id."""

    NEWEST = "newest"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"
    RATING = "rating"
    NAME = "name"


class Parent(Enum):
    """Whose list it is, when it hangs on another object."""

    MERCHANT = "merchant"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Shape:
    """Which clauses a list's statement has. The values are parameters; the shape decides the SQL.

    `filters` names the parameters that are set: category, merchant, price_min, price_max, available, rating_min,
    attributes. `rule` is a further condition, such as a collection's.
    """

    order: Order
    filters: frozenset[str] = frozenset()
    parent: Parent | None = None
    rule: Rule | None = None


_PRICED_ORDERS = (Order.PRICE_ASC, Order.PRICE_DESC)
_PRICE_FILTERS = {"price_min", "price_max"}


def _by_category(shape: Shape) -> bool:
    return "category" in shape.filters or shape.parent is Parent.CATEGORY


def needs_currency(shape: Shape) -> bool:
    """Say whether the statement has a `currency` parameter."""
    return shape.order in _PRICED_ORDERS or bool(shape.filters & _PRICE_FILTERS)


def _conditions(shape: Shape) -> list[ColumnElement[bool]]:
    possible: dict[str, ColumnElement[bool]] = {
        "category": ProductCategory.category_id
        == select(Category.id).where(Category.slug == bindparam("category", type_=Text)).scalar_subquery(),
        "merchant": Product.merchant_id
        == select(Merchant.id).where(Merchant.slug == bindparam("merchant", type_=Text)).scalar_subquery(),
        "price_min": ProductPrice.min_amount >= bindparam("price_min", type_=BigInteger),
        "price_max": ProductPrice.min_amount <= bindparam("price_max", type_=BigInteger),
        "available": bindparam("available", type_=Boolean) == product_rules.HAS_STOCK,
        "rating_min": Product.rating_score >= bindparam("rating_min", type_=Integer),
        "attributes": Product.attributes.path_match(bindparam("attributes", type_=JSONPATH)),
    }
    conditions = [clause for name, clause in possible.items() if name in shape.filters]
    return conditions if shape.rule is None else [*conditions, product_rules.condition(shape.rule)]


def _filtered(rows: S, shape: Shape) -> S:
    rows = rows.where(*_conditions(shape))
    if _by_category(shape):
        rows = rows.join(ProductCategory, ProductCategory.product_id == Product.id)
    else:
        rows = rows.where(Product.listed)
    return _priced(rows, shape, Product.id)


def _priced(rows: S, shape: Shape, product_id: InstrumentedAttribute[int]) -> S:
    if not needs_currency(shape):
        return rows
    in_currency = ProductPrice.currency == bindparam("currency", type_=Text)
    return rows.join(ProductPrice, (ProductPrice.product_id == product_id) & in_currency)


_PARENT_COLUMNS: dict[Parent, InstrumentedAttribute[int]] = {
    Parent.MERCHANT: Product.merchant_id,
    Parent.CATEGORY: ProductCategory.category_id,
}


@lru_cache(maxsize=512)
def keyset(shape: Shape) -> Keyset[ProductRow]:
    """Build the list of a shape; parameters are the shape's filters, and `currency` where prices matter."""
    rows = select(*CARD).select_from(Product)
    order: tuple[InstrumentedAttribute[Any], ...]
    match shape.order:
        case Order.NEWEST if _by_category(shape):
            # The category's own index holds this order: the page is one range scan, however large the category.
            order = (ProductCategory.published_at, ProductCategory.product_id)
            rows = rows.add_columns(ProductCategory.product_id)
        case Order.NEWEST:
            order = (Product.published_at, Product.id)
        case Order.NAME:
            order = (Product.name, Product.id)
        case Order.RATING:
            order = (Product.rating_score, Product.id)
        case Order.PRICE_ASC | Order.PRICE_DESC:
            order = (ProductPrice.min_amount, ProductPrice.product_id)
            rows = rows.add_columns(ProductPrice.min_amount, ProductPrice.product_id)
    return Keyset(
        _filtered(rows, shape),
        order=order,
        descending=shape.order in (Order.NEWEST, Order.RATING, Order.PRICE_DESC),
        row=ProductRow,
        name=f"products.{shape.order.value}",
        parent=_PARENT_COLUMNS[shape.parent] if shape.parent else None,
    )


@lru_cache(maxsize=512)
def count(shape: Shape) -> Statement:
    """Build the statement that counts a whole list that has no parent."""
    if {"category"} <= shape.filters <= {"category", *_PRICE_FILTERS} and shape.rule is None:
        # The indexes of categories and prices alone know the number: a third of the time that products would take.
        rows = select(func.count()).select_from(ProductCategory).where(*_conditions(shape))
        return Statement(_priced(rows, shape, ProductCategory.product_id))
    return Statement(_filtered(select(func.count()).select_from(Product), shape))


@lru_cache(maxsize=64)
def counts(shape: Shape) -> One[Row]:
    """Build the lookup that counts the lists of many parents. Takes no filters: a parent's list has none."""
    assert shape.parent is not None  # noqa: S101 - the caller's contract
    parent = _PARENT_COLUMNS[shape.parent]
    rows = select(parent.label("parent_key"), func.count().label("count")).select_from(Product)
    return One(_filtered(rows, shape).where(parent == any_(keys())).group_by(parent), key="parent_key", row=Row)
