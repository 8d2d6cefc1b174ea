"""Google's product feed as a table: an item a row, the items of one item_group_id a product.

https://support.google.com/merchants/answer/7052112 describes the columns.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from domain.slugs import slugify
from services.feeds import opening, tables
from services.feeds.opening import FeedRow, RefusedRow
from services.feeds.tables import TableRow

COLUMNS_NEEDED = ("id", "title", "price")
_OPTIONS = {"color": "Colour", "size": "Size", "material": "Material", "pattern": "Pattern"}
_ATTRIBUTES = {
    "brand": "brand",
    "mpn": "mpn",
    "condition": "condition",
    "age_group": "age_group",
    "gender": "gender",
    "color": "colour",
    "size": "size",
    "material": "material",
    "pattern": "pattern",
}


def read(items: Iterable[TableRow], *, merchant: str | None) -> Iterator[FeedRow]:
    """Make products of items; the brand is the merchant, unless `merchant` is given.

    The items of a group stand one after the other; a group that begins again is refused as a duplicate.
    """
    for line, rows, size in tables.groups(items, "item_group_id"):
        yield FeedRow(line, rows if isinstance(rows, RefusedRow) else _document(rows, merchant), size)


def _document(items: list[dict[str, str]], merchant: str | None) -> dict[str, Any]:
    first = items[0]
    options = _option_columns(items)
    document: dict[str, Any] = {
        "externalId": first.get("item_group_id", "").strip() or first["id"].strip(),
        "name": first["title"],
        "description": first.get("description", ""),
        "media": [{"url": url, "alt": first["title"].strip()} for url in dict.fromkeys(_images(items))],
        "variants": [_variant(item, options) for item in items],
        "attributes": {
            key: first[column].strip()
            for column, key in _ATTRIBUTES.items()
            if column not in options and first.get(column, "").strip()
        },
    }
    category = first.get("product_type", "").split(",")[0] or first.get("google_product_category", "")
    # The category may be a number of Google's taxonomy, which says nothing to a reader.
    if (path := [name.strip() for name in category.split(">") if name.strip()]) and not path[0].isdigit():
        document["category"] = path
    if merchant is None and (brand := slugify(first.get("brand", ""))):
        document["merchant"] = brand
        document["merchantName"] = first["brand"].strip()
    return document


def _option_columns(items: list[dict[str, str]]) -> list[str]:
    """Name the columns that tell the items of a group apart; their ids do when nothing else does."""
    if len(items) == 1:
        return []
    columns = [
        column
        for column in _OPTIONS
        if all(item.get(column, "").strip() for item in items) and len({item[column].strip() for item in items}) > 1
    ]
    told_apart = len({tuple(item[column].strip() for column in columns) for item in items}) == len(items)
    return columns if told_apart else ["id"]


def _images(items: list[dict[str, str]]) -> Iterator[str]:
    for item in items:
        for column in ("image_link", "additional_image_link"):
            yield from (url.strip() for url in item.get(column, "").split(",") if url.strip())


def _variant(item: dict[str, str], options: list[str]) -> dict[str, Any]:
    values = {_OPTIONS.get(column, "Item"): item[column].strip() for column in options}
    variant: dict[str, Any] = {
        "sku": item["id"].strip(),
        "name": " / ".join(values.values()),
        "optionValues": values,
        "prices": [_price(item)],
        "barcode": item.get("gtin", "").strip() or None,
    }
    availability = item.get("availability", "").strip().lower().replace(" ", "_")
    if availability:
        # The feed states no number: what is in stock counts as one unit.
        variant["stock"] = 1 if availability == "in_stock" else 0
    return variant


def _price(item: dict[str, str]) -> dict[str, str]:
    amount, currency = _money(item["price"])
    sale, sale_currency = _money(item.get("sale_price", ""))
    if not sale:
        return {"amount": amount, **currency}
    if not opening.is_greater(amount, sale):
        return {"amount": sale, **sale_currency}
    return {"amount": sale, "compareAt": amount, **(sale_currency or currency)}


def _money(text: str) -> tuple[str, dict[str, str]]:
    """Split "19.90 USD"; the currency may be missing."""
    amount, _, currency = text.strip().partition(" ")
    return amount, {"currency": currency.strip().upper()} if currency.strip() else {}
