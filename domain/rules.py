"""The rule language: conditions over named facts, combined with all, any and not.

A rule is JSON:

    {"all": [{"field": "category", "is": "one_of", "value": ["lamps"]},
             {"not": {"field": "price", "is": "at_least", "value": 10000}}]}

What fields there are, and of what kind, is the vocabulary's: products have theirs (collections), customers and carts
bring their own. `parse` checks a rule against a vocabulary; `matches` evaluates it over facts in memory; a room that
knows SQL may translate the same tree. A fact that is missing (None) satisfies no condition.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from domain.errors import InvalidInput

MAX_DEPTH = 8
MAX_CONDITIONS = 100


class Kind(Enum):
    """What values a field has, and so which operators apply to it."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    SET = "set"
    """Several texts, such as the categories above a product."""


class Operator(Enum):
    """How a condition compares the fact with its value."""

    EQUALS = "equals"
    ONE_OF = "one_of"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


OPERATORS = {
    Kind.TEXT: {Operator.EQUALS, Operator.ONE_OF},
    Kind.NUMBER: {Operator.EQUALS, Operator.AT_LEAST, Operator.AT_MOST},
    Kind.BOOLEAN: {Operator.EQUALS},
    Kind.SET: {Operator.EQUALS, Operator.ONE_OF},
}
"""Which operators a kind has. For a SET, `equals` asks whether it holds the value, `one_of` whether it holds any."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; `value` is a tuple for ONE_OF."""

    field: str
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class All:
    """Holds when every part holds; with no parts it always holds."""

    parts: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when at least one part holds; with no parts it never holds."""

    parts: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when its part does not."""

    part: "Rule"


Rule = Condition | All | AnyOf | Not


class RuleError(InvalidInput):
    """A rule is malformed; the message says where and what may stand there."""


def parse(document: Any, vocabulary: Mapping[str, Kind]) -> Rule:
    """Read a rule from JSON and check it against a vocabulary; raises RuleError."""
    conditions = 0

    def read(node: Any, place: str, depth: int) -> Rule:
        nonlocal conditions
        if depth > MAX_DEPTH:
            raise RuleError(f"{place}: rules nest at most {MAX_DEPTH} deep")
        if not isinstance(node, dict):
            raise RuleError(f"{place}: expected an object, found {type(node).__name__}")
        match node:
            case {"all": list(parts), **rest} if not rest:
                return All(tuple(read(part, f"{place}.all[{at}]", depth + 1) for at, part in enumerate(parts)))
            case {"any": list(parts), **rest} if not rest:
                return AnyOf(tuple(read(part, f"{place}.any[{at}]", depth + 1) for at, part in enumerate(parts)))
            case {"not": part, **rest} if not rest:
                return Not(read(part, f"{place}.not", depth + 1))
            case {"field": str(field), "is": str(operator), "value": value, **rest} if not rest:
                conditions += 1
                if conditions > MAX_CONDITIONS:
                    raise RuleError(f"{place}: a rule has at most {MAX_CONDITIONS} conditions")
                return _condition(field, operator, value, place, vocabulary)
        raise RuleError(
            f"{place}: expected one of {{all: [...]}}, {{any: [...]}}, {{not: ...}}, {{field, is, value}}; "
            f"found the keys {sorted(str(key) for key in node)}"
        )

    return read(document, "rule", 1)


def _condition(field: str, operator: str, value: Any, place: str, vocabulary: Mapping[str, Kind]) -> Condition:
    kind = vocabulary.get(field)
    if kind is None and field.startswith("attributes."):
        kind = vocabulary.get("attributes.*")
    if kind is None:
        raise RuleError(f"{place}: there is no field {field!r}; there are {', '.join(sorted(vocabulary))}")
    allowed = {member.value for member in OPERATORS[kind]}
    if operator not in allowed:
        raise RuleError(f"{place}: {field} ({kind.value}) cannot be compared with {operator!r}; use {sorted(allowed)}")
    wanted = Operator(operator)
    if wanted is Operator.ONE_OF:
        if not isinstance(value, list) or not value:
            raise RuleError(f"{place}: one_of takes a list of at least one value")
        return Condition(field, wanted, tuple(_value(item, kind, field, place) for item in value))
    return Condition(field, wanted, _value(value, kind, field, place))


def _value(value: Any, kind: Kind, field: str, place: str) -> Any:
    if kind is Kind.BOOLEAN:
        fits = isinstance(value, bool)
    elif kind is Kind.NUMBER:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    else:
        fits = isinstance(value, str)
    if not fits:
        raise RuleError(f"{place}: {field} takes a {kind.value} value, found {value!r}")
    return value


def matches(rule: Rule, facts: Mapping[str, Any]) -> bool:
    """Say whether a rule holds over facts: a SET's fact is a collection of texts, the others' a plain value."""
    match rule:
        case All(parts):
            return all(matches(part, facts) for part in parts)
        case AnyOf(parts):
            return any(matches(part, facts) for part in parts)
        case Not(part):
            return not matches(part, facts)
        case Condition(field, operator, value):
            return _compare(facts.get(field), operator, value)


def _compare(fact: Any, operator: Operator, value: Any) -> bool:
    if fact is None:
        return False
    if isinstance(fact, (set, frozenset, list, tuple)):
        return any(item in fact for item in value) if operator is Operator.ONE_OF else value in fact
    match operator:
        case Operator.EQUALS:
            return bool(fact == value)
        case Operator.ONE_OF:
            return fact in value
        case Operator.AT_LEAST:
            return bool(fact >= value)
        case Operator.AT_MOST:
            return bool(fact <= value)


def fields(rule: Rule) -> frozenset[str]:
    """Name the fields that a rule speaks of."""
    match rule:
        case All(parts) | AnyOf(parts):
            return frozenset().union(*map(fields, parts))
        case Not(part):
            return fields(part)
        case Condition(field):
            return frozenset((field,))
