"""Asking the engine: hits, counts with facets, corrections, the values of one facet, and everything at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from search import corrections, facets, filters, requests
from search.client import Meilisearch
from search.errors import EngineRefusedError, SearchUnavailableError
from search.facets import Ask, Counted, Counts
from search.filters import ProductQuery
from search.indexes import Indexes
from search.requests import Hit, Order

_NAMES_MAX = 50


@dataclass(slots=True)
class Found:
    """One page of hits. `counts` is there if a total was asked for; its facets, if facets were."""

    hits: list[Hit]
    has_next: bool
    counts: Counts | None = None


class Mention(NamedTuple):
    """Something found by `everything`: its index's noun (products, categories or merchants) and its id."""

    noun: str
    id: int


class SearchEngine:
    """The searches of one shop. Every call raises SearchUnavailableError while the engine or the index is not there."""

    def __init__(self, engine: Meilisearch, target: Indexes, *, locale: str) -> None:
        self._engine = engine
        self._target = target
        self._locale = locale

    async def products(
        self,
        query: ProductQuery,
        *,
        order: Order,
        offset: int,
        limit: int,
        locale: str | None = None,
        total: bool = False,
        faceted: bool = False,
        highlighted: bool = False,
    ) -> Found:
        """Find a page of products; what is not asked for is not counted.

        `locale` chooses the names to sort by and the texts to highlight, the base locale if the product has none.
        """
        locales = [self._locale] if locale in {None, self._locale} else [str(locale), self._locale]
        placed = await self._placed(query)
        span = requests.span(placed, offset, limit + 1)
        page = {
            **requests.narrowed(query, Ask(), pinned=False),
            "offset": offset - sum(slot < offset for slot in placed),
            "limit": span.count(None),
            "sort": requests.sort(order, query.currency, locales),
        }
        if highlighted:
            page |= requests.highlighting(locales)
        asking = _Asking(self, query, page)
        counts = None
        if faceted:
            counts = await facets.count(asking, query)
        elif total:
            counts = Counts((await asking([Ask()]))[0].total, [])
        organic = iter(await asking.page())
        hits = [Hit(placed[slot]) if slot is not None else next(organic, None) for slot in span]
        found = [hit for hit in hits if hit is not None]
        return Found(found[:limit], len(found) > limit, counts)

    async def facet_values(self, query: ProductQuery, *, name: str, text: str) -> list[tuple[str, int]]:
        """Find those values of a facet that begin with a text or have a word that does, the most frequent first.

        `name` is a facet's, apart from price and rating; of categories and merchants the names are searched. At most
        50; the products are counted without the facet's own selection.
        """
        asking = _Asking(self, query)
        if name in {"category", "merchant"}:
            field_name, uid = {
                "category": ("categories", self._target.categories),
                "merchant": ("merchant", self._target.merchants),
            }[name]
            named = {"indexUid": uid, "q": text, "limit": _NAMES_MAX, "attributesToRetrieve": ["slug"]}
            slugs = [hit["slug"] for hit in (await self.ask([named]))[0]["hits"]]
            if not slugs:
                return []
            (counted,) = await asking([Ask((field_name,), without=name, also=filters.one_of(field_name, tuple(slugs)))])
            values = {slug: counted.values[field_name][slug] for slug in slugs if slug in counted.values[field_name]}
            return facets.listed(values)
        key = name.removeprefix(filters.ATTRIBUTE)
        narrowed = requests.narrowed(query, Ask(without=name), pinned=False)
        body = {"facetName": "values", "q": narrowed["q"], "filter": narrowed["filter"], "exhaustiveFacetCount": True}
        body |= {"matchingStrategy": "all"}
        path = f"/indexes/{self._target.products}/facet-search"
        values = {}
        # The engine compares whole values, leniently: the first finds what begins with the text even among thousands
        # of values, the second what has it in the middle, among the most frequent ones.
        for facet_query in (f"{key}={text}", f"{key}="):
            answer = await self._request(path, body | {"facetQuery": facet_query})
            pairs = ((hit["value"].partition("="), hit["count"]) for hit in answer["facetHits"])
            values |= {value: count for (of, _, value), count in pairs if of == key and _begins(value, text)}
        return facets.listed(values)

    async def suggestion(self, query: ProductQuery) -> str | None:
        """Correct a text that nothing was found for; None if no wording helps."""
        return await corrections.correct(self.ask, query, self._target)

    async def everything(self, text: str, *, limit: int) -> list[Mention]:
        """Find products, categories and merchants in one ranking."""
        queries = [
            {
                "indexUid": uid,
                "q": text,
                "attributesToRetrieve": ["id"],
                "matchingStrategy": "all",
                "federationOptions": {"weight": weight},
            }
            # A category or a merchant is a wider answer than a product that is named alike.
            for uid, weight in (
                (self._target.products, 1.0),
                (self._target.categories, 1.1),
                (self._target.merchants, 1.1),
            )
        ]
        answer = await self._request("/multi-search", {"federation": {"limit": limit}, "queries": queries})
        nouns = {
            self._target.products: "products",
            self._target.categories: "categories",
            self._target.merchants: "merchants",
        }
        return [Mention(nouns[hit["_federation"]["indexUid"]], hit["id"]) for hit in answer["hits"]]

    async def ask(self, queries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send queries together and return their answers in order."""
        results: list[dict[str, Any]] = (await self._request("/multi-search", {"queries": queries}))["results"]
        return results

    async def ask_products(self, queries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send queries of the index of products together and return their answers in order."""
        return await self.ask([{"indexUid": self._target.products, **query} for query in queries])

    async def _request(self, path: str, body: dict[str, Any]) -> Any:
        try:
            return await self._engine.request("POST", path, body)
        except EngineRefusedError as error:
            if error.code == "index_not_found":  # not built yet: the worker is about to
                raise SearchUnavailableError from error
            raise

    async def _placed(self, query: ProductQuery) -> dict[int, int]:
        """Find which pinned products pass the query's narrowing, by the place (0 is first) where each stands.

        A place beyond the end moves up to the end.
        """
        if not query.pins:
            return {}
        passing, organic = await self.ask_products(
            [
                {**requests.narrowed(query, Ask(), pinned=True), "limit": len(query.pins)},
                {**requests.narrowed(query, Ask(), pinned=False), "hitsPerPage": 0},
            ]
        )
        listed = {hit["id"] for hit in passing["hits"]}
        pins = [(position, product_id) for position, product_id in sorted(query.pins) if product_id in listed]
        total = organic["totalHits"]
        return {min(position - 1, total + index): product_id for index, (position, product_id) in enumerate(pins)}


class _Asking:
    """Sends counting queries; the page of hits travels with the first of them, or alone if there are none."""

    def __init__(self, engine: SearchEngine, query: ProductQuery, page: dict[str, Any] | None = None) -> None:
        self._engine = engine
        self._query = query
        self._page = page
        self._hits: list[Hit] = []

    async def __call__(self, asks: Sequence[Ask]) -> list[Counted]:
        universes = (False, True) if self._query.pins else (False,)
        queries = [
            {**requests.narrowed(self._query, ask, pinned=pinned), "hitsPerPage": 0, "facets": list(ask.fields)}
            for ask in asks
            for pinned in universes
        ]
        if self._page is not None:
            queries.append(self._page)
        results = await self._engine.ask_products(queries)
        if self._page is not None:
            self._hits = [requests.hit(answer) for answer in results.pop()["hits"]]
            self._page = None
        counted = []
        for index in range(len(asks)):
            counted.append(Counted())
            for result in results[index * len(universes) : (index + 1) * len(universes)]:
                counted[-1].add(result)
        return counted

    async def page(self) -> list[Hit]:
        """Return the page of hits, which is asked for now if nothing was counted."""
        if self._page is not None:
            await self([])
        return self._hits


def _begins(value: str, text: str) -> bool:
    """Say whether a value, or a word in it, begins with a text."""
    return f" {facets.folded(text)}" in f" {facets.folded(value)}"
