"""The import record: one product as every feed and the demo data state it, and the checks it has to pass.

The shape, one JSON object a product, is described in `docs/import.md`. Every format is brought into this shape first,
so the checks stand once, here.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from domain import locales, money
from domain.errors import InvalidInput
from domain.plain_text import strip_html

NAME_LENGTH_MAX = 1_000
TEXT_LENGTH_MAX = 100_000
CODE_LENGTH_MAX = 200
CATEGORY_DEPTH_MAX = 10
VARIANTS_MAX = 500
MEDIA_MAX = 100
ATTRIBUTES_MAX = 1_000
INT_MAX = 2_147_483_647
EXACT_DIGITS_MAX = 15
DEFAULT_WAREHOUSE = "main"

_STATUSES = {"published": "PUBLISHED", "draft": "DRAFT", "archived": "ARCHIVED"}
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ATTRIBUTE_KEY = re.compile(r"[a-z0-9_]{1,100}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MEDIA_URL = re.compile(r"(https?://|/)\S+")
_KEYS = frozenset(
    [
        "merchant",
        "merchantName",
        "externalId",
        "name",
        "slug",
        "description",
        "status",
        "publishedAt",
        "category",
        "media",
        "options",
        "attributes",
        "variants",
        "translations",
    ]
)
_VARIANT_KEYS = frozenset(["sku", "name", "optionValues", "prices", "weightGrams", "barcode", "stock"])
_PRICE_KEYS = frozenset({"amount", "currency", "compareAt"})


class RecordError(InvalidInput):
    """A record that cannot go in: which field, what it held, and why."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.value = value
        self.reason = reason


class AttributeValue(NamedTuple):
    """A value with the kind it looks like: TEXT, NUMBER, BOOLEAN, or DATE (a text in the form 2026-01-31)."""

    kind: str
    value: str | float | bool
    unit: str | None = None


class PriceRecord(NamedTuple):
    """A variant's price in one currency; minor units."""

    currency: str
    amount: int
    compare_at: int | None


@dataclass(slots=True)
class VariantRecord:
    """One variant; `stock` is units on hand by warehouse code, empty when the record says nothing about stock."""

    sku: str
    name: str
    option_values: dict[str, str]
    prices: list[PriceRecord]
    weight_grams: int | None
    barcode: str | None
    stock: dict[str, int]


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
        _refuse("", document, "must be a JSON object")
    _known_keys(document, _KEYS, "")
    variants = [
        _variant(variant, f"variants[{index}]", currency)
        for index, variant in enumerate(_list(document.get("variants"), "variants", VARIANTS_MAX))
    ]
    if not variants:
        _refuse("variants", document.get("variants"), "must hold at least one variant")
    _distinct("variants", "sku", (variant.sku for variant in variants))
    return ProductRecord(
        merchant=_optional_text(document.get("merchant"), "merchant", NAME_LENGTH_MAX),
        merchant_name=_optional_text(document.get("merchantName"), "merchantName", NAME_LENGTH_MAX),
        external_id=_code(document.get("externalId"), "externalId"),
        name=_text(document.get("name"), "name", NAME_LENGTH_MAX),
        slug=_slug(document.get("slug")),
        description=strip_html(_optional_text(document.get("description"), "description", TEXT_LENGTH_MAX) or ""),
        status=_status(document.get("status", "published")),
        published_at=_instant(document.get("publishedAt")),
        category=_category(document.get("category")),
        media=_media(document.get("media")),
        options=_options(document.get("options"), variants),
        attributes=_attributes(document.get("attributes")),
        variants=variants,
        translations=_translations(document.get("translations")),
    )


def _refuse(field: str, value: object, reason: str) -> NoReturn:
    raise RecordError(field, value, reason)


def _known_keys(document: Mapping[str, object], known: frozenset[str], field: str) -> None:
    if not known.issuperset(document):
        key = next(key for key in document if key not in known)
        where = f"{field}.{key}" if field else key
        _refuse(where, document[key], f"is not a known key; known are {', '.join(sorted(known))}")


