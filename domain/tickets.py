"""Tickets: what they are about, their states, what leads from one to another, and who may do it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Final

from domain.errors import InvalidInput
from domain.states import StateError

SUBJECT_LENGTH_MAX: Final = 200
BODY_LENGTH_MAX: Final = 10_000
TAGS_MAX: Final = 20
TAG_LENGTH_MAX: Final = 40
SCORE_MIN, SCORE_MAX = 1, 5
REOPENED_WITHIN: Final = timedelta(days=30)
"""For how long after it was resolved a customer may have a ticket opened again."""
CLOSED_AFTER: Final = timedelta(days=7)
"""When a resolved ticket that nobody says anything about is closed."""
RATING_ASKED_AFTER: Final = timedelta(days=2)
"""When a customer who has not rated a resolved ticket is reminded, once."""
MACRO_TITLE_LENGTH_MAX: Final = 100
ATTACHMENTS_MAX: Final = 20
ATTACHMENT_TYPES: Final = frozenset(
    {"application/pdf", "image/gif", "image/jpeg", "image/png", "image/webp", "text/plain", "video/mp4"}
)
_NUMBER_BASE: Final = 100_000
_NUMBER_PREFIX: Final = "T-"


class Kind(Enum):
    """What a ticket is about."""

    INQUIRY = "INQUIRY"
    AFTER_SALES = "AFTER_SALES"
    COMPLAINT = "COMPLAINT"
    RETURN = "RETURN"
    FEEDBACK = "FEEDBACK"


class Priority(Enum):
    """How soon a ticket must be dealt with."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    URGENT = "URGENT"


class State(Enum):
    """What a ticket is at."""

    NEW = "NEW"
    ACCEPTED = "ACCEPTED"
    INVESTIGATING = "INVESTIGATING"
    AWAITING_CUSTOMER = "AWAITING_CUSTOMER"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"


class Party(Enum):
    """As what somebody deals with a ticket."""

    CUSTOMER = "CUSTOMER"
    AGENT = "AGENT"
    MERCHANT = "MERCHANT"
    SYSTEM = "SYSTEM"


class Action(Enum):
    """What is done to a ticket; the value is the type of the event that tells of it."""

    OPEN = "TICKET_OPENED"
    ACCEPT = "TICKET_ACCEPTED"
    INVESTIGATE = "TICKET_INVESTIGATED"
    REPLY = "TICKET_REPLIED"
    NOTE = "TICKET_NOTED"
    AWAIT_CUSTOMER = "TICKET_CUSTOMER_AWAITED"
    RESOLVE = "TICKET_RESOLVED"
    CLOSE = "TICKET_CLOSED"
    REOPEN = "TICKET_REOPENED"
    ASSIGN = "TICKET_ASSIGNED"
    PRIORITISE = "TICKET_PRIORITISED"
    TAG = "TICKET_TAGGED"
    ATTACH = "TICKET_ATTACHED"
    MERGE = "TICKET_MERGED"
    RATE = "TICKET_RATED"
    BREACH = "TICKET_SLA_BREACHED"


BEING_HANDLED: Final = (State.NEW, State.ACCEPTED, State.INVESTIGATING, State.AWAITING_CUSTOMER, State.REOPENED)
"""The states in which somebody still has to do something."""
INTERNAL: Final = frozenset({Action.NOTE, Action.TAG, Action.BREACH})
"""What is kept from everybody but platform staff."""
REQUIRED: Final[Mapping[Action, str]] = MappingProxyType(
    {
        Action.OPEN: "body",
        Action.INVESTIGATE: "note",
        Action.REPLY: "body",
        Action.NOTE: "body",
        Action.AWAIT_CUSTOMER: "body",
        Action.RESOLVE: "resolution",
        Action.REOPEN: "reason",
    }
)
"""The text that must come with an action. That of INVESTIGATE and NOTE is internal; all others the customer reads."""


def _leads(action: Action, party: Party, to: State, *froms: State) -> dict[tuple[State, Action, Party], State]:
    return {(state, action, party): to for state in froms}


def _stays(action: Action, party: Party, *states: State) -> dict[tuple[State, Action, Party], State]:
    return {(state, action, party): state for state in states}


