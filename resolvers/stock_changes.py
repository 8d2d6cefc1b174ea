"""How stock is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import services.inventory
import services.stock_thresholds
import services.stock_transfers
from resolvers.mutations import Change, Result
from services.inventory import StockChange
from services.stock_thresholds import Wanted
from services.stock_transfers import Counted, Moved


async def set_stock(
    change: Change, *, variant_id: int, on_hand: int, expected: int, warehouse: str | None = None
) -> Result:
    """Set how many units of a variant are on hand, if there are as many as expected."""
    wanted = StockChange(variant_id, warehouse, on_hand=on_hand, expected=expected)
    return await _change(change, [wanted])


async def adjust(
    change: Change, *, variant_id: int, difference: int, warehouse: str | None = None, reason: str | None = None
) -> Result:
    """Add units to a variant's stock, or take some away."""
    return await _change(change, [StockChange(variant_id, warehouse, difference=difference)], reason)


async def set_many(change: Change, *, rows: Sequence[Mapping[str, Any]]) -> Result:
    """Set the stock of many variants, all or none."""
    wanted = [StockChange(**{"warehouse": None, **row}, field=f"rows.{index}.") for index, row in enumerate(rows)]
    return await _change(change, wanted)


async def transfer(
    change: Change,
    *,
    from_warehouse_id: int,
    to_warehouse_id: int,
    lines: Sequence[Mapping[str, Any]],
    reason: str | None = None,
) -> Result:
    """Move units from a warehouse to another one."""
    number = await services.stock_transfers.transfer(
        change.session,
        viewer=change.viewer,
        from_warehouse_id=from_warehouse_id,
        to_warehouse_id=to_warehouse_id,
        lines=[Moved(**line) for line in lines],
        reason=reason,
        now=change.now,
    )
    return Result(variant_ids=[line["variant_id"] for line in lines], number=number)


async def count(
    change: Change, *, warehouse_id: int, rows: Sequence[Mapping[str, Any]], reason: str | None = None
) -> Result:
    """Write what a count of a warehouse has found."""
    discrepancies = await services.stock_transfers.count(
        change.session,
        viewer=change.viewer,
        warehouse_id=warehouse_id,
        rows=[Counted(**row) for row in rows],
        reason=reason,
        now=change.now,
    )
    return Result(
        variant_ids=[row["variant_id"] for row in rows],
        discrepancies=[asdict(each) for each in discrepancies],
    )


async def set_thresholds(change: Change, *, rows: Sequence[Mapping[str, Any]]) -> Result:
    """Set from how many units on variants are low."""
    wanted = [Wanted(**{"threshold": None, **row}) for row in rows]
    await services.stock_thresholds.set_all(change.session, viewer=change.viewer, rows=wanted)
    return Result(variant_ids=[row.variant_id for row in wanted])


async def _change(change: Change, changes: Sequence[StockChange], reason: str | None = None) -> Result:
    await services.inventory.change(
        change.session, viewer=change.viewer, changes=changes, now=change.now, reason=reason
    )
    ids = list(dict.fromkeys(each.variant_id for each in changes))
    return Result(variant_id=ids[0] if ids else None, variant_ids=ids)
