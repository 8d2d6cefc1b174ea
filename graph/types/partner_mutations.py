"""Inputs and payloads of what is done about partners."""

import strawberry

from graph.fields import column, related
from graph.inputs import id_of
from graph.mutation_fields import Payload
from graph.types.partners import ApiScope, Partner, PartnerKind
from resolvers.loaders import partners as loaders


@strawberry.input(description="A new partner.")
class PartnerAddInput:
    """A new partner."""

    merchant_id: strawberry.ID | None = id_of(
        "Merchant", "Whose partner; the whole platform's without it, which only administrators may.", default=None
    )
    kind: PartnerKind = strawberry.field(description="What it does.")
    name: str = strawberry.field(description="Its name, 1 to 100 characters.")


@strawberry.type(description="The partner after the change.")
class PartnerPayload(Payload):
    """The partner after the change."""

    partner: Partner | None = related(
        loaders.BY_ID, by="partner_id", description="The partner; null if it was refused."
    )


@strawberry.input(description="A new API key.")
class ApiKeyCreateInput:
    """A new API key."""

    partner_id: strawberry.ID = id_of("Partner", "Whose.")
    scopes: list[ApiScope] = strawberry.field(description="What it may be used for; at least one.")
    label: str = strawberry.field(default="", description="What it is called, up to 100 characters.")


@strawberry.type(description="An API key that was just made.")
class ApiKeyCreatePayload(PartnerPayload):
    """An API key that was just made."""

    key: str | None = column("The key, told only now; null if it was refused.")


@strawberry.input(description="An API key to revoke.")
class ApiKeyRevokeInput:
    """An API key to revoke."""

    partner_id: strawberry.ID = id_of("Partner", "Whose.")
    prefix: str = strawberry.field(description="How the key begins: `ApiKey.prefix`.")
