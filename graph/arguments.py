"""Arguments and inputs that several fields take."""

from enum import Enum
from typing import Final

import strawberry

from graph.fields import Argument
from graph.scalars import CurrencyCode, DecimalText
from resolvers.loaders.product_lists import Order
from resolvers.products import AttributeFilter, ProductFilter

LOCALE: Final = Argument(
    str | None,
    "A language tag such as `de` or `pt-BR`. A text missing there falls back: `pt-BR`, `pt`, then the shop's own.",
)
CURRENCY: Final = Argument(
    CurrencyCode | None,
    "Answer in this currency, or null where there is no price in it. "
    "Without it: the shop's currency, or else the first that there is a price in.",
)


@strawberry.enum(description="How a list of products is sorted. Ties are broken by id.")
class ProductSort(Enum):
    """The orders of a list of products."""

    NEWEST = strawberry.enum_value(Order.NEWEST, description="The latest published first.")
    PRICE_ASC = strawberry.enum_value(
        Order.PRICE_ASC, description="The least price first. Products without a price in the currency are left out."
    )
    PRICE_DESC = strawberry.enum_value(
        Order.PRICE_DESC,
        description="By least price, the highest first. Products without a price in the currency are left out.",
    )
    RATING = strawberry.enum_value(Order.RATING, description="The best rated first, unrated ones last.")
    NAME = strawberry.enum_value(Order.NAME, description="By name, A to Z.")


PRODUCT_SORT: Final = Argument(ProductSort, "The order.", ProductSort.NEWEST, convert=lambda sort: Order(sort.value))


CURRENCY_OF_ORDER: Final = Argument(
    CurrencyCode | None, "Whose prices an order by price compares. Without it: the filter's, or else the shop's."
)


@strawberry.input(description="Bounds for a product's least price. Both ends count as inside.")
class PriceFilter:
    """Bounds for the least price."""

    currency: CurrencyCode = strawberry.field(description="The currency of the bounds.")
    min: DecimalText | None = strawberry.field(default=None, description='At least this much: "19.90".')
    max: DecimalText | None = strawberry.field(default=None, description="At most this much.")


@strawberry.input(description="Bounds for the average rating. Products without reviews count as 0.")
class RatingFilter:
    """Bounds for the average rating."""

    min: float = strawberry.field(description="At least so many stars, 0 to 5.")


@strawberry.input(name="AttributeFilter", description="An attribute and the values of it that are wanted.")
class AttributeFilterInput:
    """An attribute and its wanted values."""

    name: str = strawberry.field(description="The attribute's name: `ProductAttribute.name`, not its label.")
    values: list[str] = strawberry.field(
        description="The value is one of these. Numbers and booleans are written as text: `6.1`, `true`."
    )


@strawberry.input(
    name="ProductFilter",
    description="What a list of products is narrowed to: all criteria that are given must hold. "
    "At most 100 attributes and values may be named.",
)
class ProductFilterInput:
    """What a list of products is narrowed to."""

    category: str | None = strawberry.field(
        default=None, description="A category's slug; its descendants are included. An unknown one matches nothing."
    )
    merchant: str | None = strawberry.field(
        default=None, description="A merchant's slug. An unknown one matches nothing."
    )
    price: PriceFilter | None = strawberry.field(default=None, description="The least price lies in these bounds.")
    available: bool | None = strawberry.field(
        default=None, description="true: some variant can be sold now. false: none can."
    )
    rating: RatingFilter | None = strawberry.field(default=None, description="The average rating lies in these bounds.")
    attributes: list[AttributeFilterInput] | None = strawberry.field(
        default=None, description="Every attribute named here has one of the values named with it."
    )


def _narrowed(given: ProductFilterInput | None) -> ProductFilter:
    """Turn the input into what the resolvers take."""
    if given is None:
        return ProductFilter()
    return ProductFilter(
        category=given.category,
        merchant=given.merchant,
        price_min=given.price.min if given.price else None,
        price_max=given.price.max if given.price else None,
        price_currency=given.price.currency if given.price else None,
        available=given.available,
        rating_min=given.rating.min if given.rating else None,
        attributes=tuple(AttributeFilter(each.name, tuple(each.values)) for each in given.attributes or ()),
    )


PRODUCT_FILTER: Final = Argument(ProductFilterInput | None, "What the list is narrowed to.", convert=_narrowed)
