"""Fulfilments: what is sent of an order, by whom and with which number; and where a merchant's part stands after it.

A parcel that was made by mistake is taken back until it is delivered: its pieces are to be sent again.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from domain.errors import InvalidInput, Refusal
from domain.orders import PartStatus

CARRIER_LENGTH_MAX: Final = 60
TRACKING_LENGTH_MAX: Final = 80
URL_LENGTH_MAX: Final = 500
_URL: Final = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.ASCII)


class FulfilmentStatus(StrEnum):
    """Where something that was sent is."""

    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


TRANSITIONS: Final[Mapping[FulfilmentStatus, frozenset[FulfilmentStatus]]] = MappingProxyType(
    {
        FulfilmentStatus.SHIPPED: frozenset({FulfilmentStatus.DELIVERED, FulfilmentStatus.CANCELLED}),
        FulfilmentStatus.DELIVERED: frozenset(),
        FulfilmentStatus.CANCELLED: frozenset(),
    }
)
"""Into which states a fulfilment may go from where it stands."""


class NothingToSendError(Refusal):
    """More is to be sent than is left to send; `available` says how many pieces are."""

    code = "NOTHING_TO_SEND"

    def __init__(self, *, available: int, field: str) -> None:
        super().__init__(
            f"{field}: more pieces than are left to send; {available} are", available=available, field=field
        )


class CancelRefusedError(Refusal):
    """A parcel cannot be taken back: of pieces in it money went back, or they have come back, or are asked to.

    `available` says how many pieces of the line can be taken back.
    """

    code = "CANCEL_REFUSED"

    def __init__(self, *, available: int, field: str) -> None:
        super().__init__(
            f"{field}: pieces in it were refunded or sent back, or a return of them is open; {available} of a line can"
            " be taken back",
            available=available,
            field=field,
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a line has come: its pieces, and how many of them were sent and cancelled."""

    quantity: int
    fulfilled: int
    cancelled: int

    @property
    def unsent(self) -> int:
        """How many pieces are still to be sent."""
        return self.quantity - self.fulfilled - self.cancelled


@dataclass(frozen=True, slots=True)
class Parcel:
    """By whom something is sent: the carrier's name, the number it is followed by, and where it can be followed."""

    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


def parcel(*, carrier: str | None, tracking_number: str | None, tracking_url: str | None) -> Parcel:
    """Trim what is known about a parcel. Raises InvalidInput; an address must be one of the web."""
    address = _text(tracking_url, "tracking_url", URL_LENGTH_MAX)
    if address is not None and not _URL.fullmatch(address):
        raise InvalidInput("trackingUrl: write a whole address that begins with https://", field="tracking_url")
    return Parcel(
        _text(carrier, "carrier", CARRIER_LENGTH_MAX),
        _text(tracking_number, "tracking_number", TRACKING_LENGTH_MAX),
        address,
    )


def _text(given: str | None, name: str, length: int) -> str | None:
    trimmed = " ".join((given or "").split())
    if len(trimmed) > length or not trimmed.isprintable():
        raise InvalidInput(f"{name}: it has at most {length} characters, all of them printable", field=name)
    return trimmed or None


def sent(lines: Mapping[int, Progress], wanted: Sequence[tuple[int, int]] | None) -> list[tuple[int, int]]:
    """Say how many pieces of which lines are sent; None sends all that is left.

    Raises InvalidInput for a line that stands twice and for less than one piece, NothingToSendError for more than is
    left, and where nothing is.
    """
    if wanted is None:
        left = [(line_id, line.unsent) for line_id, line in lines.items() if line.unsent]
        if not left:
            raise NothingToSendError(available=0, field="lines")
        return left
    if not wanted:
        raise InvalidInput("lines: name at least one", field="lines")
    seen: set[int] = set()
    for at, (line_id, quantity) in enumerate(wanted):
        if line_id in seen:
            raise InvalidInput(f"lines.{at}.lineId: this line stands twice", field=f"lines.{at}.line_id")
        seen.add(line_id)
        field = f"lines.{at}.quantity"
        if quantity < 1:
            raise InvalidInput(f"{field}: it must be above zero", field=field)
        if quantity > lines[line_id].unsent:
            raise NothingToSendError(available=lines[line_id].unsent, field=field)
    return list(wanted)


def taken_back(quantity: int, *, unrefunded: int, unreturned: int, field: str) -> int:
    """Give how many pieces of a line are to be sent again when a parcel with so many is taken back.

    Of what was sent of the line `unrefunded` pieces were not refunded since, and `unreturned` neither have come back
    nor stand in an open return; the others were sent, whatever parcel they were in. Raises CancelRefusedError.
    """
    available = max(min(unrefunded, unreturned), 0)
    if quantity > available:
        raise CancelRefusedError(available=available, field=field)
    return quantity


def part_after(status: PartStatus, lines: Iterable[Progress]) -> PartStatus:
    """Say where a merchant's paid part stands by how far its lines have come.

    What was delivered stays so. Without anything sent and left to send it is cancelled.
    """
    if status in {PartStatus.PENDING, PartStatus.DELIVERED, PartStatus.CANCELLED}:
        return status
    progress = list(lines)
    if any(line.fulfilled for line in progress):
        unsent = any(line.unsent for line in progress)
        return PartStatus.PARTIALLY_FULFILLED if unsent else PartStatus.FULFILLED
    return PartStatus.READY if any(line.unsent for line in progress) else PartStatus.CANCELLED
