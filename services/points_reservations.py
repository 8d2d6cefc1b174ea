"""Points that are promised to something, such as an order: reserved, then redeemed or released, and given back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain import ledger as accounts
from domain import points as rules
from domain.errors import InvalidInput, Refusal
from domain.ledger import AccountKind, Reference
from domain.points import PLATFORM_PROGRAMME, Lot, Piece, ReservationState
from models.points import PointsLot, PointsLotMovement, PointsProgramme, PointsReservation
from services import ledger, points_lots
from services.points_lots import AVAILABLE, RESERVED, Holder


class ReservationGoneError(Refusal):
    """The points are not reserved any more: time was up, or they were released. Reserve them again."""

    code = "POINTS_RESERVATION_GONE"

    def __init__(self) -> None:
        super().__init__("points: they are not reserved any more; choose them again")


async def reserve(
    session: AsyncSession,
    *,
    customer_id: int,
    points: int,
    reference: Reference,
    until: datetime,
    now: datetime,
    programme: str = PLATFORM_PROGRAMME,
) -> int:
    """Promise a customer's points to `reference` until an instant, the oldest expiry first; gives the reservation's id.

    A reservation that there is for the reference is changed to this many. Raises InsufficientPointsError,
    ReservationGoneError for one that was redeemed, InvalidInput for no points or a time that is over.
    """
    if points <= 0:
        raise InvalidInput(f"points: {points} cannot be reserved; take at least 1, or release", field="points")
    if until <= now:
        raise InvalidInput("points: the reservation would be over at once")
    holder = Holder(customer_id, programme)
    lots = await points_lots.hold(session, holder, now=now)
    present = await _present(session, reference, programme)
    if present is not None:
        if present.state != ReservationState.RESERVED or present.customer_id != customer_id:
            raise ReservationGoneError
        if present.points == points:
            present.expires_at = until
            await session.flush()
            return present.id
        await _release(session, holder, present, now=now)
        lots = await points_lots.hold(session, holder, now=now)
    pieces = rules.take(lots, points, now=now)
    made = await session.execute(
        insert(PointsReservation).returning(PointsReservation.id),
        {
            "customer_id": customer_id,
            "programme": programme,
            "points": points,
            "state": ReservationState.RESERVED,
            "reference_type": reference.type,
            "reference_id": reference.id,
            "expires_at": until,
        },
    )
    reservation_id: int = made.scalar_one()
    transaction_id = await points_lots.post(
        session,
        holder,
        reason="POINTS_RESERVED",
        reference=_itself(reservation_id),
        postings=accounts.move(points, source=holder.account(AVAILABLE), target=holder.account(RESERVED)),
        now=now,
    )
    await points_lots.take(session, pieces, transaction_id=transaction_id, reservation_id=reservation_id)
    return reservation_id


async def redeem(
    session: AsyncSession, *, reference: Reference, now: datetime, programme: str = PLATFORM_PROGRAMME
) -> int:
    """Take the points that are reserved for `reference`, also after its time if nobody has released them yet.

    Gives how many; asked again, the same. Raises ReservationGoneError when they are reserved no more.
    """
    held = await _held(session, reference, programme, now=now)
    if held is None:
        raise ReservationGoneError
    holder, reservation = held
    if reservation.state == ReservationState.RESERVED:
        await points_lots.post(
            session,
            holder,
            reason="POINTS_REDEEMED",
            reference=reference,
            postings=accounts.move(
                reservation.points,
                source=holder.account(RESERVED),
                target=holder.platform(AccountKind.POINTS_REDEEMED),
            ),
            now=now,
        )
        await _close(session, reservation, ReservationState.REDEEMED, now=now)
    return reservation.points


async def release(
    session: AsyncSession,
    *,
    reference: Reference,
    now: datetime,
    programme: str = PLATFORM_PROGRAMME,
    overdue: bool = False,
) -> int:
    """Let the points go that are reserved for `reference`, back into their lots; gives how many, 0 if none are.

    What has expired in the meantime expires: a reservation is short, and no way to keep points alive. With `overdue`,
    only a reservation whose time is up is released.
    """
    held = await _held(session, reference, programme, now=now)
    if held is None or held[1].state != ReservationState.RESERVED:
        return 0
    holder, reservation = held
    if overdue and reservation.expires_at > now:
        return 0
    await _release(session, holder, reservation, now=now)
    return reservation.points


async def give_back(
    session: AsyncSession,
    *,
    redeemed: Reference,
    points: int,
    reference: Reference,
    now: datetime,
    programme: str = PLATFORM_PROGRAMME,
) -> int:
    """Give points back that were redeemed for `redeemed`, because of `reference`, such as a refund; gives how many.

    They go to the very lots they came from, the latest expiry first. A lot that has expired in the meantime lives for
    the programme's days of grace from now on. Raises InvalidInput for more than what is still to be given back.
    """
    held = await _held(session, redeemed, programme, now=now)
    if held is None or held[1].state != ReservationState.REDEEMED:
        raise InvalidInput("points: none were redeemed there, so none can be given back", field="points")
    holder, reservation = held
    if await ledger.find(session, reason="POINTS_RETURNED", reference=reference) is not None:
        return points
    left = reservation.points - reservation.returned
    if not 0 < points <= left:
        raise InvalidInput(f"points: {points} cannot be given back; at most {left} can", field="points")
    pieces = rules.give_back(await _taken(session, reservation.id), points)
    await _revive(session, holder, pieces, now=now)
    transaction_id = await points_lots.post(
        session,
        holder,
        reason="POINTS_RETURNED",
        reference=reference,
        postings=accounts.move(
            points, source=holder.platform(AccountKind.POINTS_REDEEMED), target=holder.account(AVAILABLE)
        ),
        now=now,
    )
    await points_lots.put(session, pieces, transaction_id=transaction_id, reservation_id=reservation.id)
    await session.execute(
        update(PointsReservation)
        .where(PointsReservation.id == reservation.id)
        .values(returned=PointsReservation.returned + points)
    )
    return points


async def _held(
    session: AsyncSession, reference: Reference, programme: str, *, now: datetime
) -> tuple[Holder, PointsReservation] | None:
    """Find the reservation for something, lock its customer's points, and look again."""
    seen = await _present(session, reference, programme)
    if seen is None:
        return None
    holder = Holder(seen.customer_id, programme)
    await points_lots.hold(session, holder, now=now)
    reservation = await _present(session, reference, programme)
    return None if reservation is None else (holder, reservation)


