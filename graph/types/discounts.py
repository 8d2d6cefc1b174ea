"""What a promotion or a coupon gives. The source of each is the promotion's row."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

import strawberry

from graph.fields import column, computed
from graph.scalars import DecimalText
from graph.types.money import Money
from resolvers import coupons


@dataclass(frozen=True, slots=True)
class OfBenefit:
    """Tells the rows of one kind of benefit."""

    benefit: str

    def __call__(self, row: Any, _: Any) -> bool:
        """Tell whether a row gives that."""
        return bool(row["benefit"] == self.benefit)


_PERCENT: Final = 'Per cent, as text: "10", "12.5".'


@strawberry.type(description="Per cent off the goods that take part.")
class PercentageDiscount:
    """Per cent off the goods that take part."""

    percent: DecimalText = computed(coupons.percent, description=_PERCENT)
    maximum: Money | None = computed(coupons.sum_of("maximum"), description="The most it takes off; null if no limit.")

    is_type_of = OfBenefit("PERCENTAGE")


@strawberry.type(description="A sum off the goods that take part, once.")
class FixedDiscount:
    """A sum off the goods that take part, once."""

    amount: Money = computed(coupons.sum_of("amount"), description="The sum; never more than the goods come to.")

    is_type_of = OfBenefit("FIXED_SUM")


@strawberry.type(description="A step of spend-and-save.")
class SpendStep:
    """A step of spend-and-save."""

    spend: Money = column("From what the goods that take part come to at list price.")
    save: Money = column("What is taken off then.")


@strawberry.type(description="The more is spent, the more is saved; the highest step that is reached counts.")
class SpendStepsDiscount:
    """The more is spent, the more is saved."""

    steps: list[SpendStep] = computed(coupons.steps, description="The steps, rising; 1 to 20.")

    is_type_of = OfBenefit("SPEND_STEPS")


@strawberry.type(description="The delivery of the goods that take part costs nothing.")
class FreeShippingDiscount:
    """The delivery of the goods that take part costs nothing."""

    maximum: Money | None = computed(coupons.sum_of("maximum"), description="The most it takes off; null if no limit.")

    is_type_of = OfBenefit("FREE_SHIPPING")


@strawberry.type(description="For so many pieces bought, so many cost less; the cheapest come first.")
class BuyGetDiscount:
    """For so many pieces bought, so many cost less."""

    buy: int = column("How many are bought.", name="buy_quantity", convert=int)
    get: int = column("How many cost less.", name="get_quantity", convert=int)
    percent: DecimalText = computed(coupons.percent, description=f"What they cost less. {_PERCENT}")
    times: int | None = column("How often at most in one order; null if no limit.")

    is_type_of = OfBenefit("BUY_GET")


@strawberry.type(description="A gift.")
class GiftDiscount:
    """A gift."""

    name: str = column("What is given.", name="gift_name", convert=str)
    quantity: int = column("How many.", name="gift_quantity", convert=int)

    is_type_of = OfBenefit("GIFT")


Discount = Annotated[
    PercentageDiscount | FixedDiscount | SpendStepsDiscount | FreeShippingDiscount | BuyGetDiscount | GiftDiscount,
    strawberry.union("Discount", description="What a promotion or a coupon gives."),
]
"""What a promotion or a coupon gives."""
