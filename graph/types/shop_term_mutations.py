"""Inputs and payloads of what staff does about the shop's terms."""

import strawberry

from graph import ids
from graph.fields import batch, computed, related
from graph.inputs import IdempotentInput, id_of
from graph.mutation_fields import IdempotentPayload, Payload
from graph.scalars import CurrencyCode, DecimalText
from graph.types.customers import Customer
from graph.types.shop_terms import (
    DeliveryMethod,
    MembershipLadder,
    MoneyRounding,
    PointsProgramme,
    TaxRegion,
    TaxRounding,
)
from graph.versions import expected_version
from resolvers import shop_terms
from resolvers.loaders import customers as customer_loaders
from resolvers.loaders import shop_terms as loaders

_COUNTRIES = "Where to, ISO 3166-1 alpha-2; without them, or null, everywhere."
_FREE_FROM = "It costs nothing when the merchant's goods come to this at list price; null for never."
_TAX_CLASS = "The tax class of what it costs."


@strawberry.input(description="A new way of sending.")
class DeliveryMethodCreateInput:
    """A new way of sending."""

    merchant_id: strawberry.ID | None = id_of(
        "Merchant",
        "Whose goods are sent so; everybody's who has none of that code without it, which only administrators may.",
        default=None,
    )
    code: str = strawberry.field(description="1 to 40 small letters, digits, hyphens and underscores; never changes.")
    label: str = strawberry.field(description="What shoppers read, 1 to 100 characters.")
    price: DecimalText = strawberry.field(description='What it costs: "4.90".')
    currency: CurrencyCode = strawberry.field(description="The currency; each has its own method.")
    free_from: DecimalText | None = strawberry.field(default=None, description=_FREE_FROM)
    countries: list[str] | None = strawberry.field(default=None, description=_COUNTRIES)
    tax_class: str = strawberry.field(default="standard", description=_TAX_CLASS)


@strawberry.input(description="What to change of a way of sending; what is left out stays.")
class DeliveryMethodUpdateInput:
    """What to change of a way of sending."""

    method_id: strawberry.ID = id_of("DeliveryMethod", "Which one.")
    expected_version: int | None = expected_version()
    label: str | None = strawberry.field(default=strawberry.UNSET, description="What shoppers read.")
    price: DecimalText | None = strawberry.field(default=strawberry.UNSET, description="What it costs.")
    free_from: DecimalText | None = strawberry.field(default=strawberry.UNSET, description=_FREE_FROM)
    countries: list[str] | None = strawberry.field(default=strawberry.UNSET, description=_COUNTRIES)
    tax_class: str | None = strawberry.field(default=strawberry.UNSET, description=_TAX_CLASS)


@strawberry.input(description="A way of sending.")
class DeliveryMethodInput:
    """A way of sending."""

    method_id: strawberry.ID = id_of("DeliveryMethod", "Which one.")
    expected_version: int | None = expected_version()


@strawberry.type(description="The way of sending after the change.")
class DeliveryMethodPayload(Payload):
    """The way of sending after the change."""

    method: DeliveryMethod | None = related(
        loaders.METHOD_BY_ID, by="method_id", description="The method; null if it was refused."
    )


@strawberry.type(description="What is offered no more.")
class DeliveryMethodRemovePayload(Payload):
    """What is offered no more."""

    removed_id: strawberry.ID | None = computed(
        lambda result: result["removed_id"] and ids.encode("DeliveryMethod", result["removed_id"]),
        description="The id that it had; null if it was refused.",
    )


@strawberry.input(description="The rate of a tax class.")
class TaxRateInput:
    """The rate of a tax class."""

    tax_class: str = strawberry.field(description="The tax class: standard, reduced.")
    percent: DecimalText = strawberry.field(description='Per cent, 0 to 1000: "19", "7.25".')


@strawberry.input(description="A place where taxes are raised.")
class TaxRegionCreateInput:
    """A place where taxes are raised."""

    country: str = strawberry.field(description="ISO 3166-1 alpha-2.")
    region: str | None = strawberry.field(
        default=None, description="A region of it in capital letters, as addresses name it: CA; null for all of it."
    )
    name: str = strawberry.field(description="What the tax is called there, 1 to 100 characters: VAT.")
    inclusive: bool = strawberry.field(description="Whether prices contain it, or it comes on top.")
    per: TaxRounding = strawberry.field(default=TaxRounding.PER_LINE, description="What it is rounded over.")
    rounding: MoneyRounding = strawberry.field(
        default=MoneyRounding.HALF_UP, description="Where half a minor unit goes."
    )
    is_default: bool = strawberry.field(
        default=False,
        description="Whether it holds for carts without an address, instead of the one that does so far.",
    )
    rates: list[TaxRateInput] = strawberry.field(description="Its rates, one for each class; one is of `standard`.")


