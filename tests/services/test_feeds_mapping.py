"""A feed, or its mapping, ..."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from domain.catalogue_record_variants import PriceRecord
from domain.catalogue_records import ProductRecord
from services.feeds import formats, mapping
from services.feeds.mapping_steps import MappingError
from services.feeds.opening import FeedError
from tests.services.feed_files import products, read, write


def test_with_a_merchant_of_its_own_passes_the_mapping_by(tmp_path: Path) -> None:
    table = write(tmp_path / "p.csv", "no,title,brand,price\n1,Lamp,Acme,19.90\n")
    fields = {"externalId": "no", "name": "title", "merchant": "brand", "sku": "no", "amount": "price"}
    by_brand = mapping.parse({"format": "csv", "fields": fields})
    merchants = [
        [row.record.merchant for row in formats.records(table, currency="USD", merchant=given, mapping=by_brand)]
        for given in (None, "shop")
    ]
    assert merchants == [["Acme"], [None]]


MAPPING: dict[str, Any] = {
    "format": "csv",
    "fields": {
        "externalId": "no",
        "name": {"from": ["title", "no"], "steps": ["strip", {"truncate": 5}]},
        "merchant": {"constant": "shop"},
        "amount": {"from": "price", "steps": ["decimal"]},
        "compareAt": {"from": "was", "when": {"from": "sale", "matches": "^yes$"}},
        "weightGrams": {"from": "lb", "steps": [{"multiply": 453.6}, "whole"]},
        "media": {"from": "images", "steps": [{"split": ";"}]},
        "stock": {"from": "left", "steps": [{"lookup": "words"}, "whole"], "default": 1},
        "category": {
            "ignore_case": True,
            "rules": [
                {"from": "title", "matches": "lamp", "value": ["Home", "Lamps"]},
                {"from": "title", "value": ["Home"]},
            ],
        },
    },
    "attributes": [
        {"from": "title", "key": "watt", "kind": "number", "unit": "W", "steps": [{"regex": r"(\d+) ?W"}, "number"]},
        {"from": "a_*", "kind": "text", "uppercase": ["usb"], "filterable": True},
    ],
    "except": ["a_secret"],
    "tables": {"words": {"plenty": "100"}},
}


def test_of_any_shape_is_read_through_a_mapping(tmp_path: Path) -> None:
    table = (
        "no,title,price,was,sale,lb,images,left,a_usb_port,a_secret,a_empty\n"
        '1, Lamps 40 W,"$1,299.00",1500.00,yes,2,https://x.test/1;https://x.test/2,plenty,USB-C,x,\n'
        "2,,5,9,no,,,,,,\n"
    )
    feed = mapping.parse(MAPPING)
    rows = read(write(tmp_path / "feed.csv", table), mapping=feed)
    lamp = rows[0].record
    assert isinstance(lamp, ProductRecord)
    assert (lamp.merchant, lamp.name, lamp.category) == ("shop", "Lamps", ("Home", "Lamps"))
    assert lamp.variants[0].prices == [PriceRecord("USD", 129_900, 150_000)]
    assert (lamp.variants[0].sku, lamp.variants[0].weight_grams, lamp.variants[0].stock) == ("1", 907, {"main": 100})
    assert [media["url"] for media in lamp.media] == ["https://x.test/1", "https://x.test/2"]
    assert {key: value.value for key, value in lamp.attributes.items()} == {"watt": 40, "usb_port": "USB-C"}
    assert {key: (hint.label, hint.kind, hint.unit, hint.filterable) for key, hint in feed.hints.items()} == {
        "watt": (None, "NUMBER", "W", None),
        "usb_port": ("USB port", "TEXT", None, True),
        "empty": ("Empty", "TEXT", None, True),
    }
    second = rows[1].record
    assert isinstance(second, ProductRecord)
    assert (second.name, second.category, second.attributes) == ("2", None, {})
    assert second.variants[0].prices == [PriceRecord("USD", 500, None)]
    assert second.variants[0].stock == {"main": 1}


def test_read_through_a_mapping_takes_cells_of_blanks_for_empty_ones(tmp_path: Path) -> None:
    table = "no,title,price,was,sale,lb,images,left,a_usb_port\n2, ,5,9, , , , ,\t \n"
    [row] = read(write(tmp_path / "feed.csv", table), mapping=mapping.parse(MAPPING))
    assert isinstance(row.record, ProductRecord)
    assert (row.record.name, row.record.category, row.record.attributes) == ("2", None, {})
    assert (row.record.variants[0].weight_grams, row.record.media) == (None, [])
    assert row.record.variants[0].stock == {"main": 1}


def test_read_through_a_mapping_must_have_the_columns_it_names(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="line 1: the columns images, lb, left, sale, was are missing"):
        read(write(tmp_path / "feed.csv", "no,title,price\n1,a,2\n"), mapping=mapping.parse(MAPPING))


def test_read_through_a_mapping_follows_json_pointers(tmp_path: Path) -> None:
    feed = mapping.parse(
        {
            "format": "jsonl",
            "fields": {
                "externalId": "/ids/1",
                "name": "/text/a~1b",
                "amount": {"from": "/cents", "steps": ["cents"]},
                "merchant": {"from": "/none/0/x", "default": "shop"},
            },
        }
    )
    (record,) = products(
        write(tmp_path / "a", '{"ids": ["x", 7], "text": {"a/b": "Lamp"}, "cents": 1999}'), mapping=feed
    )
    assert (record.external_id, record.name, record.merchant) == ("7", "Lamp", "shop")
    assert record.variants[0].prices == [PriceRecord("USD", 1999, None)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "xls"}, "format: must be one of jsonl, csv, tsv"),
        ({"colour": 1}, "the mapping: 'colour' is not known; known are attributes, except, fields, format, tables"),
        ({"fields": {}}, "fields.externalId: is required"),
        ({"fields": {**MAPPING["fields"], "prize": "x"}}, "fields: 'prize' is not known"),
        ({"fields": {**MAPPING["fields"], "name": {}}}, "fields.name: needs one of from, constant, rules"),
        ({"fields": {**MAPPING["fields"], "name": 3}}, "fields.name: must be a table"),
        (
            {"fields": {**MAPPING["fields"], "name": {"from": "a", "steps": ["dance"]}}},
            r"fields.name.steps\[0\]: 'dance'",
        ),
        (
            {"fields": {**MAPPING["fields"], "name": {"from": "a", "steps": [{"regex": "("}]}}},
            "the argument of regex is wrong",
        ),
        ({"tables": {}}, r"fields.stock.steps\[0\]: there is no \[tables.words\]"),
        ({"attributes": [{"from": "A b"}]}, r"attributes\[0\].key: must be lower-case"),
        ({"attributes": [{"from": "a", "kind": "colour"}]}, r"attributes\[0\].kind: must be one of text, number"),
        (
            {"fields": {**MAPPING["fields"], "category": {"rules": [{"from": "a", "matches": "["}]}}},
            r"category.rules\[0\].value: is required",
        ),
        (
            {"fields": {**MAPPING["fields"], "category": {"rules": [{"from": "a", "matches": "[", "value": []}]}}},
            r"category.rules\[0\].matches: is no regular expression",
        ),
    ],
)
def test_mapping_that_is_wrong_is_refused_naming_the_place(change: dict[str, Any], message: str) -> None:
    with pytest.raises(MappingError, match=message):
        mapping.parse({**MAPPING, **change})


def test_mapping_is_found_by_path_or_by_name(tmp_path: Path) -> None:
    own = write(tmp_path / "own.toml", "format = 1")
    assert mapping.find(str(own)) == own
    with pytest.raises(MappingError, match=r"own\.toml: format: must be one of"):
        mapping.load(own)
    with pytest.raises(MappingError, match="there is no such mapping file; the project brings amazon, bestbuy_phones"):
        mapping.find("nobody")
    with pytest.raises(MappingError, match="is no TOML"):
        mapping.load(write(tmp_path / "broken.toml", "a = ["))


def test_mapping_that_the_documentation_shows_is_right() -> None:
    page = Path(__file__).parents[2] / "docs" / "import.md"
    (example,) = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    feed = mapping.parse(tomllib.loads(example))
    assert feed.document(
        {"item_no": "7", "title": "Two lamps", "price_cents": 1990, "left": "plenty", "watts": "9"}
    ) == {
        "externalId": "7",
        "name": "Two lamps",
        "merchant": "my-shop",
        "category": ["Home", "Lamps"],
        "attributes": {"power": 9},
        "variants": [{"sku": "7", "prices": [{"amount": "19.90"}], "stock": 100}],
    }


@pytest.mark.parametrize("name", mapping.built_in())
def test_mapping_that_comes_with_the_project_is_right(name: str) -> None:
    assert mapping.load(mapping.find(name)).format in mapping.FORMATS
