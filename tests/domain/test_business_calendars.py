"""Working time ... Every case is computed by hand; 2026-03-02 is a Monday."""

# ruff: noqa: E501 - a table reads best a line a case

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain import business_calendars
from domain.business_calendars import Calendar
from domain.errors import InvalidInput

NINE_TO_FIVE = ((540, 1_020),)
HOLIDAYS = frozenset({date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6)})
OFFICE = Calendar("Europe/Berlin", (*[NINE_TO_FIVE] * 5, (), ()), HOLIDAYS)
SPLIT = Calendar("Europe/Berlin", (*[((540, 720), (780, 1_020))] * 5, ((600, 840),), ()))
ALWAYS = Calendar("Europe/Berlin", (((0, 1_440),),) * 7)
NIGHT = Calendar("America/New_York", (((0, 240), (1_320, 1_440)),) * 7)
TOKYO = Calendar("Asia/Tokyo", (*[((540, 1_080),)] * 5, (), ()))
KATHMANDU = Calendar("Asia/Kathmandu", (*[((600, 1_080),)] * 5, (), ((600, 1_080),)))
LORD_HOWE = Calendar("Australia/Lord_Howe", (((0, 1_440),),) * 7)
IN_THE_GAP = Calendar("Europe/Berlin", (*[()] * 6, ((150, 300),)))
IN_THE_REPEATED_HOUR = Calendar("Europe/Berlin", (*[()] * 6, ((60, 150), (165, 600))))

# What it shows, the calendar, since when, minutes, pauses, when it is due. Without a Z: on the calendar's wall clock.
CASES = [
    ("within an interval", OFFICE, "2026-03-02 10:00", 60, [], "2026-03-02 11:00"),
    ("over night: 7 h on Monday, 1 h on Tuesday", OFFICE, "2026-03-02 10:00", 480, [], "2026-03-03 10:00"),
    ("until the very end of a day", OFFICE, "2026-03-02 09:00", 480, [], "2026-03-02 17:00"),
    ("from before it opens", OFFICE, "2026-03-02 06:30", 30, [], "2026-03-02 09:30"),
    ("from after it has closed", OFFICE, "2026-03-02 18:00", 60, [], "2026-03-03 10:00"),
    ("from the moment it closes", OFFICE, "2026-03-02 17:00", 1, [], "2026-03-03 09:01"),
    ("over a weekend: half an hour on Friday", OFFICE, "2026-03-06 16:30", 60, [], "2026-03-09 09:30"),
    ("from a Saturday", OFFICE, "2026-03-07 12:00", 120, [], "2026-03-09 11:00"),
    ("over Easter: Friday and Monday are holidays", OFFICE, "2026-04-02 16:00", 120, [], "2026-04-07 10:00"),
    ("from a holiday", OFFICE, "2026-04-03 11:00", 30, [], "2026-04-07 09:30"),
    ("over New Year: 2 h, then Friday", OFFICE, "2025-12-31 15:00", 240, [], "2026-01-02 11:00"),
    ("of a whole week: 5 days of 8 h", OFFICE, "2026-03-02 09:00", 2_400, [], "2026-03-06 17:00"),
    ("over lunch", SPLIT, "2026-03-02 11:30", 60, [], "2026-03-02 13:30"),
    ("from lunch", SPLIT, "2026-03-02 12:15", 15, [], "2026-03-02 13:15"),
    ("into a short Saturday", SPLIT, "2026-03-06 16:00", 120, [], "2026-03-07 11:00"),
    ("from a short Saturday", SPLIT, "2026-03-07 13:00", 180, [], "2026-03-09 11:00"),
    ("of both halves of a day", SPLIT, "2026-03-02 09:00", 420, [], "2026-03-02 17:00"),
    ("of a minute more than both halves", SPLIT, "2026-03-02 09:00", 421, [], "2026-03-03 09:01"),
    ("of 24 h over a day of 23", ALWAYS, "2026-03-28 12:00", 1_440, [], "2026-03-29 13:00"),
    ("of 24 h over a day of 25", ALWAYS, "2026-10-24 12:00", 1_440, [], "2026-10-25 11:00"),
    ("over the weekend that summer begins: 10:00 is 08:00 Z", OFFICE, "2026-03-27 16:00", 120, [], "2026-03-30T08:00Z"),
    ("over the weekend that summer ends: 10:00 is 09:00 Z", OFFICE, "2026-10-23 16:00", 120, [], "2026-10-26T09:00Z"),
    ("of a night of 3 h: 05:00 Z to 08:00 Z", NIGHT, "2026-03-08 00:00", 180, [], "2026-03-08T08:00Z"),
    ("of a night of 3 h, and 1 h of the evening", NIGHT, "2026-03-08 00:00", 240, [], "2026-03-08 23:00"),
    ("of a night of 5 h: 04:00 Z to 09:00 Z", NIGHT, "2026-11-01 00:00", 300, [], "2026-11-01T09:00Z"),
    ("of a shift over midnight", NIGHT, "2026-03-02 23:00", 180, [], "2026-03-03 02:00"),
    ("that begins in a gap: 01:00 Z", IN_THE_GAP, "2026-03-29 00:00", 60, [], "2026-03-29T02:00Z"),
    ("until the second 02:30: from 23:00 Z", IN_THE_REPEATED_HOUR, "2026-10-24 20:00", 150, [], "2026-10-25T01:30Z"),
    ("of intervals that overlap in a repeated hour", IN_THE_REPEATED_HOUR, "2026-10-24 20:00", 180, [], "2026-10-25T02:00Z"),
    ("over a summer of half an hour", LORD_HOWE, "2026-04-04 12:00", 1_440, [], "2026-04-05 11:30"),
    ("in Tokyo, asked from afar: 08:30 there", TOKYO, "2026-03-02T23:30Z", 90, [], "2026-03-03T01:30Z"),
    ("in Kathmandu, where Sunday is a working day", KATHMANDU, "2026-03-07 12:00", 60, [], "2026-03-08T05:15Z"),
    ("with a pause", OFFICE, "2026-03-02 10:00", 120, [("2026-03-02 11:00", "2026-03-02 14:00")], "2026-03-02 15:00"),
    ("with a pause over night", OFFICE, "2026-03-02 16:00", 120, [("2026-03-02 16:30", "2026-03-03 11:00")], "2026-03-03 12:30"),
    ("with a pause while it is closed", OFFICE, "2026-03-02 16:00", 120, [("2026-03-02 18:00", "2026-03-03 08:00")], "2026-03-03 10:00"),
    ("with a pause from the start", OFFICE, "2026-03-02 10:00", 60, [("2026-03-02 10:00", "2026-03-02 10:45")], "2026-03-02 11:45"),
    ("with a pause that lasts", OFFICE, "2026-03-02 10:00", 120, [("2026-03-02 11:00", None)], None),
    ("that ends as a pause begins that lasts", OFFICE, "2026-03-02 10:00", 60, [("2026-03-02 11:00", None)], "2026-03-02 11:00"),
    ("with a pause that lasts from the evening on", OFFICE, "2026-03-02 16:00", 120, [("2026-03-02 20:00", None)], None),
    ("with two pauses: 30, 120, then 90", SPLIT, "2026-03-02 09:00", 240, [("2026-03-02 09:30", "2026-03-02 10:00"), ("2026-03-02 12:30", "2026-03-02 13:30")], "2026-03-02 15:00"),
    ("with a pause over the weekend that summer begins", OFFICE, "2026-03-27 16:00", 180, [("2026-03-27 16:30", "2026-03-30 10:30")], "2026-03-30 13:00"),
    ("with a pause over Easter", OFFICE, "2026-04-02 16:00", 180, [("2026-04-02 16:30", "2026-04-06 12:00")], "2026-04-07 11:30"),
]  # fmt: skip


