"""The fields of a mapping: where a value comes from, made into functions of a row."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from services.feeds.mapping_steps import MappingError, Step, compile_step, is_empty, through

_FIELD_KEYS = {"from", "constant", "steps", "default", "rules", "ignore_case", "when"}

Row = Mapping[str, Any]
Value = Callable[[Row], Any]


class Scope(NamedTuple):
    """What the parts of a mapping share: its named tables, and the columns that they have read so far."""

    tables: Mapping[str, Any]
    columns: set[str]


def known(table: object, keys: set[str], place: str) -> None:
    """Raise MappingError unless this is a table of no other keys."""
    if not isinstance(table, dict):
        raise MappingError(f"{place}: must be a table")
    if unknown := sorted(table.keys() - keys):
        raise MappingError(f"{place}: {unknown[0]!r} is not known; known are {', '.join(sorted(keys))}")


def compile_field(place: str, source: object, scope: Scope) -> Value:
    """Make a function of a field: the name of a column, or a table that says where its value comes from."""
    table = {"from": source} if isinstance(source, str) else source
    known(table, _FIELD_KEYS, place)
    assert isinstance(table, dict)  # noqa: S101  known has said so; this tells mypy
    if sum(key in table for key in ("from", "constant", "rules")) != 1:
        raise MappingError(f"{place}: needs one of from, constant, rules")
    steps = compile_steps(place, table, scope)
    default = table.get("default")
    condition = _condition(f"{place}.when", table["when"], scope) if "when" in table else None
    if "constant" in table:
        read: Value = _constant(table["constant"])
    elif "rules" in table:
        read = _rules(f"{place}.rules", table["rules"], scope, ignore_case=bool(table.get("ignore_case")))
    else:
        read = _source(f"{place}.from", table["from"], scope)

    def value(row: Row) -> Any:
        if condition is not None and not condition(row):
            return default
        found = through(steps, read(row))
        return default if is_empty(found) else found

    return value


def compile_steps(place: str, table: dict[str, Any], scope: Scope) -> tuple[Step, ...]:
    """Make functions of the steps of a field or an attribute."""
    steps = table.get("steps", [])
    if not isinstance(steps, list):
        raise MappingError(f"{place}.steps: must be a list")
    return tuple(compile_step(f"{place}.steps[{index}]", step, scope.tables) for index, step in enumerate(steps))


def _constant(value: Any) -> Value:
    return lambda _: value


def _source(place: str, source: object, scope: Scope) -> Value:
    """Read a column, or the first of several that is not empty."""
    names: list[str] = [name for name in (source if isinstance(source, list) else [source]) if isinstance(name, str)]
    if not names or "" in names or (isinstance(source, list) and len(names) < len(source)):
        raise MappingError(f"{place}: must be a column, a JSON pointer such as /a/0/b, or a list of them")
    readers = [_pointer(name) if name.startswith("/") else _column(name) for name in names]
    scope.columns.update(name.split("/")[1] if name.startswith("/") else name for name in names)
    if len(readers) == 1:
        return readers[0]
    return lambda row: next((value for read in readers if not is_empty(value := read(row))), None)


def _column(name: str) -> Value:
    return lambda row: row.get(name)


def _pointer(pointer: str) -> Value:
    """Follow a JSON pointer (RFC 6901); what is not there is empty."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]

    def read(row: Row) -> Any:
        value: Any = row
        for part in parts:
            if isinstance(value, Mapping):
                value = value.get(part)
            elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
                value = value[int(part)]
            else:
                return None
        return value

    return read


def _condition(place: str, table: object, scope: Scope) -> Callable[[Row], bool]:
    """Make a test: whether the pattern matches somewhere in the source; without a pattern, whether it is not empty."""
    known(table, {"from", "matches"}, place)
    assert isinstance(table, dict)  # noqa: S101  known has said so; this tells mypy
    read = _source(f"{place}.from", table.get("from"), scope)
    pattern = _pattern(f"{place}.matches", table.get("matches", ""))
    return lambda row: not is_empty(value := read(row)) and pattern.search(str(value)) is not None


def _rules(place: str, rules: object, scope: Scope, *, ignore_case: bool) -> Value:
    """Take the value of the first rule that holds.

    Rules are many and mostly ask the same column, so each column is read (and lowered, to ignore case) once a row.
    """
    if not isinstance(rules, list) or not rules:
        raise MappingError(f"{place}: must be a list of tables of from, matches and value")
    readers: dict[str, Value] = {}
    compiled: list[tuple[str, re.Pattern[str], Any]] = []
    for index, rule in enumerate(rules):
        at = f"{place}[{index}]"
        known(rule, {"from", "matches", "value"}, at)
        if "value" not in rule:
            raise MappingError(f"{at}.value: is required")
        source = str(rule.get("from"))
        readers[source] = _source(f"{at}.from", rule.get("from"), scope)
        compiled.append((source, _pattern(f"{at}.matches", rule.get("matches", "")), rule["value"]))

    def value(row: Row) -> Any:
        texts: dict[str, str | None] = {}
        for source, pattern, found in compiled:
            if source not in texts:
                cell = readers[source](row)
                text = None if is_empty(cell) else str(cell)
                texts[source] = text.lower() if text is not None and ignore_case else text
            if (text := texts[source]) is not None and pattern.search(text):
                return found
        return None

    return value


def _pattern(place: str, pattern: object) -> re.Pattern[str]:
    try:
        return re.compile(pattern)  # type: ignore[call-overload, no-any-return]  # what is no text raises TypeError
    except (re.error, TypeError) as error:
        raise MappingError(f"{place}: is no regular expression ({error})") from error
