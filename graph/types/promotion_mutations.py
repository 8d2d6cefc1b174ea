"""Inputs and payloads of what is done about promotions and coupons."""

import strawberry

from graph.fields import column, related
from graph.inputs import IdempotentInput, id_of
from graph.mutation_fields import IdempotentPayload, Payload
from graph.scalars import CurrencyCode, DecimalText, Instant
from graph.types.coupons import Coupon
from graph.types.customers import Customer
from graph.types.promotions import Promotion, PromotionMethod
from graph.versions import expected_version
from resolvers.loaders import coupons as coupon_loaders
from resolvers.loaders import customers as customer_loaders
from resolvers.loaders import promotions as loaders

_SUM = 'A sum in the promotion\'s one currency: "12.50".'


@strawberry.input(description="Which goods take part: those that are in each of the lists that are given.")
class PromotionScopeInput:
    """Which goods take part."""

    merchant_ids: list[strawberry.ID] | None = id_of(
        "Merchant", "Of these merchants, up to 500; a merchant's promotion is for its own goods anyway.", default=None
    )
    category_ids: list[strawberry.ID] | None = id_of(
        "Category", "In these categories or below them, up to 500.", default=None
    )
    collection_ids: list[strawberry.ID] | None = id_of("Collection", "In these collections, up to 500.", default=None)
    product_ids: list[strawberry.ID] | None = id_of("Product", "These products, up to 500.", default=None)
    label: str | None = strawberry.field(default=None, description='What shoppers are told the goods are: "lamps".')


@strawberry.input(description="Per cent off the goods that take part.")
class PercentageInput:
    """Per cent off the goods that take part."""

    percent: DecimalText = strawberry.field(description='Per cent: "10", "12.5".')
    maximum: DecimalText | None = strawberry.field(default=None, description=f"The most it takes off. {_SUM}")


@strawberry.input(description="A sum off the goods that take part, once.")
class FixedSumInput:
    """A sum off the goods that take part, once."""

    amount: DecimalText = strawberry.field(description=_SUM)


@strawberry.input(description="A step of spend-and-save.")
class SpendStepInput:
    """A step of spend-and-save."""

    spend: DecimalText = strawberry.field(description=f"From what the goods come to. {_SUM}")
    save: DecimalText = strawberry.field(description=f"What is taken off then. {_SUM}")


@strawberry.input(description="The delivery of the goods that take part costs nothing.")
class FreeShippingInput:
    """The delivery of the goods that take part costs nothing."""

    maximum: DecimalText | None = strawberry.field(default=None, description=f"The most it takes off. {_SUM}")


@strawberry.input(description="For so many pieces bought, so many cost less.")
class BuyGetInput:
    """For so many pieces bought, so many cost less."""

    buy: int = strawberry.field(description="How many are bought.")
    get: int = strawberry.field(description="How many cost less.")
    percent: DecimalText | None = strawberry.field(default=None, description="What they cost less; 100 if left out.")
    gets: PromotionScopeInput | None = strawberry.field(
        default=None, description="Which goods cost less, if not the very same that are bought."
    )
    times: int | None = strawberry.field(default=None, description="How often at most in one order.")


@strawberry.input(description="A gift.")
class GiftInput:
    """A gift."""

    variant_id: strawberry.ID = id_of("Variant", "What is given; a merchant gives its own.")
    quantity: int | None = strawberry.field(default=None, description="How many; one if left out.")


@strawberry.input(description="What a promotion gives: exactly one of these.")
class PromotionBenefitInput:
    """What a promotion gives."""

    percentage: PercentageInput | None = strawberry.field(default=None, description="Per cent off.")
    fixed_sum: FixedSumInput | None = strawberry.field(default=None, description="A sum off.")
    spend_steps: list[SpendStepInput] | None = strawberry.field(
        default=None, description="Spend and save: 1 to 20 steps, rising."
    )
    free_shipping: FreeShippingInput | None = strawberry.field(default=None, description="Free delivery.")
    buy_get: BuyGetInput | None = strawberry.field(default=None, description="Buy some, get some for less.")
    gift: GiftInput | None = strawberry.field(default=None, description="A gift.")


@strawberry.input(description="What must hold of the cart and the customer; what is left out always holds.")
class PromotionConditionsInput:
    """What must hold of the cart and the customer."""

    minimum_spend: DecimalText | None = strawberry.field(
        default=None, description=f"What the goods that take part come to at list price. {_SUM}"
    )
    minimum_quantity: int | None = strawberry.field(default=None, description="How many pieces take part.")
    level: str | None = strawberry.field(default=None, description="The lowest level of members, by its name.")
    segments: list[str] | None = strawberry.field(
        default=None, description="The customer is in one of these segments; for others it does not exist."
    )
    first_order: bool | None = strawberry.field(default=None, description="It is the customer's first order.")
    rule: str | None = strawberry.field(
        default=None, description="A rule over the cart, as JSON; docs/coupons.md says what it may speak of."
    )


