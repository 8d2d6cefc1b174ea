"""The demo shop's member club: four levels, points with rates, and a year of the demo customer's purchases."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import points as rules
from domain.ledger import Reference
from domain.membership import Level
from domain.points import PLATFORM_PROGRAMME
from models.accounts import Account
from models.customers import Customer
from models.database import Database
from models.merchants import Merchant
from models.points import PointsProgramme
from services import membership, points, points_reservations
from services.points import Rates

CURRENCY: Final = "USD"
LEVELS: Final = (
    Level(0, "Bronze", CURRENCY, 0),
    Level(0, "Silver", CURRENCY, 30_000, discount_bp=250, points_multiplier_bp=12_500),
    Level(0, "Gold", CURRENCY, 100_000, discount_bp=500, free_shipping_from=5_000, points_multiplier_bp=15_000),
    Level(0, "Platinum", CURRENCY, 300_000, discount_bp=800, free_shipping_from=0, points_multiplier_bp=20_000),
)
RATES: Final = Rates(earn_bp=100, burn_bp=10_000)
"""A point for each unit of money, which pays a hundredth of one."""
DOUBLE: Final = Rates(earn_bp=200, burn_bp=10_000)
_PURCHASES: Final = ((330, 12_990), (250, 21_950), (140, 7_500), (60, 18_000), (3, 4_990))
"""How many days ago, and for how many minor units. The last one is not delivered yet."""
_REDEEMED: Final = 150


async def load(database: Database, *, customer_email: str, merchant_slug: str, now: datetime) -> bool:
    """Set the club up and let the demo customer have shopped; gives False, and changes nothing, if there is a club."""
    async with database.transaction() as session:
        if await session.get(PointsProgramme, PLATFORM_PROGRAMME) is not None or await membership.levels(session):
            return False
        await points.programme_set(session, name="Souk points", currency=CURRENCY, expires_after_days=365)
        await points.rates_set(session, rates=RATES)
        merchant_id = await session.scalar(select(Merchant.id).where(Merchant.slug == merchant_slug))
        if merchant_id is not None:
            await points.rates_set(session, rates=DOUBLE, merchant_id=merchant_id)
        await membership.levels_set(session, levels=LEVELS, now=now)
        customer_id = await session.scalar(
            select(Customer.id).join(Account, Account.id == Customer.account_id).where(Account.email == customer_email)
        )
        if customer_id is not None:
            await _shop(session, customer_id, now=now)
    return True


async def _shop(session: AsyncSession, customer_id: int, *, now: datetime) -> None:
    for number, (days, amount) in enumerate(_PURCHASES, 1):
        reference, at = Reference("DEMO_PURCHASE", number), now - timedelta(days=days)
        level = await membership.level(session, customer_id=customer_id)
        earned = rules.earned(
            amount, earn_bp=RATES.earn_bp, multiplier_bp=level.points_multiplier_bp if level else rules.BASIS
        )
        await membership.record_spend(
            session, customer_id=customer_id, amount=amount, currency=CURRENCY, reference=reference, now=at
        )
        await points.earn(session, customer_id=customer_id, points=earned, reference=reference, now=at)
        if number < len(_PURCHASES):
            await points.confirm(session, reference=reference, now=at + timedelta(days=5))
        if number == len(_PURCHASES) - 1:
            await points_reservations.reserve(
                session,
                customer_id=customer_id,
                points=_REDEEMED,
                reference=reference,
                until=at + timedelta(minutes=15),
                now=at,
            )
            await points_reservations.redeem(session, reference=reference, now=at)
