"""Budgets of promotions: set aside in the ledger, paid out as coupons are redeemed, and what is left goes home.

A budget pays its owner's part of what is taken off: the platform's for its promotions, the merchant's for its own.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from domain import ledger as accounts
from domain.coupons import State, Use
from domain.ledger import Account, AccountKind, OwnerType, Reference
from models.promotions import Promotion
from models.transactions import driver_of
from services import ledger

_OWNERS: Final = "SELECT id, merchant_id, currencies[1] AS currency, state FROM promotions WHERE id = ANY($1::bigint[])"
_LEFT: Final = "SELECT budget - spent FROM promotion_counters WHERE promotion_id = $1 FOR NO KEY UPDATE"
_EMPTY: Final = "UPDATE promotion_counters SET budget = spent WHERE promotion_id = $1"


class _Fund(NamedTuple):
    """A promotion's budget in the ledger: of a merchant, or of the platform if that is None."""

    promotion_id: int
    merchant_id: int | None
    currency: str

    @property
    def reference(self) -> Reference:
        return Reference("PROMOTION", self.promotion_id)

    @property
    def account(self) -> Account:
        return Account(AccountKind.COUPON_FUND, self.currency, OwnerType.COUPON, self.promotion_id)

    @property
    def home(self) -> Account:
        if self.merchant_id is None:
            return accounts.platform(AccountKind.PLATFORM_EXPENSE, self.currency)
        return accounts.merchant(AccountKind.MERCHANT_PAYABLE, self.currency, self.merchant_id)


def funded(promotion: Mapping[str, Any], use: Use) -> int:
    """Say what of a use the promotion's budget pays, in minor units; nothing without a budget."""
    if promotion["budget"] is None:
        return 0
    return use.platform_amount if promotion["merchant_id"] is None else use.amount - use.platform_amount


async def set_aside(session: AsyncSession, promotion: Promotion, *, now: datetime) -> None:
    """Set a promotion's budget aside, once."""
    if promotion.budget is not None:
        fund = _fund_of(promotion)
        await ledger.post(
            session,
            reason="COUPON_FUNDED",
            reference=fund.reference,
            postings=accounts.move(promotion.budget, source=fund.home, target=fund.account),
            now=now,
        )


async def pay(session: AsyncSession, uses: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Pay what budgets pay of redeemed uses (`id`, `promotion_id`, `currency`, `funded`), to the payments' account."""
    async for fund, use, _ in _funds(session, uses):
        await _move(session, fund, use, "COUPON_REDEEMED", sign=1, now=now)


async def let_go(session: AsyncSession, uses: Sequence[Mapping[str, Any]], *, paid: bool, now: datetime) -> None:
    """Take back what budgets have `paid` of uses that are given back; budgets of promotions that have ended go home.

    Of uses that are released nothing was paid. Whoever calls has counted them no more, under the lock of the counters.
    """
    async for fund, use, state in _funds(session, uses):
        if paid:
            await _move(session, fund, use, "COUPON_RETURNED", sign=-1, now=now)
        if state == State.ENDED and (left := await _left(session, fund.promotion_id)):
            await _go_home(session, fund, left, now=now)


async def empty(session: AsyncSession, promotion: Promotion, *, now: datetime) -> None:
    """Give what is left of an ended promotion's budget back to its owner; what is reserved stays until then.

    Waits for those who reserve it just now, if anything of it is counted.
    """
    if left := await _left(session, promotion.id):
        await _go_home(session, _fund_of(promotion), left, now=now)


async def _left(session: AsyncSession, promotion_id: int) -> int:
    """Say what a budget has left, under lock; nothing without a budget."""
    return await driver_of(session).fetchval(_LEFT, promotion_id) or 0


async def _go_home(session: AsyncSession, fund: _Fund, left: int, *, now: datetime) -> None:
    await driver_of(session).execute(_EMPTY, fund.promotion_id)
    await ledger.post(
        session,
        reason="COUPON_FUND_EMPTIED",
        reference=fund.reference,
        postings=accounts.move(left, source=fund.account, target=fund.home),
        now=now,
        once=False,
    )


async def _funds(
    session: AsyncSession, uses: Sequence[Mapping[str, Any]]
) -> AsyncIterator[tuple[_Fund, Mapping[str, Any], str]]:
    """Give each use that a budget pays of, with its fund and the state of its promotion."""
    if funded := [use for use in uses if use["funded"]]:
        rows = await driver_of(session).fetch(_OWNERS, [use["promotion_id"] for use in funded])
        owners = {row["id"]: row for row in rows}
        for use in funded:
            owner = owners[use["promotion_id"]]
            yield _Fund(owner["id"], owner["merchant_id"], owner["currency"]), use, owner["state"]


async def _move(
    session: AsyncSession, fund: _Fund, use: Mapping[str, Any], reason: str, *, sign: int, now: datetime
) -> None:
    payments = accounts.platform(AccountKind.PAYMENTS, use["currency"])
    await ledger.post(
        session,
        reason=reason,
        reference=Reference("COUPON_RESERVATION", use["id"]),
        postings=accounts.move(sign * use["funded"], source=fund.account, target=payments),
        now=now,
    )


def _fund_of(promotion: Promotion) -> _Fund:
    return _Fund(promotion.id, promotion.merchant_id, promotion.currencies[0])
