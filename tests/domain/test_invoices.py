"""An invoice ..."""

from datetime import UTC, datetime

from domain import invoices
from domain.invoices import Heading, InvoiceKind, Item, Party

HEADING = Heading(
    kind=InvoiceKind.INVOICE,
    seller=Party("Ada's Lamps"),
    buyer=Party("Bea", ("1 Road", "53111 Bonn", "DE")),
    order_number="S100001",
    currency="EUR",
    issued_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
)


def test_has_a_number_of_its_kind_and_year() -> None:
    assert invoices.number(InvoiceKind.INVOICE, year=2026, sequence=1) == "INV-2026-000001"
    assert invoices.number(InvoiceKind.CREDIT_NOTE, year=2027, sequence=1_234_567) == "CN-2027-1234567"


def test_adds_its_lines_up_by_rate() -> None:
    lamp = Item("Lamp", "L-1", 2, gross=5_980, tax=955, tax_rate_bp=1_900, points_worth=100)
    book = Item("Book", "B-1", 1, gross=1_070, tax=70, tax_rate_bp=700)
    delivery = Item("Standard delivery", "", 1, gross=590, tax=94, tax_rate_bp=1_900)
    content = invoices.content(HEADING, items=[lamp, book], delivery=delivery)
    assert content["taxes"] == [
        {"rate_bp": 700, "net": 1_000, "tax": 70},
        {"rate_bp": 1_900, "net": 5_521, "tax": 1_049},
    ]
    assert (content["gross"], content["tax"], content["points_worth"], content["total"]) == (7_640, 1_119, 100, 7_540)
    assert [item["name"] for item in content["items"]] == ["Lamp", "Book", "Standard delivery"]
    assert content["buyer"] == {"name": "Bea", "lines": ["1 Road", "53111 Bonn", "DE"]}


def test_writes_an_address_as_far_as_it_is_known() -> None:
    assert invoices.address_lines(
        {"name": "Bea", "line1": "1 Road", "line2": None, "postal_code": "53111", "city": "Bonn", "country": "DE"}
    ) == ("1 Road", "53111 Bonn", "DE")
    assert invoices.address_lines({}) == ()
