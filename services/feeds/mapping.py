"""Mapping files: a shop's own feed described in TOML, column by column, so that no program is needed to import it.

The language is described in `docs/import.md`. A mapping is checked as a whole when it is read.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.attributes import ATTRIBUTE_KINDS
from services.catalogue_import_vocabulary import AttributeHint, label_of
from services.feeds.mapping_fields import Row, Scope, Value, compile_field, compile_steps, known
from services.feeds.mapping_steps import MappingError, Step, is_empty, through

FORMATS = ("jsonl", "csv", "tsv")
_PRODUCT_FIELDS = ("merchant", "merchantName", "externalId", "name", "slug", "description", "status", "publishedAt")
_PLACE_FIELDS = ("category", "media")
_VARIANT_FIELDS = ("sku", "barcode", "weightGrams", "stock")
_PRICE_FIELDS = ("amount", "currency", "compareAt")
_NEEDED = ("externalId", "name", "amount")
_ATTRIBUTE_KEYS = {
    *("from", "key", "kind", "label", "unit", "values", "steps", "when"),
    *("filterable", "searchable", "sortable", "uppercase"),
}
_NOT_KEY = re.compile(r"[^a-z0-9]+")

_BUILT_IN = Path(__file__).parent.parent / "feed_mappings"


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
        values = {name: value for name, read in self.fields.items() if not is_empty(value := read(row))}
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
            if rule.read is not None and not is_empty(value := rule.read(row)):
                yield rule.key, value
        uses = self._uses
        for column, cell in row.items():
            if column not in uses:
                uses[column] = list(self._uses_of(column))
            for key, steps in uses[column]:
                value = through(steps, cell)
                if not is_empty(value):
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


def parse(document: dict[str, Any]) -> CatalogueMapping:
    """Check a mapping and compile it to functions; raises MappingError."""
    known(document, {"format", "fields", "attributes", "except", "tables"}, "the mapping")
    if document.get("format") not in FORMATS:
        raise MappingError(f"format: must be one of {', '.join(FORMATS)}")
    scope = Scope(document.get("tables", {}), set())
    fields = document.get("fields", {})
    known(fields, {*_PRODUCT_FIELDS, *_PLACE_FIELDS, *_VARIANT_FIELDS, *_PRICE_FIELDS}, "fields")
    for name in _NEEDED:
        if name not in fields:
            raise MappingError(f"fields.{name}: is required")
    rules = [
        _attribute(f"attributes[{index}]", rule, scope) for index, rule in enumerate(document.get("attributes", []))
    ]
    return CatalogueMapping(
        document["format"],
        {name: compile_field(f"fields.{name}", source, scope) for name, source in fields.items()},
        rules,
        scope.columns,
        frozenset(document.get("except", [])),
        {rule.key: rule.hint for rule in rules if rule.prefix is None},
    )


def _attribute(place: str, table: object, scope: Scope) -> AttributeRule:
    known(table, _ATTRIBUTE_KEYS, place)
    assert isinstance(table, dict)  # noqa: S101  known has said so; this tells mypy
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
    steps = compile_steps(place, table, scope)
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
    return AttributeRule(key, None, None, compile_field(place, field_table, scope), (), hint, uppercase)