async def _present(session: AsyncSession, reference: Reference, programme: str) -> PointsReservation | None:
    """Find what is reserved for something, or was redeemed; there is one at most."""
    found: PointsReservation | None = await session.scalar(
        select(PointsReservation)
        .where(
            PointsReservation.reference_type == reference.type,
            PointsReservation.reference_id == reference.id,
            PointsReservation.programme == programme,
            PointsReservation.state != ReservationState.RELEASED,
        )
        .execution_options(populate_existing=True)
    )
    return found


async def _release(session: AsyncSession, holder: Holder, reservation: PointsReservation, *, now: datetime) -> None:
    pieces = [Piece(lot.id, lot.points) for lot in await _taken(session, reservation.id)]
    transaction_id = await points_lots.post(
        session,
        holder,
        reason="POINTS_RELEASED",
        reference=_itself(reservation.id),
        postings=accounts.move(reservation.points, source=holder.account(RESERVED), target=holder.account(AVAILABLE)),
        now=now,
    )
    await points_lots.put(session, pieces, transaction_id=transaction_id, reservation_id=reservation.id)
    await _close(session, reservation, ReservationState.RELEASED, now=now)
    await points_lots.hold(session, holder, now=now)  # what has expired in the meantime


async def _close(
    session: AsyncSession, reservation: PointsReservation, state: ReservationState, *, now: datetime
) -> None:
    await session.execute(
        update(PointsReservation).where(PointsReservation.id == reservation.id).values(state=state, closed_at=now)
    )


async def _taken(session: AsyncSession, reservation_id: int) -> Sequence[Lot]:
    """Say what a reservation has taken from which lots and not given back."""
    taken = -func.sum(PointsLotMovement.points)
    rows = await session.execute(
        select(PointsLot.id, taken.label("points"), PointsLot.expires_at)
        .join(PointsLotMovement, PointsLotMovement.lot_id == PointsLot.id)
        .where(PointsLotMovement.reservation_id == reservation_id)
        .group_by(PointsLot.id)
        .having(taken > 0)
    )
    return [Lot(row.id, int(row.points), row.expires_at) for row in rows]


async def _revive(session: AsyncSession, holder: Holder, pieces: Sequence[Piece], *, now: datetime) -> None:
    """Let lots that have expired, and so are empty, live for the days of grace."""
    programme = await session.get_one(PointsProgramme, holder.programme)
    await session.execute(
        update(PointsLot)
        .where(PointsLot.id.in_([piece.lot_id for piece in pieces]), PointsLot.expires_at <= now)
        .values(expires_at=rules.revived(now, now=now, grace_days=programme.return_grace_days))
    )


def _itself(reservation_id: int) -> Reference:
    return Reference("POINTS_RESERVATION", reservation_id)
