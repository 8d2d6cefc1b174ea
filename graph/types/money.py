"""Amounts of money."""

from typing import Any

import strawberry

from domain import money as values
from graph.fields import column, composed, computed
from graph.scalars import CurrencyCode, DecimalText


@strawberry.type(description="An amount of money.")
class Money:
    """An amount of money; its source is a `domain.money.Money`."""

    amount: DecimalText = computed(
        values.format_amount,
        of=("amount", "currency"),
        description='The amount in major units with all the digits its currency has: "19.90", "1990" yen.',
    )
    currency: CurrencyCode = column("The currency.")


def money(name: str, *, description: str) -> Any:
    """Declare a field that shows a column of the row, minor units, as money of the row's `currency`."""
    return composed(values.Money, {"amount": name, "currency": "currency"}, description=description)


@strawberry.type(description="The least and the greatest price of a product's variants.")
class PriceRange:
    """The least and the greatest price."""

    min: Money = money("min_amount", description="The least price.")
    max: Money = money("max_amount", description="The greatest price.")
