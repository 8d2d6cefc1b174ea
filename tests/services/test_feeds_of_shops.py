"""A feed ..."""

from pathlib import Path

import pytest

from domain.catalogue_record_variants import PriceRecord
from domain.catalogue_records import ProductRecord
from services.feeds.opening import RefusedRow
from tests.services.feed_files import products, read, write

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
