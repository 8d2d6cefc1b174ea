"""Audits: what must add up is added up again, by checks that are queries of the cases where it does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

_EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not add up: which check, in how many cases, and some of them."""

    check: str
    cases: int
    examples: tuple[str, ...]


async def findings(connection: asyncpg.Connection, checks: Mapping[str, str], *given: Any) -> tuple[Finding, ...]:
    """Run the checks, queries of one column by their names; those that mention $1 are `given` the values."""
    found = []
    for check, query in checks.items():
        if cases := [row[0] for row in await connection.fetch(query, *(given if "$1" in query else ()))]:
            found.append(Finding(check, len(cases), tuple(cases[:_EXAMPLES])))
    return tuple(found)
