"""Coupons: what lies in wallets, what can be claimed, and how it is claimed."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import services.coupon_claims
from domain import coupons as rules
from domain.coupons import WalletStatus
from domain.money import Money
from models.database import Row
from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import coupons as loaders
from resolvers.loaders.coupons import OfferRow, WalletRow
from resolvers.loaders.membership import MembershipRow
from resolvers.mutations import Change, Result
from resolvers.pages import Page
from services.access import NotFoundError


async def of_members(
    memberships: Sequence[MembershipRow], context: Context, *, first: int, after: str | None
) -> list[Page[WalletRow]]:
    """Answer a page of each customer's claimed coupons, the latest first."""
    return await pages.of_parents(
        loaders.WALLET, context, memberships, first=first, after=after, count=loaders.WALLET_COUNT
    )


async def offers(root: Sequence[None], context: Context, *, first: int, after: str | None) -> list[Page[OfferRow]]:
    """Answer a page of what the viewer can claim, the latest first."""
    page = await pages.of_list(
        loaders.OFFERS,
        context,
        first=first,
        after=after,
        count=lambda: loaders.OFFERS_COUNT,
        customer_id=context.viewer.customer_id,
    )
    return [page for _ in root]


def itself(row: Row) -> Row:
    """Give a row as the source of what it gives."""
    return row


def status(coupon: WalletRow) -> str:
    """Say what can be done with a coupon now."""
    found: WalletStatus = rules.wallet_status(
        state=coupon["state"],
        starts_at=coupon["starts_at"],
        valid_until=coupon["valid_until"],
        reserved=coupon["reserved"],
        redeemed=coupon["redeemed"],
        now=datetime.now(UTC),
    )
    return found.value


def percent(row: Row) -> str:
    """Write basis points as per cent: 1,250 is "12.5"."""
    return per_cent(row["percent_bp"])


def per_cent(basis_points: int) -> str:
    """Write basis points as per cent, without trailing zeros."""
    return f"{Decimal(basis_points).scaleb(-2).normalize():f}"


def sum_of(name: str) -> Callable[[Row], Money | None]:
    """Make a function that reads a sum of a promotion's row in its one currency; None where there is none."""

    def read(row: Row) -> Money | None:
        return None if row[name] is None else Money(row[name], row["currencies"][0])

    return read


def steps(row: Row) -> list[dict[str, Money]]:
    """Give the steps of spend-and-save."""
    currency = row["currencies"][0]
    return [
        {"spend": Money(spend, currency), "save": Money(save, currency)}
        for spend, save in zip(row["step_spends"], row["step_saves"], strict=True)
    ]


async def claim(change: Change, *, offer_id: int) -> Result:
    """Claim a coupon for the viewer."""
    if change.viewer.customer_id is None:
        raise NotFoundError("coupon offer", field="offer_id")
    coupon_id = await services.coupon_claims.claim(
        change.session, promotion_id=offer_id, customer_id=change.viewer.customer_id, now=change.now
    )
    return Result(coupon_id=coupon_id)
