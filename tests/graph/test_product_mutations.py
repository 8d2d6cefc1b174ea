"""A merchant's staff ..."""

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from domain.access import Viewer
from graph import ids
from tests.factories import catalogue
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api, at_once
from tests.graph.product_mutations import ask, contents, events, fault, manager, priced

__all__ = ["ask", "manager"]  # fixtures


async def test_makes_a_product_with_all_that_belongs_to_it(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    answer = await ask(
        "productCreate",
        merchantId=ids.encode("Merchant", shop.ada),
        name=" Floor  lamp ",
        description="<p>It <b>shines</b>.</p>",
        externalId="X-1",
        categoryId=ids.encode("Category", shop.lamps),
        media=[{"url": "/1.svg", "alt": "Front"}],
        attributes=[{"name": "height", "value": "140.5", "unit": "cm"}],
        variants=[
            {
                "sku": "F-S",
                "name": "S",
                "optionValues": [{"name": "Size", "value": "S"}],
                "prices": [priced("19.90", compareAt="29.90"), priced("2000", "JPY")],
                "weightGrams": 5,
                "barcode": "123",
            },
            {"sku": "F-L", "optionValues": [{"name": "Size", "value": "L"}], "prices": [priced("25")]},
        ],
        translations=[{"locale": "de", "name": "Stehlampe"}],
    )
    assert answer["userErrors"] == []
    made = answer["product"]
    assert made | {"id": ""} == {
        "id": "",
        "name": "Floor  lamp",
        "german": "Stehlampe",
        "slug": "floor-lamp",
        "status": "DRAFT",
        "description": "It shines.",
        "publishedAt": None,
        "category": {"slug": "lamps"},
        "options": [{"name": "Size", "values": ["S", "L"]}],
        "attributes": [{"name": "height", "value": "140.5", "kind": "NUMBER", "unit": "cm"}],
        "media": {"nodes": [{"url": "/1.svg", "alt": "Front"}]},
        "variants": {
            "nodes": [
                {
                    "sku": "F-S",
                    "name": "S",
                    "selectedOptions": [{"name": "Size", "value": "S"}],
                    "price": priced("19.90"),
                    "barcode": "123",
                    "weightGrams": 5,
                },
                {
                    "sku": "F-L",
                    "name": "",
                    "selectedOptions": [{"name": "Size", "value": "L"}],
                    "price": priced("25.00"),
                    "barcode": None,
                    "weightGrams": None,
                },
            ]
        },
    }
    product_id = ids.decode(made["id"])[1]
    assert await events(connection) == [("PRODUCT_CHANGED", "product", product_id, 1)]


async def test_makes_products_of_one_name_under_different_slugs(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    merchant = ids.encode("Merchant", shop.ada)
    answers = await at_once(*(ask("productCreate", merchantId=merchant, name="Lämp!") for _ in range(8)))
    slugs = {each["product"]["slug"] for each in answers}
    assert {"lamp-2", "lamp-3", "lamp-4", "lamp-5"} < slugs
    assert len(slugs) == 8
    assert "lamp" not in slugs
    asked = await ask("productCreate", merchantId=merchant, name="Lamp", slug="my-lamp")
    assert asked["product"]["slug"] == "my-lamp"
    unnamed = await ask("productCreate", merchantId=merchant, name="灯")
    assert unnamed["product"]["slug"] == "product"
    before = await contents(connection)
    for slug in ("lamp", "No slug"):
        refused = await ask("productCreate", merchantId=merchant, name="Lamp", slug=slug)
        assert (refused["product"], fault(refused)) == (None, ("BAD_USER_INPUT", ["slug"]))
    assert await contents(connection) == before


WRONG: list[tuple[dict[str, Any], list[str]]] = [
    ({"name": " "}, ["name"]),
    ({"name": "x" * 501}, ["name"]),
    ({"description": "x" * 100_001}, ["description"]),
    ({"media": [{"url": "javascript:alert(1)"}]}, ["media", "0", "url"]),
    ({"attributes": [{"name": "no_such", "value": "1"}]}, ["attributes", "0", "name"]),
    ({"attributes": [{"name": "height", "value": "tall"}]}, ["attributes", "0", "value"]),
    ({"attributes": [{"name": "height", "value": "1", "unit": "in"}]}, ["attributes", "0", "value"]),
    ({"attributes": [{"name": "height", "value": "1"}] * 2}, ["attributes", "1", "name"]),
    ({"translations": [{"locale": "german", "name": "Lampe"}]}, ["translations", "0"]),
    ({"translations": [{"locale": "de", "name": "a"}, {"locale": "DE", "name": "b"}]}, ["translations", "1"]),
    ({"variants": [{"sku": "", "prices": [priced("1")]}]}, ["variants", "0", "sku"]),
    ({"variants": [{"sku": "A", "prices": []}]}, ["variants", "0", "prices"]),
    ({"variants": [{"sku": "A", "prices": [priced("-1")]}]}, ["variants", "0", "prices", "0", "amount"]),
    ({"variants": [{"sku": "A", "prices": [priced("1.001")]}]}, ["variants", "0", "prices", "0", "amount"]),
    (
        {"variants": [{"sku": "A", "prices": [priced("2", compareAt="2")]}]},
        ["variants", "0", "prices", "0", "compareAt"],
    ),
    ({"variants": [{"sku": "A", "prices": [priced("1"), priced("2")]}]}, ["variants", "0", "prices", "1", "currency"]),
    ({"variants": [{"sku": "A", "prices": [priced("1")], "weightGrams": -1}]}, ["variants", "0", "weightGrams"]),
    ({"variants": [{"sku": "A", "prices": [priced("1")]}] * 2}, ["variants", "1", "sku"]),
    ({"variants": [{"sku": "A", "prices": [priced("1")]}, {"sku": "B", "prices": [priced("1")]}]}, ["variants"]),
    ({"variants": [{"sku": "L-S", "prices": [priced("1")]}]}, ["variants", "0", "sku"]),
    (
        {
            "options": [{"name": "Size", "values": ["S", "M"]}],
            "variants": [
                {"sku": sku, "optionValues": [{"name": "Size", "value": size}], "prices": [priced("1")]}
                for sku, size in (("S", "S"), ("L-S", "M"))
            ],
        },
        ["variants", "sku"],
    ),
    ({"categoryId": ids.encode("Category", 999_999)}, ["categoryId"]),
]


@pytest.mark.parametrize(("given", "field"), WRONG)
async def test_is_told_what_is_wrong_with_a_product_and_nothing_changes(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection, given: dict[str, Any], field: list[str]
) -> None:
    before = await contents(connection)
    answer = await ask("productCreate", **{"merchantId": ids.encode("Merchant", shop.ada), "name": "Lamp", **given})
    assert answer["product"] is None
    assert fault(answer) == ("NOT_FOUND" if field == ["categoryId"] else "BAD_USER_INPUT", field)
    assert await contents(connection) == before


async def test_is_told_when_an_id_is_of_another_kind(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    before = await contents(connection)
    answer = await ask("productCreate", merchantId=ids.encode("MerchantAccount", shop.ada), name="Lamp")
    assert fault(answer) == ("NOT_FOUND", ["merchantId"])
    message = "There is no such merchant: what was sent is the id of a 'MerchantAccount'"
    assert answer["userErrors"][0]["message"] == message
    assert await contents(connection) == before


async def test_changes_what_it_names_and_keeps_the_slug(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    lamp = ids.encode("Product", shop.lamp)
    renamed = (await ask("productUpdate", productId=lamp, name="Bright lamp"))["product"]
    assert (renamed["name"], renamed["slug"], renamed["description"]) == ("Bright lamp", "lamp", "It shines.")
    moved = (await ask("productUpdate", productId=lamp, slug="bright-lamp", categoryId=None, attributes=[]))["product"]
    assert (moved["slug"], moved["category"], moved["attributes"]) == ("bright-lamp", None, [])
    german = {"locale": "de", "name": "Helle Lampe"}
    assert (await ask("productUpdate", productId=lamp, translations=[german]))["product"]["german"] == "Helle Lampe"
    assert (await ask("productUpdate", productId=lamp, translations=[]))["product"]["german"] == "Bright lamp"
    pictures = (await ask("productMediaSet", productId=lamp, media=[{"url": "/3.svg"}]))["product"]["media"]
    assert pictures == {"nodes": [{"url": "/3.svg", "alt": ""}]}
    versions = [("PRODUCT_CHANGED", "product", shop.lamp, version) for version in range(2, 7)]
    assert await events(connection) == versions
    for more in ({}, {"translations": [german], "attributes": [{"name": "height", "value": "1"}], "options": None}):
        taken = await ask("productUpdate", productId=lamp, slug="chair", **more)
        assert (taken["product"], fault(taken)) == (None, ("BAD_USER_INPUT", ["slug"]))
    assert await events(connection) == versions


async def test_gives_a_product_other_options(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    lamp, small, large = (
        ids.encode(name, key)
        for name, key in (("Product", shop.lamp), ("Variant", shop.small), ("Variant", shop.large))
    )
    before = await contents(connection)
    misfit = await ask("productUpdate", productId=lamp, options=[{"name": "Colour", "values": ["Red"]}])
    assert fault(misfit) == ("BAD_USER_INPUT", ["options"])
    stranger = [{"variantId": ids.encode("Variant", shop.seat), "values": []}]
    assert fault(await ask("productUpdate", productId=lamp, optionValues=stranger)) == (
        "NOT_FOUND",
        ["optionValues", "0", "variantId"],
    )
    assert await contents(connection) == before
    values = [
        {"variantId": small, "values": [{"name": "Colour", "value": "Red"}]},
        {"variantId": large, "values": [{"name": "Colour", "value": "Blue"}]},
    ]
    changed = await ask(
        "productUpdate", productId=lamp, options=[{"name": "Colour", "values": ["Red", "Blue"]}], optionValues=values
    )
    assert changed["product"]["options"] == [{"name": "Colour", "values": ["Red", "Blue"]}]
    assert [each["selectedOptions"] for each in changed["product"]["variants"]["nodes"]] == [
        [{"name": "Colour", "value": "Red"}],
        [{"name": "Colour", "value": "Blue"}],
    ]


async def test_publishes_unpublishes_and_archives(
    ask: Callable[..., Any], api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    async def state(name: str, product: int) -> Any:
        answer = await ask(name, productId=ids.encode("Product", product))
        return answer["product"]["status"] if answer["product"] else fault(answer)

    assert await state("productPublish", shop.draft) == ("CONFLICT", None)  # it has no variant
    await catalogue.variant(connection, shop.draft, prices={"USD": 100})
    assert await state("productPublish", shop.draft) == "PUBLISHED"
    first = await connection.fetchval("SELECT published_at FROM products WHERE id = $1", shop.draft)
    assert (await api.data('{ product(slug: "draft") { status } }'))["product"] == {"status": "PUBLISHED"}
    assert await state("productPublish", shop.draft) == ("CONFLICT", None)
    assert await state("productUnpublish", shop.draft) == "DRAFT"
    assert await state("productUnpublish", shop.draft) == ("CONFLICT", None)
    assert await state("productArchive", shop.draft) == "ARCHIVED"
    assert await state("productArchive", shop.draft) == ("CONFLICT", None)
    assert await state("productUnpublish", shop.draft) == "DRAFT"
    assert await state("productPublish", shop.draft) == "PUBLISHED"
    assert await connection.fetchval("SELECT published_at FROM products WHERE id = $1", shop.draft) == first
    data = await connection.fetch("SELECT data->>'status' FROM events WHERE subject_id = $1 ORDER BY id", shop.draft)
    assert [row[0] for row in data] == ["PUBLISHED", "DRAFT", "ARCHIVED", "DRAFT", "PUBLISHED"]


async def test_changes_nothing_of_another_merchants(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    before = await contents(connection)
    missing = 999_999
    requests: list[tuple[str, str, str, int, dict[str, Any]]] = [
        ("productCreate", "merchantId", "Merchant", shop.bob, {"name": "Lamp"}),
        ("productUpdate", "productId", "Product", shop.chair, {"name": "Mine"}),
        ("productMediaSet", "productId", "Product", shop.chair, {"media": []}),
        ("productPublish", "productId", "Product", shop.chair, {}),
        ("productUnpublish", "productId", "Product", shop.chair, {}),
        ("productArchive", "productId", "Product", shop.chair, {}),
        ("variantCreate", "productId", "Product", shop.chair, {"variant": {"sku": "A", "prices": [priced("1")]}}),
        ("variantUpdate", "variantId", "Variant", shop.seat, {"variant": {"name": "Mine"}}),
        ("variantRemove", "variantId", "Variant", shop.seat, {}),
        ("variantPricesSet", "variantId", "Variant", shop.seat, {"prices": [priced("1")]}),
    ]
    for name, field, type_name, theirs, more in requests:
        answers = [await ask(name, **{field: ids.encode(type_name, key)}, **more) for key in (theirs, missing)]
        assert answers[0] == answers[1], name
        assert fault(answers[0]) == ("NOT_FOUND", [field]), name
    assert await contents(connection) == before


STATEMENTS = {
    # BEGIN and COMMIT are none. Two look the viewer's rights up and hold the transaction to them, the last one reads
    # the answer.
    "productUpdate": 2 + 3 + 1,
    "productArchive": 2 + 3 + 1,
    "variantUpdate": 2 + 6 + 1,
    "variantPricesSet": 2 + 8 + 1,
    "stockAdjust": 2 + 11 + 1,
}


async def test_takes_so_many_statements(
    api: Api, manager: Viewer, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    assert manager
    await catalogue.insert(connection, "warehouses", merchant_id=shop.ada, code="main", name="Main")
    lamp, large = ids.encode("Product", shop.lamp), ids.encode("Variant", shop.large)
    inputs = {
        "productUpdate": f'productId: "{lamp}", name: "Light"',
        "productArchive": f'productId: "{lamp}"',
        "variantUpdate": f'variantId: "{large}", variant: {{ name: "Large" }}',
        "variantPricesSet": f'variantId: "{large}", prices: [{{ amount: "5", currency: "USD" }}]',
        "stockAdjust": f'variantId: "{large}", difference: 1, idempotencyKey: "k"',
    }
    counts = {}
    for name, given in inputs.items():
        payload = "product { name }" if name.startswith("product") else "variant { sku }"
        answer = await api.data(f"mutation {{ {name}(input: {{ {given} }}) {{ {payload} userErrors {{ code }} }} }}")
        assert answer[name]["userErrors"] == []
        counts[name] = api.statements
    assert counts == STATEMENTS
