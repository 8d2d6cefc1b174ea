"""A feed ..."""

import gzip
import json
import os
import re
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from domain.catalogue_record_variants import PriceRecord
from domain.catalogue_records import ProductRecord
from services.catalogue_import import CheckedRow
from services.feeds import formats, mapping, opening
from services.feeds.mapping_steps import MappingError
from services.feeds.opening import FeedError, RefusedRow

LAMP = {"merchant": "acme", "externalId": "1", "name": "Lamp", "variants": [{"sku": "L", "prices": [{"amount": "5"}]}]}


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, **options: Any) -> list[CheckedRow]:
    return list(formats.records(path, currency="USD", **options))


def products(path: Path, **options: Any) -> list[ProductRecord]:
    return [row.record for row in read(path, **options) if isinstance(row.record, ProductRecord)]


def test_of_json_lines_is_read_plain_and_gzipped_with_its_line_numbers(tmp_path: Path) -> None:
    content = f"\ufeff{json.dumps(LAMP)}\n\n{json.dumps({**LAMP, 'externalId': '2'})}".encode()
    for path in (write(tmp_path / "a.jsonl", content), write(tmp_path / "a.gz", gzip.compress(content))):
        rows = read(path)
        assert [row.line for row in rows] == [1, 3]
        assert [row.record.external_id for row in rows if isinstance(row.record, ProductRecord)] == ["1", "2"]


def test_row_that_is_no_json_object_is_refused_and_the_others_go_on(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", f'{json.dumps(LAMP)}\n{{"name": \n[1]\n{json.dumps(LAMP)}\n')
    rows = read(path)
    assert [row.line for row in rows] == [1, 2, 3, 4]
    assert isinstance(rows[1].record, RefusedRow)
    assert rows[1].record.reason.startswith("the line is not JSON (")
    assert rows[2].record == RefusedRow(3, "", "[1]", "the line must hold a JSON object")


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"", None, "the file is empty"),
        (gzip.compress(b"", mtime=0), None, "the file is empty"),  # a test's name must not hold the time
        (b"\n\n\n", None, "the file holds nothing but blank lines"),
        (gzip.compress(os.urandom(50_000))[:-30_000], None, "the gzip data is broken or cut off; fetch the file again"),
        (b'{"a": 1}\n{"name": "caf\xe9"}', 2, "byte 14 of the line is not UTF-8; save the file as UTF-8"),
        ('{"name": "x"}'.encode("utf-16"), 1, "the file is UTF-16; save it as UTF-8"),
        (b'{"a": 1}\nab\0c', 2, "the file holds NUL bytes, so it is no text file"),
        (b'{"a": "' + b"x" * opening.LINE_BYTES_MAX, 1, "the line is longer than 4 MB"),
        (b"Handle,Title\na,b\n", 1, "the column Variant Price is missing"),
        (b"id,title\n1,a\n", 1, "the column price is missing"),
        (b"id,id,title,price\n", 1, "the column 'id' stands twice"),
        (b'id,title,price\n1,"a"b,2\n', 2, "the row cannot be read as a table (',' expected after '\"')"),
        (b'id,title,price\n1,"a\n\n', 2, "the row cannot be read as a table (unexpected end of data)"),
        (b"<rss><channel><item>", 1, "the XML is broken (no element found: line 1, column 20)"),
        (b"<rss><channel/></rss>", None, "the feed has no <item> or <entry>"),
        (
            b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><item><id>&b;</id></item></rss>',
            None,
            "the XML declares entities, which feeds have no need of; remove its DOCTYPE",
        ),
        (
            b'<?xml version="1.0" encoding="utf-7"?><rss><item/></rss>',
            1,
            "the XML's encoding cannot be read (multi-byte encodings are not supported); save the file as UTF-8",
        ),
        (
            b'<?xml version="1.0" encoding="klingon"?><rss><item/></rss>',
            1,
            "the XML's encoding cannot be read (unknown encoding: klingon); save the file as UTF-8",
        ),
        (
            b"<rss>\n<item>" + (b"<" + b"a" * 1024 + b"/>\n") * 4097 + b"</item></rss>",
            2,
            "the item is longer than 4 MB",
        ),
    ],
)
def test_that_is_broken_is_refused_before_its_first_row(
    tmp_path: Path, content: bytes, line: int | None, reason: str
) -> None:
    path = write(tmp_path / "feed", content)
    with pytest.raises(FeedError) as caught:
        next(formats.records(path, currency="USD"))
    assert (caught.value.line, caught.value.reason) == (line, reason)


