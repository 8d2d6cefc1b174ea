"""Warehouses, how stock moves between and out of them, and who waits for it."""

from typing import Any

import strawberry

from domain.inventory import MovementKind
from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import column, computed, related
from graph.scalars import Instant
from graph.types.node import Node
from graph.types.variants import Variant
from graph.types.vocabulary import enumeration
from graph.versions import version
from models.database import Row
from resolvers.loaders import inventory as loaders
from resolvers.loaders import variants as variant_loaders
from resolvers.loaders.inventory import WarehouseRow

StockMovementKind: Any = enumeration(
    "StockMovementKind",
    "Why units came to a warehouse or left it.",
    {
        MovementKind.OPENING: "They lay there before movements were kept.",
        MovementKind.IMPORT: "An import said how many there are.",
        MovementKind.COUNT: "They were counted.",
        MovementKind.ADJUSTMENT: "Somebody added them, or took them away.",
        MovementKind.TRANSFER: "They went to another warehouse, or came from there.",
        MovementKind.SHIPMENT: "They were sent to a customer.",
        MovementKind.SHIPMENT_CANCELLED: "A parcel of an order was taken back: they are promised to it again.",
        MovementKind.RETURN: "They came back from a customer.",
        MovementKind.REMOVAL: "Their variant was removed.",
        MovementKind.OTHER: "The database was changed by hand.",
    },
)


@strawberry.type(
    description="A place where a merchant keeps stock. Seen by the merchant's staff and by administrators. "
    "docs/inventory.md says which of them sends what."
)
class Warehouse(Node):
    """A place where a merchant keeps stock."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Warehouse"))
    code: str = column("What stock inputs name it by, such as main; unique within the merchant.")
    name: str = column("What people call it.")
    country: str | None = column("Where it is, ISO 3166-1 alpha-2; null if nobody has said.")
    priority: int = column("Its place among the merchant's warehouses when something is sent: 1 before 2.")
    active: bool = column("Whether it is open; nothing lies in one that is closed.")
    version: int = version()
    created_at: Instant = column("Since when there is the warehouse.")

    is_type_of = OfClass(WarehouseRow)


def _reference(movement: Row) -> str | None:
    noun = movement["reference_type"]
    return noun and ids.encode("".join(map(str.title, noun.split("_"))), movement["reference_id"])


@strawberry.type(
    description="Units that came to a warehouse or left it; never changed. What lies there is the sum of all of them."
)
class StockMovement:
    """Units that came to a warehouse or left it."""

    kind: StockMovementKind = column("Why.")
    difference: int = column("How many came; below zero if they left.")
    on_hand: int = column("How many lay there then.")
    variant: Variant | None = related(
        variant_loaders.BY_ID, by="variant_id", description="Of which variant; null if it is gone."
    )
    warehouse: Warehouse | None = related(
        loaders.WAREHOUSE_BY_ID, by="warehouse_id", description="In which warehouse; null if it is gone."
    )
    reason: str | None = column("Why, in the words of whoever did it; null without.")
    reference: strawberry.ID | None = computed(
        _reference,
        description="The global id of what it is about, such as an order; both ends of a transfer have the same. "
        "Null if there is nothing.",
    )
    by: str | None = column("The colleague's e-mail address, the partner's name; null for the shop itself.")
    moved_at: Instant = column("When.")


@strawberry.type(description="A variant that a customer waits for. Seen by the customer and by platform staff.")
class StockAlert:
    """A variant that a customer waits for."""

    variant: Variant | None = related(
        variant_loaders.BY_ID, by="variant_id", description="What it is; null if it is not listed just now."
    )
    set_at: Instant = column("Since when.")
