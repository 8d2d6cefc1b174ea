"""The counters of promotions, locked in one order: by promotion, then coupons by id, then the customer's by promotion.

What is counted is also held by CHECKs on the very rows; the rules here only say it in words first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.coupons import CouponRefusedError, CustomerLimitError, UsedUpError
from models.promotions import Coupon, Promotion, PromotionCounter, PromotionCustomer

T = TypeVar("T")


@dataclass(slots=True)
class Locked:
    """The counters of some promotions, for one customer, under lock until the transaction ends."""

    promotions: dict[int, Promotion]
    counters: dict[int, PromotionCounter]
    coupons: dict[int, Coupon]
    customers: dict[int, PromotionCustomer]

    def reserve(self, promotion: Promotion, coupon_id: int | None, *, funded: int) -> None:
        """Count a use that is reserved, and what its budget pays. Raises UsedUpError, CustomerLimitError."""
        counter, customer = self.counters.get(promotion.id), self.customers.get(promotion.id)
        coupon = self._coupon(coupon_id)
        limits = [
            (counter, None if counter is None else counter.total_limit),
            (coupon, None if coupon is None else coupon.use_limit),
        ]
        if any(row and limit is not None and row.reserved + row.redeemed >= limit for row, limit in limits):
            raise UsedUpError(promotion.title)
        if counter is not None and counter.budget is not None and counter.spent + funded > counter.budget:
            raise UsedUpError(promotion.title)
        if customer is not None and customer.reserved + customer.redeemed >= customer.customer_limit:
            raise CustomerLimitError(promotion.title)
        for each in self._counting(promotion.id, coupon_id):
            each.reserved += 1
        if counter is not None:
            counter.spent += funded

    def redeem(self, promotion_id: int, coupon_id: int | None) -> None:
        """Count a use that was reserved as one that was made."""
        for each in self._counting(promotion_id, coupon_id):
            each.reserved -= 1
            each.redeemed += 1

    def free(self, promotion_id: int, coupon_id: int | None, *, redeemed: bool, funded: int) -> None:
        """Count a use no more that was reserved or `redeemed`, and give what its budget paid back to it."""
        for each in self._counting(promotion_id, coupon_id):
            if redeemed:
                each.redeemed -= 1
            else:
                each.reserved -= 1
        if promotion_id in self.counters:
            self.counters[promotion_id].spent -= funded

    def _coupon(self, coupon_id: int | None) -> Coupon | None:
        """Give a coupon that counts its uses."""
        return None if coupon_id is None else self.coupons.get(coupon_id)

    def _counting(
        self, promotion_id: int, coupon_id: int | None
    ) -> list[PromotionCounter | PromotionCustomer | Coupon]:
        """Give the rows that count a use: those that have a limit."""
        rows = (self.counters.get(promotion_id), self._coupon(coupon_id), self.customers.get(promotion_id))
        return [each for each in rows if each is not None]


async def lock(
    session: AsyncSession, *, promotion_ids: Iterable[int], coupon_ids: Iterable[int], customer_id: int | None
) -> Locked:
    """Lock what counts the uses of these promotions and coupons, and the customer's; promotions without limits do not.

    Raises CouponRefusedError for a promotion with a limit for each customer, and no customer.
    """
    wanted = sorted(set(promotion_ids))
    counters = await _read(
        session,
        select(PromotionCounter)
        .where(PromotionCounter.promotion_id.in_(wanted))
        .order_by(PromotionCounter.promotion_id)
        .with_for_update(key_share=True),
    )
    coupons = await _read(
        session,
        select(Coupon)
        .where(Coupon.id.in_(sorted(set(coupon_ids))), Coupon.use_limit.is_not(None))
        .order_by(Coupon.id)
        .with_for_update(key_share=True),
    )
    # Last of these, so that it tells what was committed while others were waited for.
    promotions = {row.id: row for row in await _read(session, select(Promotion).where(Promotion.id.in_(wanted)))}
    limited = [row for row in promotions.values() if row.customer_limit is not None]
    if limited and customer_id is None:
        raise CouponRefusedError
    customers = await lock_customer(session, limited, customer_id=customer_id or 0) if limited else {}
    return Locked(promotions, {row.promotion_id: row for row in counters}, {row.id: row for row in coupons}, customers)


async def lock_customer(
    session: AsyncSession, promotions: Sequence[Promotion], *, customer_id: int
) -> dict[int, PromotionCustomer]:
    """Lock a customer's counters of promotions with a limit for each customer; those that are missing are made."""
    ordered = sorted(promotions, key=lambda each: each.id)
    await session.execute(
        upsert(PromotionCustomer).on_conflict_do_nothing(),
        [
            {"promotion_id": each.id, "customer_id": customer_id, "customer_limit": each.customer_limit}
            for each in ordered
        ],
    )
    rows = await _read(
        session,
        select(PromotionCustomer)
        .where(
            PromotionCustomer.customer_id == customer_id,
            PromotionCustomer.promotion_id.in_([each.id for each in ordered]),
        )
        .order_by(PromotionCustomer.promotion_id)
        .with_for_update(key_share=True),
    )
    return {row.promotion_id: row for row in rows}


async def _read(session: AsyncSession, query: Select[T]) -> Sequence[T]:
    return (await session.scalars(query.execution_options(populate_existing=True))).all()
