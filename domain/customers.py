"""Customers: names and addresses as they may be."""

import re
from dataclasses import asdict, dataclass
from typing import Final

from domain.errors import InvalidInput

NAME_LENGTH_MAX: Final = 100
LINE_LENGTH_MAX: Final = 200
ADDRESSES_MAX: Final = 50
INTERESTS_MAX: Final = 50
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)


def display_name(text: str) -> str:
    """Trim the name that others see. Raises InvalidInput for one that is empty, too long or not of one line."""
    name = " ".join(text.split())
    if not 0 < len(name) <= NAME_LENGTH_MAX or not name.isprintable():
        raise InvalidInput(f"displayName: a name has 1 to {NAME_LENGTH_MAX} characters", field="display_name")
    return name


def interests(words: list[str]) -> list[str]:
    """Trim what somebody is interested in; each once. Raises InvalidInput."""
    trimmed = list(dict.fromkeys(word.strip().lower() for word in words))
    if len(trimmed) > INTERESTS_MAX or not all(0 < len(word) <= NAME_LENGTH_MAX for word in trimmed):
        raise InvalidInput(
            f"interests: name at most {INTERESTS_MAX}, of 1 to {NAME_LENGTH_MAX} characters each", field="interests"
        )
    return trimmed


def country(code: str, *, field: str = "country") -> str:
    """Give an ISO 3166-1 alpha-2 code as it is. Raises InvalidInput about `field` for what is none."""
    if _COUNTRY.fullmatch(code) is None:
        raise InvalidInput(f"{field}: {code[:20]!r} is no country; write two capital letters, such as DE", field=field)
    return code


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; `country` is ISO 3166-1 alpha-2. Raises InvalidInput for one that cannot be."""

    name: str
    line1: str
    city: str
    postal_code: str
    country: str
    line2: str | None = None
    region: str | None = None
    phone: str | None = None

    def __post_init__(self) -> None:
        for field in ("name", "line1", "city", "postal_code"):
            if not getattr(self, field).strip():
                raise InvalidInput(f"{field}: it must not be empty", field=field)
        for field in ("name", "line1", "line2", "city", "region", "postal_code", "phone"):
            if len(getattr(self, field) or "") > LINE_LENGTH_MAX:
                raise InvalidInput(f"{field}: it is longer than {LINE_LENGTH_MAX} characters", field=field)
        country(self.country)


def columns(address: Address) -> dict[str, str | None]:
    """Give an address by the names of its columns."""
    return asdict(address)
