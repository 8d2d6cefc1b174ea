"""Customers: how a viewer's own customer and addresses are answered and changed."""

from collections.abc import Sequence

from domain.access import Viewer
from models.database import Row
from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import customers as loaders
from resolvers.loaders.customers import AddressRow, CustomerRow
from resolvers.pages import Page


async def of_viewers(viewers: Sequence[Viewer], context: Context) -> list[Row | None]:
    """Answer the customer that somebody who is signed in is."""
    return [
        None if viewer.customer_id is None else await context.load(loaders.BY_ID, viewer.customer_id)
        for viewer in viewers
    ]


async def addresses(
    customers: Sequence[CustomerRow], context: Context, *, first: int, after: str | None
) -> list[Page[AddressRow]]:
    """Answer a page of each customer's addresses."""
    return await pages.of_parents(
        loaders.ADDRESSES, context, customers, first=first, after=after, count=loaders.ADDRESS_COUNTS
    )
