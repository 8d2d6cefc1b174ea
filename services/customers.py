"""Customers: profile and addresses."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain import customers as rules
from domain.access import Viewer
from domain.customers import Address
from domain.errors import InvalidInput
from models.customers import Customer, CustomerAddress
from models.database import Row, Statement, run
from services import outbox
from services.access import NotFoundError

_PRESENT: Final = Statement(
    select(Customer.currency)
    .where(Customer.id == bindparam("customer_id", type_=BigInteger), Customer.erased_at.is_(None))
    .with_for_update(read=True, key_share=True)
)


async def change(session: AsyncSession, *, viewer: Viewer, now: datetime, **given: Any) -> None:
    """Change what is given of the viewer's profile: display_name, locale, currency, interests, marketing_consent."""
    if "marketing_consent" in given:
        agreed = given.pop("marketing_consent")
        # Agreeing again does not make it younger.
        given["marketing_consent_at"] = func.coalesce(Customer.marketing_consent_at, now) if agreed else None
    await _changed(session, viewer, **given)


async def present(session: AsyncSession, *, customer_id: int) -> str | None:
    """Make sure that a customer is not erased before this transaction ends; gives the currency that it prefers.

    A token may outlive whom it names. Raises NotFoundError.
    """
    found: list[Row] = await run(session, _PRESENT, customer_id=customer_id)
    if not found:
        raise NotFoundError("customer")
    currency: str | None = found[0][0]
    return currency


async def add_address(session: AsyncSession, *, viewer: Viewer, address: Address, preferred: bool) -> int:
    """Add an address to the viewer's book; gives its id. Raises InvalidInput when the book is full."""
    await _changed(session, viewer)  # locks the customer: two additions at once cannot both be the last one
    count = await session.scalar(
        select(func.count()).select_from(CustomerAddress).where(CustomerAddress.customer_id == viewer.customer_id)
    )
    if (count or 0) >= rules.ADDRESSES_MAX:
        raise InvalidInput(f"address: a book holds at most {rules.ADDRESSES_MAX}; remove one first", field="address")
    if preferred:
        await _prefer_none(session, viewer)
    added = await session.execute(
        insert(CustomerAddress)
        .values(customer_id=viewer.customer_id, preferred=preferred, **rules.columns(address))
        .returning(CustomerAddress.id)
    )
    return added.scalar_one()


async def change_address(
    session: AsyncSession, *, viewer: Viewer, address_id: int, address: Address | None, preferred: bool | None
) -> None:
    """Replace an address of the viewer's, or make it the preferred one. Raises NotFoundError."""
    await _changed(session, viewer)
    if preferred:
        await _prefer_none(session, viewer)
    values: dict[str, Any] = {} if address is None else rules.columns(address)
    if preferred is not None:
        values["preferred"] = preferred
    changed = await session.execute(
        update(CustomerAddress)
        .where(CustomerAddress.id == address_id, CustomerAddress.customer_id == viewer.customer_id)
        .values(**(values or {"preferred": CustomerAddress.preferred}))
        .returning(CustomerAddress.id)
    )
    if changed.first() is None:
        raise NotFoundError("customer address", field="address_id")


async def remove_address(session: AsyncSession, *, viewer: Viewer, address_id: int) -> None:
    """Take an address out of the viewer's book. Raises NotFoundError."""
    removed = await session.execute(
        delete(CustomerAddress)
        .where(CustomerAddress.id == address_id, CustomerAddress.customer_id == viewer.customer_id)
        .returning(CustomerAddress.id)
    )
    if removed.first() is None:
        raise NotFoundError("customer address", field="address_id")
    await _changed(session, viewer)


async def _changed(session: AsyncSession, viewer: Viewer, **values: Any) -> None:
    changed = await session.execute(
        update(Customer)
        .where(Customer.id == viewer.customer_id, Customer.erased_at.is_(None))
        .values(version=Customer.version + 1, **values)
        .returning(Customer.id, Customer.version)
    )
    row = changed.one_or_none()
    if row is None:
        raise NotFoundError("customer")
    await outbox.append(session, "CUSTOMER_CHANGED", subject=("customer", row.id), version=row.version)


async def _prefer_none(session: AsyncSession, viewer: Viewer) -> None:
    await session.execute(
        update(CustomerAddress)
        .where(CustomerAddress.customer_id == viewer.customer_id, CustomerAddress.preferred)
        .values(preferred=False)
    )
