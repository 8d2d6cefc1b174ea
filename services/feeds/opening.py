"""Opening a feed: plain or gzipped, UTF-8, line by line with a bound, and read to its end once before any row is used.

The first reading (`check_text`) finds a broken gzip stream, a wrong encoding or an endless line while nothing is
written yet, for the price of decompressing the file twice. Memory stays at one line.
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO, Any, NamedTuple

from domain.errors import InvalidInput

LINE_BYTES_MAX = 4 * 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_UTF_16_BOMS = (b"\xff\xfe", b"\xfe\xff")


class FeedError(InvalidInput):
    """A file that cannot be read as a feed; nothing of it was imported."""

    def __init__(self, path: Path, reason: str, *, line: int | None = None) -> None:
        super().__init__(f"{path}, line {line}: {reason}" if line is not None else f"{path}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


class RefusedRow(NamedTuple):
    """A row that did not go in: its line (from 1), the field, an excerpt of the value, and why."""

    line: int
    field: str
    value: str
    reason: str


class FeedRow(NamedTuple):
    """A row of a feed: the line it begins in (from 1), the document it states or why it states none, its bytes."""

    line: int
    document: dict[str, Any] | RefusedRow
    size: int


def excerpt(value: object) -> str:
    """Shorten a value for a report: at most 80 characters, on one line."""
    text = " ".join(str(value).split()) if value is not None else ""
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004  the sentence above says so


def is_greater(former: str, amount: str) -> bool:
    """Whether a former price is above the price; feeds repeat the price there, or a zero, to say that there is none."""
    try:
        return Decimal(former) > Decimal(amount)
    except InvalidOperation:
        return True  # the record's check names what is wrong with it


@contextmanager
def binary(path: Path) -> Iterator[IO[bytes]]:
    """Open a feed's bytes, decompressed; raises FeedError for a file that is missing, unreadable or a broken gzip."""
    try:
        with path.open("rb") as raw:
            is_gzip = raw.read(2) == _GZIP_MAGIC
            raw.seek(0)
            if is_gzip:
                with gzip.GzipFile(fileobj=raw) as unzipped:
                    yield io.BufferedReader(unzipped, 1024 * 1024)
            else:
                yield raw
    except FileNotFoundError as error:
        raise FeedError(path, "there is no such file") from error
    except IsADirectoryError as error:
        raise FeedError(path, "is a directory; name a file") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FeedError(path, "the gzip data is broken or cut off; fetch the file again") from error
    except OSError as error:
        raise FeedError(path, f"cannot be read ({error.strerror or error})") from error


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Read a feed's lines with their numbers; raises FeedError for a line over `LINE_BYTES_MAX` bytes."""
    with binary(path) as stream:
        number = 0
        while line := stream.readline(LINE_BYTES_MAX + 1):
            number += 1
            if len(line) > LINE_BYTES_MAX:
                raise FeedError(path, f"the line is longer than {LINE_BYTES_MAX // 1024 // 1024} MB", line=number)
            yield number, line.removeprefix(_BOM) if number == 1 else line


def texts(path: Path) -> Iterator[str]:
    """Read a feed's lines as text; raises FeedError where the bytes are not UTF-8 text."""
    for number, line in lines(path):
        yield _decode(path, number, line)


def check_text(path: Path) -> None:
    """Read a feed once to its end; raises FeedError for whatever keeps it from being read as text."""
    number = 0
    for number, line in lines(path):
        _decode(path, number, line)
    if number == 0:
        raise FeedError(path, "the file is empty")


def _decode(path: Path, number: int, line: bytes) -> str:
    if number == 1 and line.startswith(_UTF_16_BOMS):
        raise FeedError(path, "the file is UTF-16; save it as UTF-8", line=1)
    if b"\0" in line:
        raise FeedError(path, "the file holds NUL bytes, so it is no text file", line=number)
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FeedError(
            path, f"byte {error.start + 1} of the line is not UTF-8; save the file as UTF-8", line=number
        ) from error
