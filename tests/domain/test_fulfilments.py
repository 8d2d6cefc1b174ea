"""A fulfilment ..."""

import pytest

from domain import fulfilments
from domain.errors import InvalidInput
from domain.fulfilments import (
    TRANSITIONS,
    CancelRefusedError,
    FulfilmentStatus,
    NothingToSendError,
    Parcel,
    Progress,
)
from domain.orders import PartStatus

LINES = {1: Progress(3, 1, 0), 2: Progress(2, 0, 2), 3: Progress(1, 0, 0)}


def test_sends_what_is_left_when_nothing_is_named() -> None:
    assert fulfilments.sent(LINES, None) == [(1, 2), (3, 1)]
    assert fulfilments.sent(LINES, [(3, 1), (1, 1)]) == [(3, 1), (1, 1)]


@pytest.mark.parametrize(
    ("lines", "wanted", "available", "field"),
    [
        (LINES, [(3, 1), (1, 3)], 2, "lines.1.quantity"),
        (LINES, [(2, 1)], 0, "lines.0.quantity"),
        ({2: Progress(2, 0, 2)}, None, 0, "lines"),
        ({}, None, 0, "lines"),
    ],
)
def test_does_not_send_more_than_is_left(
    lines: dict[int, Progress], wanted: list[tuple[int, int]] | None, available: int, field: str
) -> None:
    with pytest.raises(NothingToSendError) as refused:
        fulfilments.sent(lines, wanted)
    assert refused.value.extensions == {"code": "NOTHING_TO_SEND", "available": available, "field": field}


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ([], "lines"),
        ([(1, 0)], "lines.0.quantity"),
        ([(1, -1)], "lines.0.quantity"),
        ([(1, 1), (1, 1)], "lines.1.line_id"),
    ],
)
def test_names_lines_and_pieces(wanted: list[tuple[int, int]], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        fulfilments.sent(LINES, wanted)
    assert refused.value.extensions["field"] == field


@pytest.mark.parametrize(
    ("status", "lines", "after"),
    [
        (PartStatus.READY, [Progress(2, 0, 0)], PartStatus.READY),
        (PartStatus.READY, [Progress(2, 1, 0)], PartStatus.PARTIALLY_FULFILLED),
        (PartStatus.READY, [Progress(2, 2, 0), Progress(1, 0, 0)], PartStatus.PARTIALLY_FULFILLED),
        (PartStatus.READY, [Progress(2, 2, 0), Progress(1, 1, 0)], PartStatus.FULFILLED),
        (PartStatus.READY, [Progress(2, 0, 1)], PartStatus.READY),
        (PartStatus.READY, [Progress(2, 0, 2), Progress(1, 0, 1)], PartStatus.CANCELLED),
        (PartStatus.PARTIALLY_FULFILLED, [Progress(2, 1, 1)], PartStatus.FULFILLED),
        (PartStatus.PARTIALLY_FULFILLED, [Progress(2, 0, 1)], PartStatus.READY),
        (PartStatus.FULFILLED, [Progress(2, 0, 1), Progress(1, 1, 0)], PartStatus.PARTIALLY_FULFILLED),
        (PartStatus.FULFILLED, [Progress(2, 0, 0)], PartStatus.READY),
        (PartStatus.FULFILLED, [Progress(2, 2, 0)], PartStatus.FULFILLED),
        (PartStatus.DELIVERED, [Progress(2, 2, 0)], PartStatus.DELIVERED),
        (PartStatus.PENDING, [Progress(2, 0, 0)], PartStatus.PENDING),
        (PartStatus.CANCELLED, [Progress(2, 0, 2)], PartStatus.CANCELLED),
    ],
)
def test_moves_the_merchants_part(status: PartStatus, lines: list[Progress], after: PartStatus) -> None:
    assert fulfilments.part_after(status, lines) is after


def test_ends_when_it_is_delivered_or_taken_back() -> None:
    assert {(status, target) for status, targets in TRANSITIONS.items() for target in targets} == {
        (FulfilmentStatus.SHIPPED, FulfilmentStatus.DELIVERED),
        (FulfilmentStatus.SHIPPED, FulfilmentStatus.CANCELLED),
    }
    assert set(TRANSITIONS) == set(FulfilmentStatus)


@pytest.mark.parametrize(("unrefunded", "unreturned"), [(2, 2), (3, 2), (2, 3)])
def test_is_taken_back_with_pieces_of_which_nothing_is_refunded_or_returned(unrefunded: int, unreturned: int) -> None:
    assert fulfilments.taken_back(2, unrefunded=unrefunded, unreturned=unreturned, field="f") == 2


@pytest.mark.parametrize(("unrefunded", "unreturned", "available"), [(1, 2, 1), (2, 1, 1), (0, 2, 0), (2, -1, 0)])
def test_is_not_taken_back_with_pieces_that_were_refunded_or_return(
    unrefunded: int, unreturned: int, available: int
) -> None:
    with pytest.raises(CancelRefusedError) as refused:
        fulfilments.taken_back(2, unrefunded=unrefunded, unreturned=unreturned, field="f")
    assert refused.value.extensions == {"code": "CANCEL_REFUSED", "available": available, "field": "f"}


def test_is_followed_by_a_number() -> None:
    parcel = fulfilments.parcel(
        carrier="  Swift   Post ", tracking_number="S 1", tracking_url="https://swift.example/S-1?lang=en"
    )
    assert parcel == Parcel("Swift Post", "S 1", "https://swift.example/S-1?lang=en")
    assert fulfilments.parcel(carrier=" ", tracking_number=None, tracking_url="") == Parcel()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"carrier": "x" * 61}, "carrier"),
        ({"carrier": "a\x00b"}, "carrier"),
        ({"tracking_number": "x" * 81}, "tracking_number"),
        ({"tracking_url": "javascript:alert(1)"}, "tracking_url"),
        ({"tracking_url": "https://me:secret@swift.example/"}, "tracking_url"),
        ({"tracking_url": "swift.example/1"}, "tracking_url"),
        ({"tracking_url": "https://"}, "tracking_url"),
    ],
)
def test_refuses_a_parcel_that_nobody_could_follow(given: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        fulfilments.parcel(**{"carrier": None, "tracking_number": None, "tracking_url": None, **given})
    assert refused.value.extensions["field"] == field
