"""What may not be seen ..."""

from typing import Any

import asyncpg
import pytest

from graph import ids
from tests.factories import catalogue
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

HIDDEN_PRODUCTS = ("draft", "archived", "carls")
LISTS = """
{
  products { totalCount nodes { slug } }
  merchants { totalCount nodes { slug } }
  collections { totalCount nodes { slug products { totalCount nodes { slug } } } }
  lamps: category(slug: "lamps") { productCount products { totalCount nodes { slug } } }
  ada: merchant(slug: "ada") { products { totalCount nodes { slug } } }
}
"""


async def hidden_things(connection: asyncpg.Connection, shop: SmallShop) -> list[tuple[str, int]]:
    """Give each product that is not listed a variant and a review, each merchant a collection; name all of it."""
    hidden = [("Merchant", shop.carl)]
    for product in (shop.draft, shop.archived, shop.carls):
        variant = await catalogue.variant(connection, product, prices={"USD": 100})
        review = await catalogue.review(connection, product, 5)
        hidden += [("Product", product), ("Variant", variant), ("Review", review)]
    collection = await catalogue.insert(
        connection, "collections", slug="carls-best", name="Best", rule={"all": []}, merchant_id=shop.carl
    )
    troll = await connection.fetchval("SELECT id FROM reviews WHERE state = 'HIDDEN'")
    return [*hidden, ("Collection", collection["id"]), ("Review", troll)]


async def test_is_in_no_list_and_no_count(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> None:
    await hidden_things(connection, shop)
    await catalogue.insert(connection, "collections", slug="everything", name="All", rule={"all": []})
    answer = await api.data(LISTS)
    one_lamp = {"totalCount": 1, "nodes": [{"slug": "lamp"}]}
    everything = {"totalCount": 2, "nodes": [{"slug": "lamp"}, {"slug": "chair"}]}
    assert answer == {
        "products": everything,
        "merchants": {"totalCount": 2, "nodes": [{"slug": "ada"}, {"slug": "bob"}]},
        "collections": {"totalCount": 1, "nodes": [{"slug": "everything", "products": everything}]},
        "lamps": {"productCount": 1, "products": one_lamp},
        "ada": {"products": one_lamp},
    }


async def test_is_answered_by_its_id_as_if_it_did_not_exist(
    api: Api, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    hidden = [ids.encode(*each) for each in await hidden_things(connection, shop)]
    missing = [ids.encode(name, 2**40) for name in ("Product", "Variant", "Review", "Category", "Merchant", "Nothing")]
    for global_id in hidden + missing:
        assert await api.data("query ($id: ID!) { node(id: $id) { id } }", id=global_id) == {"node": None}
    answer = await api.data("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=hidden + missing)
    assert answer == {"nodes": [None] * len(hidden + missing)}


@pytest.mark.parametrize("slug", HIDDEN_PRODUCTS)
async def test_is_answered_by_its_slug_as_if_it_did_not_exist(api: Api, shop: SmallShop, slug: str) -> None:
    assert shop
    query = "query ($slug: String!) { product(slug: $slug) { id } }"
    assert await api.answer(query, slug=slug) == await api.answer(query, slug="no-such")
    assert await api.data(query, slug=slug) == {"product": None}


async def test_comes_back_with_its_merchant(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> None:
    hidden = await hidden_things(connection, shop)
    await connection.execute("UPDATE merchants SET state = 'ACTIVE' WHERE id = $1", shop.carl)
    answer = await api.data('{ product(slug: "carls") { merchant { slug } reviews { totalCount } } }')
    assert answer == {"product": {"merchant": {"slug": "carl"}, "reviews": {"totalCount": 1}}}
    nodes = await api.data(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[ids.encode(*each) for each in hidden]
    )
    assert [name for (name, _), node in zip(hidden, nodes["nodes"], strict=True) if node] == [
        *("Merchant", "Product", "Variant", "Review", "Collection")
    ]


async def test_does_not_hide_what_may_be_seen(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> None:
    collection = await catalogue.insert(connection, "collections", slug="all", name="All", rule={"all": []})
    seen: list[tuple[str, int]] = [
        ("Product", shop.lamp),
        ("Category", shop.lamps),
        ("Merchant", shop.ada),
        ("Variant", shop.small),
        ("Review", shop.praise),
        ("Collection", collection["id"]),
    ]
    global_ids = [ids.encode(*each) for each in seen]
    expected: list[Any] = [
        {"__typename": name, "id": global_id} for (name, _), global_id in zip(seen, global_ids, strict=True)
    ]
    answer = await api.data(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=[*global_ids, global_ids[0]]
    )
    assert answer == {"nodes": [*expected, expected[0]]}
    for global_id, node in zip(global_ids, expected, strict=True):
        assert await api.data("query ($id: ID!) { node(id: $id) { __typename id } }", id=global_id) == {"node": node}


@pytest.mark.parametrize(
    "global_id",
    [
        *("", "x", "5", "ä", "UHJvZHVjdA", "UHJvZHVjdDo", "UHJvZHVjdDoxCg"),
        *(ids.encode("Product", 1) + suffix for suffix in ("=", "==", " ", "\n")),
        *map(str, ("UHJvZHVjdDotMQ", "UHJvZHVjdDowMQ", "UHJvZHVjdDo5OTk5OTk5OTk5OTk5OTk5OTk5")),
    ],
)
async def test_is_told_apart_from_what_is_no_id(api: Api, global_id: str) -> None:
    said = f"{global_id[:60]!r} is no id of this shop; take ids from the answers of other queries"
    refused = await api.refused("query ($id: ID!) { node(id: $id) { id } }", id=global_id)
    assert refused == ("BAD_USER_INPUT", said)
    refused = await api.refused("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[global_id])
    assert refused == ("BAD_USER_INPUT", said)
