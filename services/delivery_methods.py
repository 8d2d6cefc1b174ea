"""How goods are sent, and for how much: set by a merchant's staff for its goods, by administrators for everybody's."""

from dataclasses import replace
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import deliveries as rules
from domain import versions
from domain.access import Permission, Viewer
from domain.deliveries import Method
from domain.errors import InvalidInput
from models.deliveries import DeliveryMethod
from models.merchants import Merchant
from services import access, outbox
from services.access import NotFoundError

NOUN: Final = "delivery method"


async def create(session: AsyncSession, *, viewer: Viewer, method: Method) -> int:
    """Offer a way of sending, a merchant's or the platform's; gives its id. Raises NotFoundError, InvalidInput."""
    _require(viewer, method.merchant_id, noun="merchant", field="merchant_id")
    if method.merchant_id is not None:
        known = select(Merchant.id).where(Merchant.id == method.merchant_id).with_for_update(key_share=True)
        if await session.scalar(known) is None:
            raise NotFoundError("merchant", field="merchant_id")
    rules.checked(method)
    count = await session.scalar(
        select(func.count())
        .select_from(DeliveryMethod)
        .where(DeliveryMethod.merchant_id.is_not_distinct_from(method.merchant_id))
    )
    if (count or 0) >= rules.METHODS_MAX:
        raise InvalidInput(f"merchantId: there are {count} methods, as many as there may be", field="merchant_id")
    made = await session.execute(
        upsert(DeliveryMethod)
        .values(
            merchant_id=method.merchant_id,
            code=method.code,
            currency=method.currency,
            label=method.label.strip(),
            price=method.price,
            free_from=method.free_from,
            countries=_stored(method.countries),
            tax_class=method.tax_class,
        )
        .on_conflict_do_nothing()
        .returning(DeliveryMethod.id)
    )
    method_id = made.scalar_one_or_none()
    if method_id is None:
        raise InvalidInput(f"code: there is a method {method.code!r} in {method.currency} already", field="code")
    await outbox.append(session, "DELIVERY_METHOD_CHANGED", subject=("delivery_method", method_id), version=1)
    return method_id


async def change(
    session: AsyncSession, *, viewer: Viewer, method_id: int, expected_version: int | None, **given: Any
) -> None:
    """Change what is given of a method: label, price, free_from, countries, tax_class, in minor units of its currency.

    Raises NotFoundError, InvalidInput, VersionError.
    """
    found = await _locked(session, viewer, method_id, expected_version)
    before = Method(
        found.merchant_id,
        found.code,
        found.label,
        found.currency,
        found.price,
        free_from=found.free_from,
        countries=None if found.countries is None else frozenset(found.countries),
        tax_class=found.tax_class,
    )
    after = rules.checked(replace(before, **given))
    found.label, found.price, found.free_from = after.label.strip(), after.price, after.free_from
    found.countries, found.tax_class = _stored(after.countries), after.tax_class
    found.version += 1
    await session.flush()
    await outbox.append(
        session, "DELIVERY_METHOD_CHANGED", subject=("delivery_method", method_id), version=found.version
    )


async def currency(session: AsyncSession, *, method_id: int) -> str:
    """Give the currency of a method. Raises NotFoundError."""
    found = await session.scalar(select(DeliveryMethod.currency).where(DeliveryMethod.id == method_id))
    if found is None:
        raise NotFoundError(NOUN, field="method_id")
    return found


async def remove(session: AsyncSession, *, viewer: Viewer, method_id: int, expected_version: int | None) -> None:
    """Offer a method no more; orders that chose it keep it. Raises NotFoundError, VersionError."""
    found = await _locked(session, viewer, method_id, expected_version)
    await session.execute(delete(DeliveryMethod).where(DeliveryMethod.id == method_id))
    await outbox.append(
        session, "DELIVERY_METHOD_REMOVED", subject=("delivery_method", method_id), version=found.version + 1
    )


async def _locked(
    session: AsyncSession, viewer: Viewer, method_id: int, expected_version: int | None
) -> DeliveryMethod:
    found = await session.scalar(select(DeliveryMethod).where(DeliveryMethod.id == method_id).with_for_update())
    if found is None:
        raise NotFoundError(NOUN, field="method_id")
    _require(viewer, found.merchant_id, noun=NOUN, field="method_id")
    versions.check(NOUN, expected=expected_version, found=found.version)
    return found


def _require(viewer: Viewer, merchant_id: int | None, *, noun: str, field: str) -> None:
    """Raise NotFoundError unless the viewer may change the merchant's methods, or the platform's if none is named."""
    access.require(viewer, Permission.DELIVERIES_WRITE, merchant_id=merchant_id, noun=noun, field=field)
    if merchant_id is None and viewer.platform is None:
        raise NotFoundError(noun, field=field)


def _stored(countries: frozenset[str] | None) -> list[str] | None:
    return None if countries is None else sorted(countries)
