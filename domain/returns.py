"""Returns: what a customer sends back, from asking for it to its arrival at the merchant's, or to its withdrawal."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from domain.errors import InvalidInput, Refusal

WINDOW: Final = timedelta(days=30)
"""For how long after its delivery something can be sent back; until it is known to be delivered, it can."""
NOTE_LENGTH_MAX: Final = 1_000


class ReturnStatus(StrEnum):
    """Where a return stands."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    RECEIVED = "RECEIVED"
    CANCELLED = "CANCELLED"


class ReturnAction(StrEnum):
    """What is done to a return; the value is the state it leads to.

    The merchant's staff does all of it, the customer withdraws.
    """

    APPROVE = "APPROVED"
    REJECT = "REJECTED"
    RECEIVE = "RECEIVED"
    CANCEL = "CANCELLED"


class ReturnReason(StrEnum):
    """Why somebody sends something back."""

    UNWANTED = "UNWANTED"
    DAMAGED = "DAMAGED"
    WRONG_ITEM = "WRONG_ITEM"
    NOT_AS_DESCRIBED = "NOT_AS_DESCRIBED"
    DOES_NOT_FIT = "DOES_NOT_FIT"
    OTHER = "OTHER"


TRANSITIONS: Final[Mapping[ReturnStatus, frozenset[ReturnAction]]] = MappingProxyType(
    {
        ReturnStatus.REQUESTED: frozenset({ReturnAction.APPROVE, ReturnAction.REJECT, ReturnAction.CANCEL}),
        ReturnStatus.APPROVED: frozenset({ReturnAction.REJECT, ReturnAction.RECEIVE, ReturnAction.CANCEL}),
        ReturnStatus.REJECTED: frozenset(),
        ReturnStatus.RECEIVED: frozenset(),
        ReturnStatus.CANCELLED: frozenset(),
    }
)
"""What may be done to a return where it stands. An approved one that never arrives is rejected in the end."""
OPEN: Final = frozenset({ReturnStatus.REQUESTED, ReturnStatus.APPROVED})
"""Where a return holds pieces that cannot be asked for again."""


class ReturnStateError(Refusal):
    """A return cannot do this where it stands; `status` says where."""

    code = "INVALID_STATE"

    def __init__(self, *, status: ReturnStatus, wanted: ReturnAction) -> None:
        ways = ", ".join(sorted(TRANSITIONS[status])) or "nothing any more"
        super().__init__(
            f"The return is {status.value} and cannot become {wanted.value}; what it can: {ways}", status=status.value
        )


class ReturnRefusedError(Refusal):
    """These pieces cannot be sent back: they were not sent, are on their way already, or the time is over."""

    code = "RETURN_REFUSED"

    def __init__(self, message: str, *, available: int, field: str) -> None:
        super().__init__(message, available=available, field=field)


def after(status: ReturnStatus, action: ReturnAction) -> ReturnStatus:
    """Say where an action leads. Raises ReturnStateError where it does not apply."""
    if action not in TRANSITIONS[status]:
        raise ReturnStateError(status=status, wanted=action)
    return ReturnStatus(action.value)


def check_window(delivered_at: datetime | None, *, now: datetime, field: str) -> None:
    """Refuse what was delivered too long ago. Raises ReturnRefusedError."""
    if delivered_at is not None and delivered_at + WINDOW < now:
        raise ReturnRefusedError(
            f"{field}: it was delivered more than {WINDOW.days} days ago", available=0, field=field
        )


def check_pieces(quantity: int, *, fulfilled: int, returned: int, underway: int, field: str) -> int:
    """Give how many pieces are sent back; raises ReturnRefusedError, InvalidInput.

    `returned` of the `fulfilled` ones have come back, `underway` ones stand in open returns.
    """
    if quantity < 1:
        raise InvalidInput(f"{field}: it must be above zero", field=field)
    available = max(fulfilled - returned - underway, 0)
    if quantity > available:
        raise ReturnRefusedError(
            f"{field}: more pieces than can be sent back; {available} can", available=available, field=field
        )
    return quantity


def note(text: str | None, *, required: bool = False) -> str | None:
    """Trim what is said about a return. Raises InvalidInput."""
    trimmed = (text or "").strip()
    if len(trimmed) > NOTE_LENGTH_MAX or (required and not trimmed):
        raise InvalidInput(f"note: say why, in at most {NOTE_LENGTH_MAX:,} characters", field="note")
    return trimmed or None
