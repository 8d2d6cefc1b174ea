"""Reviews: pages of their products."""

from sqlalchemy import any_, select

from models.database import Row
from models.products import Product
from models.reviews import Review
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import One, keys


class ReviewRow(Row):
    """A published review."""


_REVIEWS = select(
    Review.id,
    Review.product_id,
    Review.rating,
    Review.title,
    Review.body,
    Review.author_name,
    Review.customer_id.is_not(None).label("verified"),
    Review.reply,
    Review.replied_at,
    Review.created_at,
).where(Review.state == "PUBLISHED")

BY_ID = One(
    _REVIEWS.join(Product, Product.id == Review.product_id).where(Review.id == any_(keys()), Product.listed),
    key="id",
    row=ReviewRow,
)
WRITTEN = One(_REVIEWS.where(Review.id == any_(keys())), key="id", row=ReviewRow)
"""Also of products that are not listed any more: for who has just written."""
OF_PRODUCTS = Keyset(
    _REVIEWS,
    order=(Review.created_at, Review.id),
    descending=True,
    row=ReviewRow,
    name="reviews",
    parent=Review.product_id,
)
