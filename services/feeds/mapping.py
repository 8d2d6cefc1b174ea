"""Mapping files: a shop's own feed described in TOML, column by column, so that no program is needed to import it.

The language is described in `docs/import.md`. A mapping is checked as a whole when it is read.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from models.attributes import ATTRIBUTE_KINDS
from services.catalogue_import_vocabulary import AttributeHint, label_of
from services.feeds.mapping_steps import EMPTY, MappingError, Step, compile_step, through

FORMATS = ("jsonl", "csv", "tsv")
_PRODUCT_FIELDS = ("merchant", "merchantName", "externalId", "name", "slug", "description", "status", "publishedAt")
_PLACE_FIELDS = ("category", "media")
_VARIANT_FIELDS = ("sku", "barcode", "weightGrams", "stock")
_PRICE_FIELDS = ("amount", "currency", "compareAt")
_NEEDED = ("externalId", "name", "amount")
_FIELD_KEYS = {"from", "constant", "steps", "default", "rules", "ignore_case", "when"}
_ATTRIBUTE_KEYS = {
    *("from", "key", "kind", "label", "unit", "values", "steps", "when"),
    *("filterable", "searchable", "sortable", "uppercase"),
}
_NOT_KEY = re.compile(r"[^a-z0-9]+")

_BUILT_IN = Path(__file__).parent.parent / "feed_mappings"

Row = Mapping[str, Any]
Value = Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """An attribute of a mapping: taken from one `column`, from all whose names begin with `prefix`, or as `read` says.

    `key` is what stands before the rest of the column's name when there is a prefix. `uppercase` are words for labels.
    """

    key: str
    column: str | None
    prefix: str | None
    read: Value | None
    steps: tuple[Step, ...]
    hint: AttributeHint
    uppercase: frozenset[str]


@dataclass(slots=True)
class CatalogueMapping:
    """A checked mapping. `columns` are those it reads; `hints` grows with the keys that wildcards meet."""

    format: str
    fields: dict[str, Value]
    attributes: list[AttributeRule]
    columns: set[str]
    except_columns: frozenset[str]
    hints: dict[str, AttributeHint] = field(default_factory=dict)
    _uses: dict[str, list[tuple[str, tuple[Step, ...]]]] = field(default_factory=dict)

    def document(self, row: Row) -> dict[str, Any]:
        """Make a row of the feed a document of the import record's shape."""
        values = {name: value for name, read in self.fields.items() if (value := read(row)) not in EMPTY}
        variant: dict[str, Any] = {name: values.pop(name) for name in _VARIANT_FIELDS if name in values}
        variant.setdefault("sku", values.get("externalId"))
        price = {name: values.pop(name) for name in _PRICE_FIELDS if name in values}
        # Without an amount there is no price; the record's check then says so.
        variant["prices"] = [price] if "amount" in price else []
        values["variants"] = [variant]
        if media := values.get("media"):
            urls = media if isinstance(media, list) else [media]
            values["media"] = [{"url": url, "alt": values.get("name")} for url in urls]
        if attributes := dict(self._attributes(row)):
            values["attributes"] = attributes
        return values

    def _attributes(self, row: Row) -> Iterator[tuple[str, Any]]:
        for rule in self.attributes:
            if rule.read is not None and (value := rule.read(row)) not in EMPTY:
                yield rule.key, value
        uses = self._uses
        for column, cell in row.items():
            if column not in uses:
                uses[column] = list(self._uses_of(column))
            for key, steps in uses[column]:
                value = through(steps, cell)
                if value not in EMPTY:
                    yield key, value

    def _uses_of(self, column: str) -> Iterator[tuple[str, tuple[Step, ...]]]:
        """Find the attributes that take a column: those that name it, or else the first wildcard that fits."""
        if column in self.columns:
            yield from ((rule.key, rule.steps) for rule in self.attributes if rule.column == column)
            return
        for rule in self.attributes:
            if rule.prefix is not None and column.startswith(rule.prefix) and column not in self.except_columns:
                name = column.removeprefix(rule.prefix)
                key = _NOT_KEY.sub("_", f"{rule.key}{name}".lower()).strip("_")[:100]
                words = label_of(name).split()
                label = " ".join(word.upper() if word.strip("()").lower() in rule.uppercase else word for word in words)
                self.hints.setdefault(key, rule.hint._replace(label=label))
                yield key, rule.steps
                return


def built_in() -> list[str]:
    """Name the mappings that come with the project."""
    return sorted(path.stem for path in _BUILT_IN.glob("*.toml"))


def find(name: str) -> Path:
    """Find a mapping by its path or by the name of one that comes with the project; raises MappingError."""
    if Path(name).is_file():
        return Path(name)
    if name in built_in():
        return _BUILT_IN / f"{name}.toml"
    raise MappingError(f"{name}: there is no such mapping file; the project brings {', '.join(built_in())}")


