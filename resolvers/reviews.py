"""Reviews: how their lists are answered."""

from collections.abc import Sequence
from typing import Final

from models.database import Row
from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import reviews as loaders
from resolvers.loaders.reviews import ReviewRow
from resolvers.pages import Page

COUNT: Final = "rating_count"
"""A trigger counts a product's ratings, which are its published reviews."""


async def of_products(
    products: Sequence[Row], context: Context, *, first: int, after: str | None
) -> list[Page[ReviewRow]]:
    """Answer a page of each product's reviews, the newest first."""
    return await pages.of_parents(loaders.OF_PRODUCTS, context, products, first=first, after=after, count=COUNT)
