"""Who a merchant is before the law ..."""

from typing import Any

import pytest

from domain import invoices, legal_details
from domain.errors import InvalidInput
from domain.invoices import Party
from domain.legal_details import LegalDetails
from services import demo_legal_details
from services.demo_words import MERCHANTS

SAID: dict[str, Any] = {
    "name": "Ada's Lamps GmbH",
    "line1": "1 Road",
    "city": "Bonn",
    "postal_code": "53111",
    "country": "DE",
    "tax_number": "DE123456789",
}
WAY_OUT = "write one as it was given to you, or the national tax number"
SHAPE = (
    "write a VAT id such as DE123456789, or the national tax number: 4 to 30 letters and digits, at least four of them"
    " digits"
)


def test_is_trimmed() -> None:
    details = legal_details.checked(
        **{**SAID, "name": "  Ada's   Lamps GmbH ", "line2": "", "region": " NRW ", "email": " Office@Ada.example "}
    )
    assert details == LegalDetails(**SAID, region="NRW", email="office@ada.example")


@pytest.mark.parametrize(
    ("country", "given", "kept"),
    [
        ("DE", "de 123 456 789", "DE123456789"),
        ("AT", "ATU 12345678", "ATU12345678"),
        ("GR", "EL-123456789", "EL123456789"),
        ("NL", "NL 1234.56.789.B01", "NL123456789B01"),
        ("IE", "IE1234567FA", "IE1234567FA"),
        ("IE", "IE1+23456A", "IE1+23456A"),
        ("DE", "133/8150/8159", "133/8150/8159"),
        ("DE", "ATU12345678", "ATU12345678"),
        ("ES", "B12345678", "B12345678"),
        ("CH", "che-123.456.789  mwst", "CHE-123.456.789 MWST"),
        ("US", "12-3456789", "12-3456789"),
        ("BR", "12.345.678/0001-95", "12.345.678/0001-95"),
    ],
)
def test_has_a_tax_number_of_its_country_or_another(country: str, given: str, kept: str) -> None:
    assert legal_details.checked(**{**SAID, "country": country, "tax_number": given}).tax_number == kept


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"country": "Germany"}, "country", "country: 'Germany' is no country; write two capital letters, such as DE"),
        ({"name": " "}, "name", "name: write 1 to 200 characters on one line"),
        ({"line1": "x" * 201}, "line1", "line1: write 1 to 200 characters on one line"),
        ({"line2": "a\x00b"}, "line2", "line2: write 1 to 200 characters on one line"),
        ({"city": ""}, "city", "city: write 1 to 200 characters on one line"),
        ({"postal_code": ""}, "postal_code", "postalCode: write 1 to 200 characters on one line"),
        (
            {"tax_number": "DE12345678"},
            "tax_number",
            f"taxNumber: 'DE12345678' is no VAT id of DE; {WAY_OUT}, which does not begin with DE",
        ),
        (
            {"country": "GR", "tax_number": "EL12"},
            "tax_number",
            f"taxNumber: 'EL12' is no VAT id of GR; {WAY_OUT}, which does not begin with EL",
        ),
        (
            {"tax_number": "none"},
            "tax_number",
            f"taxNumber: 'none' is none; {SHAPE}",
        ),
        ({"email": "ada"}, "email", "email: 'ada' is no e-mail address; write one such as ada@example.com"),
    ],
)
def test_is_refused_with_the_way_out(change: dict[str, str], field: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        legal_details.checked(**{**SAID, **change})
    assert refused.value.message == message
    assert refused.value.extensions == {"code": "BAD_USER_INPUT", "field": field}


@pytest.mark.parametrize("number", ["1" * 31, "12 3", "<b>1234</b>", "1234\n5678;", "١٢٣٤٥"])
def test_has_a_number_that_can_be_one(number: str) -> None:
    with pytest.raises(InvalidInput, match="taxNumber: "):
        legal_details.checked(**{**SAID, "tax_number": number})


def test_stands_on_an_invoice_with_the_name_of_the_shop() -> None:
    details = LegalDetails(**SAID, email="office@ada.example")
    assert invoices.seller("Ada's", details) == Party(
        "Ada's Lamps GmbH",
        ("Trading as Ada's", "1 Road", "53111 Bonn", "DE", "VAT id: DE123456789", "office@ada.example"),
    )
    plain = LegalDetails(**{**SAID, "tax_number": "133/8150/8159"})
    assert invoices.seller("Ada's Lamps GmbH", plain) == Party(
        "Ada's Lamps GmbH", ("1 Road", "53111 Bonn", "DE", "Tax number: 133/8150/8159")
    )
    assert invoices.seller("Ada's", None) == Party("Ada's")


def test_is_known_of_every_merchant_of_the_demo() -> None:
    assert demo_legal_details.all_of().keys() == {merchant.slug for merchant in MERCHANTS}
