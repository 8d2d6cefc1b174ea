"""Variants: how their fields and lists are answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.money import Money
from models.database import Row
from resolvers import pages
from resolvers.context import Answered, Context
from resolvers.loaders import variants as loaders
from resolvers.loaders.variants import VariantRow
from resolvers.mutations import Result
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


async def of_results(results: Sequence[Result], context: Context) -> list[list[VariantRow]]:
    """Answer the variants that mutations tell of; none where they were refused."""
    return [
        [row for row in await context.load_many(loaders.BY_ID, result["variant_ids"] or []) if row is not None]
        for result in results
    ]


def prices(variants: Sequence[Row], context: Context, *, currency: str | None = None) -> Answered[Money | None]:
    """Answer the variants' prices, in the currency that `in_currency` chooses."""
    return _prices(variants, context, currency, column="amount")


def compare_at_prices(
    variants: Sequence[Row], context: Context, *, currency: str | None = None
) -> Answered[Money | None]:
    """Answer the variants' former, higher prices, where they have one."""
    return _prices(variants, context, currency, column="compare_at")


def stock(variant: Row) -> Stock:
    """Answer what of a variant can be sold."""
    return Stock(variant["sellable"])


def _prices(variants: Sequence[Row], context: Context, currency: str | None, *, column: str) -> Answered[Money | None]:
    wanted = currency or context.currency
    if all(variant["price_currency"] == wanted for variant in variants):
        base = f"price_{column}"
        return [_money(variant[base], wanted) for variant in variants]
    return _looked_up(variants, context, currency, column)


async def _looked_up(
    variants: Sequence[Row], context: Context, currency: str | None, column: str
) -> list[Money | None]:
    found = await context.load_many(loaders.PRICES, [variant["id"] for variant in variants])
    chosen = [in_currency(rows, currency, context) for rows in found]
    return [_money(row[column], row["currency"]) if row else None for row in chosen]


def _money(amount: int | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount, currency)
