"""Who a merchant is before the law: what stands on its invoices and in its imprint."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Final

from domain import accounts, customers
from domain.errors import InvalidInput

LINE_LENGTH_MAX: Final = 200
TAX_NUMBER_LENGTH_MAX: Final = 30
_TAX_NUMBER: Final = re.compile(r"(?=(?:.*\d){4})[A-Z0-9][A-Z0-9 ./+*-]{3,29}", re.ASCII)

# The European Commission's list of the structures of VAT identification numbers, and that of the United Kingdom.
_VAT_IDS: Final = MappingProxyType(
    {
        "AT": r"U\d{8}",
        "BE": r"[01]\d{9}",
        "BG": r"\d{9,10}",
        "CY": r"\d{8}[A-Z]",
        "CZ": r"\d{8,10}",
        "DE": r"\d{9}",
        "DK": r"\d{8}",
        "EE": r"\d{9}",
        "EL": r"\d{9}",
        "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
        "FI": r"\d{8}",
        "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
        "GB": r"(?:\d{9}|\d{12}|GD\d{3}|HA\d{3})",
        "HR": r"\d{11}",
        "HU": r"\d{8}",
        "IE": r"(?:\d[A-Z0-9+*]\d{5}[A-Z]{1,2})",
        "IT": r"\d{11}",
        "LT": r"(?:\d{9}|\d{12})",
        "LU": r"\d{8}",
        "LV": r"\d{11}",
        "MT": r"\d{8}",
        "NL": r"[A-Z0-9+*]{12}",
        "PL": r"\d{10}",
        "PT": r"\d{9}",
        "RO": r"\d{2,10}",
        "SE": r"\d{12}",
        "SI": r"\d{8}",
        "SK": r"\d{10}",
        "XI": r"(?:\d{9}|\d{12}|GD\d{3}|HA\d{3})",
    }
)
_PREFIXES: Final = MappingProxyType({"GR": "EL"})
"""How the VAT ids of countries begin that do not begin with the country's code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalDetails:
    """A merchant's legal name, address, tax number and e-mail address, as `checked` makes them."""

    name: str
    line1: str
    city: str
    postal_code: str
    country: str
    tax_number: str
    line2: str | None = None
    region: str | None = None
    email: str | None = None


def checked(  # noqa: PLR0913 - it is what the law asks for
    *,
    name: str,
    line1: str,
    city: str,
    postal_code: str,
    country: str,
    tax_number: str,
    line2: str | None = None,
    region: str | None = None,
    email: str | None = None,
) -> LegalDetails:
    """Trim what a merchant says of itself. Raises InvalidInput about what cannot be."""
    country = customers.country(country)
    return LegalDetails(
        name=_line("name", name),
        line1=_line("line1", line1),
        line2=_line("line2", line2) if line2 else None,
        city=_line("city", city),
        region=_line("region", region) if region else None,
        postal_code=_line("postal_code", postal_code),
        country=country,
        tax_number=_tax_number(tax_number, country=country),
        email=accounts.email(email) if email else None,
    )


def of_row(row: Mapping[str, Any]) -> LegalDetails:
    """Take the details out of a row that has them by their names."""
    return LegalDetails(**{field.name: row[field.name] for field in fields(LegalDetails)})


def is_vat_id(tax_number: str) -> bool:
    """Say whether a tax number has the shape of a VAT identification number of the EU or the United Kingdom."""
    shape = _VAT_IDS.get(tax_number[:2])
    return shape is not None and re.fullmatch(shape, tax_number[2:], re.ASCII) is not None


def _line(field: str, text: str) -> str:
    trimmed = " ".join(text.split())
    if not 0 < len(trimmed) <= LINE_LENGTH_MAX or not trimmed.isprintable():
        called = "postalCode" if field == "postal_code" else field
        raise InvalidInput(f"{called}: write 1 to {LINE_LENGTH_MAX} characters on one line", field=field)
    return trimmed


def _tax_number(text: str, *, country: str) -> str:
    """Write a VAT id without anything between its characters, any other number as it was given."""
    trimmed = " ".join(text.upper().split())
    compact = re.sub(r"[ ./-]", "", trimmed)
    if is_vat_id(compact):
        return compact
    prefix = _PREFIXES.get(country, country)
    if prefix in _VAT_IDS and compact.startswith(prefix):
        raise InvalidInput(
            f"taxNumber: {text[:40]!r} is no VAT id of {country}; write one as it was given to you, or the national tax"
            f" number, which does not begin with {prefix}",
            field="tax_number",
        )
    if _TAX_NUMBER.fullmatch(trimmed) is None:
        raise InvalidInput(
            f"taxNumber: {text[:40]!r} is none; write a VAT id such as DE123456789, or the national tax number: 4 to"
            f" {TAX_NUMBER_LENGTH_MAX} letters and digits, at least four of them digits",
            field="tax_number",
        )
    return trimmed
