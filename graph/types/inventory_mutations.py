"""Inputs and payloads of what is done about warehouses, transfers, counts, thresholds and alerts."""

import strawberry

from graph.fields import batch, column, computed, related
from graph.inputs import IdempotentInput, id_of
from graph.mutation_fields import IdempotentPayload, Payload
from graph.types.inventory import Warehouse
from graph.types.variants import Variant
from graph.versions import expected_version
from resolvers import variants
from resolvers.loaders import inventory as loaders
from resolvers.loaders import variants as variant_loaders

_COUNTRY = "Where it is, ISO 3166-1 alpha-2 such as DE: addresses there are served from it first."
_PRIORITY = "Its place when something is sent, 1 to 1000: 1 before 2."


@strawberry.input(description="A new warehouse.")
class WarehouseCreateInput:
    """A new warehouse."""

    merchant_id: strawberry.ID = id_of("Merchant", "Whose.")
    code: str = strawberry.field(description="1 to 40 letters, digits, hyphens and underscores; never changes.")
    name: str = strawberry.field(description="The name, 1 to 100 characters.")
    country: str | None = strawberry.field(default=None, description=_COUNTRY)
    priority: int = strawberry.field(default=100, description=_PRIORITY)


@strawberry.input(description="What to change of a warehouse; what is left out stays.")
class WarehouseUpdateInput:
    """What to change of a warehouse."""

    warehouse_id: strawberry.ID = id_of("Warehouse", "Which one.")
    expected_version: int | None = expected_version()
    name: str | None = strawberry.field(default=strawberry.UNSET, description="The name, 1 to 100 characters.")
    country: str | None = strawberry.field(default=strawberry.UNSET, description=_COUNTRY)
    priority: int | None = strawberry.field(default=strawberry.UNSET, description=_PRIORITY)


@strawberry.input(description="A warehouse.")
class WarehouseInput:
    """A warehouse."""

    warehouse_id: strawberry.ID = id_of("Warehouse", "Which one.")
    expected_version: int | None = expected_version()


@strawberry.type(description="The warehouse after the change.")
class WarehousePayload(Payload):
    """The warehouse after the change."""

    warehouse: Warehouse | None = related(
        loaders.WAREHOUSE_BY_ID, by="warehouse_id", description="The warehouse; null if it was refused."
    )


@strawberry.input(description="Units of a variant that go to another warehouse.")
class StockTransferLineInput:
    """Units of a variant that go to another warehouse."""

    variant_id: strawberry.ID = id_of("Variant", "Of which variant.")
    quantity: int = strawberry.field(description="How many, at least 1; only those that are not promised can go.")


@strawberry.input(description="Units that go from a merchant's warehouse to another one.")
class StockTransferInput(IdempotentInput):
    """Units that go from a warehouse to another one."""

    from_warehouse_id: strawberry.ID = id_of("Warehouse", "Where they are.")
    to_warehouse_id: strawberry.ID = id_of("Warehouse", "Where they go.")
    lines: list[StockTransferLineInput] = strawberry.field(
        description="1 to 500, each variant once. If one is wrong none is done, and `userErrors` names each that is."
    )
    reason: str | None = strawberry.field(default=None, description="Why, up to 200 characters.")


@strawberry.type(description="The variants after a transfer.")
class StockTransferPayload(IdempotentPayload):
    """The variants after a transfer."""

    number: int | None = column("The transfer's number; null if it was refused.")
    variants: list[Variant] = batch(
        variants.of_results, description="The variants, in the order of the lines; empty if it was refused."
    )


@strawberry.input(description="How many units of a variant were found.")
class StockCountRowInput:
    """How many units of a variant were found."""

    variant_id: strawberry.ID = id_of("Variant", "Of which variant.")
    on_hand: int = strawberry.field(description="How many units were found.")
    expected: int = strawberry.field(
        description="How many should lie there, when the count began; if others do by now, nothing changes "
        "(STOCK_CHANGED)."
    )


@strawberry.input(description="What a count of a warehouse has found.")
class StockCountInput(IdempotentInput):
    """What a count of a warehouse has found."""

    warehouse_id: strawberry.ID = id_of("Warehouse", "Which warehouse.")
    rows: list[StockCountRowInput] = strawberry.field(
        description="1 to 500, each variant once. If one is wrong none is done, and `userErrors` names each that is."
    )
    reason: str | None = strawberry.field(
        default=None, description="Why it was counted, or what explains it, up to 200 characters."
    )


@strawberry.type(description="A variant of which something else was found than there should be.")
class StockDiscrepancy:
    """A variant of which something else was found than there should be."""

    variant: Variant | None = related(
        variant_loaders.BY_ID, by="variant_id", description="Which variant; null if it is gone."
    )
    expected: int = column("How many should lie there.")
    on_hand: int = column("How many were found.")
    difference: int = computed(
        lambda row: row["on_hand"] - row["expected"], description="How many more were found; below zero for fewer."
    )


@strawberry.type(description="The variants after a count.")
class StockCountPayload(IdempotentPayload):
    """The variants after a count."""

    variants: list[Variant] = batch(
        variants.of_results, description="The variants, in the order of the rows; empty if it was refused."
    )
    discrepancies: list[StockDiscrepancy] = computed(
        lambda result: result["discrepancies"] or [],
        description="Where something else was found than expected; a movement of the kind COUNT keeps each.",
    )


@strawberry.input(description="From how many units on a variant is low.")
class StockThresholdInput:
    """From how many units on a variant is low."""

    variant_id: strawberry.ID = id_of("Variant", "Which variant.")
    threshold: int | None = strawberry.field(
        default=None, description="With so many units to sell, or fewer, it is low; at least 1. Null: nobody is told."
    )


@strawberry.input(description="From how many units on variants are low.")
class StockThresholdsSetInput:
    """From how many units on variants are low."""

    rows: list[StockThresholdInput] = strawberry.field(
        description="1 to 500, each variant once. If one is wrong none is done, and `userErrors` names each that is."
    )


@strawberry.type(description="The variants with their thresholds after the change.")
class StockThresholdsSetPayload(Payload):
    """The variants with their thresholds after the change."""

    variants: list[Variant] = batch(
        variants.of_results, description="The variants, in the order of the rows; empty if it was refused."
    )


@strawberry.input(description="A variant to wait for.")
class StockAlertInput:
    """A variant to wait for."""

    variant_id: strawberry.ID = id_of("Variant", "Which variant.")


@strawberry.type(description="The variant that is, or is no more, waited for.")
class StockAlertPayload(Payload):
    """The variant that is, or is no more, waited for."""

    variant: Variant | None = related(
        variant_loaders.BY_ID, by="variant_id", description="The variant; null if it was refused."
    )
