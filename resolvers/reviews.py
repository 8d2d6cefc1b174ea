"""Reviews: how their lists are answered."""

from collections.abc import Sequence
from typing import Final

import services.reviews
from models.database import Row
from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import reviews as loaders
from resolvers.loaders.reviews import ReviewRow
from resolvers.mutations import Change, Result
from resolvers.pages import Page

COUNT: Final = "rating_count"
"""A trigger counts a product's ratings, which are its published reviews."""


async def of_products(
    products: Sequence[Row], context: Context, *, first: int, after: str | None
) -> list[Page[ReviewRow]]:
    """Answer a page of each product's reviews, the newest first."""
    return await pages.of_parents(loaders.OF_PRODUCTS, context, products, first=first, after=after, count=COUNT)


async def write(change: Change, *, product_id: int, rating: int, title: str, body: str) -> Result:
    """Review a product."""
    review_id = await services.reviews.write(
        change.session,
        viewer=change.viewer,
        product_id=product_id,
        rating=rating,
        title=title,
        body=body,
        now=change.now,
    )
    return Result(review_id=review_id)


async def reply(change: Change, *, review_id: int, body: str) -> Result:
    """Reply to a review."""
    await services.reviews.reply(change.session, viewer=change.viewer, review_id=review_id, body=body, now=change.now)
    return Result(review_id=review_id)


async def hide(change: Change, *, review_id: int, hidden: bool) -> Result:
    """Hide a review, or show it again."""
    await services.reviews.hide(change.session, review_id=review_id, hidden=hidden, now=change.now)
    return Result(review_id=review_id)
