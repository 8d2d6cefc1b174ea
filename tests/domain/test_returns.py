"""A return ..."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from domain import returns
from domain.errors import InvalidInput
from domain.returns import ReturnAction, ReturnRefusedError, ReturnStateError, ReturnStatus

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
EXPECTED = {
    (ReturnStatus.REQUESTED, ReturnAction.APPROVE): ReturnStatus.APPROVED,
    (ReturnStatus.REQUESTED, ReturnAction.REJECT): ReturnStatus.REJECTED,
    (ReturnStatus.APPROVED, ReturnAction.REJECT): ReturnStatus.REJECTED,
    (ReturnStatus.APPROVED, ReturnAction.RECEIVE): ReturnStatus.RECEIVED,
    (ReturnStatus.REQUESTED, ReturnAction.CANCEL): ReturnStatus.CANCELLED,
    (ReturnStatus.APPROVED, ReturnAction.CANCEL): ReturnStatus.CANCELLED,
}


@pytest.mark.parametrize(("status", "action"), list(product(ReturnStatus, ReturnAction)))
def test_goes_from_state_to_state_as_the_table_says(status: ReturnStatus, action: ReturnAction) -> None:
    if (status, action) in EXPECTED:
        assert returns.after(status, action) is EXPECTED[status, action]
        return
    with pytest.raises(ReturnStateError, match=f"is {status} and cannot become {action.value}") as refused:
        returns.after(status, action)
    assert refused.value.extensions == {"code": "INVALID_STATE", "status": status.value}


@pytest.mark.parametrize(
    ("status", "ways"),
    [
        (ReturnStatus.REQUESTED, "APPROVED, CANCELLED, REJECTED"),
        (ReturnStatus.CANCELLED, "nothing any more"),
    ],
)
def test_that_cannot_go_there_tells_where_it_can(status: ReturnStatus, ways: str) -> None:
    with pytest.raises(ReturnStateError) as refused:
        returns.after(status, ReturnAction.RECEIVE)
    assert refused.value.message == f"The return is {status} and cannot become RECEIVED; what it can: {ways}"


def test_can_be_asked_for_until_thirty_days_after_the_delivery() -> None:
    returns.check_window(NOW - timedelta(days=30), now=NOW, field="lines")
    returns.check_window(None, now=NOW, field="lines")
    with pytest.raises(ReturnRefusedError, match="more than 30 days ago"):
        returns.check_window(NOW - timedelta(days=30, seconds=1), now=NOW, field="lines")


@pytest.mark.parametrize(("quantity", "available"), [(2, 1), (10**12, 1)])
def test_is_of_pieces_that_were_sent_and_are_not_underway(quantity: int, available: int) -> None:
    assert returns.check_pieces(1, fulfilled=4, returned=2, underway=1, field="f") == 1
    with pytest.raises(ReturnRefusedError) as refused:
        returns.check_pieces(quantity, fulfilled=4, returned=2, underway=1, field="f")
    assert refused.value.extensions == {"code": "RETURN_REFUSED", "available": available, "field": "f"}


def test_is_of_at_least_one_piece() -> None:
    with pytest.raises(InvalidInput, match="f: it must be above zero"):
        returns.check_pieces(0, fulfilled=4, returned=0, underway=0, field="f")


def test_is_rejected_with_a_reason() -> None:
    assert returns.note("  worn ", required=True) == "worn"
    assert returns.note(None) is None
    with pytest.raises(InvalidInput, match="say why"):
        returns.note(" ", required=True)
    with pytest.raises(InvalidInput, match="at most 1,000"):
        returns.note("x" * 1001)
