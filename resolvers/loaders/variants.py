"""Variants: by id, in pages of their products, with their prices and what of them can be sold."""

from typing import Any

from sqlalchemy import Text, any_, bindparam, func, select
from sqlalchemy.orm import aliased

from models.database import BASE_CURRENCY, Row
from models.inventory import StockLevel
from models.products import Product
from models.variants import Variant, VariantPrice
from resolvers.loaders.documents import document
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import Many, One, keys
from services import access


class VariantRow(Row):
    """A variant, with its price in the shop's currency and how many units of it can be sold."""


class VariantDocument(dict[str, Any]):
    """A variant as `BY_ID` finds it, which another statement has read along."""


_base_price = aliased(VariantPrice)
_COLUMNS = (
    Variant.id,
    Variant.product_id,
    Variant.sku,
    Variant.name,
    Variant.option_values,
    Variant.weight_grams,
    Variant.barcode,
    Variant.position,
    _base_price.currency.label("price_currency"),
    _base_price.amount.label("price_amount"),
    _base_price.compare_at.label("price_compare_at"),
    select(func.coalesce(func.sum(StockLevel.on_hand - StockLevel.reserved), 0))
    .where(StockLevel.variant_id == Variant.id)
    .correlate(Variant)
    .scalar_subquery()
    .label("sellable"),
)
_HAS_BASE_PRICE = (_base_price.variant_id == Variant.id) & (
    _base_price.currency == bindparam(BASE_CURRENCY, type_=Text)
)
_VARIANTS = select(*_COLUMNS).select_from(Variant).outerjoin(_base_price, _HAS_BASE_PRICE)
_SEEN_BY = (Variant.merchant_id, Product.listed)

BY_ID = One(
    _VARIANTS.add_columns(*_SEEN_BY).join(Product, Product.id == Variant.product_id).where(Variant.id == any_(keys())),
    key="id",
    row=VariantRow,
    seen_by=access.sees_product,
)
ALONG = (
    select(document({column.key: column for column in (*_COLUMNS, *_SEEN_BY)}))
    .select_from(Variant)
    .join(Product, Product.id == Variant.product_id)
    .outerjoin(_base_price, _HAS_BASE_PRICE)
)
"""What `BY_ID` finds, as a document, for a column of a statement that says of which variant."""
OF_PRODUCTS = Keyset(
    _VARIANTS,
    order=(Variant.position, Variant.id),
    row=VariantRow,
    name="variants",
    parent=Variant.product_id,
)
COUNT = One(
    select(Variant.product_id, func.count().label("count"))
    .where(Variant.product_id == any_(keys()))
    .group_by(Variant.product_id),
    key="product_id",
    row=Row,
)
PRICES = Many(
    select(VariantPrice.variant_id, VariantPrice.currency, VariantPrice.amount, VariantPrice.compare_at)
    .where(VariantPrice.variant_id == any_(keys()))
    .order_by(VariantPrice.currency),
    key="variant_id",
    row=Row,
)
