"""Points: programmes and rates, earning, confirming what was delivered, taking back, adjusting.

Reserving and redeeming is in `points_reservations`. Every function may be asked again: what was done is not done twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import ledger as accounts
from domain import points as rules
from domain.errors import InvalidInput
from domain.ledger import Account, AccountKind, Posting, Reference
from domain.points import PLATFORM_PROGRAMME, LotState, Piece
from models.points import PointsLot, PointsProgramme, PointsRate
from services import ledger, points_lots
from services.points_lots import AVAILABLE, PENDING, Holder

POINTS_MAX = 10**9
"""The most points that move at once."""


class UnknownProgrammeError(InvalidInput):
    """There is no such points programme: `programme_set` makes one."""

    def __init__(self, code: str) -> None:
        super().__init__(f"points: the shop has no points programme {code} yet; it must be set up first")


@dataclass(frozen=True, slots=True)
class Rates:
    """What is earned and what a point is worth, in ten-thousandths: see `domain.points.earned` and `worth`."""

    earn_bp: int
    burn_bp: int


@dataclass(frozen=True, slots=True)
class Revoked:
    """How many points were taken back, and how many could not be because they are spent."""

    points: int
    shortfall: int


async def programme_set(
    session: AsyncSession,
    *,
    code: str = PLATFORM_PROGRAMME,
    name: str,
    currency: str,
    expires_after_days: int | None,
    return_grace_days: int = 30,
) -> None:
    """Make a programme, or change one. Points that there are keep their expiry. No programme's currency changes."""
    values = {"name": name, "expires_after_days": expires_after_days, "return_grace_days": return_grace_days}
    made = upsert(PointsProgramme).values(code=code, currency=currency, **values)
    counted = {**values, "version": PointsProgramme.version + 1}
    await session.execute(made.on_conflict_do_update(index_elements=[PointsProgramme.code], set_=counted))


async def rates_set(
    session: AsyncSession, *, rates: Rates, merchant_id: int | None = None, programme: str = PLATFORM_PROGRAMME
) -> None:
    """Set the platform's rates, or those at one merchant's, which go before."""
    values = {"earn_bp": rates.earn_bp, "burn_bp": rates.burn_bp}
    made = upsert(PointsRate).values(programme=programme, merchant_id=merchant_id, **values)
    counted = {**values, "version": PointsRate.version + 1}
    await session.execute(
        made.on_conflict_do_update(index_elements=[PointsRate.programme, PointsRate.merchant_id], set_=counted)
    )


async def rates(
    session: AsyncSession, *, merchant_ids: Iterable[int], programme: str = PLATFORM_PROGRAMME
) -> Mapping[int, Rates]:
    """Give the rates at merchants': their own, or the platform's; zero where there are none."""
    wanted = set(merchant_ids)
    rows = await session.execute(
        select(PointsRate.merchant_id, PointsRate.earn_bp, PointsRate.burn_bp).where(
            PointsRate.programme == programme,
            or_(PointsRate.merchant_id.is_(None), PointsRate.merchant_id.in_(wanted)),
        )
    )
    found = {row.merchant_id: Rates(row.earn_bp, row.burn_bp) for row in rows}
    fallback = found.get(None, Rates(0, 0))
    return {merchant_id: found.get(merchant_id, fallback) for merchant_id in wanted}


async def available(session: AsyncSession, *, customer_id: int, programme: str = PLATFORM_PROGRAMME) -> int:
    """Give how many points a customer may spend, without locking them; some of them may be about to expire."""
    return await ledger.balance(session, accounts.customer(AVAILABLE, programme, customer_id))


async def earn(
    session: AsyncSession,
    *,
    customer_id: int,
    points: int,
    reference: Reference,
    now: datetime,
    merchant_id: int | None = None,
    pending: bool = True,
    programme: str = PLATFORM_PROGRAMME,
) -> int | None:
    """Give a customer points for `reference`, such as an order's part; gives the lot's id, None for no points.

    They are pending until `confirm`, and given by a merchant if one is named, else by the platform. Raises
    UnknownProgrammeError.
    """
    if points == 0:
        return None
    _check(points)
    days = (await _programme(session, programme)).expires_after_days
    holder = Holder(customer_id, programme)
    await points_lots.hold(session, holder, now=now)
    if (lot := await _earned(session, reference)) is not None:
        return lot.id
    issuer = _issuer(programme, merchant_id)
    transaction_id = await points_lots.post(
        session,
        holder,
        reason="POINTS_EARNED",
        reference=reference,
        postings=accounts.move(points, source=issuer, target=holder.account(PENDING if pending else AVAILABLE)),
        now=now,
    )
    return await points_lots.grant(
        session,
        holder,
        points=points,
        transaction_id=transaction_id,
        issuer=issuer,
        state=LotState.PENDING if pending else LotState.AVAILABLE,
        expires_at=None if pending else rules.expiry(now, days=days),
        now=now,
    )