@strawberry.input(description="What to change of a place's taxes; what is left out stays.")
class TaxRegionUpdateInput:
    """What to change of a place's taxes."""

    region_id: strawberry.ID = id_of("TaxRegion", "Which one.")
    expected_version: int | None = expected_version()
    name: str | None = strawberry.field(default=strawberry.UNSET, description="What the tax is called there.")
    inclusive: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether prices contain it, or it comes on top."
    )
    per: TaxRounding | None = strawberry.field(default=strawberry.UNSET, description="What it is rounded over.")
    rounding: MoneyRounding | None = strawberry.field(
        default=strawberry.UNSET, description="Where half a minor unit goes."
    )
    is_default: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True makes it hold for carts without an address."
    )
    rates: list[TaxRateInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Its rates; replaces all."
    )


@strawberry.input(description="A place where taxes are raised.")
class TaxRegionInput:
    """A place where taxes are raised."""

    region_id: strawberry.ID = id_of("TaxRegion", "Which one.")
    expected_version: int | None = expected_version()


@strawberry.type(description="The place's taxes after the change.")
class TaxRegionPayload(Payload):
    """The place's taxes after the change."""

    region: TaxRegion | None = related(
        loaders.REGION_BY_ID, by="region_id", description="The place; null if it was refused."
    )


@strawberry.type(description="The place of which no taxes are known any more.")
class TaxRegionRemovePayload(Payload):
    """The place of which no taxes are known any more."""

    removed_id: strawberry.ID | None = computed(
        lambda result: result["removed_id"] and ids.encode("TaxRegion", result["removed_id"]),
        description="The id that it had; null if it was refused.",
    )


@strawberry.input(description="A level of the member club.")
class MembershipLevelInput:
    """A level of the member club."""

    name: str = strawberry.field(description="The name, by which it is known; 1 to 60 characters.")
    threshold: DecimalText = strawberry.field(
        description='What must be spent within twelve months to reach it; "0" for the first.'
    )
    discount_percent: DecimalText = strawberry.field(default="0", description="Per cent off the merchandise.")
    free_shipping_from: DecimalText | None = strawberry.field(
        default=None, description="The sum from which shipping is free; null if it never is."
    )
    points_multiplier: DecimalText = strawberry.field(
        default="1", description="How many times the usual points are earned, up to 100."
    )


@strawberry.input(description="The levels of the member club.")
class MembershipLevelsSetInput:
    """The levels of the member club."""

    currency: CurrencyCode = strawberry.field(description="The currency of all sums.")
    levels: list[MembershipLevelInput] = strawberry.field(
        description="All levels from now on, the lowest first, up to 20. One that members are or were at must stay."
    )
    expected_version: int | None = expected_version(nothing_yet=True)


@strawberry.type(description="The levels after the change.")
class MembershipLevelsSetPayload(Payload):
    """The levels after the change."""

    ladder: MembershipLadder | None = batch(
        shop_terms.ladder_after, description="The levels; null if they were refused."
    )


@strawberry.input(description="The platform's programme of points.")
class PointsProgrammeSetInput:
    """The platform's programme of points."""

    name: str = strawberry.field(description="Its name, 1 to 60 characters.")
    currency: CurrencyCode = strawberry.field(description="Its currency, which never changes.")
    expires_after_days: int | None = strawberry.field(
        default=None, description="After how many days new points expire, 1 to 3650; null for never."
    )
    return_grace_days: int = strawberry.field(
        default=30, description="How many days points live that are given back when their time was over."
    )
    expected_version: int | None = expected_version(nothing_yet=True)


@strawberry.input(description="What points are earned for and worth.")
class PointsRatesSetInput:
    """What points are earned for and worth."""

    merchant_id: strawberry.ID | None = id_of("Merchant", "At whose; everywhere else without it.", default=None)
    earned: DecimalText = strawberry.field(
        description='How many points are earned for 100 minor units (1.00 US dollar) spent: "1", "2.5".'
    )
    worth: DecimalText = strawberry.field(description='How many minor units a point pays: "1", "0.5".')
    expected_version: int | None = expected_version(nothing_yet=True)


@strawberry.type(description="The programme after the change.")
class PointsProgrammePayload(Payload):
    """The programme after the change."""

    programme: PointsProgramme | None = batch(
        shop_terms.programme_after, description="The programme with its rates; null if it was refused."
    )


@strawberry.input(description="Store credit to give, at the platform's expense.")
class StoreCreditIssueInput(IdempotentInput):
    """Store credit to give."""

    customer_id: strawberry.ID = id_of("Customer", "To whom.")
    amount: DecimalText = strawberry.field(description='How much: "10.00".')
    currency: CurrencyCode = strawberry.field(description="The currency.")
    reason: str = strawberry.field(description="Why, up to 1,000 characters; stands in the ledger.")


@strawberry.type(description="The customer with the store credit after the change.")
class StoreCreditIssuePayload(IdempotentPayload):
    """The customer with the store credit after the change."""

    customer: Customer | None = related(
        customer_loaders.BY_ID, by="customer_id", description="The customer; null if it was refused."
    )
