"""Global ids: opaque to clients, unique over all types."""

import binascii
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Callable
from functools import lru_cache, partial

from domain.errors import InvalidInput


@lru_cache(maxsize=65_536)
def encode(type_name: str, key: int) -> str:
    """Write the global id of a type's object. Popular ones are remembered: writing takes ten times as long."""
    # No six bits of letters, digits and a colon are one of the two that urlsafe_b64encode writes otherwise.
    return b2a_base64(f"{type_name}:{key}".encode(), newline=False).rstrip(b"=").decode()


def encoder(type_name: str) -> Callable[[int], str]:
    """Give what writes the global ids of one type: a call of Python's less for each of the many in an answer."""
    return partial(encode, type_name)


def decode(global_id: str) -> tuple[str, int]:
    """Read a global id as type name and key; raises InvalidInput when it is none."""
    try:
        padded = global_id.encode("ascii") + b"=" * (-len(global_id) % 4)
        type_name, _, key = urlsafe_b64decode(padded).decode("ascii").partition(":")
        number = int(key) if key.isascii() and key.isdigit() and len(key) < 19 else -1  # noqa: PLR2004 - below 2**63
    except (ValueError, binascii.Error):
        type_name, number = "", -1
    if number < 0 or encode(type_name, number) != global_id:
        raise InvalidInput(f"{global_id[:60]!r} is no id of this shop; take ids from the answers of other queries")
    return type_name, number
