"""The rules of commission: what the platform keeps of which merchant's and category's sales, from now on.

Orders keep the commission that they were placed with.
"""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from models.categories import Category
from models.commissions import CommissionRule
from models.merchants import Merchant
from services import outbox
from services.access import NotFoundError


async def set_rule(session: AsyncSession, *, merchant_id: int | None, category_id: int | None, rate_bp: int) -> int:
    """Set the rate, in basis points, for a merchant, a category with those below it, both, or (neither) all.

    Gives the rule's id. Raises NotFoundError for a merchant or category that there is not.
    """
    if merchant_id is not None and await session.get(Merchant, merchant_id) is None:
        raise NotFoundError("merchant", field="merchant_id")
    if category_id is not None and await session.get(Category, category_id) is None:
        raise NotFoundError("category", field="category_id")
    made = upsert(CommissionRule).values(merchant_id=merchant_id, category_id=category_id, rate_bp=rate_bp)
    changed = made.on_conflict_do_update(
        index_elements=[CommissionRule.merchant_id, CommissionRule.category_id],
        set_={"rate_bp": rate_bp, "version": CommissionRule.version + 1},
    )
    row = (await session.execute(changed.returning(CommissionRule.id, CommissionRule.version))).one()
    await _told(session, row.id, row.version, merchant_id=merchant_id, category_id=category_id, rate_bp=rate_bp)
    return int(row.id)


async def remove(session: AsyncSession, *, rule_id: int) -> None:
    """Remove a rule: the next closest holds then. Raises NotFoundError."""
    rule = await session.scalar(select(CommissionRule).where(CommissionRule.id == rule_id).with_for_update())
    if rule is None:
        raise NotFoundError("commission rule", field="rule_id")
    await session.execute(delete(CommissionRule).where(CommissionRule.id == rule_id))
    await _told(
        session, rule_id, rule.version + 1, merchant_id=rule.merchant_id, category_id=rule.category_id, rate_bp=None
    )


async def _told(
    session: AsyncSession,
    rule_id: int,
    version: int,
    *,
    merchant_id: int | None,
    category_id: int | None,
    rate_bp: int | None,
) -> None:
    data = {"merchant_id": merchant_id, "category_id": category_id, "rate_bp": rate_bp}
    await outbox.append(session, "COMMISSION_CHANGED", subject=("commission_rule", rule_id), version=version, data=data)
