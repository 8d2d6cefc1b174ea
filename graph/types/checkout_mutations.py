"""Inputs and payloads of checkout."""

import strawberry

from graph.fields import related
from graph.inputs import IdempotentInput, id_of
from graph.mutation_fields import IdempotentPayload
from graph.scalars import CurrencyCode, DecimalText
from graph.types.orders import Order
from resolvers.loaders import orders as loaders


@strawberry.input(description="An amount of money.")
class MoneyInput:
    """An amount of money."""

    amount: DecimalText = strawberry.field(description='How much: "19.90".')
    currency: CurrencyCode = strawberry.field(description="Its currency.")


@strawberry.input(
    description="By what an order is paid: gift cards first, in their order, then credit, the rest by a provider."
)
class PaymentInput:
    """By what an order is paid."""

    provider: str | None = strawberry.field(
        default=None,
        description="Who takes the rest: test, or stripe where that is set up; may be left out if nothing is left.",
    )
    token: str | None = strawberry.field(
        default=None,
        description="With what the provider shall be paid, as its page gave it to the client. Of `test`: ok, declined, "
        "slow, timeout, webhook-first, twice, less, more, other-currency (docs/checkout.md).",
    )
    gift_card_codes: list[str] = strawberry.field(
        default_factory=list, description="Codes of gift cards; each pays as far as it reaches."
    )
    store_credit: bool = strawberry.field(
        default=False, description="Whether to use the customer's credit as far as it reaches."
    )


@strawberry.input(description="A cart to order, and by what it is paid.")
class CheckoutCompleteInput(IdempotentInput):
    """A cart to order, and by what it is paid."""

    cart_id: strawberry.ID = id_of("Cart", "Which cart.")
    payment: PaymentInput = strawberry.field(description="By what it is paid.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the cart that was shown; CONFLICT if it has changed since."
    )
    expected_total: MoneyInput | None = strawberry.field(
        default=None,
        description="The total that was shown; PRICE_CHANGED if it comes to another one. Without it the order has "
        "whatever total the cart has now.",
    )


@strawberry.type(description="The order that was made of a cart.")
class CheckoutCompletePayload(IdempotentPayload):
    """The order that was made of a cart."""

    order: Order | None = related(
        loaders.BY_ID,
        by="order_id",
        description="The order; null if none was made. It is there when it was not paid, too.",
    )
