"""What all that moves points has in common: the customer's accounts under lock, lots, movements, expiry, events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import ledger as accounts
from domain import points as rules
from domain.ledger import POINTS_HELD, Account, AccountKind, Posting, Reference
from domain.points import Lot, LotState, Piece
from models.points import PointsLot, PointsLotMovement
from services import ledger, outbox

PENDING: Final = AccountKind.POINTS_PENDING
AVAILABLE: Final = AccountKind.POINTS_AVAILABLE
RESERVED: Final = AccountKind.POINTS_RESERVED


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer in one programme."""

    customer_id: int
    programme: str

    def account(self, kind: AccountKind) -> Account:
        """Name one of the customer's accounts."""
        return accounts.customer(kind, self.programme, self.customer_id)

    def platform(self, kind: AccountKind) -> Account:
        """Name the platform's account on the other side."""
        return accounts.platform(kind, self.programme)


async def hold(session: AsyncSession, holder: Holder, *, now: datetime) -> list[Lot]:
    """Lock a customer's points until the transaction ends, let expire what is due, and give the lots available.

    All that moves points begins here, so there is one writer of a customer's lots and reservations at a time.
    """
    await ledger.lock(session, [holder.account(kind) for kind in POINTS_HELD])
    rows = await session.execute(
        select(PointsLot.id, PointsLot.remaining, PointsLot.expires_at).where(
            PointsLot.customer_id == holder.customer_id,
            PointsLot.programme == holder.programme,
            PointsLot.state == LotState.AVAILABLE,
            PointsLot.remaining > 0,
        )
    )
    lots = [Lot(row.id, row.remaining, row.expires_at) for row in rows]
    for lot in lots:
        if rules.expired(lot, now=now):
            await _expire(session, holder, lot, now=now)
    return [lot for lot in lots if not rules.expired(lot, now=now)]


async def _expire(session: AsyncSession, holder: Holder, lot: Lot, *, now: datetime) -> None:
    transaction_id = await post(
        session,
        holder,
        reason="POINTS_EXPIRED",
        reference=Reference("POINTS_LOT", lot.id),
        postings=accounts.move(
            lot.points, source=holder.account(AVAILABLE), target=holder.platform(AccountKind.POINTS_EXPIRED)
        ),
        now=now,
        once=False,  # what comes back to a lot after it has expired expires again
    )
    await take(session, [Piece(lot.id, lot.points)], transaction_id=transaction_id)


async def post(
    session: AsyncSession,
    holder: Holder,
    *,
    reason: str,
    reference: Reference,
    postings: Sequence[Posting],
    now: datetime,
    once: bool = True,
    note: str | None = None,
) -> int:
    """Post what moves a customer's points, and append the event of that name; gives the transaction's id.

    Whoever may be asked twice looks before whether it has been posted: here that is an error.
    """
    posted = await ledger.post(
        session, reason=reason, reference=reference, postings=postings, now=now, once=once, note=note
    )
    if posted.replayed:
        raise ledger.LedgerConflictError(f"{reason} of {reference.type} {reference.id} was posted before")
    changes: dict[str, int] = {}
    for posting in postings:
        if posting.account.owner_type is accounts.OwnerType.CUSTOMER:
            name = posting.account.kind.value.removeprefix("POINTS_").lower()
            changes[name] = changes.get(name, 0) + posting.amount
    await outbox.append(
        session,
        reason,
        subject=("points", holder.customer_id),
        version=posted.id,
        data={
            "programme": holder.programme,
            "reference": {"type": reference.type, "id": reference.id},
            **changes,
        },
    )
    return posted.id


async def grant(
    session: AsyncSession,
    holder: Holder,
    *,
    points: int,
    transaction_id: int,
    issuer: Account,
    state: LotState,
    expires_at: datetime | None,
    now: datetime,
) -> int:
    """Make the lot of points that a transaction gave; gives its id."""
    made = await session.execute(
        insert(PointsLot).returning(PointsLot.id),
        {
            "customer_id": holder.customer_id,
            "programme": holder.programme,
            "issuer_type": issuer.owner_type,
            "issuer_id": issuer.owner_id,
            "state": state,
            "granted": points,
            "transaction_id": transaction_id,
            "earned_at": now,
            "expires_at": expires_at,
        },
    )
    lot_id: int = made.scalar_one()
    await put(session, [Piece(lot_id, points)], transaction_id=transaction_id)
    return lot_id


async def take(
    session: AsyncSession, pieces: Sequence[Piece], *, transaction_id: int, reservation_id: int | None = None
) -> None:
    """Take points out of their lots, as a transaction says."""
    taken = [Piece(piece.lot_id, -piece.points) for piece in pieces]
    await put(session, taken, transaction_id=transaction_id, reservation_id=reservation_id)


async def put(
    session: AsyncSession, pieces: Sequence[Piece], *, transaction_id: int, reservation_id: int | None = None
) -> None:
    """Put points into their lots, as a transaction says."""
    await session.execute(
        insert(PointsLotMovement),
        [
            {
                "lot_id": piece.lot_id,
                "transaction_id": transaction_id,
                "reservation_id": reservation_id,
                "points": piece.points,
            }
            for piece in pieces
        ],
    )
