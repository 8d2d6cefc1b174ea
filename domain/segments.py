"""Segments of customers by a rule: which facts it may speak of, and why somebody is in one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from domain import rules
from domain.errors import InvalidInput
from domain.rules import All, AnyOf, Condition, Kind, Not, Operator, Rule

WINDOW: Final = timedelta(days=365)
"""How far back what was spent and bought counts."""
RULE_VOCABULARY: Final = {
    "spend": Kind.NUMBER,
    "orders": Kind.NUMBER,
    "days_since_order": Kind.NUMBER,
    "category": Kind.SET,
    "level": Kind.TEXT,
    "region": Kind.SET,
    "marketing_consent": Kind.BOOLEAN,
}
"""`spend` is in minor units of the shop's currency and, as `orders`, of the last 365 days without what was given back;
`days_since_order` has no value for who has bought nothing; `category` are the slugs of what was bought and of all
above, `level` the level's name, `region` countries (DE) and regions (US-CA) of the book of addresses."""
TITLE_LENGTH_MAX: Final = 100
_CODE: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_CODE_LENGTH_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Reason:
    """A condition of a rule, what is the case, and whether it holds; `negated` if the rule asks that it does not."""

    field: str
    operator: Operator
    value: Any
    fact: Any
    holds: bool
    negated: bool


def code(text: str, *, field: str = "code") -> str:
    """Check what a segment is called by promotions. Raises InvalidInput."""
    if _CODE.fullmatch(text) is None or len(text) > _CODE_LENGTH_MAX:
        raise InvalidInput(f"{field}: {text[:60]!r} is none; write lower-case words with hyphens", field=field)
    return text


def title(text: str) -> str:
    """Trim what a segment is called. Raises InvalidInput."""
    trimmed = " ".join(text.split())
    if not 0 < len(trimmed) <= TITLE_LENGTH_MAX:
        raise InvalidInput(f"title: a title has 1 to {TITLE_LENGTH_MAX} characters", field="title")
    return trimmed


def explain(rule: Rule, facts: Mapping[str, Any]) -> Iterator[Reason]:
    """Say of each condition of a rule, in its order, whether it holds for somebody."""
    yield from _explained(rule, facts, negated=False)


def _explained(rule: Rule, facts: Mapping[str, Any], *, negated: bool) -> Iterator[Reason]:
    match rule:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _explained(part, facts, negated=negated)
        case Not(part):
            yield from _explained(part, facts, negated=not negated)
        case Condition(field, operator, value):
            holds = rules.matches(rule, facts)
            yield Reason(field, operator, value, facts.get(field), holds, negated)
