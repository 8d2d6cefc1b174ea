"""What is promised to who opens a ticket: by when it is answered, and by when it is resolved.

Three clocks count working time of a business calendar. The first response is due after the opening; the next ones
after the customer has written; the resolution after the opening, without the time in which the customer is waited for
or the ticket counts as resolved.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Final

from domain import business_calendars
from domain.business_calendars import Calendar, Pause
from domain.errors import InvalidInput
from domain.tickets import Kind, Priority

NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Where what is not due stands in an order by what is due first."""
TARGET_MAX: Final = timedelta(days=365)


class Clock(Enum):
    """What is counted."""

    FIRST_RESPONSE = "FIRST_RESPONSE"
    NEXT_RESPONSE = "NEXT_RESPONSE"
    RESOLUTION = "RESOLUTION"


@dataclass(frozen=True, slots=True)
class Targets:
    """How much working time each may take. Raises InvalidInput for none, or for more than a year."""

    first_response: timedelta
    next_response: timedelta
    resolution: timedelta

    def __post_init__(self) -> None:
        for name in ("first_response", "next_response", "resolution"):
            if not timedelta() < getattr(self, name) <= TARGET_MAX:
                raise InvalidInput(f"{name}: name a time of more than nothing and at most a year", field=name)


def _minutes(first_response: int, next_response: int, resolution: int) -> Targets:
    return Targets(*(timedelta(minutes=each) for each in (first_response, next_response, resolution)))


_OF_KIND: Final = {
    Kind.INQUIRY: (480, 480, 1_440),
    Kind.AFTER_SALES: (240, 480, 1_440),
    Kind.COMPLAINT: (120, 240, 960),
    Kind.RETURN: (240, 480, 2_400),
    Kind.FEEDBACK: (960, 960, 4_800),
}
_OF_PRIORITY: Final = {Priority.LOW: (2, 1), Priority.NORMAL: (1, 1), Priority.HIGH: (1, 2), Priority.URGENT: (1, 4)}

TARGETS: Final[Mapping[tuple[Kind, Priority], Targets]] = MappingProxyType(
    {
        (kind, priority): _minutes(*(each * times // parts for each in minutes))
        for kind, minutes in _OF_KIND.items()
        for priority, (times, parts) in _OF_PRIORITY.items()
    }
)
"""What is promised unless the platform says otherwise: at LOW twice the time, at HIGH a half, at URGENT a quarter."""

OFFICE: Final = Calendar("UTC", ((((540, 1_020),),) * 5 + ((),) * 2))
"""When the platform works unless it says otherwise: Monday to Friday, 9 to 17 UTC."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What has happened to a ticket, as far as the clocks are concerned."""

    opened_at: datetime
    first_responded_at: datetime | None = None
    waiting_since: datetime | None = None
    """Since when the customer has been waiting for a response, the first included."""
    ended_at: datetime | None = None
    """When it was resolved or closed; None while it is being handled."""
    pauses: tuple[Pause, ...] = ()
    """When the resolution was not worked on, in order."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """By when each is due; None for what is not due, or is being paused."""

    first_response: datetime | None
    next_response: datetime | None
    resolution: datetime | None

    def of(self, clock: Clock) -> datetime | None:
        """Give the deadline of a clock."""
        return {
            Clock.FIRST_RESPONSE: self.first_response,
            Clock.NEXT_RESPONSE: self.next_response,
            Clock.RESOLUTION: self.resolution,
        }[clock]


def deadlines(timeline: Timeline, targets: Targets, calendar: Calendar) -> Deadlines:
    """Work out by when each is due. Those of clocks that have stopped stay as they were."""
    waits = timeline.first_responded_at is not None and timeline.waiting_since is not None
    return Deadlines(
        first_response=business_calendars.due(calendar, timeline.opened_at, targets.first_response),
        next_response=(
            business_calendars.due(calendar, timeline.waiting_since, targets.next_response)
            if waits and timeline.waiting_since is not None
            else None
        ),
        resolution=business_calendars.due(calendar, timeline.opened_at, targets.resolution, timeline.pauses),
    )


def running(timeline: Timeline) -> Iterator[Clock]:
    """Name the clocks that have not stopped."""
    if timeline.ended_at is not None:
        return
    if timeline.first_responded_at is None:
        yield Clock.FIRST_RESPONSE
    elif timeline.waiting_since is not None:
        yield Clock.NEXT_RESPONSE
    yield Clock.RESOLUTION


def next_due(timeline: Timeline, promised: Deadlines) -> datetime:
    """Say what is due first; NEVER if nothing is."""
    return min((at for clock in running(timeline) if (at := promised.of(clock)) is not None), default=NEVER)


def breached(timeline: Timeline, promised: Deadlines, *, now: datetime) -> list[Clock]:
    """Name the running clocks whose deadline has passed."""
    return [clock for clock in running(timeline) if (at := promised.of(clock)) is not None and at < now]
