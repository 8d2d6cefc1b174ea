"""Promotions and coupons that are promised to something, such as an order: reserved, redeemed, released, given back.

Whoever works on the same thing takes turns: first a lock on the reference, then the counters in their one order, by one
statement; what is read and written after it is as it stays until the transaction ends.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain import coupons as rules
from domain.coupons import CouponRefusedError, CustomerLimitError, Method, ReservationState, Use, UsedUpError
from domain.errors import InvalidInput, Refusal
from domain.ledger import Reference
from models.recordsets import written
from models.transactions import driver_of
from services import coupon_statements as statements
from services import promotion_funds


class ReservationGoneError(Refusal):
    """The coupons are not reserved any more: time was up, or they were released. Reserve them again."""

    code = "COUPON_RESERVATION_GONE"

    def __init__(self) -> None:
        super().__init__("coupons: they are not reserved any more; choose them again")


async def reserve(
    session: AsyncSession,
    *,
    uses: Sequence[Use],
    customer_id: int | None,
    currency: str,
    reference: Reference,
    until: datetime,
    now: datetime,
) -> int:
    """Promise promotions to `reference` until an instant; gives how many. `customer_id` is None for a guest.

    What there is for the reference is changed to these: others are released, the same stay. Whether they fit the cart
    is the price's to say; that they run, are the customer's and are left is looked at here, under lock. Raises
    CouponRefusedError, UsedUpError, CustomerLimitError; ReservationGoneError when they were redeemed before.
    """
    if until <= now:
        raise InvalidInput("coupons: the reservation would be over at once")
    if len({use.promotion_id for use in uses}) != len(uses):
        raise InvalidInput("coupons: a promotion is used once")
    driver = driver_of(session)
    codes = [None if use.code is None else rules.normalise(use.code) for use in uses]
    about = (reference.type, reference.id, [use.promotion_id for use in uses], codes, customer_id)
    await driver.execute(statements.LOCK_USED, *about)
    facts = await driver.fetch(statements.FACTS, *about)
    held = [row for row in facts if row["held_id"] is not None]
    if any(row["held_state"] == ReservationState.REDEEMED or row["held_customer_id"] != customer_id for row in held):
        raise ReservationGoneError
    wanted = list(zip(uses, facts[: len(uses)], strict=True))
    if not all(_fits(row, customer_id, now=now) for _, row in wanted):
        raise CouponRefusedError
    kept = {use.promotion_id: row["held_id"] for use, row in wanted if _is_same(row, use, currency)}
    taken = [_taken(use, row, currency) for use, row in wanted if use.promotion_id not in kept]
    if len(kept) < len(held):
        await _let_go(session, reference, now=now, but=list(kept))
    of_all = {
        "customer_id": customer_id,
        "state": ReservationState.RESERVED,
        "currency": currency,
        "reference_type": reference.type,
        "reference_id": reference.id,
        "expires_at": until,
        "created_at": now,
    }
    await driver.execute(statements.TAKE, written([row | of_all for row in taken]), list(kept.values()), until)
    return len(uses)


async def redeem(session: AsyncSession, *, reference: Reference, now: datetime) -> int:
    """Make use of what is reserved for `reference`, also after its time if nobody has released it yet.

    Gives how many promotions; asked again, the same. What a budget pays goes to the payments' account. Raises
    ReservationGoneError when nothing is reserved, or not any more.
    """
    driver = driver_of(session)
    await driver.execute(statements.LOCK, reference.type, reference.id)
    held = await driver.fetch(statements.REDEEM, reference.type, reference.id, now)
    if not held:
        raise ReservationGoneError
    await promotion_funds.pay(session, [row for row in held if row["is_moved"]], now=now)
    return len(held)


async def release(session: AsyncSession, *, reference: Reference, now: datetime, overdue: bool = False) -> int:
    """Let go what is reserved for `reference`; gives how many promotions, 0 if none are.

    With `overdue`, only what is reserved beyond its time.
    """
    await driver_of(session).execute(statements.LOCK, reference.type, reference.id)
    return await _let_go(session, reference, now=now, until=now if overdue else None)


async def give_back(session: AsyncSession, *, redeemed: Reference, now: datetime) -> int:
    """Give all uses back that were made for `redeemed`, such as an order that is cancelled; gives how many.

    Coupons can be used again until they expire, and budgets get back what they paid. Asked again, gives the same.
    Raises InvalidInput when nothing was redeemed there.
    """
    driver, about = driver_of(session), (redeemed.type, redeemed.id)
    await driver.execute(statements.LOCK, *about)
    held = await driver.fetch(statements.GIVE_BACK, *about, now)
    if not all(row["is_moved"] for row in held):
        raise InvalidInput("coupons: they are reserved and not redeemed; release them")
    await promotion_funds.let_go(session, held, paid=True, now=now)
    count: int = len(held) or await driver.fetchval(statements.RETURNED, *about)
    if not count:
        raise InvalidInput("coupons: none were redeemed there, so none can be given back")
    return count


async def overdue(session: AsyncSession, *, now: datetime, limit: int) -> list[Reference]:
    """List what promotions are reserved for beyond their time, the longest first. Each is released on its own."""
    rows = await driver_of(session).fetch(statements.OVERDUE, now, limit)
    return list(dict.fromkeys(Reference(row["reference_type"], row["reference_id"]) for row in rows))


async def _let_go(
    session: AsyncSession,
    reference: Reference,
    *,
    now: datetime,
    until: datetime | None = None,
    but: Sequence[int] = (),
) -> int:
    """Release what expires by `until`, or all, `but` for some promotions; gives how many. Whoever calls has locked."""
    driver = driver_of(session)
    held = await driver.fetch(statements.RELEASE, reference.type, reference.id, now, until, but)
    released = [row for row in held if row["is_moved"]]
    await promotion_funds.let_go(session, released, paid=False, now=now)
    return len(released)


def _fits(row: Mapping[str, Any], customer_id: int | None, *, now: datetime) -> bool:
    """Tell whether a promotion runs, and is for this customer; what there is not has nothing but nulls."""
    return (
        rules.runs(state=row["state"], starts_at=row["starts_at"], ends_at=row["ends_at"], now=now)
        and (row["coupon_id"] is not None) == (row["method"] != Method.AUTOMATIC)
        and (row["valid_until"] is None or row["valid_until"] > now)
        and (row["customer_id"] is None or row["customer_id"] == customer_id)
        and (row["customer_limit"] is None or customer_id is not None)
        and row["is_invited"]
    )


def _is_same(row: Mapping[str, Any], use: Use, currency: str) -> bool:
    """Tell whether that is held already."""
    asked = (row["coupon_id"], currency, use.amount, use.platform_amount)
    held = (row["held_coupon_id"], row["held_currency"], row["held_amount"], row["held_platform_amount"])
    return row["held_id"] is not None and held == asked


def _taken(use: Use, row: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Write what a reservation has of its use. Raises CouponRefusedError, UsedUpError, CustomerLimitError."""
    funded = promotion_funds.funded(row, use)
    if funded and row["currencies"] != [currency]:
        raise CouponRefusedError
    if _lacks(row["remaining"], 1) or _lacks(row["unspent"], funded):
        raise UsedUpError(row["title"])
    if _lacks(row["remaining_for_customer"], 1):
        raise CustomerLimitError(row["title"])
    return {
        "promotion_id": use.promotion_id,
        "coupon_id": row["coupon_id"],
        "amount": use.amount,
        "platform_amount": use.platform_amount,
        "funded": funded,
    }


def _lacks(left: int | None, wanted: int) -> bool:
    """Tell whether less is left than wanted; without a limit that is None."""
    return left is not None and left < wanted
