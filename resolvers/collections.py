"""Collections: their products are those that match the rule now."""

import asyncio
from collections.abc import Sequence

from domain import rules
from domain.products import RULE_VOCABULARY
from models.database import Row
from resolvers import pages, products
from resolvers.context import Context
from resolvers.loaders import collections as loaders
from resolvers.loaders.collections import CollectionRow
from resolvers.loaders.product_lists import Order
from resolvers.loaders.products import ProductRow
from resolvers.pages import Page


async def listing(
    root: Sequence[None], context: Context, *, first: int, after: str | None
) -> list[Page[CollectionRow]]:
    """Answer a page of all collections, by name."""
    page = await pages.of_list(loaders.ALL, context, first=first, after=after, count=lambda: loaders.COUNT)
    return [page for _ in root]


async def members(
    collections: Sequence[Row], context: Context, *, sort: Order, first: int, after: str | None
) -> list[Page[ProductRow]]:
    """Answer a page of each collection's products. Every rule is a statement of its own; they run side by side."""
    return await asyncio.gather(
        *(
            products.page(
                context,
                order=sort,
                first=first,
                after=after,
                rule=rules.parse(collection["rule"], RULE_VOCABULARY),
            )
            for collection in collections
        )
    )
