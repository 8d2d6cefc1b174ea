"""Stock that is promised to orders: reserved when one is placed, then shipped or released.

Levels are locked in the order of (variant, warehouse), and what one order wants of a variant is looked at together.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from domain import sourcing
from domain.access import Viewer
from domain.inventory import MovementKind
from domain.sourcing import Pick, Place
from models.inventory import StockReservation
from models.recordsets import Insert, together, written
from models.transactions import driver_of
from services import product_bumps
from services.stock_movements import Why

_LOCK: Final = """
    SELECT variant_id, warehouse_id, on_hand - reserved AS free, merchant_id, code, country, priority, active
    FROM stock_levels JOIN warehouses ON warehouses.id = warehouse_id
    WHERE variant_id = ANY($1::bigint[]) ORDER BY variant_id, warehouse_id FOR NO KEY UPDATE OF stock_levels
"""
_RESERVE: Final = """
    UPDATE stock_levels SET reserved = reserved + given.units
    FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS given (variant_id, warehouse_id, units)
    WHERE stock_levels.variant_id = given.variant_id AND stock_levels.warehouse_id = given.warehouse_id
"""
_SHIP: Final = """
    UPDATE stock_levels SET reserved = reserved - given.units, on_hand = on_hand - given.units
    FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS given (variant_id, warehouse_id, units),
        (SELECT set_config('souk.movement', $4, true)) AS why (said)
    WHERE stock_levels.variant_id = given.variant_id AND stock_levels.warehouse_id = given.warehouse_id
        AND said IS NOT NULL
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


async def reserve(
    session: AsyncSession, *, order_id: int, wanted: Sequence[Wanted], country: str | None, now: datetime
) -> None:
    """Promise stock to an order's lines: all of it or, raising ShortError, nothing.

    `domain.sourcing` says from which warehouses, by the country of the address.
    """
    driver = driver_of(session)
    needed: Counter[int] = Counter()
    for each in wanted:
        needed[each.variant_id] += each.quantity
    levels = await driver.fetch(_LOCK, sorted(needed))
    there = dict.fromkeys(needed, 0)
    for row in levels:
        there[row["variant_id"]] += max(row["free"], 0) if row["active"] else 0
    if short := {variant_id: units for variant_id, units in there.items() if units < needed[variant_id]}:
        raise ShortError(short)
    picks = list(_picks(wanted, levels, country))
    units = _summed([(pick.variant_id, pick.warehouse_id, pick.quantity) for pick in picks])
    await driver.execute(_RESERVE_FOR, *units, written([_row(order_id, pick) for pick in picks]))
    await _tell(session, driver, [each for each in needed if there[each] == needed[each]], now=now)


def _picks(wanted: Sequence[Wanted], levels: Sequence[asyncpg.Record], country: str | None) -> Iterator[Pick]:
    """Say where each merchant's part comes from; of all that is wanted there is enough."""
    sellers = {row["variant_id"]: row["merchant_id"] for row in levels}
    for merchant_id in sorted(set(sellers.values())):
        own = [row for row in levels if row["merchant_id"] == merchant_id]
        places = {
            row["warehouse_id"]: Place(
                row["warehouse_id"], row["code"], row["country"], row["priority"], active=row["active"]
            )
            for row in own
        }
        plan = sourcing.plan(
            [sourcing.Wanted(*each) for each in wanted if sellers[each.variant_id] == merchant_id],
            warehouses=places.values(),
            available={(row["variant_id"], row["warehouse_id"]): row["free"] for row in own},
            country=country,
        )
        yield from plan.picks


def _row(order_id: int, pick: Pick) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "line_id": pick.key,
        "variant_id": pick.variant_id,
        "warehouse_id": pick.warehouse_id,
        "quantity": pick.quantity,
        "reason": pick.reason,
    }


async def release(
    session: AsyncSession, *, order_id: int, now: datetime, lines: Mapping[int, int] | None = None
) -> list[Taken]:
    """Let go what is promised to an order and has not left: all of it, or so many pieces of some lines.

    Whoever calls holds the order's lock.
    """
    driver = driver_of(session)
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


async def ship(
    session: AsyncSession, *, order_id: int, lines: Mapping[int, int], viewer: Viewer | None = None
) -> list[Taken]:
    """Let so many pieces of an order's lines leave, from where they are promised; gives which left where.

    The movements name the order, and whoever sends.

    Whoever calls holds the order's lock, and has seen that so many are open.
    """
    driver = driver_of(session)
    taken = _taken(await driver.fetch(_OPEN, order_id), lines)
    pieces = [each for _, each in taken]
    await _locked(driver, pieces)
    why = Why(MovementKind.SHIPMENT, viewer=viewer, reference=("ORDER", order_id)).said
    await _move(driver, _SHIP, [(each.variant_id, each.warehouse_id, each.quantity) for each in pieces], why)
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


async def _move(driver: asyncpg.Connection, statement: str, units: Sequence[tuple[int, int, int]], *more: str) -> None:
    await driver.execute(statement, *_summed(units), *more)


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