async def confirm(session: AsyncSession, *, reference: Reference, now: datetime) -> int:
    """Make what was earned by `reference` available: it was delivered. Gives how many points that made available."""
    if (found := await _earned(session, reference)) is None:
        return 0
    holder = Holder(found.customer_id, found.programme)
    await points_lots.hold(session, holder, now=now)
    lot = await session.get_one(PointsLot, found.id, populate_existing=True)
    if lot.state != LotState.PENDING:
        return 0
    points = lot.remaining
    days = (await _programme(session, holder.programme)).expires_after_days
    await session.execute(
        update(PointsLot)
        .where(PointsLot.id == lot.id)
        .values(state=LotState.AVAILABLE, expires_at=rules.expiry(now, days=days))
    )
    if points:
        await points_lots.post(
            session,
            holder,
            reason="POINTS_CONFIRMED",
            reference=reference,
            postings=accounts.move(points, source=holder.account(PENDING), target=holder.account(AVAILABLE)),
            now=now,
        )
    return points


async def revoke(
    session: AsyncSession, *, earned: Reference, points: int, reference: Reference, now: datetime
) -> Revoked:
    """Take back points that were earned by `earned`, because of `reference`, such as a refund.

    They are taken from the very lot; what has been spent of it, from the customer's other points, the oldest expiry
    first. What is missing then is the shortfall: balances do not go below zero.
    """
    _check(points)
    found = await _earned(session, earned)
    if found is None:
        return Revoked(0, points)
    holder = Holder(found.customer_id, found.programme)
    others = [lot for lot in await points_lots.hold(session, holder, now=now) if lot.id != found.id]
    if (posted := await ledger.find(session, reason="POINTS_REVOKED", reference=reference)) is not None:
        taken = await ledger.moved(session, posted)
        return Revoked(taken, points - taken)
    lot = await session.get_one(PointsLot, found.id, populate_existing=True)
    pending = lot.state == LotState.PENDING
    pieces = [Piece(lot.id, min(points, lot.remaining))] if lot.remaining else []
    if not pending and (rest := min(points - sum(each.points for each in pieces), sum(each.points for each in others))):
        pieces += rules.take(others, rest, now=now)
    taken = sum(piece.points for piece in pieces)
    if taken:
        issuer = Account(AccountKind.POINTS_ISSUED, lot.programme, accounts.OwnerType(lot.issuer_type), lot.issuer_id)
        source = holder.account(PENDING if pending else AVAILABLE)
        transaction_id = await points_lots.post(
            session,
            holder,
            reason="POINTS_REVOKED",
            reference=reference,
            postings=accounts.move(taken, source=source, target=issuer),
            now=now,
        )
        await points_lots.take(session, pieces, transaction_id=transaction_id)
    return Revoked(taken, points - taken)


async def adjust(
    session: AsyncSession,
    *,
    customer_id: int,
    points: int,
    reference: Reference,
    note: str,
    now: datetime,
    once: bool = True,
    programme: str = PLATFORM_PROGRAMME,
) -> int:
    """Give a customer points (above zero) or take some (below), with a reason in words; gives the balance then.

    With `once`, not again for the same reference. Raises InsufficientPointsError when fewer are available than are
    taken, InvalidInput without a reason.
    """
    if not note.strip():
        raise InvalidInput("reason: say in a few words why", field="reason")
    _check(abs(points))
    days = (await _programme(session, programme)).expires_after_days
    holder = Holder(customer_id, programme)
    lots = await points_lots.hold(session, holder, now=now)
    balance = sum(lot.points for lot in lots)
    if once and await ledger.find(session, reason="POINTS_ADJUSTED", reference=reference) is not None:
        return balance
    pieces = rules.take(lots, -points, now=now) if points < 0 else []
    issuer = _issuer(programme, None)
    transaction_id = await points_lots.post(
        session,
        holder,
        reason="POINTS_ADJUSTED",
        reference=reference,
        postings=(Posting(issuer, -points), Posting(holder.account(AVAILABLE), points)),
        now=now,
        once=once,
        note=note.strip(),
    )
    if points < 0:
        await points_lots.take(session, pieces, transaction_id=transaction_id)
    else:
        await points_lots.grant(
            session,
            holder,
            points=points,
            transaction_id=transaction_id,
            issuer=issuer,
            state=LotState.AVAILABLE,
            expires_at=rules.expiry(now, days=days),
            now=now,
        )
    return balance + points


def _check(points: int) -> None:
    if not 0 < points <= POINTS_MAX:
        raise InvalidInput(f"points: {points} is not between 1 and {POINTS_MAX}", field="points")


def _issuer(programme: str, merchant_id: int | None) -> Account:
    if merchant_id is None:
        return accounts.platform(AccountKind.POINTS_ISSUED, programme)
    return accounts.merchant(AccountKind.POINTS_ISSUED, programme, merchant_id)


async def _programme(session: AsyncSession, code: str) -> PointsProgramme:
    programme = await session.get(PointsProgramme, code)
    if programme is None:
        raise UnknownProgrammeError(code)
    return programme


async def _earned(session: AsyncSession, reference: Reference) -> PointsLot | None:
    """Find the lot that was earned by something."""
    transaction_id = await ledger.find(session, reason="POINTS_EARNED", reference=reference)
    if transaction_id is None:
        return None
    lot: PointsLot | None = await session.scalar(select(PointsLot).where(PointsLot.transaction_id == transaction_id))
    return lot
