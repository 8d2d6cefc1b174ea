"""Shopify's product CSV: a product is the rows of one Handle, each a variant, an image, or both."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.feeds import opening, tables
from services.feeds.opening import FeedRow, RefusedRow

COLUMNS_NEEDED = ("Handle", "Title", "Variant Price")
_STATUSES = {"active": "published", "draft": "draft", "archived": "archived", "": "published"}
_WHOLE = re.compile(r"-?\d{1,9}(\.0*)?")


def read(path: Path, delimiter: str, *, merchant: str | None) -> Iterator[FeedRow]:
    """Read a file's products; the Vendor is the merchant, unless `merchant` is given: then it is the brand."""
    for line, rows, size in tables.groups(tables.read(path, delimiter), "Handle"):
        yield FeedRow(line, rows if isinstance(rows, RefusedRow) else _document(rows, merchant), size)


def _document(rows: list[dict[str, str]], merchant: str | None) -> dict[str, Any]:
    first = rows[0]
    handle = first["Handle"].strip()
    vendor = first.get("Vendor", "").strip()
    names = [first.get(f"Option{number} Name", "").strip() for number in (1, 2, 3)]
    variants = [_variant(handle, row, names) for row in rows if row["Variant Price"].strip()]
    document: dict[str, Any] = {
        "externalId": handle,
        "name": first["Title"],
        "description": first.get("Body (HTML)", ""),
        "status": _status(first),
        "media": [
            {"url": row["Image Src"].strip(), "alt": row.get("Image Alt Text", "")}
            for row in rows
            if row.get("Image Src", "").strip()
        ],
        "variants": variants,
    }
    category = first.get("Product Category", "") or first.get("Type", "")
    if path := [name.strip() for name in category.split(">") if name.strip()]:
        document["category"] = path
    if merchant is None and vendor:
        document["merchant"] = vendor
    elif vendor:
        document["attributes"] = {"brand": vendor}
    return document


def _status(row: dict[str, str]) -> str:
    if row.get("Published", "").strip().lower() == "false":
        return "draft"
    status = row.get("Status", "").strip().lower()
    return _STATUSES.get(status, status)


def _variant(handle: str, row: dict[str, str], names: list[str]) -> dict[str, Any]:
    values = [row.get(f"Option{number} Value", "").strip() for number in (1, 2, 3)]
    options = {
        name: value
        for name, value in zip(names, values, strict=True)
        if name and value and (name, value) != ("Title", "Default Title")  # how Shopify says "no options"
    }
    variant: dict[str, Any] = {
        "sku": row.get("Variant SKU", "").strip().lstrip("'") or "-".join([handle, *options.values()]),
        "name": " / ".join(options.values()),
        "optionValues": options,
        "prices": [_price(row)],
        "barcode": row.get("Variant Barcode", "").strip().lstrip("'") or None,
    }
    if grams := row.get("Variant Grams", "").strip():
        variant["weightGrams"] = _whole(grams)
    if stock := row.get("Variant Inventory Qty", "").strip():
        units = _whole(stock)
        # Shopify counts oversold variants below zero.
        variant["stock"] = max(0, units) if isinstance(units, int) else units
    return variant


def _price(row: dict[str, str]) -> dict[str, str]:
    amount = row["Variant Price"].strip()
    compare_at = row.get("Variant Compare At Price", "").strip()
    if not compare_at or not opening.is_greater(compare_at, amount):
        return {"amount": amount}
    return {"amount": amount, "compareAt": compare_at}


def _whole(text: str) -> int | str:
    """Read a whole number; anything else is left as it is, for the record's check to refuse."""
    return int(text.partition(".")[0]) if _WHOLE.fullmatch(text) else text
