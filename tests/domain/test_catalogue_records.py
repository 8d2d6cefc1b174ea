"""A catalogue record ..."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import catalogue_record_fields, catalogue_records
from domain.catalogue_record_fields import RecordError
from domain.catalogue_record_variants import PriceRecord
from domain.catalogue_records import AttributeValue, TranslationRecord
from domain.errors import InvalidInput
from domain.plain_text import strip_html
from domain.slugs import slugify


def document(**changes: Any) -> dict[str, Any]:
    """A record that passes, with some keys changed."""
    return {
        "merchant": "acme",
        "externalId": "1",
        "name": "Lamp",
        "variants": [{"sku": "L-1", "prices": [{"amount": "19.90"}]}],
        **changes,
    }


def variant(**changes: Any) -> dict[str, Any]:
    return document(variants=[{"sku": "L-1", "prices": [{"amount": "19.90"}], **changes}])


def refusal(record: object) -> tuple[str, str]:
    with pytest.raises(RecordError) as caught:
        catalogue_records.read(record, currency="USD")
    return caught.value.field, caught.value.reason


def test_reads_every_key() -> None:
    record = catalogue_records.read(
        {
            "merchant": "acme",
            "merchantName": "Acme Inc.",
            "externalId": 17,
            "name": " Shirt ",
            "slug": "the-shirt",
            "description": "<p>Soft &amp; warm</p><script>alert(1)</script>",
            "status": "draft",
            "publishedAt": "2026-01-31T13:00:00+01:00",
            "category": ["Fashion", "Shirts"],
            "media": [{"url": "https://example.com/a.jpg", "alt": "front"}],
            "options": [{"name": "Size", "values": ["S", "M"]}],
            "attributes": {"colour": "red", "screen": {"value": 6.1, "unit": "in"}, "touch": True, "on": "2026-01-31"},
            "variants": [
                {
                    "sku": "S-M",
                    "name": "M",
                    "optionValues": {"Size": "M"},
                    "prices": [{"amount": "19.90", "currency": "EUR", "compareAt": "29.90"}, {"amount": 5}],
                    "weightGrams": 200,
                    "barcode": 4006381333931,
                    "stock": {"main": 3, "outlet": 0},
                }
            ],
            "translations": {"pt-br": {"name": "Camisa", "description": "<b>Macia</b>"}},
        },
        currency="USD",
    )
    assert (record.external_id, record.name, record.slug) == ("17", "Shirt", "the-shirt")
    assert (record.description, record.status) == ("Soft & warm", "DRAFT")
    assert record.published_at == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert record.category == ("Fashion", "Shirts")
    assert record.attributes == {
        "colour": AttributeValue("TEXT", "red"),
        "screen": AttributeValue("NUMBER", 6.1, "in"),
        "touch": AttributeValue("BOOLEAN", True),  # noqa: FBT003  a value
        "on": AttributeValue("DATE", "2026-01-31"),
    }
    assert record.variants[0].prices == [PriceRecord("EUR", 1990, 2990), PriceRecord("USD", 500, None)]
    assert (record.variants[0].barcode, record.variants[0].stock) == ("4006381333931", {"main": 3, "outlet": 0})
    assert record.translations == {"pt-BR": TranslationRecord("Camisa", "Macia")}


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ([], ""),
        (document(colour="red"), "colour"),
        (document(externalId=None), "externalId"),
        (document(externalId=True), "externalId"),
        (document(name="  "), "name"),
        (document(name="a\0b"), "name"),
        (document(name="x" * 501), "name"),
        (document(slug="Not A Slug"), "slug"),
        (document(status="gone"), "status"),
        (document(status=["published"]), "status"),
        (document(publishedAt="yesterday"), "publishedAt"),
        (document(publishedAt="0001-01-01T00:00:00+14:00"), "publishedAt"),
        (document(publishedAt="0001-01-01T00:00:00Z"), "publishedAt"),
        (document(publishedAt="9999-12-31T23:59:59Z"), "publishedAt"),
        (document(category=["A", ""]), "category[1]"),
        (document(category=["A"] * 11), "category"),
        (document(media=[{"url": "javascript:alert(1)"}]), "media[0].url"),
        (document(media=[{"href": "/a"}]), "media[0].href"),
        (document(attributes={"Colour": "red"}), "attributes.Colour"),
        (document(attributes={"sizes": ["S"]}), "attributes.sizes"),
        (document(attributes={"a": {"value": "6", "unit": "in"}}), "attributes.a.value"),
        (document(attributes={"a": float("nan")}), "attributes.a"),
        (document(attributes={"a": 2**53 + 1}), "attributes.a"),
        (document(attributes={"a": {"value": -(10**400), "unit": "in"}}), "attributes.a.value"),
        (document(variants=[]), "variants"),
        (document(variants="L"), "variants"),
        (document(variants=[*document()["variants"], *document()["variants"]]), "variants[1].sku"),
        (document(translations={"not a locale": {"name": "x"}}), "translations.not a locale"),
        (document(translations={"de": {"description": "x"}}), "translations.de.name"),
        (variant(sku=""), "variants[0].sku"),
        (variant(prices=[]), "variants[0].prices"),
        (variant(prices=[{"amount": "-1"}]), "variants[0].prices[0].amount"),
        (variant(prices=[{"amount": "1.005"}]), "variants[0].prices[0].amount"),
        (variant(prices=[{"amount": 0.1 + 0.2}]), "variants[0].prices[0].amount"),
        (variant(prices=[{"amount": True}]), "variants[0].prices[0].amount"),
        (variant(prices=[{"amount": "1", "currency": "euro"}]), "variants[0].prices[0].amount"),
        (variant(prices=[{"amount": "1"}, {"amount": "2"}]), "variants[0].prices[1].currency"),
        (variant(prices=[{"amount": "2", "compareAt": "2"}]), "variants[0].prices[0].compareAt"),
        (variant(stock=-1), "variants[0].stock"),
        (variant(stock=2**31), "variants[0].stock"),
        (variant(stock={"main": 1.5}), "variants[0].stock.main"),
        (variant(weightGrams="heavy"), "variants[0].weightGrams"),
        (document(options=[{"name": "Size", "values": ["S"]}]), "variants[0].optionValues"),
        (
            {**variant(optionValues={"Size": "M"}), "options": [{"name": "Size", "values": ["S"]}]},
            "variants[0].optionValues.Size",
        ),
    ],
)
def test_that_is_wrong_is_refused_naming_the_field(record: object, field: str) -> None:
    assert refusal(record)[0] == field


def test_names_the_known_keys_when_one_is_unknown() -> None:
    assert refusal(document(colour="red"))[1].startswith("is not a known key; known are attributes, category, ")


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("19.90", "USD", 1990), (19.9, "USD", 1990), (1e3, "USD", 100_000), (7, "JPY", 7), ("1.234", "KWD", 1234)],
)
def test_reads_amounts_exactly(amount: object, currency: str, minor: int) -> None:
    record = catalogue_records.read(variant(prices=[{"amount": amount, "currency": currency}]), currency="USD")
    assert record.variants[0].prices == [PriceRecord(currency, minor, None)]


def test_gathers_options_from_its_variants() -> None:
    prices = [{"amount": "1"}]
    record = catalogue_records.read(
        document(
            variants=[
                {"sku": "a", "optionValues": {"Size": "S", "Colour": "red"}, "prices": prices},
                {"sku": "b", "optionValues": {"Colour": "red", "Size": "M"}, "prices": prices},
            ]
        ),
        currency="USD",
    )
    assert record.options == [{"name": "Size", "values": ["S", "M"]}, {"name": "Colour", "values": ["red"]}]
    assert list(record.variants[1].option_values) == ["Size", "Colour"]


def test_needs_variants_that_can_be_told_apart() -> None:
    prices = [{"amount": "1"}]
    assert refusal(document(variants=[{"sku": "a", "prices": prices}, {"sku": "b", "prices": prices}])) == (
        "variants[1].optionValues",
        "several variants need option values that tell them apart",
    )
    same = {"optionValues": {"Size": "S"}, "prices": prices}
    assert refusal(document(variants=[{"sku": "a", **same}, {"sku": "b", **same}]))[0] == "variants[1].optionValues"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: (
    st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["externalId", "name", "variants", "sku", "prices", "amount", "attributes", "value", "unit", "media", "url"]
    ), inner, max_size=5)
), max_leaves=20))  # fmt: skip
def test_of_any_json_is_read_or_refused_and_never_breaks(value: object) -> None:
    with suppress(RecordError):
        catalogue_records.read(value, currency="USD")
    with suppress(RecordError):
        catalogue_records.read(document(attributes=value, media=value), currency="USD")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain  text ", "plain  text"),
        ("<p>One</p><p>Two<br/>Three</p>", "One\nTwo\nThree"),
        ("a &lt; b &amp;&amp; c", "a < b && c"),
        ("5 < 6", "5 < 6"),
        ("<<a", "a"),
        ("<style>p{}</style><b>Bold</b><!-- gone -->", "Bold"),
        ("&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;ok", "ok"),
    ],
)
def test_text_loses_its_html(html: str, text: str) -> None:
    assert strip_html(html) == text


@given(st.text(alphabet="<>/!&;ltgampscrip \"'=-ab", max_size=60))
def test_text_never_keeps_a_tag(html: str) -> None:
    assert not re.search(r"<[a-zA-Z/!?]", strip_html(html))


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Aurora Desk Lamp", "aurora-desk-lamp"),
        ("Home & Living", "home-living"),
        ("Crème brûlée & Ærø", "creme-brulee-aero"),
        ("Insignia™", "insignia"),
        ("Kid's", "kids"),
        ("灯", ""),
        ("abcdef " * 20, "-".join(["abcdef"] * 11)),
        ("x" * 100, "x" * 80),
    ],
)
def test_name_makes_a_slug(name: str, slug: str) -> None:
    assert slugify(name) == slug


def test_names_its_fields_as_a_mutations_input_does_when_it_is_one() -> None:
    with pytest.raises(InvalidInput) as caught, catalogue_record_fields.inputs_of("product."):
        catalogue_records.read(variant(prices=[{"amount": "x"}]), currency="USD")
    assert not isinstance(caught.value, RecordError)
    assert caught.value.extensions["field"] == "product.variants.0.prices.0.amount"
    assert caught.value.message.startswith("product.variants.0.prices.0.amount: ")