@strawberry.input(description="All that a promotion is.")
class PromotionTermsInput:
    """All that a promotion is."""

    title: str = strawberry.field(description="What shoppers see, 1 to 100 characters.")
    method: PromotionMethod = strawberry.field(description="How one comes by it.")
    benefit: PromotionBenefitInput = strawberry.field(description="What it gives.")
    scope: PromotionScopeInput | None = strawberry.field(
        default=None, description="Which goods take part; all if left out."
    )
    conditions: PromotionConditionsInput | None = strawberry.field(default=None, description="What must hold.")
    currencies: list[CurrencyCode] | None = strawberry.field(
        default=None, description="For carts in these currencies; exactly one if there is a sum of money anywhere."
    )
    starts_at: Instant | None = strawberry.field(default=None, description="From when it can be used.")
    ends_at: Instant | None = strawberry.field(default=None, description="Until when it can be used.")
    exclusive: bool | None = strawberry.field(default=None, description="Whether it is used alone.")
    group: str | None = strawberry.field(default=None, description="Of a group at most one is used.")
    combines_with: list[str] | None = strawberry.field(
        default=None, description="The only groups it may be used with; both sides must allow it."
    )
    priority: int | None = strawberry.field(default=None, description="The higher goes first; 0 if left out.")
    platform_share_percent: DecimalText | None = strawberry.field(
        default=None,
        description="What part the platform pays: all of its own promotions, nothing of a merchant's, if left out. Of "
        "a merchant's only administrators may say more than nothing.",
    )
    budget: DecimalText | None = strawberry.field(
        default=None, description=f"What its owner sets aside for its part; when it is gone, all are gone. {_SUM}"
    )
    total_limit: int | None = strawberry.field(
        default=None, description="How often it can be used, or claimed, in all."
    )
    customer_limit: int | None = strawberry.field(
        default=None, description="How often by one customer; 1 for what is claimed, if left out."
    )
    claim_from: Instant | None = strawberry.field(default=None, description="From when coupons can be claimed.")
    claim_until: Instant | None = strawberry.field(default=None, description="Until when coupons can be claimed.")
    valid_days: int | None = strawberry.field(
        default=None, description="How many days a coupon can be used once it is claimed."
    )


@strawberry.input(description="A promotion that a merchant drafts.")
class PromotionCreateInput:
    """A promotion that a merchant drafts."""

    merchant_id: strawberry.ID = id_of("Merchant", "Whose it is.")
    promotion: PromotionTermsInput = strawberry.field(description="What it is.")


@strawberry.input(description="A promotion that the platform drafts.")
class PlatformPromotionCreateInput:
    """A promotion that the platform drafts."""

    promotion: PromotionTermsInput = strawberry.field(description="What it is.")


@strawberry.input(description="What a draft shall be from now on.")
class PromotionUpdateInput:
    """What a draft shall be from now on."""

    promotion_id: strawberry.ID = id_of("Promotion", "Which one.")
    expected_version: int | None = expected_version()
    promotion: PromotionTermsInput = strawberry.field(description="What it is, wholly: what is left out is taken away.")


@strawberry.input(description="A promotion.")
class PromotionInput:
    """A promotion."""

    promotion_id: strawberry.ID = id_of("Promotion", "Which one.")


@strawberry.input(description="A promotion to activate or to end.")
class PromotionStepInput(IdempotentInput):
    """A promotion to activate or to end."""

    promotion_id: strawberry.ID = id_of("Promotion", "Which one.")


@strawberry.input(description="Codes to add to a promotion.")
class PromotionCodesAddInput(IdempotentInput):
    """Codes to add to a promotion."""

    promotion_id: strawberry.ID = id_of("Promotion", "Which one.")
    codes: list[str] = strawberry.field(
        default_factory=list,
        description="Codes of your own: 3 to 40 letters A to Z, digits, hyphens and underscores; capitals or not is "
        "the same.",
    )
    generate: int = strawberry.field(
        default=0, description="How many more to make that nobody can guess; up to 500 in all."
    )
    use_limit: int | None = strawberry.field(
        default=None, description="How often each can be used; as often as the promotion allows if left out."
    )


@strawberry.type(description="The promotion after the change.")
class PromotionPayload(Payload):
    """The promotion after the change."""

    promotion: Promotion | None = related(
        loaders.BY_ID, by="promotion_id", description="The promotion; null if it was refused."
    )


@strawberry.type(description="The promotion after the change.")
class PromotionStepPayload(IdempotentPayload):
    """The promotion after the change."""

    promotion: Promotion | None = related(
        loaders.BY_ID, by="promotion_id", description="The promotion; null if it was refused."
    )


@strawberry.type(description="The promotion with its new codes.")
class PromotionCodesAddPayload(IdempotentPayload):
    """The promotion with its new codes."""

    promotion: Promotion | None = related(
        loaders.BY_ID, by="promotion_id", description="The promotion; null if it was refused."
    )
    added: int | None = column("How many codes were added; null if it was refused.")


@strawberry.input(description="Coupons of which one is claimed.")
class CouponClaimInput(IdempotentInput):
    """Coupons of which one is claimed."""

    offer_id: strawberry.ID = id_of("CouponOffer", "Which, of `couponOffers`.")


@strawberry.type(description="The coupon that was claimed.")
class CouponClaimPayload(IdempotentPayload):
    """The coupon that was claimed."""

    coupon: Coupon | None = related(
        coupon_loaders.BY_ID, by="coupon_id", description="The coupon; null if it was refused."
    )


@strawberry.input(description="The segments of a customer.")
class CustomerSegmentsSetInput:
    """The segments of a customer."""

    customer_id: strawberry.ID = id_of("Customer", "Which one.")
    segments: list[str] = strawberry.field(description="All of them, up to 50: lower-case words with hyphens.")


@strawberry.type(description="The customer with its segments.")
class CustomerSegmentsSetPayload(Payload):
    """The customer with its segments."""

    customer: Customer | None = related(
        customer_loaders.BY_ID, by="customer_id", description="The customer; null if it was refused."
    )
    segments: list[str] | None = column("The segments after the change; null if it was refused.")
