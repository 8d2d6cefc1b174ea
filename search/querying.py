"""Asking the engine: hits, counts with facets, corrections, the values of one facet, and everything at once."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from search import corrections, documents, facets, filters, requests
from search.client import Meilisearch
from search.errors import EngineRefusedError, SearchUnavailableError
from search.facets import Ask
from search.filters import ProductQuery
from search.indexes import Indexes
from search.product_search import Counting, ProductSearch
from search.requests import AttributeOrder, Order

_NAMES_MAX = 50
_UNKNOWN_FIELD = "invalid_search_attributes_to_search_on"
"""What the engine says of an index that never held a document: it knows no field of it yet."""


class Mention(NamedTuple):
    """Something found by `everything`: its index's noun (products, categories or merchants) and its id."""

    noun: str
    id: int


class TicketReader(NamedTuple):
    """Who looks for tickets: an agent all but one's own, others their own and their merchants', or all."""

    is_agent: bool
    everywhere: bool
    customer_id: int | None
    merchant_ids: tuple[int, ...]

    def filter(self) -> list[str] | str:
        """Write which tickets may be found: any of the conditions holds."""
        if self.everywhere:
            return f"customer_id != {self.customer_id or 0}"
        return [f"customer_id = {self.customer_id or 0}", *(f"merchant_ids = {each}" for each in self.merchant_ids)]

    def fields(self) -> tuple[str, ...]:
        """Name what is looked through: what is internal is not, for others than agents."""
        public = ("number", "subject", "messages")
        return (*public, "tags", "customer_name", "notes") if self.is_agent else public


class SearchEngine:
    """The searches of one shop. Every call raises SearchUnavailableError while the engine or the index is not there."""

    def __init__(self, engine: Meilisearch, target: Indexes, *, locale: str) -> None:
        self._engine = engine
        self._target = target
        self._locale = locale
        self._numeric = facets.Numeric()

    def products(
        self,
        query: ProductQuery,
        *,
        order: Order | AttributeOrder,
        offset: int,
        limit: int,
        locales: Sequence[str] = (),
    ) -> ProductSearch:
        """Prepare a search for products; nothing is asked yet.

        `locales` are those of the names to sort by and of the texts to highlight, the best first; the base locale
        comes after them.
        """
        chain = list(dict.fromkeys([*locales, self._locale]))
        return ProductSearch(
            self.ask_products,
            query,
            order=order,
            offset=offset,
            limit=limit,
            locales=chain,
            numeric=self._numeric,
        )

    async def facet_values(self, query: ProductQuery, *, name: str, text: str) -> list[tuple[str, int]]:
        """Find those values of a facet that begin with a text or have a word that does, the most frequent first.

        `name` is a facet's, apart from price and rating; of categories and merchants the names are searched. At most
        50; the products are counted without the facet's own selection.
        """
        asking = Counting(self.ask_products, query)
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

    async def tickets(self, text: str, reader: TicketReader, *, states: Sequence[str], limit: int) -> list[int]:
        """Find tickets that a reader may see by a text: their ids, the best first."""
        query = {
            "indexUid": self._target.tickets,
            "q": _words(text),
            "filter": [reader.filter(), [f"state = {state}" for state in states]],
            "limit": limit,
            "attributesToRetrieve": ["id"],
            "attributesToSearchOn": list(reader.fields()),
            "matchingStrategy": "all",
        }
        try:
            (result,) = await self.ask([query])
        except EngineRefusedError as refusal:
            if refusal.code != _UNKNOWN_FIELD:
                raise
            return []
        return [hit["id"] for hit in result["hits"]]

    async def articles(self, text: str, *, kind: str | None, limit: int, loosely: bool = False) -> list[int]:
        """Find published articles by a text: their ids, the best first; `loosely` not every word need be there."""
        query = {
            "indexUid": self._target.articles,
            "q": _words(text),
            "filter": [] if kind is None else [[f"kinds = {kind}", "kinds IS EMPTY"]],
            "limit": limit,
            "attributesToRetrieve": ["id"],
            "matchingStrategy": "frequency" if loosely else "all",
        }
        return [hit["id"] for hit in (await self.ask([query]))[0]["hits"]]

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


def _words(text: str) -> str:
    """Write what somebody has said as a search for its words: "-9 of 10" would leave out what has a 9."""
    return " ".join(word.lstrip("-") for word in text.split())


def _begins(value: str, text: str) -> bool:
    """Say whether a value, or a word in it, begins with a text."""
    return f" {documents.folded(text)}" in f" {documents.folded(value)}"
