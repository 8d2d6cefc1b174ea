"""The terms of the shop ..."""

from collections.abc import Callable
from typing import Any

import asyncpg

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from tests.factories import cart_terms, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api
from tests.graph.shop_terms import admin, ask, everything, refused, told

__all__ = ["admin", "ask"]  # fixtures

EXPRESS = {"code": "express", "label": " Express ", "price": "9.90", "currency": "EUR", "freeFrom": "100"}
GERMANY = {
    "country": "DE",
    "name": "VAT",
    "inclusive": True,
    "rates": [{"taxClass": "standard", "percent": "19"}, {"taxClass": "reduced", "percent": "7.25"}],
}


async def test_of_a_merchants_deliveries_are_set_by_its_owners_and_managers(
    api: Api, ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    api.context.viewer = await people.member(connection, shop.ada, MerchantRole.MANAGER)
    ada = ids.encode("Merchant", shop.ada)
    made = (await ask("deliveryMethodCreate", merchantId=ada, **EXPRESS, countries=["FR", "DE"]))["method"]
    method_id = made.pop("id")
    express = {
        "code": "express",
        "label": "Express",
        "merchant": {"slug": "ada"},
        "price": {"amount": "9.90", "currency": "EUR"},
        "freeFrom": {"amount": "100.00"},
        "countries": ["DE", "FR"],
        "taxClass": "standard",
        "version": 1,
    }
    assert made == express
    given = {"price": "8", "freeFrom": None, "countries": None, "label": None, "taxClass": "reduced"}
    changed = await ask("deliveryMethodUpdate", methodId=method_id, expectedVersion=1, **given)
    cheaper = {"price": {"amount": "8.00", "currency": "EUR"}, "freeFrom": None, "countries": None, "version": 2}
    assert changed["method"] == {"id": method_id, **express, **cheaper, "taxClass": "reduced"}
    listed = "query ($of: ID) { deliveryMethods(merchantId: $of) { totalCount nodes { code } } }"
    assert (await api.data(listed, of=ada))["deliveryMethods"] == {"totalCount": 1, "nodes": [{"code": "express"}]}
    assert (await api.data(listed))["deliveryMethods"]["totalCount"] == 0
    removed = await ask("deliveryMethodRemove", methodId=method_id, expectedVersion=2)
    assert removed["removedId"] == method_id
    assert (await api.data(listed, of=ada))["deliveryMethods"]["totalCount"] == 0
    assert await told(connection) == [
        ("DELIVERY_METHOD_CHANGED", 1),
        ("DELIVERY_METHOD_CHANGED", 2),
        ("DELIVERY_METHOD_REMOVED", 3),
    ]


async def test_of_the_platforms_deliveries_are_set_by_administrators_alone(
    api: Api, ask: Callable[..., Any], admin: Viewer, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    assert admin
    made = (await ask("deliveryMethodCreate", **EXPRESS))["method"]
    assert made["merchant"] is None
    before = await everything(connection)
    theirs = await cart_terms.method(connection, 100, merchant_id=shop.bob)
    strangers = [
        await people.member(connection, shop.ada, MerchantRole.OWNER),
        await people.member(connection, shop.ada, MerchantRole.PACKER),
        await people.staff(connection, PlatformRole.AGENT),
        await people.customer(connection),
    ]
    for stranger in strangers:
        api.context.viewer = stranger
        field = "merchantId" if MerchantRole.OWNER in stranger.merchants.values() else None
        await refused(ask, "deliveryMethodCreate", {**EXPRESS, "code": "other"}, "NOT_FOUND", field)
        for method_id in (made["id"], ids.encode("DeliveryMethod", theirs)):
            field = field and "methodId"
            await refused(ask, "deliveryMethodUpdate", {"methodId": method_id, "price": "1"}, "NOT_FOUND", field)
            await refused(ask, "deliveryMethodRemove", {"methodId": method_id}, "NOT_FOUND", field)
    await connection.execute("DELETE FROM delivery_methods WHERE id = $1", theirs)
    assert await everything(connection) == before


async def test_of_deliveries_that_cannot_be_are_refused(
    ask: Callable[..., Any], admin: Viewer, connection: asyncpg.Connection
) -> None:
    assert admin
    method_id = (await ask("deliveryMethodCreate", **EXPRESS))["method"]["id"]
    before = await everything(connection)
    for given, field in (
        ({}, "code"),
        ({"code": "By air"}, "code"),
        ({"label": " "}, "label"),
        ({"label": "x" * 101}, "label"),
        ({"price": "-1"}, "price"),
        ({"price": "1.234"}, "price"),
        ({"freeFrom": "-1"}, "freeFrom"),
        ({"countries": []}, "countries"),
        ({"countries": ["Germany"]}, "countries"),
        ({"taxClass": "Reduced"}, "taxClass"),
    ):
        await refused(ask, "deliveryMethodCreate", {**EXPRESS, **given}, "BAD_USER_INPUT", field)
        if field != "code":
            await refused(ask, "deliveryMethodUpdate", {"methodId": method_id, **given}, "BAD_USER_INPUT", field)
    stale = {"methodId": method_id, "expectedVersion": 2}
    for name in ("deliveryMethodUpdate", "deliveryMethodRemove"):
        message = await refused(ask, name, stale, "CONFLICT", "expectedVersion")
        assert message == "expectedVersion: the delivery method is at version 1, not 2; read it again"
    assert await everything(connection) == before


async def test_of_taxes_are_set_with_all_rates_at_once(
    api: Api, ask: Callable[..., Any], admin: Viewer, connection: asyncpg.Connection
) -> None:
    assert admin
    made = (await ask("taxRegionCreate", **GERMANY, isDefault=True))["region"]
    region_id = made.pop("id")
    germany = {
        "country": "DE",
        "region": None,
        "name": "VAT",
        "inclusive": True,
        "per": "PER_LINE",
        "rounding": "HALF_UP",
        "isDefault": True,
        "rates": [{"taxClass": "reduced", "percent": "7.25"}, {"taxClass": "standard", "percent": "19"}],
        "version": 1,
    }
    assert made == germany
    rates = [{"taxClass": "standard", "percent": "16"}]
    changed = await ask("taxRegionUpdate", regionId=region_id, rates=rates, per="PER_ORDER", expectedVersion=1)
    assert changed["region"] == {
        "id": region_id,
        **germany,
        "rates": rates,
        "per": "PER_ORDER",
        "version": 2,
    }
    other = {**GERMANY, "country": "US", "region": "CA", "inclusive": False, "isDefault": True}
    california = (await ask("taxRegionCreate", **other))["region"]
    assert (california["isDefault"], california["region"]) == (True, "CA")
    page = (await api.data("{ taxRegions { totalCount nodes { country isDefault version } } }"))["taxRegions"]
    assert page["nodes"] == [
        {"country": "DE", "isDefault": False, "version": 3},
        {"country": "US", "isDefault": True, "version": 1},
    ]
    assert (await ask("taxRegionRemove", regionId=region_id))["removedId"] == region_id
    assert await told(connection) == [
        ("TAX_REGION_CHANGED", 1),
        ("TAX_REGION_CHANGED", 2),
        ("TAX_REGION_CHANGED", 3),
        ("TAX_REGION_CHANGED", 1),
        ("TAX_REGION_REMOVED", 4),
    ]
    assert await connection.fetchval("SELECT count(*) FROM tax_rates") == 2


async def test_of_taxes_that_cannot_be_are_refused(
    api: Api, ask: Callable[..., Any], admin: Viewer, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    assert admin
    region_id = (await ask("taxRegionCreate", **GERMANY, isDefault=True))["region"]["id"]
    before = await everything(connection)
    standard = {"taxClass": "standard", "percent": "19"}
    for given, field in (
        ({}, "country"),
        ({"country": "Germany"}, "country"),
        ({"region": "ca"}, "region"),
        ({"name": " "}, "name"),
        ({"rates": []}, "rates"),
        ({"rates": [{"taxClass": "reduced", "percent": "7"}]}, "rates"),
        ({"rates": [standard, {"taxClass": "No!", "percent": "7"}]}, "rates"),
        ({"rates": [standard, standard]}, "rates.1.taxClass"),
        ({"rates": [{"taxClass": "standard", "percent": "1000.01"}]}, "rates.0.percent"),
        ({"rates": [{"taxClass": "standard", "percent": "7.255"}]}, "rates.0.percent"),
    ):
        await refused(ask, "taxRegionCreate", {**GERMANY, **given}, "BAD_USER_INPUT", field)
        if given and field not in {"country", "region"}:
            await refused(ask, "taxRegionUpdate", {"regionId": region_id, **given}, "BAD_USER_INPUT", field)
    there = {"regionId": region_id}
    await refused(ask, "taxRegionUpdate", {**there, "isDefault": False}, "BAD_USER_INPUT", "isDefault")
    await refused(ask, "taxRegionRemove", there, "BAD_USER_INPUT", "regionId")
    await refused(ask, "taxRegionUpdate", {**there, "expectedVersion": 9}, "CONFLICT", "expectedVersion")
    for stranger in (
        await people.member(connection, shop.ada, MerchantRole.OWNER),
        await people.staff(connection, PlatformRole.AGENT),
    ):
        api.context.viewer = stranger
        await refused(ask, "taxRegionUpdate", {**there, "name": "Mine"}, "NOT_FOUND", None)
    assert await everything(connection) == before


async def test_let_a_product_have_a_tax_class(api: Api, shop: SmallShop, connection: asyncpg.Connection) -> None:
    api.context.viewer = await people.member(connection, shop.ada, MerchantRole.OWNER)
    update = """mutation ($input: ProductUpdateInput!) { productUpdate(input: $input) {
        product { taxClass } userErrors { code field } } }"""
    lamp = ids.encode("Product", shop.lamp)
    answer = await api.data(update, input={"productId": lamp, "taxClass": "reduced"})
    assert answer["productUpdate"] == {"product": {"taxClass": "reduced"}, "userErrors": []}
    answer = await api.data(update, input={"productId": lamp, "name": "Lamp!", "taxClass": None})
    assert answer["productUpdate"]["product"] == {"taxClass": "reduced"}
    refusal = await api.data(update, input={"productId": lamp, "taxClass": "Reduced!"})
    assert refusal["productUpdate"]["userErrors"] == [{"code": "BAD_USER_INPUT", "field": ["taxClass"]}]
    create = """mutation ($input: ProductCreateInput!) { productCreate(input: $input) {
        product { taxClass } userErrors { code field } } }"""
    given = {"merchantId": ids.encode("Merchant", shop.ada), "name": "Book"}
    for sent, kept in ({}, "standard"), ({"taxClass": "reduced"}, "reduced"):
        made = await api.data(create, input={**given, **sent})
        assert made["productCreate"]["product"] == {"taxClass": kept}
    wrong = await api.data(create, input={**given, "taxClass": "No!"})
    assert wrong["productCreate"]["userErrors"] == [{"code": "BAD_USER_INPUT", "field": ["taxClass"]}]
    assert await connection.fetchval("SELECT count(*) FROM products WHERE tax_class = 'reduced'") == 2
