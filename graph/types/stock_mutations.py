"""Inputs and payloads of what is done about stock."""

import strawberry

from graph.fields import batch, related
from graph.inputs import IdempotentInput, id_of
from graph.mutation_fields import IdempotentPayload
from graph.types.variants import Variant
from resolvers import variants
from resolvers.loaders import variants as loaders

_WAREHOUSE = "The warehouse's code; without it `main`, which is made when it is first used."


@strawberry.input(description="A count of what lies in a warehouse.")
class StockSetInput(IdempotentInput):
    """A count of what lies in a warehouse."""

    variant_id: strawberry.ID = id_of("Variant", "Of which variant.")
    on_hand: int = strawberry.field(description="How many units lie there.")
    expected: int = strawberry.field(
        description="How many were thought to lie there; if others do, nothing changes (STOCK_CHANGED)."
    )
    warehouse: str | None = strawberry.field(default=None, description=_WAREHOUSE)


@strawberry.input(description="Units that came to a warehouse, or left it.")
class StockAdjustInput(IdempotentInput):
    """Units that came to a warehouse, or left it."""

    variant_id: strawberry.ID = id_of("Variant", "Of which variant.")
    difference: int = strawberry.field(description="How many more there are now; below zero for fewer.")
    warehouse: str | None = strawberry.field(default=None, description=_WAREHOUSE)
    reason: str | None = strawberry.field(
        default=None, description="Why, up to 200 characters; stands in the event STOCK_CHANGED."
    )


@strawberry.input(description="A count of what lies in a warehouse, one of many.")
class StockLevelInput:
    """A count of what lies in a warehouse, one of many."""

    variant_id: strawberry.ID = id_of("Variant", "Of which variant.")
    on_hand: int = strawberry.field(description="How many units lie there.")
    expected: int | None = strawberry.field(
        default=None, description="How many were thought to lie there; without it, however many there are."
    )
    warehouse: str | None = strawberry.field(default=None, description=_WAREHOUSE)


@strawberry.input(description="Counts of what lies in warehouses.")
class StockBulkSetInput(IdempotentInput):
    """Counts of what lies in warehouses."""

    rows: list[StockLevelInput] = strawberry.field(
        description="1 to 500. If one is wrong none is done, and `userErrors` names each that is: rows, its index."
    )


@strawberry.type(description="The variant with its stock after the change.")
class StockPayload(IdempotentPayload):
    """The variant with its stock after the change."""

    variant: Variant | None = related(
        loaders.BY_ID, by="variant_id", description="The variant; null if it was refused."
    )


@strawberry.type(description="The variants with their stock after the change.")
class StockBulkSetPayload(IdempotentPayload):
    """The variants with their stock after the change."""

    variants: list[Variant] = batch(
        variants.of_results, description="The variants, in the order of their first rows; empty if it was refused."
    )
