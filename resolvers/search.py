"""Search: the page of products found, its total and its facets, and everything in one ranking.

Hits are ids; what is shown of them is read from Postgres. A product that was taken down a moment ago is left out of the
page, while the totals count it until the index has followed, which takes a second or two.
"""

import asyncio
import hashlib
import html
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

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
from search.product_search import ProductSearch
from search.requests import HIGHLIGHT_END, HIGHLIGHT_START, AttributeOrder, Order

T = TypeVar("T")

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


@dataclass(slots=True)
class Results:
    """A prepared search and how its parts are to be written: the source of a `ProductSearchConnection`."""

    search: ProductSearch
    order: str
    locale: str | None


@dataclass(slots=True)
class FoundProduct:
    """A product in its place, which is its `index` on the page: the source of a `ProductSearchEdge`."""

    node: ProductRow
    results: Results
    index: int

    @property
    def cursor(self) -> str:
        """Write its position."""
        return _cursor(self.results, self.index)


@dataclass(slots=True)
class Highlight:
    """A text of a product with the matches in `<mark>`; everything else in it is escaped for HTML."""

    field: str
    text: str


async def products(  # noqa: PLR0913 - the field's arguments
    root: Sequence[None],
    context: Context,
    *,
    query: str,
    filter: SearchFilter,  # noqa: A002 - the field's argument
    sort: Order,
    sort_attribute: AttributeSort | None,
    first: int,
    after: str | None,
    locale: str | None,
    currency: str | None,
) -> list[Results]:
    """Prepare a search for products; raises InvalidInput for anything it does not know."""
    text = trimmed(query)
    wanted = await search_filters.resolved(text, filter, context, currency=currency)
    order: Order | AttributeOrder = sort
    if sort_attribute is not None:
        order = await search_filters.attribute_order(sort_attribute.name, sort_attribute.descending, context)
    elif sort is Order.RELEVANCE:
        (pins,) = await context.load_many(loaders.PINS, [text.lower()])
        wanted = search_filters.pinned(wanted, pins)
    name = f"search.{_fingerprint(wanted, order)}"
    offset = 0 if after is None else cursors.decode(after, name, [int])[0]
    if offset < 0:
        raise cursors.invalid(after or "")
    results = Results(
        context.search.products(
            wanted,
            order=order,
            offset=offset,
            limit=pages.page_size(first),
            locales=locales.fallback_chain(locale) if locale else (),
        ),
        name,
        locale,
    )
    return [results for _ in root]


async def nodes(parents: Sequence[Results], context: Context) -> list[list[ProductRow]]:
    """Answer the products of each page."""
    return [[found.node for found in of_one] for of_one in await edges(parents, context)]


async def edges(parents: Sequence[Results], context: Context) -> list[list[FoundProduct]]:
    """Answer the products of each page, each in its place."""
    return await _each(parents, lambda results: _found(results, context))


async def page_infos(parents: Sequence[Results], _: Context) -> list[dict[str, Any]]:
    """Answer where each page stands."""
    found = await _each(parents, lambda results: results.search.page())
    return [
        {
            "has_next_page": page.has_next,
            "has_previous_page": results.search.offset > 0,
            "start_cursor": _cursor(results, 0) if page.ids else None,
            "end_cursor": _cursor(results, len(page.ids) - 1) if page.ids else None,
        }
        for results, page in zip(parents, found, strict=True)
    ]


async def total_counts(parents: Sequence[Results], _: Context) -> list[int]:
    """Count what each search found."""
    return await _each(parents, lambda results: results.search.total())


async def _each(parents: Sequence[Results], ask: Callable[[Results], Awaitable[T]]) -> list[T]:
    """Ask about each search side by side; the only one, as nearly always, needs no task of its own."""
    if len(parents) == 1:
        return [await ask(parents[0])]
    return list(await asyncio.gather(*map(ask, parents)))


async def suggestions(parents: Sequence[Results], context: Context) -> list[str | None]:
    """Answer a better wording for each search that found nothing."""
    totals = await total_counts(parents, context)
    return [
        None if total else await context.search.suggestion(results.search.query)
        for results, total in zip(parents, totals, strict=True)
    ]


async def highlights(parents: Sequence[FoundProduct], _: Context) -> list[list[Highlight]]:
    """Answer the texts of each hit that match."""
    marked = await asyncio.gather(*(found.results.search.marked() for found in parents))
    return [
        [Highlight(name, _markup(text)) for name, text in texts.get(found.node["id"], {}).items()]
        for found, texts in zip(parents, marked, strict=True)
    ]


async def everything(root: Sequence[None], context: Context, *, query: str, first: int) -> list[list[Row]]:
    """Answer products, categories and merchants in one ranking."""
    mentions = await context.search.everything(trimmed(query), limit=pages.page_size(first))
    rows = await asyncio.gather(*(context.load(_BY_NOUN[mention.noun], mention.id) for mention in mentions))
    listed = [row for row in rows if row is not None]
    return [listed for _ in root]


async def _found(results: Results, context: Context) -> list[FoundProduct]:
    page = await results.search.page()
    rows = await context.load_many(product_loaders.LISTED_BY_ID, page.ids)
    return [FoundProduct(row, results, index) for index, row in enumerate(rows) if row is not None]


def _cursor(results: Results, index: int) -> str:
    return cursors.encode(results.order, [results.search.offset + index + 1])


def trimmed(query: str) -> str:
    """Trim what somebody looks for. Raises InvalidInput for a text that is too long."""
    if len(query) > TEXT_LENGTH_MAX:
        raise InvalidInput(
            f"query: {len(query)} characters are too many; search with at most {TEXT_LENGTH_MAX}", field="query"
        )
    return query.strip()


def _fingerprint(query: ProductQuery, order: Order | AttributeOrder) -> str:
    """Name a search, so that a cursor of another one is refused."""
    return hashlib.sha256(repr((query, order)).encode()).hexdigest()[:8]


def _markup(text: str) -> str:
    return html.escape(text).replace(HIGHLIGHT_START, "<mark>").replace(HIGHLIGHT_END, "</mark>")
