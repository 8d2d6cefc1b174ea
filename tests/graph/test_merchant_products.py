"""Products that are not listed ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import VISITOR, MerchantRole, PlatformRole, Viewer
from graph import ids
from tests.factories import catalogue, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

MINE = """query ($status: ProductStatus, $first: Int = 20, $after: String) { viewer { merchants { merchant { products(
    status: $status, first: $first, after: $after
) { totalCount nodes { slug status publishedAt } pageInfo { hasNextPage endCursor } } } } } }"""
HIDDEN = ("draft", "archived")


def slugs(answer: Any) -> list[str]:
    (membership,) = answer["viewer"]["merchants"]
    return [node["slug"] for node in membership["merchant"]["products"]["nodes"]]


@pytest.fixture
async def outsiders(connection: asyncpg.Connection, shop: SmallShop) -> list[Viewer]:
    return [
        VISITOR,
        await people.customer(connection),
        await people.member(connection, shop.bob, MerchantRole.OWNER),
        await people.staff(connection, PlatformRole.AGENT),
        await people.partner(connection, shop.ada),
    ]


@pytest.fixture
async def insiders(connection: asyncpg.Connection, shop: SmallShop) -> list[Viewer]:
    staff = [await people.member(connection, shop.ada, role) for role in MerchantRole]
    return [*staff, await people.staff(connection, PlatformRole.ADMIN)]


async def test_are_listed_to_the_merchants_staff_by_their_status(
    api: Api, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    api.context.viewer = await people.member(connection, shop.ada, MerchantRole.PACKER)
    assert slugs(await api.data(MINE)) == ["archived", "draft", "lamp"]
    assert slugs(await api.data(MINE, status="DRAFT")) == ["draft"]
    assert slugs(await api.data(MINE, status="PUBLISHED")) == ["lamp"]
    archived = await api.data(MINE, status="ARCHIVED")
    (membership,) = archived["viewer"]["merchants"]
    assert membership["merchant"]["products"] == {
        "totalCount": 1,
        "nodes": [{"slug": "archived", "status": "ARCHIVED", "publishedAt": "2026-01-01T12:00:00Z"}],
        "pageInfo": {"hasNextPage": False, "endCursor": membership["merchant"]["products"]["pageInfo"]["endCursor"]},
    }


async def test_come_page_by_page(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> None:
    api.context.viewer = await people.member(connection, shop.ada, MerchantRole.PACKER)
    found: list[str] = []
    after = None
    for _ in range(3):
        answer = await api.data(MINE, first=1, after=after)
        found += slugs(answer)
        page = answer["viewer"]["merchants"][0]["merchant"]["products"]
        assert page["totalCount"] == 3
        after = page["pageInfo"]["endCursor"]
    assert found == ["archived", "draft", "lamp"]
    assert not page["pageInfo"]["hasNextPage"]
    refused = await api.refused(MINE, status="DRAFT", after=after)
    assert refused[0] == "BAD_USER_INPUT"


@pytest.mark.parametrize("slug", HIDDEN)
async def test_are_found_by_the_merchants_staff_and_administrators(
    api: Api, connection: asyncpg.Connection, shop: SmallShop, insiders: list[Viewer], slug: str
) -> None:
    key = getattr(shop, slug)
    variant = await catalogue.variant(connection, key, prices={"USD": 100})
    query = """query ($product: ID!, $variant: ID!, $slug: String!) {
        node(id: $product) { ... on Product { slug status description variants { nodes { sku } } } }
        variant: node(id: $variant) { ... on Variant { price { amount } product { slug } } }
        product(slug: $slug) { slug merchant { slug } } }"""
    for viewer in insiders:
        api.context.viewer = viewer
        answer = await api.data(
            query, product=ids.encode("Product", key), variant=ids.encode("Variant", variant), slug=slug
        )
        assert (answer["node"]["slug"], answer["node"]["status"]) == (slug, slug.upper())
        assert len(answer["node"]["variants"]["nodes"]) == 1
        assert answer["variant"] == {"price": {"amount": "1.00"}, "product": {"slug": slug}}
        assert answer["product"] == {"slug": slug, "merchant": {"slug": "ada"}}


@pytest.mark.parametrize("slug", HIDDEN)
async def test_are_to_everybody_else_as_if_they_did_not_exist(
    api: Api, connection: asyncpg.Connection, shop: SmallShop, outsiders: list[Viewer], slug: str
) -> None:
    key = getattr(shop, slug)
    variant = await catalogue.variant(connection, key, prices={"USD": 100})
    query = """query ($product: ID!, $variant: ID!, $slug: String!, $merchant: ID!) {
        node(id: $product) { id } variant: node(id: $variant) { id } product(slug: $slug) { id }
        account: node(id: $merchant) { id } }"""
    merchant = ids.encode("MerchantAccount", shop.ada)
    for viewer in outsiders:
        api.context.viewer = viewer
        there, missing = [
            await api.answer(
                query,
                product=ids.encode("Product", product_id),
                variant=ids.encode("Variant", variant_id),
                slug=name,
                merchant=merchant,
            )
            for product_id, variant_id, name in ((key, variant, slug), (10**9, 10**9, "no-such"))
        ]
        assert there == missing
        assert there["data"] == {"node": None, "variant": None, "product": None, "account": None}


async def test_are_in_no_public_list_of_the_staff_either(
    api: Api, connection: asyncpg.Connection, shop: SmallShop, insiders: list[Viewer]
) -> None:
    for slug in HIDDEN:
        await catalogue.variant(connection, getattr(shop, slug), prices={"USD": 100})
    query = """{ products { totalCount nodes { slug status } } merchant(slug: "ada") { products { nodes { slug } } }
        category(slug: "lamps") { productCount products { nodes { slug } } } }"""
    for viewer in insiders:
        api.context.viewer = viewer
        assert await api.data(query) == {
            "products": {
                "totalCount": 2,
                "nodes": [{"slug": "lamp", "status": "PUBLISHED"}, {"slug": "chair", "status": "PUBLISHED"}],
            },
            "merchant": {"products": {"nodes": [{"slug": "lamp"}]}},
            "category": {"productCount": 1, "products": {"nodes": [{"slug": "lamp"}]}},
        }


async def test_of_a_merchant_that_is_suspended_are_still_its_staffs(
    api: Api, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    api.context.viewer = await people.member(connection, shop.carl, MerchantRole.OWNER)
    assert await api.data('{ product(slug: "carls") { status merchant { slug } } }') == {
        "product": {"status": "PUBLISHED", "merchant": None}
    }
