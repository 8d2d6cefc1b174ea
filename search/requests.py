"""Queries of the index of products, as the engine takes and answers them."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

from search import filters
from search.facets import Ask
from search.filters import ProductQuery

HIGHLIGHT_START, HIGHLIGHT_END = "\ue000", "\ue001"
"""What stands around a match in a highlighted text: characters that no text uses."""

_CROPPED_WORDS = 30


class Order(Enum):
    """How hits are sorted; the engine's own ranking breaks ties, then the newest id."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"
    RATING = "rating"
    NAME = "name"


class AttributeOrder(NamedTuple):
    """An order by a sortable attribute; products without it come last."""

    key: str
    descending: bool


def narrowed(query: ProductQuery, ask: Ask, *, pinned: bool) -> dict[str, Any]:
    """Write the text and filter of a query: of the pinned products, which need not match the text, or the others."""
    conditions = [condition for name, condition in filters.parts(query).items() if name != ask.without]
    if ask.also is not None:
        conditions.append(ask.also)
    if query.pins:
        ids = ", ".join(str(product_id) for _, product_id in query.pins)
        conditions.append(f"id {'IN' if pinned else 'NOT IN'} [{ids}]")
    return {
        "q": "" if pinned else query.text,
        "filter": conditions,
        "matchingStrategy": "all",
        "attributesToRetrieve": ["id"],
    }


def sort(order: Order | AttributeOrder, currency: str, locales: Sequence[str]) -> list[str]:
    """Write an order; `locales` are those of the names to sort by, the best first."""
    if isinstance(order, AttributeOrder):
        return [f"sorts.{order.key}:{'desc' if order.descending else 'asc'}", "id:desc"]
    orders = {
        Order.RELEVANCE: [],
        Order.NEWEST: ["published_at:desc", "id:desc"],
        Order.PRICE_ASC: [f"prices.{currency}:asc", "id:asc"],
        Order.PRICE_DESC: [f"prices.{currency}:desc", "id:desc"],
        Order.RATING: ["rating:desc", "id:desc"],
        Order.NAME: [*(f"names.{locale}:asc" for locale in locales), "id:asc"],
    }
    return orders[order]


def highlighting(locales: Sequence[str]) -> dict[str, Any]:
    """Ask for the texts of some locales with their matches marked, long ones cropped."""
    descriptions = [f"descriptions.{locale}" for locale in locales]
    return {
        "attributesToHighlight": [*(f"names.{locale}" for locale in locales), *descriptions],
        "attributesToCrop": descriptions,
        "cropLength": _CROPPED_WORDS,
        "highlightPreTag": HIGHLIGHT_START,
        "highlightPostTag": HIGHLIGHT_END,
    }


def marked(answer: Mapping[str, Any], locales: Sequence[str]) -> dict[str, str]:
    """Read a hit's `name` and `description` with their marked matches; a text that the product lacks is left out.

    Of the locales' texts the first with a match is taken, or the first there is.
    """
    texts = {}
    for name, column in (("name", "names"), ("description", "descriptions")):
        formatted = answer["_formatted"].get(column, {})
        candidates = [formatted[locale] for locale in locales if formatted.get(locale)]
        if candidates:
            texts[name] = next((text for text in candidates if HIGHLIGHT_START in text), candidates[0])
    return texts
