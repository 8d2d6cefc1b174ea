"""Search: the page of products found, its total and its facets, and everything in one ranking.

Hits are ids; what is shown of them is read from Postgres. A product that was taken down a moment ago is left out of the
page, while the totals count it until the index has followed, which takes a second or two.
"""

import asyncio
import hashlib
import html
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any

from domain import locales
from domain.errors import InvalidInput
from models.database import Row
from resolvers import cursors, pages, search_filters
from resolvers.context import Context
from resolvers.loaders import categories, merchants
from resolvers.loaders import products as product_loaders
from resolvers.loaders import search as loaders
from resolvers.loaders.lookups import One
from resolvers.loaders.products import ProductRow
from resolvers.search_filters import SearchFilter
from search.filters import ProductQuery
from search.product_search import Found, ProductSearch
from search.requests import HIGHLIGHT_END, HIGHLIGHT_START, AttributeOrder, Order

TEXT_LENGTH_MAX = 500
_BY_NOUN: Mapping[str, One[Any]] = {
    "products": product_loaders.LISTED_BY_ID,
    "categories": categories.BY_ID,
    "merchants": merchants.BY_ID,
}


@dataclass(frozen=True, slots=True)
class AttributeSort:
    """An order by the sortable attribute `name`."""

    name: str
    descending: bool


_PAGE = frozenset({"nodes", "edges", "pageInfo"})
_TOTAL = frozenset({"totalCount", "suggestion"})
_ASKING = _PAGE | _TOTAL | {"facets"}
"""Fields of a search that the engine is asked for, by what they need."""


@dataclass(slots=True)
class Results:
    """A search, what it has found, and how that is to be written: the source of a `ProductSearchConnection`."""

    search: ProductSearch
    found: Found
    locale: str | None
    asked: Hashable
    """What tells this search from others, with all that was asked of it."""

    def cursor(self, index: int) -> str:
        """Write the position of the product in a place of the page."""
        return cursors.encode(_name(self.search.query, self.search.order), [self.search.offset + index + 1])


@dataclass(slots=True)
class FoundProduct:
    """A product in its place, which is its `index` on the page: the source of a `ProductSearchEdge`."""

    node: ProductRow
    results: Results
    index: int

    @property
    def cursor(self) -> str:
        """Write its position."""
        return self.results.cursor(self.index)


@dataclass(slots=True)
class Highlight:
    """A text of a product with the matches in `<mark>`; everything else in it is escaped for HTML."""

    field: str
    text: str


async def products(  # noqa: PLR0913 - the field's arguments
    root: Sequence[None],
    context: Context,
    *,
    selected: frozenset[str],
    query: str,
    filter: SearchFilter,  # noqa: A002 - the field's argument
    sort: Order,
    sort_attribute: AttributeSort | None,
    first: int,
    after: str | None,
    locale: str | None,
    currency: str | None,
) -> list[Results]:
    """Search for products, and ask the engine for what the document selects of that, at once.

    Raises InvalidInput for anything it does not know, SearchUnavailableError while the engine does not answer.
    """
    text = trimmed(query)
    wanted = await search_filters.resolved(text, filter, context, currency=currency)
    order: Order | AttributeOrder = sort
    if sort_attribute is not None:
        order = await search_filters.attribute_order(sort_attribute.name, sort_attribute.descending, context)
    elif sort is Order.RELEVANCE:
        (pins,) = await context.load_many(loaders.PINS, [text.lower()])
        wanted = search_filters.pinned(wanted, pins)
    offset = 0 if after is None else cursors.decode(after, _name(wanted, order), [int])[0]
    if offset < 0:
        raise cursors.invalid(after or "")
    limit = pages.page_size(first)
    languages = locales.fallback_chain(locale) if locale else ()
    search = context.search.products(wanted, order=order, offset=offset, limit=limit, locales=languages)
    asked = (wanted, order, offset, limit, tuple(languages), selected & _ASKING)
    found = await context.answered(asked, partial(_found, search, selected))
    return [Results(search, found, locale, asked) for _ in root]