def test_of_very_many_columns_is_refused_in_time(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ",".join(f"c{number}" for number in range(200_000)) + "\n")
    started = time.monotonic()
    with pytest.raises(FeedError, match="the format is not known"):
        read(path)
    assert time.monotonic() - started < 5  # comparing each with each took minutes


def test_that_is_missing_a_directory_or_of_no_known_format_is_refused(tmp_path: Path) -> None:
    for path, reason in (
        (tmp_path / "none", "there is no such file"),
        (tmp_path, "is a directory; name a file"),
        (write(tmp_path / "a.csv", "a,b\n1,2\n"), "the format is not known"),
    ):
        with pytest.raises(FeedError, match=reason):
            read(path)


SHOPIFY = """Handle,Title,Body (HTML),Vendor,Type,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,\
Variant Inventory Qty,Variant Price,Variant Compare At Price,Variant Barcode,Image Src,Image Alt Text,Status
shirt,Shirt,"<p>Soft,
warm</p>",Acme,Fashion > Shirts,true,Size,S,S-1,150.0,3,19.90,29.90,'123,https://x.test/1.jpg,front,active
shirt,,,,,,,M,S-2,150,-2,19.90,0.00,,https://x.test/2.jpg,,
shirt,,,,,,,,,,,,,,https://x.test/3.jpg,,
mug,Mug,,Acme,,false,Title,Default Title,,,,7,,,,,draft
lamp,Lamp,,Acme,,true,Title,Default Title,,,many,7,,,,,active
cup,Cup,,Acme,,true,Title,Default Title,,,2,7,,,,,active
bad,Bad
"""


def test_of_shopify_joins_the_rows_of_a_handle(tmp_path: Path) -> None:
    rows = read(write(tmp_path / "products.csv", SHOPIFY))
    shirt, mug = (row.record for row in rows[:2])
    assert isinstance(shirt, ProductRecord)
    assert (rows[0].line, rows[1].line) == (2, 6)  # the first product's text goes over two lines
    assert (shirt.merchant, shirt.external_id, shirt.description) == ("Acme", "shirt", "Soft,\nwarm")
    assert shirt.category == ("Fashion", "Shirts")
    assert shirt.options == [{"name": "Size", "values": ["S", "M"]}]
    assert [media["url"] for media in shirt.media] == [f"https://x.test/{number}.jpg" for number in (1, 2, 3)]
    assert [variant.prices[0] for variant in shirt.variants] == [
        PriceRecord("USD", 1990, 2990),
        PriceRecord("USD", 1990, None),
    ]
    assert [variant.stock for variant in shirt.variants] == [{"main": 3}, {"main": 0}]
    assert (shirt.variants[0].barcode, shirt.variants[0].weight_grams) == ("123", 150)
    assert isinstance(mug, ProductRecord)
    assert (mug.status, mug.options, mug.variants[0].sku, mug.variants[0].stock) == ("DRAFT", [], "mug", {})


def test_of_shopify_reports_rows_of_a_wrong_width_and_numbers_that_are_none(tmp_path: Path) -> None:
    refused = [row.record for row in read(write(tmp_path / "products.csv", SHOPIFY)) if row.line > 6]
    assert refused == [
        RefusedRow(7, "variants[0].stock", "many", "must be a whole number from 0 to 2147483647"),
        RefusedRow(9, "", "bad,Bad", "the row has 2 columns, the header 17"),
        RefusedRow(8, "Handle", "cup", "the bad row in line 9 may belong to it"),
    ]


def test_with_a_merchant_of_its_own_keeps_the_vendor_as_an_attribute(tmp_path: Path) -> None:
    (shirt, *_) = products(write(tmp_path / "products.csv", SHOPIFY), merchant="shop")
    assert (shirt.merchant, shirt.attributes["brand"].value) == (None, "Acme")


def test_with_a_merchant_of_its_own_passes_the_mapping_by(tmp_path: Path) -> None:
    table = write(tmp_path / "p.csv", "no,title,brand,price\n1,Lamp,Acme,19.90\n")
    fields = {"externalId": "no", "name": "title", "merchant": "brand", "sku": "no", "amount": "price"}
    by_brand = mapping.parse({"format": "csv", "fields": fields})
    merchants = [
        [row.record.merchant for row in formats.records(table, currency="USD", merchant=given, mapping=by_brand)]
        for given in (None, "shop")
    ]
    assert merchants == [["Acme"], [None]]