def instant(text: str, calendar: Calendar) -> datetime:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(calendar.zone))).astimezone(UTC)


@pytest.mark.parametrize(("shows", "calendar", "since", "minutes", "pauses", "expected"), CASES)
def test_is_due(
    shows: str,
    calendar: Calendar,
    since: str,
    minutes: int,
    pauses: list[tuple[str, str | None]],
    expected: str | None,
) -> None:
    read = [(instant(start, calendar), end and instant(end, calendar)) for start, end in pauses]
    due = business_calendars.due(calendar, instant(since, calendar), timedelta(minutes=minutes), read)
    assert due == (expected and instant(expected, calendar)), shows


@pytest.mark.parametrize(("shows", "calendar", "since", "minutes", "pauses", "expected"), CASES)
def test_is_counted_as_it_is_due(
    shows: str,
    calendar: Calendar,
    since: str,
    minutes: int,
    pauses: list[tuple[str, str | None]],
    expected: str | None,
) -> None:
    if expected is None:
        return
    until = instant(expected, calendar)
    ended = [(instant(start, calendar), end and instant(end, calendar)) for start, end in pauses]
    before = [pause for pause in ended if pause[0] < until]
    counted = business_calendars.worked(calendar, instant(since, calendar), until, before)
    assert counted == timedelta(minutes=minutes), shows


def test_of_nothing_is_nothing() -> None:
    at = instant("2026-03-07 12:00", OFFICE)
    assert business_calendars.worked(OFFICE, at, at + timedelta(days=1)) == timedelta()


@pytest.mark.parametrize(
    ("zone", "week", "field"),
    [
        ("Europe/Atlantis", (NINE_TO_FIVE,) * 7, "zone"),
        ("../etc", (NINE_TO_FIVE,) * 7, "zone"),
        ("", (NINE_TO_FIVE,) * 7, "zone"),
        ("UTC", (NINE_TO_FIVE,) * 6, "week"),
        ("UTC", ((),) * 7, "week"),
        ("UTC", (((540, 540),),) * 7, "week.0"),
        ("UTC", (((540, 720), (700, 800)),) * 7, "week.0"),
        ("UTC", (((-1, 720),),) * 7, "week.0"),
        ("UTC", (((0, 1_441),),) * 7, "week.0"),
    ],
)
def test_has_a_calendar_that_can_be(zone: str, week: tuple[tuple[tuple[int, int], ...], ...], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Calendar(zone, week)
    assert refused.value.extensions["field"] == field


def test_has_no_end_of_holidays_that_is_not_a_bound() -> None:
    days = frozenset(date(2026, 1, 1) + timedelta(days=each) for each in range(1_001))
    with pytest.raises(InvalidInput, match="holidays"):
        Calendar("UTC", (NINE_TO_FIVE,) * 7, days)


def test_gives_no_deadline_beyond_the_horizon() -> None:
    hardly_ever = Calendar("UTC", (((540, 541),), *((),) * 6))
    opened = datetime(2026, 6, 1, tzinfo=UTC)  # a Monday
    week = timedelta(weeks=1)
    assert business_calendars.due(hardly_ever, opened, timedelta(minutes=2)) == opened + week + timedelta(minutes=541)
    assert business_calendars.due(hardly_ever, opened, timedelta(days=365)) is None
