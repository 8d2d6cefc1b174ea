"""Merchants: how their lists are answered."""

from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import merchants as loaders
from resolvers.loaders.merchants import MerchantRow
from resolvers.pages import Page


async def page(context: Context, *, first: int, after: str | None) -> Page[MerchantRow]:
    """Answer a page of the active merchants, by name."""
    return await pages.of_list(loaders.BY_NAME, context, first=first, after=after, count=lambda: loaders.COUNT)
