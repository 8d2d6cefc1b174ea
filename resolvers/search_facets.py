"""Facets for people: their labels, their values' labels, which values are selected, their ranges."""

import asyncio
from collections.abc import Coroutine, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from domain import money
from domain.errors import InvalidInput
from models.database import Row
from resolvers import categories as category_resolvers
from resolvers import search_filters
from resolvers.context import Context
from resolvers.loaders import attributes, categories, merchants
from resolvers.loaders.categories import CategoryRow
from resolvers.loaders.lookups import Lookup
from resolvers.search import TEXT_LENGTH_MAX, Results
from resolvers.search_filters import BUILT_IN, SearchFilter
from search import documents
from search.facets import Facet, chosen
from search.filters import ATTRIBUTE, ProductQuery

_LABELS = {
    "category": "Category",
    "merchant": "Merchant",
    "price": "Price",
    "rating": "Rating",
    "availability": "Availability",
}
_AVAILABILITY = {"true": "In stock", "false": "Out of stock"}
_BOOLEANS = {"true": "Yes", "false": "No"}


@dataclass(slots=True)
class FacetValue:
    """A value, what people read, the number of products, and whether the filter names it."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(slots=True)
class FacetRange:
    """The least and the greatest value, as text."""

    min: str
    max: str


@dataclass(slots=True)
class LabelledFacet:
    """One facet; the source of a `SearchFacet`."""

    name: str
    label: str
    kind: str
    unit: str | None = None
    values: list[FacetValue] = field(default_factory=list)
    range: FacetRange | None = None


def facets(
    parents: Sequence[Results], context: Context
) -> list[list[LabelledFacet]] | Coroutine[Any, Any, list[list[LabelledFacet]]]:
    """Answer the facets of each search."""
    known = [context.answer(_asked(results)) for results in parents]
    there = [each for each in known if each is not None]
    return there if len(there) == len(known) else _facets(parents, context)


async def _facets(parents: Sequence[Results], context: Context) -> list[list[LabelledFacet]]:
    return [
        await context.answered(
            _asked(results),
            partial(_labelled, results.found.facets, results.search.query, context, results.locale),
        )
        for results in parents
    ]


def _asked(results: Results) -> Hashable:
    return "labelled", results.locale, results.asked


async def values(
    root: Sequence[None],
    context: Context,
    *,
    facet: str,
    facet_query: str,
    query: str,
    filter: SearchFilter,  # noqa: A002 - the field's argument
    locale: str | None,
) -> list[list[FacetValue]]:
    """Answer those values of a facet that a text finds; raises InvalidInput for a facet that has none to search."""
    if max(len(query), len(facet_query)) > TEXT_LENGTH_MAX:
        raise InvalidInput(f"query, facetQuery: search with at most {TEXT_LENGTH_MAX} characters", field="query")
    wanted = await search_filters.resolved(query.strip(), filter, context, currency=None)
    name = await _searchable(facet, context)
    found = await context.search.facet_values(wanted, name=name, text=facet_query.strip())
    selected = {
        "category": chosen(wanted.category),
        "merchant": chosen(*wanted.merchants),
        **{f"{ATTRIBUTE}{selection.key}": chosen(*selection.values) for selection in wanted.attributes},
    }
    (labelled,) = await _labelled([Facet(name, found, selected.get(name, {}))], wanted, context, locale)
    return [labelled.values for _ in root]


async def _searchable(facet: str, context: Context) -> str:
    if facet in {"category", "merchant"}:
        return facet
    key = search_filters.attribute_key(facet)
    definition = None if facet in BUILT_IN else await context.load(attributes.BY_KEY, key)
    if definition is None or not definition["filterable"]:
        raise InvalidInput(f"facet: there is no facet {facet[:60]!r} whose values could be searched", field="facet")
    return f"{ATTRIBUTE}{key}"


async def _labelled(
    found: Sequence[Facet], query: ProductQuery, context: Context, locale: str | None
) -> list[LabelledFacet]:
    by_name = {facet.name: facet for facet in found}
    keys = [search_filters.attribute_key(name) for name in by_name if name.startswith(ATTRIBUTE)]
    paths, sellers, known = await _known(
        context,
        (categories.PATH_BY_SLUG, _values(by_name.get("category"))),
        (merchants.BY_SLUG, _values(by_name.get("merchant"))),
        (attributes.BY_KEY, keys),
    )
    names = {
        "category": await _category_names(paths, context, locale),
        "merchant": {row["slug"]: row["name"] for row in sellers if row is not None},
        "rating": {value: f"{value} stars and up" for value in _values(by_name.get("rating"))},
        "availability": _AVAILABILITY,
    }
    definitions = dict(zip(keys, known, strict=True))
    labelled = []
    for facet in found:
        if facet.name in BUILT_IN:
            labelled.append(_built_in(facet, query, names.get(facet.name, {})))
        elif definition := definitions[search_filters.attribute_key(facet.name)]:
            labelled.append(_of_attribute(facet, definition))
    return labelled


async def _known(context: Context, *wanted: tuple[Lookup[Any, Any], Sequence[str]]) -> Sequence[Sequence[Any]]:
    """Look up what is nearly always remembered; what is not, side by side."""
    known = [context.at_hand(lookup, keys) for lookup, keys in wanted]
    there = [each for each in known if each is not None]
    if len(there) == len(known):
        return there
    return await asyncio.gather(*(context.load_many(lookup, keys) for lookup, keys in wanted))


def _built_in(facet: Facet, query: ProductQuery, names: Mapping[str, str]) -> LabelledFacet:
    bounds = None
    if facet.range is not None:  # only prices have one
        bounds = FacetRange(*(money.format_amount(int(bound), query.currency) for bound in facet.range))
    return LabelledFacet(
        facet.name, _LABELS[facet.name], facet.name.upper(), values=_labelled_values(facet, names), range=bounds
    )


def _of_attribute(facet: Facet, definition: Row) -> LabelledFacet:
    write = documents.day_text if definition["kind"] == "DATE" else documents.value_text
    return LabelledFacet(
        search_filters.facet_name(definition["key"]),
        definition["label"],
        "ATTRIBUTE",
        definition["unit"],
        _labelled_values(facet, _BOOLEANS if definition["kind"] == "BOOLEAN" else {}),
        None if facet.range is None else FacetRange(*map(write, facet.range)),
    )


def _labelled_values(facet: Facet, names: Mapping[str, str]) -> list[FacetValue]:
    return [
        FacetValue(value, names.get(value, value), count, facet.has_selected(value)) for value, count in facet.values
    ]


def _values(facet: Facet | None) -> list[str]:
    return [] if facet is None else [value for value, _ in facet.values]


async def _category_names(
    paths: Sequence[Sequence[CategoryRow]], context: Context, locale: str | None
) -> dict[str, str]:
    """Write each category's path of names, by the category's slug: "Electronics > Phones"."""
    rows = list({row["id"]: row for path in paths for row in path}.values())
    named = await category_resolvers.names(rows, context, locale=locale)
    names = {row["id"]: name for row, name in zip(rows, named, strict=True)}
    return {path[-1]["slug"]: " > ".join(names[row["id"]] for row in path) for path in paths if path}
