"""Google's product feed as XML (RSS 2.0 or Atom): the same items as the table's, read without building a tree."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from services.feeds import opening
from services.feeds.google_feed import COLUMNS_NEEDED
from services.feeds.opening import FeedError, RefusedRow
from services.feeds.tables import TableRow

CHUNK_BYTES = 64 * 1024
_ITEM_TAGS = frozenset({"item", "entry"})


class _ItemCollector:
    """What the parser calls: gathers the texts directly below each item, by tag without its namespace."""

    def __init__(self, path: Path) -> None:
        self.items: list[TableRow] = []
        self.parser: Any = None
        self._path = path
        self._cells: dict[str, list[str]] | None = None
        self._line = 0
        self._depth = 0
        self._texts: list[str] = []
        self._size = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        del attributes
        if self._cells is not None:
            self._depth += 1
            if self._depth == 1:
                self._texts = []
                self._grow(len(tag))
        elif _plain(tag) in _ITEM_TAGS:
            self._cells, self._line, self._depth, self._size = {}, self.parser.parser.CurrentLineNumber, 0, 0

    def data(self, text: str) -> None:
        if self._cells is None or self._depth != 1:
            return
        self._grow(len(text))
        self._texts.append(text)

    def end(self, tag: str) -> None:
        if self._cells is None:
            return
        if self._depth == 0:
            # A tag that stands several times (additional images) is a list, as the table writes it.
            cells = {column: ",".join(texts) for column, texts in self._cells.items()}
            self.items.append(TableRow(self._line, cells, self._size))
            self._cells = None
            return
        if self._depth == 1:
            column, text = _plain(tag), "".join(self._texts).strip()
            self._cells.setdefault(column, []).append(text)
        self._depth -= 1

    def _grow(self, length: int) -> None:
        self._size += length
        if self._size > opening.LINE_BYTES_MAX:
            limit = opening.LINE_BYTES_MAX // 1024 // 1024
            raise FeedError(self._path, f"the item is longer than {limit} MB", line=self._line)

    def close(self) -> None:
        """Nothing is left to do at the end; the parser calls it."""


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]


def check(path: Path) -> None:
    """Read a feed once to its end; raises FeedError for whatever keeps it from being read, and when it has no item."""
    if next(read(path), None) is None:
        raise FeedError(path, "the feed has no <item> or <entry>")
    for _ in read(path):
        pass


def read(path: Path) -> Iterator[TableRow]:
    """Read the items as rows of a table; one that lacks a needed tag is a bad row."""
    for row in _items(path):
        cells = row.cells
        missing = [column for column in COLUMNS_NEEDED if isinstance(cells, dict) and not cells.get(column)]
        if missing:
            yield TableRow(row.line, RefusedRow(row.line, missing[0], "", "is required and must not be empty"), 0)
        else:
            yield row


def _items(path: Path) -> Iterator[TableRow]:
    collector = _ItemCollector(path)
    collector.parser = parser = DefusedXMLParser(target=collector)
    try:
        with opening.binary(path) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                parser.feed(chunk)
                yield from collector.items
                collector.items.clear()
        parser.close()
    except ParseError as error:
        raise FeedError(path, f"the XML is broken ({error})", line=error.position[0]) from error
    except DefusedXmlException as error:
        raise FeedError(path, "the XML declares entities, which feeds have no need of; remove its DOCTYPE") from error
    except (LookupError, ValueError) as error:  # so the parser says that it cannot read the encoding that is declared
        raise FeedError(path, f"the XML's encoding cannot be read ({error}); save the file as UTF-8", line=1) from error