_ANSWERED: Final = (*BEING_HANDLED, State.RESOLVED)

TRANSITIONS: Final[Mapping[tuple[State, Action, Party], State]] = MappingProxyType(
    {
        **_leads(Action.ACCEPT, Party.AGENT, State.ACCEPTED, State.NEW, State.REOPENED),
        **_leads(
            Action.INVESTIGATE,
            Party.AGENT,
            State.INVESTIGATING,
            State.ACCEPTED,
            State.INVESTIGATING,
            State.AWAITING_CUSTOMER,
            State.REOPENED,
        ),
        **_stays(Action.REPLY, Party.AGENT, *_ANSWERED),
        **_stays(Action.REPLY, Party.MERCHANT, *_ANSWERED),
        **_stays(Action.REPLY, Party.CUSTOMER, State.NEW, State.ACCEPTED, State.INVESTIGATING, State.REOPENED),
        # Whoever was waited for has come: the work goes on.
        **_leads(Action.REPLY, Party.CUSTOMER, State.INVESTIGATING, State.AWAITING_CUSTOMER),
        **_leads(Action.REPLY, Party.CUSTOMER, State.REOPENED, State.RESOLVED),
        **_stays(Action.NOTE, Party.AGENT, *State),
        **_leads(Action.AWAIT_CUSTOMER, Party.AGENT, State.AWAITING_CUSTOMER, State.ACCEPTED, State.INVESTIGATING),
        **_leads(
            Action.RESOLVE,
            Party.AGENT,
            State.RESOLVED,
            State.ACCEPTED,
            State.INVESTIGATING,
            State.AWAITING_CUSTOMER,
            State.REOPENED,
        ),
        **_leads(Action.CLOSE, Party.AGENT, State.CLOSED, State.RESOLVED),
        **_leads(Action.CLOSE, Party.CUSTOMER, State.CLOSED, *_ANSWERED),
        **_leads(Action.CLOSE, Party.SYSTEM, State.CLOSED, State.RESOLVED),
        **_leads(Action.REOPEN, Party.AGENT, State.REOPENED, State.RESOLVED, State.CLOSED),
        **_leads(Action.REOPEN, Party.CUSTOMER, State.REOPENED, State.RESOLVED, State.CLOSED),
        **_stays(Action.ASSIGN, Party.AGENT, *_ANSWERED),
        **_stays(Action.PRIORITISE, Party.AGENT, *BEING_HANDLED),
        **_stays(Action.TAG, Party.AGENT, *State),
        **_stays(Action.ATTACH, Party.AGENT, *_ANSWERED),
        **_stays(Action.ATTACH, Party.CUSTOMER, *BEING_HANDLED),
        **_stays(Action.ATTACH, Party.MERCHANT, *BEING_HANDLED),
        **_leads(Action.MERGE, Party.AGENT, State.CLOSED, *_ANSWERED),
        **_stays(Action.RATE, Party.CUSTOMER, State.RESOLVED, State.CLOSED),
        **_stays(Action.BREACH, Party.SYSTEM, *BEING_HANDLED),
    }
)
"""Where each action of each party leads from each state; what is not here is refused."""


def after(state: State, action: Action, party: Party) -> State:
    """Say where an action leads. Raises StateError if it leads nowhere from this state, or not for this party."""
    following = TRANSITIONS.get((state, action, party))
    if following is None:
        could = ", ".join(each.name for each in _actions(state, party)) or "nothing"
        raise StateError(
            f"The ticket is {state.value}: {action.name} does not apply for the {party.value.lower()}; "
            f"what does: {could}. Read it again."
        )
    return following


def check_reopened(party: Party, *, resolved_at: datetime | None, merged: bool, now: datetime) -> None:
    """Refuse to open a ticket again that is merged, or that was resolved too long ago. Raises StateError."""
    if merged:
        raise StateError("The ticket was merged into another one: write there.")
    if party is Party.CUSTOMER and resolved_at is not None and now - resolved_at > REOPENED_WITHIN:
        raise StateError(f"The ticket was resolved over {REOPENED_WITHIN.days} days ago: open a new one.")


