"""The demo shop's promotions and coupons: some run by themselves, some by code, some are claimed."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import PlatformRole, Viewer
from domain.coupons import Action, Use
from domain.ledger import Reference
from models.accounts import Account
from models.categories import Category
from models.customers import Customer
from models.database import Database
from models.merchants import Merchant
from models.promotions import Promotion
from services import coupon_claims, coupons, promotions

_USD: Final = ["USD"]
_WELCOME: Final[dict[str, Any]] = {
    "title": "Welcome: 10 % off your first order",
    "method": "CODE",
    "benefit": {"percentage": {"percent": "10", "maximum": "25.00"}},
    "currencies": _USD,
    "conditions": {"first_order": True},
    "customer_limit": 1,
    "group": "welcome",
}
_SAVE: Final[dict[str, Any]] = {
    "title": "The more, the merrier",
    "method": "AUTOMATIC",
    "benefit": {"spend_steps": [{"spend": "150.00", "save": "10.00"}, {"spend": "300.00", "save": "30.00"}]},
    "currencies": _USD,
    "priority": 5,
}
_SHIPPING: Final[dict[str, Any]] = {
    "title": "Free delivery for members",
    "method": "CLAIM",
    "benefit": {"free_shipping": {"maximum": "9.90"}},
    "currencies": _USD,
    "customer_limit": 3,
    "valid_days": 60,
}
_FIVER: Final[dict[str, Any]] = {
    "title": "5.00 off from 40.00",
    "method": "CLAIM",
    "benefit": {"fixed_sum": {"amount": "5.00"}},
    "currencies": _USD,
    "conditions": {"minimum_spend": "40.00"},
    "customer_limit": 2,
    "total_limit": 1_000,
    "budget": "2500.00",
    "valid_days": 90,
}
_HOME: Final[dict[str, Any]] = {
    "title": "Home and living: 15 %",
    "method": "CODE",
    "benefit": {"percentage": {"percent": "15"}},
    "group": "season",
    "customer_limit": 5,
}
_THREE: Final[dict[str, Any]] = {
    "title": "Three for two",
    "method": "AUTOMATIC",
    "benefit": {"buy_get": {"buy": 2, "get": 1, "times": 2}},
}
_ADMIN: Final = Viewer(platform=PlatformRole.ADMIN)


async def load(
    database: Database, *, customer_email: str, merchant_slug: str, category_slug: str, now: datetime
) -> bool:
    """Set promotions up and let the demo customer claim some; gives False, and changes nothing, if there are any."""
    async with database.transaction() as session:
        if await session.scalar(select(Promotion.id).limit(1)) is not None:
            return False
        merchant_id = await session.scalar(select(Merchant.id).where(Merchant.slug == merchant_slug))
        category_id = await session.scalar(select(Category.id).where(Category.slug == category_slug))
        await _run(session, _WELCOME, codes=["WELCOME10"], now=now)
        await _run(session, _SAVE, now=now)
        shipping = await _run(session, _SHIPPING, now=now)
        fiver = await _run(session, _FIVER, now=now)
        if category_id is not None:
            home = {**_HOME, "scope": {"category_ids": [category_id], "label": "home and living"}}
            await _run(session, home, codes=["HOME15"], now=now)
        if merchant_id is not None:
            await _run(session, _THREE, merchant_id=merchant_id, now=now)
        customer_id = await session.scalar(
            select(Customer.id).join(Account, Account.id == Customer.account_id).where(Account.email == customer_email)
        )
        if customer_id is not None:
            await _shop(session, customer_id, fiver=fiver, shipping=shipping, now=now)
    return True


async def _run(
    session: AsyncSession,
    given: dict[str, Any],
    *,
    now: datetime,
    merchant_id: int | None = None,
    codes: list[str] | None = None,
) -> int:
    """Make a promotion and activate it."""
    promotion_id = await promotions.create(session, viewer=_ADMIN, merchant_id=merchant_id, given=given)
    if codes:
        await promotions.add_codes(
            session, viewer=_ADMIN, promotion_id=promotion_id, codes=codes, generate=0, use_limit=None
        )
    await promotions.act(session, viewer=_ADMIN, promotion_id=promotion_id, action=Action.ACTIVATE, now=now)
    return promotion_id


async def _shop(session: AsyncSession, customer_id: int, *, fiver: int, shipping: int, now: datetime) -> None:
    """Claim coupons over some months: one was used, one has expired, two can be used."""
    for promotion_id, days in ((fiver, 120), (shipping, 100), (shipping, 1), (fiver, 2)):
        claimed_at = now - timedelta(days=days)
        coupon_id = await coupon_claims.claim(
            session, promotion_id=promotion_id, customer_id=customer_id, now=claimed_at
        )
        if (promotion_id, days) == (fiver, 120):
            reference, at = Reference("DEMO_PURCHASE", 4), now - timedelta(days=60)
            use = Use(fiver, await coupon_claims.code_of(session, coupon_id=coupon_id), 500, 500)
            await coupons.reserve(
                session,
                uses=[use],
                customer_id=customer_id,
                currency=_USD[0],
                reference=reference,
                until=at + timedelta(minutes=15),
                now=at,
            )
            await coupons.redeem(session, reference=reference, now=at)
