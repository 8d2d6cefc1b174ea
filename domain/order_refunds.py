"""Refunds: what a customer, a merchant and the platform get back of a line or a delivery, to the cent.

What is given back is always a share of what is left, split so that no cent is lost. So whatever was refunded before, in
whatever steps, the refund of all that is left gives exactly the rest, of every sum.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from domain import money
from domain.errors import InvalidInput, Refusal

NOTE_LENGTH_MAX = 500


class RefundReason(StrEnum):
    """Why something is given back."""

    CANCELLED = "CANCELLED"
    RETURNED = "RETURNED"
    DAMAGED = "DAMAGED"
    WRONG_ITEM = "WRONG_ITEM"
    NOT_AS_DESCRIBED = "NOT_AS_DESCRIBED"
    LATE = "LATE"
    LOST = "LOST"
    GOODWILL = "GOODWILL"
    OTHER = "OTHER"


class RefundStatus(StrEnum):
    """Where the money of a refund is: on its way, with the customer, or kept back by a provider that refused."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class RefundExceedsError(Refusal):
    """More is to be given back than is left; `available` says how much, in pieces or in minor units."""

    code = "REFUND_EXCEEDS"

    def __init__(self, message: str, *, available: int, field: str) -> None:
        super().__init__(message, available=available, field=field)


class Shares(NamedTuple):
    """Sums of a line or a delivery, or of a part of one; minor units, and points.

    `amount` is what was paid in money; it contains `tax`. `points` were worth `points_worth`. `points_earned` are those
    that the purchase earns. `platform_funding` is what the platform adds for the merchant, `commission` what it keeps.
    """

    amount: int = 0
    tax: int = 0
    points: int = 0
    points_worth: int = 0
    points_earned: int = 0
    platform_funding: int = 0
    commission: int = 0

    @property
    def merchant(self) -> int:
        """What the merchant has of it: below zero where it owes more commission and tax than was paid."""
        return self.amount + self.platform_funding - self.tax - self.commission

    def plus(self, other: "Shares") -> "Shares":
        """Add another one's sums."""
        return Shares(*(mine + its for mine, its in zip(self, other, strict=True)))

    def less(self, other: "Shares") -> "Shares":
        """Take another one's sums away."""
        return Shares(*(mine - its for mine, its in zip(self, other, strict=True)))


def total(shares: Iterable[Shares]) -> Shares:
    """Add sums up."""
    whole = Shares()
    for each in shares:
        whole = whole.plus(each)
    return whole