def load(path: Path) -> CatalogueMapping:
    """Read and check a mapping file; raises MappingError that names the place that is wrong."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MappingError(f"{path}: the mapping file cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}: the mapping file is no TOML ({error})") from error
    try:
        return parse(document)
    except MappingError as error:
        raise MappingError(f"{path}: {error.message}") from error


class _Scope(NamedTuple):
    """What the parts of a mapping share: its named tables, and the columns that they have read so far."""

    tables: Mapping[str, Any]
    columns: set[str]


def parse(document: dict[str, Any]) -> CatalogueMapping:
    """Check a mapping and compile it to functions; raises MappingError."""
    _known(document, {"format", "fields", "attributes", "except", "tables"}, "the mapping")
    if document.get("format") not in FORMATS:
        raise MappingError(f"format: must be one of {', '.join(FORMATS)}")
    scope = _Scope(document.get("tables", {}), set())
    fields = document.get("fields", {})
    _known(fields, {*_PRODUCT_FIELDS, *_PLACE_FIELDS, *_VARIANT_FIELDS, *_PRICE_FIELDS}, "fields")
    for name in _NEEDED:
        if name not in fields:
            raise MappingError(f"fields.{name}: is required")
    rules = [
        _attribute(f"attributes[{index}]", rule, scope) for index, rule in enumerate(document.get("attributes", []))
    ]
    return CatalogueMapping(
        document["format"],
        {name: _field(f"fields.{name}", source, scope) for name, source in fields.items()},
        rules,
        scope.columns,
        frozenset(document.get("except", [])),
        {rule.key: rule.hint for rule in rules if rule.prefix is None},
    )


def _known(table: object, keys: set[str], place: str) -> None:
    if not isinstance(table, dict):
        raise MappingError(f"{place}: must be a table")
    if unknown := sorted(table.keys() - keys):
        raise MappingError(f"{place}: {unknown[0]!r} is not known; known are {', '.join(sorted(keys))}")


def _field(place: str, source: object, scope: _Scope) -> Value:
    table = {"from": source} if isinstance(source, str) else source
    _known(table, _FIELD_KEYS, place)
    assert isinstance(table, dict)  # noqa: S101  _known has said so; this tells mypy
    if sum(key in table for key in ("from", "constant", "rules")) != 1:
        raise MappingError(f"{place}: needs one of from, constant, rules")
    steps = _steps(place, table, scope)
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
        return default if found in EMPTY else found

    return value


def _steps(place: str, table: dict[str, Any], scope: _Scope) -> tuple[Step, ...]:
    steps = table.get("steps", [])
    if not isinstance(steps, list):
        raise MappingError(f"{place}.steps: must be a list")
    return tuple(compile_step(f"{place}.steps[{index}]", step, scope.tables) for index, step in enumerate(steps))


def _constant(value: Any) -> Value:
    return lambda _: value


def _source(place: str, source: object, scope: _Scope) -> Value:
    """Read a column, or the first of several that is not empty."""
    names: list[str] = [name for name in (source if isinstance(source, list) else [source]) if isinstance(name, str)]
    if not names or "" in names or (isinstance(source, list) and len(names) < len(source)):
        raise MappingError(f"{place}: must be a column, a JSON pointer such as /a/0/b, or a list of them")
    readers = [_pointer(name) if name.startswith("/") else _column(name) for name in names]
    scope.columns.update(name.split("/")[1] if name.startswith("/") else name for name in names)
    if len(readers) == 1:
        return readers[0]
    return lambda row: next((value for read in readers if (value := read(row)) not in EMPTY), None)


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


def _condition(place: str, table: object, scope: _Scope) -> Callable[[Row], bool]:
    """Make a test: whether the pattern matches somewhere in the source; without a pattern, whether it is not empty."""
    _known(table, {"from", "matches"}, place)
    assert isinstance(table, dict)  # noqa: S101  _known has said so; this tells mypy
    read = _source(f"{place}.from", table.get("from"), scope)
    pattern = _pattern(f"{place}.matches", table.get("matches", ""))
    return lambda row: (value := read(row)) not in EMPTY and pattern.search(str(value)) is not None


def _rules(place: str, rules: object, scope: _Scope, *, ignore_case: bool) -> Value:
    """Take the value of the first rule that holds.

    Rules are many and mostly ask the same column, so each column is read (and lowered, to ignore case) once a row.
    """
    if not isinstance(rules, list) or not rules:
        raise MappingError(f"{place}: must be a list of tables of from, matches and value")
    readers: dict[str, Value] = {}
    compiled: list[tuple[str, re.Pattern[str], Any]] = []
    for index, rule in enumerate(rules):
        at = f"{place}[{index}]"
        _known(rule, {"from", "matches", "value"}, at)
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
                text = None if cell in EMPTY else str(cell)
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


def _attribute(place: str, table: object, scope: _Scope) -> AttributeRule:
    _known(table, _ATTRIBUTE_KEYS, place)
    assert isinstance(table, dict)  # noqa: S101  _known has said so; this tells mypy
    kind = str(table["kind"]).upper() if "kind" in table else None
    if kind is not None and kind not in ATTRIBUTE_KINDS:
        raise MappingError(f"{place}.kind: must be one of {', '.join(ATTRIBUTE_KINDS).lower()}")
    hint = AttributeHint(
        table.get("label"),
        kind,
        table.get("unit"),
        tuple(table.get("values", ())),
        table.get("filterable"),
        table.get("searchable"),
        table.get("sortable"),
    )
    source = table.get("from")
    steps = _steps(place, table, scope)
    uppercase = frozenset(table.get("uppercase", ()))
    if isinstance(source, str) and source.endswith("*"):
        return AttributeRule(table.get("key", ""), None, source[:-1], None, steps, hint, uppercase)
    key = table.get("key", source)
    if not isinstance(key, str) or not re.fullmatch(r"[a-z0-9_]{1,100}", key):
        raise MappingError(f"{place}.key: must be lower-case letters, digits and underscores")
    if isinstance(source, str) and not source.startswith("/") and "when" not in table:
        scope.columns.add(source)
        return AttributeRule(key, source, None, None, steps, hint, uppercase)
    field_table = {name: table[name] for name in ("from", "steps", "when") if name in table}
    return AttributeRule(key, None, None, _field(place, field_table, scope), (), hint, uppercase)
