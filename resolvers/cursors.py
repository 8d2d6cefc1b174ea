"""Cursors: the sort key of a row, opaque to clients."""

from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Sequence
from typing import Any

import orjson

from domain.errors import InvalidInput

_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def encode(order: str, values: Sequence[str | int]) -> str:
    """Write a position in the named order as a cursor."""
    return b2a_base64(orjson.dumps([order, *values]), newline=False).translate(_URL_SAFE, b"=\n").decode("ascii")


def decode(cursor: str, order: str, kinds: Sequence[type]) -> list[Any]:
    """Read a cursor of the named order back; raises InvalidInput when it is none, or one of another order."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        found_order: str
        values: list[Any]
        found_order, *values = orjson.loads(urlsafe_b64decode(padded))
    except (ValueError, TypeError):
        raise invalid(cursor) from None
    if found_order != order or [type(value) for value in values] != list(kinds):
        raise invalid(cursor)
    if any(isinstance(value, int) and abs(value) >= 2**63 for value in values):
        raise invalid(cursor)
    return values


def invalid(cursor: str) -> InvalidInput:
    """Say that a cursor is none of this list's."""
    return InvalidInput(
        f"after: {cursor[:60]!r} is no cursor of this list and order; take one from pageInfo.endCursor or an edge",
        field="after",
    )
