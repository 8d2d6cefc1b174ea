"""Inputs and payloads of what is done about merchants, their staff and documents."""

import strawberry

from graph.fields import related
from graph.inputs import id_of
from graph.mutation_fields import Payload
from graph.types.merchant_accounts import MerchantAccount, MerchantDocument, MerchantDocumentKind, MerchantRole
from graph.versions import expected_version
from resolvers.loaders import merchant_accounts as loaders


@strawberry.input(description="Who applies to become a merchant.")
class MerchantApplyInput:
    """Who applies to become a merchant."""

    name: str = strawberry.field(description="The name, 1 to 100 characters.")
    description: str = strawberry.field(default="", description="What the merchant says of itself, plain text.")
    slug: str | None = strawberry.field(
        default=strawberry.UNSET, description="The name in addresses; without it one is made of the name."
    )


@strawberry.input(description="What to change of a merchant's profile; what is left out stays.")
class MerchantUpdateInput:
    """What to change of a merchant's profile."""

    merchant_id: strawberry.ID = id_of("Merchant", "Which one.")
    expected_version: int | None = expected_version(of=" of `MerchantAccount`")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="The name, 1 to 100 characters.")
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description="What the merchant says of itself, plain text, up to 5,000 characters."
    )


@strawberry.input(
    description="Who a merchant is before the law. All of it is replaced; invoices that are written stay as they are."
)
class MerchantLegalDetailsSetInput:
    """Who a merchant is before the law."""

    merchant_id: strawberry.ID = id_of("Merchant", "Which one.")
    name: str = strawberry.field(description="The legal name, 1 to 200 characters, as all lines.")
    line1: str = strawberry.field(description="Street and number.")
    line2: str | None = strawberry.field(default=None, description="What else belongs to the address.")
    city: str = strawberry.field(description="The city.")
    region: str | None = strawberry.field(default=None, description="The state or province, where there is one.")
    postal_code: str = strawberry.field(description="The postal code.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2: DE, US.")
    tax_number: str = strawberry.field(
        description="The VAT id (DE123456789; spaces, dots and hyphens are taken out), or the national tax number: 4 "
        "to 30 letters and digits, at least four digits. What begins as a VAT id of `country` has to be one."
    )
    email: str | None = strawberry.field(default=None, description="Where it is written to.")
    expected_version: int | None = expected_version(nothing_yet=True)


@strawberry.input(description="A merchant.")
class MerchantInput:
    """A merchant."""

    merchant_id: strawberry.ID = id_of("Merchant", "Which one.")


@strawberry.input(description="A merchant, and why.")
class MerchantReasonInput:
    """A merchant, and why."""

    merchant_id: strawberry.ID = id_of("Merchant", "Which one.")
    reason: str = strawberry.field(description="Why, for the merchant to read; 1 to 1,000 characters.")


@strawberry.type(description="The merchant after the change.")
class MerchantPayload(Payload):
    """The merchant after the change."""

    merchant_account: MerchantAccount | None = related(
        loaders.BY_ID, by="merchant_id", description="The merchant; null if it was refused."
    )


@strawberry.input(description="A document that will be sent.")
class MerchantDocumentAddInput:
    """A document that will be sent."""

    merchant_id: strawberry.ID = id_of("Merchant", "Whose.")
    kind: MerchantDocumentKind = strawberry.field(description="What it proves.")
    file_name: str = strawberry.field(description="The file's name, 1 to 100 characters.")
    media_type: str = strawberry.field(description="application/pdf, image/jpeg or image/png.")


@strawberry.input(description="What a reviewer says of a document.")
class MerchantDocumentReviewInput:
    """What a reviewer says of a document."""

    document_id: strawberry.ID = id_of("MerchantDocument", "Which one.")
    accepted: bool = strawberry.field(description="Whether it is accepted.")
    note: str = strawberry.field(default="", description="What the merchant shall know of it.")


@strawberry.type(description="The document after the change.")
class MerchantDocumentPayload(Payload):
    """The document after the change."""

    document: MerchantDocument | None = related(
        loaders.DOCUMENT_BY_ID, by="document_id", description="The document; null if it was refused."
    )


@strawberry.input(description="Somebody at a merchant, or to be, and as what.")
class MerchantMemberInput:
    """Somebody at a merchant, and as what."""

    merchant_id: strawberry.ID = id_of("Merchant", "Which one.")
    email: str = strawberry.field(description="The e-mail address.")
    role: MerchantRole = strawberry.field(description="As what.")


@strawberry.input(description="Somebody at a merchant.")
class MerchantMemberRemoveInput:
    """Somebody at a merchant."""

    merchant_id: strawberry.ID = id_of("Merchant", "Which one.")
    email: str = strawberry.field(description="The e-mail address.")


@strawberry.input(description="An invitation that was mailed to one's own address.")
class MerchantInvitationAcceptInput:
    """An invitation that was mailed to one's own address."""

    token: str = strawberry.field(description="The token in the mail.")
