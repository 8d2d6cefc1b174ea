"""A file of any format as a stream of checked records."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from domain import catalogue_records
from domain.catalogue_record_fields import RecordError
from services.catalogue_import import CheckedRow, refused_row
from services.feeds import google_feed, google_xml, jsonl, opening, shopify_csv, tables
from services.feeds.mapping import CatalogueMapping
from services.feeds.opening import FeedError, FeedRow, RefusedRow

_LINES_TO_JUDGE = 20
_JSON_LINES_SUFFIXES = (".jsonl", ".ndjson")
_UTF_16_XML = (b"\xff\xfe<", b"\xfe\xff\0<")


def records(
    path: Path, *, currency: str, merchant: str | None = None, mapping: CatalogueMapping | None = None
) -> Iterator[CheckedRow]:
    """Read a file's products; prices that name no currency are in `currency`.

    The whole file is read once before the first record comes, so that a file that cannot be read raises FeedError
    while nothing is written. With a `merchant`, no vendor or brand is taken for one.
    """
    for row in _mapped(path, mapping, merchant) if mapping is not None else _rows(path, merchant):
        document = row.document
        if isinstance(document, RefusedRow):
            yield CheckedRow(row.line, row.size, document)
            continue
        try:
            record = catalogue_records.read(document, currency=currency)
        except RecordError as error:
            yield CheckedRow(row.line, row.size, refused_row(row.line, error))
        else:
            yield CheckedRow(row.line, row.size, record)


def _rows(path: Path, merchant: str | None) -> Iterator[FeedRow]:
    start = _start(path)
    if start.startswith("{") or path.name.removesuffix(".gz").endswith(_JSON_LINES_SUFFIXES):
        opening.check_text(path)
        return jsonl.read(path)
    if start.startswith("<"):
        google_xml.check(path)
        return google_feed.read(google_xml.read(path), merchant=merchant)
    delimiter = tables.TAB if tables.TAB in start else tables.COMMA
    columns = tables.header(path, delimiter)
    if "Handle" in columns:
        tables.need(path, columns, shopify_csv.COLUMNS_NEEDED)
        tables.check(path, delimiter)
        return shopify_csv.read(path, delimiter, merchant=merchant)
    if "id" in columns:
        tables.need(path, columns, google_feed.COLUMNS_NEEDED)
        tables.check(path, delimiter)
        return google_feed.read(tables.read(path, delimiter), merchant=merchant)
    raise FeedError(
        path,
        "the format is not known: neither JSON Lines nor XML, and no column is called Handle (Shopify) or id (Google); "
        "describe the file in a mapping and name that with --mapping",
    )


def _start(path: Path) -> str:
    """Read the first line that is not blank, to judge the format by."""
    for _, line in islice(opening.lines(path), _LINES_TO_JUDGE):
        if line.startswith(_UTF_16_XML):
            return "<"  # the parser knows the encoding
        text = line.decode("utf-8", "replace").strip()
        if text:
            return text
    opening.check_text(path)
    raise FeedError(path, "the file holds nothing but blank lines")


def _mapped(path: Path, mapping: CatalogueMapping, merchant: str | None) -> Iterator[FeedRow]:
    if mapping.format == "jsonl":
        opening.check_text(path)
        rows = jsonl.read(path)
    else:
        delimiter = tables.TAB if mapping.format == "tsv" else tables.COMMA
        tables.need(path, tables.header(path, delimiter), sorted(mapping.columns))
        tables.check(path, delimiter)
        rows = (FeedRow(row.line, row.cells, row.size) for row in tables.read(path, delimiter))
    for row in rows:
        if isinstance(row.document, RefusedRow):
            yield row
            continue
        document = mapping.document(row.document)
        if merchant is not None:
            document = {field: value for field, value in document.items() if field not in ("merchant", "merchantName")}
        yield row._replace(document=document)
