"""Stock that is promised to orders: reserved when one is placed, then shipped or released.

Levels are locked in the order of (variant, warehouse), and what one order wants of a variant is looked at together.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from models.database import driver_of
from models.inventory import StockReservation
from models.recordsets import Insert, together, written
from services import product_bumps

_LOCK: Final = """
    SELECT variant_id, warehouse_id, on_hand - reserved AS free FROM stock_levels
    WHERE variant_id = ANY($1::bigint[]) ORDER BY variant_id, warehouse_id FOR NO KEY UPDATE
"""
_RESERVE: Final = """
    UPDATE stock_levels SET reserved = reserved + given.units
    FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS given (variant_id, warehouse_id, units)
    WHERE stock_levels.variant_id = given.variant_id AND stock_levels.warehouse_id = given.warehouse_id
"""
_SHIP: Final = """
    UPDATE stock_levels SET reserved = reserved - given.units, on_hand = on_hand - given.units
    FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS given (variant_id, warehouse_id, units)
    WHERE stock_levels.variant_id = given.variant_id AND stock_levels.warehouse_id = given.warehouse_id
"""
_ROWS: Final = Insert(StockReservation, "order_id line_id variant_id warehouse_id quantity reason")
_RESERVE_FOR: Final = together(_RESERVE, _ROWS.given("$4"))
_OPEN: Final = """
    SELECT id, line_id, variant_id, warehouse_id, quantity - shipped - released AS open FROM stock_reservations
    WHERE order_id = $1 AND quantity > shipped + released ORDER BY variant_id, warehouse_id, id
"""
_LOCK_THESE: Final = """
    SELECT variant_id, warehouse_id, on_hand - reserved AS free FROM stock_levels
    WHERE (variant_id, warehouse_id) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))
    ORDER BY variant_id, warehouse_id FOR NO KEY UPDATE
"""
_PRODUCTS: Final = "SELECT DISTINCT product_id FROM variants WHERE id = ANY($1::bigint[])"


class ShortError(Exception):
    """There is not enough of some variants; `available` says what there is of each."""

    def __init__(self, available: Mapping[int, int]) -> None:
        super().__init__(f"not enough of the variants {sorted(available)}")
        self.available = available


class Wanted(NamedTuple):
    """So many pieces of a variant for a line of an order."""

    line_id: int
    variant_id: int
    quantity: int


class Taken(NamedTuple):
    """Pieces of a line that have left a warehouse, or were let go there."""

    line_id: int
    variant_id: int
    warehouse_id: int
    quantity: int


async def reserve(session: AsyncSession, *, order_id: int, wanted: Sequence[Wanted], now: datetime) -> None:
    """Promise stock to an order's lines: all of it or, raising ShortError, nothing."""
    driver = await driver_of(session)
    needed: Counter[int] = Counter()
    for each in wanted:
        needed[each.variant_id] += each.quantity
    free: dict[int, dict[int, int]] = {variant_id: {} for variant_id in needed}
    for row in await driver.fetch(_LOCK, sorted(needed)):
        if row["free"] > 0:
            free[row["variant_id"]][row["warehouse_id"]] = row["free"]
    there = {variant_id: sum(levels.values()) for variant_id, levels in free.items()}
    if short := {variant_id: units for variant_id, units in there.items() if units < needed[variant_id]}:
        raise ShortError(short)
    rows = [_row(order_id, each, *place) for each in wanted for place in _sources(each, free[each.variant_id])]
    units = _summed([(row["variant_id"], row["warehouse_id"], row["quantity"]) for row in rows])
    await driver.execute(_RESERVE_FOR, *units, written(rows))
    await _tell(session, driver, [each for each in needed if there[each] == needed[each]], now=now)


def _sources(wanted: Wanted, free: dict[int, int]) -> list[tuple[int, int, str]]:
    """Say which warehouses serve a line, and why: one that has all, else as few as can be; takes it off `free`."""
    whole = next((place for place, units in free.items() if units >= wanted.quantity), None)
    ordered = [whole] if whole is not None else sorted(free, key=lambda place: -free[place])
    reason = "it has all pieces" if whole is not None else "no warehouse has all pieces"
    left, sources = wanted.quantity, []
    for place in ordered:
        if units := min(left, free[place]):
            free[place] -= units
            left -= units
            sources.append((place, units, reason))
    return sources


