"""The rules of commission: listed, set and removed by administrators."""

from collections.abc import Sequence

import services.commissions
from domain import percents
from domain.access import Permission
from resolvers import coupons, pages
from resolvers.context import Context
from resolvers.loaders import commissions as loaders
from resolvers.loaders.commissions import CommissionRuleRow
from resolvers.mutations import Change, Result
from resolvers.pages import Page


async def listing(
    root: Sequence[None], context: Context, *, first: int, after: str | None
) -> list[Page[CommissionRuleRow]]:
    """Answer a page of the rules; others than administrators see none."""
    if not context.viewer.may(Permission.COMMISSIONS_SET):
        return [
            Page([], has_next_page=False, has_previous_page=False, cursor=loaders.ALL.cursor, count=0) for _ in root
        ]
    page = await pages.of_list(loaders.ALL, context, first=first, after=after, count=lambda: loaders.COUNT)
    return [page for _ in root]


def rate_percent(rule: CommissionRuleRow) -> str:
    """Write a rule's rate as per cent."""
    return coupons.per_cent(rule["rate_bp"])


async def set_rule(
    change: Change, *, rate_percent: str, merchant_id: int | None = None, category_id: int | None = None
) -> Result:
    """Set a rate."""
    rate_bp = percents.basis_points(rate_percent, field="rate_percent")
    rule_id = await services.commissions.set_rule(
        change.session, merchant_id=merchant_id, category_id=category_id, rate_bp=rate_bp
    )
    return Result(rule_id=rule_id)


async def remove(change: Change, *, rule_id: int) -> Result:
    """Remove a rule."""
    await services.commissions.remove(change.session, rule_id=rule_id)
    return Result(done=True)
