"""Money ..."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import money
from domain.errors import InvalidInput
from domain.money import MAX_AMOUNT, MoneyError


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
