"""Money: an integer of minor units with its currency. Never a float."""

import re
from dataclasses import dataclass
from decimal import Decimal

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
_AMOUNT = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,9}))?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


class MoneyError(InvalidInput):
    """A text is no amount of money, or is finer than its currency's minor unit."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, for most currencies) of an ISO 4217 currency."""

    amount: int
    currency: str


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


def format_amount(amount: int, currency: str) -> str:
    """Write minor units (1990) as a decimal text ("19.90") with all the digits the currency has."""
    digits = _EXPONENTS.get(currency, 2)
    if digits == 2:  # noqa: PLR2004 - the common case, on the hot path of every listing
        sign = "-" if amount < 0 else ""
        whole, fraction = divmod(abs(amount), 100)
        return f"{sign}{whole}.{fraction:02d}"
    return f"{Decimal(amount).scaleb(-digits):f}"
