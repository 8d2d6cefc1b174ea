"""Money: an integer of minor units with its currency. Never a float."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from domain.errors import InvalidInput

# ISO 4217: the currencies whose minor unit is not a hundredth of the major one.
_EXPONENTS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF"), 0
    ),
    **dict.fromkeys(("XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
MAX_AMOUNT = 2**63 - 1
"""The most minor units that a table holds."""
BASIS_POINTS = 10_000
"""The whole, in basis points: 10,000 are 100 %, one is a hundredth of a percent."""
_AMOUNT = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,9}))?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


class MoneyError(InvalidInput):
    """A text is no amount of money, or is finer than its currency's minor unit."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, for most currencies) of an ISO 4217 currency."""

    amount: int
    currency: str


class Rounding(Enum):
    """What becomes of exactly half a minor unit."""

    HALF_UP = "half_up"
    """Away from zero: 0.5 becomes 1, -0.5 becomes -1."""
    HALF_EVEN = "half_even"
    """To the even neighbour: 0.5 becomes 0, 1.5 becomes 2."""


class Allocation(NamedTuple):
    """The shares of an amount, in the order of the weights; they add up to it.

    `receivers` are the places that got one minor unit of the remainder, the largest fraction first; `remainder` is
    how many there are, with the amount's sign.
    """

    shares: list[int]
    remainder: int
    receivers: tuple[int, ...]


def exponent(currency: str) -> int:
    """Say how many decimal digits the currency's minor unit has: 2 for USD, 0 for JPY. Raises MoneyError."""
    if not _CURRENCY.fullmatch(currency):
        raise MoneyError(f"{currency[:20]!r} is no ISO 4217 currency code; write three capital letters, such as USD")
    return _EXPONENTS.get(currency, 2)


def parse_amount(text: str, currency: str) -> int:
    """Read a decimal text ("19.90") as minor units (1990), exactly; raises MoneyError, never rounds."""
    digits = exponent(currency)
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise MoneyError(f"{text[:40]!r} is no amount of money; write digits with a decimal point, such as 19.90")
    sign, whole, fraction = match[1], match[2], match[3] or ""
    if len(fraction.rstrip("0")) > digits:
        raise MoneyError(f"{text!r} is finer than {currency} allows: {digits} decimal digits")
    minor = int(whole + fraction[:digits].ljust(digits, "0"))
    if minor > MAX_AMOUNT:
        raise MoneyError(f"{text!r} is more money than can be counted in {currency}")
    return -minor if sign else minor


@lru_cache(maxsize=16_384)  # a listing writes dozens, and most of them again and again
def format_amount(amount: int, currency: str) -> str:
    """Write minor units (1990) as a decimal text ("19.90") with all the digits the currency has."""
    digits = _EXPONENTS.get(currency, 2)
    if digits == 2:  # noqa: PLR2004 - the common case
        sign = "-" if amount < 0 else ""
        whole, fraction = divmod(abs(amount), 100)
        return f"{sign}{whole}.{fraction:02d}"
    return f"{Decimal(amount).scaleb(-digits):f}"


def divide(numerator: int, denominator: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """Divide and round to a whole number; the denominator is positive."""
    if rounding is Rounding.HALF_UP:
        if numerator < 0:
            return -((-2 * numerator + denominator) // (2 * denominator))
        return (2 * numerator + denominator) // (2 * denominator)
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return quotient + (twice > denominator or (twice == denominator and quotient % 2 == 1))


def portion(amount: int, basis_points: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """Take so many basis points of an amount, rounded to the minor unit."""
    return divide(amount * basis_points, BASIS_POINTS, rounding)


def allocate(amount: int, weights: Sequence[int]) -> Allocation:
    """Split an amount by weights so that no minor unit is lost: the largest remainder, ties to the first.

    Each share differs from its exact value by less than one minor unit, and what has no weight gets nothing. So no
    share is greater than its weight when the amount is not greater than all weights together. Weights that are all zero
    count as equal. Raises MoneyError for a negative weight, and when there is nothing to give an amount to.
    Hamilton's method of apportionment.
    """
    total = sum(weights)
    if amount == total and (not weights or min(weights) >= 0):
        return Allocation(list(weights), 0, ())
    if weights and min(weights) < 0:
        raise MoneyError(f"an amount is not split by a negative weight, found {min(weights)}")
    if total == 0:
        if not weights:
            raise MoneyError(f"there is nothing to split {amount} between")
        weights, total = [1] * len(weights), len(weights)
    if amount < 0:
        shares, remainder, receivers = allocate(-amount, weights)
        return Allocation([-share for share in shares], -remainder, receivers)
    shares = [amount * weight // total for weight in weights]
    remainder = amount - sum(shares)
    if not remainder:
        return Allocation(shares, 0, ())
    fractions = [amount * weight % total for weight in weights]
    receivers = tuple(sorted(range(len(shares)), key=fractions.__getitem__, reverse=True)[:remainder])
    for place in receivers:
        shares[place] += 1
    return Allocation(shares, remainder, receivers)
