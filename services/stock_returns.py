"""Stock that comes back from orders: into the warehouse it has left, for sale or, of a parcel, promised as before."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Viewer
from domain.errors import Refusal
from domain.inventory import UNITS_MAX, MovementKind
from models.transactions import driver_of
from services import product_bumps, stock_movements
from services.stock_movements import Why

_HOMES: Final = """
    WITH open AS (
        SELECT id FROM warehouses
        WHERE active AND id IN (SELECT warehouse_id FROM stock_reservations WHERE line_id = ANY($1::bigint[]))
        ORDER BY id FOR KEY SHARE
    )
    SELECT DISTINCT ON (line_id) line_id, variant_id, warehouse_id FROM stock_reservations
    JOIN stock_levels USING (variant_id, warehouse_id) JOIN open ON open.id = warehouse_id
    WHERE line_id = ANY($1::bigint[]) AND shipped > 0 ORDER BY line_id, shipped DESC, warehouse_id
"""
"""Where most of a line came from, of what is open and stays so. What has no such place any more is not put back."""
_LOCK: Final = """
    SELECT variant_id, warehouse_id FROM stock_levels
    WHERE (variant_id, warehouse_id) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))
    ORDER BY variant_id, warehouse_id FOR NO KEY UPDATE
"""
_PUT: Final = """
    UPDATE stock_levels SET on_hand = least(on_hand::bigint + given.units, $4)
    FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS given (variant_id, warehouse_id, units)
    WHERE (stock_levels.variant_id, stock_levels.warehouse_id) = (given.variant_id, given.warehouse_id)
"""
_BACK_AGAIN: Final = """
    SELECT product_id FROM variants JOIN unnest($1::bigint[], $2::int[]) AS given (id, units) USING (id)
    WHERE units >= (SELECT sum(on_hand - reserved) FROM stock_levels WHERE variant_id = id)
"""
"""The products of variants that could not be had before these units came back."""


_SOURCES: Final = """
    SELECT stock_reservations.id, variant_id, warehouse_id, fulfilment_sources.quantity
    FROM fulfilment_sources JOIN stock_reservations USING (line_id, warehouse_id)
    WHERE fulfilment_id = $1 ORDER BY variant_id, warehouse_id
"""
_OPEN: Final = "SELECT id FROM warehouses WHERE active AND id = ANY($1::bigint[]) ORDER BY id FOR KEY SHARE"
_PROMISE: Final = """
    UPDATE stock_levels SET reserved = reserved + given.units,
        on_hand = greatest(least(on_hand::bigint + given.units, $4), reserved + given.units)
    FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS given (variant_id, warehouse_id, units),
        (SELECT set_config('souk.movement', $5, true)) AS why (said)
    WHERE (stock_levels.variant_id, stock_levels.warehouse_id) = (given.variant_id, given.warehouse_id)
        AND said IS NOT NULL
"""
_UNSHIP: Final = """
    UPDATE stock_reservations SET shipped = shipped - given.units
    FROM unnest($1::bigint[], $2::int[]) AS given (id, units) WHERE stock_reservations.id = given.id
"""


class PlaceGoneError(Refusal):
    """What has left a warehouse cannot go back: the warehouse is closed, or the variant was removed."""

    code = "CONFLICT"

    def __init__(self, *, field: str) -> None:
        super().__init__(
            f"{field}: a warehouse that it has left is closed, or something in it is not sold any more; open the"
            " warehouse again, or refund what is in it",
            field=field,
        )


async def take_back(session: AsyncSession, *, viewer: Viewer, order_id: int, fulfilment_id: int, field: str) -> None:
    """Put what is in a parcel back to where it has left, promised to its order as before.

    What can be sold does not change by it. Levels are locked in the order of (variant, warehouse), after their
    warehouses. Whoever calls holds the order's lock. Raises PlaceGoneError.
    """
    driver = driver_of(session)
    pieces = await driver.fetch(_SOURCES, fulfilment_id)
    units: Counter[tuple[int, int]] = Counter()
    for piece in pieces:
        units[piece["variant_id"], piece["warehouse_id"]] += piece["quantity"]
    keys = sorted(units)
    variants, warehouses = [key[0] for key in keys], [key[1] for key in keys]
    places = await driver.fetch(_OPEN, warehouses)
    levels = await driver.fetch(_LOCK, variants, warehouses)
    if len(places) < len(set(warehouses)) or len(levels) < len(keys):
        raise PlaceGoneError(field=field)
    why = Why(MovementKind.SHIPMENT_CANCELLED, viewer=viewer, reference=("ORDER", order_id)).said
    await driver.execute(_PROMISE, variants, warehouses, [units[key] for key in keys], UNITS_MAX, why)
    await driver.execute(_UNSHIP, [piece["id"] for piece in pieces], [piece["quantity"] for piece in pieces])


async def put_back(
    session: AsyncSession, *, viewer: Viewer, order_id: int, lines: Mapping[int, int], now: datetime
) -> dict[int, int]:
    """Put pieces of an order's lines that were sent back into stock; gives how many of which have found their place.

    Levels are locked in the order of (variant, warehouse).
    """
    driver = driver_of(session)
    homes = await driver.fetch(_HOMES, sorted(lines))
    units: Counter[tuple[int, int]] = Counter()
    for home in homes:
        units[home["variant_id"], home["warehouse_id"]] += lines[home["line_id"]]
    keys = sorted(units)
    variants, warehouses = [key[0] for key in keys], [key[1] for key in keys]
    await driver.fetch(_LOCK, variants, warehouses)
    await stock_movements.because(session, Why(MovementKind.RETURN, viewer=viewer, reference=("ORDER", order_id)))
    # Who says that there is no end of something has no more of it when some comes back.
    await driver.execute(_PUT, variants, warehouses, [units[key] for key in keys], UNITS_MAX)
    by_variant: Counter[int] = Counter()
    for (variant_id, _), count in units.items():
        by_variant[variant_id] += count
    again = await driver.fetch(_BACK_AGAIN, list(by_variant), list(by_variant.values()))
    await product_bumps.bump(session, {row["product_id"] for row in again}, now=now, event_type="STOCK_CHANGED")
    return {home["line_id"]: lines[home["line_id"]] for home in homes}
