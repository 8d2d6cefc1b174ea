"""How stock is changed."""

from collections.abc import Mapping, Sequence
from typing import Any

import services.inventory
from resolvers.mutations import Change, Result
from services.inventory import StockChange


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


async def _change(change: Change, changes: Sequence[StockChange], reason: str | None = None) -> Result:
    await services.inventory.change(
        change.session, viewer=change.viewer, changes=changes, now=change.now, reason=reason
    )
    ids = list(dict.fromkeys(each.variant_id for each in changes))
    return Result(variant_id=ids[0] if ids else None, variant_ids=ids)
