"""What is promised of a ticket ... By hand; 2026-03-02 is a Monday, and the office is open from 9 to 17 UTC."""

from datetime import UTC, datetime, timedelta

import pytest

from domain import sla
from domain.errors import InvalidInput
from domain.sla import NEVER, OFFICE, TARGETS, Clock, Deadlines, Targets, Timeline
from domain.tickets import Kind, Priority


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


OPENED = at("02 10:00")
COMPLAINT = TARGETS[Kind.COMPLAINT, Priority.NORMAL]
"""2 h, 4 h, 16 h."""


def test_is_due_by_the_clock_of_the_office() -> None:
    assert sla.deadlines(Timeline(OPENED), COMPLAINT, OFFICE) == Deadlines(
        first_response=at("02 12:00"), next_response=None, resolution=at("04 10:00")
    )


@pytest.mark.parametrize(
    ("priority", "first", "resolution"),
    [
        (Priority.LOW, at("02 14:00"), at("06 10:00")),
        (Priority.NORMAL, at("02 12:00"), at("04 10:00")),
        (Priority.HIGH, at("02 11:00"), at("03 10:00")),
        (Priority.URGENT, at("02 10:30"), at("02 14:00")),
    ],
)
def test_is_due_by_priority(priority: Priority, first: datetime, resolution: datetime) -> None:
    promised = sla.deadlines(Timeline(OPENED), TARGETS[Kind.COMPLAINT, priority], OFFICE)
    assert (promised.first_response, promised.resolution) == (first, resolution)


@pytest.mark.parametrize("kind", Kind)
def test_is_promised_for_every_kind(kind: Kind) -> None:
    for priority in Priority:
        assert TARGETS[kind, priority].first_response <= TARGETS[kind, priority].resolution


def test_is_due_again_when_the_customer_has_written() -> None:
    timeline = Timeline(OPENED, first_responded_at=at("02 11:00"), waiting_since=at("02 16:00"))
    promised = sla.deadlines(timeline, COMPLAINT, OFFICE)
    assert promised == Deadlines(at("02 12:00"), at("03 12:00"), at("04 10:00"))
    assert list(sla.running(timeline)) == [Clock.NEXT_RESPONSE, Clock.RESOLUTION]
    assert sla.next_due(timeline, promised) == at("03 12:00")


def test_waits_with_who_is_waited_for() -> None:
    timeline = Timeline(OPENED, first_responded_at=at("02 11:00"), pauses=((at("02 11:00"), None),))
    promised = sla.deadlines(timeline, COMPLAINT, OFFICE)
    assert promised == Deadlines(at("02 12:00"), None, None)
    assert sla.next_due(timeline, promised) == NEVER
    assert sla.breached(timeline, promised, now=at("20 12:00")) == []
    # 1 h was used; the other 15 h run from Thursday noon: 5 h, 8 h on Friday, 2 h on Monday.
    resumed = Timeline(OPENED, first_responded_at=at("02 11:00"), pauses=((at("02 11:00"), at("05 12:00")),))
    assert sla.deadlines(resumed, COMPLAINT, OFFICE).resolution == at("09 11:00")


def test_stops_when_it_is_resolved() -> None:
    timeline = Timeline(OPENED, ended_at=at("02 11:00"), waiting_since=OPENED)
    promised = sla.deadlines(timeline, COMPLAINT, OFFICE)
    assert promised.resolution == at("04 10:00")
    assert list(sla.running(timeline)) == []
    assert sla.breached(timeline, promised, now=at("20 12:00")) == []


def test_is_broken_once_the_deadline_has_passed() -> None:
    timeline = Timeline(OPENED, waiting_since=OPENED)
    promised = sla.deadlines(timeline, COMPLAINT, OFFICE)
    assert sla.next_due(timeline, promised) == at("02 12:00")
    assert sla.breached(timeline, promised, now=at("02 12:00")) == []
    assert sla.breached(timeline, promised, now=at("02 12:01")) == [Clock.FIRST_RESPONSE]
    assert sla.breached(timeline, promised, now=at("04 10:01")) == [Clock.FIRST_RESPONSE, Clock.RESOLUTION]


@pytest.mark.parametrize("minutes", [0, -1, 366 * 24 * 60])
def test_is_more_than_nothing_and_less_than_for_ever(minutes: int) -> None:
    hour, wrong = timedelta(hours=1), timedelta(minutes=minutes)
    for given in ((wrong, hour, hour), (hour, wrong, hour), (hour, hour, wrong)):
        with pytest.raises(InvalidInput, match="more than nothing"):
            Targets(*given)
