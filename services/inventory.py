"""Stock of variants, one level or many at once: counted against what was expected, or adjusted by a difference.

All of a call is done or nothing. Levels are locked in the order of (variant, warehouse), before any product, as an
import and a checkout do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ARRAY, BigInteger, any_, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import inventory as rules
from domain.access import Permission, Viewer
from domain.catalogue_record_variants import DEFAULT_WAREHOUSE
from domain.errors import InvalidInput, Refusal, Refusals
from domain.inventory import MovementKind
from models.inventory import Warehouse
from models.variants import Variant
from services import stock_levels
from services.access import NotFoundError
from services.stock_levels import Level
from services.stock_movements import Why

REASON_LENGTH_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class StockChange:
    """What shall become of a variant's stock in a warehouse: `on_hand` units, or `difference` more than there are.

    `field` is the way to the change in the input, with a dot behind it, or empty.
    """

    variant_id: int
    warehouse: str | None = None
    on_hand: int | None = None
    expected: int | None = None
    difference: int | None = None
    field: str = ""


class _Place(NamedTuple):
    warehouse_id: int
    active: bool


class _Owned(NamedTuple):
    product_id: int
    merchant_id: int


async def change(
    session: AsyncSession,
    *,
    viewer: Viewer,
    changes: Sequence[StockChange],
    now: datetime,
    reason: str | None = None,
) -> None:
    """Change stock, all of it or nothing.

    Raises Refusals made of NotFoundError, InvalidInput, StockChangedError and StockReservedError, one for each change
    that is wrong.
    """
    reason = said_reason(reason)
    if not changes:
        raise InvalidInput("rows: name at least one", field="rows")
    owned = await _owners(session, changes)
    refused = _refused_outright(viewer, changes, owned)
    if refused:
        raise Refusals(refused)
    warehouses = await _warehouses(session, changes, owned, refused)
    if refused:
        raise Refusals(refused)
    keys = [
        (each.variant_id, warehouses[owned[each.variant_id].merchant_id, _code(each)].warehouse_id) for each in changes
    ]
    levels = await stock_levels.locked(session, keys)
    units: dict[tuple[int, int], int] = {}
    for each, key in zip(changes, keys, strict=True):
        try:
            units[key] = _after(each, levels.get(key))
        except Refusal as error:
            refused.append(error)
    if refused:
        raise Refusals(refused)
    differing = {key: on_hand for key, on_hand in units.items() if on_hand != levels[key].on_hand}
    kind = MovementKind.COUNT if all(each.difference is None for each in changes) else MovementKind.ADJUSTMENT
    await stock_levels.write(
        session,
        differing,
        before=levels,
        codes={place.warehouse_id: code for (_, code), place in warehouses.items()},
        products={variant_id: each.product_id for variant_id, each in owned.items()},
        why=Why(kind, viewer=viewer, reason=reason),
        now=now,
    )


def said_reason(text: str | None) -> str | None:
    """Trim why stock is changed; None if nobody says. Raises InvalidInput."""
    trimmed = (text or "").strip()
    if len(trimmed) > REASON_LENGTH_MAX:
        raise InvalidInput(f"reason: it is longer than {REASON_LENGTH_MAX} characters", field="reason")
    return trimmed or None


async def _owners(session: AsyncSession, changes: Sequence[StockChange]) -> dict[int, _Owned]:
    rows = await session.execute(
        select(Variant.id, Variant.product_id, Variant.merchant_id).where(
            Variant.id == any_(literal([each.variant_id for each in changes], ARRAY(BigInteger)))
        )
    )
    return {row.id: _Owned(row.product_id, row.merchant_id) for row in rows}


def _refused_outright(viewer: Viewer, changes: Sequence[StockChange], owned: Mapping[int, _Owned]) -> list[Refusal]:
    """Refuse what is not the viewer's, and what stands twice."""
    refused: list[Refusal] = []
    seen: set[tuple[int, str]] = set()
    for each in changes:
        owner = owned.get(each.variant_id)
        if owner is None or not viewer.may(Permission.STOCK_WRITE, merchant_id=owner.merchant_id):
            refused.append(NotFoundError("variant", field=f"{each.field}variant_id"))
        elif (each.variant_id, _code(each)) in seen:
            refused.append(
                InvalidInput(
                    f"{each.field}variantId: this variant's stock in {_code(each)!r} stands twice",
                    field=f"{each.field}variant_id",
                )
            )
        seen.add((each.variant_id, _code(each)))
    return refused


def _code(change: StockChange) -> str:
    return DEFAULT_WAREHOUSE if change.warehouse is None else change.warehouse


async def _warehouses(
    session: AsyncSession, changes: Sequence[StockChange], owned: Mapping[int, _Owned], refused: list[Refusal]
) -> dict[tuple[int, str], _Place]:
    """Find the warehouses by merchant and code, and keep them from being closed meanwhile.

    The default one is made when it is missing; others, and such as are closed, are refused.
    """
    wanted = {(owned[each.variant_id].merchant_id, _code(each)) for each in changes}
    found = await _found(session, wanted)
    missing = sorted(merchant_id for merchant_id, code in wanted - found.keys() if code == DEFAULT_WAREHOUSE)
    if missing:
        await session.execute(
            upsert(Warehouse)
            .values(
                [
                    {"merchant_id": each, "code": DEFAULT_WAREHOUSE, "name": DEFAULT_WAREHOUSE.title()}
                    for each in missing
                ]
            )
            .on_conflict_do_nothing()
        )
        found = await _found(session, wanted)
    refused += [
        InvalidInput(
            f"{each.field}warehouse: the merchant has no warehouse {_code(each)[:60]!r}",
            field=f"{each.field}warehouse",
        )
        for each in changes
        if (owned[each.variant_id].merchant_id, _code(each)) not in found
    ]
    refused += [
        InvalidInput(f"{each.field}warehouse: {_code(each)!r} is closed", field=f"{each.field}warehouse")
        for each in changes
        if (place := found.get((owned[each.variant_id].merchant_id, _code(each)))) and not place.active
    ]
    return found


async def _found(session: AsyncSession, wanted: set[tuple[int, str]]) -> dict[tuple[int, str], _Place]:
    rows = await session.execute(
        select(Warehouse.merchant_id, Warehouse.code, Warehouse.id, Warehouse.active)
        .where(
            Warehouse.merchant_id.in_({merchant_id for merchant_id, _ in wanted}),
            Warehouse.code.in_({code for _, code in wanted}),
        )
        .order_by(Warehouse.id)
        .with_for_update(read=True, key_share=True)
    )
    return {(row.merchant_id, row.code): _Place(row.id, row.active) for row in rows}


def _after(change: StockChange, level: Level | None) -> int:
    if level is None:  # its variant was removed while we waited for it
        raise NotFoundError("variant", field=f"{change.field}variant_id")
    if change.difference is not None:
        return rules.adjusted(
            on_hand=level.on_hand,
            reserved=level.reserved,
            difference=change.difference,
            field=f"{change.field}difference",
        )
    assert change.on_hand is not None  # noqa: S101 - a change is one or the other
    return rules.counted(
        on_hand=level.on_hand,
        reserved=level.reserved,
        expected=change.expected,
        wanted=change.on_hand,
        field=f"{change.field}on_hand",
    )
