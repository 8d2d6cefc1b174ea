"""Enumerations of the domain, as clients see them."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry


def enumeration(name: str, description: str, values: Mapping[Enum, str]) -> Any:
    """Make a GraphQL enumeration of a domain's, with a sentence for each member; columns hold the members' names."""
    members: dict[str, Any] = {
        member.name: strawberry.enum_value(member.name, description=sentence) for member, sentence in values.items()
    }
    made: Any = Enum(name, members)  # type: ignore[misc]  # its members follow the domain's
    return strawberry.enum(made, name=name, description=description)
