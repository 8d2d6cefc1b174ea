"""The import record: one product as every feed and the demo data state it, and the checks it has to pass.

The shape, one JSON object a product, is described in `docs/import.md`. Every format is brought into this shape first,
so the checks stand once, here.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from domain import catalogue_record_fields as fields
from domain import catalogue_record_variants, locales
from domain.catalogue_record_fields import RecordError
from domain.catalogue_record_variants import VariantRecord
from domain.errors import InvalidInput
from domain.plain_text import strip_html

TEXT_LENGTH_MAX = 100_000
URL_LENGTH_MAX = 2_000
CATEGORY_DEPTH_MAX = 10
MEDIA_MAX = 100
ATTRIBUTES_MAX = 1_000
WHOLE_MAX = 2**53
YEAR_MIN, YEAR_MAX = 1900, 2999
"""The greatest whole number that every reader of JSON reads exactly."""

_STATUSES = {"published": "PUBLISHED", "draft": "DRAFT", "archived": "ARCHIVED"}
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ATTRIBUTE_KEY = re.compile(r"[a-z0-9_]{1,100}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MEDIA_URL = re.compile(r"(https?://|/)\S+")
_KEYS = frozenset(
    {
        *("merchant", "merchantName", "externalId", "name", "slug", "description", "status", "publishedAt"),
        *("category", "media", "options", "attributes", "variants", "translations"),
    }
)


class AttributeValue(NamedTuple):
    """A value with the kind it looks like: TEXT, NUMBER, BOOLEAN, or DATE (a text in the form 2026-01-31)."""

    kind: str
    value: str | float | bool
    unit: str | None = None


class TranslationRecord(NamedTuple):
    """Name and description in another locale."""

    name: str
    description: str


@dataclass(slots=True)
class ProductRecord:
    """A checked product. `category` is a path of names, the slug of an existing category, or None.

    `translations` is None when the record says nothing about them.
    """

    merchant: str | None
    merchant_name: str | None
    external_id: str
    name: str
    slug: str | None
    description: str
    status: str
    published_at: datetime | None
    category: tuple[str, ...] | str | None
    media: list[dict[str, str]]
    options: list[dict[str, Any]]
    attributes: dict[str, AttributeValue]
    variants: list[VariantRecord]
    translations: dict[str, TranslationRecord] | None


def read(document: object, *, currency: str) -> ProductRecord:
    """Check a JSON document and make it a record; prices that name no currency are in `currency`.

    Raises RecordError that names the first field that is wrong.
    """
    if not isinstance(document, dict):
        fields.refuse("", document, "must be a JSON object")
    fields.known_keys(document, _KEYS, "")
    variants = [
        catalogue_record_variants.read_variant(variant, f"variants[{index}]", currency)
        for index, variant in enumerate(
            fields.json_list(document.get("variants"), "variants", catalogue_record_variants.VARIANTS_MAX)
        )
    ]
    if not variants:
        fields.refuse("variants", document.get("variants"), "must hold at least one variant")
    fields.distinct("variants", "sku", (variant.sku for variant in variants))
    return ProductRecord(
        merchant=fields.optional_text(document.get("merchant"), "merchant", fields.NAME_LENGTH_MAX),
        merchant_name=fields.optional_text(document.get("merchantName"), "merchantName", fields.NAME_LENGTH_MAX),
        external_id=fields.code(document.get("externalId"), "externalId"),
        name=read_name(document.get("name")),
        slug=read_slug(document.get("slug")),
        description=read_description(document.get("description")),
        status=_status(document.get("status", "published")),
        published_at=_instant(document.get("publishedAt")),
        category=_category(document.get("category")),
        media=read_media(document.get("media")),
        options=catalogue_record_variants.read_options(document.get("options"), variants),
        attributes=_attributes(document.get("attributes")),
        variants=variants,
        translations=read_translations(document.get("translations")),
    )


def read_name(value: object) -> str:
    """Read a product's name. Raises RecordError."""
    return fields.text_of(value, "name", fields.NAME_LENGTH_MAX)


def read_description(value: object, field: str = "description") -> str:
    """Read a description as plain text; empty when there is none. Raises RecordError."""
    return strip_html(fields.optional_text(value, field, TEXT_LENGTH_MAX) or "")


def read_slug(value: object) -> str | None:
    """Read a slug; None when there is none. Raises RecordError."""
    slug = fields.optional_text(value, "slug", fields.CODE_LENGTH_MAX)
    if slug is not None and not _SLUG.fullmatch(slug):
        fields.refuse("slug", slug, "must be lower-case letters and digits in words joined by hyphens")
    return slug


def _status(value: object) -> str:
    status = _STATUSES.get(value) if isinstance(value, str) else None
    if status is None:
        fields.refuse("status", value, f"must be one of {', '.join(_STATUSES)}")
    return status


