"""Business calendars: when somebody works, and how working time is counted.

A calendar is wall-clock time in a zone: several intervals a day, holidays, daylight saving. All instants are UTC. Where
the clock is put forward, an interval begins or ends with the gap; where it is put back, what the clock shows twice
lies inside twice.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import InvalidInput

DAY_MINUTES: Final = 24 * 60
DAYS_A_WEEK: Final = 7
HOLIDAYS_MAX: Final = 1_000
HORIZON: Final = timedelta(days=3_660)
"""What is due later counts as not due: of a minute a week, a year of working time would end past the year 9999."""
_MINUTE: Final = timedelta(minutes=1)

Interval = tuple[int, int]
"""From and until, in minutes since midnight: (540, 1020) is 09:00 to 17:00."""
Span = tuple[datetime, datetime]
"""From and until."""
Pause = tuple[datetime, datetime | None]
"""From and until; None while it lasts."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """When somebody works: the intervals of each day of the week, Monday first, and the days without any.

    Raises InvalidInput for a calendar that cannot be, or has no working time at all.
    """

    zone: str
    """An IANA name: Europe/Berlin."""
    week: tuple[tuple[Interval, ...], ...]
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        _zone(self.zone)
        if len(self.week) != DAYS_A_WEEK or not any(self.week):
            raise InvalidInput(
                "week: name the intervals of seven days, Monday first, at least one of all", field="week"
            )
        for at, day in enumerate(self.week):
            ends = [0, *(bound for interval in day for bound in interval), DAY_MINUTES]
            if any(later < earlier for earlier, later in pairwise(ends)) or any(start == end for start, end in day):
                raise InvalidInput(
                    "week: intervals of a day follow one another, each from a minute until a later one, 0 to 1440",
                    field=f"week.{at}",
                )
        if len(self.holidays) > HOLIDAYS_MAX:
            raise InvalidInput(f"holidays: {HOLIDAYS_MAX:,} are as many as are kept", field="holidays")


def due(calendar: Calendar, since: datetime, target: timedelta, pauses: Sequence[Pause] = ()) -> datetime | None:
    """Say when so much working time will have passed; None if a pause that lasts comes before, or `HORIZON`.

    `pauses` are in order and do not overlap. What ends with an interval is due then, not when the next one begins.
    """
    left = target
    for start, end in _working(calendar, since, pauses):
        if start - since > HORIZON:
            return None
        if left <= end - start:
            return start + left
        left -= end - start
    return None


def worked(calendar: Calendar, since: datetime, until: datetime, pauses: Sequence[Pause] = ()) -> timedelta:
    """Count the working time between two instants, without the pauses."""
    total = timedelta()
    for start, end in _working(calendar, since, (*pauses, (until, None))):
        total += end - start
    return total


def _working(calendar: Calendar, since: datetime, pauses: Sequence[Pause]) -> Iterator[Span]:
    """Give the spans of working time from an instant on, in order, until a pause that lasts begins."""
    waiting = list(reversed(pauses))
    for opened, closed in _open(calendar, since):
        start = opened
        while waiting and waiting[-1][0] < closed:
            paused, resumed = waiting[-1]
            if paused > start:
                yield start, paused
            if resumed is None:
                return
            start = max(start, resumed)
            if resumed > closed:
                break
            waiting.pop()
        if start < closed:
            yield start, closed
        if waiting and waiting[-1][1] is None and waiting[-1][0] <= closed:
            return


def _open(calendar: Calendar, since: datetime) -> Iterator[Span]:
    """Give the spans in which the calendar is open, from an instant on, for ever."""
    zone = _zone(calendar.zone)
    day = since.astimezone(zone).date()
    last = since
    while True:
        for start, end in () if day in calendar.holidays else calendar.week[day.weekday()]:
            # What the clock shows twice may make two intervals of a day overlap.
            opened = max(_instant(day, start, zone, fold=0), last)
            closed = _instant(day, end, zone, fold=1)
            if opened < closed:
                yield opened, closed
                last = closed
        day += timedelta(days=1)


def _instant(day: date, minute: int, zone: ZoneInfo, *, fold: int) -> datetime:
    """Say when the clock shows a minute of a day: the first or the second time, or the end of the gap it lies in."""
    shown = datetime(day.year, day.month, day.day) + minute * _MINUTE  # noqa: DTZ001 - the wall clock's
    instant = shown.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == shown:
        return instant
    first, after = (shown.replace(tzinfo=zone, fold=each).astimezone(UTC) for each in (1, 0))
    offset = after.astimezone(zone).utcoffset()
    minutes = range((after - first) // _MINUTE)
    moved = bisect_left(
        minutes, 1, key=lambda passed: int((first + passed * _MINUTE).astimezone(zone).utcoffset() == offset)
    )
    return first + moved * _MINUTE


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f"zone: {name[:60]!r} is no time zone; write one such as Europe/Berlin", field="zone"
        ) from None
