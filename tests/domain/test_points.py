"""Points ..."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import points
from domain.points import InsufficientPointsError, Lot, Piece

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SOON, LATER = NOW + timedelta(days=1), NOW + timedelta(days=30)


@pytest.mark.parametrize(
    ("amount", "earn_bp", "multiplier_bp", "expected"),
    [
        (1990, 100, 10_000, 19),
        (1999, 100, 10_000, 19),
        (2000, 100, 10_000, 20),
        (1990, 100, 15_000, 29),
        (99, 100, 10_000, 0),
        (0, 100, 20_000, 0),
        (1990, 0, 20_000, 0),
        (5000, 10_000, 10_000, 5000),
    ],
)
def test_are_earned_rounded_down(amount: int, earn_bp: int, multiplier_bp: int, expected: int) -> None:
    assert points.earned(amount, earn_bp=earn_bp, multiplier_bp=multiplier_bp) == expected


@pytest.mark.parametrize(
    ("count", "burn_bp", "expected"), [(100, 10_000, 100), (101, 5_000, 50), (3, 3_333, 0), (7, 0, 0)]
)
def test_pay_rounded_down(count: int, burn_bp: int, expected: int) -> None:
    assert points.worth(count, burn_bp=burn_bp) == expected


@given(st.integers(0, 10**9), st.integers(1, 50_000))
def test_needed_are_the_fewest_that_pay_an_amount(amount: int, burn_bp: int) -> None:
    needed = points.needed(amount, burn_bp=burn_bp)
    assert needed is not None
    assert points.worth(needed, burn_bp=burn_bp) >= amount
    assert needed == 0 or points.worth(needed - 1, burn_bp=burn_bp) < amount


def test_pay_nothing_where_they_are_worth_nothing() -> None:
    assert points.needed(100, burn_bp=0) is None


def test_are_taken_from_the_oldest_expiry_first_and_from_what_never_expires_last() -> None:
    lots = [Lot(1, 5, None), Lot(2, 5, LATER), Lot(3, 5, SOON), Lot(4, 5, SOON)]
    assert points.take(lots, 17, now=NOW) == [Piece(3, 5), Piece(4, 5), Piece(2, 5), Piece(1, 2)]


def test_are_not_taken_from_what_has_expired() -> None:
    lots = [Lot(1, 5, NOW), Lot(2, 4, NOW + timedelta(microseconds=1))]
    assert points.take(lots, 4, now=NOW) == [Piece(2, 4)]
    with pytest.raises(InsufficientPointsError) as refused:
        points.take(lots, 5, now=NOW)
    assert (refused.value.available, refused.value.wanted) == (4, 5)


def test_are_given_back_to_the_latest_expiry_first() -> None:
    taken = [Lot(3, 5, SOON), Lot(2, 5, LATER), Lot(1, 2, None)]
    assert points.give_back(taken, 8) == [Piece(1, 2), Piece(2, 5), Piece(3, 1)]
    with pytest.raises(ValueError, match="only what was taken"):
        points.give_back(taken, 13)


def test_given_back_live_for_the_days_of_grace_only_if_their_time_was_over() -> None:
    assert points.revived(SOON, now=NOW, grace_days=30) == SOON
    assert points.revived(None, now=NOW, grace_days=30) is None
    assert points.revived(NOW, now=NOW, grace_days=30) == NOW + timedelta(days=30)


@given(
    st.lists(st.tuples(st.integers(1, 100), st.one_of(st.none(), st.integers(-5, 5))), max_size=8),
    st.integers(1, 300),
)
def test_taken_and_given_back_are_the_very_same(lots: list[tuple[int, int | None]], wanted: int) -> None:
    made = [
        Lot(number, count, None if days is None else NOW + timedelta(days=days))
        for number, (count, days) in enumerate(lots)
    ]
    usable = sum(lot.points for lot in made if not points.expired(lot, now=NOW))
    if wanted > usable:
        with pytest.raises(InsufficientPointsError):
            points.take(made, wanted, now=NOW)
        return
    taken = points.take(made, wanted, now=NOW)
    assert sum(piece.points for piece in taken) == wanted
    by_id = {lot.id: lot for lot in made}
    back = points.give_back([Lot(each.lot_id, each.points, by_id[each.lot_id].expires_at) for each in taken], wanted)
    assert sorted(back, key=lambda each: each.lot_id) == sorted(taken, key=lambda each: each.lot_id)