def _instant(value: object) -> datetime | None:
    text = fields.optional_text(value, "publishedAt", fields.CODE_LENGTH_MAX)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
        instant = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RecordError("publishedAt", value, "must be an ISO 8601 instant, such as 2026-01-31T12:00:00Z") from error
    if not YEAR_MIN <= instant.year <= YEAR_MAX:  # the driver writes the ends of the calendar as infinity
        fields.refuse("publishedAt", value, f"must be in the years {YEAR_MIN} to {YEAR_MAX}")
    return instant


def _category(value: object) -> tuple[str, ...] | str | None:
    if value is None or isinstance(value, str):
        return fields.optional_text(value, "category", fields.CODE_LENGTH_MAX)
    names = fields.json_list(value, "category", CATEGORY_DEPTH_MAX)
    return (
        tuple([fields.text_of(name, f"category[{index}]", fields.CODE_LENGTH_MAX) for index, name in enumerate(names)])
        or None
    )


def read_media(value: object) -> list[dict[str, str]]:
    """Read pictures: `[{"url": "https://...", "alt": "..."}]`. Raises RecordError."""
    media = []
    for index, item in enumerate(fields.json_list(value, "media", MEDIA_MAX)):
        field = f"media[{index}]"
        entry = fields.json_object(item, field)
        fields.known_keys(entry, frozenset({"url", "alt"}), field)
        url = fields.text_of(entry.get("url"), f"{field}.url", URL_LENGTH_MAX)
        if not _MEDIA_URL.fullmatch(url):
            fields.refuse(f"{field}.url", url, "must begin with http://, https:// or / and hold no spaces")
        media.append(
            {"url": url, "alt": fields.optional_text(entry.get("alt"), f"{field}.alt", fields.NAME_LENGTH_MAX) or ""}
        )
    return media


def _attributes(value: object) -> dict[str, AttributeValue]:
    document = fields.json_object(value, "attributes")
    if len(document) > ATTRIBUTES_MAX:
        fields.refuse("attributes", f"{len(document)} keys", f"must have at most {ATTRIBUTES_MAX} keys")
    attributes = {}
    for key, item in document.items():
        if not _is_attribute_key(key):
            fields.refuse(f"attributes.{key[:100]}", item, "the key must be lower-case letters, digits and underscores")
        if item is not None:
            attributes[key] = read_attribute(item, f"attributes.{key}")
    return attributes


@lru_cache(maxsize=20_000)
def _is_attribute_key(key: str) -> bool:
    """Say whether a key may be one; the same few come with every product."""
    return _ATTRIBUTE_KEY.fullmatch(key) is not None


def read_attribute(item: object, field: str) -> AttributeValue:
    """Read an attribute's value: a text, a number, a boolean, or a number with its unit. Raises RecordError."""
    if isinstance(item, str):
        text = fields.text_of(item, field, TEXT_LENGTH_MAX)
        return AttributeValue("DATE" if is_date(text) else "TEXT", text)
    if isinstance(item, bool):
        return AttributeValue("BOOLEAN", item)
    if isinstance(item, int | float):
        return AttributeValue("NUMBER", _number(item, field))
    if not isinstance(item, dict):
        fields.refuse(field, item, "must be text, a number, a boolean, or an object of value and unit")
    fields.known_keys(item, frozenset({"value", "unit"}), field)
    value = item.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        fields.refuse(f"{field}.value", value, "must be a number, since only numbers have a unit")
    unit = fields.text_of(item.get("unit"), f"{field}.unit", fields.CODE_LENGTH_MAX)
    return AttributeValue("NUMBER", _number(value, f"{field}.value"), unit)


def _number(value: float, field: str) -> float:
    if isinstance(value, int) and abs(value) > WHOLE_MAX:
        fields.refuse(field, str(value)[:80], "is too large to be exact as a number; write it as text")
    if not math.isfinite(value):
        fields.refuse(field, value, "must be a finite number")
    return value


def is_date(text: str) -> bool:
    """Whether a text is a calendar date in the form 2026-01-31."""
    if len(text) != 10 or not _DATE.fullmatch(text):  # noqa: PLR2004  the length of a date
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def read_translations(value: object) -> dict[str, TranslationRecord] | None:
    """Read translations by locale; None when nothing is said about them. Raises RecordError."""
    if value is None:
        return None
    translations = {}
    for locale, item in fields.json_object(value, "translations").items():
        field = f"translations.{locale}"
        try:
            tag = locales.normalise(locale)
        except InvalidInput as error:
            raise RecordError(field, item, error.message) from error
        entry = fields.json_object(item, field)
        fields.known_keys(entry, frozenset({"name", "description"}), field)
        translations[tag] = TranslationRecord(
            fields.text_of(entry.get("name"), f"{field}.name", fields.NAME_LENGTH_MAX),
            read_description(entry.get("description"), f"{field}.description"),
        )
    return translations
