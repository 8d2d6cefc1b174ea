"""The member club ..."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import membership
from domain.membership import Level, LevelsError, Spend

BRONZE = Level(1, "Bronze", "USD", 0)
SILVER = Level(2, "Silver", "USD", 50_000, discount_bp=300)
GOLD = Level(3, "Gold", "USD", 150_000, discount_bp=500, points_multiplier_bp=15_000)
LEVELS = [GOLD, BRONZE, SILVER]
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def ago(days: int, amount: int) -> Spend:
    return Spend(amount, NOW - timedelta(days=days))


@pytest.mark.parametrize(
    ("spends", "level", "spend", "next_level", "remaining"),
    [
        ([], BRONZE, 0, SILVER, 50_000),
        ([ago(1, 49_999)], BRONZE, 49_999, SILVER, 1),
        ([ago(1, 50_000)], SILVER, 50_000, GOLD, 100_000),
        ([ago(300, 100_000), ago(1, 49_999)], SILVER, 149_999, GOLD, 1),
        ([ago(300, 100_000), ago(1, 50_000)], GOLD, 150_000, None, None),
        ([ago(366, 100_000), ago(1, 50_000)], SILVER, 50_000, GOLD, 100_000),
    ],
)
def test_puts_a_customer_where_the_spend_of_twelve_months_reaches(
    spends: list[Spend], level: Level, spend: int, next_level: Level | None, remaining: int | None
) -> None:
    stands = membership.stand(LEVELS, spends, now=NOW)
    assert (stands.level, stands.spend, stands.next_level, stands.remaining) == (level, spend, next_level, remaining)


def test_has_no_level_where_there_are_none() -> None:
    assert membership.stand([], [], now=NOW) == membership.Standing(None, 0, None, None, None)


@pytest.mark.parametrize(
    ("spent", "leaves"),
    [
        (datetime(2026, 1, 31, 8, 30, tzinfo=UTC), datetime(2027, 1, 31, 8, 30, tzinfo=UTC)),
        (datetime(2027, 2, 28, tzinfo=UTC), datetime(2028, 2, 28, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), datetime(2029, 2, 28, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_counts_a_purchase_for_twelve_months(spent: datetime, leaves: datetime) -> None:
    assert membership.leaves_at(spent) == leaves
    last = leaves - timedelta(microseconds=1)
    assert membership.stand(LEVELS, [Spend(50_000, spent)], now=last).level == SILVER
    assert membership.stand(LEVELS, [Spend(50_000, spent)], now=leaves).level == BRONZE


def test_says_when_a_level_will_be_lost() -> None:
    first, second, third = ago(300, 40_000), ago(200, 40_000), ago(100, 40_000)
    stands = membership.stand(LEVELS, [third, first, second], now=NOW)
    assert (stands.level, stands.falls_at) == (SILVER, membership.leaves_at(second.spent_at))
    assert membership.stand(LEVELS, [], now=NOW).falls_at is None


def test_says_so_too_where_a_leap_day_leaves_before_an_earlier_purchase() -> None:
    noon, leap = datetime(2028, 2, 28, 12, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC)
    stands = membership.stand(LEVELS, [Spend(30_000, noon), Spend(30_000, leap)], now=leap)
    assert stands.falls_at == datetime(2029, 2, 28, tzinfo=UTC)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 100_000)), max_size=12))
def test_is_at_that_level_until_exactly_then(spends: list[tuple[int, int]]) -> None:
    made = [ago(days, amount) for days, amount in spends]
    stands = membership.stand(LEVELS, made, now=NOW)
    if stands.falls_at is None:
        assert stands.level == BRONZE
        return
    assert stands.falls_at > NOW
    assert membership.stand(LEVELS, made, now=stands.falls_at - timedelta(microseconds=1)).level == stands.level
    fallen = membership.stand(LEVELS, made, now=stands.falls_at).level
    assert fallen is not None
    assert stands.level is not None
    assert fallen.threshold < stands.level.threshold


@pytest.mark.parametrize(
    ("levels", "says"),
    [
        ([SILVER], "the threshold 0"),
        ([Level(9, "Free", "USD", 0, free_shipping_from=-1)], "Free sends for nothing from a sum below 0"),
        ([BRONZE, SILVER, Level(9, "Silber", "USD", 50_000, discount_bp=300)], "same threshold"),
        ([BRONZE, Level(9, "Euro", "EUR", 1)], "one currency"),
        ([BRONZE, GOLD, Level(9, "Platin", "USD", 900_000, discount_bp=400)], "Platin gives less than Gold"),
        ([BRONZE, GOLD, Level(9, "Platin", "USD", 900_000, discount_bp=500)], "Platin gives less than Gold"),
    ],
)
def test_refuses_levels_that_make_no_ladder(levels: list[Level], says: str) -> None:
    with pytest.raises(LevelsError, match=says):
        membership.check_levels(levels)


def test_takes_levels_that_do() -> None:
    membership.check_levels(LEVELS)
    membership.check_levels([])
