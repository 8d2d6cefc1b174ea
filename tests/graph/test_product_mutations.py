"""A merchant's staff ..."""

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, Viewer
from graph import ids
from tests.factories import catalogue, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api, at_once

ERRORS = "userErrors { __typename code message field }"
PRODUCT = """product { id name slug status description publishedAt category { slug } options { name values }
    attributes { name value kind unit } media { nodes { url alt } } german: name(locale: "de")
    variants { nodes { sku name selectedOptions { name value } price { amount currency } barcode weightGrams } } }"""


def product_mutation(name: str) -> str:
    input_type = {
        "productCreate": "ProductCreateInput",
        "productUpdate": "ProductUpdateInput",
        "productMediaSet": "ProductMediaSetInput",
        "variantRemove": "VariantRemoveInput",
    }.get(name, "ProductInput")
    return f"mutation ($input: {input_type}!) {{ {name}(input: $input) {{ {PRODUCT} {ERRORS} }} }}"


def variant_mutation(name: str) -> str:
    input_type = f"{name[0].upper()}{name[1:]}Input"
    return f"""mutation ($input: {input_type}!) {{ {name}(input: $input) {{
        variant {{ id sku name weightGrams barcode selectedOptions {{ name value }}
            usd: price(currency: "USD") {{ amount }} was: compareAtPrice(currency: "USD") {{ amount }}
            eur: price(currency: "EUR") {{ amount }} product {{ options {{ name values }} }} }} {ERRORS} }} }}"""


BULK = f"""mutation ($rows: [VariantPriceInput!]!) {{ productPricesBulkSet(input: {{ rows: $rows }}) {{
    variants {{ sku price {{ amount currency }} }} {ERRORS} }} }}"""


def priced(amount: str, currency: str = "USD", **more: str) -> dict[str, str]:
    return {"amount": amount, "currency": currency, **more}


@pytest.fixture
async def manager(connection: asyncpg.Connection, shop: SmallShop, api: Api) -> Viewer:
    """Somebody who works for Ada, and asks from now on."""
    api.context.viewer = await people.member(connection, shop.ada, MerchantRole.MANAGER)
    return api.context.viewer


@pytest.fixture
def ask(api: Api, manager: Viewer) -> Callable[..., Any]:
    assert manager

    async def send(name: str, /, **given: Any) -> Any:
        mutation = product_mutation(name) if name.startswith("product") else variant_mutation(name)
        if name == "variantRemove":
            mutation = product_mutation(name).replace("product {", "removedId product {", 1)
        return (await api.data(mutation, input=given))[name]

    return send


