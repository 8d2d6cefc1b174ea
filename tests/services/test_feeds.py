"""A feed ..."""

import gzip
import json
import os
import time
from pathlib import Path

import pytest

from domain.catalogue_records import ProductRecord
from services.feeds import formats, opening
from services.feeds.opening import FeedError, RefusedRow
from tests.services.feed_files import read, write

LAMP = {"merchant": "acme", "externalId": "1", "name": "Lamp", "variants": [{"sku": "L", "prices": [{"amount": "5"}]}]}


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
