"""Warehouses, transfers, counts, thresholds; and who waits for what is sold out."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.inventory_mutations import (
    StockAlertInput,
    StockAlertPayload,
    StockCountInput,
    StockCountPayload,
    StockThresholdsSetInput,
    StockThresholdsSetPayload,
    StockTransferInput,
    StockTransferPayload,
    WarehouseCreateInput,
    WarehouseInput,
    WarehousePayload,
    WarehouseUpdateInput,
)
from resolvers import inventory, stock_changes


@strawberry.type(description="Warehouses and what moves between them.")
class InventoryMutations:
    """Warehouses and what moves between them."""

    warehouse_create: WarehousePayload = mutation(
        inventory.create_warehouse,
        permission=Permission.WAREHOUSES_MANAGE,
        input=WarehouseCreateInput,
        description="Open a warehouse, up to 100 of a merchant. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    warehouse_update: WarehousePayload = mutation(
        inventory.update_warehouse,
        permission=Permission.WAREHOUSES_MANAGE,
        input=WarehouseUpdateInput,
        description="Change a warehouse. Orders that are placed already stay with theirs. Errors: NOT_FOUND, "
        "BAD_USER_INPUT, CONFLICT.",
    )
    warehouse_close: WarehousePayload = mutation(
        inventory.close_warehouse,
        permission=Permission.WAREHOUSES_MANAGE,
        input=WarehouseInput,
        description="Close a warehouse in which nothing lies. Errors: NOT_FOUND, CONFLICT while something does.",
    )
    warehouse_reopen: WarehousePayload = mutation(
        inventory.reopen_warehouse,
        permission=Permission.WAREHOUSES_MANAGE,
        input=WarehouseInput,
        description="Open a closed warehouse again. Errors: NOT_FOUND, CONFLICT if it is open.",
    )
    stock_transfer: StockTransferPayload = mutation(
        stock_changes.transfer,
        permission=Permission.STOCK_WRITE,
        input=StockTransferInput,
        description="Move units that are not promised to another warehouse of the merchant: all lines, or none. "
        "Errors: NOT_FOUND, BAD_USER_INPUT, STOCK_RESERVED, IDEMPOTENCY_CONFLICT.",
    )
    stock_count: StockCountPayload = mutation(
        stock_changes.count,
        permission=Permission.STOCK_WRITE,
        input=StockCountInput,
        description="Write what a count of a warehouse has found: all rows, or none. Errors: NOT_FOUND, "
        "BAD_USER_INPUT, STOCK_CHANGED, STOCK_RESERVED, IDEMPOTENCY_CONFLICT.",
    )
    stock_thresholds_set: StockThresholdsSetPayload = mutation(
        stock_changes.set_thresholds,
        permission=Permission.STOCK_WRITE,
        input=StockThresholdsSetInput,
        description="Say from how many units on variants are low: all rows, or none. The events LOW_STOCK and "
        "BACK_IN_STOCK follow within seconds of a change. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    stock_alert_set: StockAlertPayload = mutation(
        inventory.set_alert,
        permission=Permission.OWN_CUSTOMER,
        input=StockAlertInput,
        description="Be told by mail, once, when a variant that is sold out can be bought again. Errors: NOT_FOUND, "
        "BAD_USER_INPUT if it can be bought now, or beyond 100.",
    )
    stock_alert_remove: StockAlertPayload = mutation(
        inventory.remove_alert,
        permission=Permission.OWN_CUSTOMER,
        input=StockAlertInput,
        description="Wait for a variant no more. Errors: NOT_FOUND.",
    )
