"""Inputs and payloads of what customers change about themselves."""

from typing import ClassVar

import strawberry

from domain.customers import Address
from graph import ids
from graph.fields import column, computed, related
from graph.inputs import Becomes, id_of
from graph.mutation_fields import Payload
from graph.scalars import CurrencyCode
from graph.types.customers import Customer, CustomerAddress
from resolvers.loaders import customers as loaders


@strawberry.input(description="A postal address.")
class AddressInput(Becomes):
    """A postal address."""

    becomes: ClassVar = Address

    name: str = strawberry.field(description="Who is delivered to.")
    line1: str = strawberry.field(description="Street and number.")
    line2: str | None = strawberry.field(default=None, description="What else the carrier needs.")
    city: str = strawberry.field(description="The city.")
    region: str | None = strawberry.field(
        default=None,
        description="The state or province, where there is one; a code such as CA where the shop's taxes differ by it.",
    )
    postal_code: str = strawberry.field(description="The postal code.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2: DE, US.")
    phone: str | None = strawberry.field(default=None, description="For the carrier.")


@strawberry.input(description="What to change of the profile; what is left out stays. Null takes a preference away.")
class CustomerUpdateInput:
    """What to change of the profile."""

    display_name: str | None = strawberry.field(default=strawberry.UNSET, description="The name, 1 to 100 characters.")
    locale: str | None = strawberry.field(default=strawberry.UNSET, description="A language tag such as de.")
    currency: CurrencyCode | None = strawberry.field(default=strawberry.UNSET, description="The preferred currency.")
    interests: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="At most 50 words; replaces all."
    )
    marketing_consent: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether advertising is agreed to."
    )


@strawberry.type(description="The customer after the change.")
class CustomerPayload(Payload):
    """The customer after the change."""

    customer: Customer | None = related(
        loaders.BY_ID, by="customer_id", description="The customer; null if it was refused."
    )


@strawberry.input(description="An address for the book.")
class CustomerAddressAddInput:
    """An address for the book."""

    address: AddressInput = strawberry.field(description="The address.")
    preferred: bool = strawberry.field(default=False, description="Whether it is the preferred one from now on.")


@strawberry.input(description="What to change of an address in the book.")
class CustomerAddressUpdateInput:
    """What to change of an address in the book."""

    address_id: strawberry.ID = id_of("CustomerAddress", "Which one.")
    address: AddressInput | None = strawberry.field(default=None, description="What it is from now on, as a whole.")
    preferred: bool | None = strawberry.field(default=None, description="Whether it is the preferred one.")


@strawberry.input(description="An address to take out of the book.")
class CustomerAddressRemoveInput:
    """An address to take out of the book."""

    address_id: strawberry.ID = id_of("CustomerAddress", "Which one.")


@strawberry.type(description="The address after the change.")
class CustomerAddressPayload(Payload):
    """The address after the change."""

    address: CustomerAddress | None = related(
        loaders.ADDRESS_BY_ID, by="address_id", description="The address; null if it was refused."
    )


@strawberry.type(description="What was taken out of the book.")
class CustomerAddressRemovePayload(Payload):
    """What was taken out of the book."""

    removed_id: strawberry.ID | None = computed(
        lambda result: result["removed_id"] and ids.encode("CustomerAddress", result["removed_id"]),
        description="The id that the address had; null if it was refused.",
    )


@strawberry.input(description="The password once more, for what must not happen by a stolen token.")
class PasswordInput:
    """The password once more."""

    password: str = strawberry.field(description="The password of the account.")


@strawberry.type(description="All that is known of the customer.")
class CustomerDataExportPayload(Payload):
    """All that is known of the customer."""

    document: str | None = column("A JSON document: lists of objects by kind of data; null if it was refused.")


@strawberry.type(description="Whether the customer was forgotten.")
class CustomerErasePayload(Payload):
    """Whether the customer was forgotten."""

    erased: bool = computed(lambda result: bool(result["erased"]), description="True if so. It cannot be taken back.")
