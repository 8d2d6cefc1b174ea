"""API keys of partners: made once, shown once, kept as a hash."""

import hashlib
import secrets
from typing import Final, NamedTuple

from domain.access import Scope

PREFIX: Final = "souk_"
"""How every key begins, so that one that leaked is recognised for what it is."""
_ID_LENGTH: Final = 12


ALL_SCOPES: Final = [scope.value for scope in Scope]


class NewKey(NamedTuple):
    """A key that was just made: the text, the part it is found by, and its hash."""

    text: str
    prefix: str
    hash: bytes


def make() -> NewKey:
    """Make a key."""
    text = f"{PREFIX}{secrets.token_hex(_ID_LENGTH // 2)}_{secrets.token_urlsafe(32)}"
    return NewKey(text, prefix_of(text), hashlib.sha256(text.encode()).digest())


def prefix_of(key: str) -> str:
    """Give the part of a key that it is found by; it tells nothing of the rest."""
    return key[: len(PREFIX) + _ID_LENGTH]
