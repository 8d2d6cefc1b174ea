"""The words that records share: merchants, categories and attribute definitions, found by name or made when missing.

They are few beside the products, so they are held in memory for the length of an import.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import asyncpg

from domain.catalogue_record_fields import RecordError
from domain.catalogue_records import AttributeValue, ProductRecord
from domain.slugs import slugify
from services import outbox

FILTERABLE_TEXT_LENGTH_MAX = 60
_KIND_NAMES = {
    "TEXT": "text",
    "NUMBER": "a number",
    "BOOLEAN": "true or false",
    "DATE": "a date such as 2026-01-31",
    "ENUMERATION": "one of the values",
}
_BRACKETED = re.compile(r"__(.+?)_(?=_|$)")


class AttributeDefinition(NamedTuple):
    """What a key means; `kind` is one of `models.attributes.ATTRIBUTE_KINDS`."""

    key: str
    label: str
    kind: str
    unit: str | None = None
    allowed_values: tuple[str, ...] = ()
    filterable: bool = False
    searchable: bool = False
    sortable: bool = False


class AttributeHint(NamedTuple):
    """What a mapping says about an attribute; None leaves it to what the first value looks like."""

    label: str | None = None
    kind: str | None = None
    unit: str | None = None
    allowed_values: tuple[str, ...] = ()
    filterable: bool | None = None
    searchable: bool | None = None
    sortable: bool | None = None


class PlacedRecord(NamedTuple):
    """A record that fits the vocabulary: its merchant's slug, its category's id or path, its attributes as stored."""

    merchant: str
    category: int | tuple[str, ...] | None
    attributes: dict[str, Any]


def label_of(key: str) -> str:
    """Make a readable label from a key: "thermal_design_power__tdp_" is "Thermal design power (tdp)"."""
    words = _BRACKETED.sub(r" (\1)", key).replace("_", " ").strip()
    return words[:1].upper() + words[1:] or key


def define(key: str, value: AttributeValue, hint: AttributeHint) -> AttributeDefinition:
    """Make the definition of a key that is seen for the first time from its first value and from the mapping's hint."""
    kind = hint.kind or value.kind
    short = kind != "TEXT" or len(str(value.value)) <= FILTERABLE_TEXT_LENGTH_MAX
    return AttributeDefinition(
        key,
        hint.label or label_of(key),
        kind,
        (hint.unit or value.unit) if kind == "NUMBER" else None,
        hint.allowed_values if kind == "ENUMERATION" else (),
        filterable=(short and kind != "DATE") if hint.filterable is None else hint.filterable,
        searchable=kind in ("TEXT", "ENUMERATION") if hint.searchable is None else hint.searchable,
        sortable=False if hint.sortable is None else hint.sortable,
    )


def fit(definition: AttributeDefinition, value: AttributeValue) -> str | float | bool:
    """Answer the value as it is stored; raises RecordError when it is not of the definition's kind or unit."""
    kind = definition.kind
    if value.kind == kind and value.unit is None:
        return value.value
    name = f"attributes.{definition.key}"
    fits = (
        value.kind == kind
        or (kind == "TEXT" and value.kind == "DATE")
        or (kind == "ENUMERATION" and value.value in definition.allowed_values)
    )
    if not fits:
        allowed = f" {', '.join(definition.allowed_values)}" if kind == "ENUMERATION" else ""
        raise RecordError(name, value.value, f"must be {_KIND_NAMES[kind]}{allowed}, as the attribute is defined")
    if value.unit is not None and value.unit != definition.unit:
        raise RecordError(name, value.unit, f"must be in {definition.unit or 'no unit'}, as the attribute is defined")
    return value.value


