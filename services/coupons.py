"""Promotions and coupons that are promised to something, such as an order: reserved, redeemed, released, given back.

Whoever works on the same thing takes turns: first a lock on the reference, then the counters in their one order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import coupons as rules
from domain.coupons import CouponRefusedError, Method, ReservationState, Use
from domain.errors import InvalidInput, Refusal
from domain.ledger import Reference
from models.database import driver_of
from models.promotions import Coupon, CouponReservation, Promotion
from services import coupon_counters, coupon_takes, promotion_facts, promotion_funds
from services.coupon_counters import Locked
from services.outbox import append_all

_HELD = (ReservationState.RESERVED, ReservationState.REDEEMED)


class ReservationGoneError(Refusal):
    """The coupons are not reserved any more: time was up, or they were released. Reserve them again."""

    code = "COUPON_RESERVATION_GONE"

    def __init__(self) -> None:
        super().__init__("coupons: they are not reserved any more; choose them again")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A use with the rows that it is about."""

    use: Use
    promotion: Promotion
    coupon: Coupon | None


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
    await _take_turns(session, reference)
    if uses and await coupon_takes.reserve(
        await driver_of(session),
        uses,
        customer_id=customer_id,
        currency=currency,
        reference=reference,
        until=until,
        now=now,
    ):
        return len(uses)
    present = {row.promotion_id: row for row in await _held(session, reference)}
    if any(row.state == ReservationState.REDEEMED or row.customer_id != customer_id for row in present.values()):
        raise ReservationGoneError
    wanted = await _wanted(session, uses, customer_id=customer_id, now=now)
    locked = await coupon_counters.lock(
        session,
        promotion_ids=[*present, *(use.promotion_id for use in uses)],
        coupon_ids=[
            *(row.coupon_id for row in present.values() if row.coupon_id is not None),
            *(each.coupon.id for each in wanted if each.coupon is not None),
        ],
        customer_id=customer_id,
    )
    kept = {each.promotion.id for each in wanted if _is_same(present.get(each.promotion.id), each, currency)}
    for promotion_id, row in present.items():
        if promotion_id not in kept:
            await _free(session, row, locked, ReservationState.RELEASED, now=now)
    await session.flush()
    for each in wanted:
        # Whether it still runs is asked again: it may have been paused while others were waited for.
        if locked.promotions[each.promotion.id].state != rules.State.ACTIVE:
            raise CouponRefusedError
        if each.promotion.id in kept:
            present[each.promotion.id].expires_at = until
        else:
            await _take(
                session, each, locked, customer_id=customer_id, currency=currency, reference=reference, until=until
            )
    await session.flush()
    return len(wanted)


async def redeem(session: AsyncSession, *, reference: Reference, now: datetime) -> int:
    """Make use of what is reserved for `reference`, also after its time if nobody has released it yet.

    Gives how many promotions; asked again, the same. What a budget pays goes to the payments' account. Raises
    ReservationGoneError when nothing is reserved, or not any more.
    """
    await _take_turns(session, reference)
    redeemed = await coupon_takes.redeem(await driver_of(session), reference=reference, now=now)
    if redeemed is not None:
        if not redeemed:
            raise ReservationGoneError
        return redeemed
    rows, locked = await _locked(session, reference)
    for row in rows:
        if row.state == ReservationState.REDEEMED:
            continue
        locked.redeem(row.promotion_id, row.coupon_id)
        row.state, row.closed_at = ReservationState.REDEEMED, now
        await promotion_funds.pay(session, locked.promotions[row.promotion_id], row, now=now)
        await _announce(session, row, "COUPON_REDEEMED", version=2)
    await session.flush()
    return len(rows)


async def release(session: AsyncSession, *, reference: Reference, now: datetime, overdue: bool = False) -> int:
    """Let go what is reserved for `reference`; gives how many promotions, 0 if none are.

    With `overdue`, only what is reserved beyond its time.
    """
    rows, locked = await _locked(session, reference)
    released = 0
    for row in rows:
        if row.state != ReservationState.RESERVED or (overdue and row.expires_at > now):
            continue
        await _free(session, row, locked, ReservationState.RELEASED, now=now)
        released += 1
    await session.flush()
    return released


async def give_back(session: AsyncSession, *, redeemed: Reference, now: datetime) -> int:
    """Give all uses back that were made for `redeemed`, such as an order that is cancelled; gives how many.

    Coupons can be used again until they expire, and budgets get back what they paid. Asked again, gives the same.
    Raises InvalidInput when nothing was redeemed there.
    """
    rows, locked = await _locked(session, redeemed)
    for row in rows:
        if row.state != ReservationState.REDEEMED:
            raise InvalidInput("coupons: they are reserved and not redeemed; release them")
        await _free(session, row, locked, ReservationState.RETURNED, now=now)
    await session.flush()
    if rows:
        return len(rows)
    returned = await session.scalar(
        select(func.count())
        .select_from(CouponReservation)
        .where(_of(redeemed), CouponReservation.state == ReservationState.RETURNED)
    )
    if not returned:
        raise InvalidInput("coupons: none were redeemed there, so none can be given back")
    return int(returned)


async def overdue(session: AsyncSession, *, now: datetime, limit: int) -> list[Reference]:
    """List what promotions are reserved for beyond their time, the longest first. Each is released on its own."""
    rows = await session.execute(
        select(CouponReservation.reference_type, CouponReservation.reference_id)
        .where(CouponReservation.state == ReservationState.RESERVED, CouponReservation.expires_at <= now)
        .order_by(CouponReservation.expires_at)
        .limit(limit)
    )
    return list(dict.fromkeys(Reference(row.reference_type, row.reference_id) for row in rows))