async def _found(search: ProductSearch, selected: frozenset[str]) -> Found:
    return await search.find(
        page=not selected.isdisjoint(_PAGE), total=not selected.isdisjoint(_TOTAL), facets="facets" in selected
    )


async def nodes(parents: Sequence[Results], context: Context) -> list[list[ProductRow]]:
    """Answer the products of each page."""
    return [[row for row in rows if row is not None] for rows in await _rows(parents, context)]


async def edges(parents: Sequence[Results], context: Context) -> list[list[FoundProduct]]:
    """Answer the products of each page, each in its place."""
    return [
        [FoundProduct(row, results, index) for index, row in enumerate(rows) if row is not None]
        for results, rows in zip(parents, await _rows(parents, context), strict=True)
    ]


async def _rows(parents: Sequence[Results], context: Context) -> list[list[ProductRow | None]]:
    """Read the products of each page, with None for one that was taken down a moment ago."""
    pages_ids = [results.found.page.ids for results in parents]
    rows = iter(await context.load_many(product_loaders.LISTED_BY_ID, list(chain.from_iterable(pages_ids))))
    return [list(islice(rows, len(ids))) for ids in pages_ids]


def page_infos(parents: Sequence[Results], _: Context) -> list[dict[str, Any]]:
    """Answer where each page stands."""
    return [
        {
            "has_next_page": results.found.page.has_next,
            "has_previous_page": results.search.offset > 0,
            "start_cursor": results.cursor(0) if results.found.page.ids else None,
            "end_cursor": results.cursor(len(results.found.page.ids) - 1) if results.found.page.ids else None,
        }
        for results in parents
    ]


def total_counts(parents: Sequence[Results], _: Context) -> list[int]:
    """Answer how many products each search found."""
    return [results.found.total for results in parents]


async def suggestions(parents: Sequence[Results], context: Context) -> list[str | None]:
    """Answer a better wording for each search that found nothing."""
    return [
        None if results.found.total else await context.search.suggestion(results.search.query) for results in parents
    ]


async def highlights(parents: Sequence[FoundProduct], _: Context) -> list[list[Highlight]]:
    """Answer the texts of each hit that match."""
    searches = list({id(found.results): found.results for found in parents}.values())
    marked = await asyncio.gather(*(results.search.marked(results.found.page.ids) for results in searches))
    texts = {id(results): each for results, each in zip(searches, marked, strict=True)}
    return [
        [Highlight(name, _markup(text)) for name, text in texts[id(found.results)].get(found.node["id"], {}).items()]
        for found in parents
    ]


async def everything(root: Sequence[None], context: Context, *, query: str, first: int) -> list[list[Row]]:
    """Answer products, categories and merchants in one ranking."""
    mentions = await context.search.everything(trimmed(query), limit=pages.page_size(first))
    rows = await asyncio.gather(*(context.load(_BY_NOUN[mention.noun], mention.id) for mention in mentions))
    listed = [row for row in rows if row is not None]
    return [listed for _ in root]


def trimmed(query: str) -> str:
    """Trim what somebody looks for. Raises InvalidInput for a text that is too long."""
    if len(query) > TEXT_LENGTH_MAX:
        raise InvalidInput(
            f"query: {len(query)} characters are too many; search with at most {TEXT_LENGTH_MAX}", field="query"
        )
    return query.strip()


def _name(query: ProductQuery, order: Order | AttributeOrder) -> str:
    """Name a search, so that a cursor of another one is refused."""
    return f"search.{hashlib.sha256(repr((query, order)).encode()).hexdigest()[:8]}"


def _markup(text: str) -> str:
    return html.escape(text).replace(HIGHLIGHT_START, "<mark>").replace(HIGHLIGHT_END, "</mark>")
