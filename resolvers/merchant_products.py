"""Products as the merchant's staff sees them, drafts and archived ones among them."""

from collections.abc import Sequence

from models.database import Row
from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import merchant_products as loaders
from resolvers.loaders.products import ProductRow
from resolvers.pages import Page


async def of_accounts(
    accounts: Sequence[Row], context: Context, *, status: str | None, first: int, after: str | None
) -> list[Page[ProductRow]]:
    """Answer a page of all products of each merchant, whose account is seen by its staff alone."""
    return await pages.of_parents(
        loaders.of_merchants(status), context, accounts, first=first, after=after, count=loaders.counts(status)
    )


def status(product: Row) -> str:
    """Answer a product's status; what comes from a public list is listed, and does not say it."""
    return str(product["status"]) if "status" in product else "PUBLISHED"
