"""A cart's rules ..."""

import pytest

from domain import carts
from domain.carts import LINES_MAX, QUANTITY_MAX, Merged, MergeOutcome
from domain.errors import InvalidInput


def test_write_codes_in_capitals_without_spaces_each_once() -> None:
    assert carts.codes([" spring 10 ", "SPRING10", "autumn"]) == ["SPRING10", "AUTUMN"]


@pytest.mark.parametrize("code", ["", "  ", "A" * 41, "A\x00B"])
def test_refuse_what_is_no_code(code: str) -> None:
    with pytest.raises(InvalidInput):
        carts.codes([code])


def test_add_up_the_pieces_of_two_carts_to_a_limit() -> None:
    report = carts.merge({1: 2, 2: 998}, [(1, 3), (2, 2), (3, 4)])
    assert report == [
        Merged(1, 3, 5, MergeOutcome.SUMMED),
        Merged(2, 2, QUANTITY_MAX, MergeOutcome.CAPPED),
        Merged(3, 4, 4, MergeOutcome.ADDED),
    ]


def test_leave_out_what_finds_no_room() -> None:
    own = dict.fromkeys(range(LINES_MAX - 1), 1)
    assert carts.merge(own, [(500, 1), (501, 1), (0, 1)]) == [
        Merged(500, 1, 1, MergeOutcome.ADDED),
        Merged(501, 1, 0, MergeOutcome.LEFT_OUT),
        Merged(0, 1, 2, MergeOutcome.SUMMED),
    ]
