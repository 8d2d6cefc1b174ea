"""On which terms goods are sold: how they are sent and taxed. Set up by whoever runs the shop."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.deliveries import Method
from domain.errors import InvalidInput
from domain.tax_regions import Region
from models.deliveries import DeliveryMethod
from models.taxes import TaxRate, TaxRegion


async def methods_set(session: AsyncSession, *, methods: Sequence[Method]) -> None:
    """Offer these ways of sending, or change them: one is known by its merchant, code and currency."""
    for method in methods:
        values = {
            "label": method.label,
            "price": method.price,
            "free_from": method.free_from,
            "countries": None if method.countries is None else sorted(method.countries),
            "tax_class": method.tax_class,
        }
        made = upsert(DeliveryMethod).values(
            merchant_id=method.merchant_id, code=method.code, currency=method.currency, **values
        )
        key = [DeliveryMethod.merchant_id, DeliveryMethod.code, DeliveryMethod.currency]
        counted = {**values, "version": DeliveryMethod.version + 1}
        await session.execute(made.on_conflict_do_update(index_elements=key, set_=counted))


async def regions_set(session: AsyncSession, *, regions: Sequence[Region]) -> None:
    """Raise these taxes, or change them: a region is known by its code; of all regions one may be the default.

    Raises InvalidInput for more than one default, and for a region without a standard rate.
    """
    if sum(region.is_default for region in regions) > 1:
        raise InvalidInput("regions: only one can be the shop's default")
    if any(region.is_default for region in regions):
        await session.execute(update(TaxRegion).values(is_default=False).where(TaxRegion.is_default))
    for region in regions:
        if "standard" not in region.rates:
            raise InvalidInput(f"regions: {region.code} needs a standard rate")
        values = {
            "name": region.name,
            "inclusive": region.inclusive,
            "per": region.per.value,
            "rounding": region.rounding.value,
            "is_default": region.is_default,
        }
        made = upsert(TaxRegion).values(country=region.country, region=region.region, **values)
        stored = await session.execute(
            made.on_conflict_do_update(
                index_elements=[TaxRegion.country, TaxRegion.region], set_={**values, "version": TaxRegion.version + 1}
            ).returning(TaxRegion.id)
        )
        region_id = stored.scalar_one()
        await session.execute(delete(TaxRate).where(TaxRate.region_id == region_id))
        rates = [
            {"region_id": region_id, "tax_class": tax_class, "rate_bp": rate}
            for tax_class, rate in region.rates.items()
        ]
        await session.execute(insert(TaxRate), rates)
