"""Budgets of promotions: set aside in the ledger, paid out as coupons are redeemed, and what is left goes home.

A budget pays its owner's part of what is taken off: the platform's for its promotions, the merchant's for its own.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain import ledger as accounts
from domain.coupons import Use
from domain.ledger import Account, AccountKind, OwnerType, Reference
from models.promotions import CouponReservation, Promotion, PromotionCounter
from services import ledger


def funded(promotion: Promotion, use: Use) -> int:
    """Say what of a use the promotion's budget pays, in minor units; nothing without a budget."""
    if promotion.budget is None:
        return 0
    return use.platform_amount if promotion.merchant_id is None else use.amount - use.platform_amount


async def set_aside(session: AsyncSession, promotion: Promotion, *, now: datetime) -> None:
    """Set a promotion's budget aside, once."""
    if promotion.budget is not None:
        await ledger.post(
            session,
            reason="COUPON_FUNDED",
            reference=_itself(promotion),
            postings=accounts.move(promotion.budget, source=_home(promotion), target=_fund(promotion)),
            now=now,
        )


async def pay(session: AsyncSession, promotion: Promotion, row: CouponReservation, *, now: datetime) -> None:
    """Pay what the budget pays of a redeemed use, to the payments' account."""
    await _move(session, promotion, row, "COUPON_REDEEMED", sign=1, now=now)


async def take_back(session: AsyncSession, promotion: Promotion, row: CouponReservation, *, now: datetime) -> None:
    """Take back what the budget paid of a use that is given back."""
    await _move(session, promotion, row, "COUPON_RETURNED", sign=-1, now=now)


async def empty(session: AsyncSession, promotion: Promotion, counter: PromotionCounter, *, now: datetime) -> None:
    """Give what is left of an ended promotion's budget back to its owner; what is reserved stays until then."""
    left = (counter.budget or 0) - counter.spent
    if left == 0:
        return
    counter.budget = counter.spent
    await session.flush()
    await ledger.post(
        session,
        reason="COUPON_FUND_EMPTIED",
        reference=_itself(promotion),
        postings=accounts.move(left, source=_fund(promotion), target=_home(promotion)),
        now=now,
        once=False,
    )


async def _move(
    session: AsyncSession, promotion: Promotion, row: CouponReservation, reason: str, *, sign: int, now: datetime
) -> None:
    if row.funded == 0:
        return
    payments = accounts.platform(AccountKind.PAYMENTS, row.currency)
    await ledger.post(
        session,
        reason=reason,
        reference=Reference("COUPON_RESERVATION", row.id),
        postings=accounts.move(sign * row.funded, source=_fund(promotion), target=payments),
        now=now,
    )


def _itself(promotion: Promotion) -> Reference:
    return Reference("PROMOTION", promotion.id)


def _fund(promotion: Promotion) -> Account:
    return Account(AccountKind.COUPON_FUND, promotion.currencies[0], OwnerType.COUPON, promotion.id)


def _home(promotion: Promotion) -> Account:
    currency = promotion.currencies[0]
    if promotion.merchant_id is None:
        return accounts.platform(AccountKind.PLATFORM_EXPENSE, currency)
    return accounts.merchant(AccountKind.MERCHANT_PAYABLE, currency, promotion.merchant_id)
