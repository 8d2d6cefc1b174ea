"""Attributes: what a definition may say."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from domain.catalogue_record_fields import CODE_LENGTH_MAX
from domain.errors import InvalidInput, Refusal

LABEL_LENGTH_MAX: Final = 100
ALLOWED_VALUES_MAX: Final = 500
_KEY: Final = re.compile(r"[a-z0-9_]{1,100}")


class AttributeInUseError(Refusal):
    """A value is some product's, and so it stays."""

    code = "CONFLICT"


def key(text: str) -> str:
    """Check an attribute's name for programs. Raises InvalidInput."""
    if _KEY.fullmatch(text) is None:
        raise InvalidInput("name: write 1 to 100 lower-case letters, digits and underscores", field="name")
    return text


def label(text: str) -> str:
    """Trim an attribute's name for people. Raises InvalidInput."""
    trimmed = text.strip()
    if not 0 < len(trimmed) <= LABEL_LENGTH_MAX:
        raise InvalidInput(f"label: a label has 1 to {LABEL_LENGTH_MAX} characters", field="label")
    return trimmed


def unit(text: str | None, *, kind: str) -> str | None:
    """Trim a number's unit; other kinds have none. Raises InvalidInput."""
    trimmed = (text or "").strip() or None
    if trimmed is not None and kind != "NUMBER":
        raise InvalidInput("unit: only a NUMBER has a unit", field="unit")
    if trimmed is not None and len(trimmed) > CODE_LENGTH_MAX:
        raise InvalidInput(f"unit: it is longer than {CODE_LENGTH_MAX} characters", field="unit")
    return trimmed


def allowed_values(values: Sequence[str], *, kind: str) -> list[str]:
    """Trim the values of an enumeration; other kinds have none. Raises InvalidInput."""
    trimmed = [value.strip() for value in values]
    if (kind == "ENUMERATION") != bool(trimmed):
        raise InvalidInput("allowedValues: an ENUMERATION has some, other kinds have none", field="allowed_values")
    if len(trimmed) > ALLOWED_VALUES_MAX or len(set(trimmed)) < len(trimmed):
        raise InvalidInput(f"allowedValues: send at most {ALLOWED_VALUES_MAX}, each once", field="allowed_values")
    for index, value in enumerate(trimmed):
        if not 0 < len(value) <= CODE_LENGTH_MAX:
            raise InvalidInput(
                f"allowedValues.{index}: a value has 1 to {CODE_LENGTH_MAX} characters", field=f"allowed_values.{index}"
            )
    return trimmed


def check_unused(values: Collection[str]) -> None:
    """Refuse to take values away that products have. Raises AttributeInUseError."""
    if values:
        raise AttributeInUseError(
            f"allowedValues: products have the value {min(values)[:60]!r}; change them first", field="allowed_values"
        )
