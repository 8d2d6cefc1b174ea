"""Units on hand ..."""

import pytest

from domain import inventory
from domain.errors import InvalidInput
from domain.inventory import StockChangedError, StockReservedError


def test_are_what_was_counted_if_they_were_as_expected() -> None:
    for expected in (5, None):
        assert inventory.counted(on_hand=5, reserved=2, expected=expected, wanted=2, field="on_hand") == 2


@pytest.mark.parametrize(
    ("expected", "wanted", "error", "field"),
    [
        (4, 9, StockChangedError, "rows.3.expected"),
        (4, 1, StockChangedError, "rows.3.expected"),
        (5, 1, StockReservedError, "rows.3.on_hand"),
        (None, 1, StockReservedError, "rows.3.on_hand"),
        (5, -1, InvalidInput, "rows.3.on_hand"),
        (5, 2**31, InvalidInput, "rows.3.on_hand"),
    ],
)
def test_are_refused_by_the_first_rule_that_is_broken(
    expected: int | None, wanted: int, error: type[InvalidInput], field: str
) -> None:
    with pytest.raises(error) as caught:
        inventory.counted(on_hand=5, reserved=2, expected=expected, wanted=wanted, field="rows.3.on_hand")
    assert caught.value.extensions["field"] == field


def test_come_and_go_but_never_below_what_is_promised() -> None:
    assert inventory.adjusted(on_hand=5, reserved=2, difference=-3, field="difference") == 2
    assert inventory.adjusted(on_hand=5, reserved=2, difference=4, field="difference") == 9
    with pytest.raises(StockReservedError) as caught:
        inventory.adjusted(on_hand=5, reserved=2, difference=-4, field="difference")
    assert caught.value.extensions == {
        "code": "STOCK_RESERVED",
        "field": "difference",
        "on_hand": 5,
        "reserved": 2,
    }
    with pytest.raises(InvalidInput):
        inventory.adjusted(on_hand=5, reserved=2, difference=2**31 - 5, field="difference")