@dataclass(slots=True)
class Vocabulary:
    """What an import knows of merchants (by slug), categories (by path, and by slug) and attributes (by key)."""

    merchants: dict[str, int] = field(default_factory=dict)
    categories: dict[tuple[str, ...], int] = field(default_factory=dict)
    category_slugs: dict[str, int] = field(default_factory=dict)
    attributes: dict[str, AttributeDefinition] = field(default_factory=dict)
    hints: Mapping[str, AttributeHint] = field(default_factory=dict)
    _new_merchants: dict[str, str] = field(default_factory=dict)
    _new_categories: dict[tuple[str, ...], None] = field(default_factory=dict)
    _new_attributes: dict[str, AttributeDefinition] = field(default_factory=dict)

    @classmethod
    async def load(cls, connection: asyncpg.Connection) -> "Vocabulary":
        """Read all three from the database."""
        vocabulary = cls()
        for row in await connection.fetch("SELECT id, slug FROM merchants"):
            vocabulary.merchants[row["slug"]] = row["id"]
        names: dict[int, tuple[str, ...]] = {}
        for row in await connection.fetch(
            "SELECT id, parent_id, name, slug FROM categories ORDER BY cardinality(path), id"
        ):
            path = (*names.get(row["parent_id"], ()), row["name"])
            names[row["id"]] = path
            vocabulary.categories[path] = row["id"]
            vocabulary.category_slugs[row["slug"]] = row["id"]
        for row in await connection.fetch(
            "SELECT key, label, kind, unit, allowed_values, filterable, searchable, sortable FROM attributes"
        ):
            vocabulary.attributes[row["key"]] = AttributeDefinition(
                **{**row, "allowed_values": tuple(row["allowed_values"])}
            )
        return vocabulary

    def place(self, record: ProductRecord, *, merchant: str | None) -> PlacedRecord:
        """Fit a record in, and note what has to be made for it; raises RecordError, and then notes nothing.

        `merchant` is the slug or name of the merchant of records that name none.
        """
        name = record.merchant or merchant
        if name is None:
            raise RecordError("merchant", None, "is required when the import names no merchant")
        slug = slugify(name)
        if not slug:
            raise RecordError("merchant", name, "has no Latin letters or digits to make a slug of; give the slug")
        category = record.category
        if isinstance(category, str) and category not in self.category_slugs:
            raise RecordError(
                "category", category, "there is no category of this slug; give its path as a list of names"
            )
        attributes: dict[str, Any] = {}
        new: list[AttributeDefinition] = []
        for key, value in record.attributes.items():
            definition = self.attributes.get(key)
            if definition is None:
                definition = define(key, value, self.hints.get(key, _NO_HINT))
                new.append(definition)
            attributes[key] = fit(definition, value)
        for definition in new:
            self.attributes[definition.key] = self._new_attributes[definition.key] = definition
        if slug not in self.merchants:
            self._new_merchants.setdefault(slug, record.merchant_name or name)
        if isinstance(category, str):
            return PlacedRecord(slug, self.category_slugs[category], attributes)
        if category is not None and category not in self.categories:
            self._new_categories[category] = None
        return PlacedRecord(slug, category, attributes)

    def category_id(self, category: int | tuple[str, ...] | None) -> int | None:
        """Answer the id of a placed record's category, once `save` has made it."""
        return self.categories[category] if isinstance(category, tuple) else category

    async def save(self, connection: asyncpg.Connection) -> None:
        """Make what `place` has noted as missing."""
        if self._new_attributes:
            await connection.executemany(
                """INSERT INTO attributes (key, label, kind, unit, allowed_values, filterable, searchable, sortable)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
                self._new_attributes.values(),
            )
            self._new_attributes.clear()
        if self._new_merchants:
            rows = await connection.fetch(
                """INSERT INTO merchants (slug, name, state)
                   SELECT slug, name, 'ACTIVE' FROM unnest($1::text[], $2::text[]) AS new (slug, name)
                   RETURNING id, slug""",
                list(self._new_merchants.keys()),
                list(self._new_merchants.values()),
            )
            self.merchants.update({row["slug"]: row["id"] for row in rows})
            self._new_merchants.clear()
            await _append_changed(connection, "merchant", [row["id"] for row in rows])
        if self._new_categories:
            await self.save_categories(connection, self._new_categories)
            self._new_categories.clear()

    async def save_categories(self, connection: asyncpg.Connection, paths: Iterable[tuple[str, ...]]) -> None:
        """Make the categories of these paths that are missing, parents first."""
        steps = dict.fromkeys(path[:depth] for path in paths for depth in range(1, len(path) + 1))
        made = [await self._make_category(connection, path) for path in steps if path not in self.categories]
        await _append_changed(connection, "category", made)

    async def _make_category(self, connection: asyncpg.Connection, path: tuple[str, ...]) -> int:
        category_id: int = await connection.fetchval(
            "INSERT INTO categories (parent_id, name, slug) VALUES ($1, $2, $3) RETURNING id",
            self.categories[path[:-1]] if path[:-1] else None,
            path[-1],
            slug := self._free_category_slug(path),
        )
        self.categories[path] = self.category_slugs[slug] = category_id
        return category_id

    def _free_category_slug(self, path: tuple[str, ...]) -> str:
        """Take the name alone, then as many parents before it as it takes, then a number behind it."""
        slug = "category"
        for depth in range(1, len(path) + 1):
            slug = slugify(" ".join(path[-depth:])) or slug
            if slug not in self.category_slugs:
                return slug
        number = 2
        while f"{slug}-{number}" in self.category_slugs:
            number += 1
        return f"{slug}-{number}"


_NO_HINT = AttributeHint()


async def _append_changed(connection: asyncpg.Connection, subject_type: str, ids: list[int]) -> None:
    await outbox.append_many(
        connection,
        event_type=f"{subject_type.upper()}_CHANGED",
        subject_type=subject_type,
        subjects=[(subject_id, 1) for subject_id in ids],
    )
