"""What becomes due with time: points expire, and reservations whose time is up are released.

The lists say who is concerned; each is dealt with in a transaction of its own, looks again under lock, and may be
ended at any moment: what was not committed is found by the next list.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import Reference
from domain.points import LotState, ReservationState
from models.points import PointsLot, PointsReservation
from services import points_lots, points_reservations
from services.points_lots import Holder


async def expiring(session: AsyncSession, *, now: datetime, limit: int) -> list[Holder]:
    """List customers that hold points whose time is up, the longest ago first."""
    rows = await session.execute(
        select(PointsLot.customer_id, PointsLot.programme)
        .where(PointsLot.remaining > 0, PointsLot.state == LotState.AVAILABLE, PointsLot.expires_at <= now)
        .order_by(PointsLot.expires_at)
        .limit(limit)
    )
    return list(dict.fromkeys(Holder(row.customer_id, row.programme) for row in rows))


async def expire(session: AsyncSession, holder: Holder, *, now: datetime) -> None:
    """Let a customer's points expire whose time is up."""
    await points_lots.hold(session, holder, now=now)


async def overdue(session: AsyncSession, *, now: datetime, limit: int) -> list[tuple[Reference, str]]:
    """List what points are reserved for beyond their time, with the programme, the longest first."""
    rows = await session.execute(
        select(PointsReservation.reference_type, PointsReservation.reference_id, PointsReservation.programme)
        .where(PointsReservation.state == ReservationState.RESERVED, PointsReservation.expires_at <= now)
        .order_by(PointsReservation.expires_at)
        .limit(limit)
    )
    return [(Reference(row.reference_type, row.reference_id), row.programme) for row in rows]


async def release(session: AsyncSession, *, reference: Reference, programme: str, now: datetime) -> int:
    """Release what is reserved for something if its time is up; gives how many points."""
    return await points_reservations.release(session, reference=reference, now=now, programme=programme, overdue=True)
