"""Promotions as those see and run them whose they are."""

from collections.abc import Sequence
from typing import Any

import services.promotions
import services.segments
from domain.access import Permission
from domain.coupons import Action
from domain.money import Money
from models.database import Row
from resolvers import coupons, pages
from resolvers.context import Context
from resolvers.loaders import promotions as loaders
from resolvers.loaders.promotions import CampaignRow
from resolvers.mutations import Change, Result
from resolvers.pages import Page


async def listing(
    root: Sequence[None], context: Context, *, state: str | None, first: int, after: str | None
) -> list[Page[CampaignRow]]:
    """Answer a page of the promotions that the viewer may run, the latest first."""
    viewer = context.viewer
    page = await pages.of_list(
        loaders.VISIBLE,
        context,
        first=first,
        after=after,
        count=lambda: loaders.COUNT_VISIBLE,
        everywhere=viewer.may(Permission.PLATFORM_CAMPAIGNS_WRITE),
        own=[each for each in viewer.merchants if viewer.may(Permission.CAMPAIGNS_WRITE, merchant_id=each)],
        state=state,
    )
    return [page for _ in root]


async def codes(
    promotions: Sequence[CampaignRow], context: Context, *, first: int, after: str | None
) -> list[Page[Row]]:
    """Answer a page of each promotion's codes that may be passed on, the oldest first."""
    return await pages.of_parents(
        loaders.CODES, context, promotions, first=first, after=after, count=loaders.CODES_COUNT
    )


async def uses(promotions: Sequence[CampaignRow], context: Context) -> list[dict[str, Any]]:
    """Answer how often each promotion was claimed and used, and what of its budget is spent."""
    found = await context.load_many(loaders.USES, [row["id"] for row in promotions])
    answers = []
    for promotion, used in zip(promotions, found, strict=True):
        counts = {"claimed": 0, "reserved": 0, "redeemed": 0, "spent": 0} if used is None else dict(used)
        has_budget = promotion["budget"] is not None
        spent = Money(counts["spent"], promotion["currencies"][0]) if has_budget else None
        answers.append({**counts, "spent": spent})
    return answers


def minimum_spend(promotion: CampaignRow) -> Money | None:
    """Give what must be spent; None if nothing."""
    return Money(promotion["minimum_spend"], promotion["currencies"][0]) if promotion["minimum_spend"] else None


def platform_share(promotion: CampaignRow) -> str:
    """Write the platform's share as per cent."""
    return coupons.per_cent(promotion["platform_share_bp"])


async def create(change: Change, *, merchant_id: int, promotion: dict[str, Any]) -> Result:
    """Draft a promotion of a merchant."""
    promotion_id = await services.promotions.create(
        change.session, viewer=change.viewer, merchant_id=merchant_id, given=promotion
    )
    return Result(promotion_id=promotion_id)


async def create_of_platform(change: Change, *, promotion: dict[str, Any]) -> Result:
    """Draft a promotion of the platform."""
    promotion_id = await services.promotions.create(
        change.session, viewer=change.viewer, merchant_id=None, given=promotion
    )
    return Result(promotion_id=promotion_id)


async def update(
    change: Change, *, promotion_id: int, promotion: dict[str, Any], expected_version: int | None = None
) -> Result:
    """Give a draft other terms."""
    await services.promotions.change(
        change.session,
        viewer=change.viewer,
        promotion_id=promotion_id,
        given=promotion,
        expected_version=expected_version,
    )
    return Result(promotion_id=promotion_id)


async def activate(change: Change, *, promotion_id: int) -> Result:
    """Activate a draft, or one that was paused."""
    return await _act(change, promotion_id, Action.ACTIVATE)


async def pause(change: Change, *, promotion_id: int) -> Result:
    """Pause a promotion."""
    return await _act(change, promotion_id, Action.PAUSE)


async def end(change: Change, *, promotion_id: int) -> Result:
    """End a promotion for good."""
    return await _act(change, promotion_id, Action.END)


async def add_codes(
    change: Change, *, promotion_id: int, codes: list[str], generate: int, use_limit: int | None
) -> Result:
    """Add codes to a promotion."""
    added = await services.promotions.add_codes(
        change.session,
        viewer=change.viewer,
        promotion_id=promotion_id,
        codes=codes,
        generate=generate,
        use_limit=use_limit,
    )
    return Result(promotion_id=promotion_id, added=added)


async def set_segments(change: Change, *, customer_id: int, segments: list[str]) -> Result:
    """Say in which segments a customer is."""
    await services.segments.replace(change.session, customer_id=customer_id, segments=segments)
    return Result(customer_id=customer_id, segments=sorted(set(segments)))


async def _act(change: Change, promotion_id: int, action: Action) -> Result:
    await services.promotions.act(
        change.session, viewer=change.viewer, promotion_id=promotion_id, action=action, now=change.now
    )
    return Result(promotion_id=promotion_id)
