"""What is asked for: the six documents of the storefront, each with many variables that the demo data answers.

`search_anew` is `search` with so many variables that none is remembered until it is sent again.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from resolvers.remembered import ANSWERS_MAX
from services.demo_shelves import SHELVES
from services.demo_words import MERCHANTS

_DOCUMENTS = Path(__file__).parents[1] / "graph" / "documents"
NAMES = ("listing", "product", "categories", "merchant", "search", "search_anew", "deep_listing")
_PRODUCTS = 500


@dataclass(frozen=True, slots=True)
class Workload:
    """One document and the variables it is sent with, in turn."""

    name: str
    variables: list[dict[str, Any]]
    document: str = ""
    """The document's name, if it is not the workload's."""

    @property
    def text(self) -> str:
        """The document, as clients send it."""
        return (_DOCUMENTS / f"{self.document or self.name}.graphql").read_text(encoding="utf-8")

    @property
    def operation(self) -> str:
        """The name of its operation, as the server's metrics have it."""
        return (self.document or self.name).title().replace("_", "")

    @property
    def bodies(self) -> list[str]:
        """The requests' bodies."""
        return [json.dumps({"query": self.text, "variables": variables}) for variables in self.variables]


async def workloads(connection: asyncpg.Connection) -> list[Workload]:
    """Choose variables from what the database holds, the same for the same data, in the order of NAMES."""
    # Any fixed order but that of the rows or the names, so that a part of them is like the whole.
    categories = await connection.fetch(
        "SELECT slug FROM categories WHERE id IN (SELECT category_id FROM product_categories) ORDER BY md5(slug)"
    )
    products = await connection.fetch("SELECT slug FROM products WHERE listed ORDER BY md5(slug) LIMIT $1", _PRODUCTS)
    merchants = await connection.fetch("SELECT slug FROM merchants ORDER BY md5(slug)")
    variables: dict[str, list[dict[str, Any]]] = {
        "listing": [{"category": row["slug"]} for row in categories],
        "product": [dict(row) for row in products],
        "categories": [{}],
        "merchant": [dict(row) for row in merchants],
        "search": _searches(),
        "search_anew": _anew(_searches()),
        "deep_listing": [{"category": row["slug"]} for row in categories],
    }
    return [Workload(name, variables[name], {"search_anew": "search"}.get(name, "")) for name in NAMES]


def _searches() -> list[dict[str, Any]]:
    """Search for what each shelf holds, half of the times narrowed by something a shopper would choose."""
    searches: list[dict[str, Any]] = []
    for number, shelf in enumerate(SHELVES):
        seller = next(merchant.slug for merchant in MERCHANTS if shelf.root.en in merchant.roots)
        middle = (shelf.price_min + shelf.price_max) // 2
        narrowed: list[dict[str, Any]] = [
            {"available": True},
            {"price": {"max": f"{middle}.00", "currency": "USD"}},
            {"merchants": [seller]},
            {"rating": {"min": 4}},
        ]
        query = shelf.noun.en.lower()
        searches += [{"query": query}, {"query": query, "filter": narrowed[number % len(narrowed)]}]
    return searches


def _anew(searches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make each search into several that find the same, until the first is forgotten when the last has been sent."""
    several = []
    for cents in range(1, ANSWERS_MAX // len(searches) + 2):
        for each in searches:
            narrowed = each.get("filter", {})
            price = {"currency": "USD", **narrowed.get("price", {}), "min": f"0.{cents:02}"}
            several.append({**each, "filter": {**narrowed, "price": price}})
    return several
