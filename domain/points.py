"""Points: what is earned, what they are worth, and which lots are taken from and given back to.

Points come in lots that expire as a whole. The oldest expiry is taken first; what is given back goes to the very lots
it came from, the latest expiry first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import Refusal

PLATFORM_PROGRAMME = "SOUK"
"""The programme that the member club shows."""
BASIS = 10_000
"""Rates are in ten-thousandths: basis points."""


class LotState(StrEnum):
    """PENDING until what earned the points is delivered, then AVAILABLE."""

    PENDING = "PENDING"
    AVAILABLE = "AVAILABLE"


class ReservationState(StrEnum):
    """RESERVED, then either REDEEMED or RELEASED."""

    RESERVED = "RESERVED"
    REDEEMED = "REDEEMED"
    RELEASED = "RELEASED"


class InsufficientPointsError(Refusal):
    """More points are wanted than are available; `available` says how many are."""

    code = "INSUFFICIENT_POINTS"

    def __init__(self, *, available: int, wanted: int) -> None:
        super().__init__(
            f"points: {wanted} are wanted and {available} are available; take at most {available}",
            available=available,
            field="points",
        )
        self.available = available
        self.wanted = wanted


@dataclass(frozen=True, slots=True)
class Lot:
    """Points of one lot: how many there are to be had, and when they expire (None: never)."""

    id: int
    points: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Piece:
    """Some points of one lot."""

    lot_id: int
    points: int


def earned(amount: int, *, earn_bp: int, multiplier_bp: int = BASIS) -> int:
    """Count the points of an amount in minor units, rounded down; a level's multiplier multiplies.

    points = amount * earn_bp * multiplier_bp / 10,000 / 10,000. Raises ValueError below zero.
    """
    if min(amount, earn_bp, multiplier_bp) < 0:
        raise ValueError("amounts and rates are not below zero")
    return amount * earn_bp * multiplier_bp // (BASIS * BASIS)


def worth(points: int, *, burn_bp: int) -> int:
    """Say how many minor units points pay, rounded down: points * burn_bp / 10,000. Raises ValueError below zero."""
    if min(points, burn_bp) < 0:
        raise ValueError("points and rates are not below zero")
    return points * burn_bp // BASIS


def needed(amount: int, *, burn_bp: int) -> int | None:
    """Say how many points pay an amount in minor units, the fewest that do; None where points pay nothing."""
    if amount < 0 or burn_bp < 0:
        raise ValueError("amounts and rates are not below zero")
    return -(-amount * BASIS // burn_bp) if burn_bp else None


def expiry(now: datetime, *, days: int | None) -> datetime | None:
    """Say when points that are available from `now` on expire; None: never."""
    return None if days is None else now + timedelta(days=days)


def expired(lot: Lot, *, now: datetime) -> bool:
    """Tell whether a lot's time is up: at its last instant it is."""
    return lot.expires_at is not None and lot.expires_at <= now


def take(lots: Iterable[Lot], points: int, *, now: datetime) -> list[Piece]:
    """Choose which lots points are taken from: the oldest expiry first, what never expires last.

    Raises InsufficientPointsError when the lots that have not expired hold fewer, ValueError unless points > 0.
    """
    if points <= 0:
        raise ValueError("take at least one point")
    usable = [lot for lot in lots if lot.points > 0 and not expired(lot, now=now)]
    available = sum(lot.points for lot in usable)
    if available < points:
        raise InsufficientPointsError(available=available, wanted=points)
    return _pieces(sorted(usable, key=_oldest_first), points)


def give_back(taken: Sequence[Lot], points: int) -> list[Piece]:
    """Choose which lots get points back: those they were taken from, the latest expiry first.

    `taken` holds what is still to be returned of each. Raises ValueError when that is less than `points`.
    """
    if not 0 < points <= sum(lot.points for lot in taken):
        raise ValueError("only what was taken can be given back")
    return _pieces(sorted(taken, key=_oldest_first, reverse=True), points)


def revived(expires_at: datetime | None, *, now: datetime, grace_days: int) -> datetime | None:
    """Say when points that are given back expire: when their lot does; if that is over, `grace_days` from now."""
    if expires_at is None or expires_at > now:
        return expires_at
    return now + timedelta(days=grace_days)


def _oldest_first(lot: Lot) -> tuple[bool, float, int]:
    return (lot.expires_at is None, lot.expires_at.timestamp() if lot.expires_at else 0.0, lot.id)


def _pieces(lots: Sequence[Lot], points: int) -> list[Piece]:
    pieces: list[Piece] = []
    for lot in lots:
        if points == 0:
            break
        some = min(lot.points, points)
        if some:
            pieces.append(Piece(lot.id, some))
            points -= some
    return pieces
