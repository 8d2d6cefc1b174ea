"""The clients' documents ..."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest

from graph import ids
from models.database import Database
from search import rebuilding
from search.client import Meilisearch
from search.indexes import Indexes
from services import demo
from tests.factories import small_shop
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import DOCUMENTS, Api

NAMES = (
    "categories",
    "deep_listing",
    "listing",
    "membership",
    "merchant",
    "order_care",
    "partner_events",
    "product",
    "search",
)
ORIGINALS = Path(__file__).parents[3] / "shared" / "operations"

STATEMENTS = {
    "categories": 4,
    "deep_listing": 4,
    "listing": 4,
    "merchant": 3,
    "product": 7,
    "search": 6,
}
"""How many statements each takes, however many objects it answers with."""


def money(amount: str, currency: str = "USD") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


@pytest.mark.parametrize("name", NAMES)
def test_are_those_that_clients_send(name: str) -> None:
    original = ORIGINALS / f"{name}.graphql"
    if not original.exists():
        pytest.skip("the clients' own documents are not here")
    assert (DOCUMENTS / original.name).read_bytes() == original.read_bytes()


async def test_answer_a_product(api: Api, shop: SmallShop) -> None:
    answer = await api.document("product", slug="lamp")
    assert answer == {
        "product": {
            "id": ids.encode("Product", shop.lamp),
            "name": "Lamp",
            "slug": "lamp",
            "description": "It shines.",
            "category": {
                "id": ids.encode("Category", shop.desk_lamps),
                "name": "Desk lamps",
                "slug": "desk-lamps",
                "ancestors": [
                    {"id": ids.encode("Category", shop.home), "name": "Home", "slug": "home"},
                    {"id": ids.encode("Category", shop.lamps), "name": "Lamps", "slug": "lamps"},
                ],
            },
            "merchant": {
                "id": ids.encode("Merchant", shop.ada),
                "name": "Ada's Lamps",
                "slug": "ada",
                "rating": {"average": 4.25, "count": 4},
            },
            "priceRange": {"min": money("29.90"), "max": money("45.00")},
            "media": {"nodes": [{"url": "/1.svg", "alt": "Front"}, {"url": "/2.svg", "alt": ""}]},
            "options": [{"name": "Size", "values": ["S", "L"]}],
            "attributes": [
                {"name": "height", "value": "40.5"},
                {"name": "colour", "value": "Red, Blue"},
                {"name": "dimmable", "value": "true"},
            ],
            "variants": {
                "nodes": [
                    {
                        "id": ids.encode("Variant", shop.small),
                        "sku": "L-S",
                        "name": "S",
                        "price": money("29.90"),
                        "compareAtPrice": money("39.90"),
                        "stock": {"available": True, "quantity": 3},
                        "selectedOptions": [{"name": "Size", "value": "S"}],
                    },
                    {
                        "id": ids.encode("Variant", shop.large),
                        "sku": "L-L",
                        "name": "L",
                        "price": money("45.00"),
                        "compareAtPrice": None,
                        "stock": {"available": False, "quantity": 0},
                        "selectedOptions": [{"name": "Size", "value": "L"}],
                    },
                ]
            },
            "rating": {"average": 4.25, "count": 4},
            "reviews": {
                "totalCount": 4,
                "nodes": [
                    {
                        "rating": 4,
                        "title": "4 stars",
                        "body": "Bright.",
                        "author": {"displayName": author},
                        "createdAt": f"2026-03-0{day}T00:00:00Z",
                    }
                    for day, author in ((4, "Emil"), (3, "Dora"), (2, "Cem"))
                ],
            },
        }
    }


async def test_answer_a_listing(api: Api, shop: SmallShop) -> None:
    answer = await api.document("listing", category="home")
    lamp = {
        "id": ids.encode("Product", shop.lamp),
        "name": "Lamp",
        "slug": "lamp",
        "priceRange": {"min": money("29.90")},
        "media": {"nodes": [{"url": "/1.svg", "alt": "Front"}]},
        "category": {"id": ids.encode("Category", shop.desk_lamps), "name": "Desk lamps", "slug": "desk-lamps"},
        "merchant": {"id": ids.encode("Merchant", shop.ada), "name": "Ada's Lamps", "slug": "ada"},
        "rating": {"average": 4.25, "count": 4},
    }
    cursor = answer["products"]["pageInfo"].pop("endCursor")
    assert answer == {"products": {"totalCount": 1, "pageInfo": {"hasNextPage": False}, "nodes": [lamp]}}
    following = await api.document("listing", category="home", after=cursor)
    assert following == {
        "products": {"totalCount": 1, "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []}
    }


async def test_answer_a_listing_of_no_such_category(api: Api, shop: SmallShop) -> None:
    assert shop
    nothing = {"totalCount": 0, "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []}
    assert await api.document("listing", category="no-such") == {"products": nothing}


async def test_answer_a_deep_listing(api: Api, shop: SmallShop) -> None:
    answer = await api.document("deep_listing", category="office")
    assert answer == {
        "products": {
            "nodes": [
                {
                    "id": ids.encode("Product", shop.chair),
                    "name": "Chair",
                    "slug": "chair",
                    "category": {"id": ids.encode("Category", shop.office), "name": "Office"},
                    "merchant": {"id": ids.encode("Merchant", shop.bob), "name": "Bob"},
                    "variants": {
                        "nodes": [
                            {
                                "id": ids.encode("Variant", shop.seat),
                                "sku": "C",
                                "name": "",
                                "price": money("120.00", "EUR"),
                                "stock": {"available": False, "quantity": 0},
                                "selectedOptions": [],
                            }
                        ]
                    },
                }
            ]
        }
    }


async def test_answer_the_menu(api: Api, shop: SmallShop) -> None:
    def node(slug: str, name: str, key: int, count: int, **more: Any) -> dict[str, Any]:
        return {"id": ids.encode("Category", key), "name": name, "slug": slug, "productCount": count, **more}

    lamps = node("lamps", "Lamps", shop.lamps, 1)
    assert await api.document("categories") == {
        "categories": {
            "nodes": [
                node("home", "Home", shop.home, 1, children={"nodes": [lamps]}),
                node("office", "Office", shop.office, 1, children={"nodes": []}),
            ]
        }
    }


async def test_answer_a_merchant(api: Api, shop: SmallShop) -> None:
    lamp = {
        "id": ids.encode("Product", shop.lamp),
        "name": "Lamp",
        "slug": "lamp",
        "priceRange": {"min": money("29.90")},
    }
    assert await api.document("merchant", slug="ada") == {
        "merchant": {
            "id": ids.encode("Merchant", shop.ada),
            "name": "Ada's Lamps",
            "slug": "ada",
            "description": "Light.",
            "rating": {"average": 4.25, "count": 4},
            "products": {"totalCount": 1, "nodes": [lamp]},
        }
    }
    assert await api.document("merchant", slug="carl") == {"merchant": None}


async def test_answer_a_search(
    api: Api, shop: SmallShop, database: Database, engine: Meilisearch, indexes: Indexes
) -> None:
    await rebuilding.rebuild(database, engine, indexes, locale="en")
    answer = await api.document("search", query="lampp", filter={"category": "home", "attributes": []})
    facets = {facet["name"]: facet for facet in answer["productSearch"].pop("facets")}
    assert answer["productSearch"].pop("pageInfo")["hasNextPage"] is False
    assert answer == {
        "productSearch": {
            "totalCount": 1,
            "nodes": [
                {
                    "id": ids.encode("Product", shop.lamp),
                    "name": "Lamp",
                    "slug": "lamp",
                    "priceRange": {"min": money("29.90")},
                    "merchant": {"name": "Ada's Lamps"},
                }
            ],
        }
    }
    assert facets["merchant"]["values"] == [{"value": "ada", "label": "Ada's Lamps", "count": 1, "selected": False}]
    assert facets["price"]["range"] == {"min": "29.90", "max": "29.90"}


@pytest.mark.parametrize("products", [1, 24])
async def test_take_as_many_statements_for_one_product_as_for_many(
    api: Api,
    shop: SmallShop,
    connection: asyncpg.Connection,
    database: Database,
    engine: Meilisearch,
    indexes: Indexes,
    products: int,
) -> None:
    await small_shop.grow(connection, shop, products)
    await rebuilding.rebuild(database, engine, indexes, locale="en")
    taken = {}
    for name, variables in {
        "categories": {},
        "deep_listing": {"category": "home"},
        "listing": {"category": "home"},
        "merchant": {"slug": "ada"},
        "product": {"slug": "lamp"},
        "search": {"query": "lamp"},
    }.items():
        await api.document(name, **variables)
        taken[name] = api.statements
    assert taken == STATEMENTS
    assert len((await api.document("listing", category="home"))["products"]["nodes"]) == products


async def test_answer_demo_data_without_errors(
    api: Api, database: Database, engine: Meilisearch, indexes: Indexes
) -> None:
    await demo.load(database, products=150)
    await rebuilding.rebuild(database, engine, indexes, locale="en")
    category, merchant, product = demo.ROOT_CATEGORY_SLUG, demo.MERCHANT_SLUG, demo.PRODUCT_SLUG
    assert len((await api.document("categories"))["categories"]["nodes"]) > 1
    listing = (await api.document("listing", category=category))["products"]
    assert len(listing["nodes"]) == min(24, listing["totalCount"])
    deep = (await api.document("deep_listing", category=category))["products"]["nodes"]
    assert len(deep) == min(100, listing["totalCount"])
    assert all(each["variants"]["nodes"] and each["category"] and each["merchant"] for each in deep)
    assert (await api.document("merchant", slug=merchant))["merchant"]["products"]["totalCount"] > 0
    assert (await api.document("product", slug=product))["product"]["variants"]["nodes"]
    assert (await api.document("search", query="lamp"))["productSearch"]["totalCount"] > 0
