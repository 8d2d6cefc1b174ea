"""Coupons that customers claim: each customer's own, counted when it is claimed and good for one use."""

import secrets
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import coupons as rules
from domain.coupons import CustomerLimitError, UsedUpError
from models.promotions import Coupon, Promotion, PromotionCounter, PromotionCustomer
from services import customers, outbox, promotion_facts
from services.access import NotFoundError


async def claim(session: AsyncSession, *, promotion_id: int, customer_id: int, now: datetime) -> int:
    """Claim a coupon of a promotion for a customer; gives the coupon's id.

    Raises NotFoundError when there is none to be claimed, or not by this customer; UsedUpError when all are gone;
    CustomerLimitError when the customer has had as many as one may have.
    """
    await customers.present(session, customer_id=customer_id)
    counter = await session.scalar(
        select(PromotionCounter).where(PromotionCounter.promotion_id == promotion_id).with_for_update(key_share=True)
    )
    promotion = await session.scalar(select(Promotion).where(Promotion.id == promotion_id))
    shopper = await promotion_facts.shopper_of(session, customer_id=customer_id)
    if (
        promotion is None
        or not rules.can_be_claimed(
            method=promotion.method,
            state=promotion.state,
            claim_from=promotion.claim_from,
            claim_until=promotion.claim_until,
            now=now,
        )
        or (promotion.ends_at is not None and promotion.ends_at <= now)
        or not promotion_facts.usable({"customer_id": None, "segments": promotion.segments}, shopper)
    ):
        raise NotFoundError("coupon offer", field="offer_id")
    customer = await _locked(session, promotion, customer_id=customer_id)
    if customer.claimed >= customer.customer_limit:
        raise CustomerLimitError(promotion.title, field="offer_id")
    if counter is not None and counter.total_limit is not None and counter.claimed >= counter.total_limit:
        raise UsedUpError(promotion.title, field="offer_id")
    customer.claimed += 1
    if counter is not None:
        counter.claimed += 1
    made = await session.execute(
        insert(Coupon).returning(Coupon.id),
        {
            "promotion_id": promotion_id,
            "code": rules.write_code(secrets.token_bytes(8)),
            "customer_id": customer_id,
            "use_limit": 1,
            "valid_until": rules.valid_until(
                claimed_at=now, valid_days=promotion.valid_days, ends_at=promotion.ends_at
            ),
            "claimed_at": now,
        },
    )
    coupon_id: int = made.scalar_one()
    await session.flush()
    await outbox.append(
        session,
        "COUPON_CLAIMED",
        subject=("coupon", coupon_id),
        version=1,
        data={"promotion_id": promotion_id, "customer_id": customer_id},
    )
    return coupon_id


async def code_of(session: AsyncSession, *, coupon_id: int) -> str:
    """Give the code of a coupon that there is."""
    found = await session.scalars(select(Coupon.code).where(Coupon.id == coupon_id))
    return found.one()


async def _locked(session: AsyncSession, promotion: Promotion, *, customer_id: int) -> PromotionCustomer:
    """Lock what counts a customer's coupons of a promotion; it is made if it is missing."""
    await session.execute(
        upsert(PromotionCustomer).on_conflict_do_nothing(),
        {"promotion_id": promotion.id, "customer_id": customer_id, "customer_limit": promotion.customer_limit},
    )
    found = await session.scalars(
        select(PromotionCustomer)
        .where(PromotionCustomer.promotion_id == promotion.id, PromotionCustomer.customer_id == customer_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.one()
