"""Partners and their API keys."""

from typing import Any

import strawberry

from domain.access import PartnerKind as Kinds
from domain.access import Scope
from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import column, related
from graph.scalars import Instant
from graph.types.node import Node
from graph.types.vocabulary import enumeration
from resolvers.loaders import partners as loaders
from resolvers.loaders.partners import PartnerRow

PartnerKind: Any = enumeration(
    "PartnerKind",
    "What a partner does.",
    {
        Kinds.DELIVERY: "Carries parcels.",
        Kinds.PAYMENT: "Takes payments.",
        Kinds.INVOICE: "Writes and archives invoices.",
        Kinds.INSURANCE: "Insures goods and parcels.",
        Kinds.KNOWLEDGE: "Keeps a knowledge base.",
    },
)
ApiScope: Any = enumeration(
    "ApiScope",
    "What an API key may be used for.",
    {
        Scope.EVENTS_READ: "Following the event log.",
        Scope.ORDERS_READ: "Reading orders.",
        Scope.ORDERS_FULFIL: "Shipping orders and confirming their delivery.",
        Scope.TICKETS_READ: "Reading tickets.",
    },
)


@strawberry.type(description="An API key, by what it is recognised by. The key itself was told once, when it was made.")
class ApiKey:
    """An API key."""

    prefix: str = column("How the key begins.")
    label: str = column("What it is called, by who made it; may be empty.")
    scopes: list[ApiScope] = column("What it may be used for.")
    created_at: Instant = column("When it was made.")
    revoked_at: Instant | None = column("When it was revoked; null if it is good.")


@strawberry.type(
    description="A third party that follows what happens. Seen by owners of its merchant and by administrators."
)
class Partner(Node):
    """A third party that follows what happens."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Partner"))
    kind: PartnerKind = column("What it does.")
    name: str = column("Its name.")
    keys: list[ApiKey] = related(loaders.KEYS, by="id", description="Its keys, the oldest first.")
    created_at: Instant = column("When it was added.")

    is_type_of = OfClass(PartnerRow)