async def contents(connection: asyncpg.Connection) -> list[Any]:
    tables = ("products", "product_translations", "variants", "variant_prices", "stock_levels", "warehouses", "events")
    return [await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608 - ours


async def events(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    rows = await connection.fetch("SELECT type, subject_type, subject_id, subject_version FROM events ORDER BY id")
    return [tuple(row) for row in rows]


def fault(answer: Any) -> tuple[str, list[str] | None]:
    (error,) = answer["userErrors"]
    return error["code"], error["field"]


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


async def test_adds_changes_and_removes_variants(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    added = await ask(
        "variantCreate",
        productId=ids.encode("Product", shop.lamp),
        variant={"sku": "L-M", "optionValues": [{"name": "Size", "value": "M"}], "prices": [priced("35")]},
    )
    assert added["userErrors"] == []
    assert added["variant"]["product"] == {"options": [{"name": "Size", "values": ["S", "L", "M"]}]}
    assert added["variant"]["usd"] == {"amount": "35.00"}
    variant = added["variant"]["id"]
    changed = await ask(
        "variantUpdate", variantId=variant, variant={"name": "Medium", "weightGrams": 7, "barcode": "9"}
    )
    assert changed["variant"] == {**added["variant"], "name": "Medium", "weightGrams": 7, "barcode": "9"}
    emptied = await ask("variantUpdate", variantId=variant, variant={"barcode": None, "sku": "L-MM", "position": -1})
    assert emptied["variant"] == {**changed["variant"], "barcode": None, "sku": "L-MM"}
    before = await contents(connection)
    size = [{"name": "Size", "value": "S"}]
    for given, field in (({"sku": "L-S"}, "sku"), ({"optionValues": size}, "optionValues"), ({"sku": ""}, "sku")):
        answer = await ask("variantUpdate", variantId=variant, variant=given)
        assert fault(answer) == ("BAD_USER_INPUT", ["variant", field]), given
    twin = {"sku": "L-X", "optionValues": size, "prices": [priced("1")]}
    answer = await ask("variantCreate", productId=ids.encode("Product", shop.lamp), variant=twin)
    assert fault(answer) == ("BAD_USER_INPUT", ["variant", "optionValues"])
    taken = {"sku": "L-S", "optionValues": [{"name": "Size", "value": "XL"}], "prices": [priced("1")]}
    answer = await ask("variantCreate", productId=ids.encode("Product", shop.lamp), variant=taken)
    assert fault(answer) == ("BAD_USER_INPUT", ["variant", "sku"])
    reserved = await ask("variantRemove", variantId=ids.encode("Variant", shop.small))
    assert fault(reserved) == ("STOCK_RESERVED", ["variantId"])
    assert await contents(connection) == before
    removed = await ask("variantRemove", variantId=variant)
    assert (removed["removedId"], removed["userErrors"]) == (variant, [])
    assert [each["sku"] for each in removed["product"]["variants"]["nodes"]] == ["L-S", "L-L"]
    again = await ask("variantRemove", variantId=variant)
    assert (again["removedId"], fault(again)) == (None, ("NOT_FOUND", ["variantId"]))
    assert [event[3] for event in await events(connection)] == [2, 3, 4, 5]


async def test_keeps_the_last_variant_of_a_published_product(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    await connection.execute("DELETE FROM variants WHERE id = $1", shop.small)
    before = await contents(connection)
    answer = await ask("variantRemove", variantId=ids.encode("Variant", shop.large))
    assert fault(answer) == ("CONFLICT", None)
    assert await contents(connection) == before
    await connection.execute("UPDATE products SET status = 'DRAFT' WHERE id = $1", shop.lamp)
    assert (await ask("variantRemove", variantId=ids.encode("Variant", shop.large)))["userErrors"] == []


async def test_sets_the_prices_of_a_variant(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    small = ids.encode("Variant", shop.small)
    answer = await ask(
        "variantPricesSet", variantId=small, prices=[priced("24.90", compareAt="29.90"), priced("22", "EUR")]
    )
    assert answer["userErrors"] == []
    variant = answer["variant"]
    assert (variant["usd"], variant["was"], variant["eur"]) == (
        {"amount": "24.90"},
        {"amount": "29.90"},
        {"amount": "22.00"},
    )
    stored = "SELECT currency, amount, compare_at FROM variant_prices WHERE variant_id = $1 ORDER BY 1"
    assert [tuple(row) for row in await connection.fetch(stored, shop.small)] == [
        ("EUR", 2200, None),
        ("USD", 2490, 2990),
    ]
    assert (
        await connection.fetchval(
            "SELECT min_amount FROM product_prices WHERE product_id = $1 AND currency = 'USD'", shop.lamp
        )
        == 2490
    )
    assert await events(connection) == [("PRODUCT_CHANGED", "product", shop.lamp, 2)]
    same = [priced("22", "EUR"), priced("24.90", compareAt="29.90")]
    assert (await ask("variantPricesSet", variantId=small, prices=same))["userErrors"] == []
    assert await events(connection) == [("PRODUCT_CHANGED", "product", shop.lamp, 2)]
    before = await contents(connection)
    for prices, field in (([], ["prices"]), ([priced("1"), priced("2")], ["prices", "1", "currency"])):
        assert fault(await ask("variantPricesSet", variantId=small, prices=prices)) == ("BAD_USER_INPUT", field)
    assert await contents(connection) == before


async def test_sets_many_prices_or_none_and_is_told_of_each_bad_row(
    api: Api, manager: Viewer, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    assert manager
    small, large, seat = (ids.encode("Variant", key) for key in (shop.small, shop.large, shop.seat))
    before = await contents(connection)
    wrong = [
        {"variantId": small, **priced("10")},
        {"variantId": seat, **priced("10")},
        {"variantId": small, **priced("11")},
        {"variantId": ids.encode("Variant", 999_999), **priced("10")},
    ]
    refused = (await api.data(BULK, rows=wrong))["productPricesBulkSet"]
    assert refused["variants"] == []
    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [
        ("NOT_FOUND", ["rows", "1", "variantId"]),
        ("BAD_USER_INPUT", ["rows", "2"]),
        ("NOT_FOUND", ["rows", "3", "variantId"]),
    ]
    misprinted = [{"variantId": small, **priced(amount)} for amount in ("10", "0.001", "-5")]
    refused = (await api.data(BULK, rows=misprinted))["productPricesBulkSet"]
    assert [error["field"] for error in refused["userErrors"]] == [["rows", str(index), "amount"] for index in (1, 2)]
    assert (await api.data(BULK, rows=[]))["productPricesBulkSet"]["userErrors"][0]["field"] == ["rows"]
    assert await contents(connection) == before
    rows = [{"variantId": large, **priced("40")}, {"variantId": small, **priced("4000", "JPY")}]
    done = (await api.data(BULK, rows=rows))["productPricesBulkSet"]
    assert done == {
        "variants": [{"sku": "L-L", "price": priced("40.00")}, {"sku": "L-S", "price": priced("29.90")}],
        "userErrors": [],
    }
    assert await events(connection) == [("PRODUCT_CHANGED", "product", shop.lamp, 2)]


async def test_takes_as_many_statements_for_five_hundred_prices_as_for_one(
    api: Api, manager: Viewer, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    assert manager
    products = [await catalogue.product(connection, shop.ada) for _ in range(51)]
    variants = [
        await catalogue.variant(connection, product, prices={"USD": 1}) for product in products for _ in range(10)
    ]
    counts = []
    for part in (variants[:1], variants[10:]):
        rows = [{"variantId": ids.encode("Variant", each), **priced("5")} for each in part]
        assert len((await api.data(BULK, rows=rows))["productPricesBulkSet"]["variants"]) == len(part)
        counts.append(api.statements)
    assert counts == [counts[0]] * 2
    assert len(await events(connection)) == 51


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


async def test_loses_no_change_of_two_at_once(ask: Callable[..., Any], shop: SmallShop) -> None:
    lamp = ids.encode("Product", shop.lamp)
    answers = await at_once(
        *(
            ask(
                "variantCreate",
                productId=lamp,
                variant={"sku": f"N-{n}", "optionValues": [{"name": "Size", "value": f"{n}"}], "prices": [priced("1")]},
            )
            for n in range(10)
        )
    )
    assert [answer["userErrors"] for answer in answers] == [[]] * 10
    product = (await ask("productUpdate", productId=lamp, name="Lamp"))["product"]
    assert sorted(product["options"][0]["values"]) == sorted([*"0123456789", "L", "S"])
    assert len(product["variants"]["nodes"]) == 12


STATEMENTS = {
    # BEGIN and COMMIT are none. Two look the viewer's rights up and hold the transaction to them, the last one reads
    # the answer.
    "productUpdate": 2 + 4 + 1,
    "productArchive": 2 + 4 + 1,
    "variantUpdate": 2 + 7 + 1,
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
