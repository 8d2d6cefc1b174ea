"""Products: by id, by slug, the parts that only a product's own page needs, translations and price ranges."""

from sqlalchemy import ARRAY, Text, any_, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import array

from models.categories import Category, ProductCategory
from models.database import BASE_CURRENCY, Row
from models.merchants import Merchant
from models.products import Product, ProductPrice, ProductTranslation
from resolvers.loaders import product_rules
from resolvers.loaders.lookups import Many, One, keys
from services import access


class ProductRow(Row):
    """A product: what a card shows. `base_price` is its least and greatest price in the shop's currency.

    Those of public lists are listed; rows of which that is not sure say so (`listed`, `status`).

    The heavy columns are in DETAILS, and on a product that was found by its slug: that is asked for by its own page.
    """


# A subquery, not a join: Postgres leaves it until the rows are sorted and few.
_base_price = (
    select(array([ProductPrice.min_amount, ProductPrice.max_amount]))
    .where(ProductPrice.product_id == Product.id, ProductPrice.currency == bindparam(BASE_CURRENCY, type_=Text))
    .correlate(Product)  # and not the prices that a list itself may be joined with, to be sorted by
    .scalar_subquery()
    .label("base_price")
)
CARD = (
    Product.id,
    Product.merchant_id,
    Product.category_id,
    Product.slug,
    Product.name,
    Product.media,
    Product.published_at,
    Product.rating_sum,
    Product.rating_count,
    Product.rating_score,
    Product.version,
    _base_price,
)
_DETAILS = (Product.description, Product.options, Product.attributes, Product.tax_class)

OF_ANY_STATUS = (*CARD, Product.listed, Product.status)

LISTED_BY_ID = One(select(*CARD).where(Product.id == any_(keys()), Product.listed), key="id", row=ProductRow)
_LIGHT = (Product.id, Product.merchant_id, Product.category_id, Product.slug, Product.name, Product.listed)
"""What shows a product beside something else."""
BY_ID = One(
    select(*OF_ANY_STATUS).where(Product.id == any_(keys())),
    key="id",
    row=ProductRow,
    seen_by=access.sees_product,
    light=_LIGHT,
)
BY_SLUG = One(
    select(*OF_ANY_STATUS, *_DETAILS).where(Product.slug == any_(keys(Text))),
    key="slug",
    row=ProductRow,
    seen_by=access.sees_product,
)
DETAILS = One(select(Product.id, *_DETAILS).where(Product.id == any_(keys())), key="id", row=Row)
_price = (
    select(ProductPrice.min_amount)
    .where(ProductPrice.product_id == Product.id, ProductPrice.currency == bindparam(BASE_CURRENCY, type_=Text))
    .correlate(Product)
    .scalar_subquery()
)
_categories = (
    select(func.array_agg(Category.slug))
    .join(ProductCategory, ProductCategory.category_id == Category.id)
    .where(ProductCategory.product_id == Product.id)
    .correlate(Product)
    .scalar_subquery()
)
RULE_FACTS = One(
    select(
        Product.id,
        Product.attributes,
        Product.rating_score,
        Product.rating_count,
        Merchant.slug.label("merchant"),
        _price.label("price"),
        func.coalesce(_categories, literal([], ARRAY(Text))).label("categories"),
        product_rules.HAS_STOCK.label("available"),
    )
    .join(Merchant, Merchant.id == Product.merchant_id)
    .where(Product.id == any_(keys())),
    key="id",
    row=Row,
)
"""What a collection's rule may speak of."""
TRANSLATIONS = Many(
    select(
        ProductTranslation.product_id,
        ProductTranslation.locale,
        ProductTranslation.name,
        ProductTranslation.description,
    ).where(ProductTranslation.product_id == any_(keys())),
    key="product_id",
    row=Row,
)
PRICES = Many(
    select(ProductPrice.product_id, ProductPrice.currency, ProductPrice.min_amount, ProductPrice.max_amount)
    .where(ProductPrice.product_id == any_(keys()))
    .order_by(ProductPrice.currency),
    key="product_id",
    row=Row,
)
