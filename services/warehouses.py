"""Warehouses, as the merchant's staff runs them."""

from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import customers, versions
from domain import warehouses as rules
from domain.access import Permission, Viewer
from domain.errors import InvalidInput
from domain.states import StateError
from models.inventory import StockLevel, Warehouse
from services import access, merchants, outbox
from services.access import NotFoundError

NOUN: Final = "warehouse"


async def create(
    session: AsyncSession,
    *,
    viewer: Viewer,
    merchant_id: int,
    code: str,
    name: str,
    country: str | None,
    priority: int,
) -> int:
    """Open a warehouse; gives its id. Raises NotFoundError, InvalidInput."""
    # Locks the merchant: two at once cannot both be the last one.
    await merchants.locked(session, viewer, Permission.WAREHOUSES_MANAGE, merchant_id=merchant_id)
    values = {
        "code": rules.code(code),
        "name": rules.name(name),
        "country": None if country is None else customers.country(country),
        "priority": rules.priority(priority),
    }
    count = await session.scalar(
        select(func.count()).select_from(Warehouse).where(Warehouse.merchant_id == merchant_id)
    )
    if (count or 0) >= rules.WAREHOUSES_MAX:
        raise InvalidInput(f"merchantId: it has {count} warehouses, as many as it may", field="merchant_id")
    made = await session.execute(
        upsert(Warehouse)
        .values(merchant_id=merchant_id, **values)
        .on_conflict_do_nothing(index_elements=[Warehouse.merchant_id, Warehouse.code])
        .returning(Warehouse.id)
    )
    warehouse_id = made.scalar_one_or_none()
    if warehouse_id is None:
        raise InvalidInput(f"code: the merchant has a warehouse {code!r} already", field="code")
    await outbox.append(session, "WAREHOUSE_CHANGED", subject=(NOUN, warehouse_id), version=1)
    return warehouse_id


async def change(
    session: AsyncSession, *, viewer: Viewer, warehouse_id: int, expected_version: int | None, **given: Any
) -> None:
    """Change what is given of a warehouse: name, country (None: nobody says), priority.

    Raises NotFoundError, InvalidInput, VersionError.
    """
    warehouse = await _locked(session, viewer, warehouse_id, expected_version)
    if "name" in given:
        warehouse.name = rules.name(given["name"])
    if "country" in given:
        warehouse.country = None if given["country"] is None else customers.country(given["country"])
    if "priority" in given:
        warehouse.priority = rules.priority(given["priority"])
    await _changed(session, warehouse, "WAREHOUSE_CHANGED")


async def close(session: AsyncSession, *, viewer: Viewer, warehouse_id: int, expected_version: int | None) -> None:
    """Close a warehouse in which nothing lies. Raises NotFoundError, VersionError, StateError."""
    warehouse = await _locked(session, viewer, warehouse_id, expected_version)
    if not warehouse.active:
        raise StateError("The warehouse is closed already.")
    # Who waits for one of the levels finds the warehouse closed, and brings nothing in: a trigger sees to it.
    levels = await session.scalars(
        select(StockLevel.on_hand)
        .where(StockLevel.warehouse_id == warehouse_id)
        .order_by(StockLevel.variant_id)
        .with_for_update()
    )
    units = [on_hand for on_hand in levels if on_hand]
    rules.check_empty(on_hand=sum(units), variants=len(units))
    warehouse.active = False
    await _changed(session, warehouse, "WAREHOUSE_CLOSED")


async def reopen(session: AsyncSession, *, viewer: Viewer, warehouse_id: int, expected_version: int | None) -> None:
    """Open a closed warehouse again. Raises NotFoundError, VersionError, StateError."""
    warehouse = await _locked(session, viewer, warehouse_id, expected_version)
    if warehouse.active:
        raise StateError("The warehouse is open already.")
    warehouse.active = True
    await _changed(session, warehouse, "WAREHOUSE_CHANGED")


async def _locked(session: AsyncSession, viewer: Viewer, warehouse_id: int, expected_version: int | None) -> Warehouse:
    warehouse = await session.scalar(select(Warehouse).where(Warehouse.id == warehouse_id).with_for_update())
    if warehouse is None:
        raise NotFoundError(NOUN, field="warehouse_id")
    access.require(
        viewer, Permission.WAREHOUSES_MANAGE, merchant_id=warehouse.merchant_id, noun=NOUN, field="warehouse_id"
    )
    versions.check(NOUN, expected=expected_version, found=warehouse.version)
    return warehouse


async def _changed(session: AsyncSession, warehouse: Warehouse, event_type: str) -> None:
    warehouse.version += 1
    await session.flush()
    await outbox.append(session, event_type, subject=(NOUN, warehouse.id), version=warehouse.version)
