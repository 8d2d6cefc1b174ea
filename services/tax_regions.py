"""Where which taxes are raised, as administrators set it."""

from dataclasses import replace
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import tax_regions as rules
from domain import versions
from domain.access import Permission, Viewer
from domain.errors import InvalidInput
from domain.money import Rounding
from domain.tax import TaxRounding
from domain.tax_regions import Region
from models.taxes import TaxRate, TaxRegion
from services import access, outbox
from services.access import NotFoundError

NOUN: Final = "tax region"


async def create(session: AsyncSession, *, viewer: Viewer, region: Region) -> int:
    """Raise taxes somewhere; gives the region's id. Raises NotFoundError, InvalidInput."""
    access.require(viewer, Permission.TAXES_WRITE, noun=NOUN)
    rules.checked(region)
    await _make_room(session, region)
    made = await session.execute(
        upsert(TaxRegion)
        .values(
            country=region.country,
            region=region.region,
            name=region.name.strip(),
            inclusive=region.inclusive,
            per=region.per.value,
            rounding=region.rounding.value,
            is_default=region.is_default,
        )
        .on_conflict_do_nothing(index_elements=[TaxRegion.country, TaxRegion.region])
        .returning(TaxRegion.id)
    )
    region_id = made.scalar_one_or_none()
    if region_id is None:
        raise InvalidInput(f"country: the taxes of {region.code} are set up already", field="country")
    await _write_rates(session, region_id, region)
    await outbox.append(session, "TAX_REGION_CHANGED", subject=("tax_region", region_id), version=1)
    return region_id


async def change(
    session: AsyncSession, *, viewer: Viewer, region_id: int, expected_version: int | None, **given: Any
) -> None:
    """Change what is given of a region: name, inclusive, per, rounding, is_default, rates (all of them).

    Raises NotFoundError, InvalidInput, VersionError.
    """
    found = await _locked(session, viewer, region_id, expected_version)
    rates = await session.execute(select(TaxRate.tax_class, TaxRate.rate_bp).where(TaxRate.region_id == region_id))
    before = Region(
        found.country,
        found.region,
        found.name,
        inclusive=found.inclusive,
        per=TaxRounding(found.per),
        rounding=Rounding(found.rounding),
        rates={row.tax_class: row.rate_bp for row in rates},
        is_default=found.is_default,
    )
    after = rules.checked(replace(before, **given))
    if before.is_default and not after.is_default:
        raise InvalidInput("isDefault: make another region the default instead", field="is_default")
    if not before.is_default:
        await _make_room(session, after)
    found.name, found.inclusive, found.is_default = after.name.strip(), after.inclusive, after.is_default
    found.per, found.rounding = after.per.value, after.rounding.value
    found.version += 1
    await session.flush()
    await session.execute(delete(TaxRate).where(TaxRate.region_id == region_id))
    await _write_rates(session, region_id, after)
    await outbox.append(session, "TAX_REGION_CHANGED", subject=("tax_region", region_id), version=found.version)


async def remove(session: AsyncSession, *, viewer: Viewer, region_id: int, expected_version: int | None) -> None:
    """Raise no taxes there any more. Raises NotFoundError, InvalidInput for the default region, VersionError."""
    found = await _locked(session, viewer, region_id, expected_version)
    if found.is_default:
        raise InvalidInput("regionId: it is the shop's default; make another one that first", field="region_id")
    await session.execute(delete(TaxRegion).where(TaxRegion.id == region_id))
    await outbox.append(session, "TAX_REGION_REMOVED", subject=("tax_region", region_id), version=found.version + 1)


async def _locked(session: AsyncSession, viewer: Viewer, region_id: int, expected_version: int | None) -> TaxRegion:
    access.require(viewer, Permission.TAXES_WRITE, noun=NOUN, field="region_id")
    found = await session.scalar(select(TaxRegion).where(TaxRegion.id == region_id).with_for_update())
    if found is None:
        raise NotFoundError(NOUN, field="region_id")
    versions.check(NOUN, expected=expected_version, found=found.version)
    return found


async def _make_room(session: AsyncSession, region: Region) -> None:
    """Let the region that is the default so far be it no more, if this one shall."""
    if not region.is_default:
        return
    former = await session.execute(
        update(TaxRegion)
        .where(TaxRegion.is_default)
        .values(is_default=False, version=TaxRegion.version + 1)
        .returning(TaxRegion.id, TaxRegion.version)
    )
    for row in former.all():
        await outbox.append(session, "TAX_REGION_CHANGED", subject=("tax_region", row.id), version=row.version)


async def _write_rates(session: AsyncSession, region_id: int, region: Region) -> None:
    await session.execute(
        insert(TaxRate),
        [
            {"region_id": region_id, "tax_class": tax_class, "rate_bp": rate_bp}
            for tax_class, rate_bp in sorted(region.rates.items())
        ],
    )
