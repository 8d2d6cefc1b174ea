"""The demo shop's deliveries and taxes: inclusive ones in Europe and Japan, on top in the United States."""

from typing import Final

from sqlalchemy import select

from domain.deliveries import Method
from domain.money import Rounding
from domain.tax import TaxRounding
from domain.tax_regions import Region
from models.database import Database
from models.deliveries import DeliveryMethod
from models.merchants import Merchant
from services import cart_terms

_EUROPE: Final = frozenset({"AT", "BE", "DE", "ES", "FR", "IT", "NL"})
METHODS: Final = (
    Method(None, "standard", "Standard delivery", "USD", 590, free_from=7_500),
    Method(None, "express", "Express delivery", "USD", 1_490, countries=frozenset({"US", "DE", "FR"})),
    Method(None, "standard", "Standard delivery", "EUR", 490, free_from=6_900),
    Method(None, "express", "Express delivery", "EUR", 1_290, countries=_EUROPE),
)
REGIONS: Final = (
    Region("US", None, "Sales tax", inclusive=False, rates={"standard": 0}, is_default=True),
    Region("US", "CA", "Sales tax", inclusive=False, per=TaxRounding.PER_ORDER, rates={"standard": 725, "reduced": 0}),
    Region(
        "US", "NY", "Sales tax", inclusive=False, per=TaxRounding.PER_ORDER, rates={"standard": 888, "reduced": 400}
    ),
    Region("DE", None, "VAT", inclusive=True, rates={"standard": 1_900, "reduced": 700}),
    Region("FR", None, "VAT", inclusive=True, rates={"standard": 2_000, "reduced": 550}),
    Region("AT", None, "VAT", inclusive=True, rates={"standard": 2_000, "reduced": 1_000}),
    Region("NL", None, "VAT", inclusive=True, rates={"standard": 2_100, "reduced": 900}),
    Region("GB", None, "VAT", inclusive=True, rates={"standard": 2_000, "reduced": 500}),
    Region("JP", None, "Consumption tax", inclusive=True, rounding=Rounding.HALF_EVEN, rates={"standard": 1_000}),
)


async def load(database: Database, *, merchant_slug: str) -> bool:
    """Set deliveries and taxes up; gives False, and changes nothing, if there are deliveries already."""
    async with database.transaction() as session:
        if await session.scalar(select(DeliveryMethod.id).limit(1)) is not None:
            return False
        await cart_terms.methods_set(session, methods=METHODS)
        merchant_id = await session.scalar(select(Merchant.id).where(Merchant.slug == merchant_slug))
        if merchant_id is not None:
            own = Method(merchant_id, "standard", "Delivery to the kerb", "USD", 990, free_from=20_000)
            await cart_terms.methods_set(session, methods=[own])
        await cart_terms.regions_set(session, regions=REGIONS)
    return True
