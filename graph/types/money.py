"""Amounts of money."""

import strawberry

from domain import money
from graph.fields import column, computed
from graph.scalars import CurrencyCode, DecimalText


@strawberry.type(description="An amount of money.")
class Money:
    """An amount of money; its source is a `domain.money.Money`."""

    amount: DecimalText = computed(
        lambda value: money.format_amount(value.amount, value.currency),
        description='The amount in major units with all the digits its currency has: "19.90", "1990" yen.',
    )
    currency: CurrencyCode = column("The currency.")


@strawberry.type(description="The least and the greatest price of a product's variants.")
class PriceRange:
    """The least and the greatest price."""

    min: Money = column("The least price.")
    max: Money = column("The greatest price.")