@dataclass(frozen=True, slots=True)
class Refundable:
    """A line with what is left of it: its pieces, how many were sent and cancelled, how many refunded; its sums."""

    line_id: int
    quantity: int
    fulfilled: int
    cancelled: int
    refunded: int
    left: Shares

    @property
    def pieces_left(self) -> int:
        """How many pieces were not refunded yet."""
        return self.quantity - self.refunded

    @property
    def unsent(self) -> int:
        """How many pieces are still to be sent."""
        return self.quantity - self.fulfilled - self.cancelled

    @property
    def sent_left(self) -> int:
        """How many pieces were sent and not refunded yet; those that are cancelled are refunded, too."""
        return self.fulfilled - (self.refunded - self.cancelled)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be refunded of a line: so many pieces, or so much money; `sent` when only of what was sent.

    `field` is the way to it in the input, with a dot behind it, or empty.
    """

    line_id: int
    quantity: int | None = None
    amount: int | None = None
    sent: bool = False
    field: str = ""


@dataclass(frozen=True, slots=True)
class Refunded:
    """What is refunded of a line: `quantity` pieces, of which `unsent` will not be sent; no pieces for an amount."""

    line_id: int
    quantity: int
    unsent: int
    shares: Shares = field(default_factory=Shares)


def share(left: Shares, *, units: int, of: int) -> Shares:
    """Take `units` of the `of` that are left; raises RefundExceedsError for more. The last ones take all there is."""
    if not 0 < units <= of:
        raise RefundExceedsError(f"{units} of {of} cannot be taken", available=of, field="quantity")
    return Shares(*(money.allocate(amount, [units, of - units]).shares[0] for amount in left))


def of_line(line: Refundable, wanted: Wanted) -> Refunded:
    """Say what a refund of a line gives.

    Pieces take their share of what is left, those that were not sent yet before the others; an amount takes everything
    else in its proportion. Raises InvalidInput, RefundExceedsError.
    """
    if (wanted.quantity is None) == (wanted.amount is None):
        raise InvalidInput(
            f"{wanted.field}quantity: name either how many pieces or how much money", field=f"{wanted.field}quantity"
        )
    if wanted.quantity is not None:
        return _of_pieces(line, wanted.quantity, wanted)
    assert wanted.amount is not None  # noqa: S101 - it is one or the other
    name = f"{wanted.field}amount"
    if wanted.amount <= 0:
        raise InvalidInput(f"{name}: it must be above zero", field=name)
    if wanted.amount > line.left.amount:
        raise RefundExceedsError(
            f"{name}: more than what is left of the line; {line.left.amount} minor units are",
            available=line.left.amount,
            field=name,
        )
    return Refunded(line.line_id, 0, 0, share(line.left, units=wanted.amount, of=line.left.amount))


def _of_pieces(line: Refundable, quantity: int, wanted: Wanted) -> Refunded:
    name = f"{wanted.field}quantity"
    if quantity <= 0:
        raise InvalidInput(f"{name}: it must be above zero", field=name)
    available = line.sent_left if wanted.sent else line.pieces_left
    if quantity > available:
        raise RefundExceedsError(
            f"{name}: more pieces than can be refunded; {available} can", available=available, field=name
        )
    unsent = 0 if wanted.sent else min(quantity, line.unsent)
    return Refunded(line.line_id, quantity, unsent, share(line.left, units=quantity, of=line.pieces_left))


def of_lines(lines: Sequence[Refundable], wanted: Sequence[Wanted]) -> list[Refunded]:
    """Say what a refund of several lines gives, each of them once. Raises as `of_line`."""
    known = {line.line_id: line for line in lines}
    seen: set[int] = set()
    for each in wanted:
        if each.line_id in seen:
            raise InvalidInput(f"{each.field}lineId: this line stands twice", field=f"{each.field}line_id")
        seen.add(each.line_id)
    return [of_line(known[each.line_id], each) for each in wanted]


def of_delivery(left: Shares, amount: int | None, *, field: str = "amount") -> Shares:
    """Say what a refund of a delivery gives: so much money of it, or None for all there is left."""
    if amount is None:
        return left
    if amount <= 0:
        raise InvalidInput(f"{field}: it must be above zero", field=field)
    if amount > left.amount:
        raise RefundExceedsError(
            f"{field}: more than what is left of the delivery; {left.amount} minor units are",
            available=left.amount,
            field=field,
        )
    return share(left, units=amount, of=left.amount)


def everything(line: Refundable) -> Refunded:
    """Say what the refund of all that is left of a line gives, also where that is only money of refunded pieces."""
    return Refunded(line.line_id, line.pieces_left, min(line.pieces_left, line.unsent), line.left)


def status(payments: Iterable[str]) -> RefundStatus:
    """Say where a refund's money is by where its payments' refunds are; a refund of points alone has arrived."""
    found = set(payments)
    if RefundStatus.FAILED in found:
        return RefundStatus.FAILED
    return RefundStatus.PENDING if RefundStatus.PENDING in found else RefundStatus.SUCCEEDED


def note(text: str | None) -> str | None:
    """Trim what is said about a refund. Raises InvalidInput."""
    trimmed = (text or "").strip()
    if len(trimmed) > NOTE_LENGTH_MAX:
        raise InvalidInput(f"note: it is longer than {NOTE_LENGTH_MAX} characters", field="note")
    return trimmed or None