def _object(value: object, field: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        _refuse(field, value, "must be a JSON object")
    return value


def _list(value: object, field: str, count_max: int) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        _refuse(field, value, "must be a list")
    if len(value) > count_max:
        _refuse(field, f"{len(value)} entries", f"must hold at most {count_max} entries")
    return value


def _optional_text(value: object, field: str, length_max: int) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        _refuse(field, value, "must be text")
    if "\0" in value:
        _refuse(field, value, "must not hold the character NUL (\\u0000)")
    if len(value) > length_max:
        _refuse(field, value, f"must have at most {length_max} characters, has {len(value)}")
    return value.strip() or None


def _text(value: object, field: str, length_max: int) -> str:
    text = _optional_text(value, field, length_max)
    if text is None:
        _refuse(field, value, "is required and must not be empty")
    return text


def _code(value: object, field: str) -> str:
    """Read an identifier; feeds write them as numbers too."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(value, field, CODE_LENGTH_MAX)


def _units(value: object, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= INT_MAX:
        _refuse(field, value, f"must be a whole number from 0 to {INT_MAX}")
    return value


def _distinct(field: str, what: str, values: Iterable[object]) -> None:
    seen: dict[object, int] = {}
    for index, value in enumerate(values):
        first = seen.setdefault(value, index)
        if first != index:
            _refuse(f"{field}[{index}].{what}", value, f"stands twice, first in {field}[{first}]")


def _slug(value: object) -> str | None:
    slug = _optional_text(value, "slug", CODE_LENGTH_MAX)
    if slug is not None and not _SLUG.fullmatch(slug):
        _refuse("slug", slug, "must be lower-case letters and digits in words joined by hyphens")
    return slug


def _status(value: object) -> str:
    status = _STATUSES.get(value) if isinstance(value, str) else None
    if status is None:
        _refuse("status", value, f"must be one of {', '.join(_STATUSES)}")
    return status


def _instant(value: object) -> datetime | None:
    text = _optional_text(value, "publishedAt", CODE_LENGTH_MAX)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        _refuse("publishedAt", value, "must be an ISO 8601 instant, such as 2026-01-31T12:00:00Z")


def _category(value: object) -> tuple[str, ...] | str | None:
    if value is None or isinstance(value, str):
        return _optional_text(value, "category", CODE_LENGTH_MAX)
    names = _list(value, "category", CATEGORY_DEPTH_MAX)
    return tuple([_text(name, f"category[{index}]", CODE_LENGTH_MAX) for index, name in enumerate(names)]) or None


def _media(value: object) -> list[dict[str, str]]:
    media = []
    for index, item in enumerate(_list(value, "media", MEDIA_MAX)):
        field = f"media[{index}]"
        entry = _object(item, field)
        _known_keys(entry, frozenset({"url", "alt"}), field)
        url = _text(entry.get("url"), f"{field}.url", NAME_LENGTH_MAX * 2)
        if not _MEDIA_URL.fullmatch(url):
            _refuse(f"{field}.url", url, "must begin with http://, https:// or / and hold no spaces")
        media.append({"url": url, "alt": _optional_text(entry.get("alt"), f"{field}.alt", NAME_LENGTH_MAX) or ""})
    return media


def _attributes(value: object) -> dict[str, AttributeValue]:
    document = _object(value, "attributes")
    if len(document) > ATTRIBUTES_MAX:
        _refuse("attributes", f"{len(document)} keys", f"must have at most {ATTRIBUTES_MAX} keys")
    attributes = {}
    for key, item in document.items():
        if not _is_attribute_key(key):
            _refuse(f"attributes.{key[:100]}", item, "the key must be lower-case letters, digits and underscores")
        if item is not None:
            attributes[key] = _attribute(item, f"attributes.{key}")
    return attributes


@lru_cache(maxsize=20_000)
def _is_attribute_key(key: str) -> bool:
    """Say whether a key may be one; the same few come with every product."""
    return _ATTRIBUTE_KEY.fullmatch(key) is not None


def _attribute(item: object, field: str) -> AttributeValue:
    if isinstance(item, str):
        text = _text(item, field, TEXT_LENGTH_MAX)
        return AttributeValue("DATE" if is_date(text) else "TEXT", text)
    if isinstance(item, bool):
        return AttributeValue("BOOLEAN", item)
    if isinstance(item, int | float):
        return AttributeValue("NUMBER", _number(item, field))
    if isinstance(item, dict):
        _known_keys(item, frozenset({"value", "unit"}), field)
        value = item.get("value")
        if isinstance(value, bool) or not isinstance(value, int | float):
            _refuse(f"{field}.value", value, "must be a number, since only numbers have a unit")
        return AttributeValue(
            "NUMBER", _number(value, field), _text(item.get("unit"), f"{field}.unit", CODE_LENGTH_MAX)
        )
    _refuse(field, item, "must be text, a number, a boolean, or an object of value and unit")


def _number(value: float, field: str) -> float:
    if not math.isfinite(value):
        _refuse(field, value, "must be a finite number")
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


def _variant(value: object, field: str, currency: str) -> VariantRecord:
    document = _object(value, field)
    _known_keys(document, _VARIANT_KEYS, field)
    prices = [
        _price(price, f"{field}.prices[{index}]", currency)
        for index, price in enumerate(_list(document.get("prices"), f"{field}.prices", 50))
    ]
    if not prices:
        _refuse(f"{field}.prices", document.get("prices"), "must hold at least one price")
    if len(prices) > 1:
        _distinct(f"{field}.prices", "currency", (price.currency for price in prices))
    weight = document.get("weightGrams")
    barcode = document.get("barcode")
    return VariantRecord(
        sku=_code(document.get("sku"), f"{field}.sku"),
        name=_optional_text(document.get("name"), f"{field}.name", NAME_LENGTH_MAX) or "",
        option_values={
            _text(name, f"{field}.optionValues", CODE_LENGTH_MAX): _text(
                option, f"{field}.optionValues.{name}", CODE_LENGTH_MAX
            )
            for name, option in _object(document.get("optionValues"), f"{field}.optionValues").items()
        },
        prices=prices,
        weight_grams=None if weight is None else _units(weight, f"{field}.weightGrams"),
        barcode=None if barcode is None or barcode == "" else _code(barcode, f"{field}.barcode"),
        stock=_stock(document.get("stock"), f"{field}.stock"),
    )


def _stock(value: object, field: str) -> dict[str, int]:
    if value is None:
        return {}
    if isinstance(value, dict):
        return {_text(code, field, CODE_LENGTH_MAX): _units(units, f"{field}.{code}") for code, units in value.items()}
    return {DEFAULT_WAREHOUSE: _units(value, field)}


def _price(value: object, field: str, default_currency: str) -> PriceRecord:
    document = _object(value, field)
    _known_keys(document, _PRICE_KEYS, field)
    currency = _optional_text(document.get("currency"), f"{field}.currency", CODE_LENGTH_MAX) or default_currency
    amount = _amount(document.get("amount"), currency, f"{field}.amount")
    compare_at = document.get("compareAt")
    if compare_at is None:
        return PriceRecord(currency, amount, None)
    former = _amount(compare_at, currency, f"{field}.compareAt")
    if former <= amount:
        _refuse(f"{field}.compareAt", compare_at, "must be greater than the amount, or be left out")
    return PriceRecord(currency, amount, former)


def _amount(value: object, currency: str, field: str) -> int:
    """Read a decimal exactly. A JSON number came through a float, which holds 15 digits as they were written."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        _refuse(field, value, 'must be a decimal in text, such as "19.90"')
    text = value.strip() if isinstance(value, str) else repr(value)
    if isinstance(value, float):
        if not math.isfinite(value) or len(Decimal(text).as_tuple().digits) > EXACT_DIGITS_MAX:
            _refuse(field, value, 'is not exact as a number; write it as text, such as "19.90"')
        text = format(Decimal(text), "f").removesuffix(".0")
    try:
        amount = money.parse_amount(text, currency)
    except money.MoneyError as error:
        raise RecordError(field, value, error.message) from error
    if amount < 0:
        _refuse(field, value, "must not be negative")
    return amount


def _options(value: object, variants: list[VariantRecord]) -> list[dict[str, Any]]:
    """Read the options, or gather them from the variants when the record names none, and hold the variants to them."""
    options: dict[str, list[str]] = {}
    for index, item in enumerate(_list(value, "options", 20)):
        field = f"options[{index}]"
        entry = _object(item, field)
        _known_keys(entry, frozenset({"name", "values"}), field)
        name = _text(entry.get("name"), f"{field}.name", CODE_LENGTH_MAX)
        if name in options:
            _refuse(f"{field}.name", name, "stands twice")
        values = _list(entry.get("values"), f"{field}.values", VARIANTS_MAX)
        options[name] = [_text(text, f"{field}.values", CODE_LENGTH_MAX) for text in values]
    if not options:
        for variant in variants:
            for name, choice in variant.option_values.items():
                choices = options.setdefault(name, [])
                if choice not in choices:
                    choices.append(choice)
    if options:
        _fit_options(options, variants)
    elif len(variants) > 1:
        _refuse("variants[1].optionValues", None, "several variants need option values that tell them apart")
    return [{"name": name, "values": values} for name, values in options.items()]


def _fit_options(options: dict[str, list[str]], variants: list[VariantRecord]) -> None:
    for index, variant in enumerate(variants):
        field = f"variants[{index}].optionValues"
        if variant.option_values.keys() != options.keys():
            _refuse(field, variant.option_values, f"must name exactly the options {', '.join(options)}")
        for name, choice in variant.option_values.items():
            if choice not in options[name]:
                _refuse(f"{field}.{name}", choice, f"is not one of the option's values {', '.join(options[name])}")
        variant.option_values = {name: variant.option_values[name] for name in options}
    _distinct("variants", "optionValues", (tuple(variant.option_values.values()) for variant in variants))


def _translations(value: object) -> dict[str, TranslationRecord] | None:
    if value is None:
        return None
    translations = {}
    for locale, item in _object(value, "translations").items():
        field = f"translations.{locale}"
        try:
            tag = locales.normalise(locale)
        except InvalidInput as error:
            raise RecordError(field, item, error.message) from error
        entry = _object(item, field)
        _known_keys(entry, frozenset({"name", "description"}), field)
        translations[tag] = TranslationRecord(
            _text(entry.get("name"), f"{field}.name", NAME_LENGTH_MAX),
            strip_html(_optional_text(entry.get("description"), f"{field}.description", TEXT_LENGTH_MAX) or ""),
        )
    return translations
