"""What clients narrow a search to, checked against the catalogue: a name that it does not know is refused by name."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain import money, reviews
from domain.errors import InvalidInput
from models.database import Row
from resolvers import choices
from resolvers.context import Context
from resolvers.loaders import attributes, categories, merchants
from resolvers.loaders.lookups import One
from search import documents
from search.filters import ATTRIBUTE, AttributeSelection, ProductQuery
from search.requests import AttributeOrder

BUILT_IN = ("category", "merchant", "price", "rating", "availability")
"""The names of the facets that are not attributes."""


@dataclass(frozen=True, slots=True)
class AttributeCriterion:
    """Products whose attribute `name` has one of `values`, or lies between `min` and `max` (texts)."""

    name: str
    values: tuple[str, ...] = ()
    min: str | None = None
    max: str | None = None


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What a search is narrowed to; None and () leave a criterion out. Prices are decimal texts."""

    category: str | None = None
    merchants: tuple[str, ...] = ()
    price_min: str | None = None
    price_max: str | None = None
    price_currency: str | None = None
    rating_min: float | None = None
    available: bool | None = None
    attributes: tuple[AttributeCriterion, ...] = ()


async def resolved(text: str, wanted: SearchFilter, context: Context, *, currency: str | None) -> ProductQuery:
    """Check a filter; raises InvalidInput that names a category, merchant, attribute or bound that is none."""
    chosen = _currency(wanted, context, currency)
    named = len(wanted.merchants) + sum(1 + len(criterion.values) for criterion in wanted.attributes)
    choices.check(named, field="filter")
    if wanted.category is not None:
        await _known(categories.BY_SLUG, [wanted.category], context, what="category", field="filter.category")
    await _known(merchants.BY_SLUG, wanted.merchants, context, what="merchant", field="filter.merchants")
    keys = [attribute_key(criterion.name) for criterion in wanted.attributes]
    definitions = await _known(attributes.BY_KEY, keys, context, what="attribute", field="filter.attributes")
    if len(set(keys)) < len(keys):
        raise InvalidInput("filter.attributes: an attribute is named twice; give all its values at once")
    return ProductQuery(
        text=text,
        currency=chosen,
        category=wanted.category,
        merchants=wanted.merchants,
        price_min=None if wanted.price_min is None else money.parse_amount(wanted.price_min, chosen),
        price_max=None if wanted.price_max is None else money.parse_amount(wanted.price_max, chosen),
        rating_min=None if wanted.rating_min is None else reviews.least_score(wanted.rating_min),
        available=wanted.available,
        attributes=tuple(
            _selection(criterion, definition)
            for criterion, definition in zip(wanted.attributes, definitions, strict=True)
        ),
    )


async def attribute_order(name: str, descending: bool, context: Context) -> AttributeOrder:  # noqa: FBT001 - the two halves of one argument
    """Check an order by an attribute; raises InvalidInput for one that is unknown or not sortable."""
    key = attribute_key(name)
    (definition,) = await _known(attributes.BY_KEY, [key], context, what="attribute", field="sortAttribute")
    if not definition["sortable"]:
        raise InvalidInput(f"sortAttribute: the attribute {key!r} is not sortable", field="sortAttribute")
    return AttributeOrder(key, descending)


def pinned(query: ProductQuery, rows: Sequence[Row]) -> ProductQuery:
    """Add the pinned products to a query."""
    return replace(query, pins=tuple((row["position"], row["product_id"]) for row in rows))


def attribute_key(name: str) -> str:
    """Read a facet's name as an attribute's key."""
    return name.removeprefix(ATTRIBUTE)


def facet_name(key: str) -> str:
    """Name the facet of an attribute: by its key, unless a facet that is no attribute has that name."""
    return f"{ATTRIBUTE}{key}" if key in BUILT_IN else key


async def _known(lookup: One[Any], keys: Sequence[str], context: Context, *, what: str, field: str) -> list[Row]:
    if not keys:
        return []
    rows = await context.load_many(lookup, keys)
    for key, row in zip(keys, rows, strict=True):
        if row is None:
            raise InvalidInput(f"{field}: there is no {what} {key[:60]!r}", field=field)
    return [row for row in rows if row is not None]


def _currency(wanted: SearchFilter, context: Context, currency: str | None) -> str:
    if wanted.price_currency and currency and wanted.price_currency != currency:
        raise InvalidInput(
            f"currency: the filter's prices are in {wanted.price_currency}, but the search is in {currency};"
            " name one of them",
            field="currency",
        )
    return wanted.price_currency or currency or context.currency


def _selection(criterion: AttributeCriterion, definition: Row) -> AttributeSelection:
    field = f"filter.attributes.{definition['key']}"
    if not definition["filterable"]:
        raise InvalidInput(f"{field}: searches cannot be narrowed by this attribute", field=field)
    if not criterion.values and criterion.min is None and criterion.max is None:
        raise InvalidInput(f"{field}: name at least one of values, min and max", field=field)
    ranged = criterion.min is not None or criterion.max is not None
    if ranged and definition["kind"] not in documents.RANGED_KINDS:
        raise InvalidInput(f"{field}: min and max are for numbers and dates; name values instead", field=field)
    return AttributeSelection(
        id=definition["id"],
        key=definition["key"],
        values=tuple(_value(value, definition["kind"]) for value in criterion.values),
        minimum=None if criterion.min is None else _number(criterion.min, definition["kind"], f"{field}.min"),
        maximum=None if criterion.max is None else _number(criterion.max, definition["kind"], f"{field}.max"),
    )


def _value(text: str, kind: str) -> str:
    """Write a value as the index does: "17.0" is 17."""
    if kind == "NUMBER":
        try:
            return documents.value_text(float(text))
        except ValueError:
            return text  # no number has this value: it matches nothing
    return text


def _number(text: str, kind: str, field: str) -> float:
    try:
        number = documents.day_number(text) if kind == "DATE" else float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        expected = "a day such as 2026-01-31" if kind == "DATE" else "a number such as 6.1"
        raise InvalidInput(f"{field}: {text[:40]!r} is not {expected}", field=field)
    return number
