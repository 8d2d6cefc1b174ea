"""Merchants: their states, what leads from one to another, and what a profile may be."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from domain import states
from domain.errors import InvalidInput
from domain.states import StateError

NAME_LENGTH_MAX: Final = 100
DESCRIPTION_LENGTH_MAX: Final = 5_000
REASON_LENGTH_MAX: Final = 1_000
OPEN_APPLICATIONS_MAX: Final = 3
"""How many merchants somebody may have applied for at the same time."""
MEDIA_TYPES: Final = frozenset({"application/pdf", "image/jpeg", "image/png"})
"""What a document may be."""


class State(Enum):
    """What a merchant is at. Only products of an ACTIVE one are listed."""

    APPLIED = "APPLIED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"


class Action(Enum):
    """What is done to a merchant; the value is the type of the event that tells of it."""

    APPROVE = "MERCHANT_APPROVED"
    SUSPEND = "MERCHANT_SUSPENDED"
    REACTIVATE = "MERCHANT_REACTIVATED"
    CLOSE = "MERCHANT_CLOSED"


TRANSITIONS: Final[Mapping[tuple[State, Action], State]] = MappingProxyType(
    {
        (State.APPLIED, Action.APPROVE): State.ACTIVE,
        (State.APPLIED, Action.CLOSE): State.CLOSED,
        (State.ACTIVE, Action.SUSPEND): State.SUSPENDED,
        (State.ACTIVE, Action.CLOSE): State.CLOSED,
        (State.SUSPENDED, Action.REACTIVATE): State.ACTIVE,
        (State.SUSPENDED, Action.CLOSE): State.CLOSED,
    }
)
"""Where each action leads from each state; what is not here is refused."""


def after(state: State, action: Action) -> State:
    """Say where an action leads. Raises StateError if it does not lead anywhere from this state."""
    return states.after(TRANSITIONS, state, action, noun="merchant")


def check_verified(accepted_kinds: frozenset[str]) -> None:
    """Refuse to approve a merchant without an accepted document of its registration. Raises StateError."""
    if "REGISTRATION" not in accepted_kinds:
        raise StateError("The merchant is not verified: accept a document of the kind REGISTRATION first.")


def name(text: str) -> str:
    """Trim a merchant's name. Raises InvalidInput."""
    trimmed = " ".join(text.split())
    if not 0 < len(trimmed) <= NAME_LENGTH_MAX:
        raise InvalidInput(f"name: a name has 1 to {NAME_LENGTH_MAX} characters", field="name")
    return trimmed


def description(text: str) -> str:
    """Trim what a merchant says of itself. Raises InvalidInput."""
    if len(text) > DESCRIPTION_LENGTH_MAX:
        raise InvalidInput(f"description: it is longer than {DESCRIPTION_LENGTH_MAX:,} characters", field="description")
    return text.strip()


def reason(text: str) -> str:
    """Trim a reason, which must be given. Raises InvalidInput."""
    trimmed = text.strip()
    if not 0 < len(trimmed) <= REASON_LENGTH_MAX:
        raise InvalidInput(f"reason: say why, in at most {REASON_LENGTH_MAX:,} characters", field="reason")
    return trimmed


def check_document(*, file_name: str, media_type: str) -> None:
    """Refuse a document that nobody will be able to look at. Raises InvalidInput."""
    if media_type not in MEDIA_TYPES:
        raise InvalidInput(
            f"mediaType: {media_type[:60]!r} is not taken; send {', '.join(sorted(MEDIA_TYPES))}", field="media_type"
        )
    if not 0 < len(file_name) <= NAME_LENGTH_MAX or not file_name.isprintable() or "/" in file_name:
        raise InvalidInput(f"fileName: a name has 1 to {NAME_LENGTH_MAX} characters and no slash", field="file_name")