def allowed(
    state: State, party: Party, *, resolved_at: datetime | None, merged: bool, rated: bool, now: datetime
) -> list[Action]:
    """Name what a party may do just now, in the order of the path."""
    found = []
    for action in _actions(state, party):
        if action is Action.RATE and (rated or merged):
            continue
        if action is Action.REOPEN or (action is Action.REPLY and state is State.RESOLVED):
            try:
                check_reopened(party, resolved_at=resolved_at, merged=merged, now=now)
            except StateError:
                continue
        found.append(action)
    return found


def _actions(state: State, party: Party) -> Iterator[Action]:
    return (action for action in Action if (state, action, party) in TRANSITIONS)


def number(key: int) -> str:
    """Write the number that people call a ticket by."""
    return f"{_NUMBER_PREFIX}{_NUMBER_BASE + key}"


def key_of(text: str) -> int | None:
    """Read a ticket's number; None if it is none."""
    digits = text.strip().upper().removeprefix(_NUMBER_PREFIX)
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):  # noqa: PLR2004 - below 2**63
        return None
    return int(digits) - _NUMBER_BASE if int(digits) > _NUMBER_BASE else None


def subject(text: str) -> str:
    """Trim a subject. Raises InvalidInput."""
    trimmed = " ".join(text.split())
    if not 0 < len(trimmed) <= SUBJECT_LENGTH_MAX:
        raise InvalidInput(f"subject: say in 1 to {SUBJECT_LENGTH_MAX} characters what it is about", field="subject")
    return trimmed


def text_of(action: Action, text: str) -> str:
    """Trim the text that must come with an action. Raises InvalidInput."""
    name = REQUIRED[action]
    trimmed = text.strip()
    if not 0 < len(trimmed) <= BODY_LENGTH_MAX:
        raise InvalidInput(f"{name}: write 1 to {BODY_LENGTH_MAX:,} characters", field=name)
    return trimmed


def score(given: int) -> int:
    """Check how satisfied somebody says to be. Raises InvalidInput."""
    if not SCORE_MIN <= given <= SCORE_MAX:
        raise InvalidInput(f"score: {given} is not between {SCORE_MIN} and {SCORE_MAX}", field="score")
    return given


def comment(text: str | None) -> str | None:
    """Trim what somebody says to a rating; None for nothing. Raises InvalidInput."""
    trimmed = (text or "").strip()
    if len(trimmed) > BODY_LENGTH_MAX:
        raise InvalidInput(f"comment: it is longer than {BODY_LENGTH_MAX:,} characters", field="comment")
    return trimmed or None


def tags(given: Sequence[str]) -> list[str]:
    """Put tags in order: lower case, each once. Raises InvalidInput."""
    found = sorted({" ".join(tag.lower().split()) for tag in given})
    if len(found) > TAGS_MAX:
        raise InvalidInput(f"tags: a ticket has at most {TAGS_MAX}", field="tags")
    for tag in found:
        if not 0 < len(tag) <= TAG_LENGTH_MAX:
            raise InvalidInput(f"tags: a tag has 1 to {TAG_LENGTH_MAX} characters, not {tag[:60]!r}", field="tags")
    return found


def macro(title: str, body: str) -> tuple[str, str]:
    """Trim what is often said, and what it is called. Raises InvalidInput."""
    named = " ".join(title.split())
    if not 0 < len(named) <= MACRO_TITLE_LENGTH_MAX:
        raise InvalidInput(f"title: a title has 1 to {MACRO_TITLE_LENGTH_MAX} characters", field="title")
    return named, text_of(Action.REPLY, body)


def check_attachment(*, file_name: str, media_type: str) -> None:
    """Refuse a file that is not taken. Raises InvalidInput."""
    if media_type not in ATTACHMENT_TYPES:
        raise InvalidInput(
            f"mediaType: {media_type[:60]!r} is not taken; send {', '.join(sorted(ATTACHMENT_TYPES))}",
            field="media_type",
        )
    if not 0 < len(file_name) <= TAG_LENGTH_MAX * 3 or not file_name.isprintable() or "/" in file_name:
        raise InvalidInput("fileName: a name has 1 to 120 characters and no slash", field="file_name")
