"""Products: by id, by slug, the parts that only a product's own page needs, translations and price ranges."""

from sqlalchemy import Text, any_, select

from models.database import Row
from models.products import Product, ProductPrice, ProductTranslation
from resolvers.loaders.lookups import Many, One, keys


class ProductRow(Row):
    """A listed product: what a card shows. The heavy columns are in DETAILS."""


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
)

BY_ID = One(select(*CARD).where(Product.id == any_(keys()), Product.listed), key="id", row=ProductRow)
BY_SLUG = One(select(*CARD).where(Product.slug == any_(keys(Text)), Product.listed), key="slug", row=ProductRow)
DETAILS = One(
    select(Product.id, Product.description, Product.options, Product.attributes).where(Product.id == any_(keys())),
    key="id",
    row=Row,
)
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