def test_never_replaces_a_product_by_half_of_it(tmp_path: Path) -> None:
    table = "Handle,Title,Variant Price,Option1 Name,Option1 Value\na,A,1,Size,S\nbroken\na,,1,,M\nb,B,2,,\n"
    rows = [row.record for row in read(write(tmp_path / "p.csv", table), merchant="shop")]
    assert [row if isinstance(row, RefusedRow) else row.external_id for row in rows] == [
        RefusedRow(3, "", "broken", "the row has 1 columns, the header 5"),
        RefusedRow(2, "Handle", "a", "the bad row in line 3 may belong to it"),
        "b",
    ]


GOOGLE_ITEMS = [
    {
        "id": "s-1", "item_group_id": "s", "title": "Shirt", "price": "29.90 EUR", "sale_price": "19.90 EUR",
        "brand": "Acme™", "color": "red", "size": "S", "gtin": "0123", "availability": "in stock",
        "image_link": "https://x.test/1.jpg", "additional_image_link": "https://x.test/2.jpg,https://x.test/3.jpg",
        "product_type": "Fashion > Shirts", "condition": "new",
    },
    {
        "id": "s-2", "item_group_id": "s", "title": "Shirt", "price": "29.90 EUR", "brand": "Acme™", "color": "red",
        "size": "M", "availability": "out of stock", "image_link": "https://x.test/1.jpg",
    },
    {"id": "m", "title": "Mug", "price": "7 USD", "brand": "Acme™", "google_product_category": "674"},
]  # fmt: skip


def google_table() -> str:
    columns = list(dict.fromkeys(column for item in GOOGLE_ITEMS for column in item))
    lines = ["\t".join(columns), *("\t".join(item.get(column, "") for column in columns) for item in GOOGLE_ITEMS)]
    return "\n".join(lines)


def google_xml() -> str:
    def tags(item: dict[str, str]) -> str:
        text = ""
        for column, value in item.items():
            values = value.split(",") if column == "additional_image_link" else [value]
            text += "".join(f"<g:{column}>{part.replace('>', '&gt;')}</g:{column}>\n" for part in values)
        return text

    items = "".join(
        f"<item>\n{tags(item)}<g:shipping><g:price>4 EUR</g:price></g:shipping></item>" for item in GOOGLE_ITEMS
    )
    return f'<?xml version="1.0"?>\n<rss xmlns:g="http://base.google.com/ns/1.0"><channel>{items}</channel></rss>'


@pytest.mark.parametrize(
    "content", [google_table(), google_xml(), google_xml().encode("utf-16")], ids=["tsv", "xml", "utf16"]
)
def test_of_google_joins_the_items_of_a_group(tmp_path: Path, content: str | bytes) -> None:
    shirt, mug = products(write(tmp_path / "feed", content))
    assert (shirt.merchant, shirt.merchant_name, shirt.external_id) == ("acme", "Acme™", "s")
    assert shirt.category == ("Fashion", "Shirts")
    assert shirt.options == [{"name": "Size", "values": ["S", "M"]}]
    assert [variant.prices for variant in shirt.variants] == [
        [PriceRecord("EUR", 1990, 2990)],
        [PriceRecord("EUR", 2990, None)],
    ]
    assert [variant.stock for variant in shirt.variants] == [{"main": 1}, {"main": 0}]
    assert [media["url"] for media in shirt.media] == [f"https://x.test/{number}.jpg" for number in (1, 2, 3)]
    assert {key: value.value for key, value in shirt.attributes.items()} == {
        "brand": "Acme™",
        "condition": "new",
        "colour": "red",
    }
    assert (mug.external_id, mug.category, mug.variants[0].stock, mug.variants[0].prices) == (
        "m",
        None,
        {},
        [PriceRecord("USD", 700, None)],
    )


def test_of_google_in_xml_names_the_line_of_an_item_that_lacks_a_tag(tmp_path: Path) -> None:
    path = write(tmp_path / "feed.xml", "<rss>\n<item><id>1</id>\n<title>a</title></item>\n</rss>")
    assert [row.record for row in read(path)] == [RefusedRow(2, "price", "", "is required and must not be empty")]


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
