"""One search for products, whose parts are asked for as they are needed: the page, the total, the facets, highlights.

Parts that are wanted at the same time travel to the engine in one request.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from search import facets, requests
from search.facets import Ask, Counted, Counts, Numeric
from search.filters import ProductQuery
from search.requests import AttributeOrder, Order

AskProducts = Callable[[Sequence[dict[str, Any]]], Awaitable[list[dict[str, Any]]]]

_TURNS = 4
"""How many turns of the event loop a request waits for others: resolvers of one level begin within these."""


class Page(NamedTuple):
    """The ids of a page's products, in order, and whether more follow."""

    ids: list[int]
    has_next: bool


class Counting:
    """Sends counting queries about one search, pinned products included."""

    def __init__(self, asking: AskProducts, query: ProductQuery) -> None:
        self._asking = asking
        self._query = query

    async def __call__(self, asks: Sequence[Ask]) -> list[Counted]:
        """Answer each question, in order."""
        # Pinned products need not match the text: they are counted by themselves, and the others without them.
        universes = (False, True) if self._query.pins else (False,)
        queries = [
            {
                **requests.narrowed(self._query, ask, pinned=pinned),
                "hitsPerPage": 0,  # counts are exact in this mode, estimates otherwise
                "facets": list(ask.fields),
            }
            for ask in asks
            for pinned in universes
        ]
        answers = iter(await self._asking(queries))
        counted = [Counted() for _ in asks]
        for each in counted:
            for _ in universes:
                each.add(next(answers))
        return counted


class ProductSearch:
    """One search; every part is asked for once, when it is first wanted. Raises SearchUnavailableError."""

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
        self.offset = offset
        self._order = order
        self._limit = limit
        self._locales = locales
        self._numeric = numeric
        self._asking = _Together(asking)
        self._counting = Counting(self._asking, query)

    async def page(self) -> Page:
        """Find the page."""
        return await self._page

    async def total(self) -> int:
        """Count the products found, exactly."""
        return await self._total

    async def counts(self) -> Counts:
        """Count the products found, and their facets."""
        return await self._counts

    async def marked(self) -> dict[int, dict[str, str]]:
        """Give the name and description of each product of the page, with matches marked."""
        return await self._marked

    @cached_property
    def _page(self) -> asyncio.Future[Page]:
        return _started(self._find_page())

    @cached_property
    def _total(self) -> asyncio.Future[int]:
        return _started(self._find_total())

    @cached_property
    def _counts(self) -> asyncio.Future[Counts]:
        return _started(facets.count(self._counting, self.query, self._numeric))

    @cached_property
    def _marked(self) -> asyncio.Future[dict[int, dict[str, str]]]:
        return _started(self._find_marked())

    async def _find_page(self) -> Page:
        placed = await self._placed() if self.query.pins else {}
        places = range(self.offset, self.offset + self._limit + 1)
        query = {
            **requests.narrowed(self.query, Ask(), pinned=False),
            "offset": self.offset - sum(place < self.offset for place in placed),
            "limit": sum(place not in placed for place in places),
            "sort": requests.sort(self._order, self.query.currency, self._locales),
        }
        (answer,) = await self._asking([query])
        others = iter([hit["id"] for hit in answer["hits"]])
        ids = [placed[place] if place in placed else next(others, None) for place in places]
        found = [product_id for product_id in ids if product_id is not None]
        return Page(found[: self._limit], len(found) > self._limit)

    async def _find_total(self) -> int:
        (counted,) = await self._counting([Ask()])
        return counted.total

    async def _find_marked(self) -> dict[int, dict[str, str]]:
        page = await self.page()
        query = {
            **requests.narrowed(self.query, Ask(also=f"id IN [{', '.join(map(str, page.ids))}]"), pinned=False),
            **requests.highlighting(self._locales),
            "limit": len(page.ids),
        }
        (answer,) = await self._asking([query])
        return {hit["id"]: requests.marked(hit, self._locales) for hit in answer["hits"]}

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


class _Together:
    """Sends what is asked within a few turns of the event loop as one request."""

    def __init__(self, asking: AskProducts) -> None:
        self._asking = asking
        self._queries: list[dict[str, Any]] = []
        self._sending: asyncio.Future[list[dict[str, Any]]] | None = None

    async def __call__(self, queries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        if not queries:
            return []
        first = len(self._queries)
        self._queries.extend(queries)
        if self._sending is None:
            self._sending = _started(self._send())
        answers = await asyncio.shield(self._sending)
        return answers[first : first + len(queries)]

    async def _send(self) -> list[dict[str, Any]]:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        queries, self._queries, self._sending = self._queries, [], None
        places = [_place(query, index, queries) for index, query in enumerate(queries)]
        asked = sorted(set(places))
        answers = dict(zip(asked, await self._asking([queries[place] for place in asked]), strict=True))
        return [answers[place] for place in places]


def _place(query: dict[str, Any], index: int, queries: Sequence[dict[str, Any]]) -> int:
    """Find the place of the query that answers this one: of two that count the same, the one that counts facets too."""
    if query.get("facets") == []:
        for place, other in enumerate(queries):
            if other.get("facets") and {**other, "facets": []} == query:
                return place
    return index


def _started(work: Coroutine[Any, Any, Any]) -> asyncio.Future[Any]:
    return asyncio.ensure_future(work)
