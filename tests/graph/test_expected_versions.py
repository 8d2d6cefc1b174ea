"""A change that was made for a version of something ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import PlatformRole
from graph import ids
from graph.schema import schema
from tests.contents import everything
from tests.factories import catalogue, people, promotions, tickets
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

PERCENT = {"title": "Ten off", "method": "AUTOMATIC", "benefit": {"percentage": {"percent": "10"}}}
LEVEL = '{"field": "level", "is": "equals", "value": "Gold"}'
TITLED = {"title": "Of lamps", "body": "They shine.", "kinds": [], "published": True}
CHANGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "productUpdate": ("Product", "productId", {"name": "Light"}),
    "productMediaSet": ("Product", "productId", {"media": [{"url": "/3.svg"}]}),
    "variantUpdate": ("Variant", "variantId", {"variant": {"weightGrams": 5}}),
    "variantPricesSet": ("Variant", "variantId", {"prices": [{"amount": "1.00", "currency": "USD"}]}),
    "categoryUpdate": ("Category", "categoryId", {"name": "Lights"}),
    "collectionUpdate": ("Collection", "collectionId", {"name": "Lights"}),
    "attributeUpdate": ("Attribute", "attributeId", {"label": "How high"}),
    "merchantUpdate": ("MerchantAccount", "merchantId", {"name": "Lamps"}),
    "promotionUpdate": ("Promotion", "promotionId", {"promotion": PERCENT}),
    "articleSave": ("Article", "articleId", TITLED),
    "ticketMacroSave": ("TicketMacro", "macroId", {"title": "Thanks", "body": "Hi.", "action": "REPLY", "tags": []}),
    "segmentSave": ("Segment", "segmentId", {"code": "gold", "title": "Gold", "rule": LEVEL}),
}
"""Of each mutation: what it changes, the field of its input that names it, and what to change."""
WITHOUT = {
    "cartLinesSave": "the carts' own, in their tests",
    "cartLinesUpdate": "likewise",
    "customerAddressUpdate": "one's own",
    "customerUpdate": "one's own",
    "deliveryMethodUpdate": "in the tests of the shop's terms",
    "fulfilmentUpdate": "it says what is known of a parcel now, and replaces nothing else",
    "merchantMemberUpdate": "a role, which is all that there is",
    "taxRegionUpdate": "in the tests of the shop's terms",
    "warehouseUpdate": "in their tests",
}
"""Mutations by whose names one would look for them here."""


async def key_of(connection: asyncpg.Connection, shop: SmallShop, type_name: str) -> int:
    there = {"Product": shop.lamp, "Variant": shop.small, "Category": shop.lamps, "MerchantAccount": shop.ada}
    if type_name in there:
        return there[type_name]
    if type_name == "Attribute":
        return int(await connection.fetchval("SELECT id FROM attributes"))
    if type_name == "Collection":
        rule = {"field": "rating", "is": "at_least", "value": 4}
        return int((await catalogue.insert(connection, "collections", slug="good", name="Good", rule=rule))["id"])
    if type_name == "Promotion":
        return await promotions.promotion(connection, state="DRAFT")
    if type_name == "TicketMacro":
        return await tickets.macro(connection)
    return await (tickets.article if type_name == "Article" else people.segment)(connection)


def written(mutation: str) -> str:
    of = f"{mutation[0].upper()}{mutation[1:]}Input"
    return f"mutation ($input: {of}!) {{ done: {mutation}(input: $input) {{ userErrors {{ code field message }} }} }}"


async def version(api: Api, global_id: str) -> int:
    types = (
        "Product",
        "Category",
        "Collection",
        "Attribute",
        "Promotion",
        "Article",
        "Segment",
        "TicketMacro",
        "MerchantAccount",
    )
    counted = " ".join(f"... on {each} {{ version }}" for each in types)
    query = f"query ($id: ID!) {{ node(id: $id) {{ {counted} ... on Variant {{ product {{ version }} }} }} }}"
    node = (await api.data(query, id=global_id))["node"]
    return int(node["product"]["version"] if "product" in node else node["version"])


@pytest.mark.parametrize("mutation", CHANGES)
async def test_is_made_for_no_other_one(
    api: Api, shop: SmallShop, connection: asyncpg.Connection, mutation: str
) -> None:
    type_name, named, given = CHANGES[mutation]
    api.context.viewer = await people.staff(connection, PlatformRole.ADMIN)
    key = await key_of(connection, shop, type_name)
    global_id, sent_id = ids.encode(type_name, key), ids.encode(type_name.removesuffix("Account"), key)
    read = await version(api, global_id)
    noun = {"Variant": "product", "TicketMacro": "ticket macro", "MerchantAccount": "merchant"}.get(
        type_name, type_name.lower()
    )

    async def send(expected: int | None) -> Any:
        sent = {named: sent_id, "expectedVersion": expected, **given}
        return (await api.data(written(mutation), input=sent))["done"]["userErrors"]

    def conflict(expected: int, found: int) -> list[dict[str, Any]]:
        message = f"expectedVersion: the {noun} is at version {found}, not {expected}; read it again"
        return [{"code": "CONFLICT", "field": ["expectedVersion"], "message": message}]

    before = await everything(connection)
    assert await send(read + 1) == conflict(read + 1, read)
    assert await send(read - 1) == conflict(read - 1, read)
    assert await everything(connection) == before
    assert await send(read) == []
    assert await version(api, global_id) == read + 1
    after = await everything(connection)
    assert await send(read) == conflict(read, read + 1)
    assert await everything(connection) == after
    assert await send(None) == []


@pytest.mark.parametrize("mutation", ["articleSave", "segmentSave", "ticketMacroSave"])
async def test_is_made_for_nothing_yet(
    api: Api, shop: SmallShop, connection: asyncpg.Connection, mutation: str
) -> None:
    assert shop
    api.context.viewer = await people.staff(connection, PlatformRole.ADMIN)
    _, _, given = CHANGES[mutation]
    before = await everything(connection)
    refused = await api.data(written(mutation), input={"expectedVersion": 1, **given})
    assert [(error["code"], error["field"]) for error in refused["done"]["userErrors"]] == [
        ("CONFLICT", ["expectedVersion"])
    ]
    assert await everything(connection) == before
    assert (await api.data(written(mutation), input={"expectedVersion": 0, **given}))["done"]["userErrors"] == []


@pytest.mark.parametrize("mutation", CHANGES)
async def test_tells_strangers_nothing_of_the_version(
    api: Api, shop: SmallShop, connection: asyncpg.Connection, mutation: str
) -> None:
    type_name, named, given = CHANGES[mutation]
    sent_id = ids.encode(type_name.removesuffix("Account"), await key_of(connection, shop, type_name))
    api.context.viewer = await people.customer(connection)
    before = await everything(connection)
    answer = await api.data(written(mutation), input={named: sent_id, "expectedVersion": 999, **given})
    assert [error["code"] for error in answer["done"]["userErrors"]] == ["NOT_FOUND"]
    assert await everything(connection) == before


def test_is_looked_for_in_every_mutation_that_replaces_something() -> None:
    core = schema._schema.mutation_type  # noqa: SLF001 - Strawberry offers no public way to its graphql-core schema
    assert core is not None
    replacing = {name for name in core.fields if name.endswith(("Update", "Save"))}
    assert replacing - WITHOUT.keys() <= CHANGES.keys()
    assert WITHOUT.keys() <= replacing
