"""Products: how their fields and lists are answered."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import orjson

from domain import money, reviews
from domain.errors import InvalidInput
from domain.rules import Rule
from models.database import Row
from resolvers import choices, pages, translations
from resolvers.context import Answered, Context
from resolvers.loaders import attributes as attribute_loaders
from resolvers.loaders import product_lists
from resolvers.loaders import products as loaders
from resolvers.loaders.attributes import AttributeRow
from resolvers.loaders.product_lists import Order, Parent, Shape
from resolvers.loaders.products import ProductRow
from resolvers.pages import DocumentPage, Page

T = TypeVar("T")
Details = Sequence[Mapping[str, Any]]
"""Products' heavy columns."""


@dataclass(slots=True)
class PriceRange:
    """The least and the greatest price of a product's variants, in minor units."""

    min_amount: int
    max_amount: int
    currency: str


@dataclass(slots=True)
class AttributeValue:
    """One attribute of a product, with its definition if the key has one."""

    key: str
    value: Any
    definition: AttributeRow | None

    @property
    def label(self) -> str:
        """Name the attribute for people."""
        return self.definition["label"] if self.definition else self.key

    @property
    def kind(self) -> str:
        """Say what values the attribute has."""
        return self.definition["kind"] if self.definition else "TEXT"

    @property
    def unit(self) -> str | None:
        """Say in what a number is measured."""
        return self.definition["unit"] if self.definition else None

    @property
    def text(self) -> str:
        """Write the value: lists with commas, booleans as true and false."""
        values = self.value if isinstance(self.value, list) else [self.value]
        return ", ".join(value if isinstance(value, str) else orjson.dumps(value).decode() for value in values)


@dataclass(frozen=True, slots=True)
class AttributeFilter:
    """Products whose attribute `name` has one of `values`."""

    name: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """What a list of products is narrowed to; None leaves a criterion out. Prices are decimal texts."""

    category: str | None = None
    merchant: str | None = None
    price_min: str | None = None
    price_max: str | None = None
    price_currency: str | None = None
    available: bool | None = None
    rating_min: float | None = None
    attributes: Sequence[AttributeFilter] = ()


NO_FILTER = ProductFilter()
NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,9})?", re.ASCII)


async def names(products: Sequence[Row], context: Context, *, locale: str | None = None) -> list[str]:
    """Answer the products' names in a locale."""
    own = [product["name"] for product in products]
    return await translations.texts(
        products, context, lookup=loaders.TRANSLATIONS, column="name", untranslated=own, locale=locale
    )


def descriptions(products: Sequence[Row], context: Context, *, locale: str | None = None) -> Answered[str]:
    """Answer the products' descriptions in a locale."""
    if locale is None:
        return _of_details(products, context, _descriptions)
    return _translated_descriptions(products, context, locale)


def _descriptions(details: Details) -> list[str]:
    return [row["description"] for row in details]


async def _translated_descriptions(products: Sequence[Row], context: Context, locale: str) -> list[str]:
    own = _descriptions(await _details(products, context))
    return await translations.texts(
        products, context, lookup=loaders.TRANSLATIONS, column="description", untranslated=own, locale=locale
    )


def options(products: Sequence[Row], context: Context) -> Answered[list[dict[str, Any]]]:
    """Answer the products' options: `[{"name": "Size", "values": ["S", "M"]}]`."""
    return _of_details(products, context, lambda details: [row["options"] for row in details])


def tax_classes(products: Sequence[Row], context: Context) -> Answered[str]:
    """Answer the products' tax classes."""
    return _of_details(products, context, lambda details: [row["tax_class"] for row in details])


def attributes(products: Sequence[Row], context: Context) -> Answered[list[AttributeValue]]:
    """Answer the products' attributes with their definitions, by label."""
    if _have_details(products):
        documents = [row["attributes"] for row in products]
        used = _keys(documents)
        known = context.at_hand(attribute_loaders.BY_KEY, used)
        if known is not None:
            return _defined(documents, dict(zip(used, known, strict=True)))
    return _attributes(products, context)


async def _attributes(products: Sequence[Row], context: Context) -> list[list[AttributeValue]]:
    documents = [row["attributes"] for row in await _details(products, context)]
    used = _keys(documents)
    return _defined(documents, dict(zip(used, await context.load_many(attribute_loaders.BY_KEY, used), strict=True)))


def _keys(documents: Sequence[Mapping[str, Any]]) -> list[str]:
    return list({key for document in documents for key in document})


def _defined(documents: Sequence[Mapping[str, Any]], definitions: Mapping[str, Any]) -> list[list[AttributeValue]]:
    return [
        sorted(
            (AttributeValue(key, value, definitions[key]) for key, value in document.items()),
            key=lambda attribute: (attribute.label, attribute.key),
        )
        for document in documents
    ]


def price_ranges(
    products: Sequence[Row], context: Context, *, currency: str | None = None
) -> Answered[PriceRange | None]:
    """Answer the products' price ranges in `currency`; without one in the shop's, or else in one the product has."""
    base_prices = [product["base_price"] for product in products]
    if currency in (None, context.currency) and None not in base_prices:
        return [PriceRange(least, greatest, context.currency) for least, greatest in base_prices]
    return _price_ranges(products, context, currency)


async def _price_ranges(products: Sequence[Row], context: Context, currency: str | None) -> list[PriceRange | None]:
    rows = await context.load_many(loaders.PRICES, [product["id"] for product in products])
    chosen = [in_currency(of_product, currency, context) for of_product in rows]
    return [PriceRange(row["min_amount"], row["max_amount"], row["currency"]) if row else None for row in chosen]


