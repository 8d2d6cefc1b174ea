"""Money ..."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import money
from domain.errors import InvalidInput
from domain.money import MAX_AMOUNT, MoneyError, Rounding


@pytest.mark.parametrize(
    ("currency", "digits"), [("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("TND", 3), ("CLF", 4)]
)
def test_has_the_minor_unit_of_its_currency(currency: str, digits: int) -> None:
    assert money.exponent(currency) == digits


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("19.90", "USD", 1990),
        ("19.9", "USD", 1990),
        ("19", "USD", 1900),
        ("19.9000", "USD", 1990),
        (" 0.05 ", "USD", 5),
        ("-0.05", "USD", -5),
        ("007", "USD", 700),
        ("0", "USD", 0),
        ("1990", "JPY", 1990),
        ("1990.00", "JPY", 1990),
        ("1.234", "KWD", 1234),
        ("0.0001", "CLF", 1),
        ("999999999999999.99", "USD", 99_999_999_999_999_999),
        ("922337203685477.5807", "CLF", MAX_AMOUNT),
    ],
)
def test_is_read_exactly(text: str, currency: str, amount: int) -> None:
    assert money.parse_amount(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency", "said"),
    [
        ("19.999", "USD", "'19.999' is finer than USD allows: 2 decimal digits"),
        ("0.5", "JPY", "'0.5' is finer than JPY allows: 0 decimal digits"),
        ("922337203685477.5808", "CLF", "'922337203685477.5808' is more money than can be counted in CLF"),
        ("1", "usd", "'usd' is no ISO 4217 currency code; write three capital letters, such as USD"),
        ("1", "", "'' is no ISO 4217 currency code; write three capital letters, such as USD"),
        ("1", "USD\n", "'USD\\n' is no ISO 4217 currency code; write three capital letters, such as USD"),
        *[
            (text, "USD", f"{text!r} is no amount of money; write digits with a decimal point, such as 19.90")
            for text in (
                "",
                "-",
                ".5",
                "5.",
                "1,5",
                "1e3",
                "+1",
                "--1",
                "1 000",
                "NaN",
                "inf",
                "٣",
                "$5",
                "1_0",
                "0x10",
            )
        ],
        (
            "1" * 60,
            "USD",
            f"{'1' * 40!r} is no amount of money; write digits with a decimal point, such as 19.90",
        ),
    ],
)
def test_refuses_what_is_none_and_never_rounds(text: str, currency: str, said: str) -> None:
    with pytest.raises(MoneyError) as caught:
        money.parse_amount(text, currency)
    assert caught.value.message == said
    assert isinstance(caught.value, InvalidInput)
    assert caught.value.code == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1990, "USD", "19.90"),
        (5, "USD", "0.05"),
        (-5, "USD", "-0.05"),
        (-1990, "USD", "-19.90"),
        (0, "USD", "0.00"),
        (1990, "JPY", "1990"),
        (0, "JPY", "0"),
        (1, "KWD", "0.001"),
        (-1234, "KWD", "-1.234"),
        (0, "KWD", "0.000"),
        (1, "CLF", "0.0001"),
        (MAX_AMOUNT, "USD", "92233720368547758.07"),
        (MAX_AMOUNT, "KWD", "9223372036854775.807"),
    ],
)
def test_is_written_with_all_the_digits_of_its_currency(amount: int, currency: str, text: str) -> None:
    assert money.format_amount(amount, currency) == text


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.sampled_from(["USD", "JPY", "KWD", "CLF"]))
def test_is_read_as_it_was_written(amount: int, currency: str) -> None:
    text = money.format_amount(amount, currency)
    assert money.parse_amount(text, currency) == amount
    assert Decimal(text) == Decimal(amount) / 10 ** money.exponent(currency)


UP, EVEN = Rounding.HALF_UP, Rounding.HALF_EVEN


@pytest.mark.parametrize(
    ("numerator", "denominator", "up", "even"),
    [
        (5, 10, 1, 0),
        (15, 10, 2, 2),
        (25, 10, 3, 2),
        (24, 10, 2, 2),
        (26, 10, 3, 3),
        (-5, 10, -1, 0),
        (-15, 10, -2, -2),
        (-25, 10, -3, -2),
        (-26, 10, -3, -3),
        (1, 3, 0, 0),
        (2, 3, 1, 1),
        (0, 7, 0, 0),
    ],
)
def test_is_rounded_half_up_or_half_even(numerator: int, denominator: int, up: int, even: int) -> None:
    assert money.divide(numerator, denominator) == up
    assert money.divide(numerator, denominator, EVEN) == even


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**6))
def test_is_rounded_as_decimals_are(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    assert money.divide(numerator, denominator, EVEN) == round(exact)
    up = money.divide(numerator, denominator, UP)
    assert abs(up - exact) <= Fraction(1, 2)
    assert abs(exact - up) < Fraction(1, 2) or abs(up) > abs(exact)


def test_is_taken_in_basis_points() -> None:
    assert money.portion(7125, 1000) == 713
    assert money.portion(7125, 1000, EVEN) == 712
    assert money.portion(999, 10_000) == 999


@pytest.mark.parametrize(
    ("amount", "weights", "shares", "receivers"),
    [
        (100, [1, 1, 1], [34, 33, 33], (0,)),
        (101, [1, 1, 1], [34, 34, 33], (0, 1)),
        (1, [1, 1], [1, 0], (0,)),
        (1, [1, 2], [0, 1], (1,)),
        (5, [0, 1, 0, 1], [0, 3, 0, 2], (1,)),
        (10, [3, 3, 4], [3, 3, 4], ()),
        (7, [10, 20, 40], [1, 2, 4], ()),
        (8, [10, 20, 40], [1, 2, 5], (2,)),
        (-100, [1, 1, 1], [-34, -33, -33], (0,)),
        (3, [0, 0], [2, 1], (0,)),
        (0, [5, 6], [0, 0], ()),
        (0, [], [], ()),
    ],
)
def test_is_split_without_losing_a_cent(
    amount: int, weights: list[int], shares: list[int], receivers: tuple[int, ...]
) -> None:
    remainder = len(receivers) if amount >= 0 else -len(receivers)
    assert money.allocate(amount, weights) == (shares, remainder, receivers)


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=60))
def test_is_split_within_one_minor_unit_of_the_exact_share(amount: int, weights: list[int]) -> None:
    shares, remainder, receivers = money.allocate(amount, weights)
    assert sum(shares) == amount
    assert len(set(receivers)) == len(receivers) == abs(remainder)
    total = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        exact = Fraction(amount * weight, total) if total else Fraction(amount, len(weights))
        assert abs(share - exact) < 1
        if 0 <= amount <= total:
            assert 0 <= share <= weight


@pytest.mark.parametrize(
    ("amount", "weights", "said"),
    [
        (1, [], "there is nothing to split 1 between"),
        (1, [2, -1], "an amount is not split by a negative weight, found -1"),
        (5, [2, -1], "an amount is not split by a negative weight, found -1"),
        (0, [1, -1], "an amount is not split by a negative weight, found -1"),
    ],
)
def test_is_not_split_by_what_is_no_weight(amount: int, weights: list[int], said: str) -> None:
    with pytest.raises(MoneyError) as caught:
        money.allocate(amount, weights)
    assert caught.value.message == said
