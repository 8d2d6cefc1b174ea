"""Attributes: how their list is answered."""

from collections.abc import Sequence

from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import attributes as loaders
from resolvers.loaders.attributes import AttributeRow
from resolvers.pages import Page


async def listing(root: Sequence[None], context: Context, *, first: int, after: str | None) -> list[Page[AttributeRow]]:
    """Answer a page of all attributes, by label."""
    page = await pages.of_list(loaders.ALL, context, first=first, after=after, count=lambda: loaders.COUNT)
    return [page for _ in root]
