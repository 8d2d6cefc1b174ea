"""Files of feeds, and what is read of them."""

from pathlib import Path
from typing import Any

from domain.catalogue_records import ProductRecord
from services.catalogue_import import CheckedRow
from services.feeds import formats


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, **options: Any) -> list[CheckedRow]:
    return list(formats.records(path, currency="USD", **options))


def products(path: Path, **options: Any) -> list[ProductRecord]:
    return [row.record for row in read(path, **options) if isinstance(row.record, ProductRecord)]
