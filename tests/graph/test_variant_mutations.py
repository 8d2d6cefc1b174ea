"""A merchant's staff, of variants and their prices, ..."""

from collections.abc import Callable
from typing import Any

import asyncpg

from domain.access import Viewer
from graph import ids
from tests.factories import catalogue
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api, at_once
from tests.graph.product_mutations import ERRORS, ask, contents, events, fault, manager, priced

__all__ = ["ask", "manager"]  # fixtures

BULK = f"""mutation ($rows: [VariantPriceInput!]!) {{ productPricesBulkSet(input: {{ rows: $rows }}) {{
    variants {{ sku price {{ amount currency }} }} {ERRORS} }} }}"""


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
