"""Invoices and credit notes: their numbers, and what stands on them, frozen when they are written.

A merchant invoices its part of an order when it sends the first of it, for all that is not cancelled by then; what is
refunded later gets a credit note. All invoices of a part less all its credit notes are what was paid for it and kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from domain import legal_details
from domain.legal_details import LegalDetails

NUMBER_LENGTH_MIN: Final = 6
_PREFIXES: Final = {"INVOICE": "INV", "CREDIT_NOTE": "CN"}


class InvoiceKind(StrEnum):
    """What a document is."""

    INVOICE = "INVOICE"
    CREDIT_NOTE = "CREDIT_NOTE"


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a document: `gross` minor units with the tax, `points_worth` of which were paid with points."""

    name: str
    sku: str
    quantity: int
    gross: int
    tax: int
    tax_rate_bp: int
    points_worth: int = 0


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a document is from or for: a name, and lines below it such as an address."""

    name: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a document's lines; `corrects` is the number of the invoice that a credit note takes from."""

    kind: InvoiceKind
    seller: Party
    buyer: Party
    order_number: str
    currency: str
    issued_at: datetime
    reason: str | None = None
    corrects: str | None = None


def seller(name: str, details: LegalDetails | None) -> Party:
    """Name who sells, as the law asks for; by the name that its shop has alone as long as it has not said more."""
    if details is None:
        return Party(name)
    label = "VAT id" if legal_details.is_vat_id(details.tax_number) else "Tax number"
    lines = [] if details.name == name else [f"Trading as {name}"]
    lines += [*address_lines(asdict(details)), f"{label}: {details.tax_number}"]
    return Party(details.name, (*lines, details.email) if details.email else tuple(lines))


def number(kind: InvoiceKind, *, year: int, sequence: int) -> str:
    """Write a document's number: the kind, the year, and its place in the merchant's series of that year."""
    return f"{_PREFIXES[kind]}-{year}-{sequence:0{NUMBER_LENGTH_MIN}d}"


def address_lines(address: Mapping[str, Any]) -> tuple[str, ...]:
    """Write an address in lines, without the name; what is not known is left out."""
    town = " ".join(part for part in (address.get("postal_code"), address.get("city")) if part)
    lines = (address.get("line1"), address.get("line2"), town, address.get("region"), address.get("country"))
    return tuple(str(line) for line in lines if line)


def content(heading: Heading, *, items: Sequence[Item], delivery: Item | None) -> dict[str, Any]:
    """Write what stands on a document, to be kept as it is; sums are minor units.

    `total` is what is paid, or given back, in money: all gross sums less what points paid.
    """
    rows = [*items, delivery] if delivery is not None else list(items)
    gross = sum(row.gross for row in rows)
    points = sum(row.points_worth for row in rows)
    return {
        "kind": heading.kind.value,
        "seller": {"name": heading.seller.name, "lines": list(heading.seller.lines)},
        "buyer": {"name": heading.buyer.name, "lines": list(heading.buyer.lines)},
        "order_number": heading.order_number,
        "currency": heading.currency,
        "issued_at": heading.issued_at.isoformat(),
        "items": [_row(row) for row in rows],
        "taxes": _taxes(rows),
        "gross": gross,
        "tax": sum(row.tax for row in rows),
        "points_worth": points,
        "total": gross - points,
        "reason": heading.reason,
        "corrects": heading.corrects,
    }


def _row(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "sku": item.sku,
        "quantity": item.quantity,
        "gross": item.gross,
        "tax": item.tax,
        "tax_rate_bp": item.tax_rate_bp,
    }


def _taxes(rows: Sequence[Item]) -> list[dict[str, int]]:
    """Add the taxes up by rate, the lowest first."""
    rates = sorted({row.tax_rate_bp for row in rows})
    return [
        {
            "rate_bp": rate,
            "net": sum(row.gross - row.tax for row in rows if row.tax_rate_bp == rate),
            "tax": sum(row.tax for row in rows if row.tax_rate_bp == rate),
        }
        for rate in rates
    ]