async def _take_turns(session: AsyncSession, reference: Reference) -> None:
    turn = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
    await (await driver_of(session)).execute(turn, f"coupons of {reference.type} {reference.id}")


async def _held(session: AsyncSession, reference: Reference) -> Sequence[CouponReservation]:
    found = await session.scalars(
        select(CouponReservation)
        .where(_of(reference), CouponReservation.state.in_(_HELD))
        .order_by(CouponReservation.promotion_id)
        .execution_options(populate_existing=True)
    )
    return found.all()


async def _locked(session: AsyncSession, reference: Reference) -> tuple[Sequence[CouponReservation], Locked]:
    """Find what is reserved for something or was redeemed, and lock what counts it."""
    await _take_turns(session, reference)
    rows = await _held(session, reference)
    locked = await coupon_counters.lock(
        session,
        promotion_ids=[row.promotion_id for row in rows],
        coupon_ids=[row.coupon_id for row in rows if row.coupon_id is not None],
        customer_id=next((row.customer_id for row in rows), None),
    )
    return rows, locked


async def _wanted(
    session: AsyncSession, uses: Sequence[Use], *, customer_id: int | None, now: datetime
) -> list[_Wanted]:
    """Find what is to be used. Raises CouponRefusedError for what there is not, for this customer."""
    ids = [use.promotion_id for use in uses]
    promotions = {row.id: row for row in await session.scalars(select(Promotion).where(Promotion.id.in_(ids)))}
    shopper = await promotion_facts.shopper_of(session, customer_id=customer_id)
    codes = [rules.normalise(use.code) for use in uses if use.code is not None]
    found = await session.scalars(
        select(Coupon).where(Coupon.promotion_id.in_(ids), Coupon.code.in_(codes)).order_by(Coupon.id)
    )
    coupons = {(row.promotion_id, row.code): row for row in found}
    wanted = []
    for use in uses:
        promotion = promotions.get(use.promotion_id)
        if promotion is None or not rules.runs(
            state=promotion.state, starts_at=promotion.starts_at, ends_at=promotion.ends_at, now=now
        ):
            raise CouponRefusedError
        coupon = None if use.code is None else coupons.get((promotion.id, rules.normalise(use.code)))
        if (coupon is None) != (promotion.method == Method.AUTOMATIC):
            raise CouponRefusedError
        row = {"customer_id": None if coupon is None else coupon.customer_id, "segments": promotion.segments}
        expired = coupon is not None and coupon.valid_until is not None and coupon.valid_until <= now
        if expired or not promotion_facts.usable(row, shopper):
            raise CouponRefusedError
        wanted.append(_Wanted(use, promotion, coupon))
    return wanted


def _is_same(row: CouponReservation | None, wanted: _Wanted, currency: str) -> bool:
    coupon_id = None if wanted.coupon is None else wanted.coupon.id
    asked = (coupon_id, currency, wanted.use.amount, wanted.use.platform_amount)
    return row is not None and (row.coupon_id, row.currency, row.amount, row.platform_amount) == asked


async def _take(
    session: AsyncSession,
    wanted: _Wanted,
    locked: Locked,
    *,
    customer_id: int | None,
    currency: str,
    reference: Reference,
    until: datetime,
) -> None:
    use, promotion = wanted.use, locked.promotions[wanted.promotion.id]
    coupon_id = None if wanted.coupon is None else wanted.coupon.id
    funded = promotion_funds.funded(promotion, use)
    if funded and promotion.currencies != [currency]:
        raise CouponRefusedError
    locked.reserve(promotion, coupon_id, funded=funded)
    row = CouponReservation(
        promotion_id=promotion.id,
        coupon_id=coupon_id,
        customer_id=customer_id,
        state=ReservationState.RESERVED,
        currency=currency,
        amount=use.amount,
        platform_amount=use.platform_amount,
        funded=funded,
        reference_type=reference.type,
        reference_id=reference.id,
        expires_at=until,
    )
    session.add(row)
    await session.flush()
    await _announce(session, row, "COUPON_RESERVED", version=1)


async def _free(
    session: AsyncSession, row: CouponReservation, locked: Locked, state: ReservationState, *, now: datetime
) -> None:
    """Release a use, or give it back; the budget of a promotion that has ended goes home at once."""
    returned = state is ReservationState.RETURNED
    locked.free(row.promotion_id, row.coupon_id, redeemed=returned, funded=row.funded)
    promotion = locked.promotions[row.promotion_id]
    if returned:
        await promotion_funds.take_back(session, promotion, row, now=now)
    row.state, row.closed_at = state, now
    if promotion.state == rules.State.ENDED and row.promotion_id in locked.counters:
        await promotion_funds.empty(session, promotion, locked.counters[row.promotion_id], now=now)
    await _announce(session, row, f"COUPON_{state.value}", version=3 if returned else 2)


async def _announce(session: AsyncSession, row: CouponReservation, event_type: str, *, version: int) -> None:
    await append_all(await driver_of(session), [coupon_takes.happened(vars(row), event_type, version=version)])


def _of(reference: Reference) -> ColumnElement[bool]:
    return and_(CouponReservation.reference_type == reference.type, CouponReservation.reference_id == reference.id)
