"""One search for products: the page, the total and the facets, as far as they are wanted, by one request to the engine.

Only what depends on an answer takes another one: where pinned products stand, the ranges of attributes that were not
known to be numeric, and the highlights of a page.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from search import facets as facets_of_search
from search import requests
from search.facets import Ask, Counted, Facet, Numeric
from search.filters import ProductQuery
from search.requests import AttributeOrder, Order

AskProducts = Callable[[Sequence[dict[str, Any]]], Awaitable[list[dict[str, Any]]]]


class Page(NamedTuple):
    """The ids of a page's products, in order, and whether more follow."""

    ids: list[int]
    has_next: bool


class Found(NamedTuple):
    """What a search has found. What was not asked for is empty, or 0."""

    page: Page = Page([], has_next=False)
    total: int = 0
    """How many products there are, exactly."""
    facets: Sequence[Facet] = ()
    """Those that have a value."""


class Counting:
    """Sends counting queries about one search, pinned products included."""

    def __init__(self, asking: AskProducts, query: ProductQuery) -> None:
        self._asking = asking
        self._query = query
        # Pinned products need not match the text: they are counted by themselves, and the others without them.
        self._universes = (False, True) if query.pins else (False,)

    async def __call__(self, asks: Sequence[Ask]) -> list[Counted]:
        """Answer each question, in order."""
        return self.counted(await self._asking(self.queries(asks)))

    def queries(self, asks: Sequence[Ask]) -> list[dict[str, Any]]:
        """Write the questions as queries for the engine."""
        return [
            {
                **requests.narrowed(self._query, ask, pinned=pinned),
                "hitsPerPage": 0,  # counts are exact in this mode, estimates otherwise
                "facets": ask.fields,
            }
            for ask in asks
            for pinned in self._universes
        ]

    def counted(self, answers: Sequence[dict[str, Any]]) -> list[Counted]:
        """Read the answers to all the queries of some questions."""
        each = len(self._universes)
        return [Counted.of(answers[begin : begin + each]) for begin in range(0, len(answers), each)]


class ProductSearch:
    """One search; nothing is asked before `find`. Both calls raise SearchUnavailableError."""

    def __init__(
        self,
        asking: AskProducts,
        query: ProductQuery,
        *,
        order: Order | AttributeOrder,
        offset: int,
        limit: int,
        locales: Sequence[str],
        numeric: Numeric,
    ) -> None:
        self.query = query
        self.order = order
        self.offset = offset
        self._limit = limit
        self._locales = locales
        self._numeric = numeric
        self._asking = asking

    async def find(self, *, page: bool = False, total: bool = False, facets: bool = False) -> Found:
        """Find what is wanted of the search; the total comes along with the facets."""
        counting = Counting(self._asking, self.query)
        facet_count = facets_of_search.FacetCount(counting, self.query, self._numeric) if facets else None
        asks = facet_count.asks if facet_count is not None else [Ask()] if total else []
        placed = await self._placed() if page and self.query.pins else {}
        queries = [*([self._page_query(placed)] if page else ()), *counting.queries(asks)]
        answers = await self._asking(queries) if queries else []
        found = self._page(answers[0]["hits"], placed) if page else Found().page
        if not asks:
            return Found(found)
        counted = counting.counted(answers[1:] if page else answers)
        return Found(found, counted[0].total, await facet_count.facets(counted) if facet_count is not None else ())

    async def marked(self, ids: Sequence[int]) -> dict[int, dict[str, str]]:
        """Give the name and description of each of the products found, with matches marked."""
        query = {
            **requests.narrowed(self.query, Ask(also=f"id IN [{', '.join(map(str, ids))}]"), pinned=False),
            **requests.highlighting(self._locales),
            "limit": len(ids),
        }
        (answer,) = await self._asking([query])
        return {hit["id"]: requests.marked(hit, self._locales) for hit in answer["hits"]}

    @property
    def _places(self) -> range:
        """The places of the page, and one more, which tells whether another page follows."""
        return range(self.offset, self.offset + self._limit + 1)

    def _page_query(self, placed: dict[int, int]) -> dict[str, Any]:
        return {
            **requests.narrowed(self.query, Ask(), pinned=False),
            "offset": self.offset - sum(place < self.offset for place in placed),
            "limit": len(self._places) - sum(place in self._places for place in placed),
            "sort": requests.sort(self.order, self.query.currency, self._locales),
        }

    def _page(self, hits: Sequence[dict[str, Any]], placed: dict[int, int]) -> Page:
        ids = [hit["id"] for hit in hits]
        if placed:
            others = iter(ids)
            ids = [placed[place] if place in placed else next(others, None) for place in self._places]
            ids = [product_id for product_id in ids if product_id is not None]
        return Page(ids[: self._limit], len(ids) > self._limit)

    async def _placed(self) -> dict[int, int]:
        """Find which pinned products pass the filter, by the place (0 is first) where each stands.

        A place beyond the end moves up to the end.
        """
        passing, others = await self._asking(
            [
                {**requests.narrowed(self.query, Ask(), pinned=True), "limit": len(self.query.pins)},
                {**requests.narrowed(self.query, Ask(), pinned=False), "hitsPerPage": 0},
            ]
        )
        listed = {hit["id"] for hit in passing["hits"]}
        pins = [(position, product_id) for position, product_id in sorted(self.query.pins) if product_id in listed]
        return {min(position - 1, others["totalHits"] + index): pin for index, (position, pin) in enumerate(pins)}
