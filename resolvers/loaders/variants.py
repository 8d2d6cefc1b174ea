"""Variants: by id, in pages of their products, with their prices and what of them can be sold."""

from sqlalchemy import any_, func, select

from models.database import Row
from models.inventory import StockLevel
from models.products import Product
from models.variants import Variant, VariantPrice
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import Many, One, keys


class VariantRow(Row):
    """A variant."""


_COLUMNS = (
    Variant.id,
    Variant.product_id,
    Variant.sku,
    Variant.name,
    Variant.option_values,
    Variant.weight_grams,
    Variant.barcode,
    Variant.position,
)

BY_ID = One(
    select(*_COLUMNS).join(Product, Product.id == Variant.product_id).where(Variant.id == any_(keys()), Product.listed),
    key="id",
    row=VariantRow,
)
OF_PRODUCTS = Keyset(
    select(*_COLUMNS),
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
SELLABLE = One(
    select(StockLevel.variant_id, func.sum(StockLevel.on_hand - StockLevel.reserved).label("quantity"))
    .where(StockLevel.variant_id == any_(keys()))
    .group_by(StockLevel.variant_id),
    key="variant_id",
    row=Row,
)