def _row(order_id: int, wanted: Wanted, warehouse_id: int, units: int, reason: str) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "line_id": wanted.line_id,
        "variant_id": wanted.variant_id,
        "warehouse_id": warehouse_id,
        "quantity": units,
        "reason": reason,
    }


async def release(
    session: AsyncSession, *, order_id: int, now: datetime, lines: Mapping[int, int] | None = None
) -> list[Taken]:
    """Let go what is promised to an order and has not left: all of it, or so many pieces of some lines.

    Whoever calls holds the order's lock.
    """
    driver = await driver_of(session)
    taken = _taken(await driver.fetch(_OPEN, order_id), lines)
    if not taken:
        return []
    pieces = [each for _, each in taken]
    free: Counter[int] = Counter()
    for row in await _locked(driver, pieces):
        free[row["variant_id"]] += row["free"]
    await _move(driver, _RESERVE, [(each.variant_id, each.warehouse_id, -each.quantity) for each in pieces])
    await _count(driver, "released", taken)
    await _tell(session, driver, [variant_id for variant_id, units in free.items() if units <= 0], now=now)
    return pieces


async def ship(session: AsyncSession, *, order_id: int, lines: Mapping[int, int]) -> list[Taken]:
    """Let so many pieces of an order's lines leave, from where they are promised; gives which left where.

    Whoever calls holds the order's lock, and has seen that so many are open.
    """
    driver = await driver_of(session)
    taken = _taken(await driver.fetch(_OPEN, order_id), lines)
    pieces = [each for _, each in taken]
    await _locked(driver, pieces)
    await _move(driver, _SHIP, [(each.variant_id, each.warehouse_id, each.quantity) for each in pieces])
    await _count(driver, "shipped", taken)
    return pieces


def _taken(open_rows: Sequence[asyncpg.Record], lines: Mapping[int, int] | None) -> list[tuple[int, Taken]]:
    """Choose from which reservations (by id) the pieces of lines are taken; all that is open without any lines."""
    left = None if lines is None else dict(lines)
    taken = []
    for row in open_rows:
        units = row["open"] if left is None else min(row["open"], left.get(row["line_id"], 0))
        if units:
            taken.append((row["id"], Taken(row["line_id"], row["variant_id"], row["warehouse_id"], units)))
            if left is not None:
                left[row["line_id"]] -= units
    return taken


async def _locked(driver: asyncpg.Connection, pieces: Sequence[Taken]) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await driver.fetch(
        _LOCK_THESE, [each.variant_id for each in pieces], [each.warehouse_id for each in pieces]
    )
    return rows


async def _move(driver: asyncpg.Connection, statement: str, units: Sequence[tuple[int, int, int]]) -> None:
    await driver.execute(statement, *_summed(units))


def _summed(units: Sequence[tuple[int, int, int]]) -> tuple[list[int], list[int], list[int]]:
    """Sum up by level: an UPDATE takes only one of several rows that are given for the same."""
    sums: Counter[tuple[int, int]] = Counter()
    for variant_id, warehouse_id, count in units:
        sums[variant_id, warehouse_id] += count
    keys = sorted(sums)
    return [key[0] for key in keys], [key[1] for key in keys], [sums[key] for key in keys]


async def _count(driver: asyncpg.Connection, column: str, taken: Sequence[tuple[int, Taken]]) -> None:
    await driver.execute(
        f"UPDATE stock_reservations SET {column} = {column} + given.units"  # noqa: S608 - one of two columns
        " FROM unnest($1::bigint[], $2::int[]) AS given (id, units) WHERE stock_reservations.id = given.id",
        [each for each, _ in taken],
        [each.quantity for _, each in taken],
    )


async def _tell(
    session: AsyncSession, driver: asyncpg.Connection, variant_ids: Sequence[int], *, now: datetime
) -> None:
    """Tell of variants that are sold out now, or can be had again: what searches show of their products changes."""
    if variant_ids:
        products = [row["product_id"] for row in await driver.fetch(_PRODUCTS, sorted(variant_ids))]
        await product_bumps.bump(session, products, now=now, event_type="STOCK_CHANGED")
