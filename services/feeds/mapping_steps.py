"""The steps of a mapping: small transforms that a value goes through, one after the other.

A step takes a value that is not empty and answers a value; None, [] and text of nothing but blanks are empty and end
the way. A step that cannot read its value leaves it as it is, so that the record's check refuses the row and shows it.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.catalogue_records import WHOLE_MAX
from domain.errors import InvalidInput
from domain.plain_text import strip_html
from domain.slugs import slugify

Step = Callable[[Any], Any]
_EMPTY: tuple[Any, ...] = (None, "", [])
_NOT_DECIMAL = re.compile(r"[^0-9.\-]")
_BOOLEANS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}


class MappingError(InvalidInput):
    """A mapping file that says something wrong; the message names the place."""


def compile_step(place: str, step: object, tables: Mapping[str, Any]) -> Step:
    """Make a function of a step as the file states it: a name, or a table of one name and its argument.

    The argument of lookup and only may be the name of one of the file's `tables`.
    """
    if isinstance(step, str) and step in _PLAIN:
        return _PLAIN[step]
    if isinstance(step, dict) and len(step) == 1:
        ((name, argument),) = step.items()
        if name in _WITH_TABLE and isinstance(argument, str):
            if argument not in tables:
                raise MappingError(f"{place}: there is no [tables.{argument}] in the file")
            argument = tables[argument]
        if name in _WITH_ARGUMENT:
            try:
                return _WITH_ARGUMENT[name](argument)
            except (TypeError, ValueError, re.error, InvalidOperation, AttributeError) as error:
                raise MappingError(f"{place}: the argument of {name} is wrong ({error})") from error
    raise MappingError(
        f"{place}: {step!r} is no step; steps are {', '.join(_PLAIN)}, and with an argument, such as "
        f'{{split = ","}}: {", ".join(_WITH_ARGUMENT)}'
    )


def is_empty(value: Any) -> bool:
    """Tell whether a value says nothing: None, no items, or text of nothing but blanks."""
    return value in _EMPTY or (isinstance(value, str) and value.isspace())


def through(steps: tuple[Step, ...], value: Any) -> Any:
    """Take a value through steps, until it is empty."""
    for step in steps:
        if is_empty(value):
            break
        value = step(value)
    return value


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else str(value)


def _on_text(function: Callable[[str], Any]) -> Step:
    """Apply a function to a text, or to each text of a list."""
    return lambda value: (
        [function(_text(item)) for item in value] if isinstance(value, list) else function(_text(value))
    )


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def _decimal(text: str) -> Any:
    """Drop currency signs and thousands commas: "$1,299.00" is "1299.00"."""
    return _NOT_DECIMAL.sub("", text) or text


def _cents(text: str) -> Any:
    try:
        return format(Decimal(text).scaleb(-2), "f")
    except InvalidOperation:
        return text


def _whole(text: str) -> Any:
    try:
        return int(Decimal(text).to_integral_value())
    except (InvalidOperation, OverflowError, ValueError):
        return text


def _number(value: Any) -> Any:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return value
    return int(number) if number.is_integer() and abs(number) <= WHOLE_MAX else number


def _boolean(text: str) -> Any:
    return _BOOLEANS.get(text.strip().lower(), text)


def _split(separator: str) -> Step:
    _require(bool(separator), "it must not be empty")
    return lambda value: [part.strip() for part in _text(value).split(separator) if part.strip()]


def _join(separator: str) -> Step:
    return lambda value: separator.join(_text(part) for part in value) if isinstance(value, list) else value


def _regex(pattern: str) -> Step:
    """Keep the first group of the first match, or the match; nothing when there is none."""
    expression = re.compile(pattern)

    def extract(text: str) -> str | None:
        match = expression.search(text)
        return match and (match[1] if expression.groups else match[0])

    return _on_text(extract)


def _replace(argument: list[str]) -> Step:
    pattern, replacement = argument
    expression = re.compile(pattern)
    return _on_text(lambda text: expression.sub(replacement, text))


def _lookup(table: dict[str, Any]) -> Step:
    """Replace a text that the table holds; others stay."""
    entries = dict(table.items())
    return lambda value: entries.get(_text(value), value)


def _only(table: dict[str, Any]) -> Step:
    """Replace a text that the table holds; others are dropped."""
    entries = dict(table.items())
    return lambda value: entries.get(_text(value))


def _multiply(factor: float | str) -> Step:
    by = Decimal(str(factor))

    def multiply(text: str) -> Any:
        try:
            return format(Decimal(text) * by, "f")
        except InvalidOperation:
            return text

    return _on_text(multiply)


def _truncate(length: int) -> Step:
    _require(isinstance(length, int) and length > 0, "it must be a whole number above 0")
    return _on_text(lambda text: text[:length])


def _prefix(prefix: str) -> Step:
    _require(isinstance(prefix, str), "it must be text")
    return _on_text(lambda text: prefix + text)


def _require(fits: bool, reason: str) -> None:  # noqa: FBT001  a condition, not a switch
    if not fits:
        raise ValueError(reason)


_PLAIN: dict[str, Step] = {
    "strip": _on_text(str.strip),
    "lower": _on_text(str.lower),
    "upper": _on_text(str.upper),
    "title": _on_text(str.title),
    "slug": _on_text(slugify),
    "strip_html": _on_text(strip_html),
    "first": _first,
    "decimal": _on_text(_decimal),
    "cents": _on_text(_cents),
    "whole": _on_text(_whole),
    "number": _number,
    "boolean": _on_text(_boolean),
    "text": _on_text(str),
}
_WITH_TABLE = frozenset({"lookup", "only"})
_WITH_ARGUMENT: dict[str, Callable[[Any], Step]] = {
    "split": _split,
    "join": _join,
    "regex": _regex,
    "replace": _replace,
    "lookup": _lookup,
    "only": _only,
    "multiply": _multiply,
    "truncate": _truncate,
    "prefix": _prefix,
}
