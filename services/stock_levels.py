"""Levels of stock: locked in one order, written, and told of."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Integer, bindparam, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services import product_bumps
from services.access import NotFoundError
from services.stock_movements import SETTING, Why

Key = tuple[int, int]
"""A level, by variant and warehouse."""

_ARRAYS: Final = (
    bindparam("variants", type_=ARRAY(BigInteger)),
    bindparam("warehouses", type_=ARRAY(BigInteger)),
)
_MAKE: Final = text(
    """
    INSERT INTO stock_levels (variant_id, warehouse_id, on_hand)
    SELECT variant_id, warehouse_id, 0 FROM unnest(:variants, :warehouses) AS given (variant_id, warehouse_id)
    ORDER BY variant_id, warehouse_id
    ON CONFLICT DO NOTHING
    """
).bindparams(*_ARRAYS)
_LOCK: Final = text(
    """
    SELECT variant_id, warehouse_id, on_hand, reserved FROM stock_levels
    WHERE (variant_id, warehouse_id) IN (SELECT * FROM unnest(:variants, :warehouses))
    ORDER BY variant_id, warehouse_id
    FOR UPDATE
    """
).bindparams(*_ARRAYS)
_WRITE: Final = text(
    """
    UPDATE stock_levels SET on_hand = given.on_hand
    FROM unnest(:variants, :warehouses, :units) AS given (variant_id, warehouse_id, on_hand),
        (SELECT set_config(:setting, :why, true)) AS why (said)
    WHERE (stock_levels.variant_id, stock_levels.warehouse_id) = (given.variant_id, given.warehouse_id)
        AND said IS NOT NULL
    """
).bindparams(*_ARRAYS, bindparam("units", type_=ARRAY(Integer)))


class Level(NamedTuple):
    """What lies in a warehouse of a variant, and how much of it is promised."""

    on_hand: int
    reserved: int


async def locked(session: AsyncSession, keys: Iterable[Key]) -> dict[Key, Level]:
    """Lock the levels in the order of (variant, warehouse), after making those that there are not yet.

    A variant that was removed while we waited is missing. Raises NotFoundError for one that was removed before.
    """
    keys = list(keys)
    wanted = {"variants": [variant_id for variant_id, _ in keys], "warehouses": [warehouse for _, warehouse in keys]}
    try:
        await session.execute(_MAKE, wanted)
    except IntegrityError as error:  # a variant was removed meanwhile
        raise NotFoundError("variant") from error
    rows = await session.execute(_LOCK, wanted)
    return {(row.variant_id, row.warehouse_id): Level(row.on_hand, row.reserved) for row in rows}


async def write(
    session: AsyncSession,
    units: Mapping[Key, int],
    *,
    before: Mapping[Key, Level],
    codes: Mapping[int, str],
    products: Mapping[int, int],
    why: Why,
    now: datetime,
) -> None:
    """Write how many units lie in locked levels now, and tell of each by an event of its product.

    `codes` are the warehouses', `products` the variants' by id.
    """
    if not units:
        return
    await session.execute(
        _WRITE,
        {
            "variants": [variant_id for variant_id, _ in units],
            "warehouses": [warehouse_id for _, warehouse_id in units],
            "units": list(units.values()),
            "setting": SETTING,
            "why": why.said,
        },
    )
    data: dict[int, list[dict[str, Any]]] = {}
    for (variant_id, warehouse_id), on_hand in units.items():
        said = {"variant_id": variant_id, "warehouse": codes[warehouse_id], "on_hand": on_hand}
        said["reserved"] = before[variant_id, warehouse_id].reserved
        data.setdefault(products[variant_id], []).append(said | ({"reason": why.reason} if why.reason else {}))
    await product_bumps.bump(session, data.keys(), now=now, event_type="STOCK_CHANGED", data=data)
