"""Merchants: how their lists are answered."""

from collections.abc import Sequence

from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import merchants as loaders
from resolvers.loaders.merchants import MerchantRow
from resolvers.pages import Page


async def listing(root: Sequence[None], context: Context, *, first: int, after: str | None) -> list[Page[MerchantRow]]:
    """Answer a page of the active merchants, by name."""
    page = await pages.of_list(loaders.BY_NAME, context, first=first, after=after, count=lambda: loaders.COUNT)
    return [page for _ in root]