def media(product: Row, *, first: int, after: str | None) -> DocumentPage[dict[str, str]]:
    """Make a page of a product's pictures."""
    return pages.of_documents(product["media"], first=first, after=after, name="media")


def in_currency(rows: Sequence[Row], currency: str | None, context: Context) -> Row | None:
    """Pick the row of a currency; when none is asked for, of the shop's currency, or else the first there is."""
    if currency is not None:
        return next((row for row in rows if row["currency"] == currency), None)
    return next((row for row in rows if row["currency"] == context.currency), rows[0] if rows else None)


async def page(
    context: Context,
    *,
    order: Order,
    first: int,
    after: str | None,
    narrowed: ProductFilter = NO_FILTER,
    currency: str | None = None,
    rule: Rule | None = None,
) -> Page[ProductRow]:
    """Answer a page of a filtered list of products; raises InvalidInput."""
    parameters = _parameters(narrowed)
    shape = Shape(order, frozenset(parameters), rule=rule)
    if product_lists.needs_currency(shape):
        parameters["currency"] = _currency(currency, narrowed, context)
    return await pages.of_list(
        product_lists.keyset(shape),
        context,
        first=first,
        after=after,
        count=partial(product_lists.count, shape),
        **parameters,
    )


async def listing(
    root: Sequence[None],
    context: Context,
    *,
    filter: ProductFilter,  # noqa: A002 - the field's argument
    sort: Order,
    currency: str | None,
    first: int,
    after: str | None,
) -> list[Page[ProductRow]]:
    """Answer a page of the listed products."""
    found = await page(context, order=sort, narrowed=filter, currency=currency, first=first, after=after)
    return [found for _ in root]


async def of_merchants(
    merchants: Sequence[Row], context: Context, *, sort: Order, first: int, after: str | None
) -> list[Page[ProductRow]]:
    """Answer a page of each merchant's products."""
    return await _of_parents(merchants, context, parent=Parent.MERCHANT, order=sort, first=first, after=after)


async def of_categories(
    categories: Sequence[Row], context: Context, *, sort: Order, first: int, after: str | None
) -> list[Page[ProductRow]]:
    """Answer a page of the products of each category and all below it."""
    return await _of_parents(categories, context, parent=Parent.CATEGORY, order=sort, first=first, after=after)


async def _of_parents(
    parents: Sequence[Row], context: Context, *, parent: Parent, order: Order, first: int, after: str | None
) -> list[Page[ProductRow]]:
    shape = Shape(order, parent=parent)
    parameters = {"currency": context.currency} if product_lists.needs_currency(shape) else {}
    return await pages.of_parents(
        product_lists.keyset(shape),
        context,
        parents,
        first=first,
        after=after,
        count=product_lists.counts(shape),
        **parameters,
    )


def _have_details(products: Sequence[Row]) -> bool:
    """Say whether the rows have the heavy columns themselves, as those of products' own pages have."""
    return all("description" in product for product in products)


def _of_details(products: Sequence[Row], context: Context, read: Callable[[Details], list[T]]) -> Answered[T]:
    """Read something out of the heavy columns, at once if they are there."""
    return read(products) if _have_details(products) else _of_read_details(products, context, read)


async def _of_read_details(products: Sequence[Row], context: Context, read: Callable[[Details], list[T]]) -> list[T]:
    return read(await _details(products, context))


async def _details(products: Sequence[Row], context: Context) -> Details:
    if _have_details(products):
        return products
    rows = await context.load_many(loaders.DETAILS, [product["id"] for product in products])
    return [_NO_DETAILS if row is None else row for row in rows]


_NO_DETAILS: Mapping[str, Any] = {"description": "", "options": [], "attributes": {}, "tax_class": "standard"}
"""Of a product that was deleted after its list was read."""


def _parameters(narrowed: ProductFilter) -> dict[str, Any]:
    currency = narrowed.price_currency or ""
    values = {
        "category": narrowed.category,
        "merchant": narrowed.merchant,
        "price_min": None if narrowed.price_min is None else money.parse_amount(narrowed.price_min, currency),
        "price_max": None if narrowed.price_max is None else money.parse_amount(narrowed.price_max, currency),
        "available": narrowed.available,
        "rating_min": None if narrowed.rating_min is None else reviews.least_score(narrowed.rating_min),
        "attributes": _path(narrowed.attributes) if narrowed.attributes else None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _currency(currency: str | None, narrowed: ProductFilter, context: Context) -> str:
    priced = narrowed.price_currency
    if priced and currency and priced != currency:
        raise InvalidInput(
            f"currency: the filter's prices are in {priced}, but the list is asked for in {currency}; name one of them",
            field="currency",
        )
    chosen = priced or currency or context.currency
    money.exponent(chosen)  # refuses what is no currency, whatever the order
    return chosen


def _path(filters: Sequence[AttributeFilter]) -> str:
    """Write the attributes' conditions as one jsonpath predicate, which the index on the attributes can answer."""
    choices.check(sum(1 + len(each.values) for each in filters), field="filter.attributes")
    return " && ".join(_one_of(each.name, each.values) for each in filters)


def _one_of(name: str, values: Sequence[str]) -> str:
    key = orjson.dumps(name).decode()
    alternatives = [f"$.{key} == {literal}" for value in values for literal in _literals(value)]
    return f"({' || '.join(alternatives)})" if alternatives else "(1 == 0)"


def _literals(value: str) -> list[str]:
    # Clients write every value as text; the stored one may be a text, a number or a truth value.
    literals = [orjson.dumps(value).decode()]
    if value in ("true", "false") or NUMBER.fullmatch(value):
        literals.append(value)
    return literals
