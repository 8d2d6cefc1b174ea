"""Inputs and payloads of what is done about points and gift cards."""

import strawberry

from graph import ids
from graph.fields import column, related
from graph.inputs import IdempotentInput, id_of
from graph.mutation_fields import IdempotentPayload, Payload
from graph.scalars import CurrencyCode, DecimalText, Instant
from graph.types.customers import Customer
from graph.types.money import Money
from resolvers.loaders import customers as loaders


@strawberry.input(description="Points to give or to take.")
class PointsAdjustInput(IdempotentInput):
    """Points to give or to take."""

    customer_id: strawberry.ID = id_of("Customer", "Whose points.")
    points: int = strawberry.field(description="How many: above zero they are given, below they are taken.")
    reason: str = strawberry.field(description="Why, in a few words; the customer sees it.")


@strawberry.type(description="The customer with the points after the change.")
class PointsAdjustPayload(IdempotentPayload):
    """The customer with the points after the change."""

    customer: Customer | None = related(
        loaders.BY_ID, by="customer_id", description="The customer; null if it was refused."
    )


@strawberry.input(description="A gift card to issue, paid by the platform.")
class GiftCardIssueInput(IdempotentInput):
    """A gift card to issue."""

    amount: DecimalText = strawberry.field(description='What is on it: "50.00".')
    currency: CurrencyCode = strawberry.field(description="The currency.")
    expires_at: Instant | None = strawberry.field(default=None, description="When it expires; never if left out.")


@strawberry.type(description="A gift card that was issued.")
class GiftCardIssuePayload(IdempotentPayload):
    """A gift card that was issued."""

    gift_card_id: strawberry.ID | None = column(
        "Its global id, for `giftCardDisable`; null if it was refused.",
        name="gift_card_id",
        convert=lambda key: None if key is None else ids.encode("GiftCard", key),
    )
    code: str | None = column(
        "The secret code. Nobody can look it up later: it is told only in the answer to this request, also when the "
        "request is sent again with its key. Null if it was refused."
    )


@strawberry.input(description="The code of a gift card.")
class GiftCardCheckInput:
    """The code of a gift card."""

    code: str = strawberry.field(description="The code, as it is printed; spaces, hyphens and small letters will do.")


@strawberry.type(description="A gift card, for who knows its code.")
class GiftCard:
    """A gift card."""

    last_four: str = column("The last four letters of its code.")
    balance: Money = column("What is on it.")
    expires_at: Instant | None = column("When it expires; null if never.")


@strawberry.type(description="What is on a gift card.")
class GiftCardCheckPayload(Payload):
    """What is on a gift card."""

    gift_card: GiftCard | None = column("The card; null if it was refused.")


@strawberry.input(description="A gift card that shall open nothing any more.")
class GiftCardDisableInput:
    """A gift card that shall open nothing any more."""

    gift_card_id: strawberry.ID = id_of("GiftCard", "The card.")


@strawberry.type(description="A gift card that opens nothing any more.")
class GiftCardDisablePayload(Payload):
    """A gift card that opens nothing any more."""

    disabled_id: strawberry.ID | None = column(
        "The card's global id; null if it was refused.",
        name="disabled_id",
        convert=lambda key: None if key is None else ids.encode("GiftCard", key),
    )
