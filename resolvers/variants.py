"""Variants: how their fields and lists are answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.money import Money
from models.database import Row
from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import variants as loaders
from resolvers.loaders.variants import VariantRow
from resolvers.pages import Page
from resolvers.products import in_currency


@dataclass(slots=True)
class Stock:
    """What of a variant can be sold now: units on hand less those promised, over all warehouses."""

    quantity: int

    @property
    def available(self) -> bool:
        """Say whether at least one unit can be sold."""
        return self.quantity > 0


async def of_products(
    products: Sequence[Row], context: Context, *, first: int, after: str | None
) -> list[Page[VariantRow]]:
    """Answer a page of each product's variants."""
    return await pages.of_parents(loaders.OF_PRODUCTS, context, products, first=first, after=after, count=loaders.COUNT)


async def prices(variants: Sequence[Row], context: Context, *, currency: str | None = None) -> list[Money | None]:
    """Answer the variants' prices, in the currency that `in_currency` chooses."""
    found = await context.load_many(loaders.PRICES, [variant["id"] for variant in variants])
    chosen = [in_currency(rows, currency, context) for rows in found]
    return [Money(row["amount"], row["currency"]) if row else None for row in chosen]


async def compare_at_prices(
    variants: Sequence[Row], context: Context, *, currency: str | None = None
) -> list[Money | None]:
    """Answer the variants' former, higher prices, where they have one."""
    found = await context.load_many(loaders.PRICES, [variant["id"] for variant in variants])
    chosen = [in_currency(rows, currency, context) for rows in found]
    return [
        Money(row["compare_at"], row["currency"]) if row and row["compare_at"] is not None else None for row in chosen
    ]


async def stocks(variants: Sequence[Row], context: Context) -> list[Stock]:
    """Answer what of the variants can be sold."""
    found = await context.load_many(loaders.SELLABLE, [variant["id"] for variant in variants])
    return [Stock(row["quantity"] if row else 0) for row in found]
