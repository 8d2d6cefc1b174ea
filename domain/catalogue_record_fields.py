"""The small checks that import records are made of. Each answers the value, or raises RecordError naming the field."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

from domain.errors import InvalidInput

CODE_LENGTH_MAX = 200
NAME_LENGTH_MAX = 500
"""Lists are sorted by name, and an entry of the index takes 2,704 bytes: 500 characters of four bytes each fit."""
INT_MAX = 2_147_483_647


class RecordError(InvalidInput):
    """A record that cannot go in: which field, what it held, and why."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.value = value
        self.reason = reason


@contextmanager
def inputs_of(prefix: str = "") -> Iterator[None]:
    """Let what is read inside be refused as the input of a mutation; `prefix` is the way to what is read.

    A record's field "variants[0].prices[1].amount" is "variants.0.prices.1.amount" there. Raises InvalidInput.
    """
    try:
        yield
    except RecordError as error:
        field = prefix + error.field.replace("[", ".").replace("]", "")
        raise InvalidInput(f"{field}: {error.reason}", field=field) from None


def refuse(field: str, value: object, reason: str) -> NoReturn:
    """Raise RecordError."""
    raise RecordError(field, value, reason)


def known_keys(document: Mapping[str, object], known: frozenset[str], field: str) -> None:
    """Refuse a key that is not known."""
    if not known.issuperset(document):
        key = next(key for key in document if key not in known)
        where = f"{field}.{key}" if field else key
        refuse(where, document[key], f"is not a known key; known are {', '.join(sorted(known))}")


def json_object(value: object, field: str) -> dict[str, Any]:
    """Read a JSON object; None is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        refuse(field, value, "must be a JSON object")
    return value


def json_list(value: object, field: str, count_max: int) -> list[Any]:
    """Read a list of at most `count_max` entries; None is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        refuse(field, value, "must be a list")
    if len(value) > count_max:
        refuse(field, f"{len(value)} entries", f"must hold at most {count_max} entries")
    return value


def optional_text(value: object, field: str, length_max: int) -> str | None:
    """Read a text without the spaces around it; None when there is none or it is empty."""
    if value is None:
        return None
    if not isinstance(value, str):
        refuse(field, value, "must be text")
    if "\0" in value:
        refuse(field, value, "must not hold the character NUL (\\u0000)")
    if len(value) > length_max:
        refuse(field, value, f"must have at most {length_max} characters, has {len(value)}")
    return value.strip() or None


def text_of(value: object, field: str, length_max: int) -> str:
    """Read a text that must not be empty."""
    text = optional_text(value, field, length_max)
    if text is None:
        refuse(field, value, "is required and must not be empty")
    return text


def code(value: object, field: str) -> str:
    """Read an identifier; feeds write them as numbers too."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text_of(value, field, CODE_LENGTH_MAX)


def units(value: object, field: str) -> int:
    """Read a whole number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= INT_MAX:
        refuse(field, value, f"must be a whole number from 0 to {INT_MAX}")
    return value


def distinct(field: str, what: str, values: Iterable[object]) -> None:
    """Refuse the second of two equal values; `what` is the key they stand under."""
    seen: dict[object, int] = {}
    for index, value in enumerate(values):
        first = seen.setdefault(value, index)
        if first != index:
            refuse(f"{field}[{index}].{what}", value, f"stands twice, first in {field}[{first}]")
