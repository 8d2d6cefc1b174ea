"""Moving stock between warehouses, and counting one: all of a call is done or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, any_, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import inventory as rules
from domain.access import Permission, Viewer
from domain.errors import InvalidInput, Refusal, Refusals
from domain.inventory import MovementKind
from models.inventory import STOCK_TRANSFERS, Warehouse
from models.variants import Variant
from services import access, inventory, stock_levels
from services.access import NotFoundError
from services.inventory import StockChange
from services.stock_levels import Level
from services.stock_movements import Why


@dataclass(frozen=True, slots=True)
class Moved:
    """So many units of a variant that go to another warehouse."""

    variant_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many units of a variant were found; `expected` is how many should lie there."""

    variant_id: int
    on_hand: int
    expected: int


async def transfer(
    session: AsyncSession,
    *,
    viewer: Viewer,
    from_warehouse_id: int,
    to_warehouse_id: int,
    lines: Sequence[Moved],
    reason: str | None,
    now: datetime,
) -> int:
    """Move units that are not promised from a warehouse to another one of the merchant; gives the transfer's number.

    Raises Refusals made of NotFoundError, InvalidInput and StockReservedError, one for each line that is wrong.
    """
    reason = inventory.said_reason(reason)
    places = await _held(session, viewer, {"from_warehouse_id": from_warehouse_id, "to_warehouse_id": to_warehouse_id})
    origin, target = places["from_warehouse_id"], places["to_warehouse_id"]
    if origin.merchant_id != target.merchant_id:
        raise NotFoundError("warehouse", field="to_warehouse_id")
    if from_warehouse_id == to_warehouse_id:
        raise InvalidInput("toWarehouseId: it is where the units are; name another", field="to_warehouse_id")
    if not target.active:
        raise InvalidInput(f"toWarehouseId: {target.code!r} is closed", field="to_warehouse_id")
    products = await _products(session, [line.variant_id for line in lines], merchant_id=origin.merchant_id)
    refused = _refused_outright(lines, products)
    if refused:
        raise Refusals(refused)
    keys = [(line.variant_id, warehouse_id) for line in lines for warehouse_id in (origin.id, target.id)]
    levels = await stock_levels.locked(session, keys)
    units: dict[tuple[int, int], int] = {}
    for index, line in enumerate(lines):
        try:
            units[line.variant_id, origin.id], units[line.variant_id, target.id] = _after(
                line,
                origin=levels.get((line.variant_id, origin.id)),
                target=levels.get((line.variant_id, target.id)),
                field=f"lines.{index}.",
            )
        except Refusal as error:
            refused.append(error)
    if refused:
        raise Refusals(refused)
    number: int = (await session.execute(select(STOCK_TRANSFERS.next_value()))).scalar_one()
    await stock_levels.write(
        session,
        units,
        before=levels,
        codes={origin.id: origin.code, target.id: target.code},
        products=products,
        why=Why(MovementKind.TRANSFER, viewer=viewer, reason=reason, reference=("TRANSFER", number)),
        now=now,
    )
    return number


async def count(
    session: AsyncSession,
    *,
    viewer: Viewer,
    warehouse_id: int,
    rows: Sequence[Counted],
    reason: str | None,
    now: datetime,
) -> list[Counted]:
    """Write what a count of a warehouse has found; gives the rows that found something else than there should be.

    Raises Refusals made of NotFoundError, InvalidInput, StockChangedError and StockReservedError, one for each row that
    is wrong.
    """
    place = (await _held(session, viewer, {"warehouse_id": warehouse_id}))["warehouse_id"]
    products = await _products(session, [row.variant_id for row in rows], merchant_id=place.merchant_id)
    strange = [
        NotFoundError("variant", field=f"rows.{index}.variant_id")
        for index, row in enumerate(rows)
        if row.variant_id not in products
    ]
    if strange:
        raise Refusals(strange)
    changes = [
        StockChange(row.variant_id, place.code, on_hand=row.on_hand, expected=row.expected, field=f"rows.{index}.")
        for index, row in enumerate(rows)
    ]
    await inventory.change(session, viewer=viewer, changes=changes, now=now, reason=reason)
    return [row for row in rows if row.on_hand != row.expected]


async def _held(session: AsyncSession, viewer: Viewer, wanted: dict[str, int]) -> dict[str, Warehouse]:
    """Find warehouses of the viewer's by the input's fields, and keep them from being closed. Raises NotFoundError."""
    rows = await session.scalars(
        select(Warehouse)
        .where(Warehouse.id.in_(wanted.values()))
        .order_by(Warehouse.id)
        .with_for_update(read=True, key_share=True)
    )
    found = {each.id: each for each in rows}
    for field, warehouse_id in wanted.items():
        if warehouse_id not in found:
            raise NotFoundError("warehouse", field=field)
        merchant_id = found[warehouse_id].merchant_id
        access.require(viewer, Permission.STOCK_WRITE, merchant_id=merchant_id, noun="warehouse", field=field)
    return {field: found[warehouse_id] for field, warehouse_id in wanted.items()}


async def _products(session: AsyncSession, variant_ids: Sequence[int], *, merchant_id: int) -> dict[int, int]:
    """Give the products of those variants that are the merchant's, by variant."""
    rows = await session.execute(
        select(Variant.id, Variant.product_id).where(
            Variant.id == any_(literal(list(variant_ids), ARRAY(BigInteger))), Variant.merchant_id == merchant_id
        )
    )
    return {row.id: row.product_id for row in rows}


def _refused_outright(lines: Sequence[Moved], products: dict[int, int]) -> list[Refusal]:
    if not lines:
        return [InvalidInput("lines: name at least one", field="lines")]
    refused: list[Refusal] = []
    seen: set[int] = set()
    for index, line in enumerate(lines):
        if line.variant_id not in products:
            refused.append(NotFoundError("variant", field=f"lines.{index}.variant_id"))
        elif line.variant_id in seen:
            refused.append(
                InvalidInput(f"lines.{index}.variantId: this variant stands twice", field=f"lines.{index}.variant_id")
            )
        elif line.quantity < 1:
            refused.append(
                InvalidInput(f"lines.{index}.quantity: {line.quantity} is less than 1", field=f"lines.{index}.quantity")
            )
        seen.add(line.variant_id)
    return refused


def _after(line: Moved, *, origin: Level | None, target: Level | None, field: str) -> tuple[int, int]:
    """Give what lies in both warehouses after it. Raises NotFoundError, InvalidInput, StockReservedError."""
    if origin is None or target is None:  # its variant was removed while we waited for it
        raise NotFoundError("variant", field=f"{field}variant_id")
    place = f"{field}quantity"
    return (
        rules.adjusted(on_hand=origin.on_hand, reserved=origin.reserved, difference=-line.quantity, field=place),
        rules.adjusted(on_hand=target.on_hand, reserved=target.reserved, difference=line.quantity, field=place),
    )
